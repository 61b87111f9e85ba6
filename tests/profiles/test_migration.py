"""Who moves between levels: by hand, and by walking through every customer's events."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from conftest import opened
from scipy import stats

from journeymap.errors import QuestionError
from journeymap.settings import JourneySettings, SegmentSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Logs

    from journeymap.api import Journeys

# Months end before day 31 and day 60. One journey may last for weeks: only silences of more than 30 days cut.
LOG = """
    A 0d  home web
    A 20d home app
    A 33d home web
    B 5d  home app
    C 40d home app
    C 45d home app
    D 1d  home web
    D 25d home web
    D 50d home app
    E 61d home web
    F 59d home -
"""
DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def known() -> Iterator[Journeys]:
    with opened() as log:
        yield log(LOG)


def matrix(frame: Any) -> dict[tuple[str, str], int]:
    return {(row.level_before, row.level): row.customers for row in frame.itertuples()}


def test_levels_as_of_the_periods_end(known: Journeys) -> None:
    frame = known.migration("channel")
    # In January: A app (the latest), B app, D web. In February: A web, C app, D app, F none of them.
    assert set(frame["before"]) == {"2024-01"}
    assert set(frame["period"]) == {"2024-02"}
    rows = [(row.level_before, row.level, row.customers, row.of, row.share) for row in frame.itertuples()]
    assert rows == [
        ("app", "web", 1, 2, 0.5),
        ("app", "(absent)", 1, 2, 0.5),
        ("web", "app", 1, 1, 1.0),
        ("(absent)", "app", 1, 2, 0.5),
        ("(absent)", "(none)", 1, 2, 0.5),
    ]
    interval = stats.binomtest(1, 2).proportion_ci(method="wilson")
    assert (frame["ci_low"][0], frame["ci_high"][0]) == pytest.approx((interval.low, interval.high))


def test_who_was_seen_stays(known: Journeys) -> None:
    frame = known.migration("channel", among="seen")
    assert matrix(frame) == {
        ("app", "app"): 1, ("app", "web"): 1, ("web", "app"): 1, ("(absent)", "app"): 1, ("(absent)", "(none)"): 1,
    }  # fmt: skip


def test_silence_is_part_of_levels_that_are_made_of_facts(known: Journeys) -> None:
    shop = known.define("awake", "yes: days_since_last <= 14; else no")
    # At the end of January (day 31): A 11, B 26, D 6 days of silence. At that of February (day 60): A 27, B 55, C 15,
    # D 10, F less than one.
    assert matrix(shop.migration("awake")) == {
        ("yes", "yes"): 1, ("yes", "no"): 1, ("no", "no"): 1, ("(absent)", "yes"): 1, ("(absent)", "no"): 1,
    }  # fmt: skip
    assert matrix(shop.migration("awake", among="active")) == {
        ("yes", "yes"): 1, ("yes", "no"): 1, ("no", "(absent)"): 1, ("(absent)", "yes"): 1, ("(absent)", "no"): 1,
    }  # fmt: skip


def test_bounds_are_those_of_the_last_period(log: Logs) -> None:
    """Quarters of each period would have other names, and nobody would stay in one."""
    lines = [f"c{at} 0d order web {at + 1}\nc{at} 40d order web {at + 1}" for at in range(40)]
    shop = log("\n".join([*lines, "Z 59d home"]), goal=("order",)).define("tier", "spend: 2 quantiles")
    frame = shop.migration("tier")
    # As of the end of February c0 to c39 have spent 2, 4 ... 80, and Z nothing: the middle of 41 customers is 40.
    assert matrix(frame) == {
        ("under 40", "under 40"): 19, ("under 40", "40 and over"): 20, ("40 and over", "40 and over"): 1,
        ("(absent)", "under 40"): 1,
    }  # fmt: skip


def test_devices_of_the_sample_by_walking_through(sample_shop: Journeys) -> None:
    rows = sample_shop.store.engine.execute(
        "SELECT customer_key, at_us, device FROM events ORDER BY customer_key, position"
    )
    may, june, july = (1_777_593_600_000_000, 1_780_272_000_000_000, 1_782_864_000_000_000)
    levels: list[dict[int, str]] = [{}, {}]
    for key, at_us, device in rows:
        if may <= at_us < june:
            levels[0][key] = device or "(none)"
        elif june <= at_us < july:
            levels[1][key] = device or "(none)"
    expected = Counter(
        (levels[0].get(key, "(absent)"), levels[1].get(key, "(absent)")) for key in {*levels[0], *levels[1]}
    )
    frame = sample_shop.migration("device", last=1)
    assert matrix(frame) == expected
    assert frame["share"].groupby(frame["level_before"]).sum().to_numpy() == pytest.approx(1)


def lifecycle(events: list[tuple[int, bool]], end_us: int) -> str:
    """The life cycle as docs/segments.md says it, over (time, is a goal) pairs."""
    goals = [at for at, is_goal in events if is_goal]
    journeys = 1 + sum(two[0] - one[0] > 30 * DAY_US for one, two in pairwise(events))
    if journeys <= 1 and not goals and end_us - events[-1][0] <= 30 * DAY_US:
        return "new"
    if not goals:
        return "prospect"
    silence = end_us - goals[-1]
    if silence > 180 * DAY_US:
        return "lapsed"
    if silence > 90 * DAY_US:
        return "at risk"
    if len(goals) > 1 and goals[-1] - goals[-2] > 180 * DAY_US:
        return "won back"
    return "loyal" if len(goals) >= 5 else "repeat" if len(goals) >= 2 else "one-time"


def test_life_cycles_of_the_sample_by_walking_through(sample_shop: Journeys) -> None:
    rows = sample_shop.store.engine.execute(
        "SELECT customer_key, at_us, is_goal FROM events JOIN touchpoints USING (touchpoint_key) "
        "ORDER BY customer_key, position"
    )
    events: dict[int, list[tuple[int, bool]]] = {}
    for key, at_us, is_goal in rows:
        events.setdefault(key, []).append((at_us, is_goal))
    ends = (1_777_593_600_000_000 - 1, 1_780_272_000_000_000 - 1)  # of April and of May
    expected: Counter[tuple[str, str]] = Counter()
    for seen in events.values():
        then = [[item for item in seen if item[0] <= end] for end in ends]
        if then[1]:
            expected[
                lifecycle(then[0], ends[0]) if then[0] else "(absent)",
                lifecycle(then[1], ends[1]),
            ] += 1
    frame = sample_shop.migration("lifecycle")
    assert matrix(frame[frame["period"] == "2026-05"]) == expected


def test_fixed_levels_are_diagonal(sample_shop: Journeys) -> None:
    frame = sample_shop.migration("region")
    moved = frame[(frame["level_before"] != frame["level"]) & (frame["level"] != "(absent)")]
    assert set(moved["level_before"]) == {"(absent)"}
    assert set(frame["period"]) == {"2026-05", "2026-06"}
    both = sample_shop.migration(["region", "lifecycle"], last=1)
    assert "south / one-time" in set(both["level"])


def test_defined_segments_are_taken_at_the_end_too(log: Logs) -> None:
    settings = Settings(
        journey=JourneySettings(goal=()), segments=(("by", SegmentSettings(of=("way", "channel"))),
                                                    ("way", SegmentSettings(column="channel"))),
    )  # fmt: skip
    shop = log(LOG, settings=settings)
    assert matrix(shop.migration("by"))[("app / app", "web / web")] == 1
    assert matrix(shop.migration("Channel")) == matrix(shop.migration("channel"))


def test_conditions_choose_the_customers(log: Logs, at: Callable[[str], Any]) -> None:
    shop = log(LOG, customers={"customer": list("ABCDEF"), "region": list("nnnsss")})
    assert sum(matrix(shop.where(region="n").migration("channel")).values()) == 3
    assert matrix(shop.where(since=at("0d")).migration("channel")) == matrix(shop.migration("channel"))
    with pytest.raises(QuestionError, match="over 1 whole month: two are needed"):
        shop.where(since=at("31d")).migration("channel")


def test_nobody_moves_where_nobody_is(log: Logs) -> None:
    frame = log("A 0d home\nB 100d home\nB 120d home").migration("channel")
    steps = [(row.before, row.level_before, row.level, row.customers) for row in frame.itertuples()]
    assert steps == [("2024-01", "(none)", "(absent)", 1), ("2024-03", "(absent)", "(none)", 1)]


def test_levels_that_read_alike_are_told_apart(log: Logs) -> None:
    names = [f"{half}{at}" for half in "ab" for at in range(3)]
    lines = "\n".join(f"{name} {day}d home" for name in names for day in (0, 40, 60))
    people = {"customer": names, "s1": ["x"] * 3 + ["x / y"] * 3, "s2": ["y / z"] * 3 + ["z"] * 3}
    frame = log(lines, customers=people).migration(["s1", "s2"])
    assert (
        frame[["level_before", "level", "customers", "of", "share"]].to_numpy().tolist()
        == [["x / y / z", "x / y / z", 3, 3, 1.0]] * 2
    )


def test_mistakes(known: Journeys) -> None:
    shop = known
    with pytest.raises(QuestionError, match="levels of a segment"):
        shop.migration(None)
    with pytest.raises(QuestionError, match=r"no whole quarters.*two are needed"):
        shop.migration("channel", period="quarter")
    with pytest.raises(QuestionError, match="active, seen"):
        shop.migration("channel", among="all")
    with pytest.raises(QuestionError, match="last periods must be a whole number from 1 on, not 0"):
        shop.migration("channel", last=0)
