"""Ways: the curve of every edge, from the border of one box to the border of another.

Everything is in points, y downwards. Edges between touchpoints leave at the right and come in at the left;
ways back do the reverse. Edges into the ends run down (or up) the gutter of their column and along a common
lane, so that many thin edges into ``(dropped)`` stay one calm line.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, DROPPED, ENDED, OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from journeymap.model.journey_map import MapEdge
    from journeymap.render.scene import Point

CORNER = 5.0
FIRST = 1e10
"""Beyond every rank of other edges at a box."""
ARC, NEXT_ARC, WIDEST_ARC = 6.0, 2.0, 20.0
"""How far an edge within a column reaches into the gutter, how far the next one is around it, and the most."""
TRACK = 5.0
"""The distance between two tracks of a gutter."""

WIDEST_LANE = 8.0
"""Lanes into the ends gather much: they are drawn no wider than this."""

END_ORDER = (DROPPED, ENDED, OPEN, CONVERTED)
"""Tracks of a gutter from the boxes outwards, and lanes from the bottom up."""


@dataclass(frozen=True, slots=True)
class Box:
    """A placed box; ``x`` and ``y`` are its upper left corner."""

    name: str
    column: int
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends to the right."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The height of its centre."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one edge: cubic curves (start, handle, handle, end) and the direction of its arrow."""

    edge: MapEdge
    kind: str
    width: float
    curves: tuple[tuple[Point, Point, Point, Point], ...]
    head: Point = (1.0, 0.0)

    def sample(self, steps: int = 12) -> list[Point]:
        """Return points along the way."""
        points = [self.curves[0][0]]
        for curve in self.curves:
            points += [_at(curve, number / steps) for number in range(1, steps + 1)]
        return points


def _at(curve: tuple[Point, Point, Point, Point], t: float) -> Point:
    a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = curve
    return (a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3)


def line(start: Point, end: Point) -> tuple[Point, Point, Point, Point]:
    """Return a straight line as a cubic curve."""
    third = ((end[0] - start[0]) / 3, (end[1] - start[1]) / 3)
    return (start, (start[0] + third[0], start[1] + third[1]), (end[0] - third[0], end[1] - third[1]), end)


def bend(start: Point, end: Point) -> tuple[Point, Point, Point, Point]:
    """Return a curve that leaves and comes in level."""
    half = (start[0] + end[0]) / 2
    return (start, (half, start[1]), (half, end[1]), end)


@dataclass(frozen=True, slots=True)
class Way:
    """What an edge's curve is made of: its kind, its width and the channels that it passes, in order."""

    edge: MapEdge
    kind: str
    width: float
    channels: tuple[tuple[int, float], ...] = ()


def ports(ways: tuple[Way, ...], boxes: dict[str, Box]) -> dict[tuple[int, str], float]:
    """Give both ends of every way its height on its box: (number of the way, "out" or "in") -> height."""
    sides: dict[tuple[str, str], list[tuple[float, int, str]]] = defaultdict(list)
    for number, way in enumerate(ways):
        edge = way.edge
        if way.kind == "end":
            rank = -1e9 if edge.target == CONVERTED else 1e9 * (3 - END_ORDER.index(edge.target))
            sides[edge.source, "right"].append((rank, number, "out"))
        elif way.kind in ("forward", "back"):
            first = way.channels[0][1] if way.channels else boxes[edge.target].middle
            last = way.channels[-1][1] if way.channels else boxes[edge.source].middle
            out, into = ("right", "left") if way.kind == "forward" else ("left", "right")
            sides[edge.source, out].append((first, number, "out"))
            sides[edge.target, into].append((last, number, "in"))
        elif way.kind == "column":
            # The longer of two arcs at a box lies around the shorter; and all of them within the ways into the ends.
            span = boxes[edge.target].middle - boxes[edge.source].middle
            side, near = ("right", FIRST - span) if span > 0 else ("left", -FIRST - span)
            sides[edge.source, side].append((near, number, "out"))
            sides[edge.target, side].append((-near, number, "in"))
    heights: dict[tuple[int, str], float] = {}
    for (name, _), members in sides.items():
        members.sort()
        box = boxes[name]
        wide = [ways[number].width for _, number, _ in members]
        usable = box.height - 2 * CORNER
        spare = usable - sum(wide)
        pad = min(7.0, spare / (len(wide) - 1)) if len(wide) > 1 else 0.0
        at = box.middle - (sum(wide) + pad * (len(wide) - 1)) / 2
        for (_, number, end), thick in zip(members, wide, strict=True):
            # Where edges are thicker together than their box is high, they overlap rather than miss it.
            heights[number, end] = min(max(at + thick / 2, box.y + CORNER), box.bottom - CORNER)
            at += thick + pad
    return heights


