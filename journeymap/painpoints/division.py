"""How a question is divided into levels: by several segments together, or by each for itself, in one pass."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from journeymap.errors import QuestionError
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

Key = tuple[str, ...]
"""The levels of a split, one of each of its segments."""
_SMALL, _MIDDLE = 127, 32_767


@dataclass(frozen=True, slots=True)
class Division:
    """Whom a question is about, and how they are divided.

    Attributes
    ----------
    whole
        Everyone in the question, without levels.
    levelled
        The same, with the levels of every segment.
    splits
        The places in ``levelled.by`` of the segments that split it together; one empty split for the whole.
    """

    whole: Population
    levelled: Population
    splits: tuple[tuple[int, ...], ...]

    def segments(self, split: int) -> tuple[str, ...]:
        """Give the names of a split's segments."""
        return tuple(self.levelled.names[at] for at in self.splits[split])


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of one split, in the order of their codes.

    Attributes
    ----------
    keys
        The levels.
    customers
        Distinct customers of each.
    is_steady
        Whether no customer has journeys in two of them.
    """

    keys: tuple[Key, ...]
    customers: tuple[int, ...]
    is_steady: bool = True


def divide(store: Store, question: Question, each: Sequence[str] = ()) -> Division:
    """Say how a question is divided: by its own segments together, or by each of others for itself.

    Raises
    ------
    QuestionError
        When both ways are asked for.
    """
    if each and question.by:
        raise QuestionError(
            "A question is split by segments together or by each for itself, not both.",
            hint="Give --by or --each.",
        )
    by = tuple(each) or question.by
    whole = choose_population(store, question.split(()))
    levelled = choose_population(store, question.split(by)) if by else whole
    splits = tuple((at,) for at in range(len(each))) if each else (tuple(range(len(by))),)
    return Division(whole, levelled, splits)


@contextmanager
def coded_journeys(store: Store, division: Division) -> Iterator[tuple[Levels, ...]]:
    """Keep the table ``coded_journeys`` while the block lasts: the journeys of a question, with a number per level.

    It has ``journey_key``, ``journey_number`` (from 0), ``customer_key``, ``customer_group``, ``fate`` (1 for a mature
    journey, 3 for one that converted besides; 0 for others), ``is_only`` (its customer has no other) and a ``level0``,
    ``level1`` ... per split: whole numbers from 0, since counting texts takes several times as long.

    Yields
    ------
    tuple of Levels
        One per split.
    """
    names = division.levelled.level_names
    listed = "".join(f", {name}" for name in names)
    facts = f"SELECT journey_key, customer_key, is_mature, status{listed} FROM population"
    with store.set_aside("levelled_journeys", division.levelled.query([], facts)):
        levels = tuple(_read_levels(store, [names[at] for at in split]) for split in division.splits)
        with store.set_aside("coded_journeys", _coding(division, levels)):
            yield _with_steadiness(store, levels)


def count_customers(store: Store) -> int:
    """Count the customers of the kept journeys."""
    return int(store.rows(Query((), "SELECT count(DISTINCT customer_key) FROM coded_journeys"))[0][0])


def _read_levels(store: Store, names: Sequence[str]) -> Levels:
    listed = "".join(f"{name}, " for name in names)
    grouped = f" GROUP BY {', '.join(names)} ORDER BY {', '.join(names)}" if names else ""
    rows = store.rows(
        Query((), f"SELECT {listed}count(DISTINCT customer_key) AS customers FROM levelled_journeys{grouped}")
    )
    return Levels(tuple(tuple(str(level) for level in row[:-1]) for row in rows), tuple(int(row[-1]) for row in rows))


def _with_steadiness(store: Store, levels: tuple[Levels, ...]) -> tuple[Levels, ...]:
    splits = range(len(levels))
    ends = ", ".join(f"min(level{at}) AS low{at}, max(level{at}) AS high{at}" for at in splits)
    moved = ", ".join(f"coalesce(bool_or(low{at} <> high{at}), FALSE) AS moved{at}" for at in splits)
    owners = Step("owners", f"SELECT {ends} FROM coded_journeys WHERE NOT is_only GROUP BY customer_key")
    (found,) = store.rows(Query((owners,), f"SELECT {moved} FROM owners"))
    return tuple(replace(one, is_steady=not moves) for one, moves in zip(levels, found, strict=True))


def _coding(division: Division, levels: Sequence[Levels]) -> Query:
    names = division.levelled.level_names
    steps, joins, codes = [], [], []
    for at, split in enumerate(division.splits):
        used = [names[place] for place in split]
        if not used:
            codes.append(f"CAST(0 AS TINYINT) AS level{at}")
            continue
        listed = ", ".join(used)
        steps.append(
            Step(
                f"codes{at}",
                f"""
                SELECT {listed}, row_number() OVER (ORDER BY {listed}) - 1 AS code
                FROM levelled_journeys GROUP BY {listed}
                """,
            )
        )
        # A level is a text, and a missing one is called (none): there are no nulls.
        joins.append(f"JOIN codes{at} c{at} ON " + " AND ".join(f"c{at}.{name} = j.{name}" for name in used))
        codes.append(f"CAST(c{at}.code AS {_integer(len(levels[at].keys))}) AS level{at}")
    select = f"""
        SELECT j.journey_key, CAST(row_number() OVER (ORDER BY j.journey_key) - 1 AS BIGINT) AS journey_number,
            j.customer_key, CAST(j.customer_key % {N_GROUPS} AS TINYINT) AS customer_group,
            CAST(CASE WHEN j.is_mature AND j.status = 'converted' THEN 3 WHEN j.is_mature THEN 1 ELSE 0 END AS TINYINT)
                AS fate,
            count(*) OVER (PARTITION BY j.customer_key) = 1 AS is_only, {", ".join(codes)}
        FROM levelled_journeys j {" ".join(joins)}
        """
    return Query(tuple(steps), select)


def _integer(n: int) -> str:
    """Give the narrowest type that numbers n things: rows of millions of units are kept."""
    return "TINYINT" if n <= _SMALL else "SMALLINT" if n <= _MIDDLE else "INTEGER"
