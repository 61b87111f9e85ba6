"""The journey graph: touchpoints in the columns of their stages, from ``(start)`` to the ends."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, DROPPED, ENDED, OPEN, START
from journeymap.render import text
from journeymap.render.arrows import ribbon
from journeymap.render.captions import edge_labels
from journeymap.render.fit import FACT, LINE, NAME, PAD, STAGE, best_plan, facts, place
from journeymap.render.furniture import FINDINGS, MARGIN, Piece, findings, footer, header, marker, nothing
from journeymap.render.legend import SURE, UNSURE_PALE, drop_color, legend, scale_top
from journeymap.render.routes import drains, routes
from journeymap.render.scene import Mark, Outline, Scene, Shape, Words, moved, polygon, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap, MapNode
    from journeymap.render.fit import Placed
    from journeymap.render.routes import Box, Drain, Route
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
    grow = 1.0
    while True:
        width, height = page[0] * grow, page[1] * grow
        # The titles of a poster are read from farther away, yet need not grow as fast as its sheet.
        scale = grow**0.6
        head = header(journey_map, width, theme, scale)
        # The footer is measured with the longest text that it may get.
        base = _base(journey_map, width, theme, scale, len(journey_map.edges))
        room = (width - 2 * MARGIN, height - head.height - base.height - 10.0)
        if room[1] > 0:
            plan = best_plan(journey_map, theme, room, STAGE * scale)
            need = max(plan.width / room[0], plan.height / room[1]) * theme.smallest / FACT
            if need <= 1.0 + 1e-9:
                break
        else:
            need = 1.2
        grow *= min(max(need * 0.98, 1.01), 1.5)
    placed = place(plan, room, theme.smallest / FACT)
    inner, left_out = _graph(journey_map, placed, theme)
    marks = [
        *head.marks,
        *(moved(mark, placed.scale, MARGIN, head.height) for mark in inner),
        *(
            moved(mark, 1.0, 0.0, height - base.height)
            for mark in _base(journey_map, width, theme, scale, left_out).marks
        ),
    ]
    return Scene(width, height, tuple(marks))


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
    marks = _bands(placed, theme)
    ways = routes(placed.ways, boxes, placed.sides)
    pieces = drains(placed.ways, boxes, placed.lanes, ends, placed.plan.per_count)
    for piece in pieces:
        marks += _drain(piece, theme)
    # The largest edges lie below, so that no small one is lost under them.
    for layer, way in enumerate(sorted(ways, key=lambda way: -way.edge.count)):
        marks += _edge(way, layer, theme)
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


def _bands(placed: Placed, theme: Theme) -> list[Mark]:
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


def _drain(piece: Drain, theme: Theme) -> list[Mark]:
    colors = {CONVERTED: theme.converted, DROPPED: theme.dropped, ENDED: theme.ended, OPEN: theme.open}
    color = colors[piece.end]
    if piece.before is not None:
        (x0, y0), (x1, y1) = piece.curve[0], piece.curve[3]
        one, two = piece.before / 2, piece.width / 2
        outline = polygon((x0, y0 - one), (x1, y1 - two), (x1, y1 + two), (x0, y0 + one))
        return [Shape(outline, fill=color, layer=3, role="drain")]
    return [Shape(Outline(piece.curve, (1, 4, 4, 4)), color=color, width=piece.width, layer=3, role="drain")]


def _edge(way: Route, order: int, theme: Theme) -> list[Mark]:
    color = theme.back if way.kind in ("back", "loop") else theme.line
    layer = 5 if order < 8 else 6 if order < 25 else 7  # noqa: PLR2004 - three tiers are enough
    line, head = ribbon(way)
    return [
        # A rim of paper shows which of two crossing edges is which.
        Shape(line, color=theme.band, width=way.width + 1.6, layer=layer),
        Shape(line, color=color, width=way.width, layer=layer, role="edge"),
        Shape(head, fill=color, color=theme.band, width=0.4, layer=layer + 4, role="head"),
    ]


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
