"""The lane below a flow: how many journeys end or begin at each step, and how."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, DROPPED, ENDED, ENDS, OPEN, START
from journeymap.render import amounts
from journeymap.render.flow_bands import BEYOND, STUB
from journeymap.render.flow_words import end_color
from journeymap.render.scene import Mark, Shape, Words, polygon, rounded

if TYPE_CHECKING:
    from journeymap.model.flow_map import FlowMap
    from journeymap.render.flow_bands import Layout
    from journeymap.render.theme import Theme

_LINE = 1.32
_SAID = {
    CONVERTED: "converted",
    ENDED: "ended",
    DROPPED: "dropped",
    OPEN: "open",
    START: "begin here",
}


def lane_height(flow_map: FlowMap, theme: Theme) -> float:
    """Return how tall the lane is: as its longest column."""
    return 14.0 + max(len(lines) for lines in _columns(flow_map)) * theme.smallest * _LINE


def lane(flow_map: FlowMap, layout: Layout, top: float, height: float, theme: Theme) -> list[Mark]:
    """Write below each column how many journeys end or begin there, and how."""
    right = layout.lefts[-1] + layout.block + STUB
    left = layout.lefts[0] - STUB
    marks: list[Mark] = [Shape(rounded(left, top, right - left, height - 6.0, 4.0), fill=theme.band, layer=1)]
    size = theme.smallest
    for x, lines in zip(layout.lefts, _columns(flow_map), strict=True):
        y = top + 4.0 + size
        for what, words in lines:
            marks += _told(x, y, what, words, theme)
            y += size * _LINE
    return marks


def _columns(flow_map: FlowMap) -> list[list[tuple[str, str]]]:
    """Give the lines of each column: what each is about, "" for the head, and its words."""
    is_after = flow_map.direction == "after"
    columns = []
    for step in sorted({node.step for node in flow_map.nodes}):
        counts: Counter[str] = Counter()
        for link in flow_map.links:
            if is_after and link.step == step:
                counts[link.target if link.target in ENDS else BEYOND] += link.journeys
            elif not is_after and link.step + 1 == step:
                counts[START if link.source == START else BEYOND] += link.journeys
        lines = []
        total = sum(counts[end] for end in ENDS)
        if is_after:
            part = f" · {amounts.share(total / flow_map.journeys)}"
            lines.append(("", f"end here: {amounts.count(total)}{part}" if total else "none end here"))
        lines += [(what, f"{amounts.count(counts[what])} {_SAID[what]}") for what in _SAID if counts[what]]
        columns.append((step, lines, counts[BEYOND]))
    beyond = columns[-1] if is_after else columns[0]
    if beyond[2]:
        beyond[1].append((BEYOND, f"{amounts.count(beyond[2])} {'go on' if is_after else 'begin earlier'}"))
    return [lines for _, lines, _ in columns]


def _told(x: float, y: float, what: str, words: str, theme: Theme) -> list[Mark]:
    size = theme.smallest
    if not what:
        return [Words(x, y, words, size, theme.ink, bold=True, narrow=True, role="ends")]
    color = theme.line if what == BEYOND else end_color(what, theme)
    box = polygon((x, y - 5.4), (x + 5.4, y - 5.4), (x + 5.4, y), (x, y))
    if what == BEYOND:  # an arrow: it is no end
        box = polygon((x, y - 5.6), (x + 5.4, y - 2.7), (x, y + 0.2))
    return [
        Shape(box, fill=color, layer=10, role="key"),
        Words(x + 8.5, y, words, size, theme.ink, narrow=True, role="end"),
    ]
