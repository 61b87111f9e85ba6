"""The built-in segments, with levels worked by hand, and their cuts by another road."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from journeymap.errors import QuestionError, UnknownNameError
from journeymap.segments.operands import Scope, find_fact, pareto_cuts, tier_cuts
from journeymap.settings import JourneySettings, SegmentSettings, Settings

if TYPE_CHECKING:
    from conftest import Logs

    from journeymap.api import Journeys


def levels(store: Journeys, by: str, unit: str = "journeys") -> dict[str, int]:
    frame = store.outcomes(by=by)
    return dict(zip(frame[by], frame[unit].tolist(), strict=True))


def buyers(log: Logs, spends: list[float]) -> Journeys:
    """Open a store with a customer for each spend."""
    return log("\n".join(f"c{at:03} 0d order web {spend}" for at, spend in enumerate(spends)), goal=("order",))


LIFE = """
    once 0d home
    once 40d order web 5
    once 80d home
    twice 0d order web 5
    twice 40d order web 5
    twice 80d home
    loyal 0d order web 5
    loyal 1d order web 5
    loyal 2d order web 5
    loyal 3d order web 5
    loyal 4d order web 5
    loyal 40d home
    risky 0d order web 5
    risky 91d home
    lapsed 0d order web 5
    lapsed 181d home
    back 0d order web 5
    back 200d order web 5
    back 240d home
    edge 0d order web 5
    edge 90d home
    never 0d home
    never 300d home
