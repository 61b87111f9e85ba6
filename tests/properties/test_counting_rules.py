"""The counting rules of the design hold for any log: what is visited, in, out, split and cut adds up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.journeys import ingest as ingest_of_model

import journeymap as jm
from journeymap.ingest.load import ingest
from journeymap.segments.question import Question
from journeymap.settings import EventSettings, Settings
from journeymap.store.opening import memory_store
from properties.comparing import rows_of
from properties.logs import Log, customers_table, logs, opened, settings_of, stores, table_of
from properties.questions import Asked, cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.model import Event

    from journeymap.api import Journeys
    from journeymap.model.ingest_report import IngestReport
    from journeymap.store.store import Store

Case = tuple[Log, Asked]


@stores
@given(cases())
def test_visits_are_transitions_in_and_out(case: Case) -> None:
    log, asked = case
    with opened(log) as store:
        narrowed = asked.of_engine(store)
        visits, moves = rows_of(narrowed.touchpoints(asked.by)), narrowed.transitions(asked.by)
    levels = list(moves.columns)[: len(asked.by)]
    into: Counter[tuple[Any, ...]] = Counter()
    out: Counter[tuple[Any, ...]] = Counter()
    for row in rows_of(moves):
        level = tuple(row[name] for name in levels)
        into[*level, row["target"]] += row["count"]
        out[*level, row["source"]] += row["count"]
    for row in visits:
        place = (*list(row.values())[: len(asked.by)], row["touchpoint"])
        assert row["visits"] == into[place] == out[place]
        assert row["converted"] + row["ended"] + row["dropped"] + row["open"] <= row["journeys"]
    shares = moves.groupby([*levels, "source"])["probability"].sum()
    assert shares.to_numpy() == pytest.approx(1.0)


@stores
@given(cases(), st.data())
def test_levels_add_up(case: Case, data: st.DataObject) -> None:
    log, asked = case
    by = asked.by or (data.draw(st.sampled_from(log.segments), label="by"),)
    with opened(log) as store:
        narrowed = asked.of_engine(store)
        for name, key, counts in (
            ("touchpoints", ["touchpoint"], ["visits", "journeys", "entries", "converted", "ended", "dropped", "open"]),
            ("transitions", ["source", "target"], ["count"]),
            ("dropoff", ["touchpoint"], ["mature_visits", "dropped"]),
            ("outcomes", [], ["journeys", "mature", "converted", "ended", "abandoned", "open", "immature"]),
        ):
            whole, split = getattr(narrowed, name)(), getattr(narrowed, name)(by)
            if set(by) <= set(next(iter(log.customers.values()), {})) and name in {
                "touchpoints",
                "transitions",
                "outcomes",
            }:
                counts = [*counts, "customers"]  # noqa: PLW2901 - of a customer's attribute, customers add up too
            assert totals(split, key, counts) == totals(whole, key, counts), name


def totals(frame: pd.DataFrame, key: list[str], counts: list[str]) -> dict[Any, list[int]]:
    added: dict[Any, list[int]] = {}
    for row in rows_of(frame):
        place = tuple(row[name] for name in key)
        before = added.setdefault(place, [0] * len(counts))
        added[place] = [old + row[name] for old, name in zip(before, counts, strict=True)]
    return {place: found for place, found in added.items() if any(found)}


@stores
@given(cases(), st.data())
def test_the_order_of_the_rows_changes_nothing_but_ties(case: Case, data: st.DataObject) -> None:
    log, asked = case
    log = replace(log, events=tuple({(event.customer, event.at_us): event for event in log.events}.values()))
    if asked.levels or asked.unequal or not names_there(log):
        asked, log = Asked(by=asked.by), replace(log, rules=replace(log.rules, goals=frozenset(), finals=frozenset()))
    shuffled = replace(log, events=tuple(data.draw(st.permutations(log.events), label="order")))
    with opened(log) as one, opened(shuffled) as other:
        assert_same_answers(asked.of_engine(one), asked.of_engine(other), asked.by, log.touchpoints)
        assert contents(one.store) == contents(other.store)


def names_there(log: Log) -> bool:
    return (log.rules.goals | log.rules.finals) <= set(log.touchpoints)


def assert_same_answers(one: Journeys, other: Journeys, by: Sequence[str], names: list[str]) -> None:
    steps = [names[0], names[-1]]
    for ask in (
        lambda it: it.touchpoints(by),
        lambda it: it.transitions(by),
        lambda it: it.dropoff(by),
        lambda it: it.outcomes(by),
        lambda it: it.paths(by=by),
        lambda it: it.funnel(steps, by=by),
        lambda it: it.abandonment(names[0], without=names[-1], by=by),
    ):
        pd.testing.assert_frame_equal(ask(one), ask(other), rtol=1e-9)


CONTENTS = {
    "events": """
        SELECT customer_id, position, step, at_us, t.touchpoint, n.touchpoint AS following, gap_us, h.channel, e.value,
            e.device, e.page, journey_key % 4294967296, session_key % 4294967296
        FROM events e JOIN customers USING (customer_key) JOIN touchpoints t USING (touchpoint_key)
        LEFT JOIN touchpoints n ON n.touchpoint_key = e.next_touchpoint_key LEFT JOIN channels h USING (channel_key)
    """,
    "journeys": """
        SELECT customer_id, journey_key % 4294967296, journey_id, start_us, end_us, steps, f.touchpoint,
            l.touchpoint AS last, converted_at_us, ended_at_us, round(value, 6)
        FROM journeys JOIN customers USING (customer_key)
        JOIN touchpoints f ON f.touchpoint_key = first_touchpoint_key
        JOIN touchpoints l ON l.touchpoint_key = last_touchpoint_key
    """,
    "touchpoints": "SELECT touchpoint, channel, stage, is_goal, is_final FROM touchpoints",
    "channels": "SELECT channel FROM channels",
    "customers": "SELECT customer_id FROM customers",
    "rejected": "SELECT source, row_number, reason_code, raw FROM rejected",
    "first visits": """
        SELECT customer_id, touchpoint, count(*) FILTER (WHERE is_first_visit)
        FROM events JOIN customers USING (customer_key) JOIN touchpoints USING (touchpoint_key)
        GROUP BY customer_id, touchpoint
    """,
}


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Give what the tables say, keys apart."""
    return {name: sorted(store.engine.execute(sql), key=repr) for name, sql in CONTENTS.items()}


