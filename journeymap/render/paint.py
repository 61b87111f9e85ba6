"""The painter: a scene as matplotlib's artists in somebody's axes.

Letters and lines have their sizes in points on the scene's page. What they are on the screen or on paper is settled
when the axes are drawn, since layouts (tight, constrained) and zooming move the axes after they were drawn in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text

from journeymap.render.fonts import font, shown
from journeymap.render.logo import pixels
from journeymap.render.scene import Image, Shape, Words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.transforms import Bbox

    from journeymap.render.scene import Mark, Scene
    from journeymap.render.theme import Theme


def paint(scene: Scene, axes: Axes, theme: Theme) -> None:
    """Draw a scene into axes, as large as they are, with text and lines in proportion.

    The picture keeps its shape and stands in the middle of axes of another shape.
    """
    axes.set_axis_off()
    axes.set_xlim(0.0, scene.width)
    axes.set_ylim(scene.height, 0.0)
    axes.set_aspect("equal", adjustable="box", anchor="C")
    ground = Rectangle((0.0, 0.0), scene.width, scene.height, facecolor=theme.paper, edgecolor="none", zorder=0)
    _add(ground, axes)
    for mark in sorted(scene.marks, key=lambda item: item.layer):
        _add(_artist(mark, axes, theme), axes)


def _add(artist: Artist, axes: Axes) -> None:
    axes.add_artist(artist)
    artist.set_clip_on(False)
    artist.set_in_layout(False)  # the axes are the picture: nothing reaches beyond them


def _artist(mark: Mark, axes: Axes, theme: Theme) -> Artist:
    if isinstance(mark, Words):
        return _Letters(
            mark.x,
            mark.y,
            shown(mark.text, theme),
            color=mark.color,
            fontproperties=font(theme, mark.size, bold=mark.bold, narrow=mark.narrow),
            horizontalalignment=mark.align,
            verticalalignment="baseline",
            rotation=mark.angle,
            rotation_mode="anchor",
            parse_math=False,
            zorder=mark.layer,
        )
    if isinstance(mark, Image):
        return _image(mark, axes)
    return _Outline(mark)


def _image(mark: Image, axes: Axes) -> AxesImage:
    image = AxesImage(
        axes,
        extent=(mark.x, mark.x + mark.width, mark.y + mark.height, mark.y),
        origin="upper",
        interpolation="antialiased",
        zorder=mark.layer,
    )
    image.set_data(pixels(mark.path))
    return image


def _points_per_unit(artist: Artist) -> float:
    """Return how many points a unit of the scene is at present; 1 on the scene's own page."""
    axes = artist.axes
    figure = None if axes is None else axes.get_figure(root=True)
    if axes is None or figure is None:  # pragma: no cover - an artist that was taken out of its axes
        return 1.0
    (left, _), (right, _) = axes.transData.transform([(0.0, 0.0), (1.0, 0.0)])
    return float(right - left) * 72.0 / figure.dpi


class _Letters(Text):
    """Text whose size is in points of the scene."""

    def __init__(self, x: float, y: float, text: str, **properties: Any) -> None:  # noqa: ANN401 - matplotlib's own
        super().__init__(x, y, text, **properties)
        self._points = float(self.get_fontsize())

    def draw(self, renderer: RendererBase) -> None:
        self.set_fontsize(self._points * _points_per_unit(self))
        super().draw(renderer)

    def get_window_extent(self, renderer: RendererBase | None = None, dpi: float | None = None) -> Bbox:
        self.set_fontsize(self._points * _points_per_unit(self))
        return super().get_window_extent(renderer, dpi)


class _Outline(PathPatch):
    """A shape whose line is in points of the scene."""

    def __init__(self, mark: Shape) -> None:
        super().__init__(
            Path(mark.outline.points, mark.outline.codes),
            facecolor=mark.fill,
            edgecolor=mark.color if mark.width else "none",
            capstyle="butt",
            joinstyle="round",
            zorder=mark.layer,
        )
        self._points = mark.width
        # matplotlib counts dashes in line widths.
        self._dashes = tuple(part / mark.width for part in mark.dash) if mark.width else ()
        self._set_width(1.0)

    def _set_width(self, scale: float) -> None:
        self.set_linewidth(self._points * scale)
        self.set_linestyle((0.0, self._dashes) if self._dashes else "solid")

    def draw(self, renderer: RendererBase) -> None:
        self._set_width(_points_per_unit(self))
        super().draw(renderer)
