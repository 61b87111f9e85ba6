"""How a question is divided into levels: by several segments together, or by each for itself, in one pass."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from journeymap.errors import QuestionError
from journeymap.painpoints.packing import integer_for, pack_levels
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from journeymap.painpoints.packing import PackedLevel
    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

Key = tuple[str, ...]
"""The levels of a split, one of each of its segments."""


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
        Whether they are the customer's, so that no customer has journeys in two of them.
    place
        Where their codes lie in the words of the kept journeys.
    """

    keys: tuple[Key, ...]
    customers: tuple[int, ...]
    is_steady: bool
    place: PackedLevel

    @property
    def packed(self) -> str:
        """The SQL of a level's code, read from a word."""
        return self.place.sql


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
    journey, 3 for one that converted besides; 0 for others), ``is_only`` (its customer has no other) and the code of
    its level in each split, ``level0``, ``level1`` ...: whole numbers, since counting texts takes several times as
    long. All codes stand in few words besides, ``levels0`` ... (see
    :func:`journeymap.painpoints.packing.pack_levels`).

    Yields
    ------
    tuple of Levels
        One per split.
    """
    names = division.levelled.level_names
    listed = "".join(f", {name}" for name in names)
    facts = f"SELECT journey_key, customer_key, is_mature, status{listed} FROM population"
    with store.set_aside("levelled_journeys", division.levelled.query([], facts)):
        levels = _packed([_read_keys(store, split) for split in _columns(division)], _steadiness(division))
        ((n_journeys,),) = store.rows(Query((), "SELECT count(*) FROM levelled_journeys"))
        with store.set_aside("coded_journeys", _coding(division, levels, int(n_journeys))):
            yield _with_customers(store, levels)


def words_of(levels: Sequence[Levels], *, steady: bool = False) -> list[str]:
    """Name the words with the codes of levels; those alone that no customer changes, if asked so."""
    found = {one.place.word for one in levels if one.is_steady or not steady}
    return [f"levels{word}" for word in sorted(found)]


def count_customers(store: Store) -> int:
    """Count the customers of the kept journeys."""
    return int(store.rows(Query((), "SELECT count(DISTINCT customer_key) FROM coded_journeys"))[0][0])


def _read_keys(store: Store, names: Sequence[str]) -> tuple[Key, ...]:
    listed = ", ".join(names)
    if not names:
        return ((),)
    rows = store.rows(Query((), f"SELECT {listed} FROM levelled_journeys GROUP BY {listed} ORDER BY {listed}"))
    return tuple(tuple(str(level) for level in row) for row in rows)


def _with_customers(store: Store, levels: Sequence[Levels]) -> tuple[Levels, ...]:
    """Count the customers of each level. Those who keep their levels are told apart once for all those splits."""
    counted = [np.zeros(len(one.keys), dtype=np.int64) for one in levels]
    kept = words_of(levels, steady=True)
    if kept:
        listed = ", ".join(kept)
        together = store.frame(
            Query((), f"SELECT {listed}, count(DISTINCT customer_key) AS n FROM coded_journeys GROUP BY {listed}")
        )
    for at, one in enumerate(levels):
        if one.is_steady:
            code = one.place.code(together[f"levels{one.place.word}"].to_numpy(dtype=np.int64))
            np.add.at(counted[at], code, together["n"].to_numpy(dtype=np.int64))
        else:
            for code, n in store.rows(
                Query((), f"SELECT level{at}, count(DISTINCT customer_key) FROM coded_journeys GROUP BY level{at}")
            ):
                counted[at][code] = n
    return tuple(
        replace(one, customers=tuple(int(n) for n in found)) for one, found in zip(levels, counted, strict=True)
    )


def _columns(division: Division) -> list[list[str]]:
    """Give the level columns of each split."""
    names = division.levelled.level_names
    return [[names[at] for at in split] for split in division.splits]


def _steadiness(division: Division) -> list[bool]:
    """Say of each split whether its levels are the customer's, so that no customer has journeys in two of them."""
    by = division.levelled.by
    return [all(by[at].unit == "customer" for at in split) for split in division.splits]


def _packed(keys: Sequence[tuple[Key, ...]], steady: Sequence[bool]) -> tuple[Levels, ...]:
    places = pack_levels([len(those) for those in keys], steady)
    return tuple(
        Levels(those, (), is_steady, place) for those, is_steady, place in zip(keys, steady, places, strict=True)
    )


def _coding(division: Division, levels: Sequence[Levels], n_journeys: int) -> Query:
    steps, joins, codes = [], [], []
    words: dict[str, list[str]] = {word: [] for word in words_of(levels)}
    for at, (one, used) in enumerate(zip(levels, _columns(division), strict=True)):
        code = "0"
        if used:
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
            code = f"c{at}.code"
        codes.append(f", CAST({code} AS {integer_for(len(one.keys))}) AS level{at}")
        words[f"levels{one.place.word}"].append(f"{code} * {2**one.place.at}")
    coded = "".join(codes) + "".join(
        f", CAST({' + '.join(parts)} AS INTEGER) AS {word}" for word, parts in words.items()
    )
    select = f"""
        SELECT j.journey_key,
            CAST(row_number() OVER (ORDER BY j.journey_key) - 1 AS {integer_for(n_journeys)}) AS journey_number,
            j.customer_key, CAST(j.customer_key % {N_GROUPS} AS TINYINT) AS customer_group,
            CAST(CASE WHEN j.is_mature AND j.status = 'converted' THEN 3 WHEN j.is_mature THEN 1 ELSE 0 END AS TINYINT)
                AS fate,
            count(*) OVER (PARTITION BY j.customer_key) = 1 AS is_only{coded}
        FROM levelled_journeys j {" ".join(joins)}
        """
    return Query(tuple(steps), select)
