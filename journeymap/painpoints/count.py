"""Counts the units and hits of a look: per place, level, stratum and customer group, and by day.

The units are kept as a table of small whole numbers while they are counted: each question below reads them once, and
none evaluates the look's own steps again.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from journeymap.painpoints.look import DAY_US
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from journeymap.painpoints.division import Division, Levels
    from journeymap.painpoints.look import Look
    from journeymap.store.store import Store

_BITS: Final = 5
_LAST: Final = 2**_BITS - 1
"""Places are put into sets of 32: they fit into the bits of one whole number, and few bits are empty."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a look counted.

    Attributes
    ----------
    groups
        Units, per split, place, level, stratum and customer group: ``split``, ``place_key``, ``level`` (its code),
        ``stratum``, ``customer_group``, ``outcome`` (0 a mature unit, 1 one that is hit, 2 an immature one), ``n``.
    journeys
        The journeys with a mature unit, per split, place and level: ``split``, ``place_key``, ``level``, ``fate`` (as
        in :func:`journeymap.painpoints.division.coded_journeys`), ``is_only``, ``is_hit``, ``n`` (journeys).
    shared
        The customers of several journeys with a mature unit: ``split``, ``place_key``, ``level``, ``is_hit``, ``n``
        (customers).
    excess
        What is too much in the units hit, per split, place and level: ``split``, ``place_key``, ``level``, ``n``; None
        where the look does not count it.
    """

    groups: pd.DataFrame
    journeys: pd.DataFrame
    shared: pd.DataFrame
    excess: pd.DataFrame | None


@contextmanager
def shared_steps(store: Store, division: Division, looks: Sequence[Look]) -> Iterator[list[Look]]:
    """Keep what looks share while the block lasts, worked out once, and give the looks without those steps."""
    with ExitStack() as kept:
        left = list(looks)
        for name in dict.fromkeys(name for look in looks for name in look.shared):
            first = next(look for look in left if name in look.shared)
            query = division.whole.query(first.steps, f"SELECT * FROM {name}", **first.values)
            kept.enter_context(store.set_aside(name, query))
            left = [replace(look, steps=tuple(step for step in look.steps if step.name != name)) for look in left]
        yield left


@contextmanager
def counted_units(store: Store, division: Division, look: Look) -> Iterator[None]:
    """Keep the table ``look_units`` while the block lasts: one row per unit, beside the codes of its journey.

    ``coded_journeys`` is kept around it.
    """
    levels = "".join(f", c.level{at}" for at in range(len(division.splits)))
    excess = ", CAST(u.n_excess AS INTEGER) AS n_excess" if look.excess else ""
    # A day begins at midnight UTC; times before 1970 would be cut the other way, and there are none.
    units = f"""
        SELECT u.place_key, CAST(u.stratum AS TINYINT) AS stratum,
            CAST(floor(u.at_us / {DAY_US}) AS INTEGER) AS day,
            CAST(CASE WHEN NOT u.is_mature THEN 2 WHEN u.is_hit THEN 1 ELSE 0 END AS TINYINT) AS outcome,
            c.journey_number, c.customer_group{levels}{excess}
        FROM units u JOIN coded_journeys c ON c.journey_key = u.journey_key
        """
    with store.set_aside("look_units", division.whole.query(look.steps, units, **look.values)):
        yield


def read_places(store: Store, division: Division, look: Look) -> pd.DataFrame:
    """Read the places of a look: ``place_key``, ``place``, ``touchpoint``, by place."""
    select = "SELECT place_key, place, touchpoint FROM places ORDER BY place"
    return store.frame(division.whole.query(look.steps, select, **look.values))


def count_look(store: Store, look: Look, levels: Sequence[Levels]) -> Counted:
    """Count the kept units of a look for every split.

    Parameters
    ----------
    store
        The open store; ``look_units`` and ``coded_journeys`` are kept in it.
    look
        What is counted.
    levels
        Those of each split.
    """
    splits = range(len(levels))
    groups = [
        f"""
        SELECT {at} AS split, place_key, level{at} AS level, stratum, customer_group, outcome, count(*) AS n
        FROM look_units GROUP BY place_key, level{at}, stratum, customer_group, outcome
        """
        for at in splits
    ]
    journeys = [
        f"""
        SELECT {at} AS split, place_key, level{at} AS level, fate, is_only, is_hit, count(*) AS n
        FROM look_journeys GROUP BY place_key, level{at}, fate, is_only, is_hit
        """
        for at in splits
    ]
    shared = [
        f"""
        SELECT {at} AS split, place_key, level{at} AS level, is_hit, count(*) AS n
        FROM {"look_owners" if levels[at].is_steady else f"({_owners([at], by_level=True)}) owners"}
        GROUP BY place_key, level{at}, is_hit
        """
        for at in splits
    ]
    excess = [
        f"""
        SELECT {at} AS split, place_key, level{at} AS level, sum(n_excess) AS n
        FROM look_units WHERE outcome = 1 GROUP BY place_key, level{at}
        """
        for at in splits
    ]
    # Customers who keep their levels are told apart once for all splits.
    steady = _owners([at for at in splits if levels[at].is_steady], by_level=False)
    with (
        _kept_journeys(store, splits),
        store.set_aside("look_owners", Query((), steady)),
    ):
        return Counted(
            store.frame(_together(groups)),
            store.frame(_together(journeys)),
            store.frame(_together(shared)),
            store.frame(_together(excess)) if look.excess else None,
        )


def _owners(splits: Sequence[int], *, by_level: bool) -> str:
    """Write the select of the customers of several journeys at each place, with their levels."""
    given = "".join(f", {f'level{at}' if by_level else f'min(level{at})'} AS level{at}" for at in splits)
    grouped = "".join(f", level{at}" for at in splits) if by_level else ""
    return f"""
        SELECT place_key, customer_key, bool_or(is_hit) AS is_hit{given}
        FROM look_journeys WHERE NOT is_only GROUP BY place_key, customer_key{grouped}
        """


@contextmanager
def _kept_journeys(store: Store, splits: Sequence[int]) -> Iterator[None]:
    """Keep the table ``look_journeys``: the journeys with a mature unit at each place, and whether one was hit.

    A set of places is a whole number with a bit for each: a row per journey in place of one per place that it has been
    to, which takes a third of the time. The sets are kept on their own: DuckDB 2.0.0 fails now and then where a cross
    join stands on a join with a small table (its columns then share a dictionary that the cross join may exchange).
    """
    levels = "".join(f", c.level{at}" for at in splits)
    place_sets = Step(
        "place_sets",
        f"""
        SELECT journey_number, place_key >> {_BITS} AS block,
            bit_or(CAST(1 AS BIGINT) << (place_key & {_LAST})) AS visited,
            bit_or(CASE WHEN outcome = 1 THEN CAST(1 AS BIGINT) << (place_key & {_LAST}) ELSE 0 END) AS hit
        FROM look_units WHERE outcome < 2
        GROUP BY journey_number, place_key >> {_BITS}
        """,
    )
    sets = f"""
        SELECT s.block, s.visited, s.hit, c.customer_key, c.is_only, c.fate{levels}
        FROM place_sets s JOIN coded_journeys c ON c.journey_number = s.journey_number
        """
    bits = Step("bits", f"SELECT unnest(range({_LAST + 1})) AS bit")
    journeys = f"""
        SELECT CAST(s.block * {_LAST + 1} + p.bit AS INTEGER) AS place_key, (s.hit >> p.bit) & 1 = 1 AS is_hit,
            s.customer_key, s.is_only, s.fate{levels.replace(" c.", " s.")}
        FROM look_sets s CROSS JOIN bits p
        WHERE (s.visited >> p.bit) & 1 = 1
        """
    with (
        store.set_aside("look_sets", Query((place_sets,), sets)),
        store.set_aside("look_journeys", Query((bits,), journeys)),
    ):
        yield


def count_days(store: Store) -> pd.DataFrame:
    """Count the kept units by place, stratum and day: ``place_key``, ``stratum``, ``day``, ``outcome``, ``n``."""
    return store.frame(
        Query(
            (),
            """
            SELECT place_key, stratum, day, outcome, count(*) AS n
            FROM look_units WHERE outcome < 2 GROUP BY place_key, stratum, day, outcome
            ORDER BY place_key, stratum, day, outcome
            """,
        )
    )


def _together(parts: Sequence[str]) -> Query:
    steps = tuple(Step(f"part{at}", part) for at, part in enumerate(parts))
    return Query(steps, "\nUNION ALL\n".join(f"SELECT * FROM {step.name}" for step in steps))
