"""The journey graph as counts per customer group, cut at the goal: what a Markov chain is made from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.journeys.status import STATUSES
from journeymap.measure.tables import arrange
from journeymap.model.names import ENDS, START
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step, exact_sum

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_OUTCOME: Final = " ".join(f"WHEN '{status}' THEN {code}" for code, status in enumerate(STATUSES))
_END: Final = " ".join(f"WHEN {code} THEN '{end}'" for code, end in enumerate(ENDS))


def count_chain(store: Store, question: Question) -> pd.DataFrame:
    """Count the transitions of mature journeys, cut at the goal, per customer group.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. Journeys are cut after each goal whatever it says.

    Returns
    -------
    DataFrame
        One row per level, transition and customer group: the levels, then ``source``, ``target``, ``customer_group``
        (customer_key % 100) and ``count``; and of its source ``source_customers`` (distinct, of everything that leaves
        it), ``source_converting`` (of those, the customers with a journey that converts there: whose last step it is)
        and ``source_converted`` (the converted journeys that come by it). Customers of different groups differ, so all
        of them add up over groups. ``(start)`` and the ends are there: over all groups the counts are those of
        :func:`journeymap.measure.transitions.transitions` with ``end_at="goal"``, but for immature journeys.

    Raises
    ------
    QuestionError
        When the store has no goal.
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    Not counted: journeys (pieces between goals) that began less than one horizon before the data end.
    """
    expect_goal(store)
    population = choose_population(store, replace(question, end_at="goal"))
    levels = population.level_columns()
    same = "".join(f" AND c.{name} = j.{name}" for name in population.level_names)
    # What is counted by is numbers: the levels and the customer group together are a cell.
    steps = [
        Step(
            "cells",
            f"""
            SELECT {levels}customer_key % {N_GROUPS} AS customer_group,
                CAST(row_number() OVER (ORDER BY {levels}customer_key % {N_GROUPS}) AS INTEGER) AS cell
            FROM population WHERE is_mature GROUP BY {levels}customer_key % {N_GROUPS}
            """,
        ),
        Step(
            "mature_journeys",
            f"""
            SELECT j.journey_key, j.customer_key, j.first_touchpoint_key, c.cell,
                CAST(CASE j.status {_OUTCOME} END AS TINYINT) AS outcome,
                CASE WHEN j.status = 'converted' THEN j.journey_key END AS converted_key
            FROM population j JOIN cells c ON c.customer_group = j.customer_key % {N_GROUPS}{same}
            WHERE j.is_mature
            """,
        ),
        Step(
            "chain_moves",
            """
            SELECT m.cell, v.touchpoint_key AS source_key, v.next_touchpoint_key AS target_key,
                CASE WHEN v.next_touchpoint_key IS NULL THEN m.outcome END AS outcome, m.customer_key, m.converted_key
            FROM visits v JOIN mature_journeys m ON m.journey_key = v.journey_key
            UNION ALL
            SELECT cell, -1, first_touchpoint_key, NULL, customer_key, converted_key FROM mature_journeys
            """,
        ),
        Step(
            "chain_counts",
            """
            SELECT cell, source_key, target_key, outcome, count(*) AS count
            FROM chain_moves GROUP BY cell, source_key, target_key, outcome
            """,
        ),
        Step(
            "source_counts",
            """
            SELECT cell, source_key, count(DISTINCT customer_key) AS source_customers,
                count(DISTINCT CASE WHEN outcome IS NOT NULL AND converted_key IS NOT NULL THEN customer_key END)
                    AS source_converting,
                count(DISTINCT converted_key) AS source_converted
            FROM chain_moves GROUP BY cell, source_key
            """,
        ),
    ]
    select = f"""
        SELECT {population.level_columns("c.")}coalesce(f.touchpoint, '{START}') AS source,
            coalesce(t.touchpoint, CASE m.outcome {_END} END) AS target,
            c.customer_group, m.count, s.source_customers, s.source_converting, s.source_converted
        FROM chain_counts m
        JOIN cells c ON c.cell = m.cell
        JOIN source_counts s ON s.cell = m.cell AND s.source_key = m.source_key
        LEFT JOIN touchpoints f ON f.touchpoint_key = m.source_key
        LEFT JOIN touchpoints t ON t.touchpoint_key = m.target_key
    """
    frame = store.frame(population.query(steps, select))
    return arrange(
        frame,
        population,
        [("source", True), ("target", True), ("customer_group", True)],
        whole=["customer_group", "count", "source_customers", "source_converting", "source_converted"],
    )


def goal_values(store: Store, question: Question) -> pd.DataFrame:
    """Add up what goal visits were worth, per customer group, over all levels of the question together.

    Returns
    -------
    DataFrame
        One row per customer group that has a goal visit with a value: ``customer_group``, ``goals`` (those visits) and
        ``value`` (their sum). Goals of immature journeys are there too: the sum of ``value`` over that of ``goals`` is
        the mean goal value of every other measure.
    """
    # Where journeys are cut changes no visit, and not cutting is less work.
    population = choose_population(store, replace(question, by=(), end_at="journey"))
    select = f"""
        SELECT customer_key % {N_GROUPS} AS customer_group, count(value) AS goals, {exact_sum("value")} AS value
        FROM visits JOIN touchpoints USING (touchpoint_key)
        WHERE is_goal AND value IS NOT NULL
        GROUP BY customer_key % {N_GROUPS}
    """
    frame = store.frame(population.query([], select))
    return arrange(frame, population, [("customer_group", True)], whole=["customer_group", "goals"])


def expect_goal(store: Store) -> None:
    """Refuse a question about converting where nothing means success.

    Raises
    ------
    QuestionError
        When the store has no goal.
    """
    if not store.engine.execute("SELECT 1 FROM touchpoints WHERE is_goal LIMIT 1"):
        raise QuestionError(
            f"{store.name} has no goal, so no journey in it converts.",
            hint="Ingest with --goal TOUCHPOINT, or name it in the settings: [journey] goal.",
        )
