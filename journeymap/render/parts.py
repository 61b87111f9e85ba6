"""What every picture of a graph has: bands of stages, edges with their heads, and the ways into the ends."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from journeymap.render.arrows import ribbon
from journeymap.render.fit import LINE
from journeymap.render.scene import Outline, Shape, Words, polygon, rounded

if TYPE_CHECKING:
    from journeymap.render.fit import Placed
    from journeymap.render.routes import Drain, Route
    from journeymap.render.scene import Mark
    from journeymap.render.theme import Theme


def bands(placed: Placed, theme: Theme) -> list[Mark]:
    """Lay a band behind each stage, with its name on top, and behind the start and the ends."""
    marks: list[Mark] = []
    stages = placed.plan.columns.stages
    cuts = [0.0, *((placed.sides[first - 1][1] + placed.sides[first][0]) / 2 for _, first, _ in stages)]
    right = placed.sides[-1][1]
    ends_left = min((box.x for box in placed.ends.values()), default=placed.width)
    cuts += [right + (ends_left - right) * 0.6, placed.width] if placed.ends else [placed.width]
    for left, end in pairwise(cuts):
        outline = rounded(left + 1.2, 0.0, end - left - 2.4, placed.height, 4.0)
        marks.append(Shape(outline, fill=theme.band, layer=1, role="band"))
    size = placed.plan.stage
    for left, end, lines in zip(cuts[1:], cuts[2:], placed.plan.heads, strict=False):
        marks += [
            Words(
                (left + end) / 2, 5.0 + size * (0.85 + LINE * at), line, size, theme.muted,
                bold=True, align="center", layer=45, role="stage",
            )
            for at, line in enumerate(lines)
        ]  # fmt: skip
    return marks


def drain_marks(piece: Drain, color: str, *, width: float = 0.0, layer: int = 3) -> list[Mark]:
    """Draw a piece of the way into an end, at least so wide."""
    if piece.before is not None:
        (x0, y0), (x1, y1) = piece.curve[0], piece.curve[3]
        one, two = piece.before / 2, piece.width / 2
        outline = polygon((x0, y0 - one), (x1, y1 - two), (x1, y1 + two), (x0, y0 + one))
        return [Shape(outline, fill=color, layer=layer, role="drain")]
    outline = Outline(piece.curve, (1, 4, 4, 4))
    return [Shape(outline, color=color, width=max(piece.width, width), layer=layer, role="drain")]


def edge_marks(way: Route, color: str, theme: Theme, *, layer: int) -> list[Mark]:
    """Draw an edge with its head."""
    line, head = ribbon(way)
    return [
        # A rim of paper shows which of two crossing edges is which.
        Shape(line, color=theme.band, width=way.width + 1.6, layer=layer),
        Shape(line, color=color, width=way.width, layer=layer, role="edge"),
        Shape(head, fill=color, color=theme.band, width=0.4, layer=layer + 4, role="head"),
    ]
