"""Journeys in pieces: cut after each goal, so that what follows an order has no part in it."""

from __future__ import annotations

from typing import Final

from journeymap.journeys.sequences import summarise_journeys
from journeymap.store.schema import KEY_SPAN
from journeymap.store.sql import Step

_JOURNEY = (
    "journey_key, whole_key, customer_key, CAST(NULL AS VARCHAR) AS journey_id, start_us, end_us, steps, "
    "first_touchpoint_key, last_touchpoint_key, converted_at_us, ended_at_us, value, variant"
)


_STRETCH_BITS: Final = 6


def cut_at_goals(events: str, journeys: str) -> list[Step]:
    """Cut journeys after each goal. ``whole_key`` is the journey that a piece comes from.

    Only journeys that go on after a goal have more than one piece: finding the piece of each of their events, and
    adding up what is in each piece, is the work. The others stay as they are.

    Parameters
    ----------
    events, journeys
        The relations to cut.

    Returns
    -------
    list of Step
        They end in ``cut_events`` and ``cut_journeys``.
    """
    goals = Step(
        "passed_goals",
        f"""
        SELECT e.journey_key, e.step
        FROM {events} e JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
        WHERE t.is_goal AND e.next_touchpoint_key IS NOT NULL
        """,
    )
    parted = Step("parted_journeys", "SELECT journey_key FROM passed_goals GROUP BY journey_key")
    starts = Step(
        "piece_starts",
        f"""
        SELECT e.journey_key, e.step AS first_step, e.position AS piece_position
        FROM {events} e JOIN parted_journeys p ON p.journey_key = e.journey_key WHERE e.step = 1
        UNION ALL
        SELECT e.journey_key, e.step AS first_step, e.position AS piece_position
        FROM {events} e JOIN passed_goals g ON g.journey_key = e.journey_key AND g.step = e.step - 1
        """,
    )
    spans = Step(
        "piece_spans",
        f"""
        SELECT s.journey_key, s.first_step, s.piece_position,
            coalesce(lead(s.first_step) OVER (PARTITION BY s.journey_key ORDER BY s.first_step) - 1, j.steps)
                AS last_step
        FROM piece_starts s JOIN {journeys} j ON j.journey_key = s.journey_key
        """,
    )
    # An event finds its piece among those that reach into its stretch of the journey: few, however many there are.
    reached = Step(
        "pieces_reached",
        f"""
        SELECT *, unnest(range(first_step >> {_STRETCH_BITS}, (last_step >> {_STRETCH_BITS}) + 1)) AS stretch
        FROM piece_spans
        """,
    )
    placed = Step(
        "placed_events",
        f"""
        SELECT e.*, t.is_goal, p.piece_position, e.step - p.first_step + 1 AS piece_step
        FROM {events} e
        JOIN pieces_reached p ON p.journey_key = e.journey_key AND p.stretch = e.step >> {_STRETCH_BITS}
            AND e.step >= p.first_step AND e.step <= p.last_step
        JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
        """,
    )
    pieces = Step(
        "piece_events",
        f"""
        SELECT * EXCLUDE (
                journey_key, step, next_touchpoint_key, gap_us, is_first_transition, is_goal, piece_position, piece_step
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
    return [goals, parted, starts, spans, reached, placed, pieces, cut, summed, all_journeys]
