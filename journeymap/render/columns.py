"""Which column each touchpoint stands in: stages side by side, a stage in one column or several."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

from journeymap.model.names import ENDS, START

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap, MapEdge

# What an edge costs inside its stage, by how many columns it goes on: ways forward are what a reader follows.
_SAME, _BACK, _PER_STEP = 1.3, 1.6, 0.15


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of a map, from 1; 0 is where ``(start)`` stands.

    Attributes
    ----------
    of
        Touchpoint -> column.
    stages
        (stage, first column, last column), from left to right.
    count
        How many columns touchpoints stand in.
    """

    of: dict[str, int]
    stages: tuple[tuple[str, int, int], ...]
    count: int


def columns(journey_map: JourneyMap, most: int) -> Columns:
    """Give each touchpoint a column, at the most ``most`` touchpoints in one.

    Columns follow the order of the stages. Within a stage touchpoints are set so that much of the volume goes
    to the right.
    """
    named = [stage for stage in journey_map.stages if any(node.stage == stage for node in journey_map.nodes)]
    for node in journey_map.nodes:
        if node.stage not in named:
            named.append(node.stage)
    of: dict[str, int] = {}
    stages: list[tuple[str, int, int]] = []
    first = 1
    for stage in named:
        members = [node.touchpoint for node in journey_map.nodes if node.stage == stage]
        deep = ceil(len(members) / most)
        inside = set(members)
        edges = [edge for edge in journey_map.edges if edge.source in inside and edge.target in inside]
        at = _spread(members, edges, deep, ceil(len(members) / deep))
        of.update({name: first + at[name] for name in members})
        stages.append((stage, first, first + deep - 1))
        first += deep
    return Columns(of, tuple(stages), first - 1)


def _spread(members: list[str], edges: list[MapEdge], deep: int, most: int) -> dict[str, int]:
    """Place a stage's touchpoints in ``deep`` columns: by the order of the flow, then by moves and swaps."""
    order = _flow_order(members, edges)
    at = {name: min(number * deep // len(order), deep - 1) for number, name in enumerate(order)}
    if deep == 1:
        return at
    near: dict[str, list[tuple[str, float, bool]]] = {name: [] for name in members}
    for edge in edges:
        if edge.source != edge.target:
            near[edge.source].append((edge.target, sqrt(edge.count), True))
            near[edge.target].append((edge.source, sqrt(edge.count), False))

    def cost(name: str, column: int) -> float:
        total = 0.0
        for other, weight, outward in near[name]:
            step = (at[other] - column) if outward else (column - at[other])
            total += weight * (_SAME if step == 0 else _BACK if step < 0 else _PER_STEP * (step - 1))
        return total

    filled = [sum(1 for name in members if at[name] == column) for column in range(deep)]
    for _ in range(12):
        moved = False
        for name in order:
            here = at[name]
            best = min(
                (column for column in range(deep) if column == here or filled[column] < most),
                key=lambda column: (round(cost(name, column), 9), column != here, column),
            )
            if best != here and filled[here] > 1:
                at[name] = best
                filled[here] -= 1
                filled[best] += 1
                moved = True
        moved |= _swap(order, at, cost) if len(order) <= 40 else False  # noqa: PLR2004 - swaps are n squared
        if not moved:
            break
    return at


def _swap(order: list[str], at: dict[str, int], cost: Cost) -> bool:
    moved = False
    for number, one in enumerate(order):
        for other in order[number + 1 :]:
            here, there = at[one], at[other]
            if here == there:
                continue
            before = cost(one, here) + cost(other, there)
            at[one], at[other] = there, here
            if cost(one, there) + cost(other, here) < before - 1e-9:
                moved = True
            else:
                at[one], at[other] = here, there
    return moved


def _flow_order(members: list[str], edges: list[MapEdge]) -> list[str]:
    """Order by net flow (Eades, Lin and Smyth's heuristic): what is left from goes first."""
    left = dict.fromkeys(members)
    head: list[str] = []
    while left:
        net = dict.fromkeys(left, 0.0)
        for edge in edges:
            if edge.source in left and edge.target in left and edge.source != edge.target:
                net[edge.source] += edge.count
                net[edge.target] -= edge.count
        # Ties fall to the order of the map, so that the same value gives the same picture.
        first = max(left, key=lambda name: net[name])
        head.append(first)
        del left[first]
    return head


def kind(edge: MapEdge, at: dict[str, int]) -> str:
    """Say how an edge is drawn: ``end``, ``loop``, ``column``, ``back`` or ``forward``."""
    if edge.target in ENDS:
        return "end"
    if edge.source == edge.target:
        return "loop"
    source = 0 if edge.source == START else at[edge.source]
    step = at[edge.target] - source
    return "column" if step == 0 else "forward" if step > 0 else "back"


if TYPE_CHECKING:
    from collections.abc import Callable

    Cost = Callable[[str, int], float]
