"""Profiles of levels: a log worked by hand, plain counting of the sample, the planted stories, and hard cases."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import journeymap as jm
from journeymap.datasets.stories import STORIES
from journeymap.errors import QuestionError, UnknownNameError
from journeymap.measure.interval import wilson_interval
from journeymap.painpoints.examine import Examined
from journeymap.profiles import profile as profile_module
from journeymap.profiles.traits import _figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Logs

    from journeymap.datasets.stories import Story
    from journeymap.model.level_profile import Contrast, LevelProfile
    from journeymap.profiles.segment_profile import SegmentProfile

DAY = 86_400.0

# Data to day 100, a gap of 30 days. North: A converts after two days; B is abandoned at the cart, C too, and converts
# within a day in a second journey; D is immature. South: E and F are abandoned at home; G is there twice. Z has no
# region, and is immature.
SHOP = """
    A 0d    home  web
    A 1d    cart  web
    A 1d+1h cart  app
    A 2d    order web 10
    B 0d    home  app
    B 1d    cart  app
    C 3d    cart  web
    C 50d   home  web
    C 51d   order app 30
    D 90d   home  web
    E 5d    home  app
    F 6d    home  app
    F 7d    home  -
    G 8d    home  app
    G 60d   cart  app
    Z 100d  home  web
"""
PEOPLE = {"customer": list("ABCDEFGZ"), "region": ["north"] * 4 + ["south"] * 3 + [None]}


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open(Path(__file__).parents[2] / "sample_events") as opened:
        yield opened


@pytest.fixture
def no_pains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave pain points out, which take most of the time."""
    monkeypatch.setattr(profile_module, "examine", lambda *_, **__: Examined((), ()))


@pytest.fixture(scope="module")
def by_region(shop: jm.Journeys) -> SegmentProfile:
    """Profile the regions of the sample once."""
    return shop.profile("region")


def told(profile: LevelProfile, what: str, place: str, target: str = "") -> Contrast:
    (found,) = [item for item in profile.contrasts if (item.what, item.place, item.target) == (what, place, target)]
    return found


def counts(item: Contrast) -> tuple[int, ...]:
    return item.here.numerator, item.here.denominator, item.others.numerator, item.others.denominator


def test_numbers_by_hand(log: Logs) -> None:
    found = log(SHOP, customers=PEOPLE, goal=("order",), minimum_customers=1).profile("region")
    assert [item.level for item in found] == ["north", "south", "(none)"]
    north = found["north"]
    summary = north.summary
    assert (summary.customers, summary.journeys, summary.mature, summary.converted) == (4, 5, 4, 2)
    assert (north.mature_customers, north.customer_share, north.journey_share) == (3, 0.5, 0.5)
    assert (north.unit, north.segment, north.value, summary.thin) == ("customer", "region", 40.0, False)
    assert north.seconds_to_goal == 1.5 * DAY
    assert north.others_seconds_to_goal is None
    assert [(item.name, item.here, item.n_here, item.others, item.n_others) for item in north.figures] == [
        ("goal_value", 20.0, 2, None, 0),
        ("visits_per_customer", 3.0, 3, pytest.approx(5 / 3), 3),
        ("active_days_per_customer", pytest.approx(8 / 3), 3, pytest.approx(5 / 3), 3),
    ]
    assert counts(told(north, "outcome", "converted")) == (2, 4, 0, 4)
    assert north.conversion is told(north, "outcome", "converted")
    assert north.conversion.here == summary.conversion
    assert {item.place: counts(item) for item in north.channels} == {
        "web": (5, 9, 0, 5), "app": (4, 9, 4, 5), "": (0, 9, 1, 5),
    }  # fmt: skip
    assert [item.place for item in north.channels] == ["web", "app", ""]
    assert counts(told(north, "visit", "cart")) == (3, 4, 1, 4)
    assert counts(told(north, "transition", "(start)", "home")) == (3, 4, 3, 4)
    south, nobody = found["south"], found["(none)"]
    assert (south.customer_share, south.value, south.summary.conversion.rate) == (0.375, None, 0.0)
    assert (south.seconds_to_goal, south.others_seconds_to_goal) == (None, 1.5 * DAY)
    assert (nobody.summary.journeys, nobody.summary.mature, nobody.mature_customers) == (1, 0, 0)
    assert nobody.paragraph == (
        "region = (none) has 1 customer, 12.5 % of all. None of its journeys is old enough to judge. "
        "There is too little to compare them with all others."
    )


