"""A grid of maps: all levels of a segment with the same touchpoints and transitions, to be compared by eye."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from journeymap.model.shown import Shown
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap, MapSummary


@dataclass(frozen=True, slots=True, repr=False)
class MapGrid(Shown):
    """The maps of a segment's levels. A notebook shows them as one picture.

    Attributes
    ----------
    title
        A line for the head of the picture.
    segments
        What splits it.
    whole
        All levels together; its transitions are those that every map of the grid has. Without findings, too.
    maps
        The levels in their order, each with the transitions of ``whole`` that it has; without findings and the
        numbers of stages.
    n_levels
        How many levels there are; those with the fewest journeys are left out where they are too many.
    theme
        How it is drawn unless a theme is given then.
    """

    title: str
    segments: tuple[str, ...]
    whole: JourneyMap
    maps: tuple[JourneyMap, ...]
    n_levels: int
    theme: ThemeSettings = field(default_factory=ThemeSettings)

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        """The levels that hold for all of it: none."""
        return ()

    @property
    def summary(self) -> MapSummary:
        """The numbers of all levels together."""
        return self.whole.summary
