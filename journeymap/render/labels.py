"""Where labels of edges find room: the larger first, none over another or over a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from journeymap.render.scene import Point


THICK = 2.2
"""A line that a label would hide rather than sit on."""


@dataclass(frozen=True, slots=True)
class Area:
    """A box that is taken: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area, apart: float = 0.0) -> bool:
        """Whether two areas overlap or come nearer than ``apart``."""
        return (
            self.left < other.right + apart
            and other.left < self.right + apart
            and self.top < other.bottom + apart
            and other.top < self.bottom + apart
        )

    def holds(self, point: Point) -> bool:
        """Whether a point lies inside."""
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom


class Room:
    """What is taken on a picture, in a grid of cells so that asking stays quick."""

    def __init__(self, page: Area, cell: float = 40.0) -> None:
        self._page = page
        self._cell = cell
        self._taken: dict[tuple[int, int], list[Area]] = {}
        self._lines: dict[tuple[int, int], list[tuple[Point, float, int]]] = {}

    def _cells(self, area: Area) -> Iterable[tuple[int, int]]:
        size = self._cell
        for column in range(int(area.left // size), int(area.right // size) + 1):
            for row in range(int(area.top // size), int(area.bottom // size) + 1):
                yield column, row

    def take(self, area: Area) -> None:
        """Keep an area clear of labels."""
        for cell in self._cells(area):
            self._taken.setdefault(cell, []).append(area)

    def pass_through(self, points: Sequence[Point], width: float, owner: int) -> None:
        """Note a line: labels may stand on it, but rather on their own."""
        for x, y in points:
            cell = (int(x // self._cell), int(y // self._cell))
            self._lines.setdefault(cell, []).append(((x, y), width, owner))

    def is_free(self, area: Area, apart: float = 1.5) -> bool:
        """Whether an area lies on the page and over nothing that is taken."""
        page = self._page
        if area.left < page.left or area.right > page.right or area.top < page.top or area.bottom > page.bottom:
            return False
        wider = Area(area.left - apart, area.top - apart, area.right + apart, area.bottom + apart)
        return not any(area.meets(other, apart) for cell in self._cells(wider) for other in self._taken.get(cell, ()))

    def covered(self, area: Area, owner: int) -> float:
        """Return how much of other lines an area would cover."""
        return sum(
            1.0 + width
            for cell in self._cells(area)
            for point, width, whose in self._lines.get(cell, ())
            if whose != owner and area.holds(point)
        )


def place(
    room: Room,
    owner: int,
    points: Sequence[Point],
    sizes: Sequence[tuple[float, float]],
    width: float,
    most: float = 14.0,
) -> tuple[Area, int] | None:
    """Find the best free area for a label on its line, or none.

    Parameters
    ----------
    room
        What is taken; the area found is taken too.
    owner
        The number of the label's own line.
    points
        Points along the line.
    sizes
        Width and height of the forms that the label may have, the preferred first.
    width
        The width of the line: labels stand above or below a thick level line, and on any other.
    most
        How much of other lines a label may cover.

    Returns
    -------
    tuple[Area, int] | None
        The area and the number of the form.
    """
    best: tuple[float, Area, int] | None = None
    middle = (len(points) - 1) / 2
    for form, (wide, high) in enumerate(sizes):
        for number, (x, y) in enumerate(points):
            for off, price in _offsets(points, number, high, width):
                area = Area(x - wide / 2, y + off - high / 2, x + wide / 2, y + off + high / 2)
                if not room.is_free(area):
                    continue
                cover = room.covered(area, owner)
                if cover > most:
                    continue
                cost = cover + price + 3.0 * form + 2.0 * abs(number - middle) / max(middle, 1.0)
                if best is None or cost < best[0]:
                    best = (cost, area, form)
    if best is None:
        return None
    room.take(best[1])
    return best[1], best[2]


def _offsets(points: Sequence[Point], number: int, high: float, width: float) -> tuple[tuple[float, float], ...]:
    """Return how far above its point a label may stand, with what that costs."""
    before, after = points[max(number - 1, 0)], points[min(number + 1, len(points) - 1)]
    if width < THICK or abs(after[1] - before[1]) > 0.2 * abs(after[0] - before[0]):
        return ((0.0, 0.0),)
    away = (high + width) / 2
    return ((-away, 0.0), (away, 0.5), (0.0, 4.0))
