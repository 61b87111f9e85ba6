"""Abandonment: after X no Y within a window, by attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.errors import QuestionError
from journeymap.measure.tables import arrange, group_intervals, touchpoint_keys
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step, exact_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

NOTHING = "(nothing)"
"""Where customers went who did nothing more within the window."""


def abandonment(
    store: Store, question: Question, *, after: str, without: Sequence[str], window_us: int
) -> pd.DataFrame:
    """Count the attempts that began at a touchpoint and did not reach another in time.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. An attempt belongs to the level of the journey it began in.
    after
        The touchpoint that begins an attempt (X).
    without
        The touchpoints that end one well (Y).
    window_us
        The time that an attempt may take, in microseconds.

    Returns
    -------
    DataFrame
        One row per level: the levels, then ``attempts`` (mature ones: the window is over at the data end),
        ``abandoned`` (no Y within the window), ``immature`` (attempts too young to judge), ``rate`` (abandoned /
        attempts, 0 to 1, missing where there are none), ``ci_low`` and ``ci_high`` (95 %, clustered by customer),
        ``baseline`` (the rate of all levels together), ``lift`` (rate / baseline), ``customers`` and ``journeys``
        (distinct, with an abandoned attempt; the journey is the one it began in), ``attempt_customers`` (distinct, with
        a mature attempt), ``mean_goal_value`` (over the goal visits of the population that have a value; missing where
        none has) and ``revenue_at_risk`` (mean_goal_value times abandoned).

    Raises
    ------
    UnknownNameError
        When a segment, level or touchpoint is not known.
    QuestionError
        When there is nothing to wait for.

    Notes
    -----
    An attempt starts at a visit to X while none is running, and ends at the first Y or when the window is over; an X
    meanwhile belongs to it, also one at the very instant of that Y, and a Y at the same instant as the start counts.
    Journey cuts do not end it, and a Y in a journey that the question leaves out ends it as well. Not counted: an X at
    the last instant of the window starts nothing new.
    """
    population = choose_population(store, question)
    values = attempt_values(store, after, without, window_us)
    levels = population.level_columns()
    groups = store.frame(
        population.query(
            attempt_steps(population),
            f"""
            SELECT {levels}customer_key % {N_GROUPS} AS customer_group,
                count(*) FILTER (WHERE is_mature) AS attempts,
                count(*) FILTER (WHERE is_abandoned) AS abandoned,
                count(*) FILTER (WHERE NOT is_mature) AS immature,
                count(DISTINCT CASE WHEN is_mature THEN customer_key END) AS attempt_customers,
                count(DISTINCT CASE WHEN is_abandoned THEN customer_key END) AS customers,
                count(DISTINCT CASE WHEN is_abandoned THEN journey_key END) AS journeys
            FROM attempts
            GROUP BY {levels}customer_key % {N_GROUPS}
            """,
            **values,
        )
    )
    frame = group_intervals(groups, population.level_names, "abandoned", "attempts", "attempt_customers")
    others = ["immature", "customers", "journeys"]
    if population.by:
        added = groups.groupby(population.level_names, sort=False)[others].sum().reset_index()
        frame = frame.merge(added, on=population.level_names)
    else:
        for name in others:
            frame[name] = int(groups[name].sum())
    mean_value = mean_goal_value(store, population)
    with np.errstate(divide="ignore", invalid="ignore"):
        baseline = np.float64(frame["abandoned"].sum()) / np.float64(frame["attempts"].sum())
    frame["baseline"] = baseline
    frame["lift"] = frame["rate"] / (baseline if baseline > 0 else np.nan)
    frame["mean_goal_value"] = np.nan if mean_value is None else mean_value
    frame["revenue_at_risk"] = frame["mean_goal_value"] * frame["abandoned"]
    columns = [
        "attempts", "abandoned", "immature", "rate", "ci_low", "ci_high", "baseline", "lift", "customers", "journeys",
        "attempt_customers", "mean_goal_value", "revenue_at_risk",
    ]  # fmt: skip
    counts = ["attempts", "abandoned", "immature", "customers", "journeys", "attempt_customers"]
    return arrange(frame[[*population.level_names, *columns]], population, [], whole=counts)


def went_instead(
    store: Store, question: Question, *, after: str, without: Sequence[str], window_us: int
) -> pd.DataFrame:
    """Say where customers went who abandoned: the next visit after the attempt's last X, within the window.

    Returns
    -------
    DataFrame
        One row per level and touchpoint, most frequent first: the levels, ``touchpoint`` (``(nothing)`` where there was
        no further visit within the window), ``count`` (abandoned mature attempts; they add up to ``abandoned``).
    """
    population = choose_population(store, question)
    attempt_levels = population.level_columns("a.")
    last_starts = Step(
        "last_starts",
        f"""
        SELECT {attempt_levels}a.customer_key, a.start_us, max(v.position) AS last_position
        FROM attempts a
        JOIN marked_visits v ON v.customer_key = a.customer_key AND v.is_start
            AND v.at_us BETWEEN a.start_us AND a.start_us + $window_us
        WHERE a.is_abandoned
        GROUP BY {attempt_levels}a.customer_key, a.start_us
        """,
    )
    if population.whole_histories:
        # The next visit is at the next position.
        following = f"""
        SELECT {attempt_levels}v.touchpoint_key
        FROM last_starts a
        LEFT JOIN visits v ON v.customer_key = a.customer_key AND v.position = a.last_position + 1
            AND v.at_us <= a.start_us + $window_us
        """
    else:
        following = f"""
        SELECT {attempt_levels}arg_min(v.touchpoint_key, v.position) AS touchpoint_key
        FROM last_starts a
        LEFT JOIN visits v ON v.customer_key = a.customer_key AND v.position > a.last_position
            AND v.at_us <= a.start_us + $window_us
        GROUP BY {attempt_levels}a.customer_key, a.start_us
        """
    select = f"""
        SELECT {attempt_levels}coalesce(t.touchpoint, '{NOTHING}') AS touchpoint, count(*) AS count
        FROM following a LEFT JOIN touchpoints t ON t.touchpoint_key = a.touchpoint_key
        GROUP BY {attempt_levels}coalesce(t.touchpoint, '{NOTHING}')
    """
    steps = [*attempt_steps(population), last_starts, Step("following", following)]
    values = attempt_values(store, after, without, window_us)
    frame = store.frame(population.query(steps, select, **values))
    return arrange(frame, population, [("count", False), ("touchpoint", True)], whole=["count"])


def attempt_steps(population: Population) -> list[Step]:
    """Write the steps that end in ``attempts``.

    It has the levels, customer_key, journey_key, position (of the visit that starts it), start_us, is_mature and
    is_abandoned.

    They bind ``$after_key``, ``$without_keys`` and ``$window_us``. A run is a chain of instants with X, none of them
    more than the window after the one before, with no Y between: only within a run longer than the window can an
    attempt begin before the last X's own window is over, so only those runs are walked one attempt at a time.
    """
    levels, visit_levels = population.level_columns(), population.level_columns("v.")
    # What the customer did in journeys that the question leaves out ends an attempt as well.
    ends_elsewhere = f"""
            UNION ALL
            SELECT {"".join(f"NULL AS {name}, " for name in population.level_names)}customer_key, journey_key,
                position, at_us, FALSE AS is_start, TRUE AS is_end
            FROM {population.events}
            WHERE touchpoint_key IN (SELECT touchpoint_key FROM without) AND touchpoint_key <> $after_key"""
    return [
        Step("without", "SELECT unnest($without_keys) AS touchpoint_key"),
        Step(
            "marked_visits",
            f"""
            SELECT {levels}customer_key, journey_key, position, at_us,
                touchpoint_key = $after_key AS is_start,
                touchpoint_key IN (SELECT touchpoint_key FROM without) AS is_end
            FROM visits
            WHERE touchpoint_key = $after_key OR touchpoint_key IN (SELECT touchpoint_key FROM without)
            {"" if population.whole_histories else ends_elsewhere}
            """,
        ),
        Step(
            "instants",
            """
            SELECT customer_key, at_us, bool_or(is_end) AS has_end,
                min(CASE WHEN is_start THEN position END) AS start_position
            FROM marked_visits GROUP BY customer_key, at_us
            """,
        ),
        Step(
            "looked_around",
            """
            SELECT customer_key, at_us, start_position,
                min(CASE WHEN has_end THEN at_us END) OVER (
                    PARTITION BY customer_key ORDER BY at_us ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                ) AS end_us,
                max(CASE WHEN has_end THEN at_us END) OVER (
                    PARTITION BY customer_key ORDER BY at_us ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS last_end_us,
                max(CASE WHEN start_position IS NOT NULL THEN at_us END) OVER (
                    PARTITION BY customer_key ORDER BY at_us ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS last_start_us
            FROM instants
            """,
        ),
        Step(
            "run_marks",
            """
            SELECT customer_key, at_us, start_position, end_us,
                last_start_us IS NULL OR at_us - last_start_us > $window_us
                    OR coalesce(last_end_us >= last_start_us, FALSE) AS starts_run
            FROM looked_around WHERE start_position IS NOT NULL
            """,
        ),
        Step(
            "runs",
            """
            SELECT customer_key, at_us, start_position, end_us,
                max(CASE WHEN starts_run THEN at_us END) OVER (
                    PARTITION BY customer_key ORDER BY at_us ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS run_us
            FROM run_marks
            """,
        ),
        Step("later_starts", "SELECT customer_key, run_us, at_us FROM runs WHERE at_us - run_us > $window_us"),
        Step(
            "next_starts",
            """
            SELECT r.customer_key, r.run_us, r.at_us, min(l.at_us) AS next_us
            FROM runs r
            JOIN later_starts l ON l.customer_key = r.customer_key AND l.run_us = r.run_us
                AND l.at_us > r.at_us + $window_us
            GROUP BY r.customer_key, r.run_us, r.at_us
            """,
        ),
        Step(
            "starts_walked",
            """
            SELECT customer_key, run_us, run_us AS at_us FROM runs WHERE at_us = run_us
            UNION ALL
            SELECT n.customer_key, n.run_us, n.next_us
            FROM starts_walked w
            JOIN next_starts n ON n.customer_key = w.customer_key AND n.run_us = w.run_us AND n.at_us = w.at_us
            """,
        ),
        Step(
            "attempts",
            f"""
            SELECT {visit_levels}w.customer_key, v.journey_key, v.position, w.at_us AS start_us,
                w.at_us + $window_us <= $data_end_us AS is_mature,
                w.at_us + $window_us <= $data_end_us
                    AND NOT coalesce(r.end_us <= w.at_us + $window_us, FALSE) AS is_abandoned
            FROM starts_walked w
            JOIN runs r ON r.customer_key = w.customer_key AND r.at_us = w.at_us
            JOIN marked_visits v ON v.customer_key = w.customer_key AND v.position = r.start_position AND v.is_start
            """,
        ),
    ]


def attempt_values(store: Store, after: str, without: Sequence[str], window_us: int) -> dict[str, object]:
    """Give what the steps of attempts bind.

    Raises
    ------
    UnknownNameError
        When a touchpoint is not known.
    QuestionError
        When there is nothing to wait for.
    """
    if not without:
        raise QuestionError(
            "There is no goal that an attempt could reach.",
            hint="Name what should follow: --without TOUCHPOINT, or ingest with --goal TOUCHPOINT.",
        )
    return {
        "after_key": touchpoint_keys(store, [after], what="--after")[0],
        "without_keys": touchpoint_keys(store, without, what="--without"),
        "window_us": window_us,
    }


def mean_goal_value(store: Store, population: Population) -> float | None:
    """Give the mean value of the goal visits of a population that have one; None where none has."""
    query = population.query(
        [],
        f"SELECT {exact_mean('value')} FROM visits JOIN touchpoints USING (touchpoint_key) WHERE is_goal",
    )
    found = store.rows(query)[0][0]
    return None if found is None else float(found)
