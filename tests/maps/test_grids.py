"""Grids: the same transitions for every level, with the level's own counts."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from journeymap.errors import QuestionError
from journeymap.maps.grids import build_grid

LOG = """
A 0d a
A 1d b
A 2d order
B 0d a
B 1d c
B 2d order
C 0d c
C 1d a
D 0d a
"""
PLANS = {"customer": ["A", "B", "C", "D"], "plan": ["x", "x", "y", "y"]}


def test_every_level_has_its_own_counts_of_the_same_transitions(log: Any) -> None:
    shop = log(LOG, goal=("order",), customers=PLANS)
    found = shop.map_grid("plan")
    assert [item.levels for item in found.maps] == [(("plan", "x"),), (("plan", "y"),)]
    shown = {(edge.source, edge.target) for edge in found.whole.edges}
    for item in found.maps:
        level = item.levels[0][1]
        table = shop.where(plan=level).transitions()
        pairs = zip(table["source"], table["target"], strict=True)
        table_counts = {pair: int(n) for pair, n in zip(pairs, table["count"], strict=True) if pair in shown}
        assert {(edge.source, edge.target): edge.count for edge in item.edges} == table_counts
        assert item.coverage.transition_share == pytest.approx(sum(table_counts.values()) / table["count"].sum())
        alone = shop.where(plan=level).map().summary
        assert alone.narrowed == (f"plan = {level}",)
        assert item.summary == dataclasses.replace(alone, narrowed=())


def test_levels_add_up_to_the_whole(log: Any) -> None:
    shop = log(LOG, goal=("order",), customers=PLANS)
    found = shop.map_grid("plan", detail=3)
    for edge in found.whole.edges:
        parts = [
            other.count
            for item in found.maps
            for other in item.edges
            if (other.source, other.target) == (edge.source, edge.target)
        ]
        assert sum(parts) == edge.count


def test_the_largest_levels_are_kept_in_the_order_of_the_levels(log: Any) -> None:
    sizes = {"p": 1, "q": 3, "r": 2, "s": 3}
    people = [f"{plan}{at}" for plan, n in sizes.items() for at in range(n)]
    shop = log("".join(f"{name} 0d a\n" for name in people), customers={
        "customer": people, "plan": [name[0] for name in people]
    })  # fmt: skip
    found = build_grid(shop.store, shop.question.split(("plan",)), most=2)
    assert ([item.levels[0][1] for item in found.maps], found.n_levels) == (["q", "s"], 4)
    found = build_grid(shop.store, shop.question.split(("plan",)), most=3)
    assert [item.levels[0][1] for item in found.maps] == ["q", "r", "s"]


def test_a_grid_needs_something_that_splits(log: Any) -> None:
    with pytest.raises(QuestionError, match="compares the levels") as raised:
        log(LOG).map_grid(None)
    assert "--by" in raised.value.hint


def test_nobody_is_an_empty_grid(log: Any) -> None:
    shop = log(LOG, goal=("order",), customers=PLANS).where(since="2030-01-01")
    assert shop.map_grid("plan").maps == ()
