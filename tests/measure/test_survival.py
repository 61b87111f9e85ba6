"""Times to convert and to return: by hand, against published numbers, and against a plain product-limit estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from journeymap.errors import QuestionError
from journeymap.measure.survival import _MOST_POINTS, _curve, _quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Logs

DAY = 86_400.0
# The remission times in weeks of 21 patients on 6-mercaptopurine (Freireich et al., 1963); + is censored. Days here.
WEEKS = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
# The Kaplan-Meier estimate of still being in remission, as textbooks give it.
STILL = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def remission() -> str:
    """Write each patient as a customer: who is censored began so many days before the data end, day 40."""
    lines = []
    for at, week in enumerate(WEEKS.split()):
        name = f"P{at:02}"
        if week.endswith("+"):
            lines.append(f"{name} {40 - int(week[:-1])}d home")
        else:
            lines += [f"{name} 0d home", f"{name} {week}d order"]
    return "\n".join([*lines, "Z 40d home"])


def test_the_published_example(log: Logs) -> None:
    store = log(remission(), goal=("order",), gap="none", horizon="30d")
    curve = store.time_curve()
    assert (curve["seconds"] / DAY).tolist() == list(STILL)
    assert (1 - curve["share"]).tolist() == pytest.approx(list(STILL.values()), abs=0.0006)
    # Z came at the very end and is at risk of nothing.
    assert curve["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve["reached"].tolist() == [3, 4, 5, 6, 7, 8, 9]
    frame = store.times(shares=(0.1, 0.25, 0.5, 0.75))
    assert (frame["seconds"] / DAY).tolist()[:3] == [6, 13, 23]  # the published median is 23
    assert np.isnan(frame["seconds"].iloc[3])
    assert frame[["journeys", "reached", "waiting"]].iloc[0].tolist() == [22, 9, 13]


def test_the_interval_is_near_greenwoods_where_customers_have_one_journey_each(log: Logs) -> None:
    curve = log(remission(), goal=("order",), gap="none", horizon="30d").time_curve()
    weeks = [float(week.rstrip("+")) for week in WEEKS.split()]
    censored = [week.endswith("+") for week in WEEKS.split()]
    known = stats.ecdf(stats.CensoredData.right_censored(weeks, censored)).sf.confidence_interval(method="log-log")
    for side, other in (("ci_low", known.high), ("ci_high", known.low)):
        assert (1 - curve[side]).tolist() == pytest.approx(other.evaluate(np.array(list(STILL))).tolist(), abs=0.09)
    assert (curve["ci_low"] < curve["share"]).all()


SHOP = """
    A 0d   home
    A 2d   order
    A 10d  home
    A 60d  home
    B 0d   home
    B 4d   home
    C 50d  home
    C 51d  order
    D 95d  order
    B 100d home
