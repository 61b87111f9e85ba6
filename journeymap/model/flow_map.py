"""The flow map: journeys step by step from an anchor, everything that its pictures need, finished."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from journeymap.model.shown import Shown
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from journeymap.model.journey_map import MapSummary
    from journeymap.model.staged import StagedTouchpoint


@dataclass(frozen=True, slots=True)
class FlowNode:
    """The journeys that are at a touchpoint at a step.

    Attributes
    ----------
    step
        The place from the anchor, which is 0; negative before it.
    touchpoint
        Its name.
    journeys
        How many, mature or not.
    share
        journeys / all journeys of the flow, 0 to 1.
    """

    step: int
    touchpoint: str
    journeys: int
    share: float


@dataclass(frozen=True, slots=True)
class FlowLink:
    """The journeys that go from a touchpoint at a step to what is next.

    Attributes
    ----------
    step
        The source's step; the target is one later.
    source, target
        Touchpoints, or names of :mod:`journeymap.model.names`: ``(start)`` where a journey begins, an end where it
        ends.
    journeys
        How many, mature or not.
    """

    step: int
    source: str
    target: str
    journeys: int


@dataclass(frozen=True, slots=True, repr=False)
class FlowMap(Shown):
    """One segment level's journeys, step by step.

    Attributes
    ----------
    title
        A line for the head of the picture.
    levels
        (segment, level) pairs, in the order asked for; empty for the whole.
    summary
        The numbers of the header: of all journeys of the level, with the anchor or without.
    anchor
        ``(start)``, or the touchpoint whose first visit is step 0.
    direction
        Whether the steps follow the anchor or precede it.
    n_steps
        How many steps there are at the most.
    journeys
        All journeys of the flow: those of the level that have the anchor.
    touchpoints
        Those that occur, ordered by stage and then by their journeys over all steps; ``visits`` counts these.
    nodes
        Touchpoints at steps, by step and then by journeys, the largest first. At each step after the anchor their
        journeys and those that ended earlier add up to ``journeys``; before it, and those that begin later.
    links
        What leads from a step to the next, by step and then by journeys; the first come from ``(start)`` or from
        beyond the steps, the last lead beyond them.
    theme
        How it is drawn unless a theme is given then.
    """

    title: str
    levels: tuple[tuple[str, str], ...]
    summary: MapSummary
    anchor: str
    direction: Literal["after", "before"]
    n_steps: int
    journeys: int
    touchpoints: tuple[StagedTouchpoint, ...]
    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]
    theme: ThemeSettings = field(default_factory=ThemeSettings)
