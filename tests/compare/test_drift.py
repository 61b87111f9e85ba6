"""Drift of a mix: by hand, by plain loops and eigenvalues, against scipy, and in simulations."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from journeymap.compare.differences import Counts, clustered_differences
from journeymap.compare.drift import mix_drift, share_changes

COUNTS = st.lists(st.integers(0, 30), min_size=12, max_size=12)


def test_the_index_by_hand() -> None:
    found = mix_drift([[9.0, 10.0], [20.0, 1.0]], [[15.0, 5.0], [10.0, 10.0]])
    assert found is not None
    now, before = (19.5 / 41, 21.5 / 41), (20.5 / 41, 20.5 / 41)
    assert found.index == pytest.approx(sum((a - b) * log(a / b) for a, b in zip(now, before, strict=True)))


def test_a_mix_that_nobody_left_has_not_drifted() -> None:
    """The same customers with the same levels in both: strangers would have differed by chance, these do not."""
    rng = np.random.default_rng(3)
    mix = rng.poisson([[5.0], [2.0], [1.0]], (3, 100))
    found = mix_drift(mix, 2 * mix)
    assert found is not None
    assert found.index < 1e-5  # the half units alone
    assert found.p_value == 1.0
    assert found.by_chance == pytest.approx(0)


def test_one_side_or_one_group_says_nothing() -> None:
    assert mix_drift([[0.0, 0.0]], [[1.0, 2.0]]) is None
    found = mix_drift([[3.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [4.0, 0.0]])
    assert found is not None
    assert (found.p_value, found.by_chance) == (None, None)
    new = mix_drift([[3.0, 3.0], [1.0, 2.0]], [[3.0, 3.0], [0.0, 0.0]])
    assert new is not None
    assert 0 < new.index < 10  # a new level is not infinite
    only = mix_drift([[3.0, 3.0]], [[1.0, 2.0]])
    assert only is not None
    assert (only.index, only.p_value) == (0.0, 1.0)


@given(COUNTS, COUNTS)
def test_it_is_what_plain_loops_give(now: list[int], before: list[int]) -> None:
    a, b = (np.array(side, dtype=float).reshape(3, 4) for side in (now, before))
    found = mix_drift(a, b)
    if found is None or found.p_value is None:
        return
    if ((a + b).sum(axis=1) * min(a.sum(), b.sum()) / (a + b).sum() < 5).any():
        return  # rare levels are taken together, see below
    groups = [group for group in range(4) if a[:, group].sum() + b[:, group].sum() > 0]

    def difference(left_out: int | None) -> list[float]:
        kept = [group for group in groups if group != left_out]
        totals = [[sum(side[level][group] for group in kept) for level in range(3)] for side in (a, b)]
        return [one / sum(totals[0]) - two / sum(totals[1]) for one, two in zip(*totals, strict=True)]

    whole = np.array(difference(None))
    moved = [np.array(difference(group)) - whole for group in groups]
    covariance = (len(groups) - 1) / len(groups) * sum(np.outer(row, row) for row in moved)
    pooled = (a + b).sum(axis=1) / (a + b).sum()
    plain = (1 / a.sum() + 1 / b.sum()) * (np.diag(pooled) - np.outer(pooled, pooled))
    inner = slice(0, 2)  # the last share follows from the others
    effects = np.linalg.eigvals(np.linalg.solve(plain[inner, inner], covariance[inner, inner])).real
    if effects.sum() < 1e-9:
        return
    statistic = whole[inner] @ np.linalg.solve(plain[inner, inner], whole[inner])
    freedom = effects.sum() ** 2 / (effects**2).sum()
    p_value = stats.f.sf(statistic / effects.sum(), freedom, freedom * (len(groups) - 1))
    assert found.p_value == pytest.approx(p_value, rel=1e-6)
    assert found.by_chance == pytest.approx(effects.sum() * (1 / a.sum() + 1 / b.sum()))


def test_rare_levels_are_taken_together() -> None:
    rng = np.random.default_rng(1)
    now, before = rng.poisson(3.0, (4, 40)).astype(float), rng.poisson(2.0, (4, 40)).astype(float)
    now[2:], before[2:] = 0, 0
    now[2, 3] = before[3, 7] = 4
    now[3, 5] = 2
    assert now.sum() > before.sum() > 120
    # Of the ten units of the rare two fewer than five are expected in the smaller mix, so the next larger one joins.
    joined = [np.vstack([side[0], side[1:].sum(axis=0)]) for side in (now, before)]
    found, plain = mix_drift(now, before), mix_drift(*joined)
    assert found is not None
    assert plain is not None
    assert found.p_value == pytest.approx(plain.p_value)
    assert found.index > plain.index
    assert found.by_chance == pytest.approx(3 * plain.by_chance)  # three differences are free, not one
    two = mix_drift([[5.0, 6.0, 1.0], [0, 1.0, 0]], [[5.0, 5.0, 4.0], [0, 0, 0]])
    assert two is not None
    assert two.p_value is not None


def test_shares_by_plain_loops() -> None:
    rng = np.random.default_rng(8)
    hits = rng.poisson([[1.0], [3.0]], (2, 50)).astype(float)
    hits[1] += 1  # no group is empty
    kept = hits + rng.poisson(0.3, (2, 50))  # most are in both, with the same level
    sides = [
        Counts(side, np.broadcast_to(side.sum(axis=0), side.shape), np.full(2, 150.0), np.zeros(2))
        for side in (kept, hits)
    ]
    found, plain = share_changes(*sides), clustered_differences(*sides)
    for level in range(2):

        def difference(group: int | None, level: int = level) -> float:
            left = [np.delete(side, group, axis=1) if group is not None else side for side in (kept, hits)]
            return float(left[0][level].sum() / left[0].sum() - left[1][level].sum() / left[1].sum())

        whole = difference(None)
        error = np.sqrt(49 / 50 * sum((difference(group) - whole) ** 2 for group in range(50)))
        half = stats.t.ppf(0.975, 49) * error
        assert found.difference[level] == pytest.approx(whole)
        assert (found.ci_low[level], found.ci_high[level]) == pytest.approx((whole - half, whole + half))
        assert found.p_value[level] == pytest.approx(2 * stats.t.sf(abs(whole) / error, 49))
        assert found.ci_high[level] - found.ci_low[level] < plain.ci_high[level] - plain.ci_low[level]
    few = [Counts(side.hits[:, :3], side.units[:, :3], side.customers, side.immature) for side in sides]
    assert share_changes(*few).p_value[0] == clustered_differences(*few).p_value[0]  # fewer than ten units


def simulated(rng: np.random.Generator, n: int, shares: list[float], moves: float, repeats: int) -> float | None:
    """Customers with a level in both periods, who take another one by chance; each with several units."""
    before = rng.choice(len(shares), n, p=shares)
    now = np.where(rng.random(n) < moves, rng.choice(len(shares), n, p=shares), before)
    groups = rng.integers(0, 100, n)
    mixes = []
    for levels in (now, before):
        mix = np.zeros((len(shares), 100))
        np.add.at(mix, (levels, groups), rng.integers(1, repeats + 1, n))
        mixes.append(mix)
    found = mix_drift(*mixes)
    return None if found is None else found.p_value


def test_power_and_size() -> None:
    rng = np.random.default_rng(11)
    p_values = [simulated(rng, 600, [0.6, 0.25, 0.1, 0.05], 0.3, 3) for _ in range(200)]
    assert np.mean(np.array(p_values) < 0.05) < 0.1  # Pearson's own test would say nearly 0, or far too much
    moved = mix_drift(rng.poisson(3.0, (3, 100)), rng.poisson([[4.0], [3.0], [2.0]], (3, 100)))
    assert moved is not None
    assert moved.p_value is not None
    assert moved.p_value < 0.001


@pytest.mark.slow
@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.7, 0.2, 0.06, 0.04], [0.1] * 10])
@pytest.mark.parametrize("moves", [0.2, 1.0])
@pytest.mark.parametrize("repeats", [1, 4])
def test_it_is_rarely_wrong(shares: list[float], moves: float, repeats: int) -> None:
    rng = np.random.default_rng(5)
    p_values = np.array([simulated(rng, 400, shares, moves, repeats) for _ in range(1500)], dtype=float)
    assert np.mean(p_values < 0.05) < 0.065
    assert np.mean(p_values < 0.01) < 0.018
