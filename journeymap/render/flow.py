"""The flow: journeys step by step as bands, as wide as their number, with those that end at each step."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from journeymap.model.names import ENDS, START
from journeymap.render import amounts, text
from journeymap.render.flow_bands import BEYOND, EXITS, STUB, away_words
from journeymap.render.flow_lane import lane, lane_height
from journeymap.render.flow_layout import FACT, LINE, NAME, arrange_flow
from journeymap.render.flow_words import about, end_color, nothing_to_follow, step_name
from journeymap.render.furniture import MARGIN, Piece, closing, header, young
from journeymap.render.labels import Area
from journeymap.render.page import fill
from journeymap.render.scene import Mark, Outline, Scene, Shape, Words, moved, polygon
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.flow_map import FlowMap
    from journeymap.render.flow_bands import Band, Layout
    from journeymap.render.theme import Theme

_LARGEST_TITLE = 1.15
"""How much larger the titles of steps may be on a larger page: they stand as near to each other as on a small one."""
_ROOMY = 1.5
"""How many times as wide as its letters a ribbon must be to have its number on it."""
_SEE_THROUGH = "70"
"""How much of a ribbon is seen where it crosses another, as two hexadecimal digits."""
_AWAY = frozenset({*ENDS, START})


def flow(flow_map: FlowMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw journeys step by step.

    Parameters
    ----------
    flow_map
        The finished numbers.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. What does not fit with letters of the theme's smallest size is gathered; where
        there are too many steps for the width, the picture grows beyond the page, in the same proportion.

    Returns
    -------
    Scene
        The picture.
    """
    if not flow_map.nodes:
        return nothing_to_follow(flow_map, theme, page)

    def compose(width: float, height: float, scale: float) -> Scene | float:
        head = header(flow_map, width, theme, scale, extra=about(flow_map))
        base = _base(flow_map, None, width, theme, scale)
        grown = min(scale, _LARGEST_TITLE)
        titles = theme.heading * grown * LINE * 2 + 8.0
        below = lane_height(flow_map, theme)
        room = height - head.height - titles - below - base.height - 14.0
        layout = arrange_flow(flow_map, theme, width - 2 * MARGIN, room) if room > 0 else 1.2
        if not isinstance(layout, float):
            base = _base(flow_map, layout, width, theme, scale)
            top = head.height + titles
            inner = [*_titles(flow_map, layout, theme, grown, titles), *_bands(flow_map, layout, theme)]
            ends = lane(flow_map, layout, room + 6.0, below, theme)
            marks = (
                *head.marks,
                *(moved(mark, 1.0, MARGIN, top) for mark in (*inner, *ends)),
                *(moved(mark, 1.0, 0.0, height - base.height) for mark in base.marks),
            )
            return Scene(width, height, marks)
        return layout

    return fill(page, compose)


def _titles(flow_map: FlowMap, layout: Layout, theme: Theme, scale: float, height: float) -> list[Mark]:
    """Write over each column which step it is, and how many journeys come so far."""
    marks: list[Mark] = []
    size = theme.heading * scale
    for column, step in enumerate(layout.steps):
        left = layout.lefts[column]
        journeys = sum(band.journeys for band in layout.column(column))
        name = step_name(flow_map, step)
        marks.append(
            Words(left, size * LINE - height, name, size, theme.ink, bold=True, role="step"),
        )
        said = amounts.counted(journeys, "journey")
        if journeys < flow_map.journeys:
            said = f"{amounts.count(journeys)} · {amounts.share(journeys / flow_map.journeys)}"
        marks.append(
            Words(left, size * LINE * 1.95 - height, said, theme.body * scale, theme.muted, narrow=True, role="total")
        )
    return marks


