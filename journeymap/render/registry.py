"""The kinds of pictures: each is one file, and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.model.difference_map import DifferenceMap
from journeymap.model.journey_map import JourneyMap
from journeymap.render.difference import difference
from journeymap.render.network import network
from journeymap.render.scene import Scene
from journeymap.render.theme import Theme

Renderer = Callable[[Any, Theme, tuple[float, float]], Scene]
"""Turns a finished value into a scene for a page of a width and a height in points."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A kind of picture: which values it shows, and what draws it."""

    kind: type
    draw: Renderer


STYLES: Final[dict[str, Picture]] = {
    "network": Picture(JourneyMap, network),
    "difference": Picture(DifferenceMap, difference),
}


def renderer(value: object, style: str | None = None) -> Renderer:
    """Return the renderer of a style, or of the first style that shows values of this kind.

    Raises
    ------
    UnknownNameError
        There is no such style.
    QuestionError
        The style shows other values than this one, or no style does.
    """
    fitting = [name for name, picture in STYLES.items() if isinstance(value, picture.kind)]
    if style is None and fitting:
        return STYLES[fitting[0]].draw
    if style is not None and style not in STYLES:
        message = f"There is no picture of the style '{style}'. {suggest(style, STYLES)}"
        raise UnknownNameError(message, hint=f"Choose a style of: {', '.join(STYLES)}.")
    if style not in fitting:
        shown = f"the style '{style}'" if style is not None else "any style"
        raise QuestionError(
            f"A {type(value).__name__} is no value that {shown} shows.",
            hint=f"Styles that show it: {', '.join(fitting) or 'none'}.",
        )
    return STYLES[str(style)].draw
