"""Shrinkage: between the level and the mean, and better than the raw rates."""

from __future__ import annotations

import numpy as np
import pytest

from journeymap.compare.shrinkage import shrink_rates


def test_levels_that_differ_by_chance_only_get_the_mean() -> None:
    assert shrink_rates([0.5, 0.52, 0.48], [100, 100, 100]).tolist() == pytest.approx([0.5] * 3)


def test_small_levels_are_drawn_more() -> None:
    found = shrink_rates([0.2, 0.5, 0.9], [1000, 1000, 10])
    assert 0.2 <= found[0] < 0.21
    assert 0.49 < found[1] <= 0.5
    assert 0.4 < found[2] < 0.85


def test_one_level_and_missing_ones_stay() -> None:
    assert shrink_rates([0.3], [10]).tolist() == [0.3]
    found = shrink_rates([0.3, np.nan, 0.3], [10, 0, 10])
    assert found[0] == 0.3
    assert np.isnan(found[1])


def test_shrunken_rates_are_nearer_to_the_truth() -> None:
    random = np.random.default_rng(1)
    raw, better = 0.0, 0.0
    for _ in range(200):
        truth = random.beta(8, 12, size=12)
        sizes = random.integers(5, 80, size=12)
        rates = random.binomial(sizes, truth) / sizes
        raw += float(((rates - truth) ** 2).sum())
        better += float(((shrink_rates(rates, sizes) - truth) ** 2).sum())
    assert better < 0.8 * raw
