"""Whatever comes in parts, late and more than once, gives the store that one ingest of everything gives."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest import mock

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from journeymap.ingest import tables, taking
from journeymap.ingest.load import ingest
from journeymap.settings import EventSettings, JourneySettings, Settings
from journeymap.store.opening import memory_store
from journeymap.store.schema import KEY_SPAN
from properties.logs import PROPERTIES, customers_table, logs, stores, table_of

if TYPE_CHECKING:
    import pyarrow as pa
    from oracle.model import Customers, Event

    from journeymap.model.ingest_report import IngestReport
    from journeymap.store.store import Store

NOW_US = 1_767_225_600_000_000  # 2026-01-01
TIE_FREE = settings(max_examples=max(6, stores.max_examples // 2))


@dataclass(frozen=True)
class Part:
    """A file of events, and the customers' attributes that come with it, where some do."""

    events: tuple[Event, ...]
    ids: tuple[int | None, ...]
    customers: Customers

    def table(self, *, journey_column: bool, has_ids: bool) -> pa.Table:
        """Write it as a table; a property that no event of it has is no column of it."""
        import pyarrow as pa

        table = table_of(self.events, journey_column=journey_column)
        if has_ids:
            table = table.append_column("event_id", pa.array(self.ids, pa.int64()))
        empty = [name for name in PROPERTIES if table[name].null_count == table.num_rows]
        return table.drop_columns([name for name in empty if name != "device"])


@dataclass(frozen=True)
class Parts:
    """The files in the order of their coming, and how they are read."""

    parts: tuple[Part, ...]
    settings: Settings
    has_ids: bool
    rows_at_once: int | None
    n_at_once: int


@st.composite
def splits(draw: st.DrawFn) -> Parts:
    """Split a log without ties into files, at random, with some rows in more than one."""
    log = draw(logs(max_events=24))
    events = list({(event.customer, event.at_us): event for event in log.events}.values())
    joins_lines = draw(st.sampled_from([False, False, True]))
    if joins_lines:
        events = [_like_its_order(event) for event in events]
    has_ids = draw(st.booleans())
    ids = [None if draw(st.integers(0, 4)) == 0 else at for at in range(len(events))]
    n_parts = draw(st.integers(2, 4))
    chosen: list[list[int]] = [[] for _ in range(n_parts)]
    for at in range(len(events)):
        for part in draw(st.lists(st.integers(0, n_parts - 1), min_size=1, max_size=3)):
            chosen[part].append(at)
    chosen = [draw(st.permutations(rows)) for rows in chosen if rows]
    seen: set[str] = set()
    parts = []
    for number, rows in enumerate(chosen):
        own = tuple(events[at] for at in rows)
        seen |= {event.customer for event in own}
        is_last = number == len(chosen) - 1
        comes = seen & set(log.customers) and (is_last or draw(st.booleans()))
        shown = log.customers if is_last else _with_other_values(log.customers, empty=draw(st.booleans()))
        parts.append(Part(own, tuple(ids[at] for at in rows), shown if comes else {}))
    first = {event.touchpoint for event in parts[0].events}  # a goal that never happened yet is a fault
    rules = log.rules
    made = Settings(
        events=EventSettings(
            journey="trip" if rules.journey_column else None,
            one_event_per="device" if joins_lines else None,
            keep_duplicates=draw(st.sampled_from([False, False, True])),
        ),
        journey=JourneySettings(
            gap_us=rules.gap_us,
            horizon_us=rules.horizon_us,
            session_timeout_us=rules.session_timeout_us,
            goal=tuple(sorted(rules.goals & first)),
            final=tuple(sorted(rules.finals & first)),
        ),
    )
    rows_at_once = draw(st.sampled_from([None, None, 1, 4]))
    return Parts(tuple(parts), made, has_ids, rows_at_once, draw(st.sampled_from([1, 1, 2])))


def _like_its_order(event: Event) -> Event:
    """Give an event what every line of its order has: of lines that differ, the first to come would count."""
    order = event.properties["device"]
    page = None if order is None else f"{event.customer} {order}"
    return replace(event, channel=None, journey=event.journey and "1", properties={"device": order, "page": page})


def _with_other_values(customers: Customers, *, empty: bool) -> Customers:
    """Give what an earlier file said: other levels, of the same types; or nothing yet."""
    changed = {"9": "10", "10": "9", "north": "south", "south": "north"}
    return {
        customer: {name: None if empty else changed.get(value or "", value) for name, value in attributes.items()}
        for customer, attributes in customers.items()
    }


