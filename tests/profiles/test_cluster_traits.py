"""What sets clusters apart, worked by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from journeymap.profiles.cluster_traits import find_traits, most_telling_path, name_clusters
from journeymap.segments.cluster_model import ClusterModel
from journeymap.segments.markov_mixture import Mixture
from journeymap.segments.transition_counts import END

PAIRS = (("a", "b"), ("b", "a"), ("a", "c"))


def test_traits_are_frequent_and_more_frequent() -> None:
    # Shares of cluster 1: 0.5, 0.4, 0.1; of the others: 0.1, 0.4, 0.5.
    first, second = (find_traits(np.array([[50.0, 40, 10], [10, 40, 50]]), PAIRS, at) for at in (0, 1))
    assert [(trait.source, trait.target, trait.lift) for trait in first] == [("a", "b", 5.0)]
    assert [str(trait) for trait in second] == ["a > c x5.0"]
    assert find_traits(np.array([[1.0, 1, 1]]), PAIRS, 0) == ()


def test_a_rare_curiosity_is_less_telling_than_a_large_shift() -> None:
    totals = np.array([[600.0, 398, 2], [400, 600, 0]])
    assert [str(trait) for trait in find_traits(totals, PAIRS, 0)] == ["a > b x1.5", "a > c only here"]
    assert 0.6 * log(1.5) > 0.002 * log(0.002 / 0.001)


def test_names_are_touchpoints_and_else_a_transition() -> None:
    assert name_clusters(np.array([[5.0, 5, 0], [5, 5, 10]]), PAIRS) == ["1: a, b", "2: c"]
    # The same touchpoints as often, in another order.
    pairs = (("a", "a"), ("a", "b"), ("b", "a"), ("b", "b"))
    assert name_clusters(np.array([[1.0, 9, 9, 1], [9, 1, 1, 9]]), pairs) == ["1: a > b", "2: a > a"]
    assert name_clusters(np.array([[1.0, 2, 3]]), PAIRS) == ["1: everyone"]
    assert name_clusters(np.array([[2.0, 2, 2], [1, 1, 1]]), PAIRS) == ["1: like all", "2: like all"]
    assert name_clusters(np.array([[2.0, 2, 2], [0, 0, 0]]), PAIRS)[1] == "2: like all"


def test_the_path_that_tells_is_frequent_and_likely() -> None:
    # Chains over (start) > a or b and a > (end) or b; cluster 1 starts with a, cluster 2 with b.
    transitions = (("(start)", "a"), ("(start)", "b"), ("a", END), ("a", "b"), ("b", END))
    chances = [[0.9, 0.1], [0.1, 0.9], [0.5, 0.5], [0.5, 0.5], [1.0, 1.0]]
    model = ClusterModel(("1", "2"), transitions, Mixture(np.log([0.5, 0.5]), np.log(chances), 0.0, 0.0, 0))
    assert most_telling_path([(["a", "b"], 10), (["b", "a"], 30)], model, 0) == ("a", "b")
    assert most_telling_path([(["a", "b"], 10), (["b", "a"], 30)], model, 1) == ("b", "a")
    assert most_telling_path([(["a"], 10), (["a", "b"], 1)], model, 0) == ("a", "b")
    assert most_telling_path([(["a"], 10)], model, 0) == ("a",)
    assert most_telling_path([], model, 0) == ()


@pytest.mark.parametrize("totals", [[[0.0, 0, 0], [0, 0, 0]], [[1.0, 0, 0], [0, 0, 0]]])
def test_empty_clusters_have_no_traits(totals: list[list[float]]) -> None:
    assert find_traits(np.array(totals), PAIRS, 1) == ()
