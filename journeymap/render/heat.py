"""A grid of coloured cells with named rows and columns: what the matrix and the step matrix have in common."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

from journeymap.render import amounts, text
from journeymap.render.furniture import Piece
from journeymap.render.heat_sizes import APART, LETTERS, LINE, SIZE, form_of, measure
from journeymap.render.scales import Key
from journeymap.render.scene import Mark, Shape, Words, polygon, polyline, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.render.heat_sizes import Grid, Line, Sizes
    from journeymap.render.theme import Theme

PALE: Final = 0.6
"""How strong the colour of an end may become: the text on it stays dark."""


def heat(grid: Grid, theme: Theme, width: float, height: float) -> Piece | None:
    """Draw a grid within a room; None where it does not fit.

    The letters are the largest with which every cell's text has room, else the smallest.
    """
    sizes = None
    for letters in LETTERS:
        sizes = measure(grid, theme, width, height, letters * theme.smallest / SIZE) or sizes
        if sizes is not None and all(
            form_of(cell, sizes.widths[column], sizes.heights[row], SIZE * sizes.letters, theme)
            for (row, column), cell in grid.cells.items()
        ):
            break
    return None if sizes is None else _drawn(grid, sizes, theme, width)


def share_color(share: float, theme: Theme, hue: str = "") -> str:
    """Return the colour of a share: by its square root, so that small shares are told apart too.

    Examples
    --------
    >>> from journeymap.render.theme import Theme
    >>> share_color(0.0, Theme.default), share_color(1.0, Theme.default)
    ('#ffffff', '#6b9cc9')
    """
    place = sqrt(min(max(share, 0.0), 1.0))
    if hue:
        return blend(theme.paper, hue, PALE * place)
    steps = theme.shares
    at = min(int(place * (len(steps) - 1)), len(steps) - 2)
    return blend(steps[at], steps[at + 1], place * (len(steps) - 1) - at)


def share_key(label: str, theme: Theme, scale: float = 1.0) -> Key:
    """Draw the key of the colours."""
    size = theme.smallest * scale
    wide, high = 190.0 * scale, 7.0 * scale
    marks: list[Mark] = [Words(0.0, size, label, size, theme.ink)]
    top = size * 1.5
    cells = 48
    for cell in range(cells):
        # Each cell reaches a little under the next, or thin lines would show between them.
        left, right = wide * cell / cells, min(wide, wide * (cell + 1.3) / cells)
        outline = polygon((left, top), (right, top), (right, top + high), (left, top + high))
        marks.append(Shape(outline, fill=share_color(((cell + 0.5) / cells) ** 2, theme), layer=10 + cell))
    marks.append(Shape(rounded(0.0, top, wide, high, 0.1), color=theme.muted, width=0.5, layer=60))
    for share in (0.01, 0.05, 0.25, 0.5, 1.0):
        x = wide * sqrt(share)
        marks.append(Shape(polyline((x, top + high), (x, top + high + 2.0)), color=theme.muted, width=0.5, layer=60))
        marks.append(Words(x, top + high + 2.0 + size, amounts.share(share), size, theme.ink, align="center"))
    reach = wide + text.width("100 %", size, theme) / 2
    return Key(tuple(marks), max(reach, text.width(label, size, theme)), top + high + size * 1.6)


def _places(lines: Sequence[Line], sizes: Sequence[float], start: float) -> list[float]:
    found = []
    at = start
    for number, line in enumerate(lines):
        if number and lines[number - 1].group != line.group:
            at += APART
        found.append(at)
        at += sizes[number]
    return found


def _drawn(grid: Grid, sizes: Sizes, theme: Theme, width: float) -> Piece:
    total_wide, total_high = sizes.size(grid)
    shift = max(0.0, (width - total_wide) / 2)
    xs = _places(grid.columns, sizes.widths, shift + sizes.left)
    ys = _places(grid.rows, sizes.heights, sizes.head_room)
    marks = [*_row_names(grid, sizes, ys, shift, theme), *_column_names(grid, sizes, xs, theme)]
    size = SIZE * sizes.letters
    for (row, column), cell in grid.cells.items():
        x, y, wide, high = xs[column], ys[row], sizes.widths[column], sizes.heights[row]
        hue = grid.columns[column].color or grid.rows[row].color
        box = polygon(
            (x + 0.4, y + 0.4), (x + wide - 0.4, y + 0.4), (x + wide - 0.4, y + high - 0.4), (x + 0.4, y + high - 0.4)
        )
        fill = share_color(cell.share, theme, hue)
        marks.append(Shape(box, fill=fill, layer=10, role="cell"))
        form = form_of(cell, wide, high, size, theme)
        top = y + (high - len(form) * size * LINE) / 2
        marks += [
            Words(
                x + wide / 2, top + size * (0.94 + LINE * number), line, size, theme.on(fill),
                narrow=True, align="center", role="cell",
            )
            for number, line in enumerate(form)
        ]  # fmt: skip
    return Piece((*_ruled(grid, sizes, xs, ys, theme), *marks), total_high)


def _ruled(grid: Grid, sizes: Sizes, xs: list[float], ys: list[float], theme: Theme) -> list[Mark]:
    """Lay a pale ground with fine lines under the cells, so that empty ones can be followed too."""
    marks: list[Mark] = []
    right, bottom = xs[-1] + sizes.widths[-1], ys[-1] + sizes.heights[-1]
    for at, y in enumerate(ys):
        if not at or grid.rows[at - 1].group != grid.rows[at].group:
            marks += _ground(grid, sizes, xs, ys, at, theme)
        else:
            marks.append(Shape(polyline((xs[0], y), (right, y)), color=theme.paper, width=0.8, layer=3))
    for at, x in enumerate(xs):
        if at and grid.columns[at - 1].group == grid.columns[at].group:
            marks.append(Shape(polyline((x, ys[0]), (x, bottom)), color=theme.paper, width=0.8, layer=3))
    return marks


def _ground(grid: Grid, sizes: Sizes, xs: list[float], ys: list[float], first: int, theme: Theme) -> list[Mark]:
    last = first
    while last + 1 < len(ys) and grid.rows[last + 1].group == grid.rows[first].group:
        last += 1
    marks: list[Mark] = []
    start = 0
    for at in range(len(xs)):
        if at + 1 == len(xs) or grid.columns[at + 1].group != grid.columns[at].group:
            left, right = xs[start], xs[at] + sizes.widths[at]
            high = ys[last] + sizes.heights[last] - ys[first]
            marks.append(
                Shape(rounded(left, ys[first], right - left, high, 1.5), fill=theme.band, layer=2, role="ground")
            )
            start = at + 1
    return marks


def _row_names(grid: Grid, sizes: Sizes, ys: list[float], shift: float, theme: Theme) -> list[Mark]:
    size = SIZE * sizes.letters
    marks: list[Mark] = []
    name_right = shift + sizes.group_room + sizes.name_room - 5.0
    for line, lines, y, high in zip(grid.rows, sizes.names, ys, sizes.heights, strict=True):
        top = y + (high - len(lines) * size * LINE) / 2
        color = line.ink or theme.ink
        marks += [
            Words(
                name_right,
                top + size * (0.94 + LINE * number),
                words,
                size,
                color,
                bold=True,
                narrow=True,
                align="right",
                role="name",
            )
            for number, words in enumerate(lines)
        ]
        if line.note:
            x = shift + sizes.left - 4.0
            marks.append(
                Words(
                    x, y + high / 2 + size * 0.36, line.note, size, theme.muted, narrow=True, align="right", role="note"
                )
            )
    at = 0
    for name, n, lines in sizes.groups:
        top, bottom = ys[at], ys[at + n - 1] + sizes.heights[at + n - 1]
        if name:
            x = shift + sizes.group_room - 4.0
            marks.append(Shape(polyline((x, top + 1), (x, bottom - 1)), color=theme.band_line, width=1.6, layer=4))
            first = (top + bottom) / 2 - len(lines) * size * LINE / 2
            marks += [
                Words(shift, first + size * (0.94 + LINE * number), words, size, theme.muted, narrow=True, role="stage")
                for number, words in enumerate(lines)
            ]
        at += n
    return marks


def _column_names(grid: Grid, sizes: Sizes, xs: list[float], theme: Theme) -> list[Mark]:
    size = SIZE * sizes.letters
    marks: list[Mark] = []
    noted = any(line.note for line in grid.columns)
    bottom = sizes.head_room - 4.0 - (size * LINE if noted else 0.0)
    for line, lines, x, wide in zip(grid.columns, sizes.heads, xs, sizes.widths, strict=True):
        color = line.ink or theme.ink
        middle = x + wide / 2
        for number, words in enumerate(lines):
            if sizes.upright:
                at = middle + size * LINE * (number - len(lines) / 2) + size * 0.94
                marks.append(Words(at, bottom, words, size, color, bold=True, narrow=True, role="column", angle=90.0))
            else:
                y = bottom - size * LINE * (len(lines) - 1 - number) - size * 0.2
                marks.append(
                    Words(middle, y, words, size, color, bold=True, narrow=True, align="center", role="column")
                )
        if line.note:
            y = sizes.head_room - 4.0 - size * 0.2
            marks.append(Words(middle, y, line.note, size, theme.muted, narrow=True, align="center", role="note"))
    return marks
