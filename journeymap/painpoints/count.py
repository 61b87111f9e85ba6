"""Counts the units and hits of a look: per place, level, stratum and customer group, and by day.

The units are kept as a table of small whole numbers while they are counted: each question below reads them once, and
none evaluates the look's own steps again.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from journeymap.errors import QuestionError
from journeymap.painpoints.bases import at_places, counted_rows, most_keys
from journeymap.painpoints.division import words_of
from journeymap.painpoints.packing import HIT, IMMATURE, SPARED, Cells
from journeymap.painpoints.place_sets import comma_after, journeys_of_sets, owners, place_sets
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
        ``stratum``, ``customer_group``, ``outcome`` (0 a mature unit that is spared, 1 one that is hit, 2 an immature
        one), ``n``.
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


@dataclass(frozen=True, slots=True)
class RawCounts:
    """The answers that :func:`counts_of` makes :class:`Counted` of: by cell, and by base where places share units."""

    groups: pd.DataFrame
    journeys: pd.DataFrame
    shared: pd.DataFrame
    excess: pd.DataFrame | None


@contextmanager
def shared_steps(store: Store, division: Division, looks: Sequence[Look]) -> Iterator[list[Look]]:
    """Keep what looks share while the block lasts, worked out once, and give the looks without those steps."""
    with ExitStack() as kept:
        left = list(looks)
        for name, columns in {name: columns for look in looks for name, columns in look.shared.items()}.items():
            first = next(look for look in left if name in look.shared)
            query = division.whole.query(first.steps, f"SELECT {columns} FROM {name}", **first.values)
            kept.enter_context(store.set_aside(name, query))
            left = [replace(look, steps=tuple(step for step in look.steps if step.name != name)) for look in left]
        yield left


@contextmanager
def counted_units(store: Store, division: Division, look: Look, places: pd.DataFrame) -> Iterator[Cells]:
    """Keep the table ``look_units`` while the block lasts: one row per unit, with the number of its journey.

    ``coded_journeys`` is kept around it. Where places share their units, there is one row per unit of a base and one
    per unit hit.

    Yields
    ------
    Cells
        How the column ``cell`` packs what a unit is counted by.

    Raises
    ------
    QuestionError
        When a unit is in a stratum that the look does not announce.
    """
    excess = ", CAST(u.n_excess AS INTEGER) AS n_excess" if look.excess else ""
    outcome = f"CASE WHEN NOT u.is_mature THEN {IMMATURE} WHEN u.is_hit THEN {HIT} ELSE {SPARED} END"
    cells = Cells(look.n_strata, most_keys(look, places))
    cell = cells.packed("u.place_key", "u.stratum", outcome, "c.customer_group")
    # A day begins at midnight UTC; times before 1970 would be cut the other way, and there are none.
    units = f"""
        SELECT {cell} AS cell, CAST(floor(u.at_us / {DAY_US}) AS SMALLINT) AS day, c.journey_number{excess}
        FROM {counted_rows(look, places)} u JOIN coded_journeys c ON c.journey_key = u.journey_key
        """
    with store.set_aside("look_units", division.whole.query(look.steps, units, **look.values)):
        if store.rows(Query((), "SELECT 1 FROM look_units WHERE cell IS NULL LIMIT 1")):
            raise QuestionError(
                f"The detector '{look.kind}' has strata that it does not announce: they are 0 to {look.n_strata - 1}.",
                hint="Give its Look the n_strata that its units have, without gaps and without nulls.",
            )
        yield cells


def read_places(store: Store, division: Division, look: Look) -> pd.DataFrame:
    """Read the places of a look, by place: ``place_key``, ``place``, ``touchpoint``, ``base_key`` if it has them."""
    base = ", base_key" if look.shares_units else ""
    select = f"SELECT place_key, place, touchpoint{base} FROM places ORDER BY place"
    return store.frame(division.whole.query(look.steps, select, **look.values))


def count_look(store: Store, look: Look, cells: Cells, levels: Sequence[Levels]) -> RawCounts:
    """Count the kept units of a look for every split.

    Parameters
    ----------
    store
        The open store; ``look_units`` and ``coded_journeys`` are kept in it.
    look
        What is counted.
    cells
        How its units are packed.
    levels
        Those of each split.
    """
    groups, journeys, shared, excess = [], [], [], []
    for at, one in enumerate(levels):
        level = one.packed
        groups.append(
            f"""
            SELECT {at} AS split, u.cell, c.level{at} AS level, count(*) AS n
            FROM look_units u JOIN coded_journeys c ON c.journey_number = u.journey_number
            GROUP BY c.level{at}, u.cell
            """
        )
        journeys.append(
            f"""
            SELECT {at} AS split, place_key, {level} AS level, fate, is_only, is_hit, CAST(sum(n) AS BIGINT) AS n
            FROM look_journeys GROUP BY place_key, {level}, fate, is_only, is_hit
            """
        )
        changing = f"({owners(cells, {'level': level}).text()}) owners"
        shared.append(
            f"""
            SELECT {at} AS split, place_key, {level} AS level, is_hit, CAST(sum(n) AS BIGINT) AS n
            FROM look_owners GROUP BY place_key, {level}, is_hit
            """
            if one.is_steady
            else f"SELECT {at} AS split, place_key, level, is_hit, n FROM {changing}"
        )
        excess.append(
            f"""
            SELECT {at} AS split, place_key, {level} AS level, CAST(sum(n) AS BIGINT) AS n
            FROM look_excess GROUP BY place_key, {level}
            """
        )
    words = words_of(levels)
    # Customers who keep their levels are told apart once for all those splits.
    with (
        store.set_aside("look_sets", place_sets(cells, words)),
        store.set_aside("look_journeys", journeys_of_sets(cells, words)),
        store.set_aside("look_owners", owners(cells, {word: word for word in words_of(levels, steady=True)})),
    ):
        return RawCounts(
            store.frame(_together(groups)),
            store.frame(_together(journeys)),
            store.frame(_together(shared)),
            store.frame(_together(excess, _excess(cells, words))) if look.excess else None,
        )


def counts_of(raw: RawCounts, look: Look, places: pd.DataFrame, cells: Cells) -> Counted:
    """Turn the answers of :func:`count_look` into counts of places; the store is not asked, so that it can do more."""
    return Counted(
        at_places(look, places, cells.unpacked(raw.groups), "outcome"),
        at_places(look, places, raw.journeys, "is_hit"),
        at_places(look, places, raw.shared, "is_hit"),
        raw.excess,
    )


def count_days(store: Store, look: Look, places: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Count the kept mature units by day: ``place_key``, ``stratum``, ``outcome``, ``day``, ``n``."""
    kind = cells.without_group
    select = f"""
        SELECT {kind} AS cell, day, count(*) AS n
        FROM look_units WHERE {cells.outcome} < {IMMATURE} GROUP BY {kind}, day ORDER BY {kind}, day
        """
    counted = cells.unpacked(store.frame(Query((), select))).drop(columns="customer_group")
    return at_places(look, places, counted, "outcome")


def _excess(cells: Cells, words: Sequence[str]) -> Step:
    """Add up what is too much in the units hit, by place and all levels."""
    listed = comma_after(words, "c.")
    return Step(
        "look_excess",
        f"""
        SELECT {cells.place} AS place_key{listed}, CAST(sum(u.n_excess) AS BIGINT) AS n
        FROM look_units u JOIN coded_journeys c ON c.journey_number = u.journey_number
        WHERE {cells.outcome} = {HIT} GROUP BY {cells.place}{listed}
        """,
    )


def _together(parts: Sequence[str], *before: Step) -> Query:
    steps = tuple(Step(f"part{at}", part) for at, part in enumerate(parts))
    return Query((*before, *steps), "\nUNION ALL\n".join(f"SELECT * FROM {step.name}" for step in steps))
