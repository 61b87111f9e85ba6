"""The difference of two sides: the journey graph of both, coloured where they clearly differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.model.names import DROPPED, ENDS, START
from journeymap.render import amounts, text
from journeymap.render.captions import Saying, edge_labels
from journeymap.render.difference_colors import hue, ink
from journeymap.render.difference_words import base, head
from journeymap.render.fit import FACT, LINE, NAME, PAD
from journeymap.render.frame import framed
from journeymap.render.furniture import nothing
from journeymap.render.parts import bands, drain_marks, edge_marks
from journeymap.render.routes import drains, routes
from journeymap.render.scene import Scene, Shape, Words, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.difference_map import Comparison, DifferenceMap
    from journeymap.model.journey_map import MapNode
    from journeymap.render.fit import Placed
    from journeymap.render.routes import Box, Route
    from journeymap.render.scene import Mark
    from journeymap.render.theme import Theme

LEAST_WIDTH: Final = 1.6
"""What clearly differs is drawn at least so wide, so that its colour is seen."""

PALE: Final = 0.5
"""How far the fill of a box is drawn back towards the paper, so that its text stays easy to read."""

_OUTCOME_OF: Final = {"(converted)": "converted", "(ended)": "ended", "(dropped)": "abandoned", "(open)": "open"}


def difference(value: DifferenceMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw a difference.

    Parameters
    ----------
    value
        The finished numbers.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. What does not fit with letters of the theme's smallest size grows beyond it, in the
        same proportion.

    Returns
    -------
    Scene
        The picture.
    """
    if not value.both.nodes:
        above, below = head(value, page[0], theme), base(value, page[0], theme, 1.0, 0)
        return nothing(above, below, theme, page, "No journeys on either side.")
    return framed(
        value.both,
        theme,
        page,
        head=lambda width, scale: head(value, width, theme, scale),
        base=lambda width, scale, left_out: base(value, width, theme, scale, left_out),
        graph=lambda placed: _graph(value, placed, theme),
    )


def _graph(value: DifferenceMap, placed: Placed, theme: Theme) -> tuple[list[Mark], int]:
    looked_at = {(item.what, item.place, item.target): item for item in value.comparisons}
    shares = {
        pair: item for (what, *pair_), item in looked_at.items() if what == "transition" for pair in [tuple(pair_)]
    }
    shares |= {(item.place, DROPPED): item for item in value.comparisons if item.what == "dropoff"}
    boxes = placed.boxes
    marks = bands(placed, theme)
    pieces = drains(placed.ways, boxes, placed.lanes, placed.ends, placed.plan.per_count)
    for piece in pieces:
        told = None if piece.edge is None else shares.get((piece.edge.source, piece.edge.target))
        if told is not None and told.is_clear:
            marks += drain_marks(piece, hue(told, theme), width=LEAST_WIDTH, layer=4)
        else:
            marks += drain_marks(piece, theme.same)
    ways = []
    for way in routes(placed.ways, boxes, placed.sides):
        told = shares.get((way.edge.source, way.edge.target))
        is_clear = told is not None and told.is_clear
        ways.append(replace(way, width=max(way.width, LEAST_WIDTH)) if is_clear else way)
    # The largest lie below, and what differs above all that does not.
    for way in sorted(ways, key=lambda way: -way.edge.count):
        told = shares.get((way.edge.source, way.edge.target))
        color = hue(told, theme)
        marks += edge_marks(way, color, theme, layer=5 if color == theme.same else 7)
    for node in value.both.nodes:
        visit, dropoff = (looked_at.get((what, node.touchpoint, "")) for what in ("visit", "dropoff"))
        lines = placed.plan.names[node.touchpoint]
        marks += _box(node, boxes[node.touchpoint], lines, visit, dropoff, theme)
    marks += _pills(value, placed, theme)

    def say(way: Route) -> Saying | None:
        told = shares.get((way.edge.source, way.edge.target))
        if told is None or not told.is_clear or told.difference is None:
            return None
        full, short = amounts.points(told.difference), amounts.points(told.difference, 0)
        forms = ((full,), (full.removesuffix(" pp"),), (short.removesuffix(" pp"),))
        return Saying(forms, ink(told, theme), abs(told.effect_size or 0.0), may_stand_beside=True)

    labels, left_out = edge_labels(ways, pieces, placed, theme, [], say)
    return marks + labels, left_out


