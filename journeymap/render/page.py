"""How a picture grows beyond its page where seven points would be too large for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.render.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    Compose = Callable[[float, float, float], Scene | float]


def fill(page: tuple[float, float], compose: Compose) -> Scene:
    """Compose a picture on its page, or on a larger one of the same shape.

    Parameters
    ----------
    page
        Width and height in points.
    compose
        Is given a width, a height and how much larger titles may be; returns the picture, or how many times too small
        the page is.

    Examples
    --------
    >>> fill((100.0, 50.0), lambda wide, high, scale: Scene(wide, high, ()) if wide >= 120 else 120 / wide).width >= 120
    True
    """
    grow = 1.0
    while True:
        # The titles of a poster are read from farther away, yet need not grow as fast as its sheet.
        found = compose(page[0] * grow, page[1] * grow, grow**0.6)
        if isinstance(found, Scene):
            return found
        grow *= min(max(found, 1.02), 1.5)
