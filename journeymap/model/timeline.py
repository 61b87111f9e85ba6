"""A timeline: real journeys of a few customers, touchpoint by touchpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from journeymap.model.shown import Shown
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from journeymap.model.journey_map import MapSummary


@dataclass(frozen=True, slots=True)
class TimelineVisit:
    """One visit.

    Attributes
    ----------
    touchpoint, stage
        What was visited.
    at_us
        When, in microseconds UTC since 1970.
    gap_seconds
        The time since the journey's visit before; None at the first.
    begins_session
        Whether the silence before it was longer than the session timeout, or it is the customer's first.
    is_goal
        Whether it is success.
    """

    touchpoint: str
    stage: str
    at_us: int
    gap_seconds: float | None
    begins_session: bool
    is_goal: bool


@dataclass(frozen=True, slots=True)
class TimelineJourney:
    """One journey of a customer.

    Attributes
    ----------
    visits
        In their order, at least one.
    status
        converted, ended, abandoned or open.
    silence_seconds
        From the last visit of the customer's journey before to the first of this one; None at the first journey, and
        where the two overlap.
    """

    visits: tuple[TimelineVisit, ...]
    status: str
    silence_seconds: float | None


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One customer: a label, which is the id only where that was asked for, and the journeys in their order."""

    customer: str
    journeys: tuple[TimelineJourney, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Timeline(Shown):
    """The journeys of a few customers of one segment level. A notebook shows it as a picture.

    Attributes
    ----------
    title, levels, summary
        As on a journey map; the summary is of the whole level.
    stages
        All stages of the store, in their order.
    rows
        The customers.
    is_sample
        Whether the customers stand for the level (see :mod:`journeymap.measure.examples`) and were not named.
    is_masked
        Whether labels stand in the place of ids.
    theme
        How it is drawn unless a theme is given then.
    """

    title: str
    levels: tuple[tuple[str, str], ...]
    summary: MapSummary
    stages: tuple[str, ...]
    rows: tuple[TimelineRow, ...]
    is_sample: bool = True
    is_masked: bool = True
    theme: ThemeSettings = field(default_factory=ThemeSettings)
