"""Transitions: from touchpoint to touchpoint, how often, by whom, how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.journeys.status import END_SQL
from journeymap.measure.quantiles import quantiles_of
from journeymap.measure.tables import arrange
from journeymap.model.names import START
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
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
    levels = population.level_columns()
    customers = (
        "count(*) FILTER (WHERE is_first_transition)" if population.whole_customers else "count(DISTINCT customer_key)"
    )
    keys = population.level_keys(source_key="touchpoint_key", target_key="next_touchpoint_key")
    gaps = quantiles_of(store, "visits", "gap_us", (0.5, 0.9), keys=keys)
    median, p90 = gaps.columns
    steps = [
        Step(
            "moves",
            f"""
            SELECT {levels}touchpoint_key AS source_key, next_touchpoint_key AS target_key,
                count(*) AS count, {customers} AS customers, {gaps.aggregate}
                CAST(sum(gap_us) AS DOUBLE) / count(*) / 1e6 AS mean_seconds
            FROM visits WHERE next_touchpoint_key IS NOT NULL
            GROUP BY {levels}touchpoint_key, next_touchpoint_key
            """,
        ),
        *gaps.steps,
        Step(
            "starts_counted",
            f"""
            SELECT {levels}first_touchpoint_key AS target_key, count(*) AS count,
                count(DISTINCT customer_key) AS customers
            FROM population GROUP BY {levels}first_touchpoint_key
            """,
        ),
        Step(
            "ends_counted",
            f"""
            SELECT {levels}last_touchpoint_key AS source_key, status, count(*) AS count,
                count(DISTINCT customer_key) AS customers
            FROM population GROUP BY {levels}last_touchpoint_key, status
            """,
        ),
        Step(
            "named",
            f"""
            SELECT {levels}f.touchpoint AS source, t.touchpoint AS target, count, customers,
                {median} / 1e6 AS median_seconds, mean_seconds, {p90} / 1e6 AS p90_seconds
            FROM moves {gaps.join}
            JOIN touchpoints f ON f.touchpoint_key = source_key
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
    return arrange(
        store.frame(population.query(steps, select)),
        population,
        [("count", False), ("source", True), ("target", True)],
        whole=["count", "customers"],
    )
