"""The happy path is the widest way, as looking at every way finds it."""

from __future__ import annotations

import random
from itertools import pairwise

import networkx as nx
import pandas as pd
import pytest

from journeymap.maps.happy_path import happy_path, widest_way
from journeymap.model.names import START


@pytest.mark.parametrize("seed", range(25))
def test_no_way_has_a_wider_narrowest_move_and_then_a_wider_next_one(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - cases, not secrets
    names = [START, "a", "b", "c", "d", "order", "signup"]
    counts = {
        (one, other): draw.randint(1, 12)
        for one in names[:5]
        for other in names[1:]
        if one != other and draw.random() < 0.55
    }
    graph = nx.DiGraph(list(counts))
    graph.add_nodes_from(names)
    ways = [
        list(pairwise(way))
        for goal in ("order", "signup")
        for way in nx.all_simple_paths(graph, START, goal)
        if not {"order", "signup"} & set(way[:-1])
    ]
    moves = pd.DataFrame([(*pair, n) for pair, n in counts.items()], columns=["source", "target", "journeys"])
    if not ways:
        with pytest.raises(ValueError, match="No way leads from"):
            happy_path(moves.assign(converted=20), ["order", "signup"])
        return
    found = happy_path(moves.assign(converted=20), ["order", "signup"])
    assert found is not None
    assert list(found.moves) in ways
    widths = sorted(counts[move] for move in found.moves)
    assert widths[0] == found.journeys == max(min(counts[move] for move in way) for way in ways)
    # Each part before and after the narrowest move is the widest there is, too.
    if len(set(counts.values())) == len(counts):
        at = min(range(len(found.moves)), key=lambda place: counts[found.moves[place]])
        before = found.moves[:at]
        if before:
            others = [list(pairwise(way)) for way in nx.all_simple_paths(graph, START, before[-1][1])]
            assert min(counts[move] for move in before) == max(min(counts[move] for move in way) for way in others)


def test_equal_widths_are_decided_by_names_whatever_the_order_of_the_rows() -> None:
    rows = [(START, "a", 5), (START, "b", 5), ("a", "order", 5), ("b", "order", 5), ("a", "a", 9)]
    frames = [pd.DataFrame(some, columns=["source", "target", "journeys"]) for some in (rows, rows[::-1])]
    found = [happy_path(frame.assign(converted=10), ["order"]) for frame in frames]
    assert found[0] == found[1]
    assert found[0] is not None
    assert found[0].touchpoints == ("a", "order")


def test_a_journey_may_begin_with_the_goal() -> None:
    assert widest_way([(START, "order")], START, ["order"]) == [(START, "order")]
    assert widest_way([], "order", ["order"]) == []
