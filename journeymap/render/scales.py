"""Scales of colour: from a number to its colour, and the bar that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from journeymap.render import amounts, text
from journeymap.render.scene import Shape, Words, polygon, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def ramp(colors: Sequence[str], part: float) -> str:
    """Return the colour at a part, 0 to 1, of a ramp.

    Examples
    --------
    >>> ramp(("#000000", "#ffffff"), 0.5), ramp(("#000000", "#ffffff"), 7)
    ('#808080', '#ffffff')
    """
    place = min(max(part, 0.0), 1.0) * (len(colors) - 1)
    at = min(int(place), len(colors) - 2)
    return blend(colors[at], colors[at + 1], place - at)


def drop_color(rate: float | None, top: float, theme: Theme) -> str:
    """Return the colour of a drop-off.

    Examples
    --------
    >>> from journeymap.render.theme import Theme
    >>> drop_color(0.0, 0.5, Theme.default), drop_color(None, 0.5, Theme.default)
    ('#ffffff', '#FFFFFF')
    """
    return theme.paper if rate is None else ramp(theme.drop_off, rate / top)


def drop_scale(top: float, theme: Theme, scale: float = 1.0) -> Key:
    """Draw the scale of the fill, from no drop-off to ``top``."""
    label = "drop-off: share of mature visits that were a journey's last, abandoned"
    ticks = tuple((part, amounts.share(top * part)) for part in (0.0, 0.5, 1.0))
    return color_scale(label, (theme.drop_off,), ticks, theme, scale)


def color_scale(
    label: str, ramps: Sequence[Sequence[str]], ticks: Sequence[tuple[float, str]], theme: Theme, scale: float = 1.0
) -> Key:
    """Draw a bar of colours with its numbers.

    Parameters
    ----------
    label
        What the numbers are, and their unit.
    ramps
        The colours from the least to the most; of several each is a bar, one under another, for the same numbers.
    ticks
        (part of the bar, number in words), from the left to the right.
    theme, scale
        Its letters, and how much larger they are than the theme's smallest.
    """
    size = theme.smallest * scale
    marks: list[Mark] = []
    wide, high = 150.0 * scale, 7.0 * scale
    y = 0.0
    lines = text.wrap(label, wide + 10 * scale, size, theme)
    for number, line in enumerate(lines):
        marks.append(Words(0.0, y + size * (0.95 + 1.25 * number), line, size, theme.ink))
    y += size * 1.25 * len(lines) + 3.0
    for colors in ramps:
        for cell in range(CELLS):
            # Each cell reaches a little under the next, or thin lines would show between them.
            left, right = wide * cell / CELLS, min(wide, wide * (cell + 1.3) / CELLS)
            outline = polygon((left, y), (right, y), (right, y + high), (left, y + high))
            marks.append(Shape(outline, fill=ramp(colors, (cell + 0.5) / CELLS), layer=10 + cell, role="scale"))
        marks.append(Shape(rounded(0.0, y, wide, high, 0.1), color=theme.muted, width=0.5, layer=52))
        y += high + 1.5 * scale
    y -= 1.5 * scale
    for part, words in ticks:
        align: Literal["left", "center", "right"] = "left" if part == 0 else "right" if part == 1 else "center"
        marks.append(Words(wide * part, y + size * 1.1, words, size, theme.ink, align=align, role="tick"))
    return Key(tuple(marks), wide, y + size * 1.5)
