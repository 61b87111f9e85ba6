"""Touchpoints: how often each is visited, by whom, and where journeys begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.measure.tables import arrange
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def touchpoints(store: Store, question: Question) -> pd.DataFrame:
    """Count the visits of each touchpoint.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    DataFrame
        One row per level and touchpoint that is visited, most visited first: the levels, then ``touchpoint``,
        ``stage``, ``channel`` (its most used one), ``visits``, ``customers`` and ``journeys`` (distinct),
        ``entries`` (journeys that start there), ``converted``, ``ended``, ``dropped``, ``open`` (journeys that it is
        the last touchpoint of, by status at the data end, mature or not), ``journey_share`` (journeys over all journeys
        of the level, 0 to 1). For every touchpoint the visits are the transitions in, starts included, and the
        transitions out, ends included.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.
    """
    population = choose_population(store, question)
    levels = population.level_columns()
    using = f"USING ({levels}touchpoint_key)"
    customers = (
        "count(*) FILTER (WHERE is_first_visit)" if population.whole_customers else "count(DISTINCT customer_key)"
    )
    steps = [
        Step(
            "visit_counts",
            f"""
            SELECT {levels}touchpoint_key,
                count(*) AS visits, {customers} AS customers, count(DISTINCT journey_key) AS journeys
            FROM visits GROUP BY {levels}touchpoint_key
            """,
        ),
        Step(
            "entry_counts",
            f"""
            SELECT {levels}first_touchpoint_key AS touchpoint_key, count(*) AS entries
            FROM population GROUP BY {levels}first_touchpoint_key
            """,
        ),
        Step(
            "end_counts",
            f"""
            SELECT {levels}last_touchpoint_key AS touchpoint_key,
                count(*) FILTER (WHERE status = 'converted') AS converted,
                count(*) FILTER (WHERE status = 'ended') AS ended,
                count(*) FILTER (WHERE status = 'abandoned') AS dropped,
                count(*) FILTER (WHERE status = 'open') AS open
            FROM population GROUP BY {levels}last_touchpoint_key
            """,
        ),
        Step("totals", f"SELECT {levels}count(*) AS all_journeys FROM population" + population.group_by()),
    ]
    totals = f"JOIN totals USING ({levels.rstrip(', ')})" if levels else "CROSS JOIN totals"
    select = f"""
        SELECT {levels}touchpoint, stage, coalesce(channel, '') AS channel, visits, customers, journeys, entries,
            converted, ended, dropped, open, CAST(journeys AS DOUBLE) / all_journeys AS journey_share
        FROM visit_counts
        LEFT JOIN entry_counts {using}
        LEFT JOIN end_counts {using}
        {totals}
        JOIN touchpoints USING (touchpoint_key)
    """
    frame = store.frame(population.query(steps, select))
    counts = ["visits", "customers", "journeys", "entries", "converted", "ended", "dropped", "open"]
    return arrange(frame, population, [("visits", False), ("touchpoint", True)], whole=counts)
