"""Values that show themselves in a notebook and at Python's prompt: as a picture, or as a table.

A value knows nothing of drawing. Whoever can draw says so with :func:`show_with`; the facade does, so that every value
that comes from it is a picture, and drawing is loaded when the first one is shown.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from journeymap.model.names import ALL_LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Painter = Callable[[Any], tuple[bytes, dict[str, int]]]
    """From a value to a PNG, and its width and height on the page in pixels."""

_PAINTERS: list[Painter] = []


def show_with(painter: Painter) -> None:
    """Let notebooks show values with this painter, in the place of an earlier one."""
    _PAINTERS[:] = [painter]


class Levelled(Protocol):
    """What is about a level of segments."""

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        """The (segment, level) pairs."""


def level_name(value: Levelled) -> str:
    """Say which part of the customers a value is of: its levels, and what narrowed the population.

    Returns
    -------
    str
        ``region = north, age >= 30``, or ``(all)``.
    """
    own = [f"{segment} = {level}" for segment, level in value.levels]
    narrowed: tuple[str, ...] = getattr(getattr(value, "summary", value), "narrowed", ())
    return ", ".join(dict.fromkeys((*own, *narrowed))) or ALL_LEVELS


class Shown:
    """The parent of values that have a picture, a ``title`` and ``levels``."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Name the value: all that it holds would fill a screen, and notebooks keep it beside the picture."""
        return f"<{type(self).__name__} '{self.title}': {level_name(self)}>"  # type: ignore[attr-defined,arg-type] # its children have both

    def _repr_png_(self) -> tuple[bytes, dict[str, int]] | None:
        """Give the picture, as Jupyter asks for it; None where nobody can draw."""
        return _PAINTERS[0](self) if _PAINTERS else None


class Tabled:
    """The parent of values that are a table with notes."""

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """Give the table."""
        raise NotImplementedError

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the table should know."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n".join([self.to_frame().to_string(index=False), *self.notes])

    def _repr_html_(self) -> str:
        """Draw the table for a notebook, the notes below it."""
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return str(self.to_frame().to_html(index=False)) + notes
