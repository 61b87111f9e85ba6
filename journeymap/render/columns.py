"""Which column each touchpoint stands in: stages side by side, a stage in one column or several."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import ceil, sqrt
from typing import TYPE_CHECKING

from journeymap.model.names import ENDS, START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.journey_map import JourneyMap, MapEdge

# What an edge costs inside its stage, by how many columns it goes on: ways forward are what a reader follows.
_SAME, _BACK, _PER_STEP = 1.3, 1.6, 0.15
ASTRAY = (1.0, 0.3)
"""What it costs to stray from a touchpoint's place on the way from the start: much, or little."""


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


def columns(journey_map: JourneyMap, most: int, astray: float = ASTRAY[0]) -> Columns:
    """Give each touchpoint a column, at the most ``most`` touchpoints in one.

    Columns follow the order of the stages. Within a stage touchpoints follow the widest ways from the start, and
    are then moved so that much of the volume goes to the right; ``astray`` says how much straying costs.
    """
    named = [stage for stage in journey_map.stages if any(node.stage == stage for node in journey_map.nodes)]
    for node in journey_map.nodes:
        if node.stage not in named:
            named.append(node.stage)
    steps = _steps_from_start(journey_map.edges)
    place = {node.touchpoint: number for number, node in enumerate(journey_map.nodes)}
    of: dict[str, int] = {}
    stages: list[tuple[str, int, int]] = []
    first = 1
    for stage in named:
        members = [node.touchpoint for node in journey_map.nodes if node.stage == stage]
        deep = ceil(len(members) / most)
        inside = set(members)
        edges = [edge for edge in journey_map.edges if edge.source in inside and edge.target in inside]
        order = sorted(members, key=lambda name: (steps.get(name, len(steps)), place[name]))
        at = _spread(order, edges, deep, ceil(len(members) / deep), astray)
        of.update({name: first + at[name] for name in members})
        stages.append((stage, first, first + deep - 1))
        first += deep
    return Columns(of, tuple(stages), first - 1)


def _spread(order: list[str], edges: list[MapEdge], deep: int, most: int, astray: float) -> dict[str, int]:
    """Place a stage's touchpoints in ``deep`` columns: in the order from the start, then by moves and swaps."""
    at = {name: min(number * deep // len(order), deep - 1) for number, name in enumerate(order)}
    if deep == 1:
        return at
    near: dict[str, list[tuple[str, float, bool]]] = {name: [] for name in order}
    for edge in edges:
        if edge.source != edge.target:
            near[edge.source].append((edge.target, sqrt(edge.count), True))
            near[edge.target].append((edge.source, sqrt(edge.count), False))

    begun = dict(at)
    heaviest = {name: max((weight for _, weight, _ in near[name]), default=0.0) for name in order}

    def cost(name: str, column: int) -> float:
        # A touchpoint that strays from its place on the way from the start misleads more than an arrow that goes back.
        total = astray * heaviest[name] * abs(column - begun[name])
        for other, weight, outward in near[name]:
            step = (at[other] - column) if outward else (column - at[other])
            total += weight * (_SAME if step == 0 else _BACK if step < 0 else _PER_STEP * (step - 1))
        return total

    filled = [sum(1 for name in order if at[name] == column) for column in range(deep)]
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


def _steps_from_start(edges: Sequence[MapEdge]) -> dict[str, int]:
    """Count the steps of each touchpoint's widest way from ``(start)``: the way whose narrowest edge is widest."""
    outward: dict[str, list[MapEdge]] = {}
    for edge in edges:
        outward.setdefault(edge.source, []).append(edge)
    steps = {START: 0}
    waiting = [(-edge.count, 1, edge.target) for edge in outward.get(START, [])]
    heapify(waiting)
    while waiting:
        # Among equally wide ways the shorter one comes first, then the name, so that the same value gives the same
        # picture.
        width, step, name = heappop(waiting)
        if name in steps or name in ENDS:
            continue
        steps[name] = step
        for edge in outward.get(name, []):
            if edge.target not in steps:
                heappush(waiting, (max(width, -edge.count), step + 1, edge.target))
    return steps


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
