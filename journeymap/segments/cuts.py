"""Numbers into levels: bounds, their names, and the SQL of the level."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.model.names import NO_LEVEL
from journeymap.store.sql import Step, plain_text

if TYPE_CHECKING:
    from journeymap.segments.operands import Operand, Scope
    from journeymap.settings import SegmentSettings

MANY_LEVELS: Final = 20
"""A column of numbers with more distinct values than this is cut into quarters when it is used as it is."""

_WHOLE_NUMBERS: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
_NUMBERS: Final = _WHOLE_NUMBERS | {"DOUBLE", "FLOAT"}
_UNITED_BELOW: Final = 1e6


@dataclass(frozen=True, slots=True)
class Cut:
    """How a column becomes levels.

    Attributes
    ----------
    bounds
        Upper bounds, rising; empty where the values are the levels.
    labels
        The levels' names, one more than bounds; empty where the values are the levels.
    note
        What was decided for the user; or "".
    n_levels
        The number of different levels, those without one apart.
    """

    bounds: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    note: str = ""
    n_levels: int = 0


def choose_cut(scope: Scope, name: str, column: str, definition: SegmentSettings, operand: Operand) -> Cut:
    """Choose the bounds of a segment's levels.

    Parameters
    ----------
    scope
        The question's.
    name
        The segment's.
    column
        What is cut.
    definition
        How.
    operand
        The same as SQL.

    Returns
    -------
    Cut
        Quantiles are of the customers or the journeys that have the value.

    Raises
    ------
    QuestionError
        When there are no numbers to cut.
    """
    n_quantiles, note = definition.quantiles, ""
    if definition.bins:
        if operand.kind not in _NUMBERS:  # of those it need not be asked
            _expect_numbers(scope, name, column, operand)
        bounds = tuple(float(bound) for bound in definition.bins)
        return _named(bounds, definition, "", whole=operand.kind in _WHOLE_NUMBERS)
    if n_quantiles is None:
        if column == "channel" and operand.kind == "VARCHAR" and not operand.is_fact:
            return Cut()  # they are few
        counts = "SELECT count(DISTINCT v) AS n_distinct, count(v) AS n, count(number) AS n_numbers FROM read_values"
        distinct, filled, numbers = scope.ask(
            operand.needs, lambda source: [_read(operand, source)], counts, operand.values
        )[0]
        if distinct <= MANY_LEVELS or numbers < filled:
            return Cut(n_levels=int(distinct))
        n_quantiles = 4
        note = f"'{name}' has {distinct} values and was cut into quarters. Cut it yourself: {_cut_advice(name)}"
    shares = [at / n_quantiles for at in range(1, n_quantiles)]
    found, filled, whole = scope.ask(
        operand.needs,
        lambda source: [_read(operand, source)],
        f"SELECT quantile_cont(number, {shares}), count(number), bool_and(number = trunc(number)) FROM read_values",
        operand.values,
        told=True,
    )[0]
    if not filled and scope.data_end_us < (scope.store.span.last_us or 0):
        return Cut()  # nothing had happened yet
    if not filled:
        raise _no_numbers(name, column)
    # A share that ends within a run of equal values ends after it.
    return _named(tuple(sorted({float(bound) for bound in found})), definition, note, whole=bool(whole))


def _expect_numbers(scope: Scope, name: str, column: str, operand: Operand) -> None:
    counts = "SELECT count(v), count(number) FROM read_values"
    filled, numbers = scope.ask(operand.needs, lambda source: [_read(operand, source)], counts, operand.values)[0]
    if filled and not numbers:
        raise _no_numbers(name, column)


def _no_numbers(name: str, column: str) -> QuestionError:
    return QuestionError(
        f"[segments.{name}]: the column '{column}' holds no numbers to cut.",
        hint="Use a column of numbers, or leave bins and quantiles out.",
    )


def _read(operand: Operand, source: str) -> Step:
    return Step("read_values", f"SELECT {operand.sql} AS v, TRY_CAST({operand.sql} AS DOUBLE) AS number\nFROM {source}")


def _named(bounds: tuple[float, ...], definition: SegmentSettings, note: str, *, whole: bool) -> Cut:
    labels = definition.labels
    if len(labels) != len(bounds) + 1:
        labels = default_labels(bounds, whole=whole)
    return Cut(bounds, labels, note, len(labels))


def default_labels(bounds: tuple[float, ...], *, whole: bool) -> tuple[str, ...]:
    """Name levels by their bounds.

    Examples
    --------
    >>> default_labels((25.0, 40.0), whole=True)
    ('under 25', '25 to 39', '40 and over')
    >>> default_labels((1.5,), whole=False)
    ('under 1.5', '1.5 and over')
    """
    written = [_written(bound) for bound in bounds]
    if len(set(written)) < len(written):  # six digits do not tell them apart
        written = [repr(bound) for bound in bounds]
    middle = []
    for low, high, text, next_text in zip(bounds, bounds[1:], written, written[1:], strict=False):
        plain = whole and low == int(low) and high == int(high)
        middle.append(f"{text} to {_written(high - 1)}" if plain else f"{text} to under {next_text}")
    return (f"under {written[0]}", *middle, f"{written[-1]} and over")


def _cut_advice(name: str) -> str:
    """Say how a column is cut in the settings.

    Examples
    --------
    >>> _cut_advice("age"), _cut_advice("case:amount")
    ('[segments.age] column and bins', '[segments."case:amount"] column and bins')
    """
    plain = re.fullmatch(r"[A-Za-z0-9_-]+", name)
    quoted = name if plain else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"[segments.{quoted}] column and bins"


def _written(bound: float) -> str:
    text = f"{bound:g}" if abs(bound) < _UNITED_BELOW else ""
    return text if text and "e+" not in text else f"{bound:,.0f}"


def cut_sql(sql: str, cut: Cut, tag: str, values: dict[str, object]) -> str:
    """Write the level of a number; ``values`` is given what it binds."""
    number = f"TRY_CAST({sql} AS DOUBLE)"
    cases = ""
    for at, (bound, label) in enumerate(zip(cut.bounds, cut.labels, strict=False)):
        values[f"{tag}_bound{at}"] = bound
        values[f"{tag}_label{at}"] = label
        cases += f" WHEN {number} < ${tag}_bound{at} THEN ${tag}_label{at}"
    values[f"{tag}_last"] = cut.labels[-1]
    return f"CASE WHEN {number} IS NULL THEN '{NO_LEVEL}'{cases} ELSE ${tag}_last END"


def text_sql(sql: str, kind: str) -> str:
    """Write a value as the text of its level."""
    return f"coalesce(nullif({plain_text(sql, kind)}, ''), '{NO_LEVEL}')"
