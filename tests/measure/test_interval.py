"""The interval of a rate of clustered units, against other computations of it."""

from __future__ import annotations

from hashlib import md5
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, t

from journeymap.measure.interval import clustered_interval, wilson_interval

if TYPE_CHECKING:
    from conftest import Logs

COUNTS = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(counts: tuple[int, int]) -> None:
    hits, units = counts
    low, high = wilson_interval([hits / units], [units])
    expected = binomtest(hits, units).proportion_ci(confidence_level=0.95, method="wilson")
    assert low[0] == pytest.approx(expected.low, abs=1e-12)
    assert high[0] == pytest.approx(expected.high, abs=1e-12)


def plain_interval(groups: list[tuple[int, int]], n_customers: int) -> tuple[float, float] | None:
    """Follow the textbook: leave a group out, see how the rate changes, give Wilson the size that stands for."""
    filled = [group for group in groups if group[1] > 0]
    hits, units = sum(hit for hit, _ in filled), sum(unit for _, unit in filled)
    if units == 0:
        return None
    rate = hits / units
    size = float(min(n_customers, units))
    if len(filled) > 1:
        replicates = [(hits - hit) / (units - unit) for hit, unit in filled]
        variance = sum((value - rate) ** 2 for value in replicates) * (len(filled) - 1) / len(filled)
        if variance > 0 and 0 < rate < 1:
            narrowing = norm.ppf(0.975) / t.ppf(0.975, len(filled) - 1)
            size = min(rate * (1 - rate) / variance * narrowing**2, units)
    z = norm.ppf(0.975)
    middle = (rate + z * z / (2 * size)) / (1 + z * z / size)
    half = z * sqrt(rate * (1 - rate) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    return max(0.0, middle - half), min(1.0, middle + half)


@given(st.lists(COUNTS, min_size=1, max_size=12), st.integers(1, 100))
def test_clustered_interval_is_that_of_a_plain_jackknife(groups: list[tuple[int, int]], n_customers: int) -> None:
    low, high = clustered_interval([[hit for hit, _ in groups]], [[unit for _, unit in groups]], [n_customers])
    expected = plain_interval(groups, n_customers)
    if expected is None:
        assert np.isnan(low[0])
        assert np.isnan(high[0])
        return
    assert (low[0], high[0]) == pytest.approx(expected, abs=1e-7)


@given(st.lists(COUNTS, min_size=1, max_size=8), st.lists(COUNTS, min_size=1, max_size=8))
def test_each_row_stands_for_itself(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    width = max(len(one), len(other))
    rows = [row + [(0, 0)] * (width - len(row)) for row in (one, other)]
    hits = np.array([[hit for hit, _ in row] for row in rows])
    units = np.array([[unit for _, unit in row] for row in rows])
    both = clustered_interval(hits, units, [5, 9])
    for at, n_customers in enumerate((5, 9)):
        alone = clustered_interval(hits[[at]], units[[at]], [n_customers])
        assert [side[at] for side in both] == pytest.approx([side[0] for side in alone], nan_ok=True)


@given(st.lists(COUNTS, min_size=1, max_size=10), st.integers(1, 50))
def test_it_lies_within_0_and_1_and_holds_the_rate(groups: list[tuple[int, int]], n_customers: int) -> None:
    hits, units = sum(hit for hit, _ in groups), sum(unit for _, unit in groups)
    assume(units > 0)
    low, high = clustered_interval([[hit for hit, _ in groups]], [[unit for _, unit in groups]], [n_customers])
    assert 0 <= low[0] <= hits / units <= high[0] <= 1
    assert low[0] < high[0]


def test_customers_whose_visits_agree_count_once() -> None:
    """A hundred customers with ten visits each that all end alike say what a hundred visits do."""
    hits = np.repeat([0, 10], 50)[None, :]
    low, high = clustered_interval(hits, np.full((1, 100), 10), [100])
    expected = binomtest(50, 100).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=0.01)


def test_where_nothing_happened_the_customers_are_counted() -> None:
    low, high = clustered_interval(np.zeros((1, 100)), np.full((1, 100), 7), [30])
    expected = binomtest(0, 30).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((0.0, expected.high), abs=1e-9)


def group_of(customer: str) -> int:
    """Give the group that a customer's name stands for: the first four digits of its MD5, modulo 100."""
    return int(md5(customer.encode(), usedforsecurity=False).hexdigest()[:4], 16) % 100


def test_the_measures_use_it_over_groups_of_customers(log: Logs) -> None:
    """The same interval from the raw events, with the groups worked out from the customers' names."""
    rng = np.random.default_rng(5)
    lines, visits = [], []
    for number in range(60):
        customer = f"küstomer{number}"
        for _ in range(int(rng.integers(1, 6))):
            day = int(rng.integers(0, 200))
            lines.append(f"{customer} {day}d home")
            visits.append((customer, day))
    lines.append("Z 250d x")
    store = log("\n".join(lines), gap="10d")
    last: dict[str, set[int]] = {}
    for customer, day in set(visits):
        last.setdefault(customer, set()).add(day)
    hits, units = np.zeros((1, 100)), np.zeros((1, 100))
    for customer, days in last.items():
        for day in days:
            units[0, group_of(customer)] += 1
            hits[0, group_of(customer)] += not any(day < other <= day + 10 for other in days)
    row = store.dropoff().set_index("touchpoint").loc["home"]
    low, high = clustered_interval(hits, units, [len(last)])
    assert (row["mature_visits"], row["dropped"]) == (units.sum(), hits.sum())
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low[0], high[0]), abs=1e-12)
