"""Figures and files: the only place that knows of canvases and of the disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import matplotlib as mpl
from matplotlib.figure import Figure

from journeymap.errors import OutputError, QuestionError, suggest
from journeymap.model.journey_map import JourneyMap
from journeymap.render.furniture import level_name
from journeymap.render.registry import renderer
from journeymap.render.scene import Words, paint
from journeymap.render.text import quiet_fonts, warn_of_missing
from journeymap.render.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from journeymap.model.difference_map import DifferenceMap
    from journeymap.render.scene import Scene

PageName = Literal["16:9", "a4", "a3"]
PAGES: Final[dict[str, tuple[float, float]]] = {
    "16:9": (960.0, 540.0),
    "a4": (841.89, 595.28),
    "a3": (1190.55, 841.89),
}
"""Width and height in points, all lying on their long side; 16:9 is a slide of 13.33 by 7.5 inches."""

DOTS: Final = 200
"""Pixels per inch of a PNG: 2667 by 1500 on a slide."""

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


def draw(
    value: JourneyMap | DifferenceMap, *, style: str | None = None, ax: Axes | None = None, theme: Theme | None = None
) -> Figure:
    """Draw a journey map or a difference.

    Parameters
    ----------
    value
        What is drawn, finished.
    style
        The kind of picture, see ``STYLES``. None: the first that shows such a value.
    ax
        Axes to draw in; a figure of its own is made where there are none. In axes smaller than the picture,
        text becomes smaller with it.
    theme
        Colours, fonts and sizes.

    Returns
    -------
    matplotlib.figure.Figure
        The figure that was drawn in, for a notebook to show.

    Raises
    ------
    UnknownNameError
        There is no such style.
    QuestionError
        The style does not show such a value.

    Examples
    --------
    >>> from journeymap.model.journey_map import Coverage, JourneyMap, MapSummary
    >>> from journeymap.model.rate import Rate
    >>> summary = MapSummary(0, 0, 0, 0, 0, 0, 0, Rate(0, 0, None, None, None), (), "", "", 30.0)
    >>> empty = JourneyMap("Journeys", (), summary, (), (), (), Coverage(0, 0, 0.0, 0.0, 0))
    >>> draw(empty).get_size_inches().round(2).tolist()
    [13.33, 7.5]
    """
    chosen = theme or Theme.default
    page = PAGES["16:9"]
    if ax is None:
        return _figure(_scene(value, style, chosen, page), chosen)
    figure = ax.get_figure(root=True)
    if figure is None:
        raise QuestionError("The axes belong to no figure.", hint="Pass axes of a figure, or none.")
    place, inches = ax.get_position(), figure.get_size_inches()
    shape = place.width * inches[0] / (place.height * inches[1])
    # A page of the axes' shape and at least a slide's size: smaller axes show it reduced.
    page = (page[0], page[0] / shape) if shape < page[0] / page[1] else (page[1] * shape, page[1])
    paint(_scene(value, style, chosen, page), ax, chosen)
    return figure


def save(
    value: JourneyMap | DifferenceMap,
    path: str | Path,
    *,
    style: str | None = None,
    theme: Theme | None = None,
    page: PageName = "16:9",
) -> Path:
    """Draw a journey map or a difference into a file.

    Parameters
    ----------
    value
        What is drawn, finished.
    path
        The file to write; its suffix says the format: .png, .svg or .pdf. The same value gives the same bytes.
    style
        The kind of picture, see ``STYLES``. None: the first that shows such a value.
    theme
        Colours, fonts and sizes.
    page
        The page to fill, lying on its long side: a slide of 13.33 by 7.5 inches, A4 or A3. Text on it is
        never smaller than 7 points. A map too large for that makes a larger page of the same shape.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OutputError
        The suffix is of no known format, or the file cannot be written. What stood there before still stands.
    QuestionError
        There is no such page, or the style does not show such a value.
    UnknownNameError
        There is no such style.

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
    chosen = theme or Theme.default
    scene = _scene(value, style, chosen, PAGES[page])
    metadata = {"Title": _title(value), **_METADATA[suffix]}
    with _whole(path) as part, mpl.rc_context(_STEADY), quiet_fonts():
        _figure(scene, chosen).savefig(part, format=suffix[1:], dpi=DOTS, facecolor=chosen.paper, metadata=metadata)
    return path


def _title(value: JourneyMap | DifferenceMap) -> str:
    return f"{value.title}: {level_name(value)}" if isinstance(value, JourneyMap) else value.title


def _scene(value: JourneyMap | DifferenceMap, style: str | None, theme: Theme, page: tuple[float, float]) -> Scene:
    with quiet_fonts():
        scene = renderer(value, style)(value, theme, page)
    warn_of_missing((mark.text for mark in scene.marks if isinstance(mark, Words)), theme)
    return scene


def _figure(scene: Scene, theme: Theme) -> Figure:
    figure = Figure(figsize=(scene.width / 72, scene.height / 72), facecolor=theme.paper)
    paint(scene, figure.add_axes((0.0, 0.0, 1.0, 1.0)), theme)
    return figure


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
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
