"""A picture as a value: words and shapes at places in points, y downwards, and the painter of them.

A renderer returns a scene and knows nothing of figures or files. What it says can therefore be tested without
drawing it, and drawn on something else than matplotlib.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from journeymap.render.text import font, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from journeymap.render.theme import Theme

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


Mark = Words | Shape


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


def paint(scene: Scene, axes: Axes, theme: Theme) -> None:
    """Draw a scene into axes, as large as they are, with text and lines in proportion."""
    figure = axes.get_figure(root=True)
    if figure is None:  # pragma: no cover - axes that were removed from their figure
        return
    place = axes.get_position()
    inches = figure.get_size_inches()
    scale = min(place.width * inches[0] * 72 / scene.width, place.height * inches[1] * 72 / scene.height)
    axes.set_axis_off()
    # The picture keeps its shape and stands in the middle of axes of another shape.
    spare_x = place.width * inches[0] * 72 / scale - scene.width
    spare_y = place.height * inches[1] * 72 / scale - scene.height
    axes.set_xlim(-spare_x / 2, scene.width + spare_x / 2)
    axes.set_ylim(scene.height + spare_y / 2, -spare_y / 2)
    for mark in sorted(scene.marks, key=lambda item: item.layer):
        if isinstance(mark, Words):
            axes.add_artist(
                Text(
                    mark.x,
                    mark.y,
                    shown(mark.text, theme),
                    color=mark.color,
                    fontproperties=font(theme, mark.size * scale, bold=mark.bold, narrow=mark.narrow),
                    horizontalalignment=mark.align,
                    verticalalignment="baseline",
                    rotation=mark.angle,
                    rotation_mode="anchor",
                    parse_math=False,
                    zorder=mark.layer,
                    clip_on=False,
                )
            )
            continue
        style: str | tuple[float, tuple[float, ...]] = "solid"
        if mark.dash:
            # matplotlib counts dashes in line widths.
            style = (0.0, tuple(part / mark.width for part in mark.dash))
        axes.add_patch(
            PathPatch(
                Path(mark.outline.points, mark.outline.codes),
                facecolor=mark.fill,
                edgecolor=mark.color if mark.width else "none",
                linewidth=mark.width * scale,
                linestyle=style,
                capstyle="butt",
                joinstyle="round",
                zorder=mark.layer,
                clip_on=False,
            )
        )


__all__ = ["Mark", "Outline", "Scene", "Shape", "Words", "moved", "paint", "polygon", "polyline", "rounded"]
