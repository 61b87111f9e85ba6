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
_TOGETHER = 122_880
"""Rows that DuckDB keeps together. A portion fills such groups: where many are much smaller, a later ingest that
deletes a few rows of each group makes DuckDB join them, and write a third of the store anew."""
_FEWEST = 2 * _TOGETHER
"""Rows below which a portion gains nothing."""
_ENOUGH, _MOST_PORTIONS = 500_000, 32
"""Where several portions are worked on at once, more rows in each only take more memory. But each portion looks through
all rows for its own. Measured with 10 million events: portions of 500,000, 1 and 2 million took the same time, and the
peaks were 1,520, 1,597 and 1,757 MB."""
_N_STRETCHES = 4096
_LITTLE = 0.1
"""What a last portion has at least, of the rows of the others."""


def rows_at_once(store: Store, n_others: int) -> int | None:
    """Say how many rows can be put in sequence at once within memory; None where the engine sees to it itself.

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


def may_share_out(n_rows: int) -> bool:
    """Say whether rows are enough for more than one portion at once, whatever the machine has.

    Examples
    --------
    >>> may_share_out(100_000), may_share_out(1_000_000)
    (False, True)
    """
    return n_rows >= 2 * _FEWEST


def share_out(n_rows: int, most: int, n_threads: int) -> tuple[int, int]:
    """Say how many portions are worked on at once, and how many rows each has, at most.

    Parameters
    ----------
    n_rows
        The rows of all portions.
    most
        The rows that fit into memory at once.
    n_threads
        How many can be worked on at once.

    Returns
    -------
    (int, int)
        1 and ``most`` where the rows are too few, or the memory is too small, for more than one at once.

    Examples
    --------
    >>> share_out(100_000, 50_000_000, 2), share_out(1_000_000, 50_000_000, 2), share_out(10_000_000, 50_000_000, 2)
    ((1, 50000000), (2, 491520), (2, 491520))
    >>> share_out(10_000_000, 400_000, 2), share_out(10_000_000, 1_200_000, 4)
    ((1, 400000), (4, 300000))
    """
    n_at_once = min(n_threads, n_rows // _FEWEST, most // _FEWEST)
    if n_at_once <= 1:
        return 1, most
    # Each thread has about as many portions as any other.
    rounds = -(-n_rows // (n_at_once * max(_ENOUGH, n_rows // _MOST_PORTIONS)))
    return n_at_once, min(most // n_at_once, max(1, round(n_rows / (n_at_once * rounds) / _TOGETHER)) * _TOGETHER)


def cut_portions(store: Store, relations: Sequence[str], most: int | None) -> list[tuple[int, int]]:
    """Cut the customers of relations into ranges of keys, both ends included, with about as many rows as fit.

    Each customer is in one portion, whole; a customer with more rows than that is in a portion that is larger, and so
    is the last one, if little remains.

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
    little = 0.0
    if most >= _TOGETHER:
        most -= most % _TOGETHER
        little = most * _LITTLE
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
    if len(starts) > 1 and rows < little:
        starts.pop()
    return [(first, after - 1) for first, after in pairwise([*starts, largest + 1])]
