"""``journeymap map``."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from journeymap.cli.asking import asked
from journeymap.cli.filenames import file_stems, slug
from journeymap.cli.options import Reading, Sources, Split, Whom, takes_options
from journeymap.cli.progress import progress
from journeymap.cli.talk import tell, tell_note
from journeymap.errors import OutputError, QuestionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.api import Journeys
    from journeymap.render.registry import Drawable

MOST_LEVELS: Final = 50
DEFAULT_ROWS: Final = 8
MAP_STYLE: Final = "network"


class Image(StrEnum):
    """How pictures are written."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    PPTX = "pptx"


class Page(StrEnum):
    """The page that a picture fills."""

    SLIDE = "16:9"
    A4 = "a4"
    A3 = "a3"


@dataclass(frozen=True)
class Look:
    """What the pictures look like."""

    style: Annotated[str, typer.Option(metavar="STYLE", help="The kind of picture.")] = "network"
    image: Annotated[Image, typer.Option(help="How the pictures are written; pptx is one deck of slides.")] = Image.PNG
    page: Annotated[Page, typer.Option(help="The page to fill: a slide or a sheet of paper, lying.")] = Page.SLIDE
    theme: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Colours, fonts and logo: a style sheet of matplotlib, or a settings file with a [theme]. "
            "Else the store's own.",
        ),
    ] = None
    detail: Annotated[int, typer.Option(min=1, metavar="N", help="About how many transitions a map shows.")] = 55
    rows: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", show_default=False, help="How many customers a timeline shows. Else 8."),
    ] = None
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id", metavar="CUSTOMER", show_default=False, help="Show this customer on the timeline. Can be repeated."
        ),
    ] = None
    show_ids: Annotated[
        bool, typer.Option("--show-ids", help="Name the customers of a timeline by their ids. Else they are masked.")
    ] = False


PLAIN: Final = Look()


@takes_options
def map_images(
    sources: Sources,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    look: Look,
    out: Annotated[
        str, typer.Option(metavar="DIR", show_default=False, help="The folder for the pictures; it is made.")
    ],
    all_levels: Annotated[
        bool, typer.Option("--all-levels", help=f"Draw them even where there are more than {MOST_LEVELS}.")
    ] = False,
) -> None:
    """Draw a journey map per level: one picture each, ready for a slide.

    Width is volume, colour is the drop rate (dropped / mature visits). Small transitions are gathered, and the share
    shown stands on the picture. The files written are printed one a line.

    Example: journeymap map shop.duckdb --by region --out maps
    """
    folder = Path(out)
    with asked(sources, reading, whom, split.names) as journeys:
        if split.names and not all_levels and look.style != "grid":  # which is one picture, and chooses levels
            _expect_few(len(journeys.outcomes(by=split.names)), split.names)
        make_folder(folder)
        for path in draw_maps(journeys, split.names, folder, look):
            typer.echo(path)


def draw_maps(journeys: Journeys, by: list[str], folder: Path, look: Look = PLAIN) -> list[Path]:
    """Draw the map of each level into a folder that is there.

    Parameters
    ----------
    journeys
        The population.
    by
        The segments that split it.
    folder
        Where to.
    look
        What the pictures look like.

    Returns
    -------
    list of Path
        The files in the order of the levels.
    """
    from journeymap.render import fonts_told_once, load_theme, save, save_slides
    from journeymap.render.registry import renderer

    if look.image is Image.PPTX and look.page is not Page.SLIDE:
        raise QuestionError(f"Slides are not {look.page}.", hint="Leave out --page, or write another --image.")
    renderer(look.style)  # raises: there is no such style
    theme = None if look.theme is None else load_theme(look.theme)
    with progress() as told:
        if told is not None:
            told("counting", 0.0)
        maps = _values(journeys, by, look)
        stems = _stems(maps, by, look.style)
        paths = []
        with _notes_of_pictures(), fonts_told_once():
            if look.image is Image.PPTX and maps:
                name = "maps" if look.style == MAP_STYLE else look.style
                return [save_slides(maps, folder / f"{name}.pptx", style=look.style, theme=theme)]
            for at, (stem, value) in enumerate(zip(stems, maps, strict=True)):
                if told is not None:
                    told(f"drawing {stem}", at / len(maps))
                path = folder / f"{stem}.{look.image}"
                paths.append(save(value, path, style=look.style, page=look.page.value, theme=theme))
    if not paths:
        tell("There are no such journeys, and so no maps.")
    return paths


def _values(journeys: Journeys, by: list[str], look: Look) -> list[Drawable]:
    """Ask for what the style shows."""
    if look.style == "timeline":
        if look.rows is not None and look.ids:
            raise QuestionError("--rows and --id exclude each other.", hint="Each --id is a row.")
        customers = look.ids or look.rows or DEFAULT_ROWS
        return list(journeys.timelines(by, customers=customers, show_ids=look.show_ids).values())
    for option, given in (("--rows", look.rows), ("--id", look.ids), ("--show-ids", look.show_ids)):
        if given:
            raise QuestionError(f"{option} is about the timeline.", hint="Give --style timeline with it.")
    if look.style == "grid":
        return [journeys.map_grid(by, detail=look.detail)]
    return list(journeys.maps(by=by, detail=look.detail).values())


def _stems(values: list[Drawable], by: list[str], style: str) -> list[str]:
    """Name the files by their levels; those of other styles than the map's begin with the style."""
    if style == "grid":
        return [f"grid-by-{slug('-'.join(by))}"]
    stems = file_stems([value.levels for value in values])
    return stems if style == MAP_STYLE else [f"{style}-{stem}" for stem in stems]


@contextmanager
def _notes_of_pictures() -> Iterator[None]:
    """Say the warnings of pictures as notes, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for message in dict.fromkeys(str(item.message) for item in caught):
        tell_note(message)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises
    ------
    OutputError
        When it cannot be made, or a file has its name.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise OutputError(f"{folder} is a file, not a folder.", hint="Name another folder with --out.") from None
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be made: {error.strerror}.",
            hint="Name a place where you may write with --out.",
        ) from None


def _expect_few(n_levels: int, by: list[str]) -> None:
    if n_levels > MOST_LEVELS:
        raise QuestionError(
            f"--by {','.join(by)} has {n_levels:,} levels, and each would be a picture.",
            hint="Choose some with --where, cut the segment into fewer levels in the settings, or give --all-levels.",
        )
