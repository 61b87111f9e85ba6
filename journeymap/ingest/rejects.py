"""Rows that were refused: kept with where they stood, what they held and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from journeymap.ingest.checking import REASONS
from journeymap.ingest.time_formats import formats_of
from journeymap.store.sql import text_literal

if TYPE_CHECKING:
    from journeymap.ingest.columns import Roles
    from journeymap.ingest.staging import Column, Staged
    from journeymap.store.store import Store

_HINTS = {
    "bad_time": "If the times are written in another way, say how: --time-format '%d/%m/%Y %H:%M'",
    "no_customer": "Is --customer COLUMN the right one?",
    "no_time": "Is --timestamp COLUMN the right one?",
    "no_touchpoint": "Is --touchpoint COLUMN the right one?",
    "bad_value": "Is --value COLUMN the right one? Numbers have a point and no currency sign.",
    "bad_score": "Is --score COLUMN the right one?",
    "no_journey": "Is --journey COLUMN the right one?",
    "broken_line": "Is the file whole, and are --delimiter and --encoding right?",
}
_N_TRIED = 1000
_MANY = 0.05
"""Of the rows: what cannot be read for one reason is then a way of writing, and not a slip."""


def raw_json_sql(staged: Staged) -> str:
    """Write the SQL of a raw row as a JSON object with the source's names."""
    pairs = ", ".join(f"{text_literal(column.name)}, {column.sql}" for column in staged.columns)
    return f"CAST(json_object({pairs}) AS VARCHAR)"


def keep_rejects(store: Store, staged: Staged, reasons: dict[str, int]) -> None:
    """Add the refused rows to the table ``rejected``; those that are there already are not added again."""
    if not reasons:
        return
    engine = store.engine
    listed = ", ".join(f"({text_literal(code)}, {text_literal(reason)})" for code, reason in REASONS.items())
    if set(reasons) - {"broken_line"}:
        engine.execute_long(
            f"""
            CREATE OR REPLACE TEMP TABLE refused AS
            SELECT source, row_number, reason_code, reason, {raw_json_sql(staged)} AS raw
            FROM {staged.relation}
            JOIN refused_rows USING (arrival)
            JOIN staged_sources USING (file_key)
            JOIN (VALUES {listed}) r(reason_code, reason) USING (reason_code)
            """
        )
        _add(store)
    if staged.n_broken:
        engine.execute_long(
            f"""
            CREATE OR REPLACE TEMP TABLE refused AS
            SELECT
                source, row_number, 'broken_line' AS reason_code,
                {text_literal(REASONS["broken_line"] + ": ")} || reason AS reason, raw
            FROM staged_broken JOIN staged_sources USING (file_key)
            """
        )
        _add(store)


def _add(store: Store) -> None:
    store.engine.execute(
        """
        INSERT INTO rejected
        SELECT (SELECT coalesce(max(ingest_key), 0) + 1 FROM ingests), * FROM refused f
        WHERE NOT EXISTS (
            SELECT 1 FROM rejected r
            WHERE r.source = f.source AND r.row_number = f.row_number AND r.raw IS NOT DISTINCT FROM f.raw
        )
        ORDER BY source, row_number
        """
    )


def describe_rejects(
    store: Store, staged: Staged, reasons: dict[str, int], roles: Roles, *, time_format: str | None
) -> tuple[str, str]:
    """Say why not one row could be accepted, with an example; the second text is what to do."""
    worst = max(reasons, key=lambda code: reasons[code])
    counted = ", ".join(f"{n:,} {code}" for code, n in reasons.items())
    if worst == "broken_line":
        row, raw, why = store.engine.execute(
            "SELECT row_number, raw, reason FROM staged_broken ORDER BY file_key, row_number LIMIT 1"
        )[0]
        example = f"row {row:,} has {why}: {raw}"
    else:
        found = store.engine.execute(
            f"SELECT {raw_json_sql(staged)} FROM {staged.relation} WHERE arrival = "
            "(SELECT min(arrival) FROM refused_rows WHERE reason_code = $worst)",
            {"worst": worst},
        )
        row = json.loads(str(found[0][0]))
        column = {
            "bad_time": roles.timestamp, "no_time": roles.timestamp, "no_customer": roles.customer,
            "no_touchpoint": roles.touchpoint, "bad_score": roles.score,
        }.get(worst)  # fmt: skip
        example = f"{column} = {row[column]!r}" if column in row else json.dumps(row)
    message = (
        f"{staged.sources[0]}: not one of {staged.n_rows:,} rows could be accepted: {counted}. "
        f"The first {worst}: {example[:300]}"
    )
    hint = ""
    if worst == "bad_time":
        hint = _time_hint(store, staged.relation, staged.column(roles.timestamp), time_format)
    return message, hint or _HINTS[worst]


def hints_on_many(reasons: dict[str, int], n_rows: int) -> tuple[str, ...]:
    """Say what to do about what was refused for the same reason often enough to change the numbers."""
    many = [
        code for code in ("broken_line", "bad_time", "bad_value", "bad_score") if reasons.get(code, 0) >= n_rows * _MANY
    ]
    return tuple(
        f"{reasons[code]:,} of {n_rows:,} rows ({reasons[code] / n_rows * 100:.1f} %) were rejected as {code}. "
        f"{_HINTS[code]}"
        for code in many
    )


def _time_hint(store: Store, relation: str, column: Column, given: str | None) -> str:
    """Name the formats that read the refused times; "" where none does, or the one given."""
    rows = store.engine.execute(
        f"SELECT CAST({column.sql} AS VARCHAR) FROM {relation} WHERE arrival IN "
        "(SELECT arrival FROM refused_rows WHERE reason_code = 'bad_time') "
        f"ORDER BY arrival LIMIT {_N_TRIED}"
    )
    fitting = formats_of([str(text) for (text,) in rows])
    if given in fitting:  # the times were read, and are impossible
        return ""
    found = [f"--time-format '{form}'" for form in fitting]
    if len(found) > 1:
        return f"More than one format fits, and only you know which: {' or '.join(found)}"
    return f"Say how the times are written: {found[0]}" if found else ""
