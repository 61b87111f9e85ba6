"""Converting moves: from touchpoint to touchpoint in converted journeys, on their way to the goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.measure.tables import arrange
from journeymap.model.names import START
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def converting_moves(store: Store, question: Question) -> pd.DataFrame:
    """Count the converted journeys that make each transition before, or into, their first goal visit.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    DataFrame
        One row per level and transition, most frequent first: the levels, then ``source`` (``(start)`` too),
        ``target``, ``journeys`` (converted journeys, mature or not, that make it at least once up to their first goal
        visit), ``converted`` (all converted journeys of the level) and ``share`` (journeys / converted, 0 to 1). A
        level without converted journeys has no row.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    Not counted: what follows the first goal visit, and how often a journey repeats a transition.

    Examples
    --------
    >>> import journeymap as jm
    >>> shop = jm.open("sample_events/*.csv")
    >>> moves = converting_moves(shop.store, shop.question)
    >>> int(moves.loc[moves["source"] == "(start)", "journeys"].sum()) == int(moves["converted"].iloc[0])
    True
    """
    population = choose_population(store, question)
    levels, visit_levels = population.level_columns(), population.level_columns("v.")
    partition = f"PARTITION BY {', '.join(population.level_names)}" if population.level_names else ""
    steps = [
        Step(
            "goal_steps",
            """
            SELECT v.journey_key, min(v.step) AS goal_step
            FROM visits v JOIN touchpoints t ON t.touchpoint_key = v.touchpoint_key
            WHERE t.is_goal GROUP BY v.journey_key
            """,
        ),
        Step(
            "ways",
            f"""
            SELECT {visit_levels}v.journey_key, v.touchpoint_key,
                lag(v.touchpoint_key) OVER (PARTITION BY v.journey_key ORDER BY v.step) AS before_key
            FROM visits v JOIN goal_steps g ON g.journey_key = v.journey_key
            WHERE v.step <= g.goal_step
            """,
        ),
        Step(
            "counted",
            f"""
            SELECT {levels}before_key, touchpoint_key, count(DISTINCT journey_key) AS journeys
            FROM ways GROUP BY {levels}before_key, touchpoint_key
            """,
        ),
        Step(
            "counted_of",
            f"""
            SELECT *, sum(CASE WHEN before_key IS NULL THEN journeys END) OVER ({partition}) AS converted FROM counted
            """,
        ),
    ]
    select = f"""
        SELECT {levels}coalesce(f.touchpoint, '{START}') AS source, t.touchpoint AS target, journeys, converted
        FROM counted_of c JOIN touchpoints t ON t.touchpoint_key = c.touchpoint_key
        LEFT JOIN touchpoints f ON f.touchpoint_key = c.before_key
    """
    frame = store.frame(population.query(steps, select))
    frame["share"] = frame["journeys"] / frame["converted"]
    order = [("journeys", False), ("source", True), ("target", True)]
    return arrange(frame, population, order, whole=["journeys", "converted"])
