"""Friction of a stage: what stands for satisfaction where nobody was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.journeys.status import MATURE_VISIT_SQL
from journeymap.measure.interval import jackknife_interval, wilson_interval
from journeymap.measure.stages import stage_steps
from journeymap.measure.tables import arrange
from journeymap.model.roles import names_with_role
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

_COUNTS = ("mature_journeys", "dropped", "mature_visits", "repeats", "errors")


def friction(store: Store, question: Question) -> pd.DataFrame:
    """Measure how much of each stage passes without friction.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    DataFrame
        One row per level and stage with a mature journey and a mature visit: the levels, then ``stage``,
        ``mature_journeys``, ``dropped`` (abandoned journeys whose last visit is in the stage), ``mature_visits``,
        ``repeats`` (of these, visits that are followed by the same touchpoint again within the session timeout; goals
        aside, for who buys again has no trouble), ``errors`` (of these, visits to touchpoints whose role is an error,
        see :mod:`journeymap.model.roles`), ``customers`` (distinct, with a mature journey), and ``ease`` with
        ``ci_low`` and ``ci_high`` (95 %, clustered by customer): (1 - dropped / mature_journeys) x
        (1 - repeats / mature_visits) x
        (1 - errors / mature_visits), 0 to 1.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    The formula is ours: the share that would pass without any of the three if they had nothing to do with one
    another. It is declared, not learned, and says nothing of what customers felt; some stages are repeated for joy.
    """
    population = choose_population(store, question)
    levels, visit_levels = population.level_columns(), population.level_columns("v.")
    names = [str(row[0]) for row in store.engine.execute("SELECT touchpoint FROM touchpoints ORDER BY touchpoint")]
    steps = [
        *stage_steps(population),
        Step("error_names", "SELECT unnest($error_names) AS touchpoint"),
        Step(
            "kinds",
            """
            SELECT touchpoint_key, is_goal, touchpoint IN (SELECT touchpoint FROM error_names) AS is_error
            FROM touchpoints
            """,
        ),
        Step(
            "friction_groups",
            f"""
            SELECT {visit_levels}s.stage_key, v.customer_key % {N_GROUPS} AS customer_group,
                count(*) AS mature_visits,
                count(*) FILTER (
                    WHERE v.next_touchpoint_key = v.touchpoint_key AND v.gap_us <= $session_timeout_us AND NOT k.is_goal
                ) AS repeats,
                count(*) FILTER (WHERE k.is_error) AS errors
            FROM visits v
            JOIN stage_of s ON s.touchpoint_key = v.touchpoint_key
            JOIN kinds k ON k.touchpoint_key = v.touchpoint_key
            WHERE v.{MATURE_VISIT_SQL}
            GROUP BY {visit_levels}s.stage_key, v.customer_key % {N_GROUPS}
            """,
        ),
    ]
    select = f"""
        SELECT {levels}stage, stage_order, customer_group, mature_journeys, dropped,
            mature_customers AS customers, coalesce(mature_visits, 0) AS mature_visits,
            coalesce(repeats, 0) AS repeats, coalesce(errors, 0) AS errors
        FROM stage_groups
        LEFT JOIN friction_groups USING ({levels}stage_key, customer_group)
        JOIN stage_keys USING (stage_key)
        WHERE mature_journeys > 0
    """
    error_names = names_with_role(names, "error", store.settings.roles)
    timeout_us = store.settings.journey.session_timeout_us
    groups = store.frame(population.query(steps, select, error_names=error_names, session_timeout_us=timeout_us))
    keys = [*population.level_names, "stage", "stage_order"]
    totals = groups.groupby(keys, sort=False)[["customers", *_COUNTS]].sum().reset_index()
    place = groups.groupby(keys, sort=False).ngroup().to_numpy()
    group = groups["customer_group"].to_numpy(dtype=np.int64)
    parts = np.zeros((len(_COUNTS), len(totals), N_GROUPS))
    for at, name in enumerate(_COUNTS):
        np.add.at(parts[at], (place, group), groups[name].to_numpy(dtype=np.float64))
    totals["ease"], totals["ci_low"], totals["ci_high"] = _ease(parts, totals["customers"].to_numpy(dtype=np.float64))
    frame = totals[totals["ease"].notna()]
    columns = ["stage", *_COUNTS, "customers", "ease", "ci_low", "ci_high", "stage_order"]
    order = [("stage_order", True), ("stage", True)]
    frame = arrange(frame[[*population.level_names, *columns]], population, order, whole=[*_COUNTS, "customers"])
    return frame.drop(columns="stage_order")


def _ease(parts: Floats, customers: Floats) -> tuple[Floats, Floats, Floats]:
    """Give the ease of each stage and its interval, from counts of shape (counts, stages, groups)."""
    whole = parts.sum(axis=2)
    filled = (parts > 0).any(axis=0)
    ease = _product(whole)
    without = np.where(filled, _product(whole[:, :, None] - parts), np.nan)
    low, high = jackknife_interval(ease, without)
    sure_low, sure_high = wilson_interval(ease, customers)
    low, high = np.where(np.isnan(low), sure_low, low), np.where(np.isnan(high), sure_high, high)
    return ease, np.fmin(np.clip(low, 0, 1), ease), np.fmax(np.clip(high, 0, 1), ease)


def _product(counts: Floats) -> Floats:
    journeys, dropped, visits, repeats, errors = counts
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (1 - dropped / journeys) * (1 - repeats / visits) * (1 - errors / visits)
    return found
