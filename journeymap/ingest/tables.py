"""Accepted rows into the store's tables."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from journeymap.ingest.customers import add_customers
from journeymap.ingest.portions import cut_portions, rows_at_once
from journeymap.ingest.progress import JOURNEYS, READING
from journeymap.ingest.staging import cast_sql
from journeymap.journeys.sequences import sequence_events, summarise_journeys
from journeymap.store.schema import EVENT_COLUMNS, LINE_COLUMNS
from journeymap.store.sql import comma, exact_mean, exact_sum, identifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.ingest.checking import CheckedRows
    from journeymap.ingest.columns import Roles
    from journeymap.ingest.progress import Progress
    from journeymap.ingest.staging import Staged
    from journeymap.settings import JourneySettings, Settings
    from journeymap.store.store import Store

# The store's own columns, and what the questions' steps put beside the columns of an event.
_RESERVED = frozenset(name for name, _ in EVENT_COLUMNS) | {
    "file_key", "customer", "is_new", "touchpoint", "channel", "stage", "stage_order", "dropped", "visit_number",
    "is_goal", "is_final", "whole_key", "piece_position", "piece_step", "previous_us",
    "following_us", "following_key", "starts_journey", "starts_session", "journey_position", "session_position",
    *(f"level{at}" for at in range(10)),
}  # fmt: skip

STATEMENT_FULL: Final = 0.28
"""What share DuckDB 2.0 has counted to when a statement that reads rows and writes a wide table of them is done."""


@dataclass(frozen=True, slots=True)
class Properties:
    """The source's other columns in the store.

    Attributes
    ----------
    columns
        (name in the store, type, SQL over the checked rows) of each.
    event_id, journey, one_event_per
        The names in the store of the columns in these roles, or None.
    """

    columns: tuple[tuple[str, str, str], ...]
    event_id: str | None
    journey: str | None
    one_event_per: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Their names in the store."""
        return tuple(name for name, _, _ in self.columns)

    @property
    def row_table(self) -> str:
        """The table that holds the accepted rows: the events, or the lines that events are made of."""
        return "lines" if self.one_event_per is not None else "events"

    def to_json(self) -> str:
        """Write the roles for the store's own settings."""
        roles = asdict(self)
        del roles["columns"]
        return json.dumps(roles)

    @classmethod
    def choose(cls, store: Store, staged: Staged, roles: Roles, settings: Settings, *, has_events: bool) -> Properties:
        """Choose the columns to keep, and fit them to those that the store has."""
        taken = {roles.customer, roles.timestamp, roles.channel, roles.score}
        if not roles.value_is_expression:
            taken.add(roles.value)
        naming = settings.touchpoints
        if not (naming.rules or naming.rename or naming.patterns):
            taken.add(roles.touchpoint)
        special = {roles.event_id: "event_id", roles.journey: "journey_id"}
        names: dict[str, str] = {}
        columns: list[tuple[str, str, str]] = []
        used: set[str] = set()
        stored = dict(store.event_columns()) if has_events else {}
        stored_by_lower = {name.lower(): name for name in stored}
        for column in staged.columns:
            if column.name in taken:
                continue
            name = f"source_{column.name}" if column.name.lower() in _RESERVED else column.name
            while name.lower() in used:
                name += "_2"
            name = stored_by_lower.get(name.lower(), name)
            used.add(name.lower())
            names[column.name] = name
            # An id in text form is cleaned of blanks; a number is compared as it is, which is faster.
            in_role = special.get(column.name) if column.kind in {"VARCHAR", "DOUBLE", "FLOAT"} else None
            kind = "VARCHAR" if in_role else column.kind
            if stored.get(name, kind) != kind:
                kind = "VARCHAR"
            given = f"CAST({in_role} AS {kind})" if in_role else cast_sql(column.sql, column.kind, to=kind)
            columns.append((name, kind, given))
        for name, kind in stored.items():
            if name.lower() not in used:
                columns.append((name, kind, f"CAST(NULL AS {kind})"))
        return cls(
            tuple(columns),
            names.get(roles.event_id) if roles.event_id else None,
            names.get(roles.journey) if roles.journey else None,
            names.get(roles.one_event_per) if roles.one_event_per else None,
        )


