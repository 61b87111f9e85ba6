"""Says what a store holds, in numbers that do not depend on how its keys were dealt out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# Every cell of every event is in one sum of hashes. Which of a customer's visits is marked as the first on a touchpoint
# is left open by the store's definition, so that the marks are counted per touchpoint and transition instead.
SUMMARY = """
WITH told AS (
    SELECT hash(
        customer_id, position, step, journey_key % 4294967296, session_key % 4294967296, at_us, t.touchpoint,
        n.touchpoint, gap_us, h.channel, value, score, CAST(event_id AS VARCHAR),
        device, CAST(page_load_ms AS VARCHAR)
    ) AS cells
    FROM events e
    JOIN customers c ON c.customer_key = e.customer_key
    JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
    LEFT JOIN touchpoints n ON n.touchpoint_key = e.next_touchpoint_key
    LEFT JOIN channels h ON h.channel_key = e.channel_key
),
marked AS (
    SELECT touchpoint_key, next_touchpoint_key, count(*) FILTER (WHERE is_first_visit) AS visits,
        count(*) FILTER (WHERE is_first_transition) AS transitions
    FROM events GROUP BY ALL
),
marks AS (
    SELECT CAST(sum(visits) AS BIGINT) AS first_visits, CAST(sum(transitions) AS BIGINT) AS first_transitions
    FROM marked
),
transition_marks AS (
    SELECT sum(hash(t.touchpoint, n.touchpoint, transitions)) AS cells
    FROM marked m JOIN touchpoints t ON t.touchpoint_key = m.touchpoint_key
    JOIN touchpoints n ON n.touchpoint_key = m.next_touchpoint_key
),
journey_cells AS (
    SELECT sum(hash(
        customer_id, start_us, end_us, steps, f.touchpoint, l.touchpoint, converted_at_us, ended_at_us,
        CAST(value AS DECIMAL(18, 4))
    )) AS cells, count(DISTINCT variant) AS variants
    FROM journeys j
    JOIN customers c ON c.customer_key = j.customer_key
    JOIN touchpoints f ON f.touchpoint_key = j.first_touchpoint_key
    JOIN touchpoints l ON l.touchpoint_key = j.last_touchpoint_key
),
customer_cells AS (
    SELECT sum(hash(customer_id, age, region, gender, lifetime_value, household)) AS cells FROM customers
),
misplaced AS (
    SELECT count(*) AS n
    FROM (
        SELECT customer_key, position, lag(customer_key) OVER () AS customer_before,
            lag(position) OVER () AS position_before
        FROM events
    )
    WHERE customer_before > customer_key OR (customer_before = customer_key AND position_before + 1 <> position)
),
touchpoint_cells AS (
    SELECT sum(hash(touchpoint, channel, stage, stage_order, is_goal)) AS cells FROM touchpoints
)
SELECT
    (SELECT count(*) FROM events) AS events,
    (SELECT n FROM misplaced) AS misplaced_events,
    (SELECT count(*) FROM customers) AS customers,
    (SELECT count(*) FROM journeys) AS journeys,
    (SELECT CAST(sum(cells) AS VARCHAR) FROM told) AS event_cells,
    (SELECT CAST(cells AS VARCHAR) FROM journey_cells) AS journey_cells,
    (SELECT variants FROM journey_cells) AS variants,
    (SELECT CAST(cells AS VARCHAR) FROM customer_cells) AS customer_cells,
    (SELECT CAST(cells AS VARCHAR) FROM touchpoint_cells) AS touchpoint_cells,
    (SELECT first_visits FROM marks) AS first_visits,
    (SELECT first_transitions FROM marks) AS first_transitions,
    (SELECT CAST(cells AS VARCHAR) FROM transition_marks) AS transition_marks
"""


def summary(store: Path) -> list[dict[str, Any]]:
    """Give one record: counts, and sums of the hashes of all cells."""
    import duckdb

    with duckdb.connect(str(store), read_only=True) as connection:
        found = connection.execute(SUMMARY)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
