"""A stage as it stands on a journey map: the numbers of one column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from journeymap.model.rate import Mean, Rate


@dataclass(frozen=True, slots=True)
class MapStage:
    """The numbers of one stage.

    Attributes
    ----------
    stage
        Its name.
    visits, customers, journeys
        Visits to its touchpoints, and the distinct customers and journeys that made them, mature or not.
    journey_share
        journeys over all journeys of the level, 0 to 1.
    moves_in
        (where from, times) pairs, most frequent first: how often journeys came into the stage, from ``(start)`` or
        another stage.
    moves_out
        (where to, times) pairs, most frequent first: how often journeys left it, for another stage or an end. Both
        add up to the same number, the times that the stage was entered.
    drop_off
        Abandoned journeys whose last visit is in the stage, over the mature journeys that visited it.
    mature_customers
        Distinct customers behind the drop-off's denominator.
    median_seconds
        The median over journeys of the time spent in the stage, from each visit to the journey's next touchpoint.
        None where no journey went on.
    timed_journeys
        The journeys that the median is of.
    score
        The mean score of the stage's visits that have one; None where none has.
    touchpoint_scores
        (touchpoint, mean score) pairs, lowest first.
    ease
        What stands for satisfaction where the data have no scores: the share that passes without friction, see
        :func:`journeymap.measure.friction.friction`. None where there are scores, or nothing is mature.
    channels
        (channel, visits) pairs, most visits first; "" for visits whose channel is not known.
    thin
        True where fewer customers than the minimum visited the stage.
    """

    stage: str
    visits: int
    customers: int
    journeys: int
    journey_share: float
    moves_in: tuple[tuple[str, int], ...]
    moves_out: tuple[tuple[str, int], ...]
    drop_off: Rate
    mature_customers: int
    median_seconds: float | None
    timed_journeys: int
    score: Mean | None = None
    touchpoint_scores: tuple[tuple[str, Mean], ...] = field(default=())
    ease: Mean | None = None
    channels: tuple[tuple[str, int], ...] = field(default=())
    thin: bool = False

    @property
    def entered(self) -> int:
        """How often journeys came into the stage, which is how often they left it."""
        return sum(count for _, count in self.moves_in)


@dataclass(frozen=True, slots=True)
class MapProfile:
    """What a level is like, for the head of a picture.

    Attributes
    ----------
    customer_share, journey_share
        Its customers and its journeys over those of all levels of the question, 0 to 1. Where a segment is of
        journeys, a customer can be in several levels, and customer_share is None.
    median_seconds, mean_steps
        Of its journeys, mature or not: the time from the first to the last touchpoint, and how many touchpoints.
    value
        The sum over the goal visits of all its journeys; None where none has a value.
    channels
        (channel, visits) pairs, most visits first; "" for visits whose channel is not known.
    score_scale
        The lowest and highest score possible, taken from all scores of the store; None where there are none.
    minimum_customers
        Numbers that fewer customers stand behind are thin.
    """

    customer_share: float | None = None
    journey_share: float = 1.0
    median_seconds: float | None = None
    mean_steps: float | None = None
    value: float | None = None
    channels: tuple[tuple[str, int], ...] = field(default=())
    score_scale: tuple[float, float] | None = None
    minimum_customers: int = 5
