"""The one layout of a grid: the same columns, boxes and ways in every cell, for a cell of a given size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final

from journeymap.model.names import ENDS, START
from journeymap.render import text
from journeymap.render.columns import Columns, columns, kind
from journeymap.render.layout import Beside, Gaps, Item, Key, Link, least_height, settle, stack
from journeymap.render.routes import Box, Route, Way, routes

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap, MapEdge
    from journeymap.render.layout import Stacks
    from journeymap.render.theme import Theme

PAD: Final = 2.4
LINE: Final = 1.16
GAPS: Final = Gaps(4.0, 1.8)
BETWEEN: Final = 12.0
"""The least distance between columns."""
WIDTHS: Final = (42.0, 47.0, 52.0, 62.0, 76.0)
"""Widths to try for a box that holds a name."""
DEEPEST: Final = 12
WIDEST: Final = 6.0


@dataclass(frozen=True, slots=True)
class Draft:
    """Columns with everything in them measured, and the least size of a cell that they need."""

    columns: Columns
    items: tuple[Item, ...]
    links: tuple[Link, ...]
    ways: tuple[Way, ...]
    stacks: Stacks
    lines: dict[str, tuple[str, ...]]
    heads: tuple[tuple[str, ...], ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Cell:
    """What is at the same place in every cell.

    Attributes
    ----------
    boxes
        Touchpoint -> its box.
    routes
        (source, target) -> the way of the transition.
    lines
        Touchpoint -> the lines in its box: its name, or its number in the key.
    bands
        (left, right) of each stage.
    heads
        The lines of each stage's name; none where one of them has no room.
    """

    boxes: dict[str, Box]
    routes: dict[tuple[str, str], Route]
    lines: dict[str, tuple[str, ...]]
    bands: tuple[tuple[float, float], ...]
    heads: tuple[tuple[str, ...], ...]


def inner_edges(journey_map: JourneyMap) -> list[MapEdge]:
    """Return the transitions from a touchpoint to another one."""
    return [
        edge
        for edge in journey_map.edges
        if edge.source != START and edge.target not in ENDS and edge.source != edge.target
    ]


def drafts(whole: JourneyMap, widths: dict[tuple[str, str], float], theme: Theme, *, names: bool) -> list[Draft]:
    """Measure the map in several depths of columns and widths of boxes.

    Parameters
    ----------
    whole
        All levels together.
    widths
        (source, target) -> the width of the line where it is widest.
    theme
        For the letters.
    names
        Whether boxes hold names; else numbers.
    """
    per_stage = [sum(node.stage == stage for node in whole.nodes) for stage in {node.stage for node in whole.nodes}]
    deepest = max(per_stage)
    depths = sorted({max(min(deepest, depth), ceil(deepest / DEEPEST)) for depth in (2, 3, 4, 5, 6, 8, 10, DEEPEST)})
    wide_number = text.width(str(len(whole.nodes)), theme.smallest, theme, bold=True, narrow=True) + 2 * PAD + 2.0
    return [
        _draft(whole, widths, theme, depth, box, names=names)
        for depth in depths
        for box in (WIDTHS if names else (wide_number,))
    ]


def _draft(
    whole: JourneyMap,
    widths: dict[tuple[str, str], float],
    theme: Theme,
    depth: int,
    box: float,
    *,
    names: bool,
) -> Draft:
    size = theme.smallest
    found = columns(whole, depth)
    lines = {
        node.touchpoint: text.wrap(node.touchpoint, box - 2 * PAD, size, theme, narrow=True) if names else (str(at),)
        for at, node in enumerate(whole.nodes, 1)
    }
    items = tuple(
        Item(name, found.of[name] - 1, box, len(said) * size * LINE + 2 * PAD) for name, said in lines.items()
    )
    ways = tuple(
        Way(edge, kind(edge, found.of), widths.get((edge.source, edge.target), 0.5)) for edge in inner_edges(whole)
    )
    links = tuple(
        Link(way.edge.source, way.edge.target, way.width, float(way.edge.count))
        for way in ways
        if way.kind in ("forward", "back")
    )
    within = tuple((way.edge.source, way.edge.target) for way in ways if way.kind == "column")
    stacks = stack(items, links, Beside(within))
    pitch = box + BETWEEN
    if names:  # no word of a stage's name is broken, but for one that is wider than two boxes
        for name, first, last in found.stages:
            word = max(text.width(word, size, theme, bold=True, narrow=True) for word in name.split() or [""])
            pitch = max(pitch, min((word + 4.0) / (last - first + 1), 2 * box))
    # Where boxes hold numbers, a line is kept for the names of stages: they stand there if all have room.
    heads = tuple(
        text.wrap(name, (last - first + 1) * pitch - 4.0, size, theme, bold=True, narrow=True) if names else (name,)
        for name, first, last in found.stages
    )
    above = _above(heads, size)
    return Draft(
        found,
        items,
        links,
        ways,
        stacks,
        lines,
        heads,
        found.count * pitch,
        max(least_height(stacks, _tall(items, links, stacks), GAPS) + above + 6.0, 60.0),
    )


def _above(heads: tuple[tuple[str, ...], ...], size: float) -> float:
    most = max(map(len, heads), default=0)
    return most * size * LINE + 5.0 if most else 0.0


def _tall(items: tuple[Item, ...], links: tuple[Link, ...], stacks: Stacks) -> dict[Key, float]:
    tall: dict[Key, float] = {(-1, item.name): item.height for item in items}
    tall.update({key: links[key[0]].width for key in stacks.wish if key[0] >= 0})
    return tall


def place(draft: Draft, room: tuple[float, float], theme: Theme) -> Cell:
    """Give everything its place in a cell of this width and height in points."""
    pitch = room[0] / draft.columns.count
    bands = tuple((pitch * (first - 1), pitch * last) for _, first, last in draft.columns.stages)
    fits = all(
        text.width(line, theme.smallest, theme, bold=True, narrow=True) <= right - left - 4.0
        for (left, right), lines in zip(bands, draft.heads, strict=True)
        for line in lines
    )
    heads = draft.heads if fits else tuple(() for _ in bands)
    above = _above(heads, theme.smallest)
    tall = _tall(draft.items, draft.links, draft.stacks)
    inner = room[1] - above - 4.0
    roomy = (Gaps(16.0, 5.0), Gaps(11.0, 4.0), Gaps(8.0, 3.0), GAPS)
    gaps = next((gaps for gaps in roomy if least_height(draft.stacks, tall, gaps) <= inner), GAPS)
    heights = settle(draft.stacks, draft.links, tall, inner, gaps)
    box = draft.items[0].width
    sides = [(pitch * at + (pitch - box) / 2, pitch * at + (pitch + box) / 2) for at in range(draft.columns.count)]
    boxes = {
        item.name: Box(
            item.name,
            item.column,
            sides[item.column][0],
            above + 2.0 + heights[-1, item.name] - item.height / 2,
            box,
            item.height,
        )
        for item in draft.items
    }
    ways = []
    number = 0
    for way in draft.ways:
        if way.kind not in ("forward", "back"):
            ways.append(way)
            continue
        source, target = boxes[way.edge.source].column, boxes[way.edge.target].column
        steps = range(source + 1, target) if source < target else range(source - 1, target, -1)
        channels = tuple((step, above + 2.0 + heights[number, step]) for step in steps)
        ways.append(replace(way, channels=channels))
        number += 1
    found = {(way.edge.source, way.edge.target): way for way in routes(tuple(ways), boxes, tuple(sides))}
    return Cell(boxes, found, draft.lines, bands, heads)
