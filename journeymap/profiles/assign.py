"""Give customers the clusters that were discovered before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.segments.cluster_model import ClusterModel, assign_clusters
from journeymap.segments.keep import kept_model
from journeymap.segments.question import Question
from journeymap.segments.transition_counts import count_transitions
from journeymap.store.sql import Query, identifier

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.store.store import Store


def assign_customers(store: Store, question: Question, model: ClusterModel) -> pd.DataFrame:
    """Give customers their clusters.

    Parameters
    ----------
    store
        The open store.
    question
        Which customers, and which of their journeys count.
    model
        The clusters.

    Returns
    -------
    DataFrame
        One row per customer: ``customer`` (the id), ``cluster`` (the name) and ``certainty`` (the cluster's probability
        given the customer's transitions, 0 to 1), ordered by the id.

    Raises
    ------
    QuestionError
        When the model knows none of their transitions.
    """
    membership = assign_clusters(count_transitions(store, question), model)
    query = Query((), "SELECT customer_key, customer_id AS customer FROM customers")
    frame = store.frame(query).set_index("customer_key").loc[membership.keys].reset_index(drop=True)
    frame["cluster"] = np.array(model.names, dtype=object)[membership.clusters]
    frame["certainty"] = membership.certainties
    return frame.sort_values("customer", ignore_index=True)


def assign_kept(store: Store, name: str) -> pd.DataFrame:
    """Give every customer the cluster that clusters kept in the store say now, beside the one kept.

    Parameters
    ----------
    store
        The open store.
    name
        What the clusters are kept as.

    Returns
    -------
    DataFrame
        As :func:`assign_customers`, and ``before``: the cluster until now, missing where there was none.

    Raises
    ------
    UnknownNameError
        When no clusters are kept under the name.
    """
    frame = assign_customers(store, Question(), kept_model(store, name))
    kept = store.frame(Query((), f"SELECT customer_id, {identifier(name)} AS before FROM customers"))
    frame["before"] = frame["customer"].map(kept.set_index("customer_id")["before"])
    return frame
