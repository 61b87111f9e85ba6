"""SQL as named steps. Identifiers are quoted here and values are bound here, and nowhere else.

A question is a list of small steps, one common table expression each, and a last select. Steps refer to one another
by name, so that the printed question reads from top to bottom.
"""

from __future__ import annotations

import re
from ast import literal_eval
from dataclasses import dataclass, field
from itertools import takewhile
from textwrap import dedent, indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Step:
    """One named step: a common table expression.

    Attributes
    ----------
    name
        A plain lower-case name.
    sql
        Its select.
    """

    name: str
    sql: str

    def is_recursive(self) -> bool:
        """Say whether the step refers to itself."""
        return re.search(rf"\b(FROM|JOIN) {self.name}\b", self.sql) is not None


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
    """

    steps: tuple[Step, ...]
    select: str
    values: Mapping[str, object] = field(default_factory=dict)

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
        text = self.text()
        return {name: value for name, value in self.values.items() if _refers(text, name)}

    def printable(self) -> str:
        """Write the question with its values as comments, for ``--explain``."""
        values = "".join(f"-- ${name} = {value!r}\n" for name, value in sorted(self.used_values().items()))
        return f"{values}{self.text()};"


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


def _refers(text: str, name: str) -> bool:
    at = text.find(f"${name}")
    while at >= 0:
        after = text[at + len(name) + 1 : at + len(name) + 2]
        if not (after.isalnum() or after == "_"):
            return True
        at = text.find(f"${name}", at + 1)
    return False
