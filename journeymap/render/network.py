"""The journey graph: touchpoints in the columns of their stages, from ``(start)`` to the ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, DROPPED, ENDED, OPEN, START
from journeymap.render import amounts, text
from journeymap.render.arrows import ribbon
from journeymap.render.captions import count_and_time, edge_labels
from journeymap.render.coloring import coloring
from journeymap.render.fit import FACT, LINE, NAME, PAD
from journeymap.render.frame import framed
from journeymap.render.furniture import FINDINGS, MARGIN, Piece, findings, footer, header, marker, nothing
from journeymap.render.legend import halo_color, legend
from journeymap.render.parts import bands, drain_marks, edge_marks
from journeymap.render.routes import drains, routes
from journeymap.render.scene import Mark, Scene, Shape, Words, moved, rounded

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap, MapNode
    from journeymap.render.captions import Saying
    from journeymap.render.coloring import Coloring
    from journeymap.render.fit import Placed
    from journeymap.render.routes import Box, Route
    from journeymap.render.theme import Theme

UNDER = 6.0
"""How much wider than its line the highlight of the happy path is, in points before enlarging."""


def network(journey_map: JourneyMap, theme: Theme, page: tuple[float, float], *, color: str = "drop-off") -> Scene:
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
    color
        What its colours say: ``drop-off``, ``volume``, ``time`` or ``satisfaction``.

    Returns
    -------
    Scene
        The picture.

    Raises
    ------
    UnknownNameError
        There is no such colouring.
    QuestionError
        Satisfaction is asked for, and the events have no scores.
    """
    if not journey_map.nodes:
        return nothing(header(journey_map, page[0], theme), footer(journey_map, page[0], theme), theme, page)
    colors = coloring(journey_map, color, theme)
    return framed(
        journey_map,
        theme,
        page,
        head=lambda width, scale: header(journey_map, width, theme, scale),
        base=lambda width, scale, left_out: _base(journey_map, colors, width, theme, scale, left_out),
        graph=lambda placed: _graph(journey_map, colors, placed, theme),
    )


def _base(journey_map: JourneyMap, colors: Coloring, width: float, theme: Theme, scale: float, left_out: int) -> Piece:
    """Set what stands below the graph: findings at the left, the key at the right, the footer."""
    key = legend(journey_map, colors, theme, scale)
    told = findings(journey_map, MARGIN, width - 3 * MARGIN - key.width, theme, scale)
    high = max(key.height, told.height)
    extra: tuple[str, ...] = ()
    if left_out:
        labels = (
            "1 label of a transition" if left_out == 1 else f"{amounts.count(left_out)} labels of smaller transitions"
        )
        extra = (f"{labels} found no room.",)
    foot = footer(journey_map, width, theme, extra, scale)
    marks = [
        *told.marks,
        *(moved(mark, 1.0, width - MARGIN - key.width, 0.0) for mark in key.marks),
        *(moved(mark, 1.0, 0.0, high + 6.0) for mark in foot.marks),
    ]
    return Piece(tuple(marks), high + 6.0 + foot.height)


def _graph(journey_map: JourneyMap, coloring: Coloring, placed: Placed, theme: Theme) -> tuple[list[Mark], int]:
    boxes, ends = placed.boxes, placed.ends
    marks = bands(placed, theme)
    ways = routes(placed.ways, boxes, placed.sides)
    pieces = drains(placed.ways, boxes, placed.lanes, ends, placed.plan.per_count)
    colors = {CONVERTED: theme.converted, DROPPED: theme.dropped, ENDED: theme.ended, OPEN: theme.open}
    for piece in pieces:
        marks += drain_marks(piece, colors[piece.end])
    # The largest edges lie below, so that no small one is lost under them.
    happy = journey_map.happy_path
    moves = frozenset(() if happy is None else happy.moves)
    for order, way in enumerate(sorted(ways, key=lambda way: -way.edge.count)):
        is_happy = (way.edge.source, way.edge.target) in moves
        tier = 5 if order < 8 else 6 if order < 25 else 7  # noqa: PLR2004 - three tiers are enough
        marks += edge_marks(way, _line_color(way, coloring, theme, is_happy=is_happy), theme, layer=tier)
        marks += _under(way, theme) if is_happy else []
    marks += _under_boxes([] if happy is None else [START, *happy.touchpoints], boxes, theme)
    for node in journey_map.nodes:
        marks += _box(node, coloring, boxes[node.touchpoint], placed.plan.names[node.touchpoint], theme)
    marks += _pills(journey_map, placed, theme)
    told = [item.touchpoint for item in journey_map.findings[:FINDINGS]]
    for name in dict.fromkeys(told):
        box = boxes.get(name)
        numbers = [number for number, other in enumerate(told, start=1) if other == name]
        for place_, number in enumerate(numbers):
            if box is not None:
                marks += marker(number, box.x + 1.5 + 12.0 * place_, box.y - 1.5, theme)

    def say(way: Route) -> Saying:
        is_back = coloring.shows_direction and way.kind in ("back", "loop")
        return count_and_time(way, theme.back_ink if is_back else theme.ink)

    labels, left_out = edge_labels(ways, pieces, placed, theme, told, say)
    return marks + labels, left_out


def _line_color(way: Route, coloring: Coloring, theme: Theme, *, is_happy: bool) -> str:
    if not coloring.shows_direction:
        return coloring.arrow(way.edge)
    if is_happy:
        return theme.converted
    return theme.back if way.kind in ("back", "loop") else theme.line


def _under(way: Route, theme: Theme) -> list[Mark]:
    """Highlight an edge as a marker pen does, below all lines."""
    line, head = ribbon(way)
    color = halo_color(theme)
    return [
        Shape(line, color=color, width=way.width + UNDER, layer=4, role="happy"),
        Shape(head, fill=color, color=color, width=UNDER, layer=4),
    ]


def _under_boxes(names: list[str], boxes: dict[str, Box], theme: Theme) -> list[Mark]:
    color = halo_color(theme)
    half = UNDER / 2 + 0.5
    return [
        Shape(
            rounded(box.x - half, box.y - half, box.width + 2 * half, box.height + 2 * half, 13.0 if at == 0 else 6.5),
            fill=color, layer=29, role="happy",
        )
        for at, box in enumerate(boxes[name] for name in names)
    ]  # fmt: skip


def _box(node: MapNode, coloring: Coloring, box: Box, lines: tuple[str, ...], theme: Theme) -> list[Mark]:
    filled = coloring.box(node)
    fill, sure = filled.color, filled.is_sure
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
    for line in (f"{amounts.count(node.visits)} · {amounts.share(node.journey_share, 0)}", coloring.fact(node)):
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
        for number, (line, bold) in enumerate(((name, True), (amounts.count(flow), False))):
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
