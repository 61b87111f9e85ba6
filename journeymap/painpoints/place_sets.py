"""Which places a journey or a customer has been to, and where they were hit: told apart as sets of places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.painpoints.packing import HIT, IMMATURE
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from journeymap.painpoints.packing import Cells


def place_sets(cells: Cells, words: Sequence[str]) -> Query:
    """Write the question for ``look_sets``: the places of ``look_units`` with a mature unit, and those hit, by journey.

    One row per journey and block of places: ``visited`` and ``hit`` (sets), and what ``coded_journeys`` has:
    ``customer_key``, ``is_only``, ``fate``, and the words with its levels.
    """
    sets, place = cells.place_sets, cells.place
    bit = sets.bit(place)
    grouped = Step(
        "place_sets",
        f"""
        SELECT journey_number{sets.block(place)}, bit_or({bit}) AS visited,
            bit_or(CASE WHEN {cells.outcome} = {HIT} THEN {bit} ELSE 0 END) AS hit
        FROM look_units WHERE {cells.outcome} < {IMMATURE} GROUP BY journey_number{sets.by_block(place)}
        """,
    )
    select = f"""
        SELECT s.* EXCLUDE (journey_number), c.customer_key, c.is_only, c.fate{comma_after(words, "c.")}
        FROM place_sets s JOIN coded_journeys c ON c.journey_number = s.journey_number
        """
    return Query((grouped,), select)


def journeys_of_sets(cells: Cells, words: Sequence[str]) -> Query:
    """Write the question for ``look_journeys``: journeys by place, whether they were hit there, facts and levels."""
    return _spread(cells, "look_sets", ("is_only", "fate", *words))


def owners(cells: Cells, levels: Mapping[str, str]) -> Query:
    """Write the question for the customers of several journeys: by place, whether they were hit there, and levels.

    Parameters
    ----------
    cells
        How units are packed.
    levels
        Names and SQL of words, or of a level: who changes between them is counted in each.
    """
    named = "".join(f", {sql} AS {name}" for name, sql in levels.items())
    block = ", block" if cells.place_sets.has_blocks else ""
    sets = f"""(
            SELECT customer_key{block}, bit_or(visited) AS visited, bit_or(hit) AS hit{named}
            FROM look_sets WHERE NOT is_only GROUP BY customer_key{block}{comma_after(list(levels.values()))}
        )"""
    return _spread(cells, sets, list(levels))


def comma_after(names: Sequence[str], alias: str = "") -> str:
    """Write names behind others in a select list."""
    return "".join(f", {alias}{name}" for name in names)


def _spread(cells: Cells, sets: str, names: Sequence[str]) -> Query:
    """Write the question that counts sets by each place in them."""
    each = cells.place_sets.each(sets, "place_key", names, among="visited", marks={"is_hit": "hit"})
    listed = f"place_key, is_hit{comma_after(names)}"
    return Query((Step("spread", each),), f"SELECT {listed}, count(*) AS n FROM spread GROUP BY {listed}")
