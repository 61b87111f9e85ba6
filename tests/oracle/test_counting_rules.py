"""The model obeys the counting rules of the design for any events."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from oracle import tables
from oracle.abandonment import abandonment, attempts, where_next
from oracle.counts import dropoff, touchpoints, transitions
from oracle.funnel import Order, funnel
from oracle.journeys import deduplicate, ingest, population
from oracle.model import DAY, Customers, EndAt, Event, Population, Rules, Scope
from oracle.paths import paths

RULES = Rules(goals=frozenset({"order"}), finals=frozenset({"declined"}), gap_us=4 * DAY)
CUSTOMERS: Customers = {"A": {"region": "north"}, "B": {"region": "south"}}

EVENTS = st.lists(
    st.builds(
        Event,
        customer=st.sampled_from("ABC"),
        at_us=st.integers(0, 20).map(lambda day: day * DAY),
        touchpoint=st.sampled_from(["home", "cart", "order", "declined"]),
        channel=st.sampled_from([None, "web", "app"]),
        value=st.sampled_from([None, 1.0, 2.0]),
    ),
    max_size=25,
)
END_AT = st.sampled_from(["journey", "goal"])
BY = st.sampled_from([("region",), ("channel",), ("region", "channel")])


def pair(events: list[Event], by: tuple[str, ...], end_at: EndAt) -> tuple[Population, Population]:
    """Give the whole, and the same in levels."""
    whole = population(events, RULES, Scope(end_at=end_at), CUSTOMERS)
    return whole, population(events, RULES, Scope(end_at=end_at, by=by), CUSTOMERS)


@given(EVENTS, END_AT)
def test_visits_are_transitions_in_and_out(events: list[Event], end_at: EndAt) -> None:
    people = population(events, RULES, Scope(end_at=end_at))
    into: Counter[str] = Counter()
    out: Counter[str] = Counter()
    for row in transitions(people):
        into[row["target"]] += row["count"]
        out[row["source"]] += row["count"]
    rows = touchpoints(people)
    for row in rows:
        assert row["visits"] == into[row["touchpoint"]] == out[row["touchpoint"]]
    assert sum(row["visits"] for row in rows) == len(events)
    assert sum(row["entries"] for row in rows) == out["(start)"] == len(people.journeys)


@given(EVENTS, END_AT, BY)
def test_levels_add_up(events: list[Event], end_at: EndAt, by: tuple[str, ...]) -> None:
    whole, split = pair(events, by, end_at)

    def total(people: Population) -> dict[str, Counter[object]]:
        counts: dict[str, Counter[object]] = {
            "visits": Counter(),
            "transitions": Counter(),
            "drops": Counter(),
        }
        for row in touchpoints(people):
            counts["visits"][row["touchpoint"]] += row["visits"]
        for row in transitions(people):
            counts["transitions"][row["source"], row["target"]] += row["count"]
        for row in dropoff(people):
            counts["drops"][row["touchpoint"]] += row["dropped"]
        return counts

    assert total(whole) == total(split)
    for column in ("journeys", "mature", "converted", "ended", "abandoned", "open"):
        assert sum(row[column] for row in tables.statuses(split)) == tables.summary(whole).get(column)
    for column in ("attempts", "abandoned", "immature"):
        levels = abandonment(split, "cart", window_us=3 * DAY)
        assert sum(row[column] for row in levels) == abandonment(whole, "cart", window_us=3 * DAY)[0][column]


@given(EVENTS, END_AT, st.integers(0, 40))
def test_as_of_is_as_if_later_events_had_never_been(events: list[Event], end_at: EndAt, day: int) -> None:
    scope = Scope(as_of_us=day * DAY, end_at=end_at)
    earlier = [event for event in events if event.at_us <= day * DAY]
    assert population(events, RULES, scope) == population(earlier, RULES, scope)


@given(EVENTS, st.sampled_from(["ordered", "strict", "any"]), st.sampled_from([None, 0, 5 * DAY]))
def test_funnels_only_narrow(events: list[Event], order: Order, window_us: int | None) -> None:
    rows = funnel(population(events, RULES), ["home", "cart", "order"], window_us, order)
    for before, after in pairwise(rows):
        assert before["entered"] - after["entered"] == before["dropped"] >= 0
        assert before["immature"] >= after["immature"]


@given(EVENTS, END_AT)
def test_shares_add_up(events: list[Event], end_at: EndAt) -> None:
    people = population(events, RULES, Scope(end_at=end_at))
    every = paths(people, top=None)
    assert sum(row["journeys"] for row in every) == len(people.journeys)
    (row,) = tables.statuses(people)
    assert sum(row["mature_" + status] for status in tables.STATUSES) == row["mature"]
    for rates in dropoff(people):
        assert rates["dropped"] <= rates["mature_visits"]


@given(EVENTS, st.integers(0, 6))
def test_attempts_do_not_overlap(events: list[Event], days: int) -> None:
    people = population(events, RULES)
    found = attempts(people, "cart", window_us=days * DAY)
    for before, after in pairwise(found):
        assert before.customer < after.customer or before.ended_at < after.start
    carts = {(event.customer, event.at_us) for event in events if event.touchpoint == "cart"}
    for customer, at_us in carts:
        assert any(a.customer == customer and a.start <= at_us <= a.ended_at for a in found)
    abandoned = sum(a.abandoned for a in found)
    assert sum(row["count"] for row in where_next(people, "cart", window_us=days * DAY)) == abandoned


@given(EVENTS, st.booleans())
def test_a_file_read_twice_changes_nothing(events: list[Event], keep: bool) -> None:
    once = deduplicate(events, keep)[0]
    kept, n_duplicates = ingest([events, events], keep_duplicates=keep)
    assert kept == once
    assert len(kept) + n_duplicates == 2 * len(events)