def _bands(flow_map: FlowMap, layout: Layout, theme: Theme) -> list[Mark]:
    """Draw the bands with the ribbons between them, and who is away on the bottom."""
    marks: list[Mark] = []
    for at, source, target, y0, y1, journeys in _ribbons(layout):
        color = end_color(target if target in ENDS else source, theme) if {source, target} & _AWAY else theme.line
        see_through = "60" if source in _AWAY and target in _AWAY else _SEE_THROUGH
        x0 = layout.lefts[at] + layout.block
        outline = _ribbon(x0, y0, layout.lefts[at + 1], y1, layout.per_journey * journeys)
        marks.append(Shape(outline, fill=color + see_through, layer=5, role="ribbon"))
    marks += _numbers(layout, theme)
    for band in layout.bands.values():
        marks += _block(band, layout, flow_map.summary.goals, theme)
    return [*marks, *_away(flow_map, layout, theme), *_stubs(flow_map, layout, theme)]


def _ribbons(layout: Layout) -> list[tuple[int, str, str, float, float, int]]:
    """Give (column, source, target, y at the source, y at the target, journeys) of each ribbon.

    Ribbons leave and enter a band in the order of where they lead to and come from, so that none cross at it.
    """
    place = {key: band.y for key, band in layout.bands.items()} | {key: item.y for key, item in layout.away.items()}
    last = len(layout.steps) - 1
    links: Counter[tuple[int, str, str]] = Counter(layout.moves)
    for (at, name, what), journeys in layout.exits.items():
        if what in ENDS and at < last:
            links[at, name, what] += journeys
        elif what == START and at > 0:
            links[at - 1, what, name] += journeys
    for (at, what), item in layout.away.items():
        if what in ENDS and at < last:
            links[at, what, what] += item.journeys
        elif what == START and at > 0:
            links[at - 1, what, what] += item.journeys
    used: Counter[tuple[int, str]] = Counter()
    starts = {}
    for at, source, target in sorted(links, key=lambda key: (key[0], place[key[0], key[1]], place[key[0] + 1, key[2]])):
        starts[at, source, target] = place[at, source] + layout.per_journey * used[at, source]
        used[at, source] += links[at, source, target]
    used.clear()
    found = []
    for at, source, target in sorted(links, key=lambda key: (key[0], place[key[0] + 1, key[2]], place[key[0], key[1]])):
        y = place[at + 1, target] + layout.per_journey * used[at + 1, target]
        used[at + 1, target] += links[at, source, target]
        found.append((at, source, target, starts[at, source, target], y, links[at, source, target]))
    return found


def _numbers(layout: Layout, theme: Theme) -> list[Mark]:
    """Write on wide ribbons how many journeys they are, where they leave, the widest first."""
    size = theme.smallest
    marks: list[Mark] = []
    taken: list[Area] = []
    for at, source, target, y0, y1, journeys in sorted(_ribbons(layout), key=lambda one: (-one[5], one[0], one[1:3])):
        high = layout.per_journey * journeys
        if high < size * _ROOMY or {source, target} & _AWAY:
            continue
        words = amounts.count(journeys)
        x0 = layout.lefts[at] + layout.block
        gap = layout.lefts[at + 1] - x0
        wide = text.width(words, size, theme, narrow=True)
        if wide + 6.0 > gap * 0.6:
            continue
        # The ribbon's middle where the number stands: a smooth step from the one height to the other.
        part = (3.0 + wide / 2) / gap
        y = y0 + (y1 - y0) * part**2 * (3 - 2 * part) + high / 2
        area = Area(x0 + 3.0, y - size * 0.6, x0 + 3.0 + wide, y + size * 0.6)
        if any(area.meets(other) for other in taken):
            continue
        taken.append(area)
        marks.append(Words(x0 + 3.0, y + size * 0.36, words, size, theme.ink, narrow=True, layer=45, role="number"))
    return marks


def _stubs(flow_map: FlowMap, layout: Layout, theme: Theme) -> list[Mark]:
    """Draw what ends at the last step, begins at the first, or leads beyond them."""
    marks: list[Mark] = []
    edge = len(layout.steps) - 1 if flow_map.direction == "after" else 0
    x = layout.lefts[edge] + layout.block if edge or flow_map.direction == "after" else layout.lefts[0] - STUB
    for band in layout.column(edge):
        y = band.y
        for what in EXITS:
            high = layout.per_journey * layout.exits[edge, band.name, what]
            if not high:
                continue
            outline = polygon((x, y), (x + STUB, y), (x + STUB, y + high), (x, y + high))
            color = theme.line if what == BEYOND else end_color(what, theme)
            marks.append(Shape(outline, fill=color + _SEE_THROUGH, layer=5, role="stub"))
            y += high
    return marks


