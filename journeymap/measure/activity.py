"""What customers do and bring beyond rates: visits, active days, the value of a goal, the time until it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.measure.quantiles import quantiles_of
from journeymap.measure.tables import arrange
from journeymap.segments.population import choose_population
from journeymap.settings.durations import DAY_US
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step, exact_sum

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_GROUP: Final = f"customer_key % {N_GROUPS}"
_COUNTS: Final = ("customers", "visits", "active_days", "goal_customers", "goal_visits")


def activity_groups(store: Store, question: Question) -> pd.DataFrame:
    """Count visits, active days and the value of goals per customer group.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and what splits it.

    Returns
    -------
    DataFrame
        One row per level and customer group: the levels, ``customer_group`` (0 to 99), ``customers`` (distinct, with a
        mature journey), ``visits`` (of mature journeys), ``active_days`` (days in UTC on which a customer has such a
        visit, added up over customers), ``goal_visits`` (of all journeys, those that have a value), ``goal_customers``
        (distinct, with such a visit) and ``value`` (the sum of their values; missing where there is none).

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.
    """
    population = choose_population(store, question)
    levels, visit_levels = population.level_columns(), population.level_columns("v.")
    steps = [
        Step("mature_journeys", "SELECT journey_key AS mature_key FROM population WHERE is_mature"),
        Step(
            "customer_days",
            f"""
            SELECT {visit_levels}v.customer_key, floor(v.at_us / {DAY_US}) AS active_day, count(*) AS visits
            FROM visits v JOIN mature_journeys m ON m.mature_key = v.journey_key
            GROUP BY {visit_levels}v.customer_key, floor(v.at_us / {DAY_US})
            """,
        ),
        Step(
            "day_counts",
            f"""
            SELECT {levels}{_GROUP} AS customer_group, count(DISTINCT customer_key) AS customers,
                CAST(sum(visits) AS BIGINT) AS visits, count(*) AS active_days
            FROM customer_days GROUP BY {levels}{_GROUP}
            """,
        ),
        Step(
            "goal_counts",
            f"""
            SELECT {levels}{_GROUP} AS customer_group, count(DISTINCT customer_key) AS goal_customers,
                count(*) AS goal_visits, {exact_sum("value")} AS value
            FROM visits JOIN touchpoints USING (touchpoint_key) WHERE is_goal AND value IS NOT NULL
            GROUP BY {levels}{_GROUP}
            """,
        ),
    ]
    select = f"""
        SELECT {levels}customer_group, customers, visits, active_days, goal_customers, goal_visits, value
        FROM day_counts FULL JOIN goal_counts USING ({levels}customer_group)
    """
    frame = store.frame(population.query(steps, select))
    return arrange(frame, population, [("customer_group", True)], whole=_COUNTS)


def goal_times(store: Store, question: Question) -> pd.DataFrame:
    """Give the time from a journey's start to its first goal, of those that reach it.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and what splits it.

    Returns
    -------
    DataFrame
        One row per level: the levels, ``converted`` (mature journeys that did) and ``median_seconds`` (from their start
        to their first goal; missing where none did).

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    :func:`journeymap.measure.survival.times` says by what time which share of *all* journeys has converted.
    """
    population = choose_population(store, question)
    reached = "is_mature AND status = 'converted'"
    time_us = f"(CASE WHEN {reached} THEN converted_at_us - start_us END)"
    times = quantiles_of(store, "population", time_us, [0.5], keys=population.level_keys())
    counts = Step(
        "counts",
        f"""
        SELECT {population.level_columns()}{times.aggregate}count(*) FILTER (WHERE {reached}) AS converted
        FROM population{population.group_by()}
        """,
    )
    select = f"""
        SELECT {population.level_columns()}converted, {times.columns[0]} / 1e6 AS median_seconds
        FROM counts {times.join}
    """
    frame = store.frame(population.query([counts, *times.steps], select))
    frame["median_seconds"] = frame["median_seconds"].astype("float64")
    return arrange(frame, population, [], whole=["converted"])
