"""The key of the journey graph: what fill, border, width and colour mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.render import amounts, text
from journeymap.render.fit import points_per_count, widest_count, widest_lane
from journeymap.render.routes import WIDEST_LANE
from journeymap.render.scales import Key
from journeymap.render.scene import Shape, Words, polyline, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.coloring import Coloring
    from journeymap.render.scene import Mark
    from journeymap.render.theme import Theme

    Swatch = Callable[[float, float], list[Mark]]
    """Draws a sign at a left edge and a middle height."""

HALO: Final = 0.62
"""How far the highlight of the happy path is drawn back towards the paper."""
LONGEST: Final = 232.0
"""How wide the lines of the key are at the most, in points."""


def halo_color(theme: Theme) -> str:
    """Return the colour that lies under the happy path, as a marker pen does."""
    return blend(theme.converted, theme.paper, HALO)


def legend(journey_map: JourneyMap, coloring: Coloring, theme: Theme, scale: float = 1.0) -> Key:
    """Draw the key of the journey graph."""
    size = theme.smallest * scale
    left = coloring.scale(scale)
    marks: list[Mark] = [*left.marks]
    x = left.width + 24.0 * scale
    reach = y = 0.0
    for draw, words in _rows(journey_map, coloring, theme, scale):
        indent = 24 * scale if draw is not None else 0.0
        lines = text.wrap(words, LONGEST * scale - indent, size, theme)
        if draw is not None:
            marks += draw(x, y + size * 0.65)
        for line in lines:
            marks.append(Words(x + indent, y + size * 0.95, line, size, theme.ink, role="key"))
            reach = max(reach, indent + text.width(line, size, theme))
            y += size * 1.3
        y += size * 0.15
    if not coloring.shows_direction:
        y += size * 1.45  # the line that is not there: so every colouring of a map leaves it the same room
    return Key(tuple(marks), x + reach, max(left.height, y))


def _rows(journey_map: JourneyMap, coloring: Coloring, theme: Theme, scale: float) -> list[tuple[Swatch | None, str]]:
    """Give the lines of the key with their signs."""
    largest = widest_count(journey_map)
    capped = widest_lane(journey_map) * points_per_count(journey_map) > WIDEST_LANE * 1.001
    wide = 18 * scale

    def line(color: str, width: float) -> Swatch:
        return lambda x, y: [Shape(polyline((x, y), (x + wide, y)), color=color, width=width * scale)]

    def happy(x: float, y: float) -> list[Mark]:
        color = theme.converted if coloring.shows_direction else theme.line
        under = Shape(polyline((x, y), (x + wide, y)), color=halo_color(theme), width=7.0 * scale, layer=9)
        return [under, *line(color, 2.5)(x, y)]

    def dashed(x: float, y: float) -> list[Mark]:
        outline = rounded(x + 1, y - theme.smallest * scale * 0.6, 16 * scale, theme.smallest * scale * 1.05, 2.0)
        return [Shape(outline, fill=theme.paper, color=theme.muted, width=0.8, dash=(2.4, 1.8))]

    told = happy_words(journey_map)
    rows: list[tuple[Swatch | None, str]] = [
        (line(theme.line, 4.0), f"transition, as wide as its count (widest: {amounts.count(largest)})"),
        *([(line(theme.back, 2.0), "way back, or the same touchpoint again")] if coloring.shows_direction else []),
        (
            line(theme.dropped, 2.0),
            "journeys that end there, dropped" + (" (wide lanes not to scale)" if capped else ""),
        ),
        *([(happy if journey_map.happy_path is not None else None, told)] if told else []),
        (dashed, coloring.unsure),
        (None, coloring.in_box),
    ]
    return rows


def happy_words(journey_map: JourneyMap) -> str:
    """Say what the happy path is, and the share of the converted journeys on it.

    Returns
    -------
    str
        ``happy path: the widest way to the goal; at each step 308 of 1,362 converted journeys (22.6 %) or more``; why
        there is none; or nothing where it was not looked for.
    """
    found, summary = journey_map.happy_path, journey_map.summary
    if found is not None:
        return (
            f"happy path: the widest way to the goal; at each step {amounts.count(found.journeys)} of "
            f"{amounts.count(found.converted)} converted journeys ({amounts.share(found.share)}) or more"
        )
    if not summary.goals:
        return "no happy path: no goal is known"
    return "" if summary.converted else "no happy path: no journey converted"
