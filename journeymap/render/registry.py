"""The kinds of pictures: each is one file, and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from journeymap.errors import UnknownNameError, suggest
from journeymap.model.journey_map import JourneyMap
from journeymap.render.lanes import lanes
from journeymap.render.network import network
from journeymap.render.scene import Scene
from journeymap.render.theme import Theme

Renderer = Callable[[JourneyMap, Theme, tuple[float, float]], Scene]
"""Turns a finished map into a scene for a page of a width and a height in points."""

STYLES: Final[dict[str, Renderer]] = {
    "network": network,
    "lanes": lanes,
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
    try:
        return STYLES[style]
    except KeyError:
        message = f"There is no picture of the style '{style}'. {suggest(style, STYLES)}"
        raise UnknownNameError(message, hint=f"Choose a style of: {', '.join(STYLES)}.") from None
