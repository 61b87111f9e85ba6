"""Clusters against the types that customers were drawn from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from segments.chains import drawn, rand_index

from journeymap.segments import choose_clusters, stability
from journeymap.segments.choose_clusters import choose_mixture
from journeymap.segments.markov_mixture import fit_from, log_joint, pooled_probabilities
from journeymap.segments.stability import adjusted_rand_index, measure_stability

THREE: dict[str, dict[str, Any]] = {
    "three types": {"n_types": 3, "separation": 0.6, "mean_steps": 20},
    "one type in twenty": {"n_types": 3, "separation": 0.7, "mean_steps": 20, "shares": (0.7, 0.25, 0.05)},
    "short journeys": {"n_types": 3, "separation": 1.0, "mean_steps": 8},
    # What can be told from three events depends much on the chains: these are among the easier ones of their kind.
    "three events": {"n_types": 3, "separation": 1.0, "mean_steps": 3, "n_touchpoints": 6},
}


def clusters_of(counts: Any, mixture: Any) -> list[int]:
    found: list[int] = log_joint(counts, mixture).argmax(axis=1).tolist()
    return found


@pytest.mark.parametrize("case", THREE)
def test_types_are_recovered_nearly_as_well_as_they_can_be(case: str) -> None:
    counts, sources, types, best = drawn(3, **THREE[case])
    chosen = choose_mixture(counts, sources, seed=1)
    reachable = rand_index(types, best)
    assert chosen.mixture.n_clusters == THREE[case]["n_types"]
    assert rand_index(types, clusters_of(counts, chosen.mixture)) >= 0.9 * reachable > 0.2


@pytest.mark.parametrize("mean_steps", [3, 20])
def test_one_type_is_one_cluster(mean_steps: int) -> None:
    counts, sources, _, _ = drawn(2, 1500, n_types=1, mean_steps=mean_steps)
    assert choose_mixture(counts, sources).mixture.n_clusters == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_recovery_in_twenty_draws(seed: int) -> None:
    for case in ("three types", "one type in twenty", "short journeys"):
        counts, sources, types, best = drawn(seed, **THREE[case])
        found = clusters_of(counts, choose_mixture(counts, sources, seed=seed).mixture)
        assert rand_index(types, found) >= 0.9 * rand_index(types, best), case
    counts, sources, _, _ = drawn(seed, n_types=1, mean_steps=20)
    assert choose_mixture(counts, sources, seed=seed).mixture.n_clusters == 1


def test_the_same_seed_gives_the_same_clusters() -> None:
    counts, sources, _, _ = drawn(4, 500, n_types=2, separation=0.8)
    one, other = (choose_mixture(counts, sources, seed=7) for _ in range(2))
    assert one.criteria == other.criteria
    assert np.array_equal(one.mixture.log_probabilities, other.mixture.log_probabilities)


def test_clusters_are_in_the_order_of_their_size() -> None:
    counts, sources, _, _ = drawn(5, 800, n_types=3, separation=0.9, mean_steps=20, shares=(0.2, 0.5, 0.3))
    weights = choose_mixture(counts, sources).mixture.log_weights
    assert len(weights) == 3
    assert (np.diff(weights) <= 0).all()


def test_a_number_that_is_given_is_kept_whatever_bic_says() -> None:
    counts, sources, _, _ = drawn(2, 500, n_types=1)
    chosen = choose_mixture(counts, sources, n_clusters=3)
    assert chosen.mixture.n_clusters == 3
    assert [number for number, _ in chosen.criteria] == [1, 2, 3]
    assert min(chosen.criteria, key=lambda tried: tried[1])[0] == 1


def test_the_largest_number_tried_is_a_bound() -> None:
    counts, sources, _, _ = drawn(1, 500, **THREE["three types"])
    assert choose_mixture(counts, sources, most=2).mixture.n_clusters == 2
    assert choose_mixture(counts, sources, most=1).mixture.n_clusters == 1


def test_no_start_beats_the_truth_by_far_nor_falls_far_behind() -> None:
    counts, sources, types, _ = drawn(6, 1500, n_types=4, separation=0.7, mean_steps=20)
    chosen = choose_mixture(counts, sources).mixture
    true = fit_from(counts, sources, pooled_probabilities(counts, sources), np.eye(4)[types])
    assert chosen.objective >= true.objective - 1


def test_a_sample_decides_and_all_customers_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, sources, types, best = drawn(1, 2000, **THREE["three types"])
    monkeypatch.setattr(choose_clusters, "SAMPLE_CUSTOMERS", 1000)
    chosen = choose_mixture(counts, sources)
    assert chosen.n_sampled == 1000
    assert rand_index(types, clusters_of(counts, chosen.mixture)) >= 0.9 * rand_index(types, best)


def test_customers_who_are_all_the_same_are_one_cluster() -> None:
    counts = sparse.csr_array(np.ones((30, 3)))
    sources = np.array([0, 1, 2])
    assert choose_mixture(counts, sources).mixture.n_clusters == 1
    assert choose_mixture(counts, sources, n_clusters=2).mixture.n_clusters == 2


def test_the_rand_index_is_its_formula() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        one, other = random.integers(4, size=40), random.integers(3, size=40)
        assert adjusted_rand_index(one, other) == pytest.approx(rand_index(one.tolist(), other.tolist()))
    # The example of Hubert and Arabie's formula by hand: pairs together in both 2, rows 6, columns 4, of 15.
    left, right = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    assert adjusted_rand_index(left, right) == pytest.approx((2 - 6 * 3 / 15) / ((6 + 3) / 2 - 6 * 3 / 15))
    assert adjusted_rand_index(np.zeros(5, dtype=int), np.zeros(5, dtype=int)) == 1


def test_types_are_stable_and_chance_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, sources, _, _ = drawn(1, 600, n_types=2, separation=0.9, mean_steps=20)
    found = measure_stability(counts, sources, choose_mixture(counts, sources).mixture, n_resamples=3)
    assert min(found.jaccard) > 0.9
    assert found.rand_index > 0.8
    again = measure_stability(counts, sources, choose_mixture(counts, sources).mixture, n_resamples=3)
    assert found == again
    counts, sources, _, _ = drawn(1, 500, n_types=1, mean_steps=20)
    chance = measure_stability(counts, sources, choose_mixture(counts, sources, n_clusters=3).mixture, n_resamples=3)
    assert min(chance.jaccard) < 0.6
    assert chance.rand_index < 0.5
    monkeypatch.setattr(stability, "RESAMPLE_CUSTOMERS", 50)
    assert len(measure_stability(counts, sources, choose_mixture(counts, sources).mixture).jaccard) == 1
