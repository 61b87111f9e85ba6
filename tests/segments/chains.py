"""Count matrices of drawn customers, and how close clusters come to their true types."""

from __future__ import annotations

from itertools import pairwise
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from journeymap.datasets.types import draw_customers, make_types, most_likely_types

if TYPE_CHECKING:
    from collections.abc import Sequence


def count_matrix(paths: Any, n_touchpoints: int) -> tuple[Any, Any]:
    """Count transitions customer by customer, in plain loops: the start is -1, the end is the last number."""
    cells: dict[tuple[int, tuple[int, int]], int] = {}
    for customer, path in enumerate(paths.tolist()):
        steps = [-1, *(step for step in path if step >= 0), n_touchpoints]
        for pair in pairwise(steps):
            cells[customer, pair] = cells.get((customer, pair), 0) + 1
    pairs = sorted({pair for _, pair in cells})
    place = {pair: at for at, pair in enumerate(pairs)}
    rows = [customer for customer, _ in cells]
    columns = [place[pair] for _, pair in cells]
    counts = sparse.csr_array((list(map(float, cells.values())), (rows, columns)), shape=(len(paths), len(pairs)))
    counts.sort_indices()
    ranks = {source: rank for rank, source in enumerate(sorted({source for source, _ in pairs}))}
    return counts, np.array([ranks[source] for source, _ in pairs])


def rand_index(one: Sequence[int], other: Sequence[int]) -> float:
    """Give the adjusted Rand index by its formula, from the table of how often each pair of clusters meets."""
    n = len(one)
    cells: dict[tuple[int, int], int] = {}
    rows: dict[int, int] = {}
    columns: dict[int, int] = {}
    for left, right in zip(one, other, strict=True):
        cells[left, right] = cells.get((left, right), 0) + 1
        rows[left] = rows.get(left, 0) + 1
        columns[right] = columns.get(right, 0) + 1
    index = sum(comb(size, 2) for size in cells.values())
    row_pairs = sum(comb(size, 2) for size in rows.values())
    column_pairs = sum(comb(size, 2) for size in columns.values())
    expected = row_pairs * column_pairs / comb(n, 2)
    highest = (row_pairs + column_pairs) / 2
    return 1.0 if highest == expected else (index - expected) / (highest - expected)


def drawn(seed: int, n_customers: int = 3000, *, n_steps: int | None = None, **chains: Any) -> tuple[Any, ...]:
    """Draw customers of known types: counts, sources, true types, and the types that an all-knowing judge gives."""
    types = make_types(seed=seed, **chains)
    customers = draw_customers(types, n_customers, n_steps=n_steps, seed=seed + 100)
    counts, sources = count_matrix(customers.paths, len(types.touchpoints))
    return counts, sources, customers.types.tolist(), most_likely_types(types, customers.paths).tolist()
