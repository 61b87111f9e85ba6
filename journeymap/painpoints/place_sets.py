"""Which places a journey or a customer has been to, as sets: whole numbers with a bit for each place.

A row per journey in place of one per place that it has been to takes a third of the time. Places are put into sets of
32 by their keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

_BITS: Final = 5
_LAST: Final = 2**_BITS - 1


def place_sets(splits: Sequence[int]) -> Query:
    """Write the question for ``look_sets``: the places of ``look_units`` with a mature unit, and those hit, by journey.

    One row per journey and ``block`` of places: ``visited`` and ``hit`` (sets), and what ``coded_journeys`` has:
    ``customer_key``, ``is_only``, ``fate``, ``level0`` ...
    """
    sets = Step(
        "place_sets",
        f"""
        SELECT journey_number, place_key >> {_BITS} AS block,
            bit_or(CAST(1 AS BIGINT) << (place_key & {_LAST})) AS visited,
            bit_or(CASE WHEN outcome = 1 THEN CAST(1 AS BIGINT) << (place_key & {_LAST}) ELSE 0 END) AS hit
        FROM look_units WHERE outcome < 2
        GROUP BY journey_number, place_key >> {_BITS}
        """,
    )
    levels = "".join(f", c.level{at}" for at in splits)
    select = f"""
        SELECT s.block, s.visited, s.hit, c.customer_key, c.is_only, c.fate{levels}
        FROM place_sets s JOIN coded_journeys c ON c.journey_number = s.journey_number
        """
    return Query((sets,), select)


def journeys_of_sets(splits: Sequence[int]) -> Query:
    """Write the question for ``look_journeys``: a row per journey and place, and whether it was hit there."""
    return _spread("look_sets", ("is_only", "fate", *(f"level{at}" for at in splits)))


def owners(splits: Sequence[int]) -> Query:
    """Write the question for the customers of several journeys at each place, once per levels of these splits."""
    names = [f"level{at}" for at in splits]
    levels = "".join(f", {name}" for name in names)
    sets = f"""(
            SELECT customer_key, block, bit_or(visited) AS visited, bit_or(hit) AS hit{levels}
            FROM look_sets WHERE NOT is_only GROUP BY customer_key, block{levels}
        )"""
    return _spread(sets, names)


def _spread(sets: str, names: Sequence[str]) -> Query:
    """Write the question that makes rows of sets, one per place.

    The sets are no join: DuckDB 2.0.0 fails now and then where a cross join stands on a join with a small table (its
    columns share a dictionary, which the cross join may exchange).
    """
    kept = "".join(f", s.{name}" for name in names)
    select = f"""
        SELECT CAST(s.block * {_LAST + 1} + p.bit AS INTEGER) AS place_key, (s.hit >> p.bit) & 1 = 1 AS is_hit{kept}
        FROM {sets} s CROSS JOIN (SELECT unnest(range({_LAST + 1})) AS bit) p
        WHERE (s.visited >> p.bit) & 1 = 1
        """
    return Query((), select)
