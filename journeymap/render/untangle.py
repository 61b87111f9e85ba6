"""Fewer crossings: every box and channel is sifted to the best place in its column, until nothing gets better.

What is counted is what is drawn: edges between neighbouring columns, edges within a column, and the ways that lead
from a box along its gutter to the lanes of the ends.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Order = tuple[tuple[int, ...], ...]
    Numbers = NDArray[np.int64]

MOST_ROUNDS: Final = 12
SHAKEN: Final = 0.4
"""The share of columns that a kick shakes."""


@dataclass(frozen=True, slots=True)
class Tangle:
    """What stands in columns and what joins it; everything has a number.

    Attributes
    ----------
    segments
        For each gutter the pairs (number in the column at its left, number in the column at its right).
    within
        (source, target) pairs of the edges between boxes of one column.
    down, up
        Box -> how many edges leave it for the ends at the bottom, and for the one on top.
    """

    segments: tuple[tuple[tuple[int, int], ...], ...]
    within: tuple[tuple[int, int], ...] = ()
    down: tuple[tuple[int, int], ...] = ()
    up: tuple[tuple[int, int], ...] = ()


def crossings(order: Order, tangle: Tangle) -> int:
    """Count the crossings of an order.

    Parameters
    ----------
    order
        For each column its numbers from top to bottom.
    tangle
        What joins them.

    Returns
    -------
    int
        Pairs of segments of a gutter that cross; plus, for each edge within a column, what leaves the things between
        its ends at the side where it passes them, and the others at its side that begin within it and end without;
        plus, for each edge into an end, the segments that leave below it (above it) in its gutter.

    Examples
    --------
    >>> tangle = Tangle((((0, 2), (1, 3)),))
    >>> crossings(((0, 1), (2, 3)), tangle), crossings(((1, 0), (2, 3)), tangle)
    (0, 1)
    """
    place = {key: at for column in order for at, key in enumerate(column)}
    total = 0
    for pairs in tangle.segments:
        spots = np.array([(place[one], place[other]) for one, other in pairs], dtype=np.int64).reshape(-1, 2)
        left, right = spots[:, 0], spots[:, 1]
        total += int(((left[:, None] < left) & (right[:, None] > right)).sum())
    sides = _Sides.of(tangle)
    for column in order:
        here = {key: at for at, key in enumerate(column)}
        for source, target in tangle.within:
            if source in here:
                low, high = sorted((here[source], here[target]))
                weights = sides.passed if here[source] < here[target] else sides.left
                total += sum(weights[key] for key in column[low + 1 : high])
        arcs = [(here[source], here[target]) for source, target in tangle.within if source in here]
        total += int(_interleaved(np.array(arcs, dtype=np.int64).reshape(1, -1, 2))[0])
        for counts, step in ((tangle.down, 1), (tangle.up, -1)):
            for key, n_edges in counts:
                if key in here:
                    beyond = column[here[key] + 1 :] if step > 0 else column[: here[key]]
                    total += n_edges * sum(sides.right[other] for other in beyond)
    return total


@dataclass(frozen=True, slots=True)
class _Sides:
    """How many segments everything has at its left and at its right, and there with the edges into the ends."""

    left: Counter[int]
    right: Counter[int]
    passed: Counter[int]

    @classmethod
    def of(cls, tangle: Tangle) -> _Sides:
        pairs = [pair for gutter in tangle.segments for pair in gutter]
        left, right = Counter(other for _, other in pairs), Counter(one for one, _ in pairs)
        passed = Counter(right)
        passed.update(dict(tangle.down))
        passed.update(dict(tangle.up))
        return cls(left, right, passed)


def _interleaved(arcs: Numbers) -> Numbers:
    """Count the edges of a column that cross each other, for each of several orders: (orders, edges, 2) places.

    Two on the same side do where the one begins within the other and ends without.
    """
    low, high, is_down = arcs.min(axis=2), arcs.max(axis=2), arcs[:, :, 0] < arcs[:, :, 1]
    same = is_down[:, :, None] == is_down[:, None, :]
    begins = (low[:, :, None] < low[:, None, :]) & (low[:, None, :] < high[:, :, None])
    found: Numbers = (same & begins & (high[:, :, None] < high[:, None, :])).sum(axis=(1, 2))
    return found


def untangle(order: Order, tangle: Tangle, kicks: int = 0) -> tuple[Order, int]:
    """Find an order with fewer crossings.

    Parameters
    ----------
    order
        Where to begin: for each column its numbers from top to bottom.
    tangle
        What joins them.
    kicks
        How often to shake the best order found, at places drawn with a fixed seed, and to sift again.

    Returns
    -------
    order
        With as many crossings as the first or fewer; the same for the same input.
    int
        Its crossings.

    References
    ----------
    Matuszewski, C., Schoenfeld, R. and Molitor, P. (1999): Using sifting for k-layer straightline crossing
    minimization. Graph Drawing, 217-224.

    Examples
    --------
    >>> untangle(((1, 0), (2, 3)), Tangle((((0, 2), (1, 3)),)))
    (((1, 0), (3, 2)), 0)
    """
    sides = _Sides.of(tangle)
    everywhere = set(range(len(order)))
    best = _sifted(order, tangle, sides, everywhere)
    fewest = crossings(best, tangle)
    draw = np.random.default_rng(0)
    for _ in range(kicks):
        if not fewest:
            break
        shaken, touched = _shaken(best, draw)
        found = _sifted(shaken, tangle, sides, touched & everywhere)
        n_crossings = crossings(found, tangle)
        if n_crossings <= fewest:
            best, fewest = found, n_crossings
    return best, fewest


def _shaken(order: Order, draw: np.random.Generator) -> tuple[Order, set[int]]:
    """Turn a part of some columns upside down; gives also these columns with their neighbours."""
    columns = [list(column) for column in order]
    touched: set[int] = set()
    for at, column in enumerate(columns):
        if len(column) > 1 and draw.random() < SHAKEN:
            low, high = sorted(int(spot) for spot in draw.integers(0, len(column) + 1, size=2))
            column[low:high] = column[low:high][::-1]
            touched |= {at - 1, at, at + 1}
    return tuple(map(tuple, columns)), touched


def _sifted(order: Order, tangle: Tangle, sides: _Sides, waiting: set[int]) -> Order:
    """Sift the columns that wait, and where something moved that one and its neighbours again."""
    columns = [list(column) for column in order]
    everywhere = range(len(columns))
    waiting = set(waiting)
    for turn in range(MOST_ROUNDS):
        for at in everywhere if turn % 2 else reversed(everywhere):
            if at in waiting:
                waiting.discard(at)
                if len(columns[at]) > 1 and _sift(columns, at, tangle, sides):
                    waiting |= {at - 1, at, at + 1} & set(everywhere)
        if not waiting:
            break
    return tuple(map(tuple, columns))


def _sift(columns: list[list[int]], at: int, tangle: Tangle, sides: _Sides) -> bool:
    """Move everything in a column, one after another, to where it has the fewest crossings."""
    column = columns[at]
    pairs = _pair_costs(columns, at, tangle, sides)
    index = {key: number for number, key in enumerate(column)}
    right = np.array([sides.passed[key] for key in column], dtype=np.int64)
    left = np.array([sides.left[key] for key in column], dtype=np.int64)
    arcs = [(index[one], index[other]) for one, other in tangle.within if one in index]
    if (
        not np.triu(pairs).any()
        and not any(
            (right if one < other else left)[min(one, other) + 1 : max(one, other)].any() for one, other in arcs
        )
        and not _interleaved(np.array(arcs, dtype=np.int64).reshape(1, -1, 2))[0]
    ):
        return False  # nothing crosses here
    order = list(range(len(column)))
    busiest = sorted(order, key=lambda number: (-int(right[number] + left[number]), number))
    is_moved = False
    for number in busiest:
        here = order.index(number)
        others = np.array([*order[:here], *order[here + 1 :]], dtype=np.int64)
        cost = _places(number, others, pairs, arcs, (left, right))
        best = int(cost.argmin())
        if cost[best] < cost[here]:
            order = [*others[:best].tolist(), number, *others[best:].tolist()]
            is_moved = True
    columns[at] = [column[number] for number in order]
    return is_moved


def _places(
    number: int, others: Numbers, pairs: Numbers, arcs: Sequence[tuple[int, int]], sides: tuple[Numbers, Numbers]
) -> Numbers:
    """Return the crossings for each place among the others, from above the first to below the last."""
    cost: Numbers = _sums(pairs[others, number]) + pairs[number, others].sum() - _sums(pairs[number, others])
    if not arcs:
        return cost
    left, right = sides
    sums = (_sums(left[others]), _sums(right[others]))
    spots = np.arange(len(others) + 1)
    place = {int(other): spot for spot, other in enumerate(others)}
    for source, target in arcs:
        if number not in (source, target):
            low, high = sorted((place[source], place[target]))
            weight = right[number] if place[source] < place[target] else left[number]
            cost[low + 1 : high + 1] += weight
            continue
        other = place[target if number == source else source]
        # The edge passes at the right where it leads downwards, at the left where it leads upwards.
        above, below = (sums[1], sums[0]) if number == source else (sums[0], sums[1])
        cost += np.where(spots <= other, above[other] - above, below - below[min(other + 1, len(others))])
    if len(arcs) > 1:
        # Where each end of each edge stands, for every place of the number that is moved.
        ends = np.array([[place.get(end, -1) for end in arc] for arc in arcs], dtype=np.int64)
        shifted = ends + (ends >= spots[:, None, None])
        cost += _interleaved(np.where(ends < 0, spots[:, None, None], shifted))
    return cost


def _sums(values: Numbers) -> Numbers:
    return np.concatenate(([0], np.cumsum(values)))


def _pair_costs(columns: list[list[int]], at: int, tangle: Tangle, sides: _Sides) -> Numbers:
    """Return the crossings of every two things of a column, the one of the row above that of the column."""
    column = columns[at]
    index = {key: number for number, key in enumerate(column)}
    total = np.zeros((len(column), len(column)), dtype=np.int64)
    for gutter, inner in ((at - 1, 1), (at, 0)):
        if not 0 <= gutter < len(tangle.segments) or not tangle.segments[gutter]:
            continue
        beyond = {key: number for number, key in enumerate(columns[gutter if inner else gutter + 1])}
        own = np.array([index[pair[inner]] for pair in tangle.segments[gutter]], dtype=np.int64)
        far = np.array([beyond[pair[1 - inner]] for pair in tangle.segments[gutter]], dtype=np.int64)
        member = np.zeros((len(own), len(column)))  # of floats: their products are the fast ones, and exact here
        member[np.arange(len(own)), own] = 1.0
        total += (member.T @ (far[:, None] > far) @ member).astype(np.int64)
    right = np.array([sides.right[key] for key in column], dtype=np.int64)
    for counts, is_down in ((tangle.down, True), (tangle.up, False)):
        drained = np.zeros(len(column), dtype=np.int64)
        for key, n_edges in counts:
            if key in index:
                drained[index[key]] = n_edges
        total += np.outer(drained, right) if is_down else np.outer(right, drained)
    np.fill_diagonal(total, 0)
    return total


def joined(chains: Sequence[Sequence[int]], column_of: Sequence[int]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Take chains of numbers, from column to neighbouring column, apart into the segments of each gutter.

    Examples
    --------
    >>> joined([(0, 1, 2), (2, 1)], [0, 1, 2])
    (((0, 1),), ((1, 2), (1, 2)))
    """
    found: list[list[tuple[int, int]]] = [[] for _ in range(max(column_of, default=0))]
    for chain in chains:
        for one, other in pairwise(chain):
            first, second = (one, other) if column_of[one] < column_of[other] else (other, one)
            found[column_of[first]].append((first, second))
    return tuple(map(tuple, found))