@pytest.mark.usefixtures("no_pains")
def test_few_customers_are_not_judged_and_levels_may_be_empty(log: Logs) -> None:
    small = log(SHOP, customers=PEOPLE, goal=("order",))
    found = small.profile("region", ["(none)", "north"])
    assert [item.level for item in found] == ["(none)", "north"]
    assert found["north"].summary.thin
    assert found["north"].paragraph == (
        "region = north has 4 customers, 50.0 % of all. That is too few to say how they differ from all others."
    )
    assert found.n_looked_at == 0
    assert {item.q_value for one in found for item in (*one.contrasts, *one.figures)} == {None}
    north = small.where(region="north")
    assert [item.level for item in north.profile("region")] == ["north"]
    (empty,) = north.profile("region", "south")
    assert (empty.summary.customers, empty.customer_share, empty.journey_share, empty.value) == (0, 0.0, 0.0, None)
    assert empty.paragraph == "region = south has no journeys."
    assert empty.standing_out == ()
    (nobody,) = north.where(since="2030-01-01").profile("region", "north")
    assert (nobody.summary.journeys, nobody.contrasts, nobody.figures) == (0, (), ())


def test_nobody_is_in_the_question(log: Logs) -> None:
    later = log(SHOP, customers=PEOPLE, goal=("order",)).where(since="2030-01-01")
    found = later.profile("region")
    assert (len(found), found.n_looked_at, found.records(), len(found.to_frame())) == (0, 0, [], 0)


TWO_KINDS = {"customer": [f"{name}{at}" for name in "ab" for at in range(9)], "kind": ["a"] * 9 + ["b"] * 9}
ALIKE = "\n".join(f"{name}{at} {at}d home" for name in "ab" for at in range(9))


@pytest.mark.usefixtures("no_pains")
def test_no_goal_no_channel_no_value(log: Logs) -> None:
    (one,) = log(f"{ALIKE}\nz 100d home", customers=TWO_KINDS).profile("kind", ["a"])
    assert one.channels == ()
    assert (one.value, one.seconds_to_goal, one.conversion) == (None, None, None)
    assert one.figure("goal_value") is None
    assert "No goal is known, so nothing can be said of conversion." in one.paragraph
    assert one.paragraph.endswith("Nothing that was looked at sets them clearly apart from all others.")


@pytest.mark.usefixtures("no_pains")
def test_nobody_converts(log: Logs) -> None:
    (one,) = log(f"{ALIKE}\nz 100d order", customers=TWO_KINDS, goal=("order",)).profile("kind", "a")
    assert "0.0 % of 9 mature journeys converted." in one.paragraph
    assert one.summary.conversion.ci_high == pytest.approx(wilson_interval([0.0], [9])[1][0])


