"""The difference of two levels, or of two periods, as a picture shows it, finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.model.shown import Shown

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap
    from journeymap.model.rate import Rate


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a rate of side a differs from that of side b, at one place.

    Attributes
    ----------
    what
        ``outcome``, ``visit``, ``dropoff`` or ``transition``; see :func:`journeymap.compare.levels.compare_sides`.
    place, target
        The outcome or touchpoint, and the target of a transition, else "".
    rate_a, rate_b
        0 to 1; None where a side has no mature units.
    units_a, units_b
        The mature units that the rates are of.
    difference
        rate_a - rate_b, or None.
    ci_low, ci_high
        Its 95 % interval, clustered by customer, or None.
    effect_size
        Cohen's h, or None.
    q_value
        Corrected over everything that was looked at; None where it was not tested.
    is_clear
        Whether it is significant after correction, and as large as was asked for.
    """

    what: str
    place: str
    target: str
    rate_a: float | None
    rate_b: float | None
    units_a: int
    units_b: int
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    effect_size: float | None
    q_value: float | None
    is_clear: bool


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """One side: a level, the rest, or a period.

    Attributes
    ----------
    name
        The level, ``(rest)``, or the period in words.
    customers, journeys
        All of the side, mature or not.
    mature
        Journeys that have one horizon between their start and the data end.
    conversion
        converted / mature, with its interval.
    thin
        True where fewer customers than the minimum stand behind it.
    """

    name: str
    customers: int
    journeys: int
    mature: int
    conversion: Rate
    thin: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class DifferenceMap(Shown):
    """Two sides on one map.

    Attributes
    ----------
    title
        A line for the head of the picture.
    segment
        The segment of the levels, or "" for periods.
    a, b
        The sides; differences are a - b.
    both
        The journey map of both sides together: what is laid out.
    comparisons
        Everything that was looked at, clear differences first, the largest first.
    profile_p_value
        Of the permutation test of all transitions together; None where it could not be made.
    least_effect
        The least effect size that is called clear.
    """

    title: str
    segment: str
    a: ComparedSide
    b: ComparedSide
    both: JourneyMap
    comparisons: tuple[Comparison, ...]
    profile_p_value: float | None
    least_effect: float

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        """The (segment, side) pairs of both sides; none for periods."""
        return tuple((self.segment, side.name) for side in (self.a, self.b)) if self.segment else ()

    @property
    def narrowed(self) -> tuple[str, ...]:
        """What narrows the population of both sides, in words."""
        return self.both.summary.narrowed

    @property
    def clear(self) -> tuple[Comparison, ...]:
        """The clear differences, the largest first."""
        return tuple(item for item in self.comparisons if item.is_clear)
