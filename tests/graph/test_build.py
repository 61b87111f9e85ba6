"""The journey graph: documented attributes, and counts that add up."""

from __future__ import annotations

from typing import Any

import pytest

import journeymap as jm
from journeymap.model.names import ENDS, START

TOUCHPOINT = {
    "kind", "stage", "channel", "visits", "customers", "journeys", "journey_share", "entries", "mature_visits",
    "dropped",
}  # fmt: skip
RATES = {"drop_rate", "ci_low", "ci_high"}
EDGE = {"count", "customers", "probability"}
TIMES = {"median_seconds", "mean_seconds", "p90_seconds"}
LOG = """
    A 0d home web
    A 1d cart web
    A 2d order web 10
    B 0d home app
    B 1d home app
    B 100d home app
"""


def test_a_small_graph_by_hand(log: Any) -> None:
    graph = log(LOG, goal=("order",), gap="30d").graph()
    assert set(graph) == {"home", "cart", "order", START, "(converted)", "(dropped)", "(open)"}
    assert {(source, target): count for source, target, count in graph.edges(data="count")} == {
        (START, "home"): 3, ("home", "cart"): 1, ("cart", "order"): 1, ("order", "(converted)"): 1, ("home", "home"): 1,
        ("home", "(dropped)"): 1, ("home", "(open)"): 1,
    }  # fmt: skip
    home = graph.nodes["home"]
    counts = {"visits": 4, "customers": 2, "journeys": 3, "entries": 3, "mature_visits": 3, "dropped": 1}
    assert {name: home[name] for name in counts} == counts
    assert home["kind"] == "touchpoint"
    assert home["drop_rate"] == pytest.approx(1 / 3)
    assert home["journey_share"] == 1.0
    assert graph.edges["home", "cart"]["probability"] == 0.25
    assert graph.edges["home", "cart"]["median_seconds"] == 86_400
    assert graph.nodes[START] == {"kind": "start", "visits": 3}
    assert graph.nodes["(open)"] == {"kind": "end", "visits": 1}


def test_a_touchpoint_without_mature_visits_has_no_rate(log: Any) -> None:
    graph = log("A 0d home\nA 1d cart\n", goal=()).graph()
    assert not RATES & set(graph.nodes["home"])
    assert graph.nodes["home"]["mature_visits"] == 0


@pytest.mark.parametrize(
    "asked", [{}, {"region": "south"}, {"condition": "age >= 40", "end_at": "goal"}, {"as_of": "2026-05-01"}]
)
def test_the_graph_of_the_sample(shop: jm.Journeys, asked: dict[str, Any]) -> None:
    narrowed = shop.where(**asked)
    graph = narrowed.graph()
    n_journeys = narrowed.outcomes()["journeys"].item()
    for name, data in graph.nodes(data=True):
        into, out = graph.in_degree(name, weight="count"), graph.out_degree(name, weight="count")
        if data["kind"] == "touchpoint":
            assert into == out == data["visits"]
            assert TOUCHPOINT <= set(data) <= TOUCHPOINT | RATES
            assert 0 < data["journey_share"] <= 1
            if data["mature_visits"]:
                assert data["drop_rate"] == data["dropped"] / data["mature_visits"]
                assert data["ci_low"] <= data["drop_rate"] <= data["ci_high"]
            shares = sum(share for _, _, share in graph.out_edges(name, data="probability"))
            assert shares == pytest.approx(1)
        else:
            assert set(data) == {"kind", "visits"}
            assert data["visits"] == max(into, out)
    assert graph.nodes[START]["visits"] == n_journeys
    assert sum(graph.nodes[end]["visits"] for end in ENDS if end in graph) == n_journeys
    for source, target, data in graph.edges(data=True):
        inner = source != START and target not in ENDS
        assert set(data) == EDGE | (TIMES if inner else set())
        assert 1 <= data["customers"] <= data["count"]
        assert all(type(value) in {int, float} for value in data.values())


def test_an_empty_population_gives_an_empty_graph(shop: jm.Journeys) -> None:
    graph = shop.where(since="2030-01-01").graph()
    assert (len(graph), graph.number_of_edges()) == (0, 0)
    assert len(jm.simplify(graph)) == 0
