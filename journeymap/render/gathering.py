"""How much of many things a page has room for: the rest is gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

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
