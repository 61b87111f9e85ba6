"""A mixture of Markov chains: customers as draws from a few chains, fitted by expectation and maximisation.

Cadez, Heckerman, Meek, Smyth and White (2003), "Model-based clustering and visualization of navigation patterns on a
web site". A customer's counts of transitions are all that the likelihood needs, so an iteration costs two products of
a sparse matrix (customers by transitions) with a narrow one, whatever the length of the journeys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    Floats = NDArray[np.float64]
    Integers = NDArray[np.integer[Any]]
    Counts = sparse.csr_array[np.float64]

PRIOR_VISITS: Final = 1.0
"""How many visits to each source a cluster is given beforehand, spread as the visits of all customers are."""

TOLERANCE: Final = 1e-6
"""An iteration that gains less than this per customer is the last."""

MOST_ITERATIONS: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted mixture.

    Attributes
    ----------
    log_weights
        The logarithm of each cluster's share, shape (clusters,).
    log_probabilities
        The logarithm of each transition's probability given its source, shape (transitions, clusters).
    log_likelihood
        Of the customers it was fitted to (natural logarithm, the prior left out).
    objective
        The log-likelihood and the logarithm of the prior: what rises with each iteration.
    n_iterations
        How many it took.
    """

    log_weights: Floats
    log_probabilities: Floats
    log_likelihood: float
    objective: float
    n_iterations: int

    @property
    def n_clusters(self) -> int:
        """How many clusters it has."""
        return len(self.log_weights)


def log_joint(counts: Counts, mixture: Mixture) -> Floats:
    """Give the logarithm of each customer's likelihood in each cluster, times the cluster's share.

    Parameters
    ----------
    counts
        Transitions of each customer, shape (customers, transitions).
    mixture
        The mixture.

    Returns
    -------
    array of float, shape (customers, clusters)
    """
    found = np.asarray(counts @ mixture.log_probabilities)
    return found + mixture.log_weights


def normalise(joint: Floats) -> tuple[Floats, Floats]:
    """Turn joint logarithms into memberships.

    Returns
    -------
    memberships : array of float, shape (customers, clusters)
        The probability of each cluster given the customer's transitions; a row adds up to 1.
    totals : array of float, shape (customers,)
        The logarithm of each customer's likelihood.
    """
    highest = joint.max(axis=1, keepdims=True)
    shares = np.exp(joint - highest)
    sums = shares.sum(axis=1, keepdims=True)
    shares /= sums
    return shares, (highest + np.log(sums))[:, 0]


def pooled_probabilities(counts: Counts, sources: Integers) -> Floats:
    """Give the probability of each transition given its source, over all customers, shape (transitions,)."""
    totals = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
    return totals / np.maximum(np.bincount(sources, totals), 1e-300)[sources]


def maximise(counts: Counts, sources: Integers, pooled: Floats, memberships: Floats) -> tuple[Floats, Floats]:
    """Give the shares and probabilities that fit memberships best, the prior added, as logarithms.

    The prior: each cluster begins with ``PRIOR_VISITS`` visits to each source, spread as all customers' are, and with
    one customer. It keeps a cluster from holding impossible what it has not seen.
    """
    customers = memberships.sum(axis=0)
    weights = (customers + 1) / (len(memberships) + memberships.shape[1])
    expected: Floats = counts.T @ memberships + PRIOR_VISITS * pooled[:, None]
    n_sources = int(sources.max()) + 1
    visits = np.stack([np.bincount(sources, column, minlength=n_sources) for column in expected.T], axis=1)
    with np.errstate(divide="ignore"):
        return np.log(weights), np.log(expected / visits[sources])


def fit_from(
    counts: Counts,
    sources: Integers,
    pooled: Floats,
    memberships: Floats,
    *,
    most_iterations: int = MOST_ITERATIONS,
    tolerance: float = TOLERANCE,
) -> Mixture:
    """Fit a mixture, beginning with given memberships.

    Parameters
    ----------
    counts
        Transitions of each customer, shape (customers, transitions); every transition occurs.
    sources
        The number of each transition's source, shape (transitions,).
    pooled
        The probabilities over all customers, which the prior spreads visits by.
    memberships
        Where to begin, shape (customers, clusters).
    most_iterations
        When to stop at the latest.
    tolerance
        An iteration that gains less than this per customer is the last.

    Returns
    -------
    Mixture
        A local maximum of the posterior density (Dempster, Laird and Rubin, 1977).
    """
    before, iteration = -np.inf, 0
    while True:
        iteration += 1
        log_weights, log_probabilities = maximise(counts, sources, pooled, memberships)
        mixture = Mixture(log_weights, log_probabilities, 0.0, 0.0, iteration)
        memberships, totals = normalise(log_joint(counts, mixture))
        likelihood = float(totals.sum())
        objective = likelihood + float(log_weights.sum()) + PRIOR_VISITS * float(pooled @ log_probabilities.sum(axis=1))
        if objective - before <= tolerance * len(totals) or iteration >= most_iterations:
            return Mixture(log_weights, log_probabilities, likelihood, objective, iteration)
        before = objective


def n_parameters(sources: Integers, n_clusters: int) -> int:
    """Count what a mixture is free to choose: for each cluster its share (but one) and its transitions that can occur.

    From each source the probabilities add up to 1, so one of them is not free.

    Examples
    --------
    >>> import numpy as np
    >>> n_parameters(np.array([0, 0, 0, 1, 1, 2]), n_clusters=2)
    7
    """
    return (n_clusters - 1) + n_clusters * (len(sources) - len(np.unique(sources)))


def bic(mixture: Mixture, sources: Integers, n_customers: int) -> float:
    """Give Schwarz's (1978) information criterion: smaller is better.

    ``-2 * log-likelihood + parameters * log(customers)``: the customer is the unit.
    """
    return -2 * mixture.log_likelihood + n_parameters(sources, mixture.n_clusters) * float(np.log(n_customers))
