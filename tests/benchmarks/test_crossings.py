"""The count of crossings, against one that solves for every pair of pieces."""

from __future__ import annotations

import sys
from fractions import Fraction
from importlib import import_module
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "benchmarks"

Line = list[tuple[int, int]]


@pytest.fixture(scope="module")
def counting() -> Iterator[Any]:
    sys.path.insert(0, str(FOLDER))
    try:
        yield import_module("line_crossings")
    finally:
        sys.path.remove(str(FOLDER))
        sys.modules.pop("line_crossings", None)


def solved(lines: list[Line]) -> int:
    """Solve for the point where two pieces meet, in whole fractions; it counts where it is inside both."""
    found = 0
    for one, other in combinations(lines, 2):
        for (ax, ay), (bx, by) in pairwise(one):
            for (cx, cy), (dx, dy) in pairwise(other):
                across = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
                if across:
                    at = Fraction((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx), across)
                    on = Fraction((cx - ax) * (by - ay) - (cy - ay) * (bx - ax), across)
                    found += 0 < at < 1 and 0 < on < 1
    return found


@pytest.mark.parametrize("seed", range(30))
def test_lines_cross_where_equations_say_so(counting: Any, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - cases, not secrets
    lines = [[(draw.randint(0, 9), draw.randint(0, 9)) for _ in range(draw.randint(2, 5))] for _ in range(8)]
    assert counting.count_crossings(lines) == solved(lines)


def test_lines_that_touch_or_run_on_each_other_do_not_cross(counting: Any) -> None:
    assert counting.count_crossings([]) == 0
    assert counting.count_crossings([[(0, 0), (9, 9)], [(0, 9), (9, 0)]]) == 1
    assert counting.count_crossings([[(0, 0), (9, 0)], [(3, 0), (3, 5)]]) == 0
    assert counting.count_crossings([[(0, 0), (9, 0)], [(2, 0), (5, 0)]]) == 0
    assert counting.count_crossings([[(0, 0), (5, 5)], [(0, 0), (5, -5)]]) == 0


def test_a_curve_is_cut_where_it_runs(counting: Any) -> None:
    points = counting.flattened([(0, 0), (0, 6), (6, 6), (6, 0)], pieces=2)
    assert points.tolist() == [[0.0, 0.0], [3.0, 4.5], [6.0, 0.0]]
