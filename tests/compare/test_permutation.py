"""Effects by hand and by scipy; exchanges that keep customers whole; p-values that are what they say."""

from __future__ import annotations

from math import log2
from typing import Any

import numpy as np
import pytest
from scipy import sparse, stats

from journeymap.compare.permutation import (
    Effect,
    Exchange,
    PathDivergence,
    any_of,
    cramers_v_squared,
    measure_effects,
)


def matrix(rows: list[list[int]]) -> Any:
    return sparse.csr_array(np.array(rows, dtype=np.float64))


def test_cramers_v_is_scipys() -> None:
    random = np.random.default_rng(3)
    levels, mature = random.integers(4, size=300), random.integers(2, size=300).astype(float)
    converted = mature * random.integers(2, size=300)
    table = np.array(
        [[(mature * converted * (levels == one)).sum(), (mature * (1 - converted) * (levels == one)).sum()]
         for one in range(4)]
    )  # fmt: skip
    expected = stats.contingency.association(table.astype(int), method="cramer")
    assert cramers_v_squared(levels, converted, mature) == pytest.approx(expected**2)


def test_where_all_or_none_convert_nothing_is_divided() -> None:
    levels, ones = np.array([0, 1]), np.ones(2)
    assert cramers_v_squared(levels, ones, ones) == 0
    assert cramers_v_squared(levels, np.zeros(2), ones) == 0
    assert cramers_v_squared(levels, np.zeros(2), np.zeros(2)) == 0


def test_the_divergence_is_that_of_jensen_and_shannon() -> None:
    # Two levels with 4 transitions each from 'a' to b or c: (3, 1) and (1, 3). From 'd' there is only one way.
    counts = matrix([[3, 1, 2], [1, 3, 2]])
    found = PathDivergence(counts, np.array([0, 0, 1]))(np.array([0, 1]))
    entropy = -(0.75 * log2(0.75) + 0.25 * log2(0.25))
    assert found.tolist() == pytest.approx([8 / 12 * (1 - entropy)])
    together = stats.entropy([0.5, 0.5], base=2) - np.mean([stats.entropy(row, base=2) for row in ([3, 1], [1, 3])])
    assert found[0] == pytest.approx(8 / 12 * together)


def test_transitions_are_tested_one_by_one_where_they_are_frequent() -> None:
    # From 'a' to b, c and d; d is too rare. From 'e' there is one way only.
    counts, levels = matrix([[15, 25, 5, 30], [25, 15, 5, 30]]), np.array([0, 1])
    divergence = PathDivergence(counts, np.array([0, 0, 0, 1]))
    assert divergence.tested.tolist() == [0, 1]
    found = divergence(levels)
    for at in (0, 1):
        table = [[gone, 45 - gone] for gone in counts.toarray()[:, at]]
        ratio = stats.chi2_contingency(table, lambda_="log-likelihood", correction=False)[0]
        assert found[at] * 2 * 150 * np.log(2) == pytest.approx(ratio)
    assert len(found) == 3


def test_the_divergence_is_the_likelihood_ratio_of_one_chain() -> None:
    random = np.random.default_rng(5)
    counts, levels = matrix(random.integers(1, 6, size=(30, 5)).tolist()), np.arange(30) % 3
    sources = np.array([0, 0, 0, 1, 1])
    table = np.array([counts.toarray()[levels == one].sum(axis=0) for one in range(3)])
    ratio = sum(
        stats.chi2_contingency(table[:, sources == source], lambda_="log-likelihood", correction=False)[0]
        for source in (0, 1)
    )
    assert PathDivergence(counts, sources)(levels)[-1] * 2 * counts.sum() * np.log(2) == pytest.approx(ratio)


def test_no_transitions_diverge_in_nothing() -> None:
    empty = sparse.csr_array((3, 0))
    assert PathDivergence(empty, np.zeros(0, dtype=int))(np.array([0, 1, 1])).tolist() == [0]


def test_exchanges_keep_customers_whole_and_the_number_of_journeys() -> None:
    # Customers with 1, 2, 1, 2 and 3 journeys; each journey carries its customer and its number.
    customers = np.array([4, 7, 7, 9, 11, 11, 20, 20, 20])
    steps = np.array([0, 0, 1, 0, 0, 1, 0, 1, 2])
    seen = set()
    for order in Exchange(customers).orders(50, seed=1):
        assert sorted(order.tolist()) == list(range(9))
        assert (steps[order] == steps).all()
        assert order[6:].tolist() == [6, 7, 8]  # nobody else has three
        assert customers[order][1] == customers[order][2]
        seen.add(tuple(order.tolist()))
    assert len(seen) == 4
    assert [order.tolist() for order in Exchange(np.zeros(0, dtype=int)).orders(1, seed=0)] == [[]]


def test_nothing_that_can_change_has_no_p_value() -> None:
    exchange = Exchange(np.array([1, 2, 2]))
    (effect,) = measure_effects(np.array([0, 1, 1]), exchange, lambda levels: np.array([levels[0]]), n=30, seed=0)
    assert effect == Effect(0.0, 0.0, None)
    assert any_of([effect]) == (None, 0)


def test_p_values_of_chance_are_even() -> None:
    random = np.random.default_rng(8)
    converted, ones = random.integers(2, size=400).astype(float), np.ones(400)
    exchange, found = Exchange(np.arange(400)), []
    for draw in range(60):
        levels = random.integers(3, size=400)
        (effect,) = measure_effects(
            levels, exchange, lambda one: np.array([cramers_v_squared(one, converted, ones)]), n=60, seed=draw
        )
        found.append(effect.p_value)
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) < 0.05) < 0.15


def test_a_large_effect_has_a_small_p_value_close_to_the_exact_one() -> None:
    # 40 customers, 16 of 20 against 6 of 20: the exact test of all exchanges is Fisher's.
    levels = np.repeat([0, 1], 20)
    converted = np.r_[np.ones(16), np.zeros(4), np.ones(6), np.zeros(14)]
    (effect,) = measure_effects(
        levels, Exchange(np.arange(40)), lambda one: np.array([cramers_v_squared(one, converted, np.ones(40))]),
        n=2000, seed=1,
    )  # fmt: skip
    exact = stats.fisher_exact([[16, 4], [6, 14]]).pvalue
    assert effect.p_value == pytest.approx(exact, rel=1)
    assert effect.by_chance == pytest.approx(1 / 39, rel=0.1)
