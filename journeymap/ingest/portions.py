"""Customers in portions that fit into memory: putting events in sequence sorts them several times."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.store.store import Store

_SHARE_OF_MEMORY = 0.5
_BYTES_PER_ROW, _BYTES_PER_COLUMN = 150, 20
"""What a row takes while it is put in sequence: the store's own columns, and each of the source's others. Measured with
10 million events: twice as many rows at once as these numbers allow went through without being set aside on disk."""
_FEWEST = 500_000
"""Rows below which a portion gains nothing: DuckDB keeps 122,880 rows together, and joins what is much smaller."""
_N_STRETCHES = 4096


def rows_at_once(store: Store, n_others: int) -> int | None:
    """Say how many rows can be put in sequence within memory; None where the engine sees to it itself.

    Parameters
    ----------
    store
        The store being written.
    n_others
        How many columns of the source are kept beside the store's own.
    """
    memory = store.engine.memory_bytes()
    if memory is None:
        return None
    return max(_FEWEST, int(memory * _SHARE_OF_MEMORY / (_BYTES_PER_ROW + _BYTES_PER_COLUMN * n_others)))


def cut_portions(store: Store, relations: Sequence[str], most: int | None) -> list[tuple[int, int]]:
    """Cut the customers of relations into ranges of keys, both ends included, with about as many rows as fit.

    Each customer is in one portion, whole; a customer with more rows than that is in a portion that is larger.

    Parameters
    ----------
    store
        The store being written.
    relations
        Tables with ``customer_key``.
    most
        The rows of a portion; None: all are in one.

    Returns
    -------
    list of (int, int)
        The first and last customer key of each portion, rising; at least one portion.
    """
    engine = store.engine
    largest = int(engine.execute("SELECT coalesce(max(customer_key), 0) FROM customers")[0][0])
    if most is None or sum(int(engine.execute(f"SELECT count(*) FROM {name}")[0][0]) for name in relations) <= most:
        return [(0, largest)]
    width = largest // _N_STRETCHES + 1
    keys = " UNION ALL ".join(f"SELECT customer_key FROM {name}" for name in relations)
    counts = engine.execute_long(
        f"SELECT customer_key // {width} AS stretch, count(*) FROM ({keys}) GROUP BY 1 ORDER BY 1"
    )
    starts, rows = [0], 0
    for stretch, n in counts:
        if rows and rows + n > most:
            starts.append(int(stretch) * width)
            rows = 0
        rows += n
    return [(first, after - 1) for first, after in pairwise([*starts, largest + 1])]
