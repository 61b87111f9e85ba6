"""Which places a journey or a customer has been to, as sets: whole numbers with a bit for each place.

A row per journey in place of one per place that it has been to takes a third of the time. Places are put into sets of
32 by their keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.painpoints.packing import HIT, IMMATURE
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from journeymap.painpoints.packing import Cells

_BITS: Final = 5
_LAST: Final = 2**_BITS - 1


def place_sets(cells: Cells, words: Sequence[str]) -> Query:
    """Write the question for ``look_sets``: the places of ``look_units`` with a mature unit, and those hit, by journey.

    One row per journey and ``block`` of places: ``visited`` and ``hit`` (sets), and what ``coded_journeys`` has:
    ``customer_key``, ``is_only``, ``fate``, and the words with its levels.
    """
    bit = f"CAST(1 AS BIGINT) << ({cells.place} & {_LAST})"
    sets = Step(
        "place_sets",
        f"""
        SELECT journey_number, {cells.place} >> {_BITS} AS block, bit_or({bit}) AS visited,
            bit_or(CASE WHEN {cells.outcome} = {HIT} THEN {bit} ELSE 0 END) AS hit
        FROM look_units WHERE {cells.outcome} < {IMMATURE}
        GROUP BY journey_number, {cells.place} >> {_BITS}
        """,
    )
    select = f"""
        SELECT s.block, s.visited, s.hit, c.customer_key, c.is_only, c.fate{comma_after(words, "c.")}
        FROM place_sets s JOIN coded_journeys c ON c.journey_number = s.journey_number
        """
    return Query((sets,), select)


def journeys_of_sets(words: Sequence[str]) -> Query:
    """Write the question for ``look_journeys``: journeys by place, whether they were hit there, facts and levels."""
    return _spread("look_sets", ("is_only", "fate", *words))


def owners(levels: Mapping[str, str]) -> Query:
    """Write the question for the customers of several journeys: by place, whether they were hit there, and levels.

    Parameters
    ----------
    levels
        Names and SQL of words, or of a level: who changes between them is counted in each.
    """
    named = "".join(f", {sql} AS {name}" for name, sql in levels.items())
    sets = f"""(
            SELECT customer_key, block, bit_or(visited) AS visited, bit_or(hit) AS hit{named}
            FROM look_sets WHERE NOT is_only GROUP BY customer_key, block{comma_after(list(levels.values()))}
        )"""
    return _spread(sets, list(levels))


def comma_after(names: Sequence[str], alias: str = "") -> str:
    """Write names behind others in a select list."""
    return "".join(f", {alias}{name}" for name in names)


def _spread(sets: str, names: Sequence[str]) -> Query:
    """Write the question that counts sets by each place in them.

    The sets are no join: DuckDB 2.0.0 fails now and then where a cross join stands on a join with a small table (its
    columns share a dictionary, which the cross join may exchange).
    """
    spread = Step(
        "spread",
        f"""
        SELECT CAST(s.block * {_LAST + 1} + p.bit AS INTEGER) AS place_key,
            (s.hit >> p.bit) & 1 = 1 AS is_hit{comma_after(names, "s.")}
        FROM {sets} s CROSS JOIN (SELECT unnest(range({_LAST + 1})) AS bit) p
        WHERE (s.visited >> p.bit) & 1 = 1
        """,
    )
    listed = f"place_key, is_hit{comma_after(names)}"
    return Query((spread,), f"SELECT {listed}, count(*) AS n FROM spread GROUP BY {listed}")
