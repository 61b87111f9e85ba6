"""Drop-off: the visits that a journey was abandoned at, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.journeys.status import MATURE_VISIT_SQL
from journeymap.measure.tables import arrange, group_intervals
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def dropoff(store: Store, question: Question) -> pd.DataFrame:
    """Measure the drop-off at each touchpoint.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    DataFrame
        One row per level and touchpoint, most dropped first: the levels, then ``touchpoint``, ``stage``,
        ``mature_visits`` (visits that have one horizon between them and the data end), ``dropped`` (visits that are the
        last of an abandoned journey), ``drop_rate`` (dropped / mature_visits, 0 to 1, missing where there are none),
        ``ci_low`` and ``ci_high`` (its 95 % interval, clustered by customer), ``baseline`` and ``lift`` (drop_rate /
        baseline). The baseline is the drop rate of all touchpoints together or, where segments split the question, of
        the same touchpoint over all levels together.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    Not counted: visits too young to judge, and journeys that are still open. A journey that reached a goal or a final
    touchpoint is not abandoned, wherever it went afterwards.
    """
    population = choose_population(store, question)
    keys = [*population.level_names, "touchpoint", "stage"]
    groups = store.frame(_count_by_group(population))
    groups["customers"] = 0
    # Where all groups have one rate, or there is one group, they say nothing about its variance; only there customers
    # are counted.
    rates = (groups["dropped"] / groups["mature_visits"].where(groups["mature_visits"] > 0)).rename("rate")
    certain = rates.groupby([groups[key] for key in keys], sort=False).transform("nunique") == 1
    if certain.any():
        customers = store.frame(_count_customers(population, groups.loc[certain, "touchpoint"].unique().tolist()))
        groups = groups.drop(columns="customers").merge(customers, on=[*keys[:-1], "customer_group"], how="left")
        groups["customers"] = groups["customers"].fillna(0)
    frame = group_intervals(groups, keys, "dropped", "mature_visits", "customers").drop(columns="customers")
    frame = frame.rename(columns={"rate": "drop_rate"})
    if population.by:
        whole = frame.groupby("touchpoint")[["dropped", "mature_visits"]].sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            frame["baseline"] = frame["touchpoint"].map(whole["dropped"] / whole["mature_visits"]).astype("float64")
    else:
        visits = frame["mature_visits"].sum()
        frame["baseline"] = frame["dropped"].sum() / visits if visits else np.nan
    frame["lift"] = (frame["drop_rate"] / frame["baseline"].where(frame["baseline"] > 0)).astype("float64")
    columns = [
        "touchpoint",
        "stage",
        "mature_visits",
        "dropped",
        "drop_rate",
        "ci_low",
        "ci_high",
        "baseline",
        "lift",
    ]
    frame = frame[[*population.level_names, *columns]]
    order = [("dropped", False), ("mature_visits", False), ("touchpoint", True)]
    return arrange(frame, population, order, whole=["mature_visits", "dropped"])


def _count_customers(population: Population, names: list[str]) -> Query:
    """Count the customers behind the mature visits of some touchpoints, per customer group."""
    levels = population.level_columns()
    select = f"""
        SELECT {levels}touchpoint, customer_key % {N_GROUPS} AS customer_group,
            count(DISTINCT customer_key) AS customers
        FROM visits JOIN touchpoints USING (touchpoint_key)
        WHERE {MATURE_VISIT_SQL} AND touchpoint IN (SELECT unnest($names))
        GROUP BY {levels}touchpoint, customer_key % {N_GROUPS}
    """
    return population.query([], select, names=names)


def _count_by_group(population: Population) -> Query:
    """Count mature visits and dropped ones per touchpoint and customer group."""
    levels = population.level_columns()
    steps = [
        Step(
            "visit_counts",
            f"""
            SELECT {levels}touchpoint_key, customer_key % {N_GROUPS} AS customer_group,
                count(*) FILTER (WHERE {MATURE_VISIT_SQL}) AS mature_visits
            FROM visits GROUP BY {levels}touchpoint_key, customer_key % {N_GROUPS}
            """,
        ),
        Step(
            "drop_counts",
            f"""
            SELECT {levels}last_touchpoint_key AS touchpoint_key, customer_key % {N_GROUPS} AS customer_group,
                count(*) AS dropped
            FROM population WHERE status = 'abandoned'
            GROUP BY {levels}last_touchpoint_key, customer_key % {N_GROUPS}
            """,
        ),
    ]
    select = f"""
        SELECT {levels}touchpoint, stage, customer_group, mature_visits, coalesce(dropped, 0) AS dropped
        FROM visit_counts
        LEFT JOIN drop_counts USING ({levels}touchpoint_key, customer_group)
        JOIN touchpoints USING (touchpoint_key)
    """
    return population.query(steps, select)
