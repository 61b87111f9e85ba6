"""Differences of rates at many places: by hand, against scipy and against plain loops."""

from __future__ import annotations

from math import asin, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from journeymap.compare.differences import Counts, clustered_differences

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

PAIRS = st.integers(0, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def side(hits: Floats, units: Floats, customers: float | None = None) -> Counts:
    wide = np.atleast_2d(np.asarray(hits, dtype=float)), np.atleast_2d(np.asarray(units, dtype=float))
    people = np.full(len(wide[0]), wide[1].sum() if customers is None else customers)
    return Counts(*wide, people, np.zeros(len(wide[0])))


def one_event_each(rng: np.random.Generator, n: int, rate: float) -> tuple[Floats, Floats]:
    groups = rng.integers(0, 100, n)
    hit = rng.random(n) < rate
    return np.bincount(groups, hit, 100), np.bincount(groups, minlength=100).astype(float)


def test_a_difference_by_hand() -> None:
    """20 of 100 against 10 of 100, each customer with one event in a group of its own."""
    groups = np.arange(200)
    units_a, units_b = (groups < 100).astype(float), (groups >= 100).astype(float)
    found = clustered_differences(
        side((groups < 20).astype(float), units_a), side(((groups >= 100) & (groups < 110)).astype(float), units_b)
    )
    assert found.difference[0] == pytest.approx(0.1)
    assert found.ratio[0] == pytest.approx(2.0)
    assert found.effect_size[0] == pytest.approx(2 * asin(sqrt(0.2)) - 2 * asin(sqrt(0.1)))
    pooled = 0.15 * 0.85 * 2 / 100
    statistic = 0.1 / sqrt(pooled * 199 / 199 * (200 * 199 / 199**2))  # the jackknife of 200 single customers
    assert found.p_value[0] == pytest.approx(2 * stats.t.sf(statistic, 199), rel=0.02)
    assert found.ci_low[0] < 0.1 < found.ci_high[0]
    # Newcombe's own interval of 20/100 - 10/100, method 10 without continuity correction.
    assert (found.ci_low[0], found.ci_high[0]) == pytest.approx((0.0001, 0.1995), abs=0.003)


@pytest.mark.parametrize(("n_a", "n_b", "rate_a", "rate_b"), [(900, 1100, 0.3, 0.36), (500, 4000, 0.1, 0.08)])
def test_with_one_event_a_customer_it_is_the_test_of_two_proportions(
    n_a: int, n_b: int, rate_a: float, rate_b: float
) -> None:
    rng = np.random.default_rng(3)
    a, b = one_event_each(rng, n_a, rate_a), one_event_each(rng, n_b, rate_b)
    found = clustered_differences(side(*a), side(*b))
    table = [[part[0].sum(), part[1].sum() - part[0].sum()] for part in (a, b)]
    z = sqrt(stats.chi2_contingency(table, correction=False).statistic)
    ours = stats.t.isf(found.p_value[0] / 2, 99)
    assert ours == pytest.approx(z, rel=0.12)
    assert ours <= z * 1.0001  # never surer than the plain test, which knows of no groups


def plain(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> float | None:
    """The p-value by loops: leave each group out, and the pooled rate with its design effect."""
    filled = [pair for pair in pairs if pair[0][1] or pair[1][1]]
    n = len(filled)

    def rate(chosen: list[tuple[int, int]]) -> float | None:
        units = sum(pair[1] for pair in chosen)
        return sum(pair[0] for pair in chosen) / units if units else None

    a, b = rate([pair[0] for pair in filled]), rate([pair[1] for pair in filled])
    if a is None or b is None or n < 2:
        return None
    if a == b:
        return 1.0

    def squares(of: list[tuple[int, int]], whole: float) -> float:
        left = [rate([part for at, part in enumerate(of) if at != out]) for out in range(n)]
        return sum((part - whole) ** 2 for part in left if part is not None) * (n - 1) / n

    both = [(pair[0][0] + pair[1][0], pair[0][1] + pair[1][1]) for pair in filled]
    pooled = rate(both)
    assert pooled is not None
    n_units = sum(part[1] for part in both)
    binomial = pooled * (1 - pooled)
    effect = max(1.0, squares(both, pooled) * n_units / binomial)
    variance = binomial * effect * sum(1 / sum(pair[at][1] for pair in filled) for at in (0, 1))
    replicates = []
    for out in range(n):
        kept = [pair for at, pair in enumerate(filled) if at != out]
        one, other = rate([pair[0] for pair in kept]), rate([pair[1] for pair in kept])
        replicates.append(None if one is None or other is None else one - other - (a - b))
    if all(part is not None for part in replicates):
        variance = max(variance, sum(part**2 for part in replicates if part is not None) * (n - 1) / n)
    return float(2 * stats.t.sf(abs(a - b) / sqrt(variance), n - 1))


@given(st.lists(st.tuples(PAIRS, PAIRS), min_size=1, max_size=9))
def test_p_values_are_those_of_plain_loops(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    arrays = [np.array([pair[at][part] for pair in pairs], dtype=float) for at in (0, 1) for part in (0, 1)]
    found = clustered_differences(side(*arrays[:2]), side(*arrays[2:])).p_value[0]
    expected = plain(pairs)
    assert np.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_sides_may_be_swapped_and_places_do_not_touch_each_other() -> None:
    rng = np.random.default_rng(5)
    units = rng.integers(0, 9, (2, 6, 100)).astype(float)
    hits = rng.binomial(units.astype(int), rng.random((6, 1))).astype(float)
    a, b = (Counts(hits[at], units[at], units[at].sum(axis=1), np.zeros(6)) for at in (0, 1))
    forth, back = clustered_differences(a, b), clustered_differences(b, a)
    assert np.allclose(forth.difference, -back.difference)
    assert np.allclose(forth.effect_size, -back.effect_size)
    assert np.allclose(forth.p_value, back.p_value)
    assert np.allclose(forth.ci_low, -back.ci_high)
    alone = clustered_differences(
        *(Counts(s.hits[3:4], s.units[3:4], s.customers[3:4], s.immature[3:4]) for s in (a, b))
    )
    assert alone.p_value[0] == forth.p_value[3]
    assert alone.ci_low[0] == forth.ci_low[3]


def test_what_has_no_units_has_no_difference() -> None:
    nothing, something = np.zeros(100), np.ones(100)
    found = clustered_differences(side(nothing, nothing, 0), side(nothing, something))
    assert np.isnan([found.difference[0], found.ci_low[0], found.p_value[0], found.ratio[0]]).all()


def test_rates_of_0_and_1_have_an_interval_and_a_p_value() -> None:
    nothing, something = np.zeros(100), np.ones(100)
    same = clustered_differences(side(nothing, something), side(nothing, something))
    assert (same.difference[0], same.p_value[0]) == (0.0, 1.0)
    assert same.ci_low[0] < -0.01
    assert same.ci_high[0] > 0.01
    apart = clustered_differences(side(something, something), side(nothing, something))
    assert apart.p_value[0] < 1e-9
    assert 0.9 < apart.ci_low[0] < apart.ci_high[0] <= 1.0
    assert np.isnan(apart.ratio[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_a", "n_b", "rate", "visits"),
    [(12, 1000, 0.3, 4), (200, 1000, 0.01, 2), (300, 2700, 0.05, 1), (1000, 1000, 0.3, 4)],
)
def test_without_a_difference_few_p_values_are_small(n_a: int, n_b: int, rate: float, visits: int) -> None:
    """Customers differ, and a side may be small and a hit rare: that is where a jackknife alone is too sure."""
    rng = np.random.default_rng(11)
    found = []
    for _ in range(800):
        own = rng.beta(2 * rate, 2 * (1 - rate), n_a + n_b)
        n_visits = rng.geometric(1 / visits, n_a + n_b)
        hits = rng.binomial(n_visits, own)
        group = rng.permutation(n_a + n_b) % 100
        is_a = np.arange(n_a + n_b) < n_a
        sides = [side(np.bincount(group, hits * m, 100), np.bincount(group, n_visits * m, 100)) for m in (is_a, ~is_a)]
        found.append(clustered_differences(*sides).p_value[0])
    assert np.mean(np.array(found) < 0.05) <= 0.065
    assert np.mean(np.array(found) < 0.005) <= 0.012
