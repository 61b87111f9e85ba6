"""Regret: what customers undo after the goal: returns, cancellations, complaints, unsubscribes.

What it is
    Within 30 days after the goal, and before the next one, the customer sends back, cancels, complains or unsubscribes.
Why it hurts
    The goal was counted as a success, and was none.
How it is measured
    A unit is a goal visit; it is hit where the touchpoint follows within the window, before the customer's next goal
    visit; journey cuts do not matter. A level is compared with all levels together. The whole is a pain where 5 % are
    hit.
What can be set
    The window is 30 days. The touchpoints are those of ``[roles]`` in the settings, else
    recognised by words such as return, refund, cancel, complaint,
    unsubscribe.
Known false alarms
    A refund that follows every return tells the same twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.painpoints.look import Look, Skipped
from journeymap.painpoints.roles import keys_of, with_role
from journeymap.settings.durations import DAY_US
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "regret"
WINDOW_US: Final = 30 * DAY_US


def look(site: Site) -> list[Look] | Skipped:
    """Look at every touchpoint of regret, after every goal."""
    regrets = [place for place in with_role(site.touchpoints, "regret", site.store.settings.roles) if not place.is_goal]
    if not site.goals:
        return Skipped(KIND, "no touchpoint is known as a goal")
    if not regrets:
        return Skipped(KIND, "no touchpoint looks like regret (return, refund, cancel, complaint, unsubscribe ...)")
    goals = [place for place in site.touchpoints if place.is_goal]
    steps = (
        Step("regrets", "SELECT unnest($regret_keys) AS regret_key"),
        Step(
            "after_goal",
            """
            SELECT customer_key, journey_key, position, at_us, touchpoint_key,
                touchpoint_key IN (SELECT unnest($goal_keys)) AS is_goal_visit
            FROM visits
            WHERE touchpoint_key IN (SELECT unnest($goal_keys)) OR touchpoint_key IN (SELECT regret_key FROM regrets)
        """,
        ),
        Step(
            "traced",
            """
            SELECT customer_key, touchpoint_key, at_us, is_goal_visit,
                max(CASE WHEN is_goal_visit THEN position END) OVER (
                    PARTITION BY customer_key ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS goal_position
            FROM after_goal
            """,
        ),
        Step(
            "regretted",
            """
            SELECT customer_key, goal_position, touchpoint_key AS regret_key, min(at_us) AS regret_us
            FROM traced WHERE NOT is_goal_visit AND goal_position IS NOT NULL
            GROUP BY customer_key, goal_position, touchpoint_key
            """,
        ),
        Step(
            "units",
            """
            SELECT r.regret_key AS place_key, g.customer_key, g.journey_key, g.position, g.at_us, 0 AS stratum,
                g.at_us + $regret_us <= $data_end_us AS is_mature,
                g.at_us + $regret_us <= $data_end_us AND coalesce(t.regret_us <= g.at_us + $regret_us, FALSE) AS is_hit
            FROM after_goal g CROSS JOIN regrets r
            LEFT JOIN regretted t ON t.customer_key = g.customer_key AND t.goal_position = g.position
                AND t.regret_key = r.regret_key
            WHERE g.is_goal_visit
            """,
        ),
        Step(
            "places",
            """
            SELECT touchpoint_key AS place_key, touchpoint || ' after ' || $goal_names AS place, touchpoint
            FROM touchpoints
            """,
        ),
    )
    values = {
        "regret_keys": keys_of(regrets), "goal_keys": keys_of(goals), "regret_us": WINDOW_US,
        "goal_names": " or ".join(site.goals),
    }  # fmt: skip
    return [Look(KIND, "goals", steps, values, floor=0.05, n_strata=1, window_us=WINDOW_US)]
