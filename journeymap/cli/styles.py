"""The kinds of pictures at the prompt: which options belong to which, and the values that they draw."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Final

import typer

from journeymap.cli.filenames import file_stems, slug
from journeymap.cli.funnel import Order, split_steps
from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from journeymap.api import Journeys
    from journeymap.render.registry import Drawable

_DETAIL: Final = 55
_FLOW_STEPS: Final = 6
_MATRIX_STEPS: Final = 12
_PANEL: Final = "What a kind of picture shows"
_OPTIONS: Final = {
    "JourneyMap": ("detail",),
    "FlowMap": ("steps", "after", "before"),
    "MatrixMap": (),
    "FunnelMap": ("step", "window", "order"),
    "DifferenceMap": (),
}


@dataclass(frozen=True)
class StyleOptions:
    """What is asked of a kind of picture."""

    detail: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", rich_help_panel=_PANEL, show_default=str(_DETAIL),
            help="network: about how many transitions a map shows.",
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


def expect_style(style: str, options: StyleOptions) -> None:
    """Refuse a style that is not there, and options that are not its own.

    Raises
    ------
    UnknownNameError
        When there is no such style.
    QuestionError
        When an option belongs to other styles, or the steps of a funnel are missing.
    """
    from journeymap.render.registry import STYLES, renderer

    renderer(style)  # raises: there is no such style
    own = _OPTIONS[STYLES[style].kind.__name__]
    for item in fields(options):
        if item.name in own or getattr(options, item.name) is None:
            continue
        others = [name for name, picture in STYLES.items() if item.name in _OPTIONS[picture.kind.__name__]]
        has = ", ".join(f"--{name}" for name in own)
        raise QuestionError(
            f"--{item.name} does not belong to the style '{style}'.",
            hint=f"It is for --style {' or '.join(others)}; '{style}' has {has or 'no options of its own'}.",
        )
    if "step" in own and not options.step:
        raise QuestionError(
            "A funnel needs its steps.", hint="Give two or more: --step cart --step order, or --step cart,order."
        )


def pictured_values(journeys: Journeys, by: list[str], style: str, options: StyleOptions) -> list[tuple[str, Drawable]]:
    """Make the finished values that a style draws.

    Returns
    -------
    list of tuple
        The stem of the file's name, and the value; one per level, and one of all levels for a funnel. The stems of
        other pictures than maps begin with their style and anchor.
    """
    from journeymap.render.registry import STYLES

    kind = STYLES[style].kind.__name__
    values: list[Drawable]
    if kind == "FunnelMap":
        given = split_steps(options.step or [], set(journeys.touchpoints()["touchpoint"]))
        order = options.order or Order.ORDERED
        value = journeys.funnel_map(given, window=options.window, order=order.value, by=by)
        return [(slug(f"{style}-by-{'-'.join(slug(name) for name in by)}") if by else style, value)]
    if kind == "FlowMap":
        n_steps = options.steps or (_FLOW_STEPS if style == "flow" else _MATRIX_STEPS)
        values = list(journeys.flow_maps(by=by, steps=n_steps, after=options.after, before=options.before).values())
    elif kind == "MatrixMap":
        values = list(journeys.matrix_maps(by=by).values())
    else:
        values = list(journeys.maps(by=by, detail=options.detail or _DETAIL).values())
    prefix = "" if kind == "JourneyMap" else f"{style}-"
    for way, anchor in (("after", options.after), ("before", options.before)):
        prefix += f"{way}-{slug(anchor)}-" if anchor else ""
    stems = file_stems([value.levels for value in values])
    return [(prefix + stem, value) for stem, value in zip(stems, values, strict=True)]
