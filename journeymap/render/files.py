"""Figures and files: the only place that knows of canvases and of the disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from journeymap.errors import OutputError, QuestionError, suggest
from journeymap.model.shown import level_name
from journeymap.render.fonts import quiet_fonts, warn_of_missing
from journeymap.render.paint import paint
from journeymap.render.registry import renderer_of
from journeymap.render.scene import Words
from journeymap.render.theming import theme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from journeymap.render.registry import Drawable
    from journeymap.render.scene import Scene
    from journeymap.render.theme import Theme

PageName = Literal["16:9", "a4", "a3"]
PAGES: Final[dict[str, tuple[float, float]]] = {
    "16:9": (960.0, 540.0),
    "a4": (841.89, 595.28),
    "a3": (1190.55, 841.89),
}
"""Width and height in points, all lying on their long side; 16:9 is a slide of 13.33 by 7.5 inches."""

DOTS: Final = 200
"""Pixels per inch of a PNG: 2667 by 1500 on a slide."""

NOTEBOOK_DOTS: Final = 120
NOTEBOOK_SIZE: Final = {"width": 960, "height": 540}
"""Pixels per inch of a picture in a notebook, and the room that it takes on the page."""

MOST_LEAN: Final = 4.0
"""How many times wider than high, or higher than wide, a page that follows its axes may be."""

# What makes the same value give the same bytes. Letters become outlines: they then look the same on every
# machine whatever fonts it has, and no viewer sets them wider than the box that was measured for them.
# The user's own settings of matplotlib that would change the page or the letters are set aside.
_STEADY: Final[dict[Any, Any]] = {
    "svg.hashsalt": "journeymap",
    "savefig.bbox": None,
    "text.usetex": False,
    "path.sketch": None,
    "path.effects": [],
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": False,
    "text.hinting": "none",
}
_METADATA: Final[dict[str, dict[str, str | None]]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": "journeymap"},
    ".pdf": {"CreationDate": None, "ModDate": None, "Creator": "journeymap", "Producer": None},
}


@overload
def draw(
    value: Drawable,
    *,
    style: str | None = None,
    ax: None = None,
    theme: Theme | str | Path | None = None,
    color: str | None = None,
) -> Figure: ...


@overload
def draw(
    value: Drawable,
    *,
    style: str | None = None,
    ax: Axes,
    theme: Theme | str | Path | None = None,
    color: str | None = None,
) -> Axes: ...


def draw(
    value: Drawable,
    *,
    style: str | None = None,
    ax: Axes | None = None,
    theme: Theme | str | Path | None = None,
    color: str | None = None,
) -> Figure | Axes:
    """Draw a finished value: a journey map, a flow map, a timeline or another that has a picture.

    Parameters
    ----------
    value
        What :meth:`~journeymap.Journeys.maps`, ``flow_maps``, ``funnel_map``, ``matrix_maps``, ``timelines`` or
        ``map_grid`` gives.
    style
        The kind of picture, see ``STYLES``; None: the first one that draws such a value.
    ax
        Axes to draw in; a figure of its own is made where there are none. Text and lines are in proportion to the
        axes, also when a layout or a zoom moves them later. In data coordinates a unit is a point of the picture's
        page, with (0, 0) at the upper left.
    theme
        A theme, a style sheet of matplotlib (``house.mplstyle``), the name of one that matplotlib brings, or a
        settings file whose ``[theme]`` is taken. None: the theme of the store's settings.
    color
        What the colours of the network say: ``drop-off``, ``volume``, ``time`` or ``satisfaction``; None: drop-off.

    Returns
    -------
    matplotlib.figure.Figure or matplotlib.axes.Axes
        The axes that were given; without them the new figure.

    Raises
    ------
    UnknownNameError
        There is no such style or colouring.
    QuestionError
        The style draws values of another type or has no other colours, the events have no scores to colour by, or the
        axes share their limits with others.
    SettingsError, SourceNotFoundError
        The theme cannot be used.

    Examples
    --------
    >>> from journeymap.model.journey_map import Coverage, JourneyMap, MapSummary
    >>> from journeymap.model.rate import Rate
    >>> summary = MapSummary(0, 0, 0, 0, 0, 0, 0, Rate(0, 0, None, None, None), (), "", "", 30.0)
    >>> empty = JourneyMap("Journeys", (), summary, (), (), (), Coverage(0, 0, 0.0, 0.0, 0))
    >>> draw(empty).get_size_inches().round(2).tolist()
    [13.33, 7.5]
    """
    chosen = theme_of(value, theme)
    page = PAGES["16:9"]
    if ax is None:
        return _figure(_scene(value, style, chosen, page, color), chosen)
    paint(_scene(value, style, chosen, _page_like(ax, page), color), ax, chosen)
    return ax


def _page_like(axes: Axes, least: tuple[float, float]) -> tuple[float, float]:
    """Return a page of the axes' shape and at least a slide's size: smaller axes show it reduced."""
    figure = axes.get_figure(root=True)
    if figure is None:
        raise QuestionError("The axes belong to no figure.", hint="Pass axes of a figure, or none.")
    for shared in (axes.get_shared_x_axes(), axes.get_shared_y_axes()):
        if len(shared.get_siblings(axes)) > 1:
            raise QuestionError(
                "The axes share their limits with others, and each picture has its own.",
                hint="Make the subplots without sharex and sharey.",
            )
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)  # so that the axes have about the shape that they will be drawn with
    place, inches = axes.get_position(), figure.get_size_inches()
    shape = place.width * inches[0] / (place.height * inches[1])
    shape = min(max(shape, 1 / MOST_LEAN), MOST_LEAN)
    return (least[0], least[0] / shape) if shape < least[0] / least[1] else (least[1] * shape, least[1])


def save(
    value: Drawable,
    path: str | Path,
    *,
    style: str | None = None,
    theme: Theme | str | Path | None = None,
    page: PageName = "16:9",
    color: str | None = None,
) -> Path:
    """Draw a finished value into a file.

    Parameters
    ----------
    value
        What :meth:`~journeymap.Journeys.maps`, ``flow_maps``, ``funnel_map``, ``matrix_maps``, ``timelines`` or
        ``map_grid`` gives.
    path
        The file to write; its suffix says the format: .png, .svg or .pdf. The same value gives the same bytes.
    style
        The kind of picture, see ``STYLES``; None: the first one that draws such a value.
    theme
        As for :func:`draw`.
    page
        The page to fill, lying on its long side: a slide of 13.33 by 7.5 inches, A4 or A3. Text on it is
        never smaller than 7 points. A picture too large for that makes a larger page of the same shape.
    color
        As for :func:`draw`.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OutputError
        The suffix is of no known format, or the file cannot be written. What stood there before still stands.
    QuestionError
        There is no such page, the style draws values of another type or has no other colours, or the events have no
        scores to colour by.
    UnknownNameError
        There is no such style or colouring.
    SettingsError, SourceNotFoundError
        The theme cannot be used.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from journeymap.model.journey_map import Coverage, JourneyMap, MapSummary
    >>> from journeymap.model.rate import Rate
    >>> summary = MapSummary(0, 0, 0, 0, 0, 0, 0, Rate(0, 0, None, None, None), (), "", "", 30.0)
    >>> empty = JourneyMap("Journeys", (), summary, (), (), (), Coverage(0, 0, 0.0, 0.0, 0))
    >>> with TemporaryDirectory() as folder:
    ...     save(empty, f"{folder}/north.svg").name
    'north.svg'
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        known = ", ".join(_METADATA)
        raise OutputError(f"A picture cannot be written as '{path.name}'.", hint=f"End its name in one of: {known}.")
    if page not in PAGES:
        raise QuestionError(
            f"There is no page '{page}'. {suggest(page, PAGES)}", hint=f"Choose one of: {', '.join(PAGES)}."
        )
    chosen = theme_of(value, theme)
    scene = _scene(value, style, chosen, PAGES[page], color)
    metadata = {"Title": f"{value.title}: {level_name(value)}", **_METADATA[suffix]}
    with whole(path) as part, mpl.rc_context(_STEADY), quiet_fonts():
        _figure(scene, chosen).savefig(part, format=suffix[1:], dpi=DOTS, facecolor=chosen.paper, metadata=metadata)
    return path


