"""The steps that put rows in sequence: positions, journeys, sessions, next touchpoints, first times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.store.hashing import path_hash_sql
from journeymap.store.schema import EVENT_COLUMNS, KEY_SPAN
from journeymap.store.sql import Query, Step, comma, exact_sum, identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.settings import JourneySettings


def sequence_events(
    arrived: str, journey: JourneySettings, *, journey_column: str | None, others: Sequence[str]
) -> Query:
    """Write the question whose rows are the store's events.

    Parameters
    ----------
    arrived
        A relation with :data:`journeymap.store.schema.LINE_COLUMNS` and the other columns, whole customers only.
    journey
        The gap that cuts journeys and the timeout that cuts sessions.
    journey_column
        The column that names journeys; None where the gap cuts them.
    others
        The source's other columns.

    Returns
    -------
    Query
        Its columns are those of ``events``. A journey's key is the customer's key and the position of the journey's
        first event, so that it does not depend on any other customer.
    """
    steps = _cut_journeys(arrived) if journey_column is None else _named_journeys(arrived, identifier(journey_column))
    arranged = Step(
        "arranged",
        """
        SELECT *,
            lag(touchpoint_key) OVER places AS place_before,
            lag(next_touchpoint_key) OVER places AS next_before
        FROM linked
        WINDOW places AS (PARTITION BY customer_key ORDER BY touchpoint_key, next_touchpoint_key, position)
        """,
    )
    numbered = Step("numbered", _NUMBERED_BY_NAME if journey_column is not None else _NUMBERED_BY_GAP)
    columns = [f"CAST({KEYS.get(name, name)} AS {kind}) AS {name}" for name, kind in EVENT_COLUMNS]
    columns += [identifier(name) for name in others]
    select = f"SELECT {', '.join(columns)} FROM numbered ORDER BY customer_key, position"
    return Query((*steps, arranged, MARKED, numbered), select, sequence_values(journey))


def sequence_values(journey: JourneySettings) -> dict[str, object]:
    """Give what the steps bind: the gap that cuts journeys, and the timeout that cuts sessions."""
    # Without a gap nothing is long enough to cut.
    gap_us = 2**62 if journey.gap_us is None else journey.gap_us
    return {"session_timeout_us": journey.session_timeout_us, "gap_us": gap_us}


KEYS: Final = {
    "journey_key": f"CAST(customer_key AS BIGINT) * {KEY_SPAN} + journey_position",
    "session_key": f"CAST(customer_key AS BIGINT) * {KEY_SPAN} + session_position",
}
"""How the keys are made of positions."""

STARTS_SESSION: Final = "previous_us IS NULL OR at_us - previous_us > $session_timeout_us AS starts_session"

LINKED: Final = Step(
    "linked",
    f"""
    SELECT *,
        previous_us IS NULL OR at_us - previous_us > $gap_us AS starts_journey,
        {STARTS_SESSION},
        CASE WHEN following_us - at_us <= $gap_us THEN following_key END AS next_touchpoint_key,
        CASE WHEN following_us - at_us <= $gap_us THEN following_us - at_us END AS gap_us
    FROM ordered
    """,
)
"""What starts a journey and a session, and what comes next, where silence cuts journeys: of rows that know the
customer's ``previous_us``, ``following_us`` and ``following_key``."""

MARKED: Final = Step(
    "marked",
    """
    SELECT *,
        place_before IS DISTINCT FROM touchpoint_key AS is_first_visit,
        next_touchpoint_key IS NOT NULL AND (
            place_before IS DISTINCT FROM touchpoint_key OR next_before IS DISTINCT FROM next_touchpoint_key
        ) AS is_first_transition
    FROM arranged
    """,
)
"""The first times: of rows that know the touchpoint and the next one of the row before, where each customer's are
ordered by these two and then by position."""


def _cut_journeys(arrived: str) -> tuple[Step, ...]:
    return (
        Step(
            "ordered",
            f"""
            SELECT *,
                row_number() OVER history AS position,
                lag(at_us) OVER history AS previous_us,
                lead(at_us) OVER history AS following_us,
                lead(touchpoint_key) OVER history AS following_key
            FROM {arrived}
            WINDOW history AS (PARTITION BY customer_key ORDER BY at_us, arrival)
            """,
        ),
        LINKED,
    )


_NUMBERED_BY_GAP = """
SELECT *, position - journey_position + 1 AS step
FROM (
    SELECT *,
        max(CASE WHEN starts_journey THEN position END) OVER history AS journey_position,
        max(CASE WHEN starts_session THEN position END) OVER history AS session_position
    FROM marked
    WINDOW history AS (
        PARTITION BY customer_key ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
"""


def _named_journeys(arrived: str, journey_column: str) -> tuple[Step, ...]:
    return (
        Step(
            "ordered",
            f"""
            SELECT *,
                row_number() OVER history AS position,
                lag(at_us) OVER history AS previous_us
            FROM {arrived}
            WINDOW history AS (PARTITION BY customer_key ORDER BY at_us, arrival)
            """,
        ),
        Step(
            "linked",
            f"""
            SELECT *,
                {STARTS_SESSION},
                row_number() OVER journey AS step,
                min(position) OVER (PARTITION BY customer_key, {journey_column}) AS journey_position,
                lead(touchpoint_key) OVER journey AS next_touchpoint_key,
                (lead(at_us) OVER journey) - at_us AS gap_us
            FROM ordered
            WINDOW journey AS (PARTITION BY customer_key, {journey_column} ORDER BY position)
            """,
        ),
    )


_NUMBERED_BY_NAME = """
SELECT *,
    max(CASE WHEN starts_session THEN position END) OVER history AS session_position
FROM marked
WINDOW history AS (PARTITION BY customer_key ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
"""


def summarise_journeys(events: str, *, journey_column: str | None = None, others: Sequence[str] = ()) -> Query:
    """Write the question whose rows are the store's journeys.

    Parameters
    ----------
    events
        A relation with the columns of ``events``, whole journeys only.
    journey_column
        The column that names journeys, or None.
    others
        Further columns of ``events`` that are the same throughout a journey, to be kept.

    Returns
    -------
    Query
        One row per journey, with the columns of ``journeys``. ``value`` adds up the goal visits; it is null where
        none of them has a value. ``variant`` is equal for equal paths: the exclusive or of one hash per step and
        touchpoint (Zobrist, 1970), which needs no ordered list.
    """
    journey_id = f"any_value({identifier(journey_column)})" if journey_column is not None else "CAST(NULL AS VARCHAR)"
    kept = comma([f"any_value({name}) AS {name}" for name in others])
    return Query(
        (),
        f"""
        SELECT
            journey_key, {kept}
            any_value(customer_key) AS customer_key,
            CAST({journey_id} AS VARCHAR) AS journey_id,
            min(at_us) AS start_us,
            max(at_us) AS end_us,
            CAST(count(*) AS INTEGER) AS steps,
            min(CASE WHEN step = 1 THEN e.touchpoint_key END) AS first_touchpoint_key,
            min(CASE WHEN gap_us IS NULL THEN e.touchpoint_key END) AS last_touchpoint_key,
            min(CASE WHEN is_goal THEN at_us END) AS converted_at_us,
            min(CASE WHEN is_final THEN at_us END) AS ended_at_us,
            {exact_sum("CASE WHEN is_goal THEN value END")} AS value,
            {path_hash_sql("e.touchpoint_key")} AS variant
        FROM {events} e
        JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
        GROUP BY journey_key
        """,
    )
