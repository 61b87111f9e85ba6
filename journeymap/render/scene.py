"""A picture as a value: words, shapes and images at places in points, y downwards.

A renderer returns a scene and knows nothing of figures or files. What it says can therefore be tested without
drawing it, and drawn on something else than matplotlib.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Point = tuple[float, float]
Dash = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; ``y`` is its baseline. Larger layers lie on smaller; the role says what it is.

    At an angle of 90 degrees it is read upwards, and ``x`` is its baseline.
    """

    x: float
    y: float
    text: str
    size: float
    color: str
    bold: bool = False
    narrow: bool = False
    align: Literal["left", "center", "right"] = "left"
    layer: int = 50
    role: str = ""
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Outline:
    """A path of lines and cubic curves, as matplotlib numbers them (1 move, 2 line, 4 curve, 79 close)."""

    points: tuple[Point, ...]
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline, filled, drawn, or both."""

    outline: Outline
    fill: str = "none"
    color: str = "none"
    width: float = 0.0
    dash: Dash = ()
    layer: int = 10
    role: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of a file, such as a logo; ``x`` and ``y`` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    path: str
    layer: int = 50
    role: str = ""


Mark = Words | Shape | Image


@dataclass(frozen=True, slots=True)
class Scene:
    """A finished picture of ``width`` by ``height`` points."""

    width: float
    height: float
    marks: tuple[Mark, ...]


def moved(mark: Mark, scale: float, dx: float, dy: float) -> Mark:
    """Return a mark enlarged about (0, 0) and then moved.

    Examples
    --------
    >>> found = moved(Words(1.0, 2.0, "a", 7.0, "#000000"), 2.0, 10.0, 0.0)
    >>> found.x, found.y, found.size
    (12.0, 4.0, 14.0)
    """
    if isinstance(mark, Words):
        return replace(mark, x=mark.x * scale + dx, y=mark.y * scale + dy, size=mark.size * scale)
    if isinstance(mark, Image):
        return replace(
            mark,
            x=mark.x * scale + dx,
            y=mark.y * scale + dy,
            width=mark.width * scale,
            height=mark.height * scale,
        )
    points = tuple((x * scale + dx, y * scale + dy) for x, y in mark.outline.points)
    return replace(
        mark,
        outline=Outline(points, mark.outline.codes),
        width=mark.width * scale,
        dash=tuple(part * scale for part in mark.dash),
    )


def polygon(*points: Point) -> Outline:
    """Return a closed outline through points.

    Examples
    --------
    >>> polygon((0, 0), (1, 0), (0, 1)).codes
    (1, 2, 2, 79)
    """
    return Outline((*points, points[0]), (1, *(2 for _ in points[1:]), 79))


def polyline(*points: Point) -> Outline:
    """Return an open outline through points.

    Examples
    --------
    >>> polyline((0, 0), (1, 0)).codes
    (1, 2)
    """
    return Outline(points, (1, *(2 for _ in points[1:])))


def rounded(x: float, y: float, width: float, height: float, radius: float) -> Outline:
    """Return a box with its upper left corner at (x, y) and rounded corners.

    Examples
    --------
    >>> rounded(0, 0, 10, 4, 1).points[0]
    (1, 0)
    """
    r = min(radius, width / 2, height / 2)
    k = r * 0.4477  # how far a Bezier handle of a quarter circle stays from the corner
    x1, y1 = x + width, y + height
    points = (
        (x + r, y), (x1 - r, y), (x1 - k, y), (x1, y + k), (x1, y + r),
        (x1, y1 - r), (x1, y1 - k), (x1 - k, y1), (x1 - r, y1),
        (x + r, y1), (x + k, y1), (x, y1 - k), (x, y1 - r),
        (x, y + r), (x, y + k), (x + k, y), (x + r, y), (x + r, y),
    )  # fmt: skip
    return Outline(points, (1, 2, 4, 4, 4, 2, 4, 4, 4, 2, 4, 4, 4, 2, 4, 4, 4, 79))


__all__ = ["Image", "Mark", "Outline", "Scene", "Shape", "Words", "moved", "polygon", "polyline", "rounded"]
