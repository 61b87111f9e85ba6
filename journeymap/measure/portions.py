"""Portions: parts of a question whose exact quantiles fit into memory, one after the other.

An exact quantile holds every value that it is of, and DuckDB sets none of them aside on disk.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from journeymap.segments.population import Population
    from journeymap.store.store import Store

_SHARE_OF_VALUES: Final = 0.4
"""How much of the memory the values of a portion may take."""
_BYTES_OF_A_VALUE: Final = 48
"""What a value takes while quantiles are worked out: 8 bytes, in arrays that grow by doubling, in each thread and then
together."""


def most_values(store: Store) -> float:
    """Say of how many values quantiles may be worked out in one statement; infinity where the engine sees to it."""
    memory = store.remember("memory_bytes", store.engine.memory_bytes)
    return inf if memory is None else memory * _SHARE_OF_VALUES // _BYTES_OF_A_VALUE


def events_fit(store: Store) -> bool:
    """Say whether quantiles may be of a value for every event, in one statement."""
    most = most_values(store)
    if most == inf:
        return True
    return bool(most >= store.remember("n_events", lambda: store.engine.execute("SELECT count(*) FROM events")[0][0]))


def portions_of(counted: Iterable[tuple[int, int]], most: float) -> list[list[int]]:
    """Divide keys into portions with no more values together than fit, or of one key.

    Parameters
    ----------
    counted
        (key, number of its values).
    most
        How many values fit.

    Examples
    --------
    >>> portions_of([(1, 30), (2, 50), (3, 20), (4, 90)], 60)
    [[4], [2], [1, 3]]
    """
    portions: list[tuple[list[int], int]] = []
    for key, n in sorted(counted, key=lambda pair: (-pair[1], pair[0])):
        # The largest first, each into the first portion that has room for it.
        at = next((at for at, (_, held) in enumerate(portions) if held + n <= most), len(portions))
        keys, held = portions[at] if at < len(portions) else ([], 0)
        portions[at : at + 1] = [([*keys, int(key)], held + n)]
    return [keys for keys, _ in portions]


def touchpoint_portions(store: Store, population: Population) -> list[list[int]] | None:
    """Divide the touchpoints into portions whose gaps fit; None where all of them do.

    Parameters
    ----------
    store
        The open store.
    population
        Whose gaps they are.
    """
    if events_fit(store):
        return None
    counted = store.rows(
        population.query(
            [], "SELECT touchpoint_key, count(next_touchpoint_key) AS n FROM visits GROUP BY touchpoint_key"
        )
    )
    most = most_values(store)
    return None if sum(n for _, n in counted) <= most else portions_of(counted, most)
