"""What finished values share: the levels of a question, what holds for all of them, and the numbers of a header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from journeymap.model.journey_map import MapSummary
from journeymap.model.period import moment_of
from journeymap.model.rate import Rate
from journeymap.model.staged import StagedTouchpoint
from journeymap.segments.population import choose_population
from journeymap.settings.durations import DAY_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

LevelKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """What holds for every level of a question.

    Attributes
    ----------
    stages
        All stages of the store, in their order.
    goals
        The touchpoints that mean success.
    data_end
        ISO 8601 UTC date of the data end.
    horizon_days
        The silence after which a journey is over.
    minimum
        The customers below which a level is thin.
    narrowed
        What narrows the population, in words.
    """

    stages: tuple[str, ...]
    goals: tuple[str, ...]
    data_end: str
    horizon_days: float
    minimum: int
    narrowed: tuple[str, ...] = ()

    def stage_place(self, stage: str) -> int:
        """Give the place of a stage in their order; one that is not known comes last."""
        return self.stages.index(stage) if stage in self.stages else len(self.stages)


def whole_of(store: Store, question: Question) -> Whole:
    """Ask what holds for every level."""
    stages = store.engine.execute("SELECT stage FROM touchpoints GROUP BY stage ORDER BY min(stage_order), stage")
    goals = store.engine.execute("SELECT touchpoint FROM touchpoints WHERE is_goal ORDER BY touchpoint")
    population = choose_population(store, question.split(()))
    return Whole(
        stages=tuple(str(row[0]) for row in stages),
        goals=tuple(str(row[0]) for row in goals),
        data_end=iso_date(population.data_end_us),
        horizon_days=population.horizon_us / DAY_US,
        minimum=store.settings.journey.minimum_customers,
        narrowed=question.narrowed,
    )


def staged_touchpoints(store: Store, whole: Whole, visits: Mapping[str, int]) -> tuple[StagedTouchpoint, ...]:
    """Put the touchpoints that have visits in the order of their stages, and within one by their visits."""
    rows = store.engine.execute("SELECT touchpoint, stage, is_goal FROM touchpoints")
    found = [
        StagedTouchpoint(str(name), str(stage), visits[str(name)], bool(is_goal))
        for name, stage, is_goal in rows
        if str(name) in visits
    ]
    return tuple(sorted(found, key=lambda item: (whole.stage_place(item.stage), -item.visits, item.touchpoint)))


def by_level(table: pd.DataFrame, n_levels: int) -> dict[LevelKey, pd.DataFrame]:
    """Take a measure's table apart by its first columns, the levels; in their order, under a text per segment."""
    if n_levels == 0:
        return {(): table}
    names = list(table.columns[:n_levels])
    return {
        tuple(str(level) for level in key): part.drop(columns=names) for key, part in table.groupby(names, sort=False)
    }


def summary_of(outcomes: pd.DataFrame, whole: Whole) -> MapSummary:
    """Make the numbers of a header from a level's row of :func:`journeymap.measure.outcomes.outcomes`."""
    row = outcomes.to_dict("records")[0]

    def number(name: str) -> float | None:
        return None if row[name] is None or np.isnan(row[name]) else float(row[name])

    first_us = number("first_us")
    return MapSummary(
        customers=int(row["customers"]),
        journeys=int(row["journeys"]),
        mature=int(row["mature"]),
        converted=int(row["converted"]),
        ended=int(row["ended"]),
        abandoned=int(row["abandoned"]),
        open=int(row["open"]),
        conversion=Rate(
            int(row["converted"]),
            int(row["mature"]),
            number("conversion_rate"),
            number("ci_low"),
            number("ci_high"),
        ),
        goals=whole.goals,
        first_at="" if first_us is None else iso_date(int(first_us)),
        data_end=whole.data_end,
        horizon_days=whole.horizon_days,
        thin=int(row["customers"]) < whole.minimum,
        narrowed=whole.narrowed,
    )


def iso_date(at_us: int) -> str:
    """Write microseconds UTC as a date.

    Examples
    --------
    >>> iso_date(86_400_000_000)
    '1970-01-02'
    """
    return moment_of(at_us).date().isoformat()
