"""The matrix map: every transition of a level, finished for a heat map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from journeymap.model.shown import Shown
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from journeymap.model.journey_map import MapEdge, MapSummary
    from journeymap.model.staged import StagedTouchpoint


@dataclass(frozen=True, slots=True, repr=False)
class MatrixMap(Shown):
    """One segment level's transitions, all of them.

    Attributes
    ----------
    title
        A line for the head of the picture.
    levels
        (segment, level) pairs, in the order asked for; empty for the whole.
    summary
        The numbers of the header.
    touchpoints
        Those that occur, ordered by stage and then by visits.
    edges
        Every transition, ``(start)`` and the ends included, most frequent first. The probabilities of a source add
        up to 1.
    theme
        How it is drawn unless a theme is given then.
    """

    title: str
    levels: tuple[tuple[str, str], ...]
    summary: MapSummary
    touchpoints: tuple[StagedTouchpoint, ...]
    edges: tuple[MapEdge, ...]
    theme: ThemeSettings = field(default_factory=ThemeSettings)
