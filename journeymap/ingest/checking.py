"""Each raw row, read by its roles, with the reason to refuse it or none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from journeymap.errors import ExpressionError
from journeymap.ingest.staging import cast_sql
from journeymap.ingest.times import EARLIEST_US
from journeymap.store.expressions import parse_arithmetic, parse_condition
from journeymap.store.sql import text_literal

if TYPE_CHECKING:
    from journeymap.ingest.columns import Roles
    from journeymap.ingest.staging import Column, Staged
    from journeymap.ingest.times import TimeReading
    from journeymap.settings import Settings

REASONS: Final = {
    "no_customer": "there is no customer",
    "no_time": "there is no time",
    "bad_time": "the time cannot be read, or is impossible (before 1900, exactly 1970-01-01T00:00:00Z, in the future)",
    "no_touchpoint": "there is no event name",
    "no_journey": "there is no journey id",
    "bad_value": "the value is no number",
    "bad_score": "the score is no number",
    "broken_line": "the row cannot be parsed",
}
"""Reason code and reason of rejected rows."""

# What programs write where there is nothing; a customer of this name would be the largest of all.
_NOTHING: Final = ("", "null", "(null)", "none", "nan", "<na>", "n/a", "undefined", "\\n")
FUTURE_SLACK_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """The step that reads raw rows by their roles.

    Attributes
    ----------
    sql
        A select of file_key, row_number, arrival, customer, at_us, name, channel, value, score, event_id, journey_id,
        and the staged columns.
    reason_sql
        The reason code over its columns: null where the row is good. It is not one of them, since engines would work
        it out for each row wherever the rows are read.
    values
        What the user's expressions bind.
    is_costly
        Whether times are read from texts, so that reading the rows twice takes longer than keeping what was read.
    as_written
        Which of customer, name and channel are texts as the source has them. Cleaning the distinct ones later is less
        work than cleaning every row's.
    """

    sql: str
    reason_sql: str
    values: dict[str, object]
    is_costly: bool
    as_written: frozenset[str]

    def clean(self, column: str) -> str:
        """Write the SQL of a customer, name or channel as it is meant: trimmed, and null where it is nothing."""
        return _clean_sql(column) if column in self.as_written else column


def check_rows(staged: Staged, roles: Roles, times: TimeReading, settings: Settings, *, now_us: int) -> CheckedRows:
    """Write the SQL that checks each row.

    Parameters
    ----------
    staged
        The raw rows.
    roles
        Which column holds what.
    times
        How the times are read.
    settings
        For the rules of touchpoints and the one name of all events.
    now_us
        The time of the ingest; events a day later than it are impossible.

    Raises
    ------
    ExpressionError
        When a rule or the value's arithmetic is refused.
    """
    values: dict[str, object] = {"latest_us": now_us + FUTURE_SLACK_US}
    name = _name_sql(staged, roles, settings, values)
    texts = {"customer": roles.customer, "channel": roles.channel}
    if settings.events.touchpoint_name is None and not settings.touchpoints.rules:
        texts["name"] = roles.touchpoint
    as_written = frozenset(role for role, column in texts.items() if column and _is_text(staged.column(column)))
    value, bad_value = _value_sql(staged, roles, values)
    score, bad_score = _number_sql(staged.column(roles.score)) if roles.score else ("CAST(NULL AS DOUBLE)", "FALSE")
    time = staged.column(roles.timestamp)
    journey = text_sql(staged.column(roles.journey)) if roles.journey else "CAST(NULL AS VARCHAR)"
    no_journey = f"WHEN {journey} IS NULL THEN 'no_journey'" if roles.journey else ""
    read = f"""
        SELECT
            file_key, row_number, arrival,
            {_raw_sql(staged.column(roles.customer))} AS customer,
            {times.sql} AS at_us,
            {name} AS name,
            {_raw_sql(staged.column(roles.channel)) if roles.channel else "CAST(NULL AS VARCHAR)"} AS channel,
            {value} AS value,
            {score} AS score,
            {text_sql(staged.column(roles.event_id)) if roles.event_id else "CAST(NULL AS VARCHAR)"} AS event_id,
            {journey} AS journey_id,
            {bad_value} AS has_bad_value, {bad_score} AS has_bad_score,
            {", ".join(column.sql for column in staged.columns)}
        FROM {staged.relation}
    """

    def lacks(role: str) -> str:
        return _lacks_sql(role) if role in as_written else f"{role} IS NULL"

    reason = f"""
        CASE
            WHEN {lacks("customer")} THEN 'no_customer'
            WHEN at_us IS NULL AND {_lacks_column_sql(time)} THEN 'no_time'
            WHEN NOT coalesce(at_us BETWEEN {EARLIEST_US} AND $latest_us, FALSE) OR at_us = 0 THEN 'bad_time'
            WHEN {lacks("name")} THEN 'no_touchpoint'
            {no_journey}
            WHEN has_bad_value THEN 'bad_value'
            WHEN has_bad_score THEN 'bad_score'
        END
    """
    return CheckedRows(read, reason, values, _is_text(time), as_written)


def _name_sql(staged: Staged, roles: Roles, settings: Settings, values: dict[str, object]) -> str:
    if settings.events.touchpoint_name is not None:
        values["touchpoint_name"] = settings.events.touchpoint_name
        plain = "CAST($touchpoint_name AS VARCHAR)"
    elif roles.touchpoint is not None:
        column = staged.column(roles.touchpoint)
        plain = text_sql(column) if settings.touchpoints.rules else _raw_sql(column)
    else:
        plain = "CAST(NULL AS VARCHAR)"
    columns = {column.name: column.sql for column in staged.columns}
    cases = ""
    for at, rule in enumerate(settings.touchpoints.rules):
        found = parse_condition(rule.when, columns, what=f"[[touchpoints.rule]] '{rule.name}'", prefix=f"rule{at}_")
        values.update(found.values)
        values[f"rule_name{at}"] = rule.name
        cases += f" WHEN {found.sql} THEN $rule_name{at}"
    return f"CASE{cases} ELSE {plain} END" if cases else plain


def _value_sql(staged: Staged, roles: Roles, values: dict[str, object]) -> tuple[str, str]:
    if roles.value is None:
        return "CAST(NULL AS DOUBLE)", "FALSE"
    if not roles.value_is_expression:
        return _number_sql(staged.column(roles.value))
    columns = {column.name: column.sql for column in staged.columns}
    found = parse_arithmetic(roles.value, columns, what="--value", prefix="value_")
    if not found.columns:
        raise ExpressionError(
            f"--value: the expression {roles.value!r} names no column.", hint="Such as Quantity*UnitPrice."
        )
    values.update(found.values)
    bad = " OR ".join(_number_sql(staged.column(name))[1] for name in found.columns)
    return _finite(found.sql), f"({bad})"


def _number_sql(column: Column) -> tuple[str, str]:
    """Give the SQL of a column as a number, and of whether it holds something that is none."""
    number = f"TRY_CAST({column.sql} AS DOUBLE)"
    if column.kind != "VARCHAR":
        # In frames, what is no number stands for nothing.
        is_number = f" AND NOT isnan({column.sql})" if column.kind in {"DOUBLE", "FLOAT"} else ""
        is_within = f"{column.sql} > -{_LARGEST} AND {column.sql} < {_LARGEST}"
        return _finite(number), f"coalesce(NOT ({is_within}){is_number}, FALSE)"
    return _finite(number), f"(NOT coalesce({_sane(number)}, FALSE) AND NOT {_lacks_sql(column.sql)})"


_LARGEST: Final = "1e18"


def _finite(number: str) -> str:
    return f"CASE WHEN {_sane(number)} THEN {number} END"


def _sane(number: str) -> str:
    """Write that a number is one, and small enough: sums are exact in decimals with 29 places before the point."""
    return f"abs({number}) < {_LARGEST}"


def text_sql(column: Column) -> str:
    """Give the SQL of a column as text: null where nothing is meant, and whole numbers without a point."""
    if column.kind in {"DOUBLE", "FLOAT"}:
        return f"CASE WHEN isfinite({column.sql}) THEN {cast_sql(column.sql, column.kind, to='VARCHAR')} END"
    if column.kind != "VARCHAR":
        return cast_sql(column.sql, column.kind, to="VARCHAR")
    return _clean_sql(column.sql)


def _is_text(column: Column) -> bool:
    return column.kind == "VARCHAR"


def _raw_sql(column: Column) -> str:
    """Give the SQL of a column as text, as the source has it where it has texts."""
    return column.sql if _is_text(column) else text_sql(column)


def _clean_sql(text: str) -> str:
    return f"CASE WHEN NOT {_lacks_sql(text)} THEN trim({text}) END"


def _lacks_sql(text: str) -> str:
    """Write whether nothing is left of a text when it is cleaned.

    Most texts show by their first letter that they are something. The words are compared one by one, and with the
    others alone: engines make a join of a long IN or list, and send every row through it.
    """
    plain = " OR ".join(f"({text} >= {first} AND {text} < {after})" for first, after in _PLAIN_BEGINNINGS)
    words = " ".join(f"WHEN {text_literal(word)} THEN TRUE" for word in _NOTHING)
    nothing = f"CASE lower(trim({text})) {words} ELSE FALSE END"
    return f"({text} IS NULL OR CASE WHEN {plain} THEN FALSE ELSE {nothing} END)"


def _plain_beginnings() -> list[tuple[str, str]]:
    """Give the stretches from 0 to ~ of letters that no word for nothing begins with, as literals, the widest first."""
    odd = {ord(case(word[0])) for word in _NOTHING if word for case in (str.lower, str.upper)}
    bounds = pairwise([ord("0") - 1, *sorted(letter for letter in odd if letter >= ord("0")), ord("~")])
    stretches = sorted(((before + 1, after) for before, after in bounds), key=lambda ends: ends[0] - ends[1])
    return [(text_literal(chr(first)), text_literal(chr(after))) for first, after in stretches]


_PLAIN_BEGINNINGS: Final = _plain_beginnings()


def _lacks_column_sql(column: Column) -> str:
    """Write whether a column has nothing that :func:`text_sql` would give."""
    if column.kind in {"DOUBLE", "FLOAT"}:
        return f"NOT coalesce(isfinite({column.sql}), FALSE)"
    return _lacks_sql(column.sql) if _is_text(column) else f"{column.sql} IS NULL"
