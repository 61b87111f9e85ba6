"""The kinds of pictures: each is one file, and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.model.flow_map import FlowMap
from journeymap.model.funnel_map import FunnelMap
from journeymap.model.journey_map import JourneyMap
from journeymap.model.matrix_map import MatrixMap
from journeymap.render.flow import flow
from journeymap.render.funnel import funnel
from journeymap.render.matrix import matrix
from journeymap.render.network import network
from journeymap.render.scene import Scene
from journeymap.render.steps import steps
from journeymap.render.theme import Theme

Renderer = Callable[[Any, Theme, tuple[float, float]], Scene]
"""Turns a finished value into a scene for a page of a width and a height in points."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A kind of picture.

    Attributes
    ----------
    draws
        The type of the values that it draws.
    renderer
        Draws them.
    """

    draws: type
    renderer: Renderer


STYLES: Final[dict[str, Picture]] = {
    "network": Picture(JourneyMap, network),
    "flow": Picture(FlowMap, flow),
    "steps": Picture(FlowMap, steps),
    "matrix": Picture(MatrixMap, matrix),
    "funnel": Picture(FunnelMap, funnel),
}
"""The first that draws a type is the one for it where no style is asked for."""


def expect_known(style: str) -> None:
    """Refuse a style that is not there.

    Raises
    ------
    UnknownNameError
        Says which was probably meant.
    """
    if style not in STYLES:
        message = f"There is no picture of the style '{style}'. {suggest(style, STYLES)}"
        raise UnknownNameError(message, hint=f"Choose a style of: {', '.join(STYLES)}.")


def renderer(style: str | None, value: object) -> Renderer:
    """Return the renderer of a style, or the first one for a value where none is asked for.

    Raises
    ------
    UnknownNameError
        There is no such style.
    QuestionError
        The style draws values of another type, or no style draws this one.

    Examples
    --------
    >>> from journeymap.model.matrix_map import MatrixMap
    >>> renderer(None, MatrixMap("", (), None, (), ())).__name__
    'matrix'
    """
    if style is not None:
        expect_known(style)
    fitting = [name for name, picture in STYLES.items() if isinstance(value, picture.draws)]
    kind = type(value).__name__
    if not fitting:
        known = ", ".join(dict.fromkeys(picture.draws.__name__ for picture in STYLES.values()))
        raise QuestionError(f"A {kind} cannot be drawn.", hint=f"Pass one of: {known}.")
    if style is not None and style not in fitting:
        raise QuestionError(
            f"The style '{style}' draws a {STYLES[style].draws.__name__}, and this is a {kind}.",
            hint=f"Its styles are: {', '.join(fitting)}.",
        )
    return STYLES[style or fitting[0]].renderer
