"""Stages: how many journeys visit each, where they drop off, how long they stay, in which channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.measure.quantiles import quantiles_of
from journeymap.measure.tables import arrange, group_intervals
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def stages(store: Store, question: Question) -> pd.DataFrame:
    """Measure each stage.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    DataFrame
        One row per level and stage that is visited, in the order of the stages: the levels, then ``stage``; ``visits``
        (to its touchpoints), ``customers`` and ``journeys`` (distinct); ``journey_share`` (journeys over all journeys
        of the level, 0 to 1); ``mature_journeys`` (of the journeys, those with one horizon between their start and the
        data end) and ``mature_customers`` (distinct, with one of them); ``dropped`` (abandoned journeys whose last
        visit is in the stage); ``drop_rate`` (dropped / mature_journeys, 0 to 1, missing where there are none) with
        ``ci_low`` and ``ci_high`` (95 %, clustered by customer); ``median_seconds`` (the median over journeys of the
        time in the stage) and ``timed_journeys`` (the journeys it is of).

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    A journey's time in a stage is the sum of the gaps from each of its visits there to its next touchpoint. Nobody
    knows how long its last touchpoint took, so a journey that only ended in the stage is not in the median.

    The drop-off of a touchpoint is over visits, that of a stage over journeys: who comes back ten times to look at
    products can drop off there once.
    """
    population = choose_population(store, question)
    levels = population.level_columns()
    keys = [*population.level_names, "stage", "stage_order"]
    times = quantiles_of(store, "stage_journeys", "time_us", [0.5], keys=population.level_keys(stage_key="stage_key"))
    totals = f"JOIN totals USING ({levels.rstrip(', ')})" if levels else "CROSS JOIN totals"
    steps = [
        *stage_steps(population),
        Step(
            "times",
            f"""
            SELECT {levels}stage_key, {times.aggregate}count(time_us) AS timed_journeys
            FROM stage_journeys GROUP BY {levels}stage_key
            """,
        ),
        *times.steps,
        Step("totals", f"SELECT {levels}count(*) AS all_journeys FROM population" + population.group_by()),
    ]
    # One question for both, so that the visits are added up once.
    select = f"""
        SELECT {levels}stage, stage_order, customer_group, visits, customers, journeys, mature_journeys,
            mature_customers, dropped, {times.columns[0]} / 1e6 AS median_seconds, timed_journeys, all_journeys
        FROM stage_groups JOIN times USING ({levels}stage_key) {times.join} {totals} JOIN stage_keys USING (stage_key)
    """
    groups = store.frame(population.query(steps, select))
    rates = group_intervals(groups, keys, "dropped", "mature_journeys", "mature_customers")
    parts = groups.groupby(keys, sort=False)
    counted = parts[["visits", "customers", "journeys"]].sum().reset_index()
    same = parts[["median_seconds", "timed_journeys", "all_journeys"]].first().reset_index()
    frame = rates.merge(counted, on=keys).merge(same, on=keys)
    # In floating point as the database divides.
    frame["journey_share"] = frame["journeys"].astype("float64") / frame["all_journeys"].astype("float64")
    frame = frame.rename(columns={"rate": "drop_rate"})
    columns = [
        "stage", "visits", "customers", "journeys", "journey_share", "mature_journeys", "mature_customers", "dropped",
        "drop_rate", "ci_low", "ci_high", "median_seconds", "timed_journeys",
    ]  # fmt: skip
    whole = ["visits", "customers", "journeys", "mature_journeys", "mature_customers", "dropped", "timed_journeys"]
    frame = frame[[*population.level_names, *columns, "stage_order"]]
    order = [("stage_order", True), ("stage", True)]
    return arrange(frame, population, order, whole=whole).drop(columns="stage_order")


def channel_visits(store: Store, question: Question) -> pd.DataFrame:
    """Count the visits of each stage by channel.

    Returns
    -------
    DataFrame
        One row per level, stage and channel, most visits first: the levels, then ``stage``, ``channel`` ("" where the
        event names none), ``visits``. They add up to the visits of the stage.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.
    """
    population = choose_population(store, question)
    levels, visit_levels = population.level_columns(), population.level_columns("v.")
    steps = [
        *_stage_keys(),
        Step(
            "channel_counts",
            f"""
            SELECT {visit_levels}s.stage_key, v.channel_key, count(*) AS visits
            FROM visits v JOIN stage_of s ON s.touchpoint_key = v.touchpoint_key
            GROUP BY {visit_levels}s.stage_key, v.channel_key
            """,
        ),
    ]
    select = f"""
        SELECT {levels}k.stage, coalesce(h.channel, '') AS channel, c.visits
        FROM channel_counts c JOIN stage_keys k ON k.stage_key = c.stage_key
        LEFT JOIN channels h ON h.channel_key = c.channel_key
    """
    frame = store.frame(population.query(steps, select))
    return arrange(frame, population, [("visits", False), ("stage", True), ("channel", True)], whole=["visits"])


def stage_steps(population: Population) -> list[Step]:
    """Write the steps that end in ``stage_groups``: counts per level, ``stage_key`` and ``customer_group``.

    On the way is ``stage_journeys``, one row per journey and stage that it visits: levels, customer_key, stage_key,
    visits, time_us (null where its only visit there is its last), is_mature, is_dropped.
    """
    levels, journey_levels = population.level_columns(), population.level_columns("p.")
    return [
        *_stage_keys(),
        Step(
            "stage_stays",
            """
            SELECT v.journey_key, s.stage_key, count(*) AS visits, CAST(sum(v.gap_us) AS BIGINT) AS time_us,
                bool_or(v.gap_us IS NULL) AS is_last
            FROM visits v JOIN stage_of s ON s.touchpoint_key = v.touchpoint_key
            GROUP BY v.journey_key, s.stage_key
            """,
        ),
        Step(
            "stage_journeys",
            f"""
            SELECT {journey_levels}p.customer_key, s.stage_key, s.visits, s.time_us, p.is_mature,
                p.status = 'abandoned' AND s.is_last AS is_dropped
            FROM stage_stays s JOIN population p ON p.journey_key = s.journey_key
            """,
        ),
        Step(
            "stage_customers",
            f"""
            SELECT {levels}stage_key, customer_key, sum(visits) AS visits, count(*) AS journeys,
                count(*) FILTER (WHERE is_mature) AS mature_journeys, count(*) FILTER (WHERE is_dropped) AS dropped
            FROM stage_journeys GROUP BY {levels}stage_key, customer_key
            """,
        ),
        Step(
            "stage_groups",
            f"""
            SELECT {levels}stage_key, customer_key % {N_GROUPS} AS customer_group,
                CAST(sum(visits) AS BIGINT) AS visits, count(*) AS customers,
                CAST(sum(journeys) AS BIGINT) AS journeys, CAST(sum(mature_journeys) AS BIGINT) AS mature_journeys,
                count(*) FILTER (WHERE mature_journeys > 0) AS mature_customers,
                CAST(sum(dropped) AS BIGINT) AS dropped
            FROM stage_customers
            GROUP BY {levels}stage_key, customer_key % {N_GROUPS}
            """,
        ),
    ]


def _stage_keys() -> list[Step]:
    """Give each stage a whole number, so that the large tables are grouped by that."""
    return [
        Step(
            "stage_keys",
            """
            SELECT stage, min(touchpoint_key) AS stage_key, min(stage_order) AS stage_order
            FROM touchpoints GROUP BY stage
            """,
        ),
        Step(
            "stage_of",
            "SELECT t.touchpoint_key, k.stage_key FROM touchpoints t JOIN stage_keys k ON k.stage = t.stage",
        ),
    ]
