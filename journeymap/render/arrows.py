"""The shape of an edge: its line, cut short where the arrow's head begins, and the head."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from journeymap.render.scene import Outline, polygon

if TYPE_CHECKING:
    from journeymap.render.routes import Route
    from journeymap.render.scene import Point

HEAD = 4.2
"""The length of the head of the thinnest edge."""


def ribbon(way: Route) -> tuple[Outline, Outline]:
    """Return the outline of an edge's line and of its head; the head's tip is on the border of the target."""
    tip = way.curves[-1][3]
    size = hypot(*way.head)
    dx, dy = way.head[0] / size, way.head[1] / size
    length = HEAD + way.width * 0.35
    half = max(2.4, way.width * 0.5 + 1.6)
    base: Point = (tip[0] - dx * length, tip[1] - dy * length)
    head = polygon(tip, (base[0] - dy * half, base[1] + dx * half), (base[0] + dy * half, base[1] - dx * half))
    points: list[Point] = [way.curves[0][0]]
    for curve in way.curves[:-1]:
        points += curve[1:]
    start, one, two, _ = way.curves[-1]
    # The last curve ends inside the head, and keeps coming in along its direction.
    inside = (tip[0] - dx * length * 0.8, tip[1] - dy * length * 0.8)
    points += [one, (two[0] - dx * length * 0.8, two[1] - dy * length * 0.8), inside]
    del start
    return Outline(tuple(points), (1, *(4 for _ in points[1:]))), head
