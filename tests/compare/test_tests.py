"""Tests of differences between levels, and the correction for their number."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, t

from journeymap.compare.tests import benjamini_hochberg, jackknife_difference

COUNTS = st.integers(0, 20).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
P_VALUES = st.lists(st.none() | st.floats(0, 1, allow_nan=False), max_size=12)


def plain_correction(p_values: list[float | None]) -> list[float | None]:
    """Follow Benjamini and Hochberg: the smallest p times n / rank at this rank or any later one."""
    known = sorted(value for value in p_values if value is not None)

    def corrected(value: float) -> float:
        ranks = [rank for rank, other in enumerate(known, start=1) if other >= value]
        return min(1.0, *(known[rank - 1] * len(known) / rank for rank in ranks))

    return [None if value is None else corrected(value) for value in p_values]


@given(P_VALUES)
def test_correction_is_the_plain_one(p_values: list[float | None]) -> None:
    found, expected = benjamini_hochberg(p_values), plain_correction(p_values)
    assert [value is None for value in found] == [value is None for value in p_values]
    known = [(ours, theirs) for ours, theirs in zip(found, expected, strict=True) if theirs is not None]
    assert [ours for ours, _ in known] == pytest.approx([theirs for _, theirs in known])


@given(P_VALUES)
def test_correction_keeps_the_order_and_only_raises(p_values: list[float | None]) -> None:
    pairs = [
        (p, q) for p, q in zip(p_values, benjamini_hochberg(p_values), strict=True) if p is not None and q is not None
    ]
    assert all(p <= q + 1e-15 <= 1 + 1e-12 for p, q in pairs)
    ordered = [q for _, q in sorted(pairs)]
    assert ordered == sorted(ordered)


def plain_test(groups: list[tuple[tuple[int, int], tuple[int, int]]]) -> float | None:
    """Leave each group of customers out on both sides at once."""
    filled = [group for group in groups if group[0][1] or group[1][1]]

    def difference(chosen: list[tuple[tuple[int, int], tuple[int, int]]]) -> float | None:
        sides = [(sum(g[side][0] for g in chosen), sum(g[side][1] for g in chosen)) for side in (0, 1)]
        if not sides[0][1] or not sides[1][1]:
            return None
        return sides[0][0] / sides[0][1] - sides[1][0] / sides[1][1]

    whole = difference(filled)
    replicates = [difference([g for at, g in enumerate(filled) if at != out]) for out in range(len(filled))]
    if whole is None or len(filled) < 2 or any(value is None for value in replicates):
        return None
    variance = sum((value - whole) ** 2 for value in replicates if value is not None) * (len(filled) - 1) / len(filled)
    if variance < 1e-30:
        return 1.0 if abs(whole) < 1e-15 else None
    return float(2 * t.sf(abs(whole) / sqrt(variance), len(filled) - 1))


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=10))
def test_difference_is_that_of_a_plain_jackknife(groups: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    arrays = [[group[side][part] for group in groups] for side in (0, 1) for part in (0, 1)]
    found, expected = jackknife_difference(*arrays), plain_test(groups)
    if expected is None:
        assert found is None or found < 1e-9  # a variance of nothing but rounding
    else:
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_sides_may_be_swapped() -> None:
    rng = np.random.default_rng(1)
    units, others = rng.integers(1, 9, 100), rng.integers(1, 9, 100)
    hits, other_hits = rng.binomial(units, 0.3), rng.binomial(others, 0.4)
    one = jackknife_difference(hits, units, other_hits, others)
    assert one == pytest.approx(jackknife_difference(other_hits, others, hits, units))
    assert one is not None
    assert 0 < one < 1


def p_values_under_the_null(*, shared: bool) -> list[float]:
    """Simulate two levels of one rate, with customers who differ; `shared`: customers have visits in both levels."""
    rng = np.random.default_rng(7)
    found = []
    for _ in range(400):
        own = rng.beta(0.9, 2.1, 300)
        group = rng.integers(0, 100, 300)
        level = np.arange(300) % 2
        counts = []
        for side in (0, 1):
            visits = rng.geometric(0.25, 300) * (1 if shared else level == side)
            hits = rng.binomial(visits, own)
            counts += [np.bincount(group, hits, 100), np.bincount(group, visits, 100)]
        value = jackknife_difference(*counts)
        assert value is not None
        found.append(value)
    return found


@pytest.mark.parametrize("shared", [True, False])
def test_without_a_difference_p_values_are_even(*, shared: bool) -> None:
    found = p_values_under_the_null(shared=shared)
    assert 0.025 <= np.mean(np.array(found) < 0.05) <= 0.08
    assert kstest(found, "uniform").pvalue > 0.01


def test_what_cannot_be_tested() -> None:
    assert jackknife_difference([1, 2], [3, 4], [0, 0], [0, 0]) is None
    assert jackknife_difference([1], [3], [1], [4]) is None
    assert jackknife_difference([1, 0], [3, 0], [1, 1], [4, 3]) is None  # without one group a side is empty