@TIE_FREE
@given(splits())
def test_parts_give_what_one_ingest_gives(parts: Parts) -> None:
    with TemporaryDirectory() as folder:
        paths = []
        for at, part in enumerate(parts.parts):
            path = Path(folder) / f"{at}.parquet"
            table = part.table(journey_column=parts.settings.events.journey is not None, has_ids=parts.has_ids)
            pq.write_table(table, path)
            paths.append(path)
        last = parts.parts[-1].customers
        appended, once = memory_store(), memory_store()
        try:
            with (
                mock.patch.object(tables, "rows_at_once", return_value=parts.rows_at_once),
                mock.patch.object(taking, "may_share_out", return_value=True),
                mock.patch.object(tables, "share_out", return_value=(parts.n_at_once, parts.rows_at_once or 8)),
            ):
                for path, part in zip(paths, parts.parts, strict=True):
                    grown = _ingest(appended, [path], parts, part.customers)
            whole = _ingest(once, paths, parts, last)
            assert _state(appended) == _state(once)
            assert _facts(grown) == _facts(whole)
            again = _ingest(appended, paths, parts, last)
            assert (again.accepted, _facts(again)) == (0, _facts(whole))
            assert _state(appended) == _state(once)
        finally:
            appended.close()
            once.close()


def _ingest(store: Store, paths: list[Path], parts: Parts, customers: Customers) -> IngestReport:
    return ingest(store, paths, parts.settings, customers=customers_table(customers), now_us=NOW_US)


def _facts(report: IngestReport) -> dict[str, Any]:
    """Give what the report says of the store, not of the ingest."""
    record = report.record()
    of_ingest = ("read", "accepted", "duplicates", "filtered", "rejected", "rejected_by_reason")
    return {name: value for name, value in record.items() if name not in of_ingest}


def _state(store: Store) -> dict[str, Any]:
    """Give the tables as bags of rows, with names in the place of keys, and without the numbers of arrival."""
    others = sorted(f'"{name}"' for name, _ in store.event_columns())
    listed = "".join(f", e.{name}" for name in others)
    state: dict[str, Any] = {
        "columns": sorted([*store.event_columns(), *store.customer_columns()]),
        "events": f"""
            SELECT customer_id, journey_key % {KEY_SPAN}, session_key % {KEY_SPAN}, position, step, at_us, t.touchpoint,
                n.touchpoint, gap_us, is_first_transition, h.channel, e.value, score {listed}
            FROM events e JOIN customers USING (customer_key) JOIN touchpoints t USING (touchpoint_key)
            LEFT JOIN touchpoints n ON n.touchpoint_key = next_touchpoint_key LEFT JOIN channels h USING (channel_key)
        """,
        # Which of a customer's visits to a touchpoint is marked depends on the touchpoints' keys: one of them is.
        "first visits": """
            SELECT customer_id, touchpoint, count(*) FILTER (WHERE is_first_visit)
            FROM events JOIN customers USING (customer_key) JOIN touchpoints USING (touchpoint_key) GROUP BY ALL
        """,
        "journeys": f"""
            SELECT customer_id, journey_key % {KEY_SPAN}, journey_id, start_us, end_us, steps, f.touchpoint,
                l.touchpoint, converted_at_us, ended_at_us, value
            FROM journeys JOIN customers USING (customer_key)
            JOIN touchpoints f ON f.touchpoint_key = first_touchpoint_key
            JOIN touchpoints l ON l.touchpoint_key = last_touchpoint_key
        """,
        "customers": f"""
            SELECT customer_id, customer_key % 100
            {"".join(f', "{name}"' for name, _ in sorted(store.customer_columns()))} FROM customers
        """,
        "touchpoints": "SELECT * EXCLUDE (touchpoint_key) FROM touchpoints",
        "channels": "SELECT channel FROM channels",
    }
    if store.settings.events.one_event_per is not None:
        state["lines"] = f"""
            SELECT customer_id, at_us, touchpoint, value, score {listed} FROM lines e
            JOIN customers USING (customer_key) JOIN touchpoints USING (touchpoint_key)
        """
    for name, question in state.items():
        if isinstance(question, str):
            state[name] = sorted(store.engine.execute(question), key=repr)
    assert all(n == 1 for _, _, n in state["first visits"])
    variants = defaultdict(set)
    for customer, position, variant in store.engine.execute(
        f"SELECT customer_id, journey_key % {KEY_SPAN}, variant FROM journeys JOIN customers USING (customer_key)"
    ):
        variants[variant].add((customer, position))
    state["variants"] = sorted(map(sorted, variants.values()))
    return state
