"""What comes next in a session, also where the journey ends before the session does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site


def next_visits(site: Site) -> Step:
    """Write the step ``followed_visits``: the visits, with ``to_next_us`` and ``next_key`` of the customer's next.

    A journey that silence cuts ends with its session. One that a column names, or that is cut at a goal, may end
    within it: then the next visit is that of another journey.
    """
    if not _may_end_within_sessions(site):
        return Step("followed_visits", "SELECT *, gap_us AS to_next_us, next_touchpoint_key AS next_key FROM visits")
    return Step(
        "followed_visits",
        """
        SELECT v.*, coalesce(v.gap_us, n.at_us - v.at_us) AS to_next_us,
            coalesce(v.next_touchpoint_key, n.touchpoint_key) AS next_key
        FROM visits v
        LEFT JOIN visits n ON v.gap_us IS NULL AND n.customer_key = v.customer_key AND n.position = v.position + 1
        """,
    )


def _may_end_within_sessions(site: Site) -> bool:
    return site.population.cut_at_goal or "journey" in site.store.column_roles