"""
# Gap 30 days, data end day 100. To convert: A's first journey after 2 days, C's after 1, D's at once; the other three
# journeys wait: A's second for 40 days, B's for 100 and 0.


def test_times_to_convert_by_hand(log: Logs) -> None:
    store = log(SHOP, goal=("order",))
    curve = store.time_curve()
    # At day 0 one of 6; the journey of day 100 is gone then; at day 1 one of 4, at day 2 one of 3.
    assert (curve["seconds"] / DAY).tolist() == [0, 1, 2]
    assert curve["at_risk"].tolist() == [6, 4, 3]
    assert curve["share"].tolist() == pytest.approx([1 - 5 / 6, 1 - 5 / 6 * 3 / 4, 1 - 5 / 6 * 3 / 4 * 2 / 3])
    frame = store.times(shares=(0.5, 0.1, 0.375))
    assert frame["share"].tolist() == [0.1, 0.375, 0.5]
    assert (frame["seconds"] / DAY).tolist() == [0, 1, 2]
    assert frame[["journeys", "reached", "waiting"]].drop_duplicates().to_numpy().tolist() == [[6, 3, 3]]


def test_cut_at_the_goal_what_follows_it_waits_too(log: Logs) -> None:
    store = log(SHOP, goal=("order",)).where(end_at="goal")
    assert store.times()[["journeys", "reached"]].iloc[0].tolist() == [7, 3]


def test_times_to_return_by_hand(log: Logs) -> None:
    # A returns 50 days after day 10 and then waits 40; B 96 days after day 4 and then 0; C waits 49, D 5.
    curve = log(SHOP, goal=("order",)).time_curve("return")
    assert (curve["seconds"] / DAY).tolist() == [50, 96]
    assert curve["at_risk"].tolist() == [2, 1]
    assert curve["share"].tolist() == [0.5, 1.0]


def test_a_return_counts_whoever_is_asked_about(log: Logs, at: Callable[[str], Any]) -> None:
    """Journeys that began before day 20: those that A and B returned with are later, and are returns all the same."""
    early = log(SHOP, goal=("order",)).where(until=at("20d"))
    assert early.times("return")[["journeys", "reached"]].iloc[0].tolist() == [2, 2]
    assert early.where(as_of=at("90d")).times("return")[["journeys", "reached"]].iloc[0].tolist() == [2, 1]


def test_journeys_of_a_column_may_begin_before_the_last_one_ends(log: Logs) -> None:
    from journeymap.settings import EventSettings, JourneySettings, Settings

    settings = Settings(events=EventSettings(journey="trip"), journey=JourneySettings(goal=()))
    store = log(
        "A 0d home 1\nA 5d home 2\nA 9d home 1\nA 12d home 3", columns=("customer", "timestamp", "event", "trip"),
        settings=settings,
    )  # fmt: skip
    curve = store.time_curve("return")
    assert (curve["seconds"] / DAY).tolist() == [0, 7]
    assert curve["share"].tolist() == [pytest.approx(1 / 3), 1.0]


def test_levels(log: Logs) -> None:
    store = log(SHOP, goal=("order",), customers={"customer": list("ABC"), "region": ["n", "s", "n"]})
    frame = store.times(by="region", shares=(0.5,))
    assert frame[["region", "journeys", "reached"]].to_numpy().tolist() == [["n", 3, 2], ["s", 2, 0], ["(none)", 1, 1]]
    assert frame["seconds"].isna().tolist() == [False, True, False]
    assert set(store.time_curve(by="region")["region"]) == {"n", "(none)"}


def test_nobody_returns_where_nothing_cuts(log: Logs) -> None:
    frame = log(SHOP, goal=("order",), gap="none", horizon="30d").times("return")
    assert frame[["seconds", "seconds_low", "seconds_high"]].isna().all(axis=None)
    assert (frame["waiting"] == 4).all()


def test_one_customer_alone_has_an_interval_that_says_little(log: Logs) -> None:
    curve = log("A 0d home\nA 1d order\nA 90d home", goal=("order",)).time_curve()
    assert curve["ci_high"].item() - curve["ci_low"].item() > 0.7


def test_what_cannot_be_asked(log: Logs) -> None:
    store = log(SHOP, goal=("order",))
    with pytest.raises(QuestionError, match="Did you mean 'return'"):
        store.times("returns")  # type: ignore[arg-type]
    for shares in ((0.5, 1.0), (0.0,), (float("nan"),), ()):
        with pytest.raises(QuestionError, match="share"):
            store.times(shares=shares)


def test_the_intervals_are_those_of_leaving_groups_out_and_the_curve_is_thinned(log: Logs) -> None:
    """More times than points: quantiles stay exact, and replicates are scipy's estimate of the others."""
    rng = np.random.default_rng(3)
    waits = np.round(rng.uniform(1, 3e6, 900)).astype(int)
    lines = [f"c{at} 0s home\nc{at} 0d+{wait}s order" for at, wait in enumerate(waits[:700])]
    lines += [f"c{at} 40d-{wait}s home" for at, wait in enumerate(waits[700:], start=700)]
    store = log("\n".join([*lines, "end 40d x"]), goal=("order",), gap="none", horizon="30d")
    curve, frame = store.time_curve(), store.times(shares=(0.31, 0.5))
    assert len(curve) == _MOST_POINTS
    spans = np.concatenate([waits, [0]])
    censored = np.arange(901) >= 700
    sf = stats.ecdf(stats.CensoredData.right_censored(spans, censored)).sf
    for share, seconds in zip((0.31, 0.5), frame["seconds"], strict=True):
        assert 1 - sf.evaluate(seconds) >= share
        assert 1 - sf.evaluate(seconds - 1) < share
    assert (1 - sf.evaluate(curve["seconds"].to_numpy())).tolist() == pytest.approx(curve["share"].tolist())
    half = curve[curve["share"] >= 0.5].iloc[0]  # each customer has one journey, so Greenwood's formula holds
    assert half["ci_low"] < 0.5 < half["ci_high"]
    with pytest.warns(RuntimeWarning, match="undefined at some"):  # at the very end
        greenwood = sf.confidence_interval(method="linear")
    width = greenwood.high.evaluate(half["seconds"]) - greenwood.low.evaluate(half["seconds"])
    assert half["ci_high"] - half["ci_low"] == pytest.approx(width, rel=0.25)
    assert frame["seconds_low"].iloc[1] < frame["seconds"].iloc[1] < frame["seconds_high"].iloc[1]


@pytest.mark.slow
@pytest.mark.parametrize("n_customers", [60, 300])
def test_how_often_the_intervals_hold(n_customers: int) -> None:
    """Customers with several journeys and a pace of their own, each journey observed for a time of its own."""
    rng = np.random.default_rng(n_customers)
    pace = rng.gamma(2.0, 1.0, 400_000)
    true_median = float(np.median(rng.exponential(1 / pace)))
    true_share = float((rng.exponential(1 / pace) <= 0.3).mean())
    held = []
    for _ in range(500):
        owner = np.repeat(np.arange(n_customers), rng.geometric(1 / 3, n_customers))
        waits, seen = rng.exponential(1 / rng.gamma(2.0, 1.0, n_customers)[owner]), rng.uniform(0, 4, len(owner))
        rows = pd.DataFrame({
            "customer_key": owner, "customer_group": owner % 100, "wait_us": np.minimum(waits, seen) * 1e6,
            "is_reached": waits <= seen,
        })  # fmt: skip
        curve = _curve(rows, (0.5,))
        at = curve[curve["seconds"] <= 0.3].iloc[-1]
        _, low, high = _quantile(curve, 0.5)
        held.append((at["ci_low"] <= true_share <= at["ci_high"], low <= true_median and not high < true_median))
    assert ((np.mean(held, axis=0) > 0.91) & (np.mean(held, axis=0) < 0.985)).all(), np.mean(held, axis=0)
