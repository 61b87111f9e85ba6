"""What sets a cluster apart: what it has more of than the others, and a journey that tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from journeymap.model.names import START
from journeymap.segments.markov_mixture import log_joint, normalise
from journeymap.segments.transition_counts import END, OTHER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.segments.cluster_model import ClusterModel
    from journeymap.segments.markov_mixture import Floats, Integers
    from journeymap.segments.transition_counts import TransitionCounts

N_TRAITS: Final = 3
_NAMED_LIFT: Final = 1.25
_N_NAMED: Final = 2
_WHOLE_FROM: Final = 100


@dataclass(frozen=True, slots=True)
class Trait:
    """A transition that a cluster has more of than the other clusters.

    Attributes
    ----------
    source, target
        Where from and where to; ``(start)`` and ``(end)`` are the ends of journeys.
    share
        Of the cluster's transitions, 0 to 1.
    elsewhere
        The share of the other clusters' transitions.
    """

    source: str
    target: str
    share: float
    elsewhere: float

    @property
    def lift(self) -> float:
        """Give share / elsewhere; infinite where no other cluster has it."""
        return self.share / self.elsewhere if self.elsewhere else float("inf")

    def __str__(self) -> str:
        often = "only here" if self.elsewhere == 0 else f"x{self.lift:,.{1 if self.lift < _WHOLE_FROM else 0}f}"
        return f"{self.source} > {self.target} {often}"


def counts_by_cluster(found: TransitionCounts, clusters: Integers, n_clusters: int) -> Floats:
    """Add up the customers' transitions by cluster, shape (clusters, transitions)."""
    from scipy import sparse

    at = np.asarray(clusters, dtype=np.int32)
    belongs = sparse.csr_array(
        (np.ones(len(at)), at, np.arange(len(at) + 1, dtype=np.int32)), shape=(len(at), n_clusters)
    )
    summed: Floats = (belongs.T @ found.counts).toarray()
    return summed


def find_traits(totals: Floats, transitions: Sequence[tuple[str, str]], cluster: int) -> tuple[Trait, ...]:
    """Give the transitions that tell a cluster from the others, the most telling first.

    Telling is a transition's part of the Kullback-Leibler divergence between the cluster's transitions and those of
    the others: the share times the logarithm of the lift. A transition has to be both frequent and more frequent.

    Parameters
    ----------
    totals
        Transitions by cluster, shape (clusters, transitions).
    transitions
        Their names.
    cluster
        Which.

    Returns
    -------
    tuple of Trait
        Three at the most; none where there is one cluster.
    """
    if len(totals) == 1:
        return ()
    shares, elsewhere = _shares(totals, cluster)
    order = _most_telling(shares, elsewhere)
    return tuple(
        Trait(*transitions[at], float(shares[at]), float(elsewhere[at])) for at in order if shares[at] > elsewhere[at]
    )[:N_TRAITS]


def name_clusters(totals: Floats, transitions: Sequence[tuple[str, str]]) -> list[str]:
    """Name clusters by the touchpoints they have more of; where none stands out, by a transition.

    Parameters
    ----------
    totals
        Transitions by cluster, shape (clusters, transitions).
    transitions
        Their names.

    Returns
    -------
    list of str
        A name each, with the cluster's number before it.

    Examples
    --------
    >>> totals = np.array([[90.0, 10.0], [10.0, 90.0]])
    >>> name_clusters(totals, [("(start)", "store"), ("(start)", "app")])
    ['1: store', '2: app']
    """
    if len(totals) == 1:
        return ["1: everyone"]
    touchpoints = sorted({target for _, target in transitions} - {END, OTHER})
    place = {name: at for at, name in enumerate(touchpoints)}
    visits = np.zeros((len(totals), len(touchpoints)))
    for at, (_, target) in enumerate(transitions):
        if target in place:
            visits[:, place[target]] += totals[:, at]
    names = []
    for cluster in range(len(totals)):
        shares, elsewhere = _shares(visits, cluster)
        order = _most_telling(shares, elsewhere)
        telling = [
            touchpoints[at] for at in order if shares[at] >= _NAMED_LIFT * elsewhere[at] > 0 or not elsewhere[at]
        ]
        telling = [name for name in telling if shares[place[name]] > 0][:_N_NAMED]
        if not telling:
            telling = [f"{trait.source} > {trait.target}" for trait in find_traits(totals, transitions, cluster)[:1]]
        names.append(f"{cluster + 1}: {', '.join(telling)}" if telling else f"{cluster + 1}: like all")
    return names


def _shares(totals: Floats, cluster: int) -> tuple[Floats, Floats]:
    own = totals[cluster]
    rest = totals.sum(axis=0) - own
    return own / max(own.sum(), 1.0), rest / max(rest.sum(), 1.0)


def _most_telling(shares: Floats, elsewhere: Floats) -> list[int]:
    """Order by the part of the divergence; what is nowhere else counts as half a time there."""
    least = 0.5 * shares[shares > 0].min(initial=1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        telling = np.where(shares > 0, shares * np.log(shares / np.maximum(elsewhere, least)), 0.0)
    return [int(at) for at in np.argsort(-telling, kind="stable")]


def most_telling_path(paths: Sequence[tuple[Sequence[str], int]], model: ClusterModel, cluster: int) -> tuple[str, ...]:
    """Choose the journey that stands for a cluster: frequent in it, and more likely in it than in all.

    Parameters
    ----------
    paths
        The cluster's most frequent paths and their journeys.
    model
        The clusters.
    cluster
        Which.

    Returns
    -------
    tuple of str
        The path with the highest journeys x log(posterior / share of the cluster), the posterior being the cluster's
        probability given this path alone; empty where there is no path. Paths of one touchpoint tell little and are
        chosen only where there are no others.
    """
    paths = [item for item in paths if len(item[0]) > 1] or list(paths)
    if not paths:
        return ()
    from scipy import sparse

    place = {pair: at for at, pair in enumerate(model.transitions)}
    rows, columns = [], []
    for row, (path, _) in enumerate(paths):
        for source, target in zip([START, *path], [*path, END], strict=True):
            at = place.get((source, target), place.get((source, OTHER), -1))
            if at >= 0:
                rows.append(row)
                columns.append(at)
    counts = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(paths), len(model.transitions)))
    posterior = normalise(log_joint(counts, model.mixture))[0][:, cluster]
    with np.errstate(divide="ignore"):
        gain = np.log(posterior) - model.mixture.log_weights[cluster]
    frequent = np.array([journeys for _, journeys in paths], dtype=np.float64)
    return tuple(paths[int((frequent * gain).argmax())][0])
