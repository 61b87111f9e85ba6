"""The mixture of Markov chains against the same sums written as plain loops."""

from __future__ import annotations

from math import exp, isclose, log
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from segments.chains import drawn

from journeymap.segments.markov_mixture import (
    PRIOR_VISITS,
    Mixture,
    bic,
    fit_from,
    log_joint,
    maximise,
    n_parameters,
    normalise,
    pooled_probabilities,
)

# Four customers, five transitions from two sources (0: columns 0 to 2, 1: columns 3 and 4).
COUNTS = [[3, 1, 0, 2, 0], [2, 0, 1, 4, 1], [0, 3, 0, 0, 5], [1, 4, 1, 1, 3]]
SOURCES = [0, 0, 0, 1, 1]
BEGIN = [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]]


def matrix(rows: list[list[int]]) -> Any:
    return sparse.csr_array(np.array(rows, dtype=np.float64))


def em_in_loops(iterations: int) -> tuple[list[float], list[list[float]], list[list[float]], float]:
    """Give weights, probabilities by transition and cluster, memberships and log-likelihood after some iterations."""
    n, d, k = len(COUNTS), len(SOURCES), 2
    column = [sum(row[t] for row in COUNTS) for t in range(d)]
    pooled = [column[t] / sum(column[u] for u in range(d) if SOURCES[u] == SOURCES[t]) for t in range(d)]
    member = [list(row) for row in BEGIN]
    weights: list[float] = []
    chances: list[list[float]] = []
    likelihood = 0.0
    for _ in range(iterations):
        weights = [(sum(member[i][c] for i in range(n)) + 1) / (n + k) for c in range(k)]
        chances = []
        for t in range(d):
            row = []
            for c in range(k):
                expected = sum(member[i][c] * COUNTS[i][t] for i in range(n)) + pooled[t]
                visits = sum(
                    sum(member[i][c] * COUNTS[i][u] for i in range(n)) + pooled[u]
                    for u in range(d)
                    if SOURCES[u] == SOURCES[t]
                )
                row.append(expected / visits)
            chances.append(row)
        likelihood = 0.0
        for i in range(n):
            joint = [weights[c] * exp(sum(COUNTS[i][t] * log(chances[t][c]) for t in range(d))) for c in range(k)]
            likelihood += log(sum(joint))
            member[i] = [value / sum(joint) for value in joint]
    return weights, chances, member, likelihood


@pytest.mark.parametrize("iterations", [1, 2, 7])
def test_iterations_are_those_of_plain_loops(iterations: int) -> None:
    counts, sources = matrix(COUNTS), np.array(SOURCES)
    pooled = pooled_probabilities(counts, sources)
    fitted = fit_from(counts, sources, pooled, np.array(BEGIN), most_iterations=iterations, tolerance=-1)
    weights, chances, member, likelihood = em_in_loops(iterations)
    assert fitted.n_iterations == iterations
    np.testing.assert_allclose(np.exp(fitted.log_weights), weights, rtol=1e-12)
    np.testing.assert_allclose(np.exp(fitted.log_probabilities), chances, rtol=1e-12)
    np.testing.assert_allclose(normalise(log_joint(counts, fitted))[0], member, rtol=1e-10)
    assert isclose(fitted.log_likelihood, likelihood, rel_tol=1e-12)


def test_no_iteration_loses() -> None:
    counts, sources, types, _ = drawn(3, 300, n_types=2, separation=0.4)
    pooled = pooled_probabilities(counts, sources)
    begin = np.eye(2)[np.arange(len(types)) % 2] * 0.2 + 0.4
    before = -np.inf
    for iterations in range(1, 25):
        fitted = fit_from(counts, sources, pooled, begin, most_iterations=iterations, tolerance=-1)
        assert fitted.objective >= before - 1e-9
        before = fitted.objective


def test_probabilities_from_a_source_add_up_to_one_and_none_is_impossible() -> None:
    counts, sources = matrix([[5, 0, 1, 0], [0, 4, 0, 1]]), np.array([0, 0, 1, 1])
    pooled = pooled_probabilities(counts, sources)
    log_weights, logs = maximise(counts, sources, pooled, np.eye(2))
    chances = np.exp(logs)
    # Cluster 1 saw the first transition five times and the second never: (0 + 4/9) / (5 + 1).
    assert chances[1, 0] == pytest.approx((PRIOR_VISITS * 4 / 9) / 6)
    assert chances[:2].sum(axis=0) == pytest.approx([1, 1])
    assert chances[2:].sum(axis=0) == pytest.approx([1, 1])
    assert np.exp(log_weights) == pytest.approx([0.5, 0.5])


def test_parameters_are_those_that_can_be_chosen() -> None:
    # From source 0 three transitions (two free), from source 1 two (one free): 3 per cluster, and the shares but one.
    assert [n_parameters(np.array(SOURCES), k) for k in (1, 2, 3)] == [3, 7, 11]


def test_bic_is_its_formula() -> None:
    mixture = Mixture(np.log([0.5, 0.5]), np.zeros((5, 2)), -100.0, -101.0, 1)
    assert bic(mixture, np.array(SOURCES), 50) == pytest.approx(200 + 7 * log(50))


def test_one_cluster_is_the_pooled_chain() -> None:
    counts, sources = matrix(COUNTS), np.array(SOURCES)
    pooled = pooled_probabilities(counts, sources)
    assert pooled.tolist() == pytest.approx([6 / 16, 8 / 16, 2 / 16, 7 / 16, 9 / 16])
    fitted = fit_from(counts, sources, pooled, np.ones((4, 1)))
    assert np.exp(fitted.log_probabilities[:, 0]) == pytest.approx(pooled)
    assert fitted.log_likelihood == pytest.approx(sum(counts.sum(axis=0) * np.log(pooled)))


def test_thousands_of_events_of_one_customer_do_not_underflow() -> None:
    counts, sources = matrix([[100_000, 1, 0, 0], [0, 1, 100_000, 1]]), np.array([0, 0, 1, 1])
    pooled = pooled_probabilities(counts, sources)
    fitted = fit_from(counts, sources, pooled, np.array([[0.6, 0.4], [0.4, 0.6]]))
    members, totals = normalise(log_joint(counts, fitted))
    assert np.isfinite(totals).all()
    assert members.sum(axis=1) == pytest.approx([1, 1])
    assert members.argmax(axis=1).tolist() == [0, 1]
