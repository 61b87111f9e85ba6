"""Counting where drawn lines cross: the same count for every picture, whoever drew it.

A curve is cut into straight pieces. Two lines cross once for each place where a piece of the one passes through a piece
of the other. Lines that touch, run on top of each other or leave the same point do not cross there. Loops from a box to
itself are left out.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Points = NDArray[np.float64]

PIECES = 16
_LEAST = 1e-7


def flattened(curve: Sequence[tuple[float, float]], pieces: int = PIECES) -> Points:
    """Cut a cubic Bezier curve (start, handle, handle, end) into straight pieces; gives their corners."""
    start, one, two, end = (np.array(point, dtype=np.float64) for point in curve)
    at = np.linspace(0.0, 1.0, pieces + 1)[:, None]
    points: Points = (1 - at) ** 3 * start + 3 * at * (1 - at) ** 2 * one + 3 * at**2 * (1 - at) * two + at**3 * end
    return points


def count_crossings(lines: Sequence[Any]) -> int:
    """Count the places where two of the lines cross; a line is its corners, as (x, y) rows."""
    pieces, owners = [], []
    for number, line in enumerate(lines):
        for one, other in pairwise(np.asarray(line, dtype=np.float64)):
            if (one != other).any():
                pieces.append((*one, *other))
                owners.append(number)
    if not pieces:
        return 0
    table, owner = np.array(pieces), np.array(owners)
    low, high = np.minimum(table[:, :2], table[:, 2:]), np.maximum(table[:, :2], table[:, 2:])
    total = 0
    for at, piece in enumerate(table):
        near = (owner > owner[at]) & (low <= high[at]).all(axis=1) & (high >= low[at]).all(axis=1)
        others = table[near]
        a, b, c, d = piece[:2], piece[2:], others[:, :2], others[:, 2:]
        # Each piece has its two ends on different sides of the other.
        apart = (_side(a, b, c) * _side(a, b, d) < -_LEAST) & (_side(c, d, a) * _side(c, d, b) < -_LEAST)
        total += int(apart.sum())
    return total


def _side(one: Points, other: Points, point: Points) -> Points:
    """Say on which side of a line through two points others lie: positive, negative, or 0 on it."""
    way, there = other - one, point - one
    found: Points = way[..., 0] * there[..., 1] - way[..., 1] * there[..., 0]
    return found
