"""Counts to a ``networkx.DiGraph``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from journeymap.measure.dropoff import dropoff
from journeymap.measure.touchpoints import touchpoints
from journeymap.measure.transitions import transitions
from journeymap.model.names import ENDS, START

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def build_graph(store: Store, question: Question) -> nx.DiGraph[str]:
    """Build the journey graph of a question that nothing splits.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about.

    Returns
    -------
    networkx.DiGraph
        Its nodes are the touchpoints, ``(start)`` and the ends that occur; its edges the transitions. See
        :func:`graph_of` for the attributes.
    """
    whole = question.split(())
    return graph_of(touchpoints(store, whole), transitions(store, whole), dropoff(store, whole))


def graph_of(
    touchpoint_rows: pd.DataFrame, transition_rows: pd.DataFrame, dropoff_rows: pd.DataFrame
) -> nx.DiGraph[str]:
    """Build the journey graph from measured tables of one level.

    Parameters
    ----------
    touchpoint_rows, transition_rows, dropoff_rows
        What the measures of these names give, without level columns.

    Returns
    -------
    networkx.DiGraph
        Node attributes: ``kind`` (``touchpoint``, ``start`` or ``end``), ``visits`` (for ``(start)`` and the ends:
        journeys); for touchpoints also ``stage``, ``channel``, ``customers``, ``journeys``, ``journey_share``,
        ``entries``, ``mature_visits``, ``dropped``, and ``drop_rate``, ``ci_low``, ``ci_high`` where there are mature
        visits. Edge attributes: ``count``, ``customers``, ``probability`` (over everything that leaves the source), and
        between touchpoints ``median_seconds``, ``mean_seconds``, ``p90_seconds``. Shares and rates are 0 to 1. All
        values are plain numbers and texts, so that every file format can hold them. For each touchpoint ``visits`` is
        the sum of ``count`` over the edges in, and over the edges out.

    Examples
    --------
    >>> import journeymap as jm
    >>> graph = jm.open("sample_events/*.csv").graph()
    >>> graph.nodes["cart"]["stage"]
    'purchase'
    >>> graph.in_degree("cart", weight="count") == graph.nodes["cart"]["visits"]
    True
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for row in touchpoint_rows.to_dict("records"):
        graph.add_node(
            str(row["touchpoint"]),
            kind="touchpoint",
            stage=str(row["stage"]),
            channel=str(row["channel"]),
            visits=int(row["visits"]),
            customers=int(row["customers"]),
            journeys=int(row["journeys"]),
            journey_share=float(row["journey_share"]),
            entries=int(row["entries"]),
            mature_visits=0,
            dropped=0,
        )
    for row in dropoff_rows.to_dict("records"):
        node = graph.nodes[str(row["touchpoint"])]
        node["mature_visits"], node["dropped"] = int(row["mature_visits"]), int(row["dropped"])
        if row["mature_visits"] > 0:
            node.update({name: float(row[name]) for name in ("drop_rate", "ci_low", "ci_high")})
    for row in transition_rows.to_dict("records"):
        source, target, count = str(row["source"]), str(row["target"]), int(row["count"])
        for name, kind, end in ((source, "start", START), (target, "end", ENDS)):
            if name == end or (kind == "end" and name in ENDS):
                if name not in graph:
                    graph.add_node(name, kind=kind, visits=0)
                graph.nodes[name]["visits"] += count
        times = {}
        if source != START and target not in ENDS:
            times = {name: float(row[name]) for name in ("median_seconds", "mean_seconds", "p90_seconds")}
        graph.add_edge(
            source,
            target,
            count=count,
            customers=int(row["customers"]),
            probability=float(row["probability"]),
            **times,
        )
    return graph
