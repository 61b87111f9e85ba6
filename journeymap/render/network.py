"""The journey graph: touchpoints in the columns of their stages, from ``(start)`` to the ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, DROPPED, ENDED, OPEN, START
from journeymap.render import text
from journeymap.render.captions import edge_labels
from journeymap.render.fit import FACT, LINE, NAME, PAD, facts
from journeymap.render.frame import framed
from journeymap.render.furniture import FINDINGS, MARGIN, Piece, findings, footer, header, marker, nothing
from journeymap.render.legend import SURE, UNSURE_PALE, drop_color, legend, scale_top
from journeymap.render.parts import bands, drain_marks, edge_marks
from journeymap.render.routes import drains, routes
from journeymap.render.scene import Mark, Scene, Shape, Words, moved, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap, MapNode
    from journeymap.render.fit import Placed
    from journeymap.render.routes import Box
    from journeymap.render.theme import Theme


def network(journey_map: JourneyMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw the journey graph.

    Parameters
    ----------
    journey_map
        The finished numbers.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. A map that does not fit with letters of the theme's smallest size grows
        beyond it, in the same proportion.

    Returns
    -------
    Scene
        The picture.
    """
    if not journey_map.nodes:
        return nothing(header(journey_map, page[0], theme), footer(journey_map, page[0], theme), theme, page)
    return framed(
        journey_map,
        theme,
        page,
        head=lambda width, scale: header(journey_map, width, theme, scale),
        base=lambda width, scale, left_out: _base(journey_map, width, theme, scale, left_out),
        graph=lambda placed: _graph(journey_map, placed, theme),
    )


def _base(journey_map: JourneyMap, width: float, theme: Theme, scale: float, left_out: int) -> Piece:
    """Set what stands below the graph: findings at the left, the key at the right, the footer."""
    key = legend(journey_map, theme, scale)
    told = findings(journey_map, MARGIN, width - 3 * MARGIN - key.width, theme, scale)
    high = max(key.height, told.height)
    extra: tuple[str, ...] = ()
    if left_out:
        labels = "1 label of a transition" if left_out == 1 else f"{text.count(left_out)} labels of smaller transitions"
        extra = (f"{labels} found no room.",)
    foot = footer(journey_map, width, theme, extra, scale)
    marks = [
        *told.marks,
        *(moved(mark, 1.0, width - MARGIN - key.width, 0.0) for mark in key.marks),
        *(moved(mark, 1.0, 0.0, high + 6.0) for mark in foot.marks),
    ]
    return Piece(tuple(marks), high + 6.0 + foot.height)


def _graph(journey_map: JourneyMap, placed: Placed, theme: Theme) -> tuple[list[Mark], int]:
    boxes, ends = placed.boxes, placed.ends
    marks = bands(placed, theme)
    ways = routes(placed.ways, boxes, placed.sides)
    pieces = drains(placed.ways, boxes, placed.lanes, ends, placed.plan.per_count)
    colors = {CONVERTED: theme.converted, DROPPED: theme.dropped, ENDED: theme.ended, OPEN: theme.open}
    for piece in pieces:
        marks += drain_marks(piece, colors[piece.end])
    # The largest edges lie below, so that no small one is lost under them.
    for order, way in enumerate(sorted(ways, key=lambda way: -way.edge.count)):
        color = theme.back if way.kind in ("back", "loop") else theme.line
        tier = 5 if order < 8 else 6 if order < 25 else 7  # noqa: PLR2004 - three tiers are enough
        marks += edge_marks(way, color, theme, layer=tier)
    top = scale_top(journey_map)
    for node in journey_map.nodes:
        marks += _box(node, boxes[node.touchpoint], placed.plan.names[node.touchpoint], top, theme)
    marks += _pills(journey_map, placed, theme)
    told = [item.touchpoint for item in journey_map.findings[:FINDINGS]]
    for name in dict.fromkeys(told):
        box = boxes.get(name)
        numbers = [number for number, other in enumerate(told, start=1) if other == name]
        for place_, number in enumerate(numbers):
            if box is not None:
                marks += marker(number, box.x + 1.5 + 12.0 * place_, box.y - 1.5, theme)
    labels, left_out = edge_labels(ways, pieces, placed, theme, told)
    return marks + labels, left_out


def _box(node: MapNode, box: Box, lines: tuple[str, ...], top: float, theme: Theme) -> list[Mark]:
    sure = node.drop_off.denominator >= SURE
    fill = drop_color(node.drop_off.rate, top, theme)
    fill = fill if sure else blend(fill, theme.paper, UNSURE_PALE)
    ink = theme.on(fill)
    border = theme.converted if node.is_goal else theme.ink if sure else theme.muted
    marks: list[Mark] = [
        Shape(
            rounded(box.x, box.y, box.width, box.height, 4.0),
            fill=fill,
            color=border,
            width=2.0 if node.is_goal else 0.8,
            dash=() if sure else (4.0, 3.0) if node.is_goal else (2.4, 1.8),
            layer=30,
            role="node",
        )
    ]
    middle = box.x + box.width / 2
    y = box.y + PAD - 0.5
    for line in lines:
        y += NAME * LINE
        marks.append(Words(middle, y - 2.2, line, NAME, ink, bold=True, narrow=True, align="center", role="name"))
    for line in facts(node):
        y += FACT * LINE
        marks.append(Words(middle, y - 1.6, line, FACT, ink, narrow=True, align="center", role="fact"))
    if node.is_goal:
        # At the right, clear of the arrows that come in from below.
        wide = text.width("goal", FACT, theme, bold=True, narrow=True) + 6.0
        middle = box.right - wide / 2 - 4.0
        marks.append(
            Shape(
                rounded(middle - wide / 2, box.bottom - 1.0, wide, FACT * 1.45, 2.5),
                fill=theme.converted,
                layer=31,
                role="goal",
            )
        )
        marks.append(
            Words(
                middle, box.bottom + FACT * 1.0, "goal", FACT, theme.on(theme.converted), bold=True, narrow=True,
                align="center", layer=62,
            )
        )  # fmt: skip
    return marks


def _pills(journey_map: JourneyMap, placed: Placed, theme: Theme) -> list[Mark]:
    """Draw ``(start)`` and the ends, with the journeys of each, hidden transitions included."""
    totals = dict(journey_map.totals)
    colors = {CONVERTED: theme.converted, DROPPED: theme.dropped, ENDED: theme.ended, OPEN: theme.muted}
    marks: list[Mark] = []
    for name, box in (*placed.ends.items(), (START, placed.boxes[START])):
        flow = totals.get(name, sum(edge.count for edge in journey_map.edges if name in (edge.source, edge.target)))
        color = colors.get(name, theme.ink)
        marks.append(
            Shape(
                rounded(box.x, box.y, box.width, box.height, 12.0),
                fill=theme.paper,
                color=color,
                width=1.4,
                layer=30,
                role="end",
            )
        )
        middle = box.x + box.width / 2
        for number, (line, bold) in enumerate(((name, True), (text.count(flow), False))):
            y = box.middle + FACT * (1.15 * number - 0.22)
            marks.append(
                Words(
                    middle,
                    y,
                    line,
                    FACT,
                    theme.readable(color) if bold else theme.ink,
                    bold=bold,
                    narrow=True,
                    align="center",
                )
            )
    return marks
