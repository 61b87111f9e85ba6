"""The grid: the maps of all levels in one picture, on one layout and one scale of widths and colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final

from journeymap.render import amounts, text
from journeymap.render.arrows import ribbon
from journeymap.render.furniture import MARGIN, Piece, header, interval, paragraph
from journeymap.render.grid_layout import LINE, PAD, WIDEST, Cell, Draft, drafts, inner_edges, place
from journeymap.render.scales import SURE, UNSURE_PALE, drop_color, drop_scale, scale_top
from journeymap.render.scene import Scene, Shape, Words, moved, polyline, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap, MapNode
    from journeymap.model.map_grid import MapGrid
    from journeymap.render.scene import Mark
    from journeymap.render.theme import Theme

GUTTER: Final = 14.0
"""The distance between cells."""
MOST_COLUMNS: Final = 4
LEAST: Final = 0.4


@dataclass(frozen=True, slots=True)
class _Plan:
    """How many cells stand side by side, the layout in them, and the size of the room for it."""

    across: int
    draft: Draft
    names: bool
    room: tuple[float, float]
    heads: float


def grid(value: MapGrid, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw the maps of all levels side by side.

    Parameters
    ----------
    value
        The maps.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. Boxes hold names where there is room for them, else numbers with a key; where that
        does not fit either, the page grows in the same proportion.

    Returns
    -------
    Scene
        The picture.
    """
    if not value.maps or not value.whole.nodes:
        return _nothing(value, theme, page)
    per_share = WIDEST / max(_largest(value), 1e-9)
    grow = 1.0
    while True:
        width, height = page[0] * grow, page[1] * grow
        scale = grow**0.6
        head = header(value, width, theme, scale)
        plan = None
        for names in (True, False):
            base = _base(value, width, theme, scale, names=names)
            room = (width - 2 * MARGIN, height - head.height - base.height - 8.0)
            plan = _plan(value, room, per_share, theme, names=names)
            if plan is not None:
                break
        if plan is not None:
            break
        grow *= 1.08
    marks: list[Mark] = [*head.marks]
    cell = place(plan.draft, plan.room, theme)
    top = max(scale_top(item) for item in value.maps)
    for number, item in enumerate(value.maps):
        x = MARGIN + (number % plan.across) * (plan.room[0] + GUTTER)
        y = head.height + (number // plan.across) * (plan.room[1] + plan.heads + GUTTER)
        inner = [*_head(item, plan.room[0], theme).marks]
        inner += [moved(mark, 1.0, 0.0, plan.heads) for mark in _cell(value, item, cell, plan, top, per_share, theme)]
        marks += [moved(mark, 1.0, x, y) for mark in inner]
    marks += [moved(mark, 1.0, 0.0, height - base.height) for mark in base.marks]
    return Scene(width, height, tuple(marks))


def _nothing(value: MapGrid, theme: Theme, page: tuple[float, float]) -> Scene:
    head = header(value, page[0], theme)
    words = Words(page[0] / 2, page[1] / 2, "No journeys to compare.", 13.0, theme.ink, bold=True, align="center")
    return Scene(page[0], page[1], (*head.marks, words))


def _shares(item: JourneyMap) -> dict[tuple[str, str], float]:
    """Return how often a level's journeys make each transition: its count per journey."""
    journeys = max(item.summary.journeys, 1)
    return {(edge.source, edge.target): edge.count / journeys for edge in inner_edges(item)}


def _largest(value: MapGrid) -> float:
    return max((share for item in value.maps for share in _shares(item).values()), default=0.0)


def _plan(value: MapGrid, room: tuple[float, float], per_share: float, theme: Theme, *, names: bool) -> _Plan | None:
    """Choose the depth of the columns and how many cells stand side by side; None where nothing fits."""
    widths: dict[tuple[str, str], float] = {}
    for item in value.maps:
        for pair, share in _shares(item).items():
            widths[pair] = max(widths.get(pair, LEAST), share * per_share)
    tried = drafts(value.whole, widths, theme, names=names)
    best: tuple[float, _Plan] | None = None
    for across in range(1, min(MOST_COLUMNS, len(value.maps)) + 1):
        down = ceil(len(value.maps) / across)
        wide = (room[0] - GUTTER * (across - 1)) / across
        heads = max(_head(item, wide, theme).height for item in value.maps)
        high = (room[1] - GUTTER * (down - 1)) / down - heads
        for draft in tried:
            fit = min(wide / draft.width, high / draft.height)
            # Empty cells are room lost; crossings are hard to follow, and names in many lines hard to read.
            worth = min(fit, 1.6) - 0.05 * (across * down - len(value.maps)) - 0.004 * draft.stacks.crossings
            worth -= 0.01 * sum(map(len, draft.lines.values()))
            if fit >= 1.0 and (best is None or worth > best[0] + 1e-9):
                best = (worth, _Plan(across, draft, names, (wide, high), heads))
    return None if best is None else best[1]


def _head(item: JourneyMap, width: float, theme: Theme) -> Piece:
    """Set the level's name and numbers."""
    summary = item.summary
    size = theme.smallest
    words = ", ".join(f"{segment} = {level}" for segment, level in item.levels)
    name = paragraph(words, 0.0, 0.0, width, size + 2.0, theme, bold=True)
    rate = summary.conversion
    said = f"{amounts.count(summary.journeys)} journeys · conversion {amounts.share(rate.rate)}"
    if rate.ci_low is not None:
        said += f" ({interval(rate.ci_low, rate.ci_high)})"
    if summary.thin:
        said += f" · thin data: {amounts.count(summary.customers)} customers"
    facts = paragraph(said, 0.0, name.height, width, size, theme, color=theme.muted)
    return Piece((*name.marks, *facts.marks), name.height + facts.height + 3.0)


def _cell(
    value: MapGrid, item: JourneyMap, cell: Cell, plan: _Plan, top: float, per_share: float, theme: Theme
) -> list[Mark]:
    size = theme.smallest
    marks: list[Mark] = []
    for (left, right), lines in zip(cell.bands, cell.heads, strict=True):
        outline = rounded(left + 0.8, 0.0, right - left - 1.6, plan.room[1], 3.0)
        marks.append(Shape(outline, fill=theme.band, layer=1, role="band"))
        marks += [
            Words(
                (left + right) / 2, 3.0 + size * (0.85 + LINE * at), line, size, theme.muted,
                bold=True, narrow=True, align="center", layer=45, role="stage",
            )
            for at, line in enumerate(lines)
        ]  # fmt: skip
    shares = _shares(item)
    for order, pair in enumerate(sorted(shares, key=lambda pair: (-shares[pair], pair))):
        way = replace(cell.routes[pair], width=max(LEAST, shares[pair] * per_share))
        line, arrow = ribbon(way)
        color = theme.back if way.kind == "back" else theme.line
        layer = 5 if order < 8 else 6  # noqa: PLR2004 - the largest lie below, so that no small one is lost
        marks += [
            Shape(line, color=theme.band, width=way.width + 1.0, layer=layer),
            Shape(line, color=color, width=way.width, layer=layer, role="edge"),
            Shape(arrow, fill=color, color=theme.band, width=0.3, layer=layer + 4, role="head"),
        ]
    nodes = {node.touchpoint: node for node in item.nodes}
    for node in value.whole.nodes:
        marks += _box(nodes.get(node.touchpoint), node, cell, top, theme)
    return marks


def _box(node: MapNode | None, of_whole: MapNode, cell: Cell, top: float, theme: Theme) -> list[Mark]:
    """Draw a touchpoint; where the level does not visit it, an empty, dotted box."""
    box, size = cell.boxes[of_whole.touchpoint], theme.smallest
    is_sure = node is not None and node.drop_off.denominator >= SURE
    fill, border, ink = theme.paper, theme.muted, theme.muted
    if node is not None:
        fill = drop_color(node.drop_off.rate, top, theme)
        fill = fill if is_sure else blend(fill, theme.paper, UNSURE_PALE)
        ink = theme.on(fill)
        border = theme.converted if node.is_goal else theme.ink if is_sure else theme.muted
    is_goal = node is not None and node.is_goal
    outline = rounded(box.x, box.y, box.width, box.height, 2.5)
    dash = () if is_sure else (2.0, 1.5) if node is not None else (0.8, 1.8)
    role = "node" if node is not None else "absent"
    marks: list[Mark] = [
        Shape(outline, fill=fill, color=border, width=1.6 if is_goal else 0.6, dash=dash, layer=30, role=role)
    ]
    for number, line in enumerate(cell.lines[of_whole.touchpoint]):
        y = box.y + PAD + size * (0.85 + LINE * number)
        marks.append(
            Words(box.x + box.width / 2, y, line, size, ink, bold=is_goal, narrow=True, align="center", role="name")
        )
    return marks


def _base(value: MapGrid, width: float, theme: Theme, scale: float, *, names: bool) -> Piece:
    """Set the key, the names of numbers, and the footer."""
    size = theme.smallest * scale
    key = drop_scale(max(scale_top(item) for item in value.maps), theme, scale)
    marks: list[Mark] = [moved(mark, 1.0, MARGIN, 4.0) for mark in key.marks]
    x = MARGIN + key.width + 26.0 * scale
    y = 4.0
    widest = _largest(value) * 100
    for color, thick, words in (
        (theme.line, 4.0, f"transition, as wide as its count per journey (widest: {widest:.0f} per 100 journeys)"),
        (theme.back, 2.0, "way back"),
    ):
        middle = y + size * 0.65
        marks.append(Shape(polyline((x, middle), (x + 18 * scale, middle)), color=color, width=thick * scale))
        marks.append(Words(x + 24 * scale, y + size * 0.95, words, size, theme.ink))
        y += size * 1.45
    words = f"dashed and pale: fewer than {SURE} mature visits; dotted: not visited"
    outline = rounded(x + 1, y + 0.5, 16 * scale, size * 1.05, 2.0)
    marks.append(Shape(outline, fill=theme.paper, color=theme.muted, width=0.7, dash=(2.0, 1.5)))
    marks.append(Words(x + 24 * scale, y + size * 0.95, words, size, theme.ink))
    y += size * 1.45
    bottom = max(y, key.height + 4.0) + 3.0
    if not names:
        numbers = _numbers(value, bottom, width - 2 * MARGIN, size, theme)
        marks += numbers.marks
        bottom += numbers.height + 3.0
    foot = paragraph(" ".join(_said(value)), MARGIN, 5.0, width - 2 * MARGIN, size, theme, color=theme.muted)
    rule = Shape(polyline((MARGIN, 0.0), (width - MARGIN, 0.0)), color=theme.band_line, width=0.7)
    marks += [moved(mark, 1.0, 0.0, bottom) for mark in (rule, *foot.marks)]
    return Piece(tuple(marks), bottom + foot.height + 15.0)


def _numbers(value: MapGrid, top: float, room: float, size: float, theme: Theme) -> Piece:
    """Set the touchpoints behind the numbers, stage by stage; a number and its name are never apart."""
    marks: list[Mark] = []
    x, y = 0.0, top
    entries: list[tuple[str, str]] = []
    for at, node in enumerate(value.whole.nodes, 1):
        if at == 1 or node.stage != value.whole.nodes[at - 2].stage:
            entries.append(("", node.stage))
        entries.append((str(at), node.touchpoint))
    for number, name in entries:
        sign = text.width(number, size, theme, bold=True) + 3.0 if number else 0.0
        lines = text.wrap(name, room - sign, size, theme, bold=not number)
        wide = sign + max(text.width(line, size, theme, bold=not number) for line in lines)
        if x > 0 and x + wide > room:
            x, y = 0.0, y + size * 1.35
        if number:
            marks.append(Words(MARGIN + x, y + size * 0.95, number, size, theme.ink, bold=True, role="key number"))
        color = theme.ink if number else theme.muted
        role = "key name" if number else "key stage"
        for line_number, line in enumerate(lines):
            base = y + size * (0.95 + 1.3 * line_number)
            marks.append(Words(MARGIN + x + sign, base, line, size, color, bold=not number, role=role))
        y += size * 1.3 * (len(lines) - 1)
        x += wide + size * 1.2
    return Piece(tuple(marks), y + size * 1.35 - top)


def _said(value: MapGrid) -> list[str]:
    coverage = value.whole.coverage
    drawn = inner_edges(value.whole)
    shown = sum(edge.count for edge in value.whole.edges)
    share = sum(edge.count for edge in drawn) / shown * coverage.transition_share if shown else None
    said = ["Every map has the same places, widths and colours."]
    said.append(
        f"Shows {amounts.share(share)} of all transitions: {amounts.count(len(drawn))} between touchpoints; starts, "
        "ends, repeats and smaller ones are not drawn."
    )
    left_out = value.n_levels - len(value.maps)
    if left_out:
        said.append(
            f"{amounts.count(len(value.maps))} of {amounts.count(value.n_levels)} levels, those with the most "
            f"journeys; {amounts.count(left_out)} left out."
        )
    said.append("Rates use mature units only, with 95 % intervals.")
    return said
