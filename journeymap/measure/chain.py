"""The journey graph as counts per customer group, cut at the goal: what a Markov chain is made from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.journeys.status import STATUSES
from journeymap.measure.key_sets import KeySets
from journeymap.measure.tables import arrange
from journeymap.model.names import ENDS, START
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Query, Step, exact_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.segments.population import Population
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
    (frame,) = count_chains(store, question, (question.by,))
    return frame


def count_chains(store: Store, question: Question, splits: Sequence[Sequence[str]]) -> list[pd.DataFrame]:
    """Count the chain split in several ways, cutting the journeys once.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about.
    splits
        The segments of each split.

    Returns
    -------
    list of DataFrame
        What :func:`count_chain` gives for each split.
    """
    expect_goal(store)
    by = tuple(dict.fromkeys(name for split in splits for name in split))
    asked = replace(question.split(by), end_at="goal")
    population = choose_population(store, asked)
    # Pieces have the levels of their journey, so that the levels are known before anything is cut.
    whole = choose_population(store, replace(asked, end_at="journey"))
    places = [
        tuple(at for at, name in enumerate(population.names) if name not in by or name in split) for split in splits
    ]
    with (
        store.set_aside("chain_cells", whole.query([], _cells_sql(population, places))),
        store.set_aside("chain_moves", population.query(_move_steps(population), "SELECT * FROM chain_moves")),
    ):
        return [_count_split(store, population, at, place) for at, place in enumerate(places)]


def _cells_sql(population: Population, places: Sequence[Sequence[int]]) -> str:
    """Write the select that numbers levels and customer groups: all together, and those of each split."""
    names = population.level_names
    group = f"customer_key % {N_GROUPS}"
    keys = ", ".join([*names, group])
    order = {at: ", ".join([*(names[place] for place in split), group]) for at, split in enumerate(places)}
    cells = "".join(
        f", CAST(dense_rank() OVER (ORDER BY {listed}) AS INTEGER) AS cell{at}" for at, listed in order.items()
    )
    return f"""
        SELECT {population.level_columns()}{group} AS customer_group,
            CAST(row_number() OVER (ORDER BY {keys}) AS INTEGER) AS cell{cells}
        FROM population GROUP BY {keys}
    """


def _move_steps(population: Population) -> list[Step]:
    same = "".join(f" AND c.{name} = j.{name}" for name in population.level_names)
    return [
        Step(
            "mature_journeys",
            f"""
            SELECT j.journey_key, j.customer_key, j.first_touchpoint_key, c.cell,
                CAST(CASE j.status {_OUTCOME} END AS TINYINT) AS outcome,
                CASE WHEN j.status = 'converted' THEN j.journey_key END AS converted_key
            FROM population j JOIN chain_cells c ON c.customer_group = j.customer_key % {N_GROUPS}{same}
            WHERE j.is_mature
            """,
        ),
        Step(
            "chain_moves",
            f"""
            SELECT m.cell, v.touchpoint_key AS source_key, v.next_touchpoint_key AS target_key,
                CASE WHEN v.next_touchpoint_key IS NULL THEN m.outcome END AS outcome, m.customer_key, m.converted_key
            FROM {population.events} v JOIN mature_journeys m ON m.journey_key = v.journey_key
            UNION ALL
            SELECT cell, -1, first_touchpoint_key, NULL, customer_key, converted_key FROM mature_journeys
            """,
        ),
    ]


def _count_split(store: Store, population: Population, at: int, places: Sequence[int]) -> pd.DataFrame:
    names = population.level_names
    # Each reads the moves for itself, since a relation that several ask for is written out. Customers and converted
    # journeys are told apart once, with the set of their sources: (start) is 0 there, and the touchpoints follow.
    moves = "chain_moves m JOIN chain_cells c ON c.cell = m.cell"
    cell = f"c.cell{at}"
    sets = KeySets(int(store.engine.execute("SELECT coalesce(max(touchpoint_key), 0) + 1 FROM touchpoints")[0][0]))
    source = "(source_key + 1)"
    bit = sets.bit(source)
    steps = [
        Step(
            "chain_counts",
            f"""
            SELECT {cell} AS cell, source_key, target_key, outcome, count(*) AS count
            FROM {moves} GROUP BY {cell}, source_key, target_key, outcome
            """,
        ),
        Step(
            "customer_sets",
            f"""
            SELECT {cell} AS cell, customer_key{sets.block(source)}, bit_or({bit}) AS visited,
                bit_or(CASE WHEN outcome IS NOT NULL AND converted_key IS NOT NULL THEN {bit} ELSE 0 END) AS converting
            FROM {moves} GROUP BY {cell}, customer_key{sets.by_block(source)}
            """,
        ),
        Step(
            "source_customers",
            sets.each("customer_sets", "place", ["cell"], among="visited", marks={"is_converting": "converting"}),
        ),
        Step(
            "customer_counts",
            """
            SELECT cell, place - 1 AS source_key, count(*) AS source_customers,
                count(*) FILTER (WHERE is_converting) AS source_converting
            FROM source_customers GROUP BY cell, place
            """,
        ),
        Step(
            "converted_sets",
            f"""
            SELECT {cell} AS cell, converted_key{sets.block(source)}, bit_or({bit}) AS visited
            FROM {moves} WHERE converted_key IS NOT NULL GROUP BY {cell}, converted_key{sets.by_block(source)}
            """,
        ),
        Step("source_converted", sets.each("converted_sets", "place", ["cell"], among="visited", marks={})),
        Step(
            "converted_counts",
            """
            SELECT cell, place - 1 AS source_key, count(*) AS source_converted
            FROM source_converted GROUP BY cell, place
            """,
        ),
        Step(
            "split_cells",
            f"""
            SELECT DISTINCT cell{at} AS cell, customer_group{"".join(f", {names[place]}" for place in places)}
            FROM chain_cells
            """,
        ),
    ]
    levels = "".join(f"c.{names[place]} AS {names[nth]}, " for nth, place in enumerate(places))
    select = f"""
        SELECT {levels}coalesce(f.touchpoint, '{START}') AS source,
            coalesce(t.touchpoint, CASE m.outcome {_END} END) AS target,
            c.customer_group, m.count, s.source_customers, s.source_converting,
            coalesce(v.source_converted, 0) AS source_converted
        FROM chain_counts m
        JOIN split_cells c ON c.cell = m.cell
        JOIN customer_counts s ON s.cell = m.cell AND s.source_key = m.source_key
        LEFT JOIN converted_counts v ON v.cell = m.cell AND v.source_key = m.source_key
        LEFT JOIN touchpoints f ON f.touchpoint_key = m.source_key
        LEFT JOIN touchpoints t ON t.touchpoint_key = m.target_key
    """
    return arrange(
        store.frame(Query(tuple(steps), select)),
        replace(population, by=tuple(population.by[place] for place in places)),
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
