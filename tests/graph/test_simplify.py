"""Fewer edges, but every touchpoint stays on a way from the start to an end."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from journeymap.graph.simplify import DEFAULT_EDGES, simplify
from journeymap.model.names import ENDS, START

if TYPE_CHECKING:
    import journeymap as jm

PATHS = st.lists(
    st.tuples(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8), st.sampled_from(ENDS), st.integers(1, 50)),
    min_size=1,
    max_size=12,
)
Paths = list[tuple[list[str], str, int]]


def graph_of_paths(paths: Paths) -> nx.DiGraph[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for path, end, times in paths:
        for edge in pairwise([START, *path, end]):
            counts[edge] += times
    graph: nx.DiGraph[str] = nx.DiGraph()
    for (source, target), count in counts.items():
        graph.add_edge(source, target, count=count, probability=0.5)
    for name, data in graph.nodes(data=True):
        data["visits"] = graph.in_degree(name, weight="count") or graph.out_degree(name, weight="count")
    return graph


@given(PATHS, st.integers(0, 40))
def test_every_touchpoint_stays_between_the_start_and_an_end(paths: Paths, edges: int) -> None:
    graph = graph_of_paths(paths)
    small = simplify(graph, edges=edges)
    touchpoints = set(graph) - {START, *ENDS}
    ends = [end for end in ENDS if end in graph]
    assert touchpoints <= nx.descendants(small, START)
    assert touchpoints <= set().union(*(nx.ancestors(small, end) for end in ends))
    for end in ends:
        assert small.in_degree(end) > 0
    assert small.number_of_edges() <= max(edges, 2 * len(touchpoints) + len(ends))


@given(PATHS, st.integers(0, 40))
def test_nodes_and_attributes_stay_and_edges_are_some_of_the_old(paths: Paths, edges: int) -> None:
    graph = graph_of_paths(paths)
    before = nx.node_link_data(graph, edges="links")
    small = simplify(graph, edges=edges)
    assert dict(small.nodes(data=True)) == dict(graph.nodes(data=True))
    for source, target, data in small.edges(data=True):
        assert graph.edges[source, target] == data
    assert nx.node_link_data(graph, edges="links") == before


@given(PATHS, st.integers(0, 40), st.randoms(use_true_random=False))
def test_the_order_of_nodes_and_edges_does_not_matter(paths: Paths, edges: int, random: object) -> None:
    graph = graph_of_paths(paths)
    links = list(graph.edges(data=True))
    random.shuffle(links)  # type: ignore[attr-defined]
    shuffled: nx.DiGraph[str] = nx.DiGraph()
    shuffled.add_edges_from(links)
    assert set(simplify(graph, edges=edges).edges) == set(simplify(shuffled, edges=edges).edges)


@given(PATHS)
def test_enough_edges_keep_all(paths: Paths) -> None:
    graph = graph_of_paths(paths)
    assert set(simplify(graph, edges=10_000).edges) == set(graph.edges)


@given(PATHS)
def test_the_widest_way_is_kept(paths: Paths) -> None:
    graph = graph_of_paths(paths)
    small = simplify(graph, edges=0)

    def width(of: nx.DiGraph[str], name: str) -> int:
        counts = sorted({count for _, _, count in of.edges(data="count")}, reverse=True)
        for least in counts:
            wide = nx.DiGraph([(s, t) for s, t, count in of.edges(data="count") if count >= least])
            if START in wide and name in wide and nx.has_path(wide, START, name):
                return least
        return 0

    for name in set(graph) - {START, *ENDS}:
        assert width(small, name) == width(graph, name)


def test_the_largest_transitions_come_first() -> None:
    graph = graph_of_paths([(["a", "b"], "(converted)", 10), (["a", "a", "b"], "(converted)", 5), (["b"], "(open)", 1)])
    assert set(simplify(graph, edges=0).edges) == {(START, "a"), ("a", "b"), ("b", "(converted)"), ("b", "(open)")}
    assert set(simplify(graph, edges=5).edges) - set(simplify(graph, edges=4).edges) == {("a", "a")}


def test_the_sample(shop: jm.Journeys) -> None:
    graph = shop.graph()
    small = simplify(graph)
    assert small.number_of_edges() == DEFAULT_EDGES < graph.number_of_edges()
    assert small.size(weight="count") > 0.7 * graph.size(weight="count")
