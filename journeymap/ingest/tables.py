"""Accepted rows into the store's tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from journeymap.ingest.in_turn import write_in_turn
from journeymap.ingest.portions import cut_portions, rows_at_once, share_out
from journeymap.ingest.progress import JOURNEYS
from journeymap.ingest.staging import cast_sql
from journeymap.ingest.taking import IN_ORDER
from journeymap.journeys.sequences import sequence_events, summarise_journeys
from journeymap.journeys.sorted_rows import mark_sorted, number_sorted, put_side_by_side
from journeymap.store.schema import EVENT_COLUMNS, LINE_COLUMNS
from journeymap.store.sql import comma, exact_mean, exact_sum, identifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.ingest.progress import Progress
    from journeymap.ingest.properties import Properties
    from journeymap.settings import JourneySettings
    from journeymap.store.duckdb_engine import DuckdbEngine
    from journeymap.store.engine import Engine
    from journeymap.store.sql import Query
    from journeymap.store.store import Store

    Told = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Arrived:
    """The rows that become events.

    Attributes
    ----------
    sql
        A table, or a select in brackets.
    relations
        The tables that it reads, with ``customer_key``.
    in_order
        Whether they lie sorted by customer, time and arrival.
    """

    sql: str
    relations: tuple[str, ...]
    in_order: bool

    def within(self, first: int, last: int) -> Arrived:
        """Give those of the customers whose keys are from ``first`` to ``last``."""
        return replace(self, sql=f"(SELECT * FROM {self.sql} WHERE customer_key BETWEEN {first} AND {last})")


def fits_in_order(store: Store, properties: Properties, *, has_events: bool) -> bool:
    """Say whether the new rows, sorted, become events as they lie: each is one, and there are none to go between."""
    return _keeps_order(store.engine, properties) and properties.one_event_per is None and not has_events


def _keeps_order(engine: Engine, properties: Properties) -> bool:
    """Say whether events are put in sequence by the rows beside them: DuckDB keeps rows in order, Spark does not."""
    return engine.kind == "duckdb" and properties.journey is None


def rebuild(
    store: Store,
    journey: JourneySettings,
    properties: Properties,
    *,
    has_events: bool,
    is_sorted: bool,
    progress: Progress,
) -> int:
    """Put the new rows, and all that is stored of their customers, in sequence; count the touchpoints that have events.

    Where there were events, ``earlier`` and ``touched`` then hold those of the new rows' customers, before and after.
    ``is_sorted``: the new rows lie in the order of events.
    """
    engine = store.engine
    listed = ", ".join(identifier(name) for name in (*LINE_COLUMNS, *properties.names))
    arrived = "arrivals"
    if has_events:
        engine.execute_long(
            "CREATE OR REPLACE TEMP TABLE earlier AS "
            "SELECT * FROM events WHERE customer_key IN (SELECT customer_key FROM arrivals)"
        )
    if properties.one_event_per is not None:
        if not has_events:
            engine.execute(f"CREATE TABLE lines AS SELECT {listed} FROM arrivals LIMIT 0")
        engine.execute_long(f"INSERT INTO lines ({listed}) SELECT {listed} FROM arrivals")
        arrived = f"({_join_lines(properties)})"
    elif has_events:
        arrived = f"(SELECT {listed} FROM arrivals UNION ALL SELECT {listed} FROM earlier)"
    part = Arrived(arrived, ("arrivals", "earlier") if has_events else ("arrivals",), in_order=is_sorted)
    told = progress.part(JOURNEYS, 0.0, 0.95)
    if fits_in_order(store, properties, has_events=has_events):
        _write_at_once(store, part, journey, properties, told)
    else:
        target = "TEMP TABLE touched" if has_events else "TABLE events"
        _write(store, target, part, journey, properties, told)
    if has_events:
        for table in ("events", "journeys"):
            engine.execute(f"DELETE FROM {table} WHERE customer_key IN (SELECT DISTINCT customer_key FROM earlier)")
        engine.execute("INSERT INTO events BY NAME SELECT * FROM touched")
    journeys = summarise_journeys("touched" if has_events else "events", journey_column=properties.journey)
    engine.execute_long(f"INSERT INTO journeys BY NAME {journeys.text()}", progress=progress.part(JOURNEYS, 0.95))
    return _set_channels(store)


def _write(
    store: Store, target: str, arrived: Arrived, journey: JourneySettings, properties: Properties, told: Told
) -> None:
    """Put portions in sequence, and write them to a table that is made, one after another."""
    engine, table = store.engine, target.rpartition(" ")[2]
    portions = cut_portions(store, arrived.relations, rows_at_once(store, len(properties.columns)))
    for at, portion in enumerate(portions):
        begin, end = at / len(portions), (at + 1) / len(portions)
        middle = (begin + end) / 2
        rows = arrived if len(portions) == 1 else arrived.within(*portion)
        events = _put_in_sequence(engine, rows, journey, properties, _stretch(told, begin, middle))
        verb = f"INSERT INTO {table}" if at else f"CREATE OR REPLACE {target} AS"
        engine.execute_long(f"{verb} {events.text()}", events.used_values(), progress=_stretch(told, middle, end))
    _drop_sequence(engine)


def _write_at_once(
    store: Store, arrived: Arrived, journey: JourneySettings, properties: Properties, told: Told
) -> None:
    """Put portions in sequence, several at once, and write them to ``events``."""
    engine = cast("DuckdbEngine", store.engine)
    n_rows = int(engine.execute("SELECT count(*) FROM arrivals")[0][0])
    most = rows_at_once(store, len(properties.columns)) or n_rows
    n_at_once, most = share_out(n_rows, most, engine.n_threads())
    if n_at_once == 1:
        _write(store, "TABLE events", arrived, journey, properties, told)
        return
    _create_events(engine, properties)

    def sequence(worker: DuckdbEngine, portion: tuple[int, int], told: Told) -> str:
        return _put_in_sequence(worker, arrived.within(*portion), journey, properties, told).text()

    portions = cut_portions(store, arrived.relations, most)
    write_in_turn(engine, "events", portions, sequence, n_at_once=n_at_once, told=told)


def _create_events(engine: Engine, properties: Properties) -> None:
    kinds = dict(engine.columns("arrivals"))
    columns = [f"{identifier(name)} {kind}" for name, kind in EVENT_COLUMNS]
    for name in properties.names:
        # Texts of which no two are alike: DuckDB would try a dictionary first, which takes three times as long.
        packing = " USING COMPRESSION zstd" if name == properties.event_id and kinds[name] == "VARCHAR" else ""
        columns.append(f"{identifier(name)} {kinds[name]}{packing}")
    engine.execute(f"CREATE TABLE events ({', '.join(columns)})")


def _put_in_sequence(
    engine: Engine, arrived: Arrived, journey: JourneySettings, properties: Properties, told: Told
) -> Query:
    """Put the rows of whole customers in sequence, and give the select of their events.

    What it reads stays, in temporary tables, until the next portion.
    """
    if not _keeps_order(engine, properties):
        return sequence_events(arrived.sql, journey, journey_column=properties.journey, others=properties.names)
    _drop_sequence(engine)
    rows = arrived.sql
    if rows != "arrivals" or not arrived.in_order:
        rows = "rows_in_order"
        order = "" if arrived.in_order else f" ORDER BY {IN_ORDER}"
        engine.execute_long(
            f"CREATE TEMP TABLE {rows} AS SELECT * FROM {arrived.sql} a{order}", progress=_stretch(told, 0.0, 0.4)
        )
    numbered = number_sorted(rows, journey)
    engine.execute_long(
        f"CREATE TEMP TABLE numbered_rows AS {numbered.text()}",
        numbered.used_values(),
        progress=_stretch(told, 0.4, 0.7),
    )
    engine.execute_long(
        f"CREATE TEMP TABLE first_times AS {mark_sorted('numbered_rows').text()}", progress=_stretch(told, 0.7, 1.0)
    )
    return put_side_by_side(rows, "numbered_rows", "first_times", others=properties.names)


def _drop_sequence(engine: Engine) -> None:
    for table in ("rows_in_order", "numbered_rows", "first_times"):
        engine.execute(f"DROP TABLE IF EXISTS {table}")


def _stretch(told: Told, begin: float, end: float) -> Told:
    """Tell the share of a part as a share of the whole."""
    return lambda share: told(begin + (end - begin) * share)


def fit_columns(store: Store, properties: Properties) -> None:
    """Give the stored rows the columns that the new ones bring, so that both can be compared."""
    engine = store.engine
    for table in sorted({properties.row_table, "events"}):
        stored = dict(engine.columns(table))
        for name, kind, _ in properties.columns:
            if name not in stored:
                engine.execute(f"ALTER TABLE {table} ADD COLUMN {identifier(name)} {kind}")
            elif stored[name] != kind:
                engine.execute(
                    f"ALTER TABLE {table} ALTER COLUMN {identifier(name)} TYPE {kind} "
                    f"USING {cast_sql(identifier(name), stored[name], to=kind)}"
                )


def _join_lines(properties: Properties) -> str:
    """Write the select that makes one event of the lines of an order: values add up, the first line gives the rest."""
    key = identifier(properties.one_event_per or "")
    first = "".join(
        f", arg_min({identifier(name)}, arrival) AS {identifier(name)}" for name in properties.names
        if name != properties.one_event_per
    )  # fmt: skip
    # A line that names no order is an event of its own.
    return f"""
        SELECT
            customer_key, min(at_us) AS at_us, min(arrival) AS arrival, touchpoint_key,
            arg_min(channel_key, arrival) AS channel_key, {exact_sum("value")} AS value,
            {exact_mean("score")} AS score, {comma([key])}
            {first.removeprefix(", ") or "1 AS unused"}
        FROM lines
        WHERE customer_key IN (SELECT customer_key FROM arrivals)
        GROUP BY customer_key, touchpoint_key, {key}, CASE WHEN {key} IS NULL THEN arrival END
    """


def _set_channels(store: Store) -> int:
    """Give each touchpoint its most used channel, and say how many touchpoints have events."""
    engine = store.engine
    engine.execute_long(
        "CREATE OR REPLACE TEMP TABLE used_channels AS "
        "SELECT touchpoint_key, channel_key, count(*) AS n FROM events GROUP BY touchpoint_key, channel_key"
    )
    engine.execute(
        """
        CREATE OR REPLACE TABLE touchpoints AS
        WITH most AS (
            SELECT touchpoint_key, h.channel FROM used_channels JOIN channels h USING (channel_key)
            QUALIFY row_number() OVER (PARTITION BY touchpoint_key ORDER BY n DESC, h.channel) = 1
        )
        SELECT t.touchpoint_key, t.touchpoint, m.channel, t.stage, t.stage_order, t.is_goal, t.is_final
        FROM touchpoints t LEFT JOIN most m USING (touchpoint_key)
        ORDER BY t.touchpoint_key
        """
    )
    return int(engine.execute("SELECT count(DISTINCT touchpoint_key) FROM used_channels")[0][0])
