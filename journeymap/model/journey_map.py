"""The journey map: everything that a picture of one segment level needs, finished.

A renderer takes one of these values and runs no query. Whoever wants another picture from the same numbers
writes another renderer, not another measure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from journeymap.model.names import START
from journeymap.model.shown import Shown
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from journeymap.model.finding import Finding
    from journeymap.model.map_stage import MapProfile, MapStage
    from journeymap.model.rate import Rate


@dataclass(frozen=True, slots=True)
class MapNode:
    """A touchpoint as it stands on a map.

    Attributes
    ----------
    touchpoint, stage, channel
        Its name, its stage, and its most used channel ("" where the events name none).
    visits, customers, journeys
        Visits, distinct customers and distinct journeys, mature or not.
    journey_share
        Journeys that visit it, over all journeys of the level, 0 to 1.
    drop_off
        Visits that are the last of an abandoned journey, over its mature visits.
    is_goal
        Whether reaching it is success.
    """

    touchpoint: str
    stage: str
    channel: str
    visits: int
    customers: int
    journeys: int
    journey_share: float
    drop_off: Rate
    is_goal: bool = False


@dataclass(frozen=True, slots=True)
class MapEdge:
    """A transition as it stands on a map, ``(start)`` and the ends included.

    Attributes
    ----------
    source, target
        Touchpoint names, or one of the names in :mod:`journeymap.model.names`.
    count, customers
        How often, and by how many distinct customers.
    probability
        count over everything that leaves the source, hidden transitions included, 0 to 1.
    median_seconds
        The median gap; None for ``(start)`` and the ends.
    """

    source: str
    target: str
    count: int
    customers: int
    probability: float
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a simplified map shows of the whole.

    Attributes
    ----------
    shown_transitions, all_transitions
        Distinct transitions, starts and ends included.
    transition_share
        The count of the shown transitions over the count of all, 0 to 1.
    journey_share
        Journeys whose touchpoints are all on the map, over all journeys, 0 to 1.
    hidden_touchpoints
        Touchpoints that are not on the map.
    """

    shown_transitions: int
    all_transitions: int
    transition_share: float
    journey_share: float
    hidden_touchpoints: int


@dataclass(frozen=True, slots=True)
class MapSummary:
    """The header of a map.

    Attributes
    ----------
    customers, journeys
        All of the level, mature or not.
    mature
        Journeys that have one horizon between their start and the data end.
    converted, ended, abandoned, open
        Status counts of the mature journeys; they add up to ``mature``.
    conversion
        converted / mature, with its interval.
    goals
        The touchpoints that mean success; empty where none is known.
    first_at, data_end
        ISO 8601 UTC dates of the first event in the question and of the data end; "" where there is none.
    horizon_days
        The silence after which a journey is over.
    thin
        True where fewer customers than the minimum stand behind the map.
    narrowed
        What narrows the population beside the levels, in words such as ``region = south``.
    """

    customers: int
    journeys: int
    mature: int
    converted: int
    ended: int
    abandoned: int
    open: int
    conversion: Rate
    goals: tuple[str, ...]
    first_at: str
    data_end: str
    horizon_days: float
    thin: bool = False
    narrowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HappyPath:
    """The widest way of converted journeys to the goal; see :func:`journeymap.maps.happy_path.happy_path`.

    Attributes
    ----------
    touchpoints
        From the first to the goal.
    journeys
        The converted journeys on its narrowest transition: on every other there are as many or more.
    converted
        All converted journeys of the level, mature or not.
    """

    touchpoints: tuple[str, ...]
    journeys: int
    converted: int

    @property
    def share(self) -> float:
        """Journeys / converted, 0 to 1."""
        return self.journeys / self.converted

    @property
    def moves(self) -> tuple[tuple[str, str], ...]:
        """Its transitions, from ``(start)`` to the goal."""
        return tuple(pairwise((START, *self.touchpoints)))


@dataclass(frozen=True, slots=True, repr=False)
class JourneyMap(Shown):
    """One segment level's journey map. A notebook shows it as a picture.

    Attributes
    ----------
    title
        A line for the head of the picture.
    levels
        (segment, level) pairs, in the order asked for; empty for the whole.
    summary
        The numbers of the header.
    stages
        The stages that occur, in their order.
    nodes
        Touchpoints, ordered by stage and then by visits.
    edges
        The transitions shown.
    coverage
        What the shown transitions are of the whole.
    findings
        The level's pain points, worst first.
    totals
        (name, journeys) of ``(start)`` and of each end, hidden transitions included.
    notes
        (touchpoint or stage, text) pairs that people wrote in the settings.
    stage_facts
        The numbers of each of the stages, in the same order.
    profile
        What the level is like; None where nothing was measured for it.
    kpis, owners
        (touchpoint or stage, text) pairs that people wrote in the settings: what a place is measured by, and who
        answers for it.
    theme
        How it is drawn unless a theme is given then.
    happy_path
        The widest way of converted journeys to the goal, whose transitions are all among the edges; None where no
        journey converted, or it was not looked for.
    """

    title: str
    levels: tuple[tuple[str, str], ...]
    summary: MapSummary
    stages: tuple[str, ...]
    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]
    coverage: Coverage
    findings: tuple[Finding, ...] = field(default=())
    totals: tuple[tuple[str, int], ...] = field(default=())
    notes: tuple[tuple[str, str], ...] = field(default=())
    stage_facts: tuple[MapStage, ...] = field(default=())
    profile: MapProfile | None = None
    kpis: tuple[tuple[str, str], ...] = field(default=())
    owners: tuple[tuple[str, str], ...] = field(default=())
    theme: ThemeSettings = field(default_factory=ThemeSettings)
    happy_path: HappyPath | None = None
