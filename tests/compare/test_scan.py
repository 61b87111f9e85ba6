"""The scan over windows: by brute force, and its error rate."""

from __future__ import annotations

import numpy as np
import pytest

from journeymap.compare.scan import scan_windows


def test_the_best_window_is_that_of_brute_force() -> None:
    random = np.random.default_rng(4)
    for _ in range(20):
        hits, units = random.poisson(3, 30).astype(float), random.integers(5, 20, 30).astype(float)
        rate = hits.sum() / units.sum()
        expected, variance = units * rate, units * rate * (1 - rate)
        window = scan_windows(hits, expected, variance)
        assert window is not None
        scores = {}
        for first in range(30):
            for last in range(first, min(first + 15, 30)):
                days = slice(first, last + 1)
                inside = variance[days].sum()
                free = inside * (1 - inside / variance.sum())
                scores[first, last] = (hits[days].sum() - expected[days].sum()) / np.sqrt(free)
        best = max(scores, key=lambda key: scores[key])
        assert (window.first, window.last) == best
        assert window.score == pytest.approx(scores[best])


def test_nothing_to_compare() -> None:
    assert scan_windows([1.0], [1.0], [1.0]) is None
    assert scan_windows([0.0, 0.0], [0.0, 0.0], [0.0, 0.0]) is None


def test_the_same_days_give_the_same_answer() -> None:
    hits = np.array([2.0] * 20 + [9.0] * 3 + [2.0] * 20)
    flat = np.full(43, hits.mean())
    assert scan_windows(hits, flat, flat) == scan_windows(hits, flat, flat)


@pytest.mark.slow
def test_false_alarms() -> None:
    random = np.random.default_rng(2)
    p_values = []
    for _ in range(1500):
        units = random.poisson(random.choice([2, 12, 60]), 120)
        hits = random.binomial(units, random.choice([0.03, 0.1, 0.3]))
        if hits.sum() >= 10:
            rate = hits.sum() / units.sum()
            window = scan_windows(hits, units * rate, units * rate * (1 - rate))
            assert window is not None
            p_values.append(window.p_value)
    assert np.mean(np.array(p_values) <= 0.01) <= 0.016
    assert np.mean(np.array(p_values) <= 0.05) <= 0.06
