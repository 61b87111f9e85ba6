"""Counts the units and hits of a look: per place, level, stratum and customer group, and by day.

The units are kept as a table of small whole numbers while they are counted: each question below reads them once, and
none evaluates the look's own steps again.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from journeymap.painpoints.place_sets import journeys_of_sets, owners, place_sets
from journeymap.settings.durations import DAY_US
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from journeymap.painpoints.division import Division, Levels
    from journeymap.painpoints.look import Look
    from journeymap.store.store import Store


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
        SELECT CAST(u.place_key AS INTEGER) AS place_key, CAST(u.stratum AS TINYINT) AS stratum,
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
        FROM {"look_owners" if levels[at].is_steady else f"({owners([at]).text()}) owners"}
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
    # Customers who keep their levels are told apart once for all those splits.
    steady = owners([at for at in splits if levels[at].is_steady])
    with (
        store.set_aside("look_sets", place_sets(splits)),
        store.set_aside("look_journeys", journeys_of_sets(splits)),
        store.set_aside("look_owners", steady),
    ):
        return Counted(
            store.frame(_together(groups)),
            store.frame(_together(journeys)),
            store.frame(_together(shared)),
            store.frame(_together(excess)) if look.excess else None,
        )


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
