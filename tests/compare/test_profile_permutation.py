"""The permutation test of all transitions together."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import sparse

from journeymap.compare.profile_permutation import Dealt, permutation_test

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def dealt(counts: object, source: list[int], is_a: object, partner: object = None) -> Dealt:
    table = np.asarray(counts, dtype=float)
    pairs = np.full(len(table), -1) if partner is None else np.asarray(partner, dtype=np.int64)
    return Dealt(sparse.csr_matrix(table), np.asarray(source, dtype=np.int64), np.asarray(is_a, dtype=np.bool_), pairs)


def statistic(counts: Floats, source: Floats, is_a: Floats) -> float:
    """Pearson's sum over the transitions, by a loop."""
    total = 0.0
    for at, whence in enumerate(source):
        same = source == whence
        leaving = counts[:, same].sum(axis=1)
        n_a, n_b = leaving[is_a].sum(), leaving[~is_a].sum()
        hits_a, hits_b = counts[is_a, at].sum(), counts[~is_a, at].sum()
        pooled = (hits_a + hits_b) / (n_a + n_b)
        if n_a and n_b and 0 < pooled < 1:
            total += (hits_a / n_a - hits_b / n_b) ** 2 / (pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    return total


def test_it_agrees_with_all_ways_to_deal_eight_customers() -> None:
    counts = np.array([[3, 0, 1], [4, 1, 1], [2, 1, 1], [3, 1, 0], [1, 3, 1], [1, 2, 1], [2, 2, 0], [1, 4, 1]], float)
    source = np.array([0, 0, 1])
    is_a = np.arange(8) < 4
    observed = statistic(counts, source, is_a)
    every = [
        statistic(counts, source, np.isin(np.arange(8), chosen)) >= observed - 1e-9
        for chosen in combinations(range(8), 4)
    ]
    found = permutation_test(dealt(counts, [0, 0, 1], is_a), n_permutations=4999)
    assert found == pytest.approx(np.mean(every), abs=0.015)


def test_who_is_on_both_sides_is_exchanged_with_himself() -> None:
    """Each of six has the same difference between the sides: one of 64 ways to turn them, and its mirror image."""
    counts = [[3, 1]] * 6 + [[1, 3]] * 6
    partner = [*range(6, 12), *range(6)]
    found = permutation_test(dealt(counts, [0, 0], np.arange(12) < 6, partner), n_permutations=4999)
    assert found == pytest.approx(2 / 64, abs=0.01)


def test_visits_of_one_customer_do_not_make_it_surer() -> None:
    """A single busy customer differs: counted by visits that is overwhelming, counted by customers it is nothing."""
    counts = [[200, 0]] + [[1, 2], [2, 1]] * 10
    found = permutation_test(dealt(counts, [0, 0], np.arange(21) < 10))
    assert found is not None
    assert found > 0.3


def test_the_same_seed_gives_the_same_answer() -> None:
    rng = np.random.default_rng(1)
    made = dealt(rng.poisson(1.0, (60, 6)), [0, 0, 0, 1, 1, 1], np.arange(60) < 25)
    assert permutation_test(made, seed=4) == permutation_test(made, seed=4)
    assert permutation_test(made, seed=4) != permutation_test(made, seed=5)


def test_nothing_to_test() -> None:
    few = [[3, 1], [1, 2], [2, 2], [4, 1]]
    assert permutation_test(dealt(few, [0, 0], [True] * 4)) is None
    assert permutation_test(dealt(few[:3], [0, 0], [True, False, True])) is None
    assert permutation_test(dealt([[1, 0], [1, 1], [0, 1], [1, 0]], [0, 0], [True, False, True, False])) is None
    assert permutation_test(dealt(np.zeros((0, 0)), [], [])) is None
    assert permutation_test(dealt([[2, 2]] * 6, [0, 0], np.arange(6) < 3)) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("n_both", [0, 80])
def test_shuffled_labels_are_found_different_as_often_as_they_should(n_both: int) -> None:
    rng = np.random.default_rng(8)
    found = []
    for _ in range(400):
        own = rng.dirichlet([1.0, 0.5, 0.2], (160 + n_both, 4))
        visits = rng.geometric(0.4, (160 + n_both, 4)) - 1
        alone = rng.multinomial(visits[:160], own[:160]).reshape(160, 12)
        halves = [rng.multinomial(rng.poisson(2, (n_both, 4)), own[160:]).reshape(n_both, 12) for _ in range(2)]
        is_a = np.concatenate([rng.permutation(160) < 40, np.ones(n_both, bool), np.zeros(n_both, bool)])
        partner = np.concatenate([np.full(160, -1), 160 + n_both + np.arange(n_both), 160 + np.arange(n_both)])
        made = dealt(np.concatenate([alone, *halves]), np.repeat(np.arange(4), 3).tolist(), is_a, partner)
        found.append(permutation_test(made, n_permutations=199))
    rate = np.mean([value is not None and value <= 0.05 for value in found])
    assert 0.025 <= rate <= 0.08
