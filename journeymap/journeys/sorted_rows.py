"""The same sequence, where the rows lie sorted and the engine keeps their order.

Neighbours are then the rows before and after, and what has been so far is all above: nothing is gathered by customer,
and the source's other columns are not carried through any sort. What starts a journey or a session, what comes next
and what is a first time is said in :mod:`journeymap.journeys.sequences`, for both ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.journeys.sequences import KEYS, LINKED, MARKED, sequence_values
from journeymap.store.schema import EVENT_COLUMNS, LINE_COLUMNS
from journeymap.store.sql import Query, Step, identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.settings import JourneySettings

_SAME_BEFORE: Final = "(lag(customer_key) OVER ()) = customer_key"
_SAME_AFTER: Final = "(lead(customer_key) OVER ()) = customer_key"
_POSITIONS: Final = ("position", "journey_position", "session_position")


def number_sorted(arrived: str, journey: JourneySettings) -> Query:
    """Write the question that numbers rows and links each with its next.

    Parameters
    ----------
    arrived
        A relation with ``customer_key``, ``at_us`` and ``touchpoint_key``, sorted by customer, time and arrival.
    journey
        The gap that cuts journeys and the timeout that cuts sessions.

    Returns
    -------
    Query
        A row for each, in the same order: ``customer_key``, ``touchpoint_key``, ``next_touchpoint_key``, ``gap_us``,
        and the positions of the row, of its journey's first event and of its session's.
    """
    ordered = Step(
        "ordered",
        f"""
        SELECT
            customer_key, at_us, touchpoint_key,
            row_number() OVER () AS place,
            CASE WHEN {_SAME_BEFORE} THEN lag(at_us) OVER () END AS previous_us,
            CASE WHEN {_SAME_AFTER} THEN lead(at_us) OVER () END AS following_us,
            CASE WHEN {_SAME_AFTER} THEN lead(touchpoint_key) OVER () END AS following_key
        FROM {arrived}
        """,
    )
    placed = Step(
        "placed",
        """
        SELECT *,
            max(CASE WHEN previous_us IS NULL THEN place END) OVER so_far AS customer_place,
            max(CASE WHEN starts_journey THEN place END) OVER so_far AS journey_place,
            max(CASE WHEN starts_session THEN place END) OVER so_far AS session_place
        FROM linked
        WINDOW so_far AS (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        """,
    )
    places = {name: name.replace("position", "place") for name in _POSITIONS}
    positions = ", ".join(f"CAST({place} - customer_place + 1 AS INTEGER) AS {name}" for name, place in places.items())
    return Query(
        (ordered, LINKED, placed),
        f"SELECT customer_key, touchpoint_key, next_touchpoint_key, gap_us, {positions} FROM placed",
        sequence_values(journey),
    )


def mark_sorted(numbered: str) -> Query:
    """Write the question that marks first times.

    Parameters
    ----------
    numbered
        A relation with what :func:`number_sorted` gives, in its order.

    Returns
    -------
    Query
        ``is_first_visit`` and ``is_first_transition``, in the same order.
    """
    arranged = Step(
        "arranged",
        f"""
        SELECT *,
            CASE WHEN {_SAME_BEFORE} THEN lag(touchpoint_key) OVER () END AS place_before,
            CASE WHEN {_SAME_BEFORE} THEN lag(next_touchpoint_key) OVER () END AS next_before
        FROM (SELECT * FROM {numbered} ORDER BY customer_key, touchpoint_key, next_touchpoint_key, position)
        """,
    )
    select = "SELECT is_first_visit, is_first_transition FROM marked ORDER BY customer_key, position"
    return Query((arranged, MARKED), select)


def put_side_by_side(arrived: str, numbered: str, marked: str, *, others: Sequence[str]) -> Query:
    """Write the question whose rows are the store's events.

    Parameters
    ----------
    arrived
        The sorted rows, with :data:`journeymap.store.schema.LINE_COLUMNS` and the other columns.
    numbered, marked
        What :func:`number_sorted` and :func:`mark_sorted` give of them, in the same order.
    others
        The source's other columns.

    Returns
    -------
    Query
        Its columns are those of ``events``. It fails where rows beside one another are of different customers.
    """
    own = {
        "customer_key": "CASE WHEN a.customer_key = n.customer_key THEN a.customer_key "
        "ELSE error('The rows of two customers lie side by side.') END",
        "step": "position - journey_position + 1",
        **{name: sql.replace("customer_key", "a.customer_key") for name, sql in KEYS.items()},
        **{name: f"a.{name}" for name in LINE_COLUMNS if name != "customer_key"},
    }
    columns = [f"CAST({own.get(name, name)} AS {kind}) AS {name}" for name, kind in EVENT_COLUMNS]
    columns += [f"a.{identifier(name)}" for name in others]
    beside = f"{arrived} a POSITIONAL JOIN {numbered} n POSITIONAL JOIN {marked} m"
    return Query((), f"SELECT {', '.join(columns)} FROM {beside}")