def _box(
    node: MapNode,
    box: Box,
    lines: tuple[str, ...],
    visit: Comparison | None,
    dropoff: Comparison | None,
    theme: Theme,
) -> list[Mark]:
    is_clear = visit is not None and visit.is_clear
    fill = blend(hue(visit, theme), theme.paper, PALE) if is_clear else theme.paper
    marks: list[Mark] = [
        Shape(
            rounded(box.x, box.y, box.width, box.height, 4.0),
            fill=fill,
            color=theme.converted if node.is_goal else theme.ink if is_clear else theme.muted,
            width=2.0 if node.is_goal else 0.8,
            layer=30,
            role="node",
        )
    ]
    middle = box.x + box.width / 2
    y = box.y + PAD - 0.5
    for line in lines:
        y += NAME * LINE
        marks.append(Words(middle, y - 2.2, line, NAME, theme.ink, bold=True, narrow=True, align="center", role="name"))
    for told, mark in ((visit, ""), (dropoff, "↓ ")):
        y += FACT * LINE
        words, bold = _fact(told, mark, box.width - 4.0, theme)
        marks.append(
            Words(middle, y - 1.6, words, FACT, theme.ink, bold=bold, narrow=True, align="center", role="fact")
        )
    if node.is_goal:
        wide = text.width("goal", FACT, theme, bold=True, narrow=True) + 6.0
        at = box.right - wide / 2 - 4.0
        outline = rounded(at - wide / 2, box.bottom - 1.0, wide, FACT * 1.45, 2.5)
        marks.append(Shape(outline, fill=theme.converted, layer=31, role="goal"))
        marks.append(
            Words(
                at,
                box.bottom + FACT * 1.0,
                "goal",
                FACT,
                theme.on(theme.converted),
                bold=True,
                narrow=True,
                align="center",
                layer=62,
            )
        )
    return marks


def _fact(told: Comparison | None, mark: str, room: float, theme: Theme) -> tuple[str, bool]:
    """Write both shares, or where they clearly differ the difference; says also whether it is one."""
    if told is None or told.difference is None:
        return f"{mark}none mature", False
    if told.is_clear:
        return f"{mark}{amounts.points(told.difference)}", True
    one, two = (amounts.share(rate).removesuffix(" %") for rate in (told.rate_a, told.rate_b))
    full = f"{mark}{one} · {two} %"
    if text.width(full, FACT, theme, narrow=True) <= room:
        return full, False
    one, two = (amounts.share(rate, 0).removesuffix(" %") for rate in (told.rate_a, told.rate_b))
    return f"{mark}{one} · {two} %", False


def _pills(value: DifferenceMap, placed: Placed, theme: Theme) -> list[Mark]:
    """Draw ``(start)`` and the ends, with the difference of the outcome that each stands for."""
    outcomes = {item.place: item for item in value.comparisons if item.what == "outcome"}
    marks: list[Mark] = []
    for name, box in (*placed.ends.items(), (START, placed.boxes[START])):
        told = outcomes.get(_OUTCOME_OF.get(name, ""))
        is_clear = told is not None and told.is_clear
        color = hue(told, theme) if is_clear else theme.muted
        fill = blend(color, theme.paper, PALE) if is_clear else theme.paper
        outline = rounded(box.x, box.y, box.width, box.height, 12.0)
        marks.append(Shape(outline, fill=fill, color=color, width=1.4, layer=30, role="end"))
        if name in ENDS:
            second, bold = _fact(told, "", box.width - 6.0, theme)
        else:
            second, bold = amounts.count(dict(value.both.totals).get(name, 0)), False
        for number, (line, heavy) in enumerate(((name, True), (second, bold))):
            y = box.middle + FACT * (1.15 * number - 0.22)
            marks.append(
                Words(
                    box.x + box.width / 2, y, line, FACT, theme.ink, bold=heavy, narrow=True, align="center",
                )
            )  # fmt: skip
    return marks
