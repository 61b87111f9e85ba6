"""Accepted rows into the store's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.ingest.portions import cut_portions, rows_at_once
from journeymap.ingest.progress import JOURNEYS
from journeymap.ingest.staging import cast_sql
from journeymap.ingest.taking import IN_ORDER
from journeymap.journeys.sequences import sequence_events, summarise_journeys
from journeymap.journeys.sorted_rows import mark_sorted, number_sorted, put_side_by_side
from journeymap.store.schema import LINE_COLUMNS
from journeymap.store.sql import comma, exact_mean, exact_sum, identifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.ingest.progress import Progress
    from journeymap.ingest.properties import Properties
    from journeymap.settings import JourneySettings
    from journeymap.store.store import Store


def fits_in_order(store: Store, properties: Properties) -> bool:
    """Say whether the new rows, once sorted, become events as they lie: there are no earlier ones to go between."""
    return _keeps_order(store, properties) and properties.one_event_per is None and not store.engine.has_table("events")


def _keeps_order(store: Store, properties: Properties) -> bool:
    """Say whether events are put in sequence by the rows beside them: DuckDB keeps rows in order, Spark does not."""
    return store.engine.kind == "duckdb" and properties.journey is None


def rebuild(store: Store, journey: JourneySettings, properties: Properties, *, progress: Progress) -> None:
    """Put the new rows, and all that is stored of their customers, in sequence.

    Where there were events, ``earlier`` and ``touched`` then hold those of the new rows' customers, before and after.
    """
    engine = store.engine
    listed = ", ".join(identifier(name) for name in (*LINE_COLUMNS, *properties.names))
    in_order = fits_in_order(store, properties)
    exists = engine.has_table("events")
    arrived = "arrivals"
    if exists:
        engine.execute_long(
            "CREATE OR REPLACE TEMP TABLE earlier AS "
            "SELECT * FROM events WHERE customer_key IN (SELECT customer_key FROM arrivals)"
        )
    if properties.one_event_per is not None:
        if not exists:
            engine.execute(f"CREATE TABLE lines AS SELECT {listed} FROM arrivals LIMIT 0")
        engine.execute_long(f"INSERT INTO lines ({listed}) SELECT {listed} FROM arrivals")
        arrived = f"({_join_lines(properties)})"
    elif exists:
        arrived = f"(SELECT {listed} FROM arrivals UNION ALL SELECT {listed} FROM earlier)"
    target = "touched" if exists else "events"
    portions = cut_portions(
        store, ("arrivals", "earlier") if exists else ("arrivals",), rows_at_once(store, len(properties.columns))
    )
    for at, (first, last) in enumerate(portions):
        part = arrived
        if len(portions) > 1:
            part = f"(SELECT * FROM {arrived} WHERE customer_key BETWEEN {first} AND {last})"
        create = f"CREATE {'OR REPLACE TEMP ' if exists else ''}TABLE {target} AS"
        begin, end = 0.95 * at / len(portions), 0.95 * (at + 1) / len(portions)
        _put_in_sequence(
            store,
            f"INSERT INTO {target}" if at else create,
            part,
            journey,
            properties,
            in_order=in_order,
            told=progress.part(JOURNEYS, begin, end),
        )
    if exists:
        for table in ("events", "journeys"):
            engine.execute(f"DELETE FROM {table} WHERE customer_key IN (SELECT DISTINCT customer_key FROM earlier)")
        engine.execute("INSERT INTO events BY NAME SELECT * FROM touched")
    touched = "touched" if exists else "events"
    journeys = summarise_journeys(touched, journey_column=properties.journey)
    engine.execute_long(f"INSERT INTO journeys BY NAME {journeys.text()}", progress=progress.part(JOURNEYS, 0.95))
    _set_channels(store)


def _put_in_sequence(
    store: Store,
    verb: str,
    arrived: str,
    journey: JourneySettings,
    properties: Properties,
    *,
    in_order: bool,
    told: Callable[[float], None],
) -> None:
    """Put the rows of whole customers in sequence, and write them as events. ``in_order``: they lie sorted."""
    engine = store.engine
    if not _keeps_order(store, properties):
        question = sequence_events(arrived, journey, journey_column=properties.journey, others=properties.names)
        engine.execute_long(f"{verb} {question.text()}", question.used_values(), progress=told)
        return
    rows = arrived
    if rows != "arrivals" or not in_order:
        rows = "rows_in_order"
        order = "" if in_order else f" ORDER BY {IN_ORDER}"
        engine.execute_long(
            f"CREATE OR REPLACE TEMP TABLE {rows} AS SELECT * FROM {arrived} a{order}",
            progress=_stretch(told, 0.0, 0.2),
        )
    numbered = number_sorted(rows, journey)
    engine.execute_long(
        f"CREATE OR REPLACE TEMP TABLE numbered_rows AS {numbered.text()}",
        numbered.used_values(),
        progress=_stretch(told, 0.2, 0.35),
    )
    engine.execute_long(
        f"CREATE OR REPLACE TEMP TABLE first_times AS {mark_sorted('numbered_rows').text()}",
        progress=_stretch(told, 0.35, 0.5),
    )
    beside = put_side_by_side(rows, "numbered_rows", "first_times", others=properties.names)
    engine.execute_long(f"{verb} {beside.text()}", progress=_stretch(told, 0.5, 1.0))
    for table in {rows, "numbered_rows", "first_times"} - {"arrivals"}:
        engine.execute(f"DROP TABLE {table}")


def _stretch(told: Callable[[float], None], begin: float, end: float) -> Callable[[float], None]:
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


def _set_channels(store: Store) -> None:
    """Give each touchpoint its most used channel."""
    store.engine.execute_long(
        """
        CREATE OR REPLACE TABLE touchpoints AS
        WITH counted AS (
            SELECT touchpoint_key, channel_key, count(*) AS n FROM events WHERE channel_key IS NOT NULL
            GROUP BY touchpoint_key, channel_key
        ),
        most AS (
            SELECT touchpoint_key, h.channel FROM counted JOIN channels h USING (channel_key)
            QUALIFY row_number() OVER (PARTITION BY touchpoint_key ORDER BY n DESC, h.channel) = 1
        )
        SELECT t.touchpoint_key, t.touchpoint, m.channel, t.stage, t.stage_order, t.is_goal, t.is_final
        FROM touchpoints t LEFT JOIN most m USING (touchpoint_key)
        ORDER BY t.touchpoint_key
        """
    )
