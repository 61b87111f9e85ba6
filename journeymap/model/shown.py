"""Values that show themselves as a picture in a notebook.

A value knows nothing of drawing. Whoever can draw says so with :func:`show_with`; the facade does, so that every value
that comes from it is a picture, and drawing is loaded when the first one is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Painter = Callable[[Any], tuple[bytes, dict[str, int]]]
    """From a value to a PNG, and its width and height on the page in pixels."""

_PAINTERS: list[Painter] = []


def show_with(painter: Painter) -> None:
    """Let notebooks show values with this painter, in the place of an earlier one."""
    _PAINTERS[:] = [painter]


class Shown:
    """The parent of values that have a picture."""

    __slots__ = ()

    def _repr_png_(self) -> tuple[bytes, dict[str, int]] | None:
        """Give the picture, as Jupyter asks for it; None where nobody can draw."""
        return _PAINTERS[0](self) if _PAINTERS else None
