"""How much of many things a page has room for: the rest is gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from journeymap.render.furniture import MARGIN, Piece
from journeymap.render.page import fill
from journeymap.render.scene import Scene, moved

if TYPE_CHECKING:
    from collections.abc import Callable

GROWS = 1.12
"""How much larger the page becomes, time after time, where too little has room on it."""

Drawn = TypeVar("Drawn")


def most_that_fit(total: int, least: int, draw: Callable[[int], Drawn | None]) -> tuple[int, Drawn] | None:
    """Find the most things that can be drawn.

    Parameters
    ----------
    total
        How many there are.
    least
        Fewer than these are not tried, but where there are no more.
    draw
        Draws so many of them, or returns None where they do not fit. What has room for many has room for fewer.

    Returns
    -------
    tuple or None
        How many, and the drawing; None where even the least do not fit. Never all but one: to gather a single thing
        saves nothing.

    Examples
    --------
    >>> most_that_fit(100, 6, lambda many: "x" * many if many <= 10 else None)
    (10, 'xxxxxxxxxx')
    >>> most_that_fit(100, 6, lambda many: None) is None
    True
    """
    whole = draw(total)
    if whole is not None:
        return total, whole
    low, high = min(least, total - 2), total - 2
    best = draw(low) if low > 0 else None
    if best is None:
        return None
    while low < high:
        middle = (low + high + 1) // 2
        tried = draw(middle)
        if tried is None:
            high = middle - 1
        else:
            low, best = middle, tried
    return low, best


def filled(
    total: int,
    least: int,
    page: tuple[float, float],
    *,
    head: Callable[[float, float], Piece],
    base: Callable[[float, float, int], Piece],
    body: Callable[[int, float, float], Piece | None],
) -> Scene:
    """Fill a page with as much as has room between what stands above and below it.

    Parameters
    ----------
    total, least
        How many things there are, and how many are to be drawn by themselves at the least; where these do not fit, the
        page grows.
    page
        Width and height in points.
    head
        Sets what stands above, of a width and a scale of its text.
    base
        Sets what stands below, of a width, a scale, and how many things are drawn by themselves.
    body
        Draws so many things in a width and a height; None where they do not fit.

    Returns
    -------
    Scene
        On the page, or on a larger one of the same shape.
    """

    def compose(width: float, height: float, scale: float) -> Scene | float:
        above = head(width, scale)
        # Its text is measured where something is gathered, since it is longer then.
        below = base(width, scale, total - 1)
        room = (width - 2 * MARGIN, height - above.height - below.height - 8.0)
        found = most_that_fit(total, least, lambda most: body(most, *room)) if room[1] > 0 else None
        if found is None:
            return GROWS
        most, drawn = found
        below = base(width, scale, most)
        marks = (
            *above.marks,
            *(moved(mark, 1.0, MARGIN, above.height) for mark in drawn.marks),
            *(moved(mark, 1.0, 0.0, height - below.height) for mark in below.marks),
        )
        return Scene(width, height, marks)

    return fill(page, compose)
