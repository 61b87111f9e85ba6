"""The key of a picture: what fill, border, width and colour mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.render import text
from journeymap.render.fit import points_per_count, widest_count, widest_lane
from journeymap.render.routes import WIDEST_LANE
from journeymap.render.scene import Shape, Words, polygon, polyline, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.scene import Mark
    from journeymap.render.theme import Theme

SURE = 30
"""Mature visits from which a touchpoint's rate is drawn as certain."""
TOPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
CELLS = 40
UNSURE_PALE = 0.5
"""How far the fill of an uncertain rate is drawn back towards the paper: 1 of 1 is no alarm."""


@dataclass(frozen=True, slots=True)
class Key:
    """Marks from (0, 0) with the room that they take."""

    marks: tuple[Mark, ...]
    width: float
    height: float


def scale_top(journey_map: JourneyMap) -> float:
    """Return the end of the drop-off scale: a round share above every rate that stands on enough visits."""
    sure = [node.drop_off.rate for node in journey_map.nodes if node.drop_off.denominator >= SURE]
    rates = [rate for rate in sure or [node.drop_off.rate for node in journey_map.nodes] if rate is not None]
    highest = max(rates, default=0.0)
    return next(top for top in TOPS if top >= min(highest, 1.0))


def drop_color(rate: float | None, top: float, theme: Theme) -> str:
    """Return the colour of a drop-off.

    Examples
    --------
    >>> from journeymap.render.theme import Theme
    >>> drop_color(0.0, 0.5, Theme.default), drop_color(None, 0.5, Theme.default)
    ('#ffffff', '#FFFFFF')
    """
    if rate is None:
        return theme.paper
    place = min(rate / top, 1.0) * (len(theme.drop_off) - 1)
    at = min(int(place), len(theme.drop_off) - 2)
    return blend(theme.drop_off[at], theme.drop_off[at + 1], place - at)


def drop_scale(top: float, theme: Theme, scale: float = 1.0) -> Key:
    """Draw the scale of the fill, from no drop-off to ``top``."""
    size = theme.smallest * scale
    marks: list[Mark] = []
    wide, high = 150.0 * scale, 7.0 * scale
    label = "drop-off: share of mature visits that were a journey's last, abandoned"
    lines = text.wrap(label, wide + 10 * scale, size, theme)
    y = 0.0
    for number, line in enumerate(lines):
        marks.append(Words(0.0, y + size * (0.95 + 1.25 * number), line, size, theme.ink))
    y += size * 1.25 * len(lines) + 3.0
    for cell in range(CELLS):
        # Each cell reaches a little under the next, or thin lines would show between them.
        left, right = wide * cell / CELLS, min(wide, wide * (cell + 1.3) / CELLS)
        outline = polygon((left, y), (right, y), (right, y + high), (left, y + high))
        marks.append(Shape(outline, fill=drop_color(top * (cell + 0.5) / CELLS, top, theme), layer=10 + cell))
    marks.append(Shape(rounded(0.0, y, wide, high, 0.1), color=theme.muted, width=0.5, layer=52))
    for part, align in ((0.0, "left"), (0.5, "center"), (1.0, "right")):
        marks.append(
            Words(wide * part, y + high + size * 1.1, text.share(top * part), size, theme.ink, align=align)  # type: ignore[arg-type]
        )
    return Key(tuple(marks), wide, y + high + size * 1.5)


def legend(journey_map: JourneyMap, theme: Theme, scale: float = 1.0) -> Key:
    """Draw the key of the journey graph."""
    size = theme.smallest * scale
    left = drop_scale(scale_top(journey_map), theme, scale)
    marks: list[Mark] = [*left.marks]
    wide, bottom = left.width, left.height
    # Right: lines and boxes.
    x = wide + 24.0 * scale
    largest = widest_count(journey_map)
    capped = widest_lane(journey_map) * points_per_count(journey_map) > WIDEST_LANE * 1.001
    rows = [
        (theme.line, 4.0, f"transition, as wide as its count (widest: {text.count(largest)})"),
        (theme.back, 2.0, "way back, or the same touchpoint again"),
        (
            theme.dropped,
            2.0,
            "journeys that end there, dropped" + (" (wide lanes not to scale)" if capped else ""),
        ),
    ]
    reach = 0.0
    y = 0.0
    for color, width, words in rows:
        middle = y + size * 0.65
        marks.append(Shape(polyline((x, middle), (x + 18 * scale, middle)), color=color, width=width * scale))
        marks.append(Words(x + 24 * scale, y + size * 0.95, words, size, theme.ink))
        reach = max(reach, 24 * scale + text.width(words, size, theme))
        y += size * 1.45
    words = f"fewer than {SURE} mature visits: dashed and pale"
    outline = rounded(x + 1, y + 0.5, 16 * scale, size * 1.05, 2.0)
    marks.append(Shape(outline, fill=theme.paper, color=theme.muted, width=0.8, dash=(2.4, 1.8)))
    marks.append(Words(x + 24 * scale, y + size * 0.95, words, size, theme.ink))
    y += size * 1.45
    words = "in a box: visits · share of journeys, ↓ drop-off of mature visits"
    marks.append(Words(x, y + size * 0.95, words, size, theme.ink))
    reach = max(reach, text.width(words, size, theme))
    y += size * 1.45
    return Key(tuple(marks), x + reach, max(bottom, y))
