"""Transitions: from touchpoint to touchpoint, how often, by whom, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from journeymap.journeys.status import END_SQL
from journeymap.measure.portions import touchpoint_portions
from journeymap.measure.tables import arrange
from journeymap.model.names import START
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.sql import Query
    from journeymap.store.store import Store


def transitions(store: Store, question: Question) -> pd.DataFrame:
    """Count the transitions, ``(start)`` and the ends included.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    DataFrame
        One row per level and transition, most frequent first: the levels, then ``source``, ``target``, ``count``,
        ``customers`` (distinct), ``probability`` (count over everything that leaves the source in that level, ends
        included, 0 to 1), ``median_seconds``, ``mean_seconds`` and ``p90_seconds`` of the gap (interpolated between
        values; missing for ``(start)`` and the ends).

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.
    """
    population = choose_population(store, question)
    frames = [store.frame(_question(population, portion)) for portion in _portions(store, question)]
    return arrange(
        pd.concat(frames) if len(frames) > 1 else frames[0],
        population,
        [("count", False), ("source", True), ("target", True)],
        whole=["count", "customers"],
    )


@dataclass(frozen=True, slots=True)
class _Portion:
    """What one statement counts: the transitions out of some touchpoints, and the starts if it is the first."""

    keys: Sequence[int]
    is_first: bool


def _portions(store: Store, question: Question) -> list[_Portion | None]:
    """Divide the touchpoints into portions whose gaps fit into memory; None stands for all of them."""
    portions = touchpoint_portions(store, choose_population(store, question.split(())))
    if portions is None:
        return [None]
    return [_Portion(keys, is_first=at == 0) for at, keys in enumerate(portions)]


def _question(population: Population, portion: _Portion | None) -> Query:
    levels = population.level_columns()
    customers = (
        "count(*) FILTER (WHERE is_first_transition)" if population.whole_customers else "count(DISTINCT customer_key)"
    )
    among = "IN (SELECT unnest($source_keys))"
    of_moves, of_ends = (
        ("", "") if portion is None else (f" AND touchpoint_key {among}", f" WHERE last_touchpoint_key {among}")
    )
    of_starts = "" if portion is None or portion.is_first else " WHERE FALSE"
    steps = [
        Step(
            "moves",
            f"""
            SELECT {levels}touchpoint_key AS source_key, next_touchpoint_key AS target_key,
                count(*) AS count, {customers} AS customers,
                quantile_cont(gap_us, [0.5, 0.9]) AS quantiles,
                CAST(sum(gap_us) AS DOUBLE) / count(*) / 1e6 AS mean_seconds
            FROM visits WHERE next_touchpoint_key IS NOT NULL{of_moves}
            GROUP BY {levels}touchpoint_key, next_touchpoint_key
            """,
        ),
        Step(
            "starts_counted",
            f"""
            SELECT {levels}first_touchpoint_key AS target_key, count(*) AS count,
                count(DISTINCT customer_key) AS customers
            FROM population{of_starts} GROUP BY {levels}first_touchpoint_key
            """,
        ),
        Step(
            "ends_counted",
            f"""
            SELECT {levels}last_touchpoint_key AS source_key, status, count(*) AS count,
                count(DISTINCT customer_key) AS customers
            FROM population{of_ends} GROUP BY {levels}last_touchpoint_key, status
            """,
        ),
        Step(
            "named",
            f"""
            SELECT {levels}f.touchpoint AS source, t.touchpoint AS target, count, customers,
                quantiles[1] / 1e6 AS median_seconds, mean_seconds, quantiles[2] / 1e6 AS p90_seconds
            FROM moves JOIN touchpoints f ON f.touchpoint_key = source_key
            JOIN touchpoints t ON t.touchpoint_key = target_key
            UNION ALL
            SELECT {levels}'{START}', touchpoint, count, customers, NULL, NULL, NULL
            FROM starts_counted JOIN touchpoints ON touchpoint_key = target_key
            UNION ALL
            SELECT {levels}touchpoint,
                {END_SQL},
                count, customers, NULL, NULL, NULL
            FROM ends_counted JOIN touchpoints ON touchpoint_key = source_key
            """,
        ),
    ]
    select = f"""
        SELECT {levels}source, target, count, customers,
            CAST(count AS DOUBLE) / sum(count) OVER (PARTITION BY {levels}source) AS probability,
            median_seconds, mean_seconds, p90_seconds
        FROM named
    """
    values = {} if portion is None else {"source_keys": list(portion.keys)}
    return population.query(steps, select, **values)
