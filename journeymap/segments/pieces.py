"""Journeys in pieces: cut after each goal, so that what follows an order has no part in it."""

from __future__ import annotations

from journeymap.journeys.sequences import summarise_journeys
from journeymap.store.schema import KEY_SPAN
from journeymap.store.sql import Step

_JOURNEY = (
    "journey_key, whole_key, customer_key, CAST(NULL AS VARCHAR) AS journey_id, start_us, end_us, steps, "
    "first_touchpoint_key, last_touchpoint_key, converted_at_us, ended_at_us, value, variant"
)


def cut_at_goals(events: str, journeys: str) -> list[Step]:
    """Cut journeys after each goal. ``whole_key`` is the journey that a piece comes from.

    Only journeys that go on after a goal have more than one piece: numbering their events anew, and adding up what is
    in each piece, is the work. The others stay as they are.

    Parameters
    ----------
    events, journeys
        The relations to cut.

    Returns
    -------
    list of Step
        They end in ``cut_events`` and ``cut_journeys``.
    """
    parted = Step(
        "parted_journeys",
        f"""
        SELECT e.journey_key
        FROM {events} e JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
        WHERE t.is_goal AND e.next_touchpoint_key IS NOT NULL GROUP BY e.journey_key
        """,
    )
    counted = Step(
        "counted_events",
        f"""
        SELECT e.*, t.is_goal, coalesce(sum(CAST(t.is_goal AS INTEGER)) OVER (
            PARTITION BY e.journey_key ORDER BY e.step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS goals_before
        FROM {events} e
        JOIN parted_journeys p ON p.journey_key = e.journey_key
        JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
        """,
    )
    placed = Step(
        "placed_events",
        """
        SELECT *, min(position) OVER piece AS piece_position, row_number() OVER piece_order AS piece_step
        FROM counted_events
        WINDOW
            piece AS (PARTITION BY journey_key, goals_before),
            piece_order AS (PARTITION BY journey_key, goals_before ORDER BY step)
        """,
    )
    pieces = Step(
        "piece_events",
        f"""
        SELECT * EXCLUDE (
                journey_key, step, next_touchpoint_key, gap_us, is_first_transition, is_goal, goals_before,
                piece_position, piece_step
            ),
            journey_key AS whole_key,
            CAST(customer_key AS BIGINT) * {KEY_SPAN} + piece_position AS journey_key,
            piece_step AS step,
            CASE WHEN NOT is_goal THEN next_touchpoint_key END AS next_touchpoint_key,
            CASE WHEN NOT is_goal THEN gap_us END AS gap_us,
            is_first_transition AND NOT is_goal AS is_first_transition
        FROM placed_events
        """,
    )
    cut = Step(
        "cut_events",
        f"""
        SELECT * FROM piece_events
        UNION ALL
        SELECT * EXCLUDE (journey_key, step, next_touchpoint_key, gap_us, is_first_transition),
            journey_key AS whole_key, journey_key, step, next_touchpoint_key, gap_us, is_first_transition
        FROM {events} WHERE journey_key NOT IN (SELECT journey_key FROM parted_journeys)
        """,
    )
    summed = Step("piece_journeys", summarise_journeys("piece_events", others=("whole_key",)).text())
    all_journeys = Step(
        "cut_journeys",
        f"""
        SELECT {_JOURNEY} FROM piece_journeys
        UNION ALL
        SELECT {_JOURNEY.replace("whole_key", "journey_key AS whole_key")}
        FROM {journeys} WHERE journey_key NOT IN (SELECT journey_key FROM parted_journeys)
        """,
    )
    return [parted, counted, placed, pieces, cut, summed, all_journeys]