def ingest_parts(
    log: Log, parts: Sequence[Sequence[Event]], *, keep: bool = False
) -> tuple[Journeys, list[IngestReport]]:
    """Ingest parts of a log one after the other into one store in memory."""
    store = memory_store()
    settings = settings_of(log.rules, keep_duplicates=keep)
    customers = customers_table(log.customers)
    reports = []
    for at, part in enumerate(parts):
        table = table_of(part, journey_column=log.rules.journey_column)
        is_last = at == len(parts) - 1
        reports.append(ingest(store, table, settings, customers=customers if is_last else None))
    return jm.Journeys(store, Question()), reports


def with_names_first(log: Log, parts: Sequence[Sequence[Event]]) -> bool:
    """Whether the first part has every goal and final touchpoint, without which it is refused."""
    return (log.rules.goals | log.rules.finals) <= {event.touchpoint for event in parts[0]}


@stores
@given(logs(), st.data())
def test_ingesting_in_parts_gives_the_same_tables(log: Log, data: st.DataObject) -> None:
    """Rows in order of arrival, ties and duplicates included, cut into parts that overlap."""
    ends = sorted(data.draw(st.lists(st.integers(1, len(log.events)), min_size=1, max_size=3), label="ends"))
    parts, begin = [], 0
    for end in (*ends, len(log.events)):
        overlap = data.draw(st.integers(0, 2), label="overlap")
        part = log.events[max(0, begin - overlap) : end]
        if part:
            parts.append(part)
        begin = end
    if not with_names_first(log, parts):
        log = replace(log, rules=replace(log.rules, goals=frozenset(), finals=frozenset()))
    pieces, reports = ingest_parts(log, parts)
    with opened(log) as whole:
        assert contents(pieces.store) == contents(whole.store)
        assert_same_answers(pieces, whole, (), log.touchpoints)
    for part, report in zip(parts, reports, strict=True):
        assert report.read == len(part) == report.accepted + report.duplicates
    pieces.close()


