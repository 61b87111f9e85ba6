"""The funnel map: how far the customers of each level come along the same steps, all levels in one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from journeymap.model.shown import Shown
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from journeymap.model.rate import Rate


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step of one level's funnel.

    Attributes
    ----------
    touchpoint
        Its name; for the order ``any`` the step stands for any one more of the touchpoints.
    entered
        Mature customers who came this far.
    overall
        entered / customers who entered step 1. The interval is Wilson's over customers: each counts once.
    of_before
        entered / customers who entered the step before; at step 1 they are themselves.
    lost
        Customers who entered the step before and not this one; 0 at step 1.
    immature
        Customers who came this far, whose attempt began too late to judge.
    median_seconds
        From the step before; None at step 1 and where nobody came this far.
    """

    touchpoint: str
    entered: int
    overall: Rate
    of_before: Rate
    lost: int
    immature: int
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class FunnelLevel:
    """One level's funnel.

    Attributes
    ----------
    levels
        (segment, level) pairs; empty for the whole.
    steps
        The same steps in every level; the counts are 0 where nobody entered.
    customers
        All customers of the level, whether they entered or not.
    thin
        True where fewer customers than the minimum are in the level.
    """

    levels: tuple[tuple[str, str], ...]
    steps: tuple[FunnelStep, ...]
    customers: int
    thin: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class FunnelMap(Shown):
    """A funnel with all levels side by side.

    Attributes
    ----------
    title
        A line for the head of the picture.
    levels
        (segment, level) pairs that hold for all of it: none, since it shows every level.
    by
        The segments that split it.
    touchpoints
        The steps as asked for.
    order
        What may lie between two steps.
    window_seconds
        What an attempt may take; None: no limit.
    first_at, data_end
        ISO 8601 UTC dates of the first event in the question and of the data end; "" where there is none.
    horizon_days
        The silence after which a journey is over; without a window an attempt is mature after it.
    funnels
        The levels, in their order.
    theme
        How it is drawn unless a theme is given then.
    narrowed
        What narrows the population, in words such as ``region = south``.
    """

    title: str
    levels: tuple[tuple[str, str], ...]
    by: tuple[str, ...]
    touchpoints: tuple[str, ...]
    order: Literal["ordered", "strict", "any"]
    window_seconds: float | None
    first_at: str
    data_end: str
    horizon_days: float
    funnels: tuple[FunnelLevel, ...]
    theme: ThemeSettings = field(default_factory=ThemeSettings)
    narrowed: tuple[str, ...] = ()
