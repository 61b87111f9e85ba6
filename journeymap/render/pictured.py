"""What a renderer can count on in a finished value, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from journeymap.model.journey_map import MapSummary


class Pictured(Protocol):
    """A finished value with a name."""

    @property
    def title(self) -> str:
        """A line for the head of the picture."""

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        """(segment, level) pairs that hold for all of it; empty for the whole."""


class Summarised(Pictured, Protocol):
    """A finished value of one segment level."""

    @property
    def summary(self) -> MapSummary:
        """The numbers of the header."""
