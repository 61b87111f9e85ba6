"""The kinds of pictures at the prompt: which options belong to which, and the values that they draw."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from journeymap.cli.filenames import file_stems, slug
from journeymap.cli.funnel import Order, split_steps
from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from journeymap.api import Journeys
    from journeymap.render.registry import Drawable

_DETAIL: Final = 55
_ROWS: Final = 8
_USUAL: Final = "network"
_FLOW_STEPS: Final = 6
_MATRIX_STEPS: Final = 12
_PANEL: Final = "What a kind of picture shows"
_OPTIONS: Final = {
    "network": ("detail", "color"),
    "lanes": (),
    "flow": ("steps", "after", "before"),
    "steps": ("steps", "after", "before"),
    "matrix": (),
    "funnel": ("step", "window", "order"),
    "difference": (),
    "timeline": ("rows", "ids", "show_ids"),
    "grid": ("detail",),
    "profile": (),
}


class Color(StrEnum):
    """What the colours of the network say."""

    DROP_OFF = "drop-off"
    VOLUME = "volume"
    TIME = "time"
    SATISFACTION = "satisfaction"


@dataclass(frozen=True)
class StyleOptions:
    """What is asked of a kind of picture."""

    detail: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", rich_help_panel=_PANEL, show_default=str(_DETAIL),
            help="network, grid: about how many transitions a map shows.",
        ),
    ] = None  # fmt: skip
    color: Annotated[
        Color | None,
        typer.Option(
            rich_help_panel=_PANEL, show_default=Color.DROP_OFF.value,
            help="network: what the colours say: the drop-off or the mean score of touchpoints, their visits and the "
            "counts of transitions (volume), or the median time of transitions.",
        ),
    ] = None  # fmt: skip
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, max=100, metavar="N", rich_help_panel=_PANEL, show_default=f"{_FLOW_STEPS}; {_MATRIX_STEPS}",
            help="flow, steps: how many steps.",
        ),
    ] = None  # fmt: skip
    after: Annotated[
        str | None,
        typer.Option(
            metavar="TOUCHPOINT", rich_help_panel=_PANEL, show_default=False,
            help="flow, steps: what follows the first visit to it, instead of the journey's start.",
        ),
    ] = None  # fmt: skip
    before: Annotated[
        str | None,
        typer.Option(
            metavar="TOUCHPOINT", rich_help_panel=_PANEL, show_default=False,
            help="flow, steps: what leads to the first visit to it.",
        ),
    ] = None  # fmt: skip
    step: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOUCHPOINT", rich_help_panel=_PANEL, show_default=False,
            help="funnel: a step, two or more in their order; or with commas.",
        ),
    ] = None  # fmt: skip
    window: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", rich_help_panel=_PANEL, show_default=False,
            help="funnel: what an attempt may take, such as 7d.",
        ),
    ] = None  # fmt: skip
    order: Annotated[
        Order | None,
        typer.Option(
            rich_help_panel=_PANEL, show_default="ordered",
            help="funnel: 'ordered' allows anything between two steps, 'strict' nothing; 'any' takes any order.",
        ),
    ] = None  # fmt: skip
    rows: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", rich_help_panel=_PANEL, show_default=str(_ROWS),
            help="timeline: how many customers it shows.",
        ),
    ] = None  # fmt: skip
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id", metavar="CUSTOMER", rich_help_panel=_PANEL, show_default=False,
            help="timeline: show this customer. Can be repeated.",
        ),
    ] = None  # fmt: skip
    show_ids: Annotated[
        bool | None,
        typer.Option(
            "--show-ids", rich_help_panel=_PANEL, show_default=False,
            help="timeline: name customers by their ids. Else they are masked.",
        ),
    ] = None  # fmt: skip


def expect_style(style: str, options: StyleOptions) -> None:
    """Refuse a style that is not there, and options that are not its own.

    Raises
    ------
    UnknownNameError
        When there is no such style.
    QuestionError
        When an option belongs to other styles, two exclude each other, or the steps of a funnel are missing.
    """
    from journeymap.render.registry import STYLES, renderer

    renderer(style)  # raises: there is no such style
    own = _OPTIONS[style]
    for item in fields(options):
        if item.name in own or getattr(options, item.name) is None:
            continue
        others = [name for name in STYLES if item.name in _OPTIONS[name]]
        has = ", ".join(map(_flag, own))
        raise QuestionError(
            f"{_flag(item.name)} does not belong to the style '{style}'.",
            hint=f"It is for --style {' or '.join(others)}; '{style}' has {has or 'no options of its own'}.",
        )
    if "step" in own and not options.step:
        raise QuestionError(
            "A funnel needs its steps.", hint="Give two or more: --step cart --step order, or --step cart,order."
        )
    if options.rows is not None and options.ids:
        raise QuestionError("--rows and --id exclude each other.", hint="Each --id is a row.")


def _flag(name: str) -> str:
    return "--id" if name == "ids" else f"--{name.replace('_', '-')}"


def pictured_values(journeys: Journeys, by: list[str], style: str, options: StyleOptions) -> list[tuple[str, Drawable]]:
    """Make the finished values that a style draws.

    Returns
    -------
    list of tuple
        The stem of the file's name, and the value; one per level, and one of all levels for a funnel and a grid. The
        stems of other styles than the network begin with their style and anchor.
    """
    from journeymap.render.registry import STYLES

    kind = STYLES[style].kind.__name__
    if kind in ("FunnelMap", "MapGrid"):
        stem = slug(f"{style}-by-{'-'.join(slug(name) for name in by)}") if by else style
        return [(stem, _value_of_all(journeys, by, kind, options))]
    values: list[Drawable]
    if kind == "FlowMap":
        n_steps = options.steps or (_FLOW_STEPS if style == "flow" else _MATRIX_STEPS)
        values = list(journeys.flow_maps(by=by, steps=n_steps, after=options.after, before=options.before).values())
    elif kind == "MatrixMap":
        values = list(journeys.matrix_maps(by=by).values())
    elif kind == "Timeline":
        customers = options.ids or options.rows or _ROWS
        values = list(journeys.timelines(by=by, customers=customers, show_ids=bool(options.show_ids)).values())
    elif kind == "LevelProfile":
        values = list(journeys.profile(_one_segment(by)))
    else:
        values = list(journeys.maps(by=by, detail=options.detail or _DETAIL).values())
    stems = file_stems([value.levels for value in values])
    prefix = _prefix(style, options)
    return [("-".join((*prefix, stem)), value) for stem, value in zip(stems, values, strict=True)]


def _one_segment(by: list[str]) -> str:
    if len(by) != 1:
        raise QuestionError(
            f"A profile is of the levels of one segment, and --by names {len(by) or 'none'}.",
            hint="Name one; of several together they are those of --segment 'both=region / device'.",
        )
    return by[0]


def _value_of_all(journeys: Journeys, by: list[str], kind: str, options: StyleOptions) -> Drawable:
    if kind == "MapGrid":
        return journeys.map_grid(by, detail=options.detail or _DETAIL)
    given = split_steps(options.step or [], set(journeys.touchpoints()["touchpoint"]))
    order = options.order or Order.ORDERED
    return journeys.funnel_map(given, window=options.window, order=order.value, by=by)


def deck_stem(style: str, options: StyleOptions) -> str:
    """Name the one file of a deck of slides.

    Examples
    --------
    >>> deck_stem("network", StyleOptions()), deck_stem("flow", StyleOptions(after="cart"))
    ('maps', 'flow-after-cart')
    """
    return "-".join(_prefix(style, options)) or "maps"


def _prefix(style: str, options: StyleOptions) -> list[str]:
    """Say what kind of picture it is, so that none replaces another's file; the usual one says nothing."""
    anchors = (("after", options.after), ("before", options.before), ("by", options.color))
    anchored = [f"{way}-{slug(anchor)}" for way, anchor in anchors if anchor]
    return [*([] if style == _USUAL and not options.color else [style]), *anchored]
