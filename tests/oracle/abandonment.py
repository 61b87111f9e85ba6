"""Abandonment after a touchpoint: attempts, what became of them, and where the customers went next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .arithmetic import ratio

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .model import Journey, Population, Row, Visit

NOTHING = "(nothing)"


@dataclass(frozen=True)
class Attempt:
    """One attempt. `ended_at` is the first Y or the end of the window; `journey` is where it started."""

    customer: str
    start: int
    mature: bool
    converted: bool
    ended_at: int
    journey: Journey
    next_touchpoint: str | None  # after the attempt's last X, within the window; None if converted

    @property
    def abandoned(self) -> bool:
        return self.mature and not self.converted


def first_of(visits: Sequence[Visit], without: Collection[str], since: int, until: int) -> int | None:
    """Find the time of the first Y in [since, until]; where it stands within an instant does not matter."""
    times = [v.at_us for v in visits if v.touchpoint in without and since <= v.at_us <= until]
    return min(times, default=None)


def next_after_last(visits: Sequence[Visit], after: str, since_index: int, until: int) -> str:
    """Find the visit after the last X among the visits from an index on, as far as the window goes."""
    in_window = [visit for visit in visits[since_index:] if visit.at_us <= until]
    last_x = max(i for i, visit in enumerate(in_window) if visit.touchpoint == after)
    return in_window[last_x + 1].touchpoint if last_x + 1 < len(in_window) else NOTHING


def attempts(
    population: Population, after: str, without: Collection[str] | None = None, window_us: int | None = None
) -> list[Attempt]:
    """Every attempt, mature or not, by customer and start. Journey cuts and levels do not end an attempt."""
    if without is None:
        without = population.rules.goals
    if window_us is None:
        window_us = population.rules.horizon
    found: list[Attempt] = []
    for customer, history in population.histories().items():
        visits = [visit for _, visit in history]
        elsewhere = [visit for visit in population.left_out.get(customer, []) if visit.touchpoint != after]
        busy_until: int | None = None  # an X up to and at this time belongs to the attempt before
        for i, (journey, visit) in enumerate(history):
            if visit.touchpoint != after or (busy_until is not None and visit.at_us <= busy_until):
                continue
            window_end = visit.at_us + window_us
            first_y = first_of([*visits, *elsewhere], without, visit.at_us, window_end)
            busy_until = window_end if first_y is None else first_y
            found.append(
                Attempt(
                    customer=customer,
                    start=visit.at_us,
                    mature=window_end <= population.data_end,
                    converted=first_y is not None,
                    ended_at=busy_until,
                    journey=journey,
                    next_touchpoint=next_after_last(visits, after, i, window_end) if first_y is None else None,
                )
            )
    return found


def mean_goal_value(population: Population) -> float | None:
    """Average the values of goal visits that have one, over the whole population."""
    values = [
        visit.value
        for journey in population.journeys
        for visit in journey.visits
        if visit.touchpoint in population.rules.goals and visit.value is not None
    ]
    return ratio(sum(values), len(values))


def abandonment(
    population: Population, after: str, without: Collection[str] | None = None, window_us: int | None = None
) -> list[Row]:
    """One row a level. An attempt is of the level of the journey in which it started."""
    every = attempts(population, after, without, window_us)
    goal_value = mean_goal_value(population)
    rows: list[Row] = []
    for level in population.levels():
        these = [attempt for attempt in every if attempt.journey.level == level]
        mature = [attempt for attempt in these if attempt.mature]
        abandoned = [attempt for attempt in these if attempt.abandoned]
        rows.append(
            {
                **population.level_columns(level),
                "attempts": len(mature),
                "abandoned": len(abandoned),
                "immature": len(these) - len(mature),
                "rate": ratio(len(abandoned), len(mature)),
                "customers": len({attempt.customer for attempt in abandoned}),
                "journeys": len({attempt.journey.key for attempt in abandoned}),
                "revenue_at_risk": None if goal_value is None else goal_value * len(abandoned),
            }
        )
    return rows


def where_next(
    population: Population, after: str, without: Collection[str] | None = None, window_us: int | None = None
) -> list[Row]:
    """One row a touchpoint to which abandoned attempts went next, by level and name."""
    every = attempts(population, after, without, window_us)
    rows: list[Row] = []
    for level in population.levels():
        these = [attempt for attempt in every if attempt.abandoned and attempt.journey.level == level]
        nexts = [a.next_touchpoint for a in these if a.next_touchpoint is not None]
        rows.extend(
            {**population.level_columns(level), "touchpoint": name, "count": nexts.count(name)}
            for name in sorted(set(nexts))
        )
    return rows
