"""Rows of a profile's picture: pairs of bars with their intervals, and dots with theirs on an axis of points."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from journeymap.render import amounts, text
from journeymap.render.furniture import Piece, disc
from journeymap.render.scene import Mark, Shape, Words, polygon, polyline
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from journeymap.render.theme import Theme

LINE: Final = 1.22
BETWEEN: Final = 8.0
"""Points between the columns of a row."""
_STEPS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
_MOST_OF_LABEL: Final = 0.42
_MOST_TICKS: Final = 8

Spread = tuple[float | None, float | None, float | None]
"""A number with the ends of its interval; None for what is not known."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A number of the level above that of all others, as two bars.

    Attributes
    ----------
    label
        What it is.
    here, others
        The numbers with their intervals.
    words
        The same in words.
    is_clear
        Whether they clearly differ.
    """

    label: str
    here: Spread
    others: Spread
    words: tuple[str, str]
    is_clear: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """A difference with its interval, -1 to 1; a heading of those below it where there is no difference.

    Attributes
    ----------
    label
        What it is of.
    difference
        The difference with its interval; None for a heading.
    words
        The level's number and that of the others.
    """

    label: str
    difference: tuple[float, float, float] | None = None
    words: tuple[str, str] = ("", "")


def small(size: float, theme: Theme) -> float:
    """Return the size of what stands back beside letters of a size; never below the theme's smallest."""
    return max(theme.smallest, size * 0.82)


def here_color(theme: Theme) -> str:
    """Return the colour of the level's bars."""
    return theme.shares[3]


def others_color(theme: Theme) -> str:
    """Return the colour of the bars of all others."""
    return blend(theme.open, theme.paper, 0.45)


def bars(rows: Sequence[Pair], room: float, size: float, theme: Theme, *, is_common: bool) -> Piece:
    """Set pairs of bars from 0 on.

    Parameters
    ----------
    rows
        The pairs.
    room
        The width in points.
    size
        Of letters.
    theme
        Colours and fonts.
    is_common
        Whether one scale holds for all pairs; else each has its own.
    """
    label_room = _label_room([row.label for row in rows], room, size, theme)
    number_room = max(
        (text.width(words, size, theme, bold=True, narrow=True) for row in rows for words in row.words), default=0.0
    )
    left = label_room + BETWEEN
    long = max(room - left - number_room - BETWEEN, 12.0)
    most = max((_most(row) for row in rows), default=0.0)
    thick, apart = size * 0.95, size * 0.2
    marks: list[Mark] = []
    y = 0.0
    for row in rows:
        lines = text.wrap(row.label, label_room, size, theme, bold=row.is_clear, narrow=True)
        high = max(len(lines) * size * LINE, 2 * thick + apart)
        top = y + (high - len(lines) * size * LINE) / 2
        marks += _lines(lines, 0.0, top, size, theme, bold=row.is_clear, role="label")
        scale = most if is_common else _most(row)
        middle = y + high / 2
        for number, (spread, color) in enumerate(((row.here, here_color(theme)), (row.others, others_color(theme)))):
            bar_top = middle - thick - apart / 2 if number == 0 else middle + apart / 2
            marks += _bar(spread, scale, (left, bar_top), (long, thick), color, theme)
            words = Words(
                room, bar_top + thick / 2 + size * 0.34, row.words[number], size,
                theme.ink if number == 0 else theme.muted, bold=row.is_clear and number == 0, narrow=True,
                align="right", role="number",
            )  # fmt: skip
            marks.append(words)
        y += high + size * 0.6
    return Piece(tuple(marks), y)


def _bar(
    spread: Spread, scale: float, corner: tuple[float, float], reach: tuple[float, float], color: str, theme: Theme
) -> list[Mark]:
    value, low, high = spread
    if value is None or not scale:
        return []
    (x, y), (long, thick) = corner, reach
    end = x + long * max(value, 0.0) / scale
    marks: list[Mark] = [
        Shape(polygon((x, y), (end, y), (end, y + thick), (x, y + thick)), fill=color, layer=10, role="bar")
    ]
    if low is not None and high is not None:
        one, two = (x + long * max(part, 0.0) / scale for part in (low, high))
        marks += whisker(one, two, y + thick / 2, thick * 0.3, theme.ink)
    return marks


def whisker(left: float, right: float, y: float, half: float, color: str) -> list[Mark]:
    """Draw an interval lying."""
    lines = (((left, y), (right, y)), ((left, y - half), (left, y + half)), ((right, y - half), (right, y + half)))
    return [Shape(polyline(*line), color=color, width=0.8, layer=12, role="interval") for line in lines]


