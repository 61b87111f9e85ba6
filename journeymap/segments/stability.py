"""Stability: whether the same clusters are found in another draw of the customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from journeymap.segments.choose_clusters import choose_mixture, sample_rows
from journeymap.segments.markov_mixture import log_joint

if TYPE_CHECKING:
    from journeymap.segments.markov_mixture import Counts, Floats, Integers, Mixture

N_RESAMPLES: Final = 10
"""How many resamples show whether clusters are stable."""

RESAMPLE_CUSTOMERS: Final = 10_000
"""How many customers a resample has at the most."""


def adjusted_rand_index(one: Integers, other: Integers) -> float:
    """Give how alike two partitions are (Hubert and Arabie, 1985): 1 where they are the same, 0 as by chance.

    Examples
    --------
    >>> import numpy as np
    >>> adjusted_rand_index(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    table = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(table, (one, other), 1)
    together, rows, columns = (_pairs(side) for side in (table, table.sum(axis=1), table.sum(axis=0)))
    by_chance = rows * columns / max(_pairs(np.array([float(len(one))])), 1.0)
    highest = (rows + columns) / 2
    return 1.0 if highest == by_chance else float((together - by_chance) / (highest - by_chance))


def _pairs(sizes: Floats) -> float:
    return float((sizes * (sizes - 1) / 2).sum())


@dataclass(frozen=True, slots=True)
class Stability:
    """Whether the same clusters are found in other draws of the customers.

    Attributes
    ----------
    jaccard
        For each cluster the mean over the resamples of its likeness to the cluster that is most like it: customers in
        both over customers in either, 0 to 1. Below 0.6 a cluster is hardly one; from 0.75 it is stable (Hennig, 2007).
    rand_index
        The mean adjusted Rand index between the clusters and those of the resamples.
    """

    jaccard: tuple[float, ...]
    rand_index: float


def measure_stability(
    counts: Counts, sources: Integers, mixture: Mixture, *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> Stability:
    """Cluster resamples of the customers, and see whether the same customers come together.

    Each resample draws as many customers as there are, 10,000 at the most, with replacement (the bootstrap of Hennig,
    2007), looks for as many clusters anew, and then all customers (20,000 at the most) are given to them.

    Parameters
    ----------
    counts, sources
        As in :func:`choose_mixture`.
    mixture
        What was found.
    n_resamples
        How many resamples.
    seed
        Of the resamples.

    Returns
    -------
    Stability
        One likeness per cluster, and one for the whole.
    """
    random = np.random.default_rng([seed, 1])
    rows = sample_rows(counts.shape[0], random)
    judged = counts if rows is None else counts[rows]
    found = log_joint(judged, mixture).argmax(axis=1)
    likeness, agreement = np.zeros(mixture.n_clusters), 0.0
    for at in range(n_resamples):
        drawn = judged[np.sort(random.integers(judged.shape[0], size=min(judged.shape[0], RESAMPLE_CUSTOMERS)))]
        kept = np.flatnonzero(np.diff(drawn.tocsc().indptr))
        again = choose_mixture(
            drawn[:, kept], _renumbered(sources[kept]), n_clusters=mixture.n_clusters, seed=seed + at + 1
        ).mixture
        joint = judged[:, kept] @ again.log_probabilities + again.log_weights
        anew = np.asarray(joint).argmax(axis=1)
        likeness += _likeness(found, anew, mixture.n_clusters)
        agreement += adjusted_rand_index(found, anew)
    return Stability(tuple((likeness / n_resamples).tolist()), agreement / n_resamples)


def _renumbered(sources: Integers) -> Integers:
    found: Integers = np.unique(sources, return_inverse=True)[1].astype(np.int64)
    return found


def _likeness(found: Integers, anew: Integers, n_clusters: int) -> Floats:
    both = np.zeros((n_clusters, n_clusters))
    np.add.at(both, (found, anew), 1)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    highest: Floats = (both / np.maximum(either, 1)).max(axis=1)
    return highest