def png(
    value: Drawable,
    *,
    style: str | None = None,
    theme: Theme | str | Path | None = None,
    dots: int = NOTEBOOK_DOTS,
    is_small: bool = True,
    color: str | None = None,
) -> bytes:
    """Draw a value as the bytes of a PNG.

    Parameters
    ----------
    value, style, theme, color
        As for :func:`draw`.
    dots
        Pixels per inch of a slide; a picture that needs a larger page has as many pixels.
    is_small
        Whether 256 colours are enough, for a third of the bytes.

    Returns
    -------
    bytes
        The same for the same value.
    """
    chosen = theme_of(value, theme)
    scene = _scene(value, style, chosen, PAGES["16:9"], color)
    written = BytesIO()
    with mpl.rc_context(_STEADY), quiet_fonts():
        _figure(scene, chosen).savefig(
            written,
            format="png",
            dpi=dots * PAGES["16:9"][0] / scene.width,
            facecolor=chosen.paper,
            metadata=_METADATA[".png"],
        )
    if not is_small:
        return written.getvalue()
    reduced = BytesIO()
    with Image.open(written) as picture:
        # Coverage keeps rare colours; a round of k-means then keeps large areas exactly as they are.
        few = picture.convert("RGB").quantize(
            256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
        )
    few.save(reduced, "PNG", optimize=True)
    return reduced.getvalue()


def _scene(
    value: Drawable, style: str | None, theme: Theme, page: tuple[float, float], color: str | None = None
) -> Scene:
    with quiet_fonts():
        scene = renderer_of(value, style, color)(value, theme, page)
    warn_of_missing((mark.text for mark in scene.marks if isinstance(mark, Words)), theme)
    return scene


def _figure(scene: Scene, theme: Theme) -> Figure:
    figure = Figure(figsize=(scene.width / 72, scene.height / 72), facecolor=theme.paper)
    paint(scene, figure.add_axes((0.0, 0.0, 1.0, 1.0)), theme)
    return figure


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a file beside ``path`` to write to, which takes its place only when all is written."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _unwritable(path, error) from error
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)  # temporary files are made for their owner alone
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"The picture '{path}' cannot be written: {reason}.",
        hint="Name a file in a folder that is there and that you may write to.",
    )
