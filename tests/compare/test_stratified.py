"""Comparison within strata: by hand, against scipy, and its error rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from journeymap.compare.stratified import expected_rate, stratified_difference

GROUPS = 100


def spread(total: int, groups: int = GROUPS) -> np.ndarray:
    """Spread a count evenly over groups."""
    return np.array([total // groups + (at < total % groups) for at in range(groups)], dtype=float)


def test_mantel_haenszel_by_hand() -> None:
    # Early visits 30 of 100 against 40 of 200, late ones 5 of 100 against 2 of 100.
    hits = np.stack([spread(30), spread(5)])[None]
    units = np.stack([spread(100), spread(100)])[None]
    rest_hits = np.stack([spread(40), spread(2)])[None]
    rest_units = np.stack([spread(200), spread(100)])[None]
    found = stratified_difference(hits, units, rest_hits, rest_units)
    above = (30 * 200 - 40 * 100) / 300 + (5 * 100 - 2 * 100) / 200
    weight = 100 * 200 / 300 + 100 * 100 / 200
    assert found.difference[0] == pytest.approx(above / weight)


def test_a_stratum_that_one_side_lacks_says_nothing() -> None:
    hits = np.stack([spread(30), spread(50)])[None]
    units = np.stack([spread(100), spread(50)])[None]
    rest = np.stack([spread(20), spread(0)])[None]
    rest_units = np.stack([spread(100), spread(0)])[None]
    assert stratified_difference(hits, units, rest, rest_units).difference[0] == pytest.approx(0.1)


def test_independent_units_are_tested_as_two_proportions_are() -> None:
    random = np.random.default_rng(3)
    ours, classic = [], []
    for _ in range(40):
        units = np.full((2, GROUPS), 20.0)
        hits = random.binomial(20, 0.2, size=(2, GROUPS)).astype(float)
        found = stratified_difference(hits[:1, None], units[:1, None], hits[1:, None], units[1:, None])
        both = hits.sum() / units.sum()
        z = (hits[0].sum() - hits[1].sum()) / 2000 / np.sqrt(both * (1 - both) * 2 / 2000)
        ours.append(found.p_value[0])
        classic.append(2 * stats.norm.sf(abs(z)))
    assert np.corrcoef(ours, classic)[0, 1] > 0.99
    assert np.abs(np.array(ours) - classic).max() < 0.08


def test_equal_rates_and_empty_sides() -> None:
    same = spread(100)[None, None]
    all_hit = stratified_difference(same, same, same, same)
    assert (all_hit.difference[0], all_hit.p_value[0]) == (0.0, 1.0)
    nothing = np.zeros((1, 1, GROUPS))
    assert np.isnan(stratified_difference(same, same, nothing, nothing).p_value[0])


def test_all_of_a_few_hit_is_not_certain() -> None:
    # Thirteen of thirteen where the others have 78 %: by chance in one of twenty-five.
    hits, rest = np.zeros(GROUPS), np.zeros(GROUPS)
    hits[:13], rest[20:80] = 1, np.where(np.arange(60) % 9 < 7, 1, 0)
    units, rest_units = hits.copy(), np.zeros(GROUPS)
    rest_units[20:80] = 1
    found = stratified_difference(*(side[None, None] for side in (hits, units, rest, rest_units)))
    assert 0.03 < found.p_value[0] < 0.2


@pytest.mark.slow
def test_false_alarms_of_clustered_units() -> None:
    """Visits of a customer are alike; 5 % of the comparisons of equal rates may be called different."""
    random = np.random.default_rng(5)
    n_false, n_all = 0, 2000
    for _ in range(n_all):
        n_visits = random.geometric(0.3, size=2000)
        rate = random.beta(0.6, 2.4, size=2000)
        hits = random.binomial(n_visits, rate)
        group, side = random.integers(0, GROUPS, 2000), random.random(2000) < 0.25
        sums = [np.bincount(group[who], what[who], GROUPS) for who in (side, ~side) for what in (hits, n_visits)]
        found = stratified_difference(*(one[None, None] for one in sums))
        n_false += int(found.p_value[0] <= 0.05)
    assert 0.03 < n_false / n_all < 0.07


def test_expected_rates_are_indirectly_standardised() -> None:
    found = expected_rate([[30, 10], [0, 0]], [[10, 40], [1, 1]], [[100, 100], [10, 10]])
    assert found[0] == pytest.approx((30 * 0.1 + 10 * 0.4) / 40)
    assert np.isnan(found[1])
