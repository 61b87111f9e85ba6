"""How many clusters there are, and where to begin looking for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from journeymap.segments.markov_mixture import Mixture, bic, fit_from, log_joint, normalise, pooled_probabilities

if TYPE_CHECKING:
    from journeymap.segments.markov_mixture import Counts, Floats, Integers

MOST_CLUSTERS: Final = 8
"""How many clusters are tried at the most, unless more are asked for."""

SAMPLE_CUSTOMERS: Final = 20_000
"""Of more customers than this, so many drawn at random decide how many clusters there are and where they lie."""

N_STARTS: Final = 6
"""How many starts are drawn for each number of clusters, besides the splits of one cluster fewer."""

_SHORT_RUN: Final = 12
_SEEDS_FROM: Final = 2_000
_SEED_VISITS: Final = 0.3
_PATIENCE: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A fitted mixture, and how its number of clusters was chosen.

    Attributes
    ----------
    mixture
        Fitted to all customers.
    criteria
        (number of clusters, BIC) of each number that was tried; smaller is better.
    n_sampled
        How many customers decided.
    """

    mixture: Mixture
    criteria: tuple[tuple[int, float], ...]
    n_sampled: int


def choose_mixture(
    counts: Counts, sources: Integers, *, n_clusters: int | None = None, most: int = MOST_CLUSTERS, seed: int = 0
) -> Choice:
    """Fit mixtures of one cluster, two and so on, and keep the one with the smallest BIC.

    Numbers are tried until two in a row are no better than the best. For each, several starts run for a few
    iterations and the best of them to its end (Biernacki, Celeux and Govaert, 2003). Where there are more customers
    than ``SAMPLE_CUSTOMERS``, this is done with a sample of them, and the chosen mixture then goes on with all.

    Parameters
    ----------
    counts
        Transitions of each customer, shape (customers, transitions); every transition occurs.
    sources
        The number of each transition's source, shape (transitions,).
    n_clusters
        Take this number; None: choose it.
    most
        The largest number to try.
    seed
        Of the sample and the starts; the same seed gives the same clusters.

    Returns
    -------
    Choice
        The mixture, its clusters in order of their size, and the criteria.
    """
    random = np.random.default_rng(seed)
    rows = sample_rows(counts.shape[0], random)
    sample = counts if rows is None else counts[rows]
    pooled = pooled_probabilities(counts, sources)
    criteria: list[tuple[int, float]] = []
    best = latest = fit_from(sample, sources, pooled, np.ones((sample.shape[0], 1)))
    criteria.append((1, bic(best, sources, sample.shape[0])))
    best_bic, worse = criteria[0][1], 0
    # Also where the number is given: what fewer clusters found is the best place to begin with one more.
    for number in range(2, (n_clusters or most) + 1):
        latest = best_of_starts(sample, sources, pooled, number, random, before=latest)
        criterion = bic(latest, sources, sample.shape[0])
        criteria.append((number, criterion))
        if criterion < best_bic or n_clusters is not None:
            best, best_bic, worse = latest, criterion, 0
        else:
            worse += 1
        if worse == _PATIENCE:
            break
    if rows is not None:
        best = fit_from(counts, sources, pooled, normalise(log_joint(counts, best))[0], tolerance=1e-4)
    return Choice(_by_size(best), tuple(criteria), sample.shape[0])


def sample_rows(n_customers: int, random: np.random.Generator) -> Integers | None:
    """Draw the rows of a sample, in order; None where all are taken."""
    if n_customers <= SAMPLE_CUSTOMERS:
        return None
    rows: Integers = np.sort(random.choice(n_customers, size=SAMPLE_CUSTOMERS, replace=False))
    return rows


