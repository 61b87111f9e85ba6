"""The kinds of pictures: each is one file, and one line here. What a value is decides which can show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.model.difference_map import DifferenceMap
from journeymap.model.flow_map import FlowMap
from journeymap.model.funnel_map import FunnelMap
from journeymap.model.journey_map import JourneyMap
from journeymap.model.level_profile import LevelProfile
from journeymap.model.map_grid import MapGrid
from journeymap.model.matrix_map import MatrixMap
from journeymap.model.timeline import Timeline
from journeymap.render.coloring import COLORINGS
from journeymap.render.difference import difference
from journeymap.render.flow import flow
from journeymap.render.funnel import funnel
from journeymap.render.grid import grid
from journeymap.render.lanes import lanes
from journeymap.render.matrix import matrix
from journeymap.render.network import network
from journeymap.render.profile import profile
from journeymap.render.scene import Scene
from journeymap.render.steps import steps
from journeymap.render.timeline import timeline

Renderer = Callable[..., Scene]
"""Turns a finished value into a scene: (value, theme, (width, height) of the page in points), then the style's own
options by name."""


class Drawable(Protocol):
    """What every value that can be drawn has."""

    @property
    def title(self) -> str:
        """A line for the head of the picture."""

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        """The (segment, level) pairs that it is about."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A style: the kind of value that it shows, what draws it, and what its colours can say."""

    kind: type
    draw: Renderer
    colors: tuple[str, ...] = ()


STYLES: Final[dict[str, Picture]] = {
    "network": Picture(JourneyMap, network, tuple(COLORINGS)),
    "lanes": Picture(JourneyMap, lanes),
    "flow": Picture(FlowMap, flow),
    "steps": Picture(FlowMap, steps),
    "matrix": Picture(MatrixMap, matrix),
    "funnel": Picture(FunnelMap, funnel),
    "difference": Picture(DifferenceMap, difference),
    "timeline": Picture(Timeline, timeline),
    "grid": Picture(MapGrid, grid),
    "profile": Picture(LevelProfile, profile),
}


def renderer(style: str) -> Renderer:
    """Return the renderer of a style.

    Raises
    ------
    UnknownNameError
        There is no such style.

    Examples
    --------
    >>> renderer("network").__name__
    'network'
    """
    return _picture(style).draw


def _picture(style: str) -> Picture:
    try:
        return STYLES[style]
    except KeyError:
        message = f"There is no picture of the style '{style}'. {suggest(style, STYLES)}"
        raise UnknownNameError(message, hint=f"Choose a style of: {', '.join(STYLES)}.") from None


def styles_of(value: object) -> list[str]:
    """Return the styles that can show a value, its usual one first."""
    return [style for style, picture in STYLES.items() if isinstance(value, picture.kind)]


def renderer_of(value: object, style: str | None = None, color: str | None = None) -> Renderer:
    """Return what draws a value: in a style, or in the usual one of its kind.

    Parameters
    ----------
    value
        What is drawn.
    style
        The kind of picture; None: the usual one.
    color
        What its colours say; None: what they usually do.

    Raises
    ------
    UnknownNameError
        There is no such style, or colouring.
    QuestionError
        The style shows another kind of value, or nothing shows this one; or its colours say one thing only.
    """
    if style is not None:
        _picture(style)  # raises: there is no such style
    fitting = styles_of(value)
    what = type(value).__name__
    if not fitting:
        raise QuestionError(f"A {what} cannot be drawn.", hint="Draw a journey map, such as shop.map().")
    chosen = fitting[0] if style is None else style
    if chosen not in fitting:
        raise QuestionError(
            f"The style '{style}' shows a {_picture(chosen).kind.__name__}, and this is a {what}.",
            hint=f"Choose a style of: {', '.join(fitting)}.",
        )
    if color is None:
        return STYLES[chosen].draw
    if not STYLES[chosen].colors:
        others = ", ".join(name for name, picture in STYLES.items() if picture.colors)
        raise QuestionError(
            f"The style '{chosen}' has no other colours.", hint=f"What colours say can be chosen for: {others}."
        )
    return partial(STYLES[chosen].draw, color=color)
