"""The journey graph as counts per customer group, cut at the goal: what a Markov chain is made from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from journeymap.errors import QuestionError
from journeymap.journeys.status import END_SQL
from journeymap.measure.tables import arrange
from journeymap.model.names import START
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step, exact_sum

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store


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
        (customer_key % 100), ``count``, and the distinct customers behind them: ``customers`` of the transition and
        ``source_customers`` of everything that leaves its source; and ``source_converted``, the converted journeys that
        come by its source. Customers of different groups differ, so all of them add up over groups. ``(start)`` and the
        ends are there: over all groups the counts are those of
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
    journey_levels = population.level_columns("m.")
    grouped = f"{levels}source_key, customer_group"
    steps = [
        Step(
            "mature_journeys",
            f"""
            SELECT {levels}journey_key, customer_key, customer_key % {N_GROUPS} AS customer_group, status,
                first_touchpoint_key
            FROM population WHERE is_mature
            """,
        ),
        Step(
            "chain_moves",
            f"""
            SELECT {journey_levels}v.touchpoint_key AS source_key, v.next_touchpoint_key AS target_key,
                CASE WHEN v.next_touchpoint_key IS NULL THEN m.status END AS status, m.customer_group, m.customer_key,
                CASE WHEN m.status = 'converted' THEN m.journey_key END AS converted_key
            FROM visits v JOIN mature_journeys m ON m.journey_key = v.journey_key
            UNION ALL
            SELECT {levels}-1, first_touchpoint_key, NULL, customer_group, customer_key,
                CASE WHEN status = 'converted' THEN journey_key END
            FROM mature_journeys
            """,
        ),
        Step(
            "chain_counts",
            f"""
            SELECT {grouped}, target_key, status, count(*) AS count, count(DISTINCT customer_key) AS customers
            FROM chain_moves GROUP BY {grouped}, target_key, status
            """,
        ),
        Step(
            "source_counts",
            f"""
            SELECT {grouped}, count(DISTINCT customer_key) AS source_customers,
                count(DISTINCT converted_key) AS source_converted
            FROM chain_moves GROUP BY {grouped}
            """,
        ),
    ]
    select = f"""
        SELECT {levels}coalesce(f.touchpoint, '{START}') AS source,
            coalesce(t.touchpoint, {END_SQL}) AS target,
            customer_group, count, customers, source_customers, source_converted
        FROM chain_counts
        JOIN source_counts USING ({grouped})
        LEFT JOIN touchpoints f ON f.touchpoint_key = source_key
        LEFT JOIN touchpoints t ON t.touchpoint_key = target_key
    """
    frame = store.frame(population.query(steps, select))
    return arrange(
        frame,
        population,
        [("source", True), ("target", True), ("customer_group", True)],
        whole=["customer_group", "count", "customers", "source_customers", "source_converted"],
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
