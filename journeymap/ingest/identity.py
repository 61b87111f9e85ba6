"""Which rows are the same event: the same event id, or equal in every column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.ingest.progress import DUPLICATES
from journeymap.store.schema import LINE_COLUMNS
from journeymap.store.sql import Query, Step, identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.ingest.progress import Progress
    from journeymap.store.store import Store


def leave_out_duplicates(
    store: Store,
    stored: str | None,
    *,
    others: Sequence[str],
    event_id: str | None,
    keep: bool,
    progress: Progress,
) -> int:
    """Delete the rows of ``arrivals`` that are there already, and say how many they were.

    Parameters
    ----------
    store
        The store being written; its temporary table ``arrivals`` holds the new rows.
    stored
        The table of rows that came before; None where there are none.
    others
        The source's other columns, which rows must share to be equal.
    event_id
        The column with the event's id, where there is one; equal ids are enough then.
    keep
        Keep rows that are equal: of a row that is m times stored and n times in a file, max(m, n) remain.
    progress
        Is told the share done.

    Returns
    -------
    int
        The rows deleted.
    """
    engine = store.engine
    all_columns = (*LINE_COLUMNS, *others)
    quoted = [identifier(name) for name in all_columns]
    names = ", ".join(quoted)
    both = f"SELECT {names}, file_key, TRUE AS is_new FROM arrivals"
    if stored is not None:
        both += f" UNION ALL SELECT {names}, -1 AS file_key, FALSE AS is_new FROM {stored}"
    # Only rows that share an instant, or an id, with another can be equal to it: the rest is never compared.
    shared = ("customer_key", "at_us") if event_id is None else (identifier(event_id),)
    by_sorting = engine.kind == "duckdb"
    suspects = _shared_keys(stored, shared, by_id=event_id is not None, by_sorting=by_sorting)
    engine.execute_long(
        f"CREATE OR REPLACE TEMP TABLE suspects AS {suspects}", progress=progress.part(DUPLICATES, 0.0, 0.8)
    )
    if event_id is not None:
        without_id = f"WHERE {identifier(event_id)} IS NULL"
        engine.execute(
            "CREATE OR REPLACE TEMP TABLE suspects_without_id AS "
            + _shared_keys(stored, ("customer_key", "at_us"), by_id=False, by_sorting=by_sorting, where=without_id)
        )
    equal = _equal_columns(all_columns, event_id)
    copy = f"row_number() OVER (PARTITION BY {equal}, file_key ORDER BY arrival)" if keep else "1"
    suspicious = _suspicious([*quoted, "file_key", "is_new"], both, shared, event_id)
    duplicates = Query(
        (
            Step("suspicious", suspicious),
            Step("copies", f"SELECT *, {copy} AS copy FROM suspicious"),
            Step(
                "counted",
                "SELECT arrival, is_new, row_number() OVER "
                f"(PARTITION BY {equal}, copy ORDER BY is_new, arrival) AS nth FROM copies",
            ),
        ),
        "SELECT arrival FROM counted WHERE is_new AND nth > 1",
    )
    engine.execute_long(
        f"CREATE OR REPLACE TEMP TABLE duplicates AS {duplicates.text()}", progress=progress.part(DUPLICATES, 0.8)
    )
    found = int(engine.execute("SELECT count(*) FROM duplicates")[0][0])
    if found:
        engine.execute("DELETE FROM arrivals WHERE arrival IN (SELECT arrival FROM duplicates)")
    return found


def _shared_keys(stored: str | None, key: Sequence[str], *, by_id: bool, by_sorting: bool, where: str = "") -> str:
    listed = ", ".join(key)
    where = f"WHERE {key[0]} IS NOT NULL" if by_id else where
    within = f"SELECT {listed} FROM arrivals {where} GROUP BY {listed} HAVING count(*) > 1"
    if by_sorting:
        # Nearly every key is there once: sorting them takes a quarter of the time and half the memory of a group each.
        same = " AND ".join(f"(lag({name}) OVER ()) = {name}" for name in key)
        within = (
            f"SELECT DISTINCT {listed} FROM (SELECT {listed}, {same} AS stands_twice "
            f"FROM (SELECT {listed} FROM arrivals {where} ORDER BY {listed})) WHERE stands_twice"
        )
    if stored is None:
        return within
    return f"{within} UNION SELECT DISTINCT {listed} FROM arrivals SEMI JOIN {stored} USING ({listed}) {where}"


def _suspicious(names: Sequence[str], both: str, shared: Sequence[str], event_id: str | None) -> str:
    # The columns are named: with USING, engines give them in orders of their own.
    listed, by = ", ".join(names), ", ".join(shared)
    if event_id is None:
        return f"SELECT {listed} FROM ({both}) SEMI JOIN suspects USING ({by})"
    # Rows with an id are equal by it alone: the rest of them is not read.
    needed = {by, identifier("arrival"), "file_key", "is_new"}
    id_alone = ", ".join(name if name in needed else f"NULL AS {name}" for name in names)
    return (
        f"SELECT {id_alone} FROM ({both}) SEMI JOIN suspects USING ({by}) UNION ALL "
        f"SELECT {listed} FROM ({both}) b SEMI JOIN suspects_without_id USING (customer_key, at_us) "
        f"WHERE b.{by} IS NULL"
    )


def _equal_columns(columns: Sequence[str], event_id: str | None) -> str:
    compared = [identifier(name) for name in columns if name != "arrival"]
    if event_id is None:
        return ", ".join(compared)
    own = identifier(event_id)
    return ", ".join(name if name == own else f"CASE WHEN {own} IS NULL THEN {name} END" for name in compared)