def best_of_starts(
    counts: Counts,
    sources: Integers,
    pooled: Floats,
    n_clusters: int,
    random: np.random.Generator,
    *,
    before: Mixture,
) -> Mixture:
    """Run several starts for a few iterations, and the best of them to its end.

    Parameters
    ----------
    counts, sources, pooled
        As in :func:`journeymap.segments.markov_mixture.fit_from`.
    n_clusters
        How many clusters.
    random
        Draws the starts.
    before
        A mixture of one cluster fewer: splitting each of its clusters is a start as well.
    """
    starts = [_seeded(counts, sources, pooled, n_clusters, random) for _ in range(N_STARTS)]
    memberships = normalise(log_joint(counts, before))[0]
    starts += [_split(counts, sources, pooled, memberships, at, random) for at in range(n_clusters - 1)]
    runs = [fit_from(counts, sources, pooled, start, most_iterations=_SHORT_RUN) for start in starts]
    leader = max(runs, key=lambda run: run.objective)
    return fit_from(counts, sources, pooled, normalise(log_joint(counts, leader))[0])


def _seeded(counts: Counts, sources: Integers, pooled: Floats, n_clusters: int, random: np.random.Generator) -> Floats:
    """Begin with customers who are far from one another, as k-means++ does (Arthur and Vassilvitskii, 2007).

    How far a customer is from a cluster: what the likelihood loses against a chain of the customer's own.
    """
    rows = random.choice(counts.shape[0], size=min(counts.shape[0], _SEEDS_FROM), replace=False)
    few = counts[rows]
    own: Floats = np.asarray((few * _own_logs(few, sources, pooled)).sum(axis=1))
    columns: list[Floats] = []
    distance = np.ones(len(rows))
    for _ in range(n_clusters):
        total = distance.sum()
        chosen = int(random.choice(len(rows), p=distance / total if total > 0 else None))
        columns.append(_chain_around(few, sources, pooled, chosen))
        likelihood = few @ np.stack(columns, axis=1)
        distance = np.maximum(own - likelihood.max(axis=1), 0.0)
    return normalise(counts @ np.stack(columns, axis=1))[0]


def _own_logs(few: Counts, sources: Integers, pooled: Floats) -> Counts:
    """Give the logarithm of each customer's own probabilities, shrunk towards all customers'; 0 where not gone."""
    entries = few.tocoo()
    n_sources = int(sources.max()) + 1
    cell = entries.row.astype(np.int64) * n_sources + sources[entries.col]
    visits = np.bincount(cell, entries.data, minlength=few.shape[0] * n_sources)[cell]
    logs = few.copy()
    logs.data = np.log((entries.data + _SEED_VISITS * pooled[entries.col]) / (visits + _SEED_VISITS))
    return logs


def _chain_around(few: Counts, sources: Integers, pooled: Floats, chosen: int) -> Floats:
    own = few[[chosen]].toarray()[0]
    visits = np.bincount(sources, own)[sources]
    return np.asarray(np.log((own + _SEED_VISITS * pooled) / (visits + _SEED_VISITS)))


def _split(
    counts: Counts, sources: Integers, pooled: Floats, memberships: Floats, cluster: int, random: np.random.Generator
) -> Floats:
    """Begin with memberships in which one cluster falls in two, by a pair of its customers."""
    wide = np.concatenate([memberships, np.zeros((len(memberships), 1))], axis=1)
    members = np.flatnonzero(memberships.argmax(axis=1) == cluster)
    if len(members) < 2:  # noqa: PLR2004 - two halves need two customers
        members = np.arange(len(memberships))
    halves = _seeded(counts[members], sources, pooled, 2, random)
    wide[members, -1] = memberships[members, cluster] * halves[:, 1]
    wide[members, cluster] *= halves[:, 0]
    return wide


def _by_size(mixture: Mixture) -> Mixture:
    order = np.argsort(-mixture.log_weights, kind="stable")
    return Mixture(
        mixture.log_weights[order],
        mixture.log_probabilities[:, order],
        mixture.log_likelihood,
        mixture.objective,
        mixture.n_iterations,
    )
