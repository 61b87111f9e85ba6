"""How large the rows, columns and letters of a grid of cells are, that all fits a room."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from journeymap.model.names import UNSTAGED
from journeymap.render import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.render.theme import Theme

SIZE: Final = 7.0
LINE: Final = 1.2
LETTERS: Final = (1.7, 1.4, 1.25, 1.12, 1.0)
LEAST_WIDE, LEAST_HIGH = 12.5, 9.6
MOST_WIDE, MOST_HIGH = 96.0, 46.0
LONGEST_NAME, LONGEST_GROUP, LONGEST_HEAD = 130.0, 74.0, 118.0
APART: Final = 4.0
"""Between two groups of rows or columns."""


UNNAMED: Final = "\x00"
"""Begins the name of a group that is not written."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column.

    Attributes
    ----------
    name
        What it is called.
    note
        A number that belongs to it; "" for none.
    group
        Its neighbours of the same group stand together; the name is written where it does not begin with
        ``UNNAMED``.
    ink, color
        Of its name, and of its cells; "" for the theme's.
    """

    name: str
    note: str = ""
    group: str = ""
    ink: str = ""
    color: str = ""


def stage_group(stage: str) -> str:
    """Give the group of a stage; that of touchpoints without one is not written."""
    return UNNAMED + stage if stage == UNSTAGED else stage


@dataclass(frozen=True, slots=True)
class Cell:
    """A share from 0 to 1, and what may be written in its cell: the first that has room."""

    share: float
    forms: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows, columns, and the cells that are not empty by (row, column)."""

    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: dict[tuple[int, int], Cell]


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is measured before anything is placed."""

    letters: float
    names: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[str, int, tuple[str, ...]], ...]
    heads: tuple[tuple[str, ...], ...]
    upright: bool
    group_room: float
    name_room: float
    note_room: float
    head_room: float
    widths: tuple[float, ...]
    heights: tuple[float, ...]

    @property
    def left(self) -> float:
        """The room of everything left of the cells."""
        return self.group_room + self.name_room + self.note_room

    def size(self, grid: Grid) -> tuple[float, float]:
        """Return the width and height of all."""
        wide = self.left + sum(self.widths) + APART * _breaks(grid.columns)
        return wide, self.head_room + sum(self.heights) + APART * _breaks(grid.rows)


def measure(grid: Grid, theme: Theme, width: float, height: float, letters: float) -> Sizes | None:
    """Measure a grid with letters of a size; None where it does not fit the room."""
    size = SIZE * letters
    row = size * LINE

    def wrapped(words: str, room: float, *, bold: bool = False) -> tuple[str, ...]:
        return text.wrap(words, room, size, theme, bold=bold, narrow=True)

    def wide(words: str, *, bold: bool = False) -> float:
        return text.width(words, size, theme, bold=bold, narrow=True)

    name_room = min(max(wide(line.name, bold=True) for line in grid.rows), LONGEST_NAME * letters) + 6.0
    note_room = max(wide(line.note) for line in grid.rows) + 6.0
    spans = [
        ("" if name.startswith(UNNAMED) else name, len(list(lines)))
        for name, lines in groupby(line.group for line in grid.rows)
    ]
    group_room = min(max(wide(name) for name, _ in spans), LONGEST_GROUP * letters)
    group_room += 10.0 if group_room else 0.0
    names = tuple(wrapped(line.name, name_room - 5.0, bold=True) for line in grid.rows)
    groups = tuple((name, n, wrapped(name, max(group_room - 8.0, 1.0))) for name, n in spans)
    heights = [max(LEAST_HIGH, len(lines) * row + 1.2) for lines in names]
    at = 0
    for name, n, lines in groups:
        lacking = len(lines) * row - sum(heights[at : at + n]) if name else 0.0
        if lacking > 0:
            heights[at + n - 1] += lacking
        at += n
    room = width - group_room - name_room - note_room - APART * _breaks(grid.columns)
    base = min(room / len(grid.columns), MOST_WIDE * letters)
    if base < LEAST_WIDE:
        return None
    heads, upright, head_room, widths = _heads(grid, theme, base, letters)
    tall = height - head_room - APART * _breaks(grid.rows)
    if sum(widths) > room + 1e-6 or sum(heights) > tall:
        return None
    # What is left over goes to the rows, the lowest first.
    level = _fill_up(heights, min(tall, MOST_HIGH * letters * len(heights)))
    return Sizes(
        letters, names, groups, heads, upright, group_room, name_room, note_room, head_room, widths,
        tuple(max(high, level) for high in heights),
    )  # fmt: skip


def _breaks(lines: Sequence[Line]) -> int:
    return sum(1 for one, other in pairwise(lines) if one.group != other.group)


def _fill_up(heights: list[float], total: float) -> float:
    """Return the least height of a row with which rows of these least heights fill a total."""
    low, high = 0.0, total
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(max(one, middle) for one in heights) <= total else (low, middle)
    return low


def _heads(
    grid: Grid, theme: Theme, base: float, letters: float
) -> tuple[tuple[tuple[str, ...], ...], bool, float, tuple[float, ...]]:
    """Set the names of the columns: lying where their words fit, else upright in as little height as will do."""
    size = SIZE * letters
    row = size * LINE
    note = row if any(line.note for line in grid.columns) else 0.0
    whole = [
        text.width(word, size, theme, bold=True, narrow=True) for line in grid.columns for word in line.name.split()
    ]
    if max(whole, default=0.0) <= base - 4.0:
        lying = tuple(text.wrap(line.name, base - 4.0, size, theme, bold=True, narrow=True) for line in grid.columns)
        most = max(len(lines) for lines in lying)
        if most <= 3:  # noqa: PLR2004 - beyond it is a tower of words
            return lying, False, most * row + note + 4.0, (base,) * len(lying)
    for room in (36.0, 48.0, 60.0, 72.0, 84.0, 100.0, LONGEST_HEAD):
        upright = tuple(
            text.wrap(line.name, room * letters, size, theme, bold=True, narrow=True) for line in grid.columns
        )
        longest = max(text.longest_part(line.name, size, theme, bold=True, narrow=True) for line in grid.columns)
        if longest <= room * letters and all(len(lines) * row <= base for lines in upright):
            break
    reach = max(text.width(line, size, theme, bold=True, narrow=True) for lines in upright for line in lines)
    widths = tuple(max(base, len(lines) * row) for lines in upright)
    # Wider columns take from the others what those have to spare.
    wanted = base * len(widths)
    spare = sum(widths) - wanted
    if spare > 0:
        giving = sum(1 for one in widths if one <= base)
        widths = tuple(one if one > base or not giving else max(one - spare / giving, LEAST_WIDE) for one in widths)
    return upright, True, reach + note + 5.0, widths


def form_of(cell: Cell, wide: float, high: float, size: float, theme: Theme) -> tuple[str, ...]:
    """Return the first form of a cell's text that has room, or nothing."""
    for form in cell.forms:
        if len(form) * size * LINE <= high and all(
            text.width(line, size, theme, narrow=True) <= wide - 1.2 for line in form
        ):
            return form
    return ()
