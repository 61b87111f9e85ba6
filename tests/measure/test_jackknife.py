"""Intervals from replicates: against those of plain counts, and where there is nothing to tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from journeymap.measure.interval import clustered_interval
from journeymap.measure.jackknife import interval_of_amount, interval_of_share, jackknife_variance

COUNTS = st.lists(st.integers(0, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=9)


@given(COUNTS.filter(lambda groups: sum(units for _, units in groups) > 0))
def test_of_a_plain_rate_it_is_the_clustered_interval(groups: list[tuple[int, int]]) -> None:
    filled = np.array([group for group in groups if group[1] > 0], dtype=float)
    left = filled.sum(axis=0) - np.vstack([[0, 0], filled])
    with np.errstate(invalid="ignore"):
        values = (left[:, 0] / left[:, 1])[:, None]
    n_units = filled[:, 1].sum()
    found = interval_of_share(values, n_groups=[len(filled)], n_customers=[min(7, n_units)], most=n_units)
    expected = clustered_interval(filled[:, :1].T, filled[:, 1:].T, [7])
    assert [side[0] for side in found] == pytest.approx([side[0] for side in expected], abs=1e-9)


def test_of_a_mean_it_is_students() -> None:
    units = np.array([3.0, 5.0, 8.0, 1.0, 4.0])
    values = np.array([units.mean(), *((units.sum() - units) / 4)])[:, None]
    low, high = interval_of_amount(values, [5])
    expected = stats.t.interval(0.95, 4, loc=units.mean(), scale=units.std(ddof=1) / np.sqrt(5))
    assert (low[0], high[0]) == pytest.approx(expected)


def test_one_group_or_groups_alike_say_nothing_of_an_amount() -> None:
    for values, n_groups in (([[5.0], [0.0]], 1), ([[5.0], [5.0], [5.0]], 2), ([[5.0], [4.0], [np.nan]], 2)):
        assert np.isnan(interval_of_amount(values, [n_groups])).all()
    assert np.isnan(jackknife_variance([[5.0], [0.0]])).all()


def test_of_a_share_without_differences_the_customers_say() -> None:
    low, high = interval_of_share([[1.0], [1.0], [1.0]], n_groups=[2], n_customers=[10], most=50)
    assert (low[0], high[0]) == pytest.approx((1 / (1 + 1.959964**2 / 10), 1.0))
    assert np.isnan(interval_of_share([[np.nan]] * 3, n_groups=[2], n_customers=[10], most=50)).all()