"""


def test_the_life_cycle_at_each_journeys_start(log: Logs) -> None:
    store = log(LIFE, goal=("order",))
    assert levels(store.define("life", SegmentSettings(kind="lifecycle")), "life") == {
        "new": 8,
        "prospect": 2,  # once before the order, never
        "one-time": 3,  # once, twice before its second order, edge on the very day
        "repeat": 1,
        "loyal": 1,
        "won back": 1,
        "at risk": 1,
        "lapsed": 2,  # lapsed, and back as it comes back
    }
    assert list(levels(store, "lifecycle")) == [
        "new", "prospect", "one-time", "repeat", "loyal", "won back", "at risk", "lapsed",
    ]  # fmt: skip


def test_the_life_cycle_as_of_the_data_end(log: Logs) -> None:
    store = log(LIFE + "fresh 290d home", goal=("order",)).define("life", "lifecycle @latest")
    # The data end is day 300: 'back' bought on day 200, 'twice' and 'once' on day 40, the others before.
    assert levels(store, "life", "customers") == {"new": 1, "prospect": 1, "at risk": 1, "lapsed": 6}
    assert any("as of the data end" in note for note in store.notes("life"))
    earlier = store.where(as_of="2024-08-01")  # day 213: it has just come back
    assert levels(earlier, "life", "customers")["won back"] == 1


def test_the_silences_of_the_life_cycle_can_be_set(log: Logs) -> None:
    store = log(LIFE, goal=("order",)).define("life", "{kind = 'lifecycle', lapsed = '80d', loyal = 2}")
    found = levels(store, "life")
    assert found["lapsed"] == 4  # risky, lapsed, back, edge
    assert found["loyal"] == 2
    assert "repeat" not in found
    week = log(LIFE, goal=("order",), gap="5d")  # with another horizon: 15 and 30 days
    assert "one-time" not in levels(week, "lifecycle")


def test_tiers_have_as_many_customers_each_and_equals_stay_together(log: Logs) -> None:
    rng = np.random.default_rng(3)
    for spends in (
        rng.choice([5.0, 7.0, 7.5, 20.0, 21.0], 40).tolist(), rng.uniform(0, 9, 41).round(2).tolist(), [3.0] * 9, [1.0],
    ):  # fmt: skip
        store = buyers(log, spends)
        for n_tiers in (2, 3, 5):
            cuts = tier_cuts(Scope.of(store.store), find_fact("spend", "latest"), n_tiers)
            values = np.sort(np.array(spends))
            for at, cut in enumerate(cuts, start=1):
                below = np.searchsorted(values, values, side="left") / len(values)
                reached = values[below >= at / n_tiers - 1e-12]
                assert cut == (reached.min() if len(reached) else None)


def test_value_tiers_are_of_buyers(log: Logs) -> None:
    text = (
        "\n".join(f"c{at} 0d order web {at}\nc{at} 40d home" for at in range(1, 9))
        + "\nlooker 0d home\nlooker 40d home"
    )
    store = log(text, goal=("order",))
    assert levels(store, "value_tier") == {"no purchase": 10, "low": 2, "medium": 2, "high": 2, "top": 2}
    latest = store.define("tier", "{kind = 'value_tier', as_of = 'latest', quantiles = 2, labels = ['small', 'big']}")
    assert levels(latest, "tier", "customers") == {"no purchase": 1, "small": 4, "big": 4}
    assert list(levels(latest, "tier")) == ["no purchase", "small", "big"]


def test_pareto_classes_by_hand(log: Logs) -> None:
    # 100 in all: those with more than 50 have 0, with more than 30 have 50, with more than 10 have 80, more than 4: 90.
    store = buyers(log, [50, 30, 10, 4, 4, 2]).define("class", "pareto @latest")
    assert levels(store, "class", "customers") == {"A": 2, "B": 3, "C": 1}
    half = store.define("class", "{kind = 'pareto', as_of = 'latest', bins = [0.5], labels = ['few', 'many']}")
    assert levels(half, "class", "customers") == {"few": 1, "many": 5}


def test_pareto_cuts_by_another_road(log: Logs) -> None:
    rng = np.random.default_rng(5)
    spends = np.round(rng.lognormal(3, 1, 60), 2)
    spends[10:20] = spends[10]
    cuts = pareto_cuts(Scope.of(buyers(log, spends.tolist()).store), find_fact("spend", "latest"), (0.5, 0.8, 0.95))
    for share, cut in zip((0.5, 0.8, 0.95), cuts, strict=True):
        assert cut == min(spend for spend in spends if spends[spends > spend].sum() < share * spends.sum())


def test_rfm_is_what_the_scores_say(log: Logs) -> None:
    rng = np.random.default_rng(8)
    lines, customers = [], {}
    for at in range(30):
        days = sorted(rng.integers(0, 300, int(rng.integers(1, 7))).tolist())
        values = rng.uniform(1, 50, len(days)).round(2).tolist()
        lines += [f"c{at:02} {day}d order web {value}" for day, value in zip(days, values, strict=True)]
        customers[f"c{at:02}"] = (-days[-1], len(days), sum(values))
    store = log("\n".join([*lines, "looker 0d home", "end 300d home"]), goal=("order",)).define("now", "rfm @latest")

    def scores(at: int, sign: int) -> dict[str, int]:
        values = np.array([sign * found[at] for found in customers.values()])
        below = {name: (values < sign * found[at]).mean() for name, found in customers.items()}
        return {name: 1 + int(share * 5 + 1e-9) for name, share in below.items()}

    recency, frequency, monetary = scores(0, -1), scores(1, 1), scores(2, 1)
    expected: dict[str, int] = {"no purchase": 2}
    for name in customers:
        worth = (frequency[name] + monetary[name]) / 2
        if recency[name] >= 3:
            level = "champions" if recency[name] >= 4 and worth >= 4 else "loyal" if worth >= 3 else "promising"
        else:
            level = "at risk" if worth >= 3 else "hibernating"
        expected[level] = expected.get(level, 0) + 1
    assert levels(store, "now", "customers") == expected
    one = store.define("r", SegmentSettings(column="r_score", as_of="latest"))
    assert levels(one, "r", "customers") == {
        **{str(score): list(recency.values()).count(score) for score in range(1, 6)}, "(none)": 2,
    }  # fmt: skip


def test_engagement(log: Logs) -> None:
    text = "\n".join("\n".join(f"c{n} {day}d home" for day in range(n)) + f"\nc{n} 60d home" for n in range(1, 7))
    store = log(text + "\nlong 0d home\nlong 300d home")
    # Active days at the second journeys' starts: 1, 1, 2, 3, 4, 5, 6. A third of the seven is below 3, two thirds are
    # below 5. One of the two with one day, long, has been silent for 300 days.
    assert levels(store, "engagement") == {"new": 7, "low": 2, "medium": 2, "high": 2, "dormant": 1}


def test_a_kind_that_the_store_has_no_events_for(log: Logs) -> None:
    store = log("A 0d home\nA 40d home")
    listed = set(store.segments()["segment"])
    assert {"engagement", "first_touchpoint"} <= listed
    assert not {"rfm", "lifecycle", "value_tier", "pareto"} & listed
    with pytest.raises(QuestionError, match="needs a goal"):
        store.outcomes(by="lifecycle")
    with pytest.raises(QuestionError, match="goal visits that have a value"):
        log("A 0d order", goal=("order",)).outcomes(by="rfm")


def test_the_first_touch(log: Logs) -> None:
    store = log("A 0d ad social\nA 1d home web\nA 40d home app\nB 0d home -\nB 1d ad social")
    assert levels(store, "first_touchpoint") == {"ad": 2, "home": 1}
    assert levels(store, "first_channel") == {"social": 2, "(none)": 1}
    assert store.segments().set_index("segment").loc["first_channel", "unit"] == "customer"
    assert store.where(first_channel="social").outcomes()["journeys"].item() == 2
    with pytest.raises(UnknownNameError, match="Did you mean 'social'"):
        store.where(first_channel="socail").outcomes()


def test_a_definition_of_ones_own_goes_before_a_built_in_segment(log: Logs) -> None:
    own = (("rfm", SegmentSettings(column="spend", bins=(10.0,), as_of="latest")),)
    settings = Settings(journey=JourneySettings(goal=("order",)), segments=own)
    store = log("A 0d order web 5\nB 0d order web 15", settings=settings)
    assert levels(store, "rfm") == {"under 10": 1, "10 and over": 1}
    assert levels(store.define("rfm", "first_touchpoint"), "rfm") == {"order": 2}