def _away(flow_map: FlowMap, layout: Layout, theme: Theme) -> list[Mark]:
    marks: list[Mark] = []
    for item in layout.away.values():
        left = layout.lefts[item.column]
        right = left + layout.block
        box = polygon((left, item.y), (right, item.y), (right, item.y + item.height), (left, item.y + item.height))
        marks.append(Shape(box, fill=blend(end_color(item.what, theme), theme.paper, 0.55), layer=10, role="away"))
    size = FACT * layout.letters
    for column in range(len(layout.steps)):
        inside = [item for item in layout.away.values() if item.column == column]
        if inside:
            high = max(sum(item.height for item in inside), LINE * size)
            words = away_words(sum(item.journeys for item in inside), flow_map.direction)
            y = layout.bottom - min(high / 2, LINE * size * 0.5) + size * 0.35
            marks.append(Words(layout.lefts[column] + 6.0, y, words, size, theme.ink, narrow=True, role="away"))
    return marks


def _ribbon(x0: float, y0: float, x1: float, y1: float, high: float) -> Outline:
    middle = (x0 + x1) / 2
    points = (
        (x0, y0), (middle, y0), (middle, y1), (x1, y1),
        (x1, y1 + high), (middle, y1 + high), (middle, y0 + high), (x0, y0 + high), (x0, y0),
    )  # fmt: skip
    return Outline(points, (1, 4, 4, 4, 2, 4, 4, 4, 79))


def _block(band: Band, layout: Layout, goals: tuple[str, ...], theme: Theme) -> list[Mark]:
    left, label = layout.lefts[band.column], band.label
    if label is None:  # pragma: no cover - every band that is placed has one
        return []
    box = polygon(
        (left, band.y),
        (left + layout.block, band.y),
        (left + layout.block, band.y + band.height),
        (left, band.y + band.height),
    )
    fill = theme.band_line if band.gathered else theme.shares[1]
    if band.name in goals and not band.gathered:
        fill = blend(theme.converted, theme.paper, 0.72)
    marks: list[Mark] = [Shape(box, fill=fill, layer=10, role="block")]
    name_size, fact_size = NAME * layout.letters, FACT * layout.letters
    x = left + 6.0
    y = band.slot_y + (band.slot_height - label.height) / 2
    if label.is_one_line:
        y += name_size * 0.92
        wide = text.width(label.name[0] + "  ", name_size, theme, bold=True, narrow=True)
        return [
            *marks,
            Words(x, y, label.name[0], name_size, theme.ink, bold=True, narrow=True, role="name"),
            Words(x + wide, y, label.numbers, fact_size, theme.ink, narrow=True, role="fact"),
        ]
    for line in label.name:
        y += name_size * LINE
        marks.append(Words(x, y - 1.0, line, name_size, theme.ink, bold=True, narrow=True, role="name"))
    y += fact_size * LINE
    marks.append(Words(x, y - 0.6, label.numbers, fact_size, theme.ink, narrow=True, role="fact"))
    return marks


def _base(flow_map: FlowMap, layout: Layout | None, width: float, theme: Theme, scale: float) -> Piece:
    """Set the footer: what is gathered, and what the bands are of."""
    gathered = sum(band.journeys for band in layout.bands.values() if band.gathered) if layout else flow_map.journeys
    whole = sum(node.journeys for node in flow_map.nodes)
    shown = 1 - gathered / whole
    said = [
        "Bands are as wide as their journeys, mature or not.",
        f"Shares are of the {amounts.counted(flow_map.journeys, 'journey')} of this flow.",
        f"Shows {amounts.share(shown)} of the visits in these steps"
        + (f"; {amounts.share(1 - shown)} are gathered as others." if gathered else "."),
        young(flow_map.summary),
    ]
    return closing(said, width, theme, scale)
