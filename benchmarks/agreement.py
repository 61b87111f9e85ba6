"""Compares the answers of two contestants, record by record."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Record = Mapping[str, Any]

# Interpolated medians and means of microseconds, in binary fractions: the last digits are free.
RELATIVE = 1e-9
NAMES = frozenset({"source", "target", "touchpoint", "region", "step", "path"})
ENDS = frozenset({"(start)", "(converted)", "(ended)", "(dropped)", "(open)"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a comparison found.

    Attributes
    ----------
    agrees
        Whether nothing differs.
    n_records
        Records compared.
    columns
        The columns compared, besides the names.
    differs
        What differs first, in words; empty where nothing does.
    """

    agrees: bool
    n_records: int
    columns: tuple[str, ...]
    differs: str = ""


def compare(
    ours: Sequence[Record],
    theirs: Sequence[Record],
    columns: Sequence[str],
    *,
    whole_seconds: Iterable[str] = (),
) -> Agreement:
    """Compare two answers whose records may come in any order.

    Parameters
    ----------
    ours, theirs
        Records with the same names (source, target, touchpoint, region, step, path).
    columns
        The columns to compare: whole numbers and texts exactly, others to nine digits.
    whole_seconds
        Columns that the other side measures in whole seconds: they may differ by less than one.
    """
    rough = frozenset(whole_seconds)
    left, right = _by_name(ours), _by_name(theirs)
    for name in [*left, *right]:
        if name not in left or name not in right:
            side = "only there" if name in right else "only here"
            return Agreement(False, len(left), tuple(columns), f"{_told(name)} is {side}")
    if len(left) != len(ours) or len(right) != len(theirs):
        return Agreement(False, len(left), tuple(columns), "a name stands twice")
    for name, record in left.items():
        for column in columns:
            one, other = record[column], right[name][column]
            if not _equal(one, other, rough=column in rough):
                differs = f"{column} of {_told(name)} is {one} here and {other} there"
                return Agreement(False, len(left), tuple(columns), differs)
    return Agreement(True, len(left), tuple(columns))


def _by_name(records: Sequence[Record]) -> dict[tuple[str, ...], Record]:
    return {_name(record): record for record in records}


def _name(record: Record) -> tuple[str, ...]:
    return tuple(
        " > ".join(record[key]) if isinstance(record[key], list) else str(record[key])
        for key in sorted(NAMES & record.keys())
    )


def _told(name: tuple[str, ...]) -> str:
    return " / ".join(name) or "the record"


def _equal(one: object, other: object, *, rough: bool) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        if rough:
            return abs(one - other) < 1.0
        if isinstance(one, int) and isinstance(other, int):
            return one == other
        return isclose(one, other, rel_tol=RELATIVE, abs_tol=RELATIVE)
    return one == other


def between_touchpoints(transitions: Sequence[Record]) -> list[Record]:
    """Keep the transitions from touchpoint to touchpoint; peers have no ends of this kind."""
    return [row for row in transitions if row["source"] not in ENDS and row["target"] not in ENDS]


def starts_of(transitions: Sequence[Record]) -> list[dict[str, Any]]:
    """Give how often journeys start with each touchpoint."""
    return [{"touchpoint": row["target"], "count": row["count"]} for row in transitions if row["source"] == "(start)"]


def ends_of(transitions: Sequence[Record]) -> list[dict[str, Any]]:
    """Give how often journeys end with each touchpoint, whatever became of them."""
    counts: dict[str, int] = {}
    for row in transitions:
        if row["target"] in ENDS:
            counts[row["source"]] = counts.get(row["source"], 0) + row["count"]
    return [{"touchpoint": name, "count": count} for name, count in counts.items()]


def nonzero(counts: Sequence[Record]) -> list[Record]:
    """Leave out touchpoints with a count of 0, which some list and some do not."""
    return [row for row in counts if row["count"]]


def without_ties(paths: Sequence[Record]) -> list[Record]:
    """Leave out the paths that share the last place: which of them are shown is a matter of order."""
    if not paths:
        return []
    last = min(row["journeys"] for row in paths)
    return [row for row in paths if row["journeys"] > last]
