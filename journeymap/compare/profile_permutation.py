"""One test for everything at once: whether the profiles of two sides differ by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

N_PERMUTATIONS: Final = 999
SEED: Final = 20_240_229
LEAST_HITS: Final = 5
"""Transitions that are rarer than this say nothing and are left out."""

_LEAST_UNITS: Final = 4
_AT_ONCE: Final = 250
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Dealt:
    """What customers did, in a form in which they can be dealt anew.

    Attributes
    ----------
    counts
        How often each customer (or small block of customers) made each transition on one side, shape
        (units, transitions).
    source
        The number of each transition's source, shape (transitions,).
    is_a
        Whether each unit stands on side a, shape (units,).
    partner
        For a unit of customers on both sides the number of the unit with what they did on the other one; else -1.
    """

    counts: sparse.csr_matrix[np.float64]
    source: npt.NDArray[np.int64]
    is_a: npt.NDArray[np.bool_]
    partner: npt.NDArray[np.int64]


def permutation_test(dealt: Dealt, *, n_permutations: int = N_PERMUTATIONS, seed: int = SEED) -> float | None:
    """Test whether two sides have the same profile of transitions.

    Parameters
    ----------
    dealt
        What the customers of both sides did.
    n_permutations
        How often the customers are dealt anew.
    seed
        Of the random numbers; the same seed gives the same p-value.

    Returns
    -------
    float or None
        (1 + permutations at least as extreme) / (1 + n_permutations); None where fewer than four units can be dealt, a
        side is empty, or no transition is frequent enough.

    Notes
    -----
    The statistic is the sum over the transitions of the squared difference of the two shares, each over its binomial
    variance under the pooled share. A permutation deals the side anew: among the customers on one side only, as many to
    each side as there were; for customers on both, at random which of their two parts stands on which. All that a
    customer did stays together, so that visits of one customer, which are alike, make no difference. The p-value counts
    the observed dealing as one of the permutations (Phipson and Smyth, 2010).
    """
    total = np.asarray(dealt.counts.sum(axis=0)).ravel()
    frequent = total >= LEAST_HITS
    is_a = dealt.is_a
    if not frequent.any() or len(is_a) < _LEAST_UNITS or is_a.all() or not is_a.any():
        return None
    # Shares are over everything that leaves a source, rare transitions included.
    sources, source = np.unique(dealt.source, return_inverse=True)
    of_source = sparse.csr_matrix(
        (np.ones(len(source)), (np.arange(len(source)), source)), shape=(len(source), len(sources))
    )
    leaving = sparse.csr_matrix(dealt.counts @ of_source)
    counts = sparse.csr_matrix(dealt.counts[:, np.flatnonzero(frequent)])
    source, total = source[frequent], total[frequent]
    everything = np.asarray(leaving.sum(axis=0)).ravel()
    pooled = total / everything[source]

    def statistic(chosen: Floats) -> Floats:
        hits = np.asarray(chosen @ counts)
        units = np.asarray(chosen @ leaving)[:, source]
        variance = pooled * (1 - pooled) * units * (everything[source] - units) / everything[source]
        excess = (hits - pooled * units) ** 2
        return np.asarray(
            np.divide(excess, variance, out=np.zeros_like(excess), where=variance > _ROUNDING).sum(axis=1)
        )

    observed = float(statistic(is_a[None, :].astype(np.float64))[0])
    rng = np.random.default_rng(seed)
    extreme = 0
    for begin in range(0, n_permutations, _AT_ONCE):
        chosen = _deal(dealt, min(_AT_ONCE, n_permutations - begin), rng)
        # Equal ones count as extreme; rounding must not decide.
        extreme += int((statistic(chosen) >= observed * (1 - 1e-9)).sum())
    return (1 + extreme) / (1 + n_permutations)


def _deal(dealt: Dealt, n: int, rng: np.random.Generator) -> Floats:
    """Draw who stands on side a, shape (n, units)."""
    chosen = np.tile(dealt.is_a.astype(np.float64), (n, 1))
    alone = np.flatnonzero(dealt.partner < 0)
    chosen[:, alone] = rng.permuted(chosen[:, alone], axis=1)
    first = np.flatnonzero(dealt.partner > np.arange(len(dealt.partner)))
    swapped = rng.random((n, len(first))) < 0.5  # noqa: PLR2004 - a fair coin
    chosen[:, first] = np.where(swapped, 1 - chosen[:, first], chosen[:, first])
    chosen[:, dealt.partner[first]] = 1 - chosen[:, first]
    return chosen
