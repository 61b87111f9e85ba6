"""SQL as named steps. Identifiers are quoted here and values are bound here, and nowhere else.

A question is a list of small steps, one common table expression each, and a last select. Steps refer to one another
by name, so that the printed question reads from top to bottom.
"""

from __future__ import annotations

import re
from ast import literal_eval
from dataclasses import dataclass, field, replace
from itertools import takewhile
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WHOLE_BELOW: Final = 2**53
"""Beyond that, not every whole number is a DOUBLE; and infinity is none."""
_QUOTED: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")


@dataclass(frozen=True, slots=True)
class Step:
    """One named step: a common table expression.

    Attributes
    ----------
    name
        A plain lower-case name.
    sql
        Its select.
    is_worth_keeping
        Whether its rows are few beside the work that they take, and the next question is likely to ask for them again.
    """

    name: str
    sql: str
    is_worth_keeping: bool = False

    def is_recursive(self) -> bool:
        """Say whether the step refers to itself."""
        return _reads(self.sql, self.name)


@dataclass(frozen=True, slots=True)
class Query:
    """A whole question.

    Attributes
    ----------
    steps
        In order; a step may use those before it.
    select
        The last select.
    values
        What stands for each ``$name`` in the text.
    written_out
        The question as it is printed, where rows of its steps were kept from another one.
    """

    steps: tuple[Step, ...]
    select: str
    values: Mapping[str, object] = field(default_factory=dict)
    written_out: Query | None = None

    def text(self) -> str:
        """Write the question as SQL in DuckDB's dialect.

        Examples
        --------
        >>> print(Query((Step("a", "SELECT 1 AS x"),), "SELECT x FROM a").text())
        WITH a AS (
            SELECT 1 AS x
        )
        SELECT x FROM a
        """
        last = dedent(self.select).strip()
        if not self.steps:
            return last
        parts = [f"{step.name} AS (\n{indent(dedent(step.sql).strip(), '    ')}\n)" for step in self.steps]
        word = "WITH RECURSIVE" if any(step.is_recursive() for step in self.steps) else "WITH"
        return f"{word} " + ",\n".join(parts) + "\n" + last

    def used_values(self) -> dict[str, object]:
        """Give the values that the text refers to; engines refuse others."""
        referred = _referred(self.text())
        return {name: value for name, value in self.values.items() if name in referred}

    def printable(self) -> str:
        """Write the question with its values as comments, for ``--explain``."""
        if self.written_out is not None:
            return self.written_out.printable()
        values = "".join(f"-- ${name} = {value!r}\n" for name, value in sorted(self.used_values().items()))
        return f"{values}{self.text()};"

    def identity(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Give what is the same for the same question: its text and what it binds."""
        return self.text(), tuple(sorted((name, repr(value)) for name, value in self.used_values().items()))

    def rows_worth_keeping(self) -> Query | None:
        """Give the question for the rows of the step that is worth keeping; None where none is."""
        at = next((at for at, step in enumerate(self.steps) if step.is_worth_keeping), None)
        if at is None:
            return None
        return _needed(Query(self.steps[:at], self.steps[at].sql, self.values))

    def with_kept_rows(self, table: str) -> Query:
        """Read the rows of the step that is worth keeping from a table; the printed question stays as it was.

        Examples
        --------
        >>> query = Query((Step("a", "SELECT 1 AS x"), Step("b", "SELECT x FROM a", True)), "SELECT x FROM b")
        >>> print(query.with_kept_rows("kept").text())
        WITH b AS (
            SELECT * FROM kept
        )
        SELECT x FROM b
        """
        steps = tuple(
            Step(step.name, f"SELECT * FROM {table}") if step.is_worth_keeping else step for step in self.steps
        )
        return replace(_needed(replace(self, steps=steps)), written_out=self)


def as_steps(query: Query, name: str) -> tuple[Step, ...]:
    """Write a question as steps that can stand beside those of another: the last is ``name``, the others begin so.

    Examples
    --------
    >>> print(Query(as_steps(Query((Step("a", "SELECT 1 AS x"),), "SELECT x FROM a"), "b"), "SELECT x FROM b").text())
    WITH b_a AS (
        SELECT 1 AS x
    ),
    b AS (
        SELECT x FROM b_a
    )
    SELECT x FROM b
    """
    steps = _needed(query).steps
    names = {step.name for step in steps}

    def renamed(sql: str) -> str:
        def under_its_name(found: re.Match[str]) -> str:
            return f"{found[1]}{name}_{found[2]}" if found[2] in names else found[0]

        return re.sub(r"(\b(?:FROM|JOIN)\s+)(\w+)", under_its_name, sql)

    return (*(Step(f"{name}_{step.name}", renamed(step.sql)) for step in steps), Step(name, renamed(query.select)))


def _needed(query: Query) -> Query:
    """Leave out the steps that nothing reads: engines refuse the values that only those refer to."""
    kept: list[Step] = []
    for step in reversed(query.steps):
        if any(_reads(sql, step.name) for sql in (query.select, *(later.sql for later in kept))):
            kept.append(step)
    return replace(query, steps=tuple(reversed(kept)))


def printed_values(printed: str) -> dict[str, object]:
    """Give the values that a printed question states.

    Parameters
    ----------
    printed
        As :meth:`Query.printable` writes it.

    Examples
    --------
    >>> printed_values(Query((), "SELECT $names, $day", {"names": ["a", "ü"], "day": 7}).printable())
    {'day': 7, 'names': ['a', 'ü']}
    """
    stated = takewhile(lambda line: line.startswith("-- $"), printed.splitlines())
    pairs = (line.removeprefix("-- $").split(" = ", maxsplit=1) for line in stated)
    return {name: literal_eval(value) for name, value in pairs}


def identifier(name: str) -> str:
    """Quote a name of a column or table.

    Examples
    --------
    >>> identifier('case:concept:name'), identifier('a"b')
    ('"case:concept:name"', '"a""b"')
    """
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """Write a text as a SQL literal, for the few statements that no engine binds values in (readers' options)."""
    return "'" + text.replace("'", "''") + "'"


def exact_sum(number: str) -> str:
    """Write a sum of numbers that does not depend on the order in which threads add them up.

    It adds in decimals with nine places; sums of floating-point numbers differ in their last digits from run to run.

    Examples
    --------
    >>> exact_sum("value")
    'CAST(sum(CAST(value AS DECIMAL(38, 9))) AS DOUBLE)'
    """
    return f"CAST(sum(CAST({number} AS DECIMAL(38, 9))) AS DOUBLE)"


def exact_mean(number: str) -> str:
    """Write a mean of numbers that does not depend on the order either; nulls are left out."""
    return f"{exact_sum(number)} / count({number})"


def comma(parts: Sequence[str]) -> str:
    """Join select items, each with the comma that it needs before what follows; empty for none.

    Examples
    --------
    >>> comma(["a", "b"]) + "c", comma([]) + "c"
    ('a, b, c', 'c')
    """
    return "".join(f"{part}, " for part in parts)


def _reads(sql: str, name: str) -> bool:
    return re.search(rf"\b(FROM|JOIN)\s+{name}\b", sql) is not None


def _referred(text: str) -> set[str]:
    """Give the names of what a text binds; a column may be called ``$name`` as well."""
    return set(re.findall(r"\$(\w+)", _QUOTED.sub("", text)))


def plain_text(sql: str, kind: str) -> str:
    """Write a value of a type as text: whole numbers without a point, whatever they are held in.

    Examples
    --------
    >>> plain_text("c1", "INTEGER")
    'CAST(c1 AS VARCHAR)'
    """
    if kind in {"DOUBLE", "FLOAT"}:
        is_whole = f"abs({sql}) < {_WHOLE_BELOW} AND {sql} = trunc({sql})"
        return (
            f"CASE WHEN {is_whole} THEN CAST(CAST({sql} AS BIGINT) AS VARCHAR) "
            f"ELSE CAST(CAST({sql} AS {kind}) AS VARCHAR) END"
        )
    if kind == "TIMESTAMPTZ":
        # The type is written out where engines write its values in different ways.
        return f"CAST(CAST({sql} AS {kind}) AS VARCHAR)"
    return f"CAST({sql} AS VARCHAR)"
