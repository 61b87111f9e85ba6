"""Journeys in pieces: cut after each goal, so that what follows an order has no part in it."""

from __future__ import annotations

from journeymap.journeys.sequences import summarise_journeys
from journeymap.store.schema import KEY_SPAN
from journeymap.store.sql import Step


def cut_at_goals(events: str) -> list[Step]:
    """Cut journeys after each goal. ``whole_key`` is the journey that a piece comes from.

    Only journeys that go on after a goal have more than one piece; numbering their events anew is the work.
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
    cut = Step(
        "cut_events",
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
        UNION ALL
        SELECT * EXCLUDE (journey_key, step, next_touchpoint_key, gap_us, is_first_transition),
            journey_key AS whole_key, journey_key, step, next_touchpoint_key, gap_us, is_first_transition
        FROM {events} WHERE journey_key NOT IN (SELECT journey_key FROM parted_journeys)
        """,
    )
    journeys = summarise_journeys("cut_events", others=("whole_key",))
    return [parted, counted, placed, cut, Step("cut_journeys", journeys.text())]
