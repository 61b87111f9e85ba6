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
from journeymap.cli.options import Reading, Sources, Split, Whom, takes_options
from journeymap.cli.progress import progress
from journeymap.cli.styles import StyleOptions, deck_stem, expect_style, pictured_values
from journeymap.cli.talk import tell, tell_note
from journeymap.errors import OutputError, QuestionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.api import Journeys

MOST_LEVELS: Final = 50
_STYLES: Final = "The kind of picture: network, lanes, flow, steps, matrix, funnel, timeline, grid or profile."


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

    style: Annotated[str, typer.Option(metavar="STYLE", help=_STYLES)] = "network"
    image: Annotated[Image, typer.Option(help="How the pictures are written; pptx is one deck of slides.")] = Image.PNG
    page: Annotated[Page, typer.Option(help="The page to fill: a slide or a sheet of paper, lying.")] = Page.SLIDE
    theme: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Colours, fonts and logo: a style sheet of matplotlib, or a settings file with a \\[theme]. "
            "Else the store's own.",
        ),
    ] = None


PLAIN: Final = Look()


@takes_options
def map_images(
    sources: Sources,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    out: Annotated[
        str, typer.Option(metavar="DIR", show_default=False, help="The folder for the pictures; it is made.")
    ],
    look: Look,
    options: StyleOptions,
    all_levels: Annotated[
        bool, typer.Option("--all-levels", help=f"Draw them even where there are more than {MOST_LEVELS}.")
    ] = False,
) -> None:
    """Draw a picture per level, ready for a slide; a funnel and a grid have all levels in one.

    network: the journey map; width is volume, colour is the drop rate (dropped / mature visits) unless --color says
    otherwise. lanes: the map with a
    column per stage. flow: journeys step by step. steps: the share of journeys at each touchpoint by step. matrix:
    transitions / all that leave the source. funnel: customers who came so far / customers at step 1. timeline: real
    journeys of a few customers. grid: the maps of all levels on one scale. profile: what a level is like beside all
    others. What is left out is gathered, and the share
    shown stands on the picture. The files written are printed one a line.

    Example: journeymap map shop.duckdb --by region --out maps
    """
    folder = Path(out)
    if look.style == "difference":
        raise QuestionError(
            "The style 'difference' shows two levels or two periods on one picture, not a map per level.",
            hint="Draw it with: journeymap compare STORE --segment region --levels north south --out FILE.png",
        )
    expect_style(look.style, options)
    with asked(sources, reading, whom, split.names) as journeys:
        if split.names and not all_levels and look.style != "grid":  # which is one picture, and chooses levels
            what = "row" if look.style == "funnel" else "picture"
            _expect_few(len(journeys.outcomes(by=split.names)), split.names, what)
        make_folder(folder)
        for path in draw_maps(journeys, split.names, folder, look, options):
            typer.echo(path)


def draw_maps(
    journeys: Journeys, by: list[str], folder: Path, look: Look = PLAIN, options: StyleOptions | None = None
) -> list[Path]:
    """Draw the pictures of a style into a folder that is there.

    Parameters
    ----------
    journeys
        The population.
    by
        The segments that split it.
    folder
        Where to.
    look, options
        What the pictures look like.

    Returns
    -------
    list of Path
        The files in the order of the levels.
    """
    from journeymap.render import Appearance, fonts_told_once, load_theme, save_many, save_slides

    if look.image is Image.PPTX and look.page is not Page.SLIDE:
        raise QuestionError(f"Slides are not {look.page}.", hint="Leave out --page, or write another --image.")
    theme = None if look.theme is None else load_theme(look.theme)
    with progress() as told:
        if told is not None:
            told("counting", 0.0)
        options = options or StyleOptions()
        color = None if options.color is None else options.color.value
        values = pictured_values(journeys, by, look.style, options)
        with _notes_of_pictures():
            if look.image is Image.PPTX and values:
                deck = folder / f"{deck_stem(look.style, options)}.pptx"
                with fonts_told_once():
                    return [
                        save_slides([value for _, value in values], deck, style=look.style, theme=theme, color=color)
                    ]
            paths = save_many(
                [(value, folder / f"{stem}.{look.image}") for stem, value in values],
                Appearance(look.style, theme, look.page.value, color),
                told=None if told is None else lambda path, share: told(f"drawing {path.stem}", share),
            )
    if not paths:
        tell("There are no such journeys, and so no maps.")
    return paths


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


def _expect_few(n_levels: int, by: list[str], what: str) -> None:
    if n_levels > MOST_LEVELS:
        raise QuestionError(
            f"--by {','.join(by)} has {n_levels:,} levels, and each would be a {what}.",
            hint="Choose some with --where, cut the segment into fewer levels in the settings, or give --all-levels.",
        )