def routes(
    ways: tuple[Way, ...], boxes: dict[str, Box], edges_of_columns: tuple[tuple[float, float], ...]
) -> list[Route]:
    """Draw every way that is not into an end; ``edges_of_columns`` are left and right of each column."""
    heights = ports(ways, boxes)
    reaches = arcs(ways, boxes)
    done: list[Route] = []
    for number, way in enumerate(ways):
        source, target = boxes[way.edge.source], boxes.get(way.edge.target)
        if way.kind == "end" or target is None:
            continue
        if way.kind == "loop":
            done.append(_loop(way, source))
            continue
        if way.kind == "column":
            reach = reaches.get((source.name, target.name))
            done.append(_within(way, source, target, (heights[number, "out"], heights[number, "in"]), reach))
            continue
        forward = way.kind == "forward"
        here: Point = (source.right if forward else source.x, heights[number, "out"])
        curves = []
        for column, height in way.channels:
            left, right = edges_of_columns[column]
            near, far = (left, right) if forward else (right, left)
            curves += [bend(here, (near, height)), line((near, height), (far, height))]
            here = (far, height)
        end = (target.x if forward else target.right, heights[number, "in"])
        curves.append(bend(here, end))
        done.append(Route(way.edge, way.kind, way.width, tuple(curves), (1.0 if forward else -1.0, 0.0)))
    return done


def _loop(way: Way, box: Box) -> Route:
    """Draw a small loop on top of its box, at the right, clear of the marker at the left."""
    x, y, wide, high = box.right - 24.0, box.y, 13.0, 15.0
    curve = ((x + wide, y), (x + wide + 4, y - high), (x - 4, y - high), (x, y))
    return Route(way.edge, "loop", min(way.width, 3.0), (curve,), (0.25, 1.0))


def arcs(ways: Iterable[Way], boxes: dict[str, Box]) -> dict[tuple[str, str], float]:
    """Say how far each edge reaches into the gutter that leads around boxes of its column: (source, target) -> points.

    One that leads downwards is at the right, one that leads upwards at the left. Of two on a side the one that spans
    the other lies around it.
    """
    found: dict[tuple[str, str], float] = {}
    spans: dict[tuple[int, bool], list[tuple[float, float, Way]]] = defaultdict(list)
    for way in ways:
        if way.kind != "column":
            continue
        source, target = boxes[way.edge.source], boxes[way.edge.target]
        upper, lower = sorted((source, target), key=lambda box: box.y)
        if any(box.column == source.column and upper.bottom < box.middle < lower.y for box in boxes.values()):
            spans[source.column, source is upper].append((upper.middle, lower.middle, way))
    for members in spans.values():
        members.sort(key=lambda member: (member[1] - member[0], member[2].edge.source, member[2].edge.target))
        for number, (top, bottom, way) in enumerate(members):
            inner = [
                found[other.edge.source, other.edge.target] + other.width / 2
                for high, low, other in members[:number]
                if top <= high and low <= bottom
            ]
            reach = max(inner, default=ARC) + way.width / 2 + (NEXT_ARC if inner else 0.0)
            found[way.edge.source, way.edge.target] = min(reach, WIDEST_ARC)
    return found


