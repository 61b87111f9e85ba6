"""Raw rows to accepted ones: what is refused is set aside, and the rest become keys and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from journeymap.ingest.customers import add_customers
from journeymap.ingest.naming import name_touchpoints
from journeymap.ingest.portions import may_share_out, rows_at_once
from journeymap.ingest.progress import READING
from journeymap.store.sql import Query, identifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.ingest.checking import CheckedRows
    from journeymap.ingest.progress import Progress
    from journeymap.ingest.properties import Properties
    from journeymap.settings import Settings
    from journeymap.store.duckdb_engine import DuckdbEngine
    from journeymap.store.store import Store

IN_ORDER: Final = "customer_key, at_us, arrival"
"""The order of events: by time, then by arrival, one customer after another."""


@dataclass(frozen=True, slots=True)
class RawRows:
    """The rows as they are read.

    Attributes
    ----------
    sql
        A select of the columns of :class:`journeymap.ingest.checking.CheckedRows`, and of the kept ones as ``p0``,
        ``p1`` ...
    values
        What it binds.
    n_refused
        How many of them are in the temporary table ``refused_rows`` (arrival, customer, name, channel, reason_code).
    """

    sql: str
    values: dict[str, object]
    n_refused: int

    @property
    def good(self) -> str:
        """A select of those that are not refused."""
        if not self.n_refused:
            return self.sql
        return f"SELECT * FROM ({self.sql}) ANTI JOIN refused_rows USING (arrival)"

    def distinct(self, columns: str) -> str:
        """Write the select of what the good rows have in columns."""
        if not self.n_refused:
            return f"SELECT DISTINCT {columns} FROM ({self.sql})"
        # Counted against the refused ones: looking each row up among them is more work.
        return (
            f"SELECT {columns} FROM (SELECT {columns}, count(*) AS n FROM ({self.sql}) GROUP BY {columns} UNION ALL "
            f"SELECT {columns}, -count(*) AS n FROM refused_rows GROUP BY {columns}) "
            f"GROUP BY {columns} HAVING sum(n) > 0"
        )


def read_rows(store: Store, checked: CheckedRows, properties: Properties, *, told: Callable[[float], None]) -> RawRows:
    """Look at each raw row once, and note in ``refused_rows`` which are refused, and why.

    The rows are read again where they lie. What is costly to read, or for Spark may be far, is kept in a table.
    """
    engine = store.engine
    others = "".join(f", {sql} AS p{at}" for at, (_, _, sql) in enumerate(properties.columns))
    columns = f"file_key, arrival, customer, at_us, name, channel, value, score{others}"
    sql, reasoned = (
        f"SELECT {columns}{more} FROM ({checked.sql})" for more in ("", f", {checked.reason_sql} AS reason_code")
    )
    if checked.is_costly or engine.kind == "spark":
        engine.execute_long(f"CREATE OR REPLACE TEMP TABLE checked AS {reasoned}", checked.values, progress=told)
        sql = reasoned = "SELECT * FROM checked"
    refused = f"SELECT arrival, customer, name, channel, reason_code FROM ({reasoned}) WHERE reason_code IS NOT NULL"
    engine.execute_long(
        f"CREATE OR REPLACE TEMP TABLE refused_rows AS {refused}",
        Query((), refused, checked.values).used_values(),
        progress=told,
    )
    n_refused = int(engine.execute("SELECT count(*) FROM refused_rows")[0][0])
    return RawRows(sql, Query((), sql, checked.values).used_values(), n_refused)


def name_rows(
    store: Store, checked: CheckedRows, rows: RawRows, settings: Settings
) -> tuple[Settings, tuple[str, ...]]:
    """Bring the touchpoints and channels of the good rows into the store; see :func:`name_touchpoints`.

    The temporary table ``labels`` then has the keys of each pair of a name and a channel, as they are written in the
    source; none where the touchpoint is dropped.
    """
    engine = store.engine
    engine.execute_long(
        "CREATE OR REPLACE TEMP TABLE seen_labels AS "
        f"SELECT name AS raw_name, channel AS raw_channel, {checked.clean('name')} AS name, "
        f"{checked.clean('channel')} AS channel "
        f"FROM ({rows.distinct('name, channel')})",
        rows.values,
    )
    settings, notes = name_touchpoints(store, settings)
    labels = "seen_labels s JOIN name_map m ON m.name = s.name AND m.touchpoint_key IS NOT NULL"
    channel = "coalesce(s.channel, m.named_channel)"
    engine.execute(
        "INSERT INTO channels WITH seen AS ("
        f"SELECT DISTINCT {channel} AS channel FROM {labels} "
        f"WHERE {channel} IS NOT NULL AND {channel} NOT IN (SELECT channel FROM channels)"
        ") SELECT row_number() OVER (ORDER BY channel) + (SELECT count(*) FROM channels), channel FROM seen"
    )
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE labels AS "
        "SELECT s.raw_name, s.raw_channel, m.touchpoint_key, h.channel_key "
        f"FROM {labels} LEFT JOIN channels h ON h.channel = {channel}"
    )
    return settings, notes


def take_rows(
    store: Store,
    checked: CheckedRows,
    rows: RawRows,
    properties: Properties,
    *,
    in_order: bool,
    n_rows: int,
    progress: Progress,
) -> bool:
    """Write the good rows, as keys and numbers, to the temporary table ``arrivals``; new customers get keys.

    Parameters
    ----------
    store
        The store being written; :func:`name_rows` has named its touchpoints.
    checked, rows
        The rows.
    properties
        The source's other columns.
    in_order
        Whether they become events in the order of events, so that several connections may put them in sequence.
    n_rows
        How many rows were read.
    progress
        Is told the share done.

    Returns
    -------
    bool
        Whether they lie in the order of events. Where they may be shared out among connections they do if they are too
        many for memory, so that each portion is read where it lies; else they are sorted portion by portion.
    """
    engine = store.engine
    labelled = f"({rows.good}) g JOIN labels l ON l.raw_name = g.name AND l.raw_channel IS NOT DISTINCT FROM g.channel"
    are_dropped = engine.execute("SELECT count(*) FROM name_map WHERE touchpoint_key IS NULL")[0][0]
    engine.execute_long(
        "CREATE OR REPLACE TEMP TABLE seen_customers AS "
        f"SELECT customer AS raw_customer, {checked.clean('customer')} AS customer "
        f"FROM ({f'SELECT DISTINCT customer FROM {labelled}' if are_dropped else rows.distinct('customer')})",
        rows.values,
        progress=progress.part(READING, 0.0, 0.15),
    )
    progress.part(READING, 0.15)
    add_customers(store, "SELECT customer FROM seen_customers")
    others = "".join(f", p{at} AS {identifier(name)}" for at, name in enumerate(properties.names))
    most = rows_at_once(store, len(properties.columns))
    is_large = in_order and most is not None and n_rows > most
    for_all = in_order and may_share_out(n_rows)
    arrivals = cast("DuckdbEngine", engine).shared("arrivals") if for_all else "TEMP TABLE arrivals"
    is_sorted = is_large or (in_order and not for_all)
    order = f"ORDER BY {IN_ORDER}"
    engine.execute_long(
        f"""
        CREATE OR REPLACE {"TEMP TABLE arrivals_as_read" if is_large else arrivals} AS
        SELECT
            c.customer_key, g.at_us, g.arrival, l.touchpoint_key, l.channel_key, g.value, g.score, g.file_key{others}
        FROM {labelled}
        JOIN (
            SELECT s.raw_customer, k.customer_key FROM seen_customers s JOIN customers k ON k.customer_id = s.customer
        ) c ON c.raw_customer = g.customer
        {order if is_sorted and not is_large else ""}
        """,
        rows.values,
        progress=progress.part(READING, 0.2, 0.5 if is_large else 1.0),
    )
    if is_large:
        # What does not fit into memory is sorted by itself: beside joins DuckDB runs out of it now and then.
        engine.execute_long(
            f"CREATE OR REPLACE {arrivals} AS SELECT * FROM arrivals_as_read {order}",
            progress=progress.part(READING, 0.5, 1.0),
        )
        engine.execute("DROP TABLE arrivals_as_read")
    return is_sorted