@pytest.mark.usefixtures("no_pains")
def test_what_is_refused(log: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    small = log(SHOP, customers=PEOPLE, goal=("order",))
    with pytest.raises(UnknownNameError, match=r"no level 'nort'.*'north'"):
        small.profile("region", "nort")
    with pytest.raises(UnknownNameError, match="regoin"):
        small.profile("regoin")
    with pytest.raises(QuestionError, match="named twice"):
        small.profile("region", ["north", "north"])
    with pytest.raises(UnknownNameError, match="no profile of the level 'east'"):
        small.profile("region", "north")["east"]
    monkeypatch.setattr(profile_module, "MOST_LEVELS", 2)
    with pytest.raises(QuestionError, match="has 3 levels; all of them are profiled only up to 2"):
        small.profile("region")


def counted_by_hand(shop: jm.Journeys) -> dict[str, Any]:
    """Cut the sample's events into journeys in plain Python, and count by region."""
    rows = shop.store.engine.execute(
        "SELECT customer_key, at_us, touchpoint, h.channel, value, region, is_goal FROM events "
        "JOIN touchpoints USING (touchpoint_key) JOIN customers USING (customer_key) "
        "LEFT JOIN channels h USING (channel_key) ORDER BY customer_key, position"
    )
    gap_us, end_us = 30 * 86_400_000_000, max(row[1] for row in rows)
    journeys: list[list[Any]] = []
    for row in rows:
        if not journeys or journeys[-1][-1][0] != row[0] or row[1] - journeys[-1][-1][1] > gap_us:
            journeys.append([])
        journeys[-1].append(row)
    found: dict[str, Any] = {}
    for journey in journeys:
        level = found.setdefault(journey[0][5] or "(none)", {"n": Counter(), "who": set(), "times": [], "values": []})
        is_mature = journey[0][1] + gap_us <= end_us
        goals = [row for row in journey if row[6]]
        level["who"].add(journey[0][0])
        level["values"] += [row[4] for row in goals if row[4] is not None]
        level["n"].update(journeys=1, mature=is_mature, converted=is_mature and bool(goals))
        level["n"].update(visits=len(journey) if is_mature else 0)
        level["n"].update(f"channel {row[3]}" for row in journey if row[1] + gap_us <= end_us)
        level["n"].update(
            f"{one[2]} > {two[2]}" for one, two in zip(journey, [*journey[1:], journey[0]], strict=True)
            if two is not journey[0] and one[1] + gap_us <= end_us
        )  # fmt: skip
        if is_mature and goals:
            level["times"].append((goals[0][1] - journey[0][1]) / 1e6)
    return found


def test_counts_of_the_sample_in_plain_python(shop: jm.Journeys, by_region: SegmentProfile) -> None:
    by_hand = counted_by_hand(shop)
    n_customers = sum(len(level["who"]) for level in by_hand.values())
    found = by_region
    assert {item.level for item in found} == set(by_hand)
    for item in found:
        level, n = by_hand[item.level], by_hand[item.level]["n"]
        assert item.summary.customers == len(level["who"])
        assert item.customer_share == len(level["who"]) / n_customers
        assert (item.summary.journeys, item.summary.mature, item.summary.converted) == (
            n["journeys"], n["mature"], n["converted"],
        )  # fmt: skip
        assert item.summary.conversion.rate == n["converted"] / n["mature"]
        assert item.value == pytest.approx(sum(level["values"]), rel=1e-12)
        goal_value, visits = item.figure("goal_value"), item.figure("visits_per_customer")
        assert goal_value is not None
        assert visits is not None
        assert goal_value.here == pytest.approx(sum(level["values"]) / len(level["values"]))
        assert visits.here == pytest.approx(n["visits"] / item.mature_customers)
        assert item.seconds_to_goal == pytest.approx(median(level["times"]))
        channels = {name: number for name, number in n.items() if name.startswith("channel ") and number}
        assert {f"channel {one.place}": one.here.numerator for one in item.channels if one.here.numerator} == channels
        assert {one.here.denominator for one in item.channels} == {sum(channels.values())}
        assert told(item, "transition", "delivery", "support_call").here.numerator == n["delivery > support_call"]
    assert sum(item.customer_share or 0.0 for item in found) == pytest.approx(1)
    assert sum(item.journey_share for item in found) == pytest.approx(1)


def test_the_numbers_are_those_of_compare_outcomes_and_painpoints(shop: jm.Journeys, by_region: SegmentProfile) -> None:
    south = by_region["south"]
    compared = shop.compare("region", "south")
    rows = {(row["what"], row["place"], row["target"]): row for row in compared.to_dict("records")}
    same = [item for item in south.contrasts if item.what != "channel"]
    assert {(item.what, item.place, item.target) for item in same} == set(rows) - {("profile", "(all)", "")}
    for item in same:
        row = rows[item.what, item.place, item.target]
        assert (item.here.numerator, item.here.denominator) == (row["hits_a"], row["units_a"])
        for number, name in (
            (item.difference, "difference"), (item.difference_low, "ci_low"), (item.difference_high, "ci_high"),
            (item.effect_size, "effect_size"), (item.others.rate, "rate_b"),
        ):  # fmt: skip
            assert number == pytest.approx(row[name], nan_ok=True) or (number is None and row[name] != row[name])
        # Corrected over all levels, channels and means, and not over one pair alone.
        assert item.q_value is None or item.q_value >= row["p_value"]
    measured = shop.outcomes(by="region").set_index("region").loc["south"]
    assert south.summary.conversion.ci_low == measured["ci_low"]
    assert south.value == measured["value"]


@pytest.mark.slow
def test_pain_points_are_those_of_painpoints(shop: jm.Journeys, by_region: SegmentProfile) -> None:
    pains = shop.pain_points(each="region")
    for level in by_region:
        assert list(level.findings) == [item for item in pains if item.levels == level.levels]


STORY_OF = {story.name: story for story in STORIES if story.segment}
UNSEEN = {("returns_age_60", "mean_score")}
"""Facts that the sample is too small for."""


@pytest.mark.usefixtures("no_pains")
@pytest.mark.parametrize("name", STORY_OF)
def test_what_follows_otherwise_in_a_planted_story_is_visible(
    name: str, shop: jm.Journeys, by_region: SegmentProfile
) -> None:
    story = STORY_OF[name]
    found = (
        by_region[story.level] if story.segment == "region" else shop.profile(story.segment, story.level)[story.level]
    )
    facts = [fact for fact in story.facts if fact.measure == "next"]
    assert facts
    for fact in facts:
        item = told(found, "transition", fact.touchpoint, fact.target)
        assert item in found.standing_out
        assert item.is_over == (fact.at_level > fact.elsewhere)
        assert re.search(rf"From {fact.touchpoint} they go on .*to {fact.target} \(", found.paragraph)


@pytest.mark.parametrize("name", ["shipping_cost_south", "support_calls_east"])
def test_a_planted_story_is_visible(name: str, by_region: SegmentProfile) -> None:
    _expect_facts(STORY_OF[name], by_region[STORY_OF[name].level])


@pytest.mark.slow
@pytest.mark.parametrize("name", STORY_OF)
def test_every_fact_of_a_planted_story_is_visible(name: str, shop: jm.Journeys) -> None:
    story = STORY_OF[name]
    _expect_facts(story, shop.profile(story.segment, story.level)[story.level])


def _expect_facts(story: Story, found: LevelProfile) -> None:
    kinds = {"abandonment": "abandonment", "mean_score": "low_score", "median_load_ms": "slow_step"}
    hurts = {(item.kind, item.touchpoint) for item in found.findings}
    for fact in story.facts:
        if fact.measure == "next":
            assert told(found, "transition", fact.touchpoint, fact.target) in found.standing_out
        else:
            is_seen = (kinds[fact.measure], fact.touchpoint) in hurts
            assert is_seen == ((story.name, fact.measure) not in UNSEEN)
    assert story.good or story.facts[0].measure != "abandonment" or "they need a way to finish" in found.paragraph


def groups(random: np.random.Generator, n_customers: int, *, spread: float = 1.0, more: float = 0.0) -> pd.DataFrame:
    """Draw customers with one or more goals each, whose values have a long tail, into 100 groups."""
    group = random.integers(0, 100, n_customers)
    goals = random.poisson(1.0, n_customers) + 1
    of = np.repeat(np.arange(n_customers), goals)
    values = np.exp(random.normal(0.0, spread, len(of)) + np.repeat(random.normal(0.0, 0.5, n_customers), goals)) + more
    columns = {"value": np.bincount(of, values, n_customers), "goal_visits": goals, "visits": goals}
    columns |= dict.fromkeys(("goal_customers", "customers"), np.ones(n_customers)) | {"active_days": goals}
    made = {name: np.bincount(group, numbers, 100) for name, numbers in columns.items()}
    return pd.DataFrame({"customer_group": np.arange(100), **made})


def test_means_are_tested_as_welch_does() -> None:
    random = np.random.default_rng(5)
    values = [random.normal(10.0, 3.0, 40), random.normal(11.5, 3.0, 50)]
    sides = []
    for at, drawn in enumerate(values):
        number = np.zeros(100)
        number[40 * at : 40 * at + len(drawn)] = drawn
        ones = (number != 0).astype(float)
        sides.append(
            pd.DataFrame({"customer_group": np.arange(100), "value": number})
            .assign(**dict.fromkeys(("goal_visits", "goal_customers", "customers", "visits", "active_days"), ones))
        )  # fmt: skip
    figures, p_values = _figures(sides[0], sides[1], 5)
    welch = stats.ttest_ind(values[0], values[1], equal_var=False)
    assert figures[0].difference == pytest.approx(values[0].mean() - values[1].mean())
    # Never surer than Welch's test, and not much less sure: the variance of all together has the difference in it.
    assert p_values[0] is not None
    assert 0.9 * welch.pvalue < p_values[0] < 3 * welch.pvalue
    assert p_values[1] == 1.0
    interval = welch.confidence_interval()
    assert (figures[0].difference_low, figures[0].difference_high) == pytest.approx(interval, rel=0.1)
    assert (figures[0].n_here, figures[0].n_others) == (40, 50)


@pytest.mark.slow
@pytest.mark.parametrize("n_here", [6, 30, 300])
def test_means_that_do_not_differ_are_seldom_told_apart(n_here: int) -> None:
    random = np.random.default_rng(3)
    found = [_figures(groups(random, n_here), groups(random, 700), 5)[1][0] for _ in range(400)]
    assert sum(value is not None and value < 0.05 for value in found) / 400 < 0.07
    seen = [_figures(groups(random, 300, more=0.8), groups(random, 700), 5)[1][0] for _ in range(50)]
    assert sum(value is not None and value < 0.05 for value in seen) > 45


@pytest.mark.slow
def test_attributes_without_effect_stand_out_in_nothing(shop: jm.Journeys) -> None:
    found = shop.profile("urban_rural", ["urban", "rural"])
    assert found.n_looked_at > 400
    assert [item.standing_out for item in found] == [(), ()]
    assert [item.findings for item in found] == [(), ()]
    assert all("Nothing that was looked at sets them clearly apart" in item.paragraph for item in found)


def test_what_a_paragraph_says_is_in_the_tables(by_region: SegmentProfile) -> None:
    for item in by_region:
        rates = [item.customer_share, item.summary.conversion.rate]
        clear = [one for one in item.contrasts if one.is_clear or one is item.conversion]
        rates += [rate.rate for one in clear for rate in (one.here, one.others)]
        rates += [number for one in item.findings for number in (one.rate, one.baseline)]
        known = {f"{rate * 100:.1f} %" for rate in rates if rate is not None}
        said = set(re.findall(r"\d+\.\d %", item.paragraph))
        assert said <= known
        assert len(said) >= 3


@pytest.mark.usefixtures("no_pains")
def test_a_level_of_journeys_is_not_told_apart_by_where_it_begins(shop: jm.Journeys) -> None:
    """A level of an event column is the first event's, so that beginnings and the channel itself say nothing."""
    (app,) = shop.profile("channel", "app")
    assert (app.unit, app.customer_share) == ("journey", None)
    begun = [item for item in app.contrasts if item.place == "(start)"]
    assert begun
    assert {item.q_value for item in (*begun, *app.channels)} == {None}
    assert max(item.difference or 0.0 for item in begun) > 0.5
    assert app.paragraph.startswith("channel = app has 253 journeys, 6.7 % of all, by 242 customers.")


def test_tables_and_records(by_region: SegmentProfile) -> None:
    found = by_region
    frame = found.to_frame()
    assert frame["level"].tolist() == ["east", "north", "south", "west", "(none)"]
    assert frame["converted"].sum() / frame["mature"].sum() == pytest.approx(0.3927, abs=1e-4)
    places = found.contrasts()
    assert places["is_clear"].sum() > 30
    shown = places[(places["level"] == "south") & places["is_clear"] & (places["what"] != "outcome")]
    assert len(shown) == frame.set_index("level").loc["south", "standing_out"] == len(found["south"].standing_out)
    sizes = shown["effect_size"].abs().tolist()
    assert sizes == sorted(sizes, reverse=True)
    record = json.loads(json.dumps(found.records()))[2]
    assert (record["level"], record["paragraph"]) == ("south", found["south"].paragraph)
    assert record["pain_points"][0]["kind"] == "abandonment"
    assert [item["place"] for item in record["channels"]][:2] == ["web", "app"]
    assert [item["n_hits"] for item in record["support"]] == [29, 6, 5, 1]
    assert found["south"].paragraph in found._repr_html_()