def _within(way: Way, source: Box, target: Box, heights: tuple[float, float], reach: float | None) -> Route:
    """Draw an edge within a column: straight to the next box, or around the boxes between."""
    down = target.y > source.y
    if reach is None:
        # Down at the left of the middle and up at the right, so that a pair stays two arrows.
        x = source.x + source.width * (0.42 if down else 0.58)
        start, end = (x, source.bottom if down else source.y), (x, target.y if down else target.bottom)
        return Route(way.edge, "column", way.width, (line(start, end),), (0.0, 1.0 if down else -1.0))
    x = source.right if down else source.x
    out = (reach if down else -reach) / 0.75  # how far a curve's handles are out for it to reach so far
    leave, enter = heights
    curve = ((x, leave), (x + out, leave), (x + out, enter), (x, enter))
    return Route(way.edge, "column", way.width, (curve,), (-1.0 if down else 1.0, 0.0))


@dataclass(frozen=True, slots=True)
class Drain:
    """A piece of the common way into an end: its curve, its end and its width."""

    end: str
    curve: tuple[Point, Point, Point, Point]
    width: float
    edge: MapEdge | None = None
    before: float | None = None
    """The width that it begins with, where another one joins it."""


def tracks(ways: tuple[Way, ...], at: dict[str, int]) -> dict[tuple[int, str], int]:
    """Return the numbers of the tracks in each column's gutter: (column, end) -> 0, 1, ..."""
    used: dict[int, set[str]] = defaultdict(set)
    for way in ways:
        if way.kind == "end":
            used[at[way.edge.source]].add(way.edge.target)
    return {
        (column, end): number
        for column, ends in used.items()
        for number, end in enumerate(end for end in END_ORDER if end in ends)
    }


def drains(
    ways: tuple[Way, ...],
    boxes: dict[str, Box],
    lanes: dict[str, float],
    ends: dict[str, Box],
    per_count: float,
) -> list[Drain]:
    """Lead every edge into an end out of its box, along the gutter, and along the end's lane."""
    heights = ports(ways, boxes)
    number_of = tracks(ways, {name: box.column for name, box in boxes.items()})
    taken: dict[int, float] = defaultdict(float)
    for (source, target), reach in arcs(ways, boxes).items():
        if boxes[source].y < boxes[target].y:
            taken[boxes[source].column] = max(taken[boxes[source].column], reach)
    done: list[Drain] = []
    for end, lane in lanes.items():
        gutters: dict[float, list[tuple[float, Way]]] = defaultdict(list)
        for number, way in enumerate(ways):
            if way.kind == "end" and way.edge.target == end:
                box = boxes[way.edge.source]
                x = box.right + max(8.0, taken[box.column] + 3.0) + TRACK * number_of[box.column, end]
                gutters[x].append((heights[number, "out"], way))
        carried, past = 0.0, 0.0
        for x in sorted(gutters):
            members = sorted(gutters[x], key=lambda item: -abs(item[0] - lane))
            turn = 1.0 if lane > members[0][0] else -1.0
            if carried:
                done.append(Drain(end, line((past - 0.6, lane), (x + 6.0, lane)), _thick(carried, per_count)))
            flow = 0.0
            for place, (height, way) in enumerate(members):
                box = boxes[way.edge.source]
                flow += way.edge.count
                low = height + 5.0 * turn
                stub = ((box.right, height), (x, height), (x, height), (x, low))
                done.append(Drain(end, stub, way.width, way.edge))
                until = members[place + 1][0] + 5.0 * turn if place + 1 < len(members) else lane - 6.0 * turn
                done.append(Drain(end, line((x, low - 0.6 * turn), (x, until + 0.6 * turn)), _thick(flow, per_count)))
            corner = ((x, lane - 6.0 * turn), (x, lane), (x, lane), (x + 6.0, lane))
            done.append(Drain(end, corner, _thick(flow, per_count)))
            if carried:
                # The lane widens where a gutter joins it, rather than in a step.
                grown = _thick(carried + flow, per_count)
                taper = line((x - 12.0, lane), (x + 6.1, lane))
                done.append(Drain(end, taper, grown, before=_thick(carried, per_count)))
            carried, past = carried + flow, x + 6.0
        if carried:
            box = ends[end]
            near = max(past, box.x - 22.0)
            done.append(Drain(end, line((past - 0.6, lane), (near + 0.6, lane)), _thick(carried, per_count)))
            done.append(Drain(end, bend((near, lane), (box.x, box.middle)), _thick(carried, per_count)))
    return done


def _thick(count: float, per_count: float) -> float:
    return min(max(0.7, count * per_count), WIDEST_LANE)