def _most(row: Pair) -> float:
    return max((part for part in (*row.here, *row.others) if part is not None), default=0.0)


def dots(rows: Sequence[Dot], room: float, size: float, theme: Theme) -> Piece:
    """Set differences as dots with intervals over a common axis, which stands below them."""
    found = [row.difference for row in rows if row.difference is not None]
    label_room = _label_room([row.label for row in rows if row.difference], room, size, theme)
    titles = ("here", "others")
    columns = [(head, *(row.words[at] for row in rows)) for at, head in enumerate(titles)]
    wide = [max(text.width(words, size, theme, bold=True, narrow=True) for words in column) for column in columns]
    left, right = label_room + BETWEEN, room - sum(wide) - 2 * BETWEEN
    low, high = min(0.0, *(item[1] for item in found)), max(0.0, *(item[2] for item in found))
    long = max(right - left, 12.0)

    def place(difference: float) -> float:
        return left + long * (difference - low) / (high - low) if high > low else left

    ends = (room - wide[1] - BETWEEN, room)
    less = small(size, theme)
    marks: list[Mark] = [
        Words(end, less, head, less, theme.muted, narrow=True, align="right", role="head")
        for end, head in zip(ends, titles, strict=True)
    ]
    y = top = less * 1.5
    blocks: list[tuple[float, float]] = []
    for row in rows:
        if row.difference is None:
            y += size * 0.5 if y > top else 0.0
            heads = text.wrap(
                row.label, ends[0] - wide[0] - BETWEEN if y == top else room, less, theme, bold=True, narrow=True
            )
            marks += _lines(heads, 0.0, y, less, theme, color=theme.muted, bold=True, role="head")
            y += len(heads) * less * LINE + size * 0.2
            blocks.append((y, y))
            continue
        lines = text.wrap(row.label, label_room, size, theme, narrow=True)
        tall = len(lines) * size * LINE
        marks += _lines(lines, 0.0, y, size, theme, role="label")
        middle = y + tall / 2
        value, least, most = row.difference
        marks += whisker(place(least), place(most), middle, size * 0.24, theme.palette[0])
        marks.append(Shape(disc(place(value), middle, size * 0.28), fill=theme.palette[0], layer=14, role="dot"))
        marks += [
            Words(end, middle + size * 0.34, words, size, color, narrow=True, align="right", role="number")
            for end, words, color in zip(ends, row.words, (theme.ink, theme.muted), strict=True)
        ]
        y += tall + size * 0.42
        blocks[-1:] = [(blocks[-1][0] if blocks else top, y)]
    axis, bottom = _axis((low, high), place, blocks, long, less, theme)
    return Piece((*marks, *axis), bottom)


def _axis(
    span: tuple[float, float],
    place: Callable[[float], float],
    blocks: Sequence[tuple[float, float]],
    long: float,
    size: float,
    theme: Theme,
) -> tuple[list[Mark], float]:
    """Draw the lines of the axis behind each block of dots, and its numbers below the last."""
    low, high = span
    bottom = blocks[-1][1]
    step = _STEPS[-1]
    for tried in _STEPS:
        widest = max(text.width(_points(end), size, theme, narrow=True) for end in (low, high, -tried, tried))
        if high > low and long * tried / (high - low) >= widest + 6.0 and (high - low) / tried <= _MOST_TICKS:
            step = tried
            break
    marks: list[Mark] = []
    for at in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1):
        x = place(at * step)
        color, width = (theme.muted, 0.9) if at == 0 else (theme.band_line, 0.6)
        marks += [
            Shape(polyline((x, top), (x, end)), color=color, width=width, layer=3, role="axis") for top, end in blocks
        ]
        marks.append(
            Words(
                x, bottom + size * 1.1, _points(at * step), size, theme.muted, narrow=True, align="center", role="axis"
            )
        )
    return marks, bottom + size * 1.5


def _points(difference: float) -> str:
    return amounts.points(difference).removesuffix(" pp")


def _label_room(labels: Sequence[str], room: float, size: float, theme: Theme) -> float:
    widest = max((text.width(label, size, theme, bold=True, narrow=True) for label in labels), default=0.0)
    return min(widest, room * _MOST_OF_LABEL)


def _lines(
    lines: Sequence[str],
    x: float,
    top: float,
    size: float,
    theme: Theme,
    *,
    color: str = "",
    bold: bool = False,
    role: str = "",
) -> list[Mark]:
    return [
        Words(x, top + size * (0.9 + LINE * at), line, size, color or theme.ink, bold=bold, narrow=True, role=role)
        for at, line in enumerate(lines)
    ]