@stores
@given(logs(), st.data())
def test_ingesting_in_any_parts_changes_nothing_but_ties(log: Log, data: st.DataObject) -> None:
    events = list({(event.customer, event.at_us): event for event in log.events}.values())
    log = replace(log, events=tuple(events))
    where = data.draw(st.lists(st.integers(0, 2), min_size=len(events), max_size=len(events)), label="parts")
    parts = [[event for event, part in zip(events, where, strict=True) if part == n] for n in range(3)]
    parts = [part for part in parts if part]
    if not with_names_first(log, parts):
        log = replace(log, rules=replace(log.rules, goals=frozenset(), finals=frozenset()))
    pieces, _ = ingest_parts(log, parts)
    with opened(log) as whole:
        assert contents(pieces.store) == contents(whole.store)
        assert_same_answers(pieces, whole, (log.segments[0],), log.touchpoints)
    pieces.close()


@stores
@given(logs(max_events=8), st.booleans(), st.data())
def test_duplicates_are_counted_as_the_model_counts_them(log: Log, keep: bool, data: st.DataObject) -> None:
    """Rows m times in the store and n times in a file are there once, or max(m, n) times where they are kept."""
    log = replace(log, rules=replace(log.rules, goals=frozenset(), finals=frozenset()), customers={})
    few = st.lists(st.sampled_from(log.events), min_size=1, max_size=8)
    files = data.draw(st.lists(few, min_size=1, max_size=3), label="files")
    expected, n_duplicates = ingest_of_model(files, keep_duplicates=keep)
    store, reports = ingest_parts(log, files, keep=keep)
    stored = store.store.engine.execute(
        "SELECT customer_id, at_us, touchpoint, h.channel, value, device, page FROM events "
        "JOIN customers USING (customer_key) JOIN touchpoints USING (touchpoint_key) "
        "LEFT JOIN channels h USING (channel_key) ORDER BY customer_id, position"
    )
    in_order = sorted(expected, key=lambda event: (event.customer, event.at_us))
    assert stored == [
        (e.customer, e.at_us, e.touchpoint, e.channel, e.value, e.properties["device"], e.properties["page"])
        for e in in_order
    ]
    assert sum(report.duplicates for report in reports) == n_duplicates
    store.close()


@stores
@given(logs(), st.booleans())
def test_ingesting_twice_changes_nothing(log: Log, keep: bool) -> None:
    once, _ = ingest_parts(log, [log.events], keep=keep)
    twice, reports = ingest_parts(log, [log.events, log.events], keep=keep)
    assert contents(once.store) == contents(twice.store)
    assert (reports[1].accepted, reports[1].duplicates) == (0, len(log.events))
    once.close()
    twice.close()


@stores
@given(logs(max_events=10), st.data())
def test_an_equal_event_id_is_enough(log: Log, data: st.DataObject) -> None:
    """Rows that share an id are one event, the first; rows without one are compared in every column."""
    ids = data.draw(
        st.lists(st.sampled_from([None, "1", "2", "3"]), min_size=len(log.events), max_size=len(log.events)),
        label="ids",
    )
    kept, seen = [], set()
    for event, own in zip(log.events, ids, strict=True):
        properties = tuple(sorted(event.properties.items(), key=str))
        identity = own or (
            event.customer,
            event.at_us,
            event.touchpoint,
            event.channel,
            event.value,
            event.journey,
            properties,
        )
        if identity not in seen:
            seen.add(identity)
            kept.append(event)
    table = table_of(log.events).append_column("event_id", [ids])
    store = jm.open(table, settings=Settings(events=EventSettings()))
    found = store.store.engine.execute(
        "SELECT customer_id, at_us, touchpoint, value FROM events JOIN customers USING (customer_key) "
        "JOIN touchpoints USING (touchpoint_key) ORDER BY customer_id, position"
    )
    in_order = sorted(kept, key=lambda event: (event.customer, event.at_us))
    assert found == [(e.customer, e.at_us, e.touchpoint, e.value) for e in in_order]
    assert store.report is not None
    assert store.report.duplicates == len(log.events) - len(kept)
    store.close()
