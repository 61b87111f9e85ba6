"""Exact quantiles of a value within groups, also where the values are more than fit into memory.

An aggregate such as ``quantile_cont`` holds every value that it is of: DuckDB sets none of them aside on disk, and
Spark holds those of a group in one task. Where they may be too many, the values are counted in buckets first, and only
those in the buckets that the quantiles fall into are put in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from journeymap.store.sql import Step, comma

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from journeymap.store.store import Store

_SHARE_OF_VALUES: Final = 0.4
"""How much of the memory the values may take."""
_BYTES_OF_A_VALUE: Final = 48
"""What a value takes while quantiles are worked out: 8 bytes, in arrays that grow by doubling, in each thread and then
together."""
_MOST_ON_SPARK: Final = 20_000_000
"""A task of Spark holds the values of a group, each in an object or two of Java's."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How a question asks for quantiles.

    Attributes
    ----------
    aggregate
        What the grouping selects for them, with its comma; "" where they are worked out beside it.
    steps
        What the question needs before its select.
    join
        What joins them with the relation that the grouping gives; "" where they are in it.
    columns
        The SQL of each quantile in that relation: a number as the values are, to a tenth.
    """

    aggregate: str
    steps: tuple[Step, ...]
    join: str
    columns: tuple[str, ...]


def values_fit(store: Store) -> bool:
    """Say whether an aggregate may hold a value for every event."""
    memory = store.remember("memory_bytes", store.engine.memory_bytes)
    most = _MOST_ON_SPARK if memory is None else memory * _SHARE_OF_VALUES // _BYTES_OF_A_VALUE
    n_events = store.remember("n_events", lambda: store.engine.execute("SELECT count(*) FROM events")[0][0])
    return bool(n_events <= most)


def quantiles_of(
    store: Store, source: str, value: str, shares: Sequence[float], *, keys: Mapping[str, str], name: str = "quantiles"
) -> Quantiles:
    """Write the quantiles of a value within groups.

    Parameters
    ----------
    store
        The open store.
    source
        The relation that is grouped.
    value
        SQL of whole numbers from 0 on; those that are null are left out.
    shares
        Which quantiles, 0 to 1; values between two places are interpolated.
    keys
        What it is grouped by: the names of the columns in the relation that the grouping gives, and their SQL in the
        source.
    name
        What their column, or their step, is called.

    Notes
    -----
    Both ways give the same: the quantile at share q of n values in order, from place 0 on, is at place q (n - 1),
    interpolated between the two around it (Hyndman and Fan 1996, definition 7). Interpolated between whole numbers,
    medians and deciles have no more than one decimal, and that is what they are rounded to.
    """
    if values_fit(store):
        listed = ", ".join(str(share) for share in shares)
        held = tuple(f"round({name}[{at + 1}], 1)" for at in range(len(shares)))
        return Quantiles(f"quantile_cont({value}, [{listed}]) AS {name}, ", (), "", held)
    join = f"LEFT JOIN {name} USING ({', '.join(keys)})" if keys else f"LEFT JOIN {name} ON TRUE"
    columns = tuple(f"{name}{at}" for at in range(len(shares)))
    return Quantiles("", _bracket_steps(source, value, shares, keys, name), join, columns)


def _bracket_steps(
    source: str, value: str, shares: Sequence[float], keys: Mapping[str, str], name: str
) -> tuple[Step, ...]:
    """Write the steps that put in order what is near a quantile; the last one has the keys and the quantiles."""
    named = comma(list(keys))
    of_group = f"PARTITION BY {named.rstrip(', ')} " if keys else ""
    selected = comma([sql if sql == key else f"{sql} AS {key}" for key, sql in keys.items()])
    grouped = comma(list(keys.values()))
    # As fine as the fourth root: the square root is exact to the last bit, so that no larger value has a lower bucket.
    bucket = f"CAST(floor(sqrt(sqrt({value})) * 2) AS INTEGER)"
    places = [f"(last_place * {share})" for share in shares]
    is_near = " OR ".join(f"n_up_to > floor{place} AND n_up_to - n <= ceil{place}" for place in places)
    on = " AND ".join(f"b.{key} = v.{key}" for key in [*keys, "bucket"])
    of_bracket = ", ".join(f"b.{key}" for key in [*keys, "bucket"])
    return (
        Step(
            f"{name}_buckets",
            f"""
            SELECT {selected}{bucket} AS bucket, count(*) AS n
            FROM {source} WHERE {value} IS NOT NULL GROUP BY {grouped}{bucket}
            """,
        ),
        Step(
            f"{name}_ranked",
            f"""
            SELECT {named}bucket, n, CAST(sum(n) OVER ({of_group.rstrip()}) AS DOUBLE) - 1 AS last_place,
                sum(n) OVER ({of_group}ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n_up_to
            FROM {name}_buckets
            """,
        ),
        Step(
            f"{name}_brackets",
            f"SELECT {named}bucket, last_place, n_up_to - n AS n_below\nFROM {name}_ranked WHERE {is_near}",
        ),
        Step(
            f"{name}_near",
            f"""
            SELECT {comma([f"b.{key}" for key in keys])}b.last_place, v.quantiled,
                b.n_below + row_number() OVER (PARTITION BY {of_bracket} ORDER BY v.quantiled) - 1 AS place
            FROM (SELECT {selected}{bucket} AS bucket, {value} AS quantiled FROM {source}) v
            JOIN {name}_brackets b ON {on}
            """,
        ),
        Step(
            f"{name}_around",
            f"SELECT {named}last_place, "
            + ", ".join(
                f"min(CASE WHEN place = floor{place} THEN quantiled END) AS below{at}, "
                f"min(CASE WHEN place = ceil{place} THEN quantiled END) AS above{at}"
                for at, place in enumerate(places)
            )
            + f"\nFROM {name}_near GROUP BY {named}last_place",
        ),
        Step(
            name,
            f"SELECT {named}"
            + ", ".join(
                f"round(below{at} + (above{at} - below{at}) * ({place} - floor{place}), 1) AS {name}{at}"
                for at, place in enumerate(places)
            )
            + f"\nFROM {name}_around",
        ),
    )
