"""The funnel: by customer, the first attempt, mature customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .arithmetic import median_seconds, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Level, Population, Row, Visit

Order = Literal["ordered", "strict", "any"]
Placed = tuple[int, "Visit"]  # a visit, and its place among all of the customer's visits in the population


def placed_visits(population: Population, level: Level) -> list[list[Placed]]:
    """Give each customer's visits in the level's journeys, numbered before the level is picked out."""
    return [
        [(place, visit) for place, (journey, visit) in enumerate(history) if journey.level == level]
        for history in population.histories().values()
    ]


def attempt_in_order(visits: Sequence[Placed], steps: Sequence[str], window_us: int | None, strict: bool) -> list[int]:
    """Find the times at which the first attempt reached step 1, 2, ...: as many as it reached."""
    taken: list[Placed] = []
    for step in steps:
        found = None
        for place, visit in visits:
            if visit.touchpoint != step:
                continue
            if taken:
                if place <= taken[-1][0]:
                    continue
                if strict and place != taken[-1][0] + 1:
                    continue
                if window_us is not None and visit.at_us > taken[0][1].at_us + window_us:
                    continue
            found = (place, visit)
            break
        if found is None:
            break
        taken.append(found)
    return [visit.at_us for _, visit in taken]


def attempt_in_any_order(visits: Sequence[Placed], steps: Sequence[str], window_us: int | None) -> list[int]:
    """Find when the first, second, ... distinct step was reached, from the first visit to any of them."""
    reached: dict[str, int] = {}
    start: int | None = None
    for _, visit in visits:
        if visit.touchpoint not in steps:
            continue
        if start is None:
            start = visit.at_us
        if window_us is not None and visit.at_us > start + window_us:
            continue
        if visit.touchpoint not in reached:
            reached[visit.touchpoint] = visit.at_us
    return list(reached.values())


def first_attempts(
    population: Population, level: Level, steps: Sequence[str], window_us: int | None, order: Order
) -> list[list[int]]:
    """Give the times of each customer that started."""
    attempts = []
    for visits in placed_visits(population, level):
        if order == "any":
            times = attempt_in_any_order(visits, steps, window_us)
        else:
            times = attempt_in_order(visits, steps, window_us, strict=order == "strict")
        if times:
            attempts.append(times)
    return attempts


def funnel(
    population: Population, steps: Sequence[str], window_us: int | None = None, order: Order = "ordered"
) -> list[Row]:
    """One row a step, in each level."""
    needed = population.rules.horizon if window_us is None else window_us
    rows: list[Row] = []
    for level in population.levels():
        attempts = first_attempts(population, level, steps, window_us, order)
        mature = [times for times in attempts if times[0] + needed <= population.data_end]
        immature = [times for times in attempts if times[0] + needed > population.data_end]
        entered = [sum(len(times) > k for times in mature) for k in range(len(steps))]
        for k, touchpoint in enumerate(steps):
            before = entered[k - 1] if k > 0 else entered[0]
            after = entered[k + 1] if k + 1 < len(steps) else entered[k]
            rows.append(
                {
                    **population.level_columns(level),
                    "step": k + 1,
                    "touchpoint": touchpoint,
                    "entered": entered[k],
                    "overall_conversion": ratio(entered[k], entered[0]),
                    "step_conversion": ratio(entered[k], before),
                    "dropped": entered[k] - after,
                    "immature": sum(len(times) > k for times in immature),
                    "median_seconds": (
                        median_seconds([times[k] - times[k - 1] for times in mature if len(times) > k])
                        if k > 0
                        else None
                    ),
                }
            )
    return rows
