"""Discover groups of customers who move alike, and describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from journeymap.errors import QuestionError, expect_count
from journeymap.measure.outcomes import outcomes
from journeymap.measure.paths import paths
from journeymap.profiles.cluster_traits import counts_by_cluster, find_traits, most_telling_path, name_clusters
from journeymap.profiles.clusters import Cluster, Clusters
from journeymap.segments.choose_clusters import MOST_CLUSTERS, choose_mixture
from journeymap.segments.cluster_model import ClusterModel, Membership, assign_clusters
from journeymap.segments.stability import N_RESAMPLES, Stability, measure_stability
from journeymap.segments.transition_counts import count_transitions, gather_rare

if TYPE_CHECKING:
    from journeymap.segments.markov_mixture import Floats
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_LENT: Final = "(cluster)"
_LOOKED_AT: Final = 50
_FEWEST: Final = 20


def discover(
    store: Store,
    question: Question,
    *,
    n_clusters: int | None = None,
    most: int = MOST_CLUSTERS,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Clusters:
    """Find groups of customers who move alike, by a mixture of Markov chains over their transitions.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; segments that split it are not looked at.
    n_clusters
        How many clusters; None: as many as the Bayesian information criterion says, perhaps one.
    most
        How many clusters to try at the most.
    seed
        The same seed gives the same clusters.
    n_resamples
        How many resamples measure the stability; 0 leaves it out.

    Returns
    -------
    Clusters
        The clusters, largest first.

    Raises
    ------
    QuestionError
        When a number is out of its range, or there are too few customers.
    """
    if n_clusters is not None:
        expect_count(n_clusters, what="--clusters")
    expect_count(most, what="--most")
    found = count_transitions(store, question)
    fewest = max(_FEWEST, 2 * (n_clusters or 1))
    if len(found.keys) < fewest:
        raise QuestionError(
            f"Clusters need at least {fewest} customers, and the question has {len(found.keys):,}.",
            hint="Narrow the question less, or take more events.",
        )
    gathered = gather_rare(found)
    choice = choose_mixture(gathered.counts, gathered.sources, n_clusters=n_clusters, most=most, seed=seed)
    stability = None
    if n_resamples and choice.mixture.n_clusters > 1:
        stability = measure_stability(
            gathered.counts, gathered.sources, choice.mixture, n_resamples=n_resamples, seed=seed
        )
    numbers = tuple(str(at + 1) for at in range(choice.mixture.n_clusters))
    model = ClusterModel(numbers, gathered.transitions, choice.mixture)
    membership = assign_clusters(gathered, model)
    del gathered
    totals = counts_by_cluster(found, membership.clusters, len(numbers))
    model = model.named(name_clusters(totals, found.transitions))
    clusters = _describe(store, question, model, membership, totals, found.transitions, stability)
    return Clusters(
        clusters,
        model,
        choice.criteria,
        rand_index=None if stability is None else stability.rand_index,
        n_sampled=choice.n_sampled,
        is_bounded=n_clusters is None and len(clusters) == most > 1,
    )


def recognise(store: Store, question: Question, model: ClusterModel) -> Clusters:
    """Describe the customers of a question by clusters that were discovered before, perhaps in another store.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about.
    model
        The clusters.

    Returns
    -------
    Clusters
        The same clusters with these customers; a cluster may be empty.

    Raises
    ------
    QuestionError
        When there are no customers, or the model knows none of their transitions.
    """
    found = count_transitions(store, question)
    if not len(found.keys):
        raise QuestionError("There are no customers to give clusters to.", hint="Narrow the question less.")
    membership = assign_clusters(found, model)
    totals = counts_by_cluster(found, membership.clusters, len(model.names))
    clusters = _describe(store, question, model, membership, totals, found.transitions, None)
    return Clusters(clusters, model, n_sampled=len(found.keys), unknown_share=membership.unknown_share)


def _describe(
    store: Store,
    question: Question,
    model: ClusterModel,
    membership: Membership,
    totals: Floats,
    transitions: tuple[tuple[str, str], ...],
    stability: Stability | None,
) -> tuple[Cluster, ...]:
    levels = pa.table({"key": pa.array(membership.keys), "level": pa.array(membership.clusters).cast(pa.string())})
    with store.lent_attribute(_LENT, levels):
        split = question.split((_LENT,))
        facts = {int(row[_LENT]): row for row in outcomes(store, split).to_dict("records")}
        frequent = paths(store, split, top=_LOOKED_AT)
    n_customers = len(membership.keys)
    clusters = []
    for at, name in enumerate(model.names):
        fact: dict[Any, Any] = facts.get(at, {})
        own = membership.certainties[membership.clusters == at]
        rows = frequent[frequent[_LENT] == str(at)]
        mature = int(fact.get("mature", 0))
        clusters.append(
            Cluster(
                name=name,
                customers=len(own),
                journeys=int(fact.get("journeys", 0)),
                share=len(own) / n_customers,
                mature=mature,
                conversion_rate=float(fact["conversion_rate"]) if mature else None,
                ci_low=float(fact["ci_low"]) if mature else None,
                ci_high=float(fact["ci_high"]) if mature else None,
                traits=find_traits(totals, transitions, at),
                path=most_telling_path(list(zip(rows["path"], rows["journeys"], strict=True)), model, at),
                certainty=float(own.mean()) if len(own) else 0.0,
                stability=None if stability is None else stability.jaccard[at],
            )
        )
    return tuple(clusters)