def write_checked(store: Store, checked: CheckedRows, properties: Properties, *, told: Callable[[float], None]) -> None:
    """Read the raw rows once, into the temporary table ``checked``: what each says, and why it is refused if it is."""
    others = "".join(f", {sql} AS p{at}" for at, (_, _, sql) in enumerate(properties.columns))
    store.engine.execute_long(
        f"""
        CREATE OR REPLACE TEMP TABLE checked AS
        SELECT file_key, arrival, customer, at_us, name, channel, value, score, reason_code{others}
        FROM ({checked.step.sql})
        """,
        checked.values,
        progress=told,
    )


def take_rows(store: Store, properties: Properties, *, n_rows: int, progress: Progress) -> None:
    """Write the good rows, as keys and numbers, to the temporary table ``arrivals``; new customers get keys."""
    engine = store.engine
    most = rows_at_once(store, len(properties.columns))
    good = "checked JOIN name_map USING (name) WHERE reason_code IS NULL AND touchpoint_key IS NOT NULL"
    engine.execute_long(
        f"CREATE OR REPLACE TEMP TABLE seen_customers AS SELECT DISTINCT customer FROM {good}",
        progress=progress.part(READING, 0.0, 0.15),
    )
    progress.part(READING, 0.15)
    add_customers(store, "SELECT customer FROM seen_customers")
    engine.execute_long(
        "INSERT INTO channels WITH seen AS ("
        f"SELECT DISTINCT coalesce(channel, named_channel) AS channel FROM {good} "
        "AND coalesce(channel, named_channel) IS NOT NULL "
        "AND coalesce(channel, named_channel) NOT IN (SELECT channel FROM channels)"
        ") SELECT row_number() OVER (ORDER BY channel) + (SELECT count(*) FROM channels), channel FROM seen",
        progress=progress.part(READING, 0.22, 0.3),
    )
    others = "".join(f", p{at} AS {identifier(name)}" for at, name in enumerate(properties.names))
    # Where portions of customers are put in sequence one after another, each lies together then.
    order = "" if most is None or n_rows <= most else "ORDER BY c.customer_key"
    engine.execute_long(
        f"""
        CREATE OR REPLACE TEMP TABLE arrivals AS
        SELECT
            c.customer_key, g.at_us, g.arrival, g.touchpoint_key, h.channel_key, g.value, g.score, g.file_key{others}
        FROM (SELECT * FROM {good}) g
        JOIN customers c ON c.customer_id = g.customer
        LEFT JOIN channels h ON h.channel = coalesce(g.channel, g.named_channel)
        {order}
        """,
        progress=progress.part(READING, 0.3, 1.0, full=1.0 if order else STATEMENT_FULL),
    )


def rebuild(store: Store, journey: JourneySettings, properties: Properties, *, progress: Progress) -> None:
    """Put the new rows, and all that is stored of their customers, in sequence.

    Where there were events, ``earlier`` and ``touched`` then hold those of the new rows' customers, before and after.
    """
    engine = store.engine
    listed = ", ".join(identifier(name) for name in (*LINE_COLUMNS, *properties.names))
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
        question = sequence_events(part, journey, journey_column=properties.journey, others=properties.names)
        create = f"CREATE {'OR REPLACE TEMP ' if exists else ''}TABLE {target} AS"
        engine.execute_long(
            f"{f'INSERT INTO {target}' if at else create} {question.text()}",
            question.used_values(),
            progress=progress.part(JOURNEYS, 0.95 * at / len(portions), 0.95 * (at + 1) / len(portions)),
        )
    if exists:
        for table in ("events", "journeys"):
            engine.execute(f"DELETE FROM {table} WHERE customer_key IN (SELECT DISTINCT customer_key FROM earlier)")
        engine.execute("INSERT INTO events BY NAME SELECT * FROM touched")
    touched = "touched" if exists else "events"
    journeys = summarise_journeys(touched, journey_column=properties.journey)
    engine.execute_long(f"INSERT INTO journeys BY NAME {journeys.text()}", progress=progress.part(JOURNEYS, 0.95))
    _set_channels(store)


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
