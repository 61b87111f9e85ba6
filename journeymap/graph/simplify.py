"""Fewer edges that say most: the largest transitions, and what keeps every touchpoint on a way through."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

import networkx as nx

from journeymap.errors import expect_count
from journeymap.model.names import ENDS, START

DEFAULT_EDGES: Final = 55


def simplify(graph: nx.DiGraph[str], *, edges: int = DEFAULT_EDGES) -> nx.DiGraph[str]:
    """Keep the largest transitions and what keeps every touchpoint between the start and an end.

    Parameters
    ----------
    graph
        A journey graph as :func:`journeymap.graph.build.build_graph` makes it.
    edges
        About how many edges to keep; more where reachability needs them.

    Returns
    -------
    networkx.DiGraph
        The same nodes with some of the edges, all attributes kept. Every touchpoint can be reached from ``(start)`` and
        leads to an end, by the widest way there is: the maximum spanning arborescence by ``count`` of bottleneck
        (Pollack, 1960, the widest path), forwards from the start and backwards from the ends.

    Raises
    ------
    QuestionError
        When ``edges`` is no whole number from 0 on.

    Notes
    -----
    What is left out is not lost: the counts of the nodes and the probabilities of the edges are those of the whole.
    """
    expect_count(edges, what="--detail", least=0)
    kept = _widest_tree(graph, [START], forwards=True) | _widest_tree(
        graph, [end for end in ENDS if end in graph], forwards=False
    )
    for end in ENDS:
        if end in graph:  # an end that occurs is never left standing alone
            kept.add(
                max(
                    ((source, end) for source in graph.pred[end]),
                    key=lambda edge: (graph.edges[edge]["count"], edge),
                )
            )
    for pair in sorted(graph.edges, key=lambda edge: (-graph.edges[edge]["count"], edge)):
        if len(kept) >= edges:
            break
        kept.add(pair)
    small: nx.DiGraph[str] = nx.DiGraph()
    small.add_nodes_from(graph.nodes(data=True))
    small.add_edges_from(
        (source, target, data) for source, target, data in graph.edges(data=True) if (source, target) in kept
    )
    return small


def _widest_tree(graph: nx.DiGraph[str], roots: list[str], *, forwards: bool) -> set[tuple[str, str]]:
    """Give one edge per node on its widest way from (or to) the roots: Prim's order over a directed graph."""
    neighbours = graph.succ if forwards else graph.pred
    reached = {root for root in roots if root in graph}
    waiting: list[tuple[int, str, str]] = []
    edges: set[tuple[str, str]] = set()

    def offer(node: str) -> None:
        for other, data in neighbours[node].items():
            if other not in reached:
                heappush(waiting, (-int(data["count"]), node, other))

    for root in sorted(reached):
        offer(root)
    while waiting:
        _, node, other = heappop(waiting)
        if other in reached or other in ENDS or other == START:
            continue
        reached.add(other)
        edges.add((node, other) if forwards else (other, node))
        offer(other)
    return edges
