"""Counts per customer group, for tests between levels: the customer is the unit of every test.

All are of mature units, so that levels and periods of different ages can be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.journeys.status import END_SQL, MATURE_VISIT_SQL
from journeymap.measure.funnel import attempt_steps
from journeymap.measure.tables import arrange, touchpoint_keys
from journeymap.model.names import START
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.measure.funnel import Order
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_GROUP: Final = f"customer_key % {N_GROUPS}"


def journey_groups(store: Store, question: Question) -> pd.DataFrame:
    """Count mature journeys by status per customer group.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and what splits it.

    Returns
    -------
    DataFrame
        One row per level and customer group: the levels, ``customer_group`` (0 to 99), ``mature`` (journeys),
        ``converted``, ``ended``, ``abandoned`` and ``open`` of them, ``customers`` (distinct, with a mature journey),
        ``immature`` (journeys), ``all_customers`` (distinct), and ``in_time`` (mature journeys that converted within
        one horizon of their start: what all of them have had the time for).
    """
    population = choose_population(store, question)
    levels = population.level_columns()
    select = f"""
        SELECT {levels}{_GROUP} AS customer_group,
            count(*) FILTER (WHERE is_mature) AS mature,
            count(*) FILTER (WHERE is_mature AND status = 'converted') AS converted,
            count(*) FILTER (WHERE is_mature AND status = 'ended') AS ended,
            count(*) FILTER (WHERE is_mature AND status = 'abandoned') AS abandoned,
            count(*) FILTER (WHERE is_mature AND status = 'open') AS open,
            count(DISTINCT CASE WHEN is_mature THEN customer_key END) AS customers,
            count(*) FILTER (WHERE NOT is_mature) AS immature,
            count(DISTINCT customer_key) AS all_customers,
            count(*) FILTER (WHERE is_mature AND converted_at_us <= start_us + $horizon_us) AS in_time
        FROM population GROUP BY {levels}{_GROUP}
    """
    counts = ["mature", "converted", "ended", "abandoned", "open", "customers", "immature", "all_customers", "in_time"]
    return arrange(store.frame(population.query([], select)), population, [("customer_group", True)], whole=counts)


def visit_groups(store: Store, question: Question) -> pd.DataFrame:
    """Count what visits each touchpoint per customer group.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and what splits it.

    Returns
    -------
    DataFrame
        One row per level, touchpoint and customer group: the levels, ``touchpoint``, ``customer_group``,
        ``mature_journeys`` (that visit it), ``mature_visits``, ``immature_visits``, ``customers`` (distinct, with a
        mature visit).
    """
    population = choose_population(store, question)
    levels = population.level_columns()
    steps = [
        Step(
            "per_journey",
            f"""
            SELECT {levels}touchpoint_key, journey_key, customer_key,
                count(*) FILTER (WHERE {MATURE_VISIT_SQL}) AS mature_visits, count(*) AS visits
            FROM visits GROUP BY {levels}touchpoint_key, journey_key, customer_key
            """,
        ),
        Step(
            "per_customer",
            f"""
            SELECT {levels}touchpoint_key, customer_key,
                count(*) FILTER (WHERE is_mature) AS mature_journeys, sum(mature_visits) AS mature_visits,
                sum(visits) AS visits
            FROM per_journey JOIN population USING ({levels}journey_key, customer_key)
            GROUP BY {levels}touchpoint_key, customer_key
            """,
        ),
    ]
    select = f"""
        SELECT {levels}touchpoint, {_GROUP} AS customer_group, sum(mature_journeys) AS mature_journeys,
            sum(mature_visits) AS mature_visits, sum(visits - mature_visits) AS immature_visits,
            count(*) FILTER (WHERE mature_visits > 0) AS customers
        FROM per_customer JOIN touchpoints USING (touchpoint_key)
        GROUP BY {levels}touchpoint, {_GROUP}
    """
    frame = store.frame(population.query(steps, select))
    order = [("touchpoint", True), ("customer_group", True)]
    return arrange(frame, population, order, whole=["mature_journeys", "mature_visits", "immature_visits", "customers"])


def channel_groups(store: Store, question: Question) -> pd.DataFrame:
    """Count the visits in each channel per customer group.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and what splits it.

    Returns
    -------
    DataFrame
        One row per level, channel and customer group: the levels, ``channel`` ("" where the event names none),
        ``customer_group``, ``mature_visits``, ``immature_visits``. Over all channels the mature visits add up to those
        of :func:`visit_groups`.
    """
    population = choose_population(store, question)
    levels = population.level_columns()
    counted = Step(
        "channel_counts",
        f"""
        SELECT {levels}channel_key, {_GROUP} AS customer_group,
            count(*) FILTER (WHERE {MATURE_VISIT_SQL}) AS mature_visits,
            count(*) FILTER (WHERE NOT ({MATURE_VISIT_SQL})) AS immature_visits
        FROM visits GROUP BY {levels}channel_key, {_GROUP}
        """,
    )
    select = f"""
        SELECT {population.level_columns("c.")}coalesce(h.channel, '') AS channel, c.customer_group, c.mature_visits,
            c.immature_visits
        FROM channel_counts c LEFT JOIN channels h ON h.channel_key = c.channel_key
    """
    frame = store.frame(population.query([counted], select))
    order = [("channel", True), ("customer_group", True)]
    return arrange(frame, population, order, whole=["mature_visits", "immature_visits"])


def transition_groups(store: Store, question: Question) -> pd.DataFrame:
    """Count the transitions out of mature visits, and the starts of mature journeys, per customer group.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and what splits it.

    Returns
    -------
    DataFrame
        One row per level, transition and customer group: the levels, ``source``, ``target``, ``customer_group``,
        ``count``. ``(start)`` and the ends are among sources and targets; what leaves a touchpoint adds up to its
        mature visits.
    """
    population = choose_population(store, question)
    levels = population.level_columns()
    steps = [
        Step(
            "moves",
            f"""
            SELECT {levels}touchpoint_key AS source_key, next_touchpoint_key AS target_key,
                {_GROUP} AS customer_group, count(*) AS count
            FROM visits WHERE next_touchpoint_key IS NOT NULL AND {MATURE_VISIT_SQL}
            GROUP BY {levels}touchpoint_key, next_touchpoint_key, {_GROUP}
            """,
        ),
        Step(
            "starts_counted",
            f"""
            SELECT {levels}first_touchpoint_key AS target_key, {_GROUP} AS customer_group, count(*) AS count
            FROM population WHERE is_mature GROUP BY {levels}first_touchpoint_key, {_GROUP}
            """,
        ),
        Step(
            "ends_counted",
            f"""
            SELECT {levels}last_touchpoint_key AS source_key, status, {_GROUP} AS customer_group, count(*) AS count
            FROM population WHERE {MATURE_VISIT_SQL.replace("at_us", "end_us")}
            GROUP BY {levels}last_touchpoint_key, status, {_GROUP}
            """,
        ),
    ]
    select = f"""
        SELECT {levels}f.touchpoint AS source, t.touchpoint AS target, customer_group, count
        FROM moves JOIN touchpoints f ON f.touchpoint_key = source_key
        JOIN touchpoints t ON t.touchpoint_key = target_key
        UNION ALL
        SELECT {levels}'{START}', touchpoint, customer_group, count
        FROM starts_counted JOIN touchpoints ON touchpoint_key = target_key
        UNION ALL
        SELECT {levels}touchpoint, {END_SQL}, customer_group, count
        FROM ends_counted JOIN touchpoints ON touchpoint_key = source_key
    """
    frame = store.frame(population.query(steps, select))
    order = [("source", True), ("target", True), ("customer_group", True)]
    return arrange(frame, population, order, whole=["count"])


def funnel_groups(
    store: Store, question: Question, steps: Sequence[str], *, window_us: int | None = None, order: Order = "ordered"
) -> pd.DataFrame:
    """Count who came to each step per customer group; see :func:`journeymap.measure.funnel.funnel`.

    Returns
    -------
    DataFrame
        One row per level, step and customer group: the levels, ``step`` (1, 2 ...), ``customer_group``, ``entered``,
        and ``immature`` (customers who came this far, whose attempt began too late to judge).

    Raises
    ------
    QuestionError
        When there are fewer than two steps.
    UnknownNameError
        When a touchpoint is not known.
    """
    if len(steps) < 2:  # noqa: PLR2004 - one step has no conversion
        raise QuestionError("A funnel has two steps or more.", hint="Such as --step cart --step order.")
    keys = touchpoint_keys(store, steps, what="--step")
    population = choose_population(store, question)
    levels = population.level_columns()
    made, values = attempt_steps(population, keys, window_us=window_us, order=order)
    counted = [
        f"""
        SELECT {levels}{at + 1} AS step, {_GROUP} AS customer_group,
            count(t{at}) FILTER (WHERE t0 + $mature_us <= $data_end_us) AS entered,
            count(t{at}) FILTER (WHERE NOT (t0 + $mature_us <= $data_end_us)) AS immature
        FROM attempts GROUP BY {levels}{_GROUP}
        """
        for at in range(len(keys))
    ]
    frame = store.frame(population.query(made, "\nUNION ALL\n".join(counted), **values))
    return arrange(frame, population, [("step", True), ("customer_group", True)], whole=["step", "entered", "immature"])
