"""Error: steps that end in an error, a failed payment, a refused input.

What it is
    The next touchpoint after a step is an error.
Why it hurts
    The customer did what was asked, and it did not work.
How it is measured
    A unit is a visit to a touchpoint from which errors are reached; it is hit where an error is the next touchpoint of
    the session. ``consequences`` says how many of the journeys that hit one convert all the same (recover), beside
    those that hit none. A level is compared with all levels together. The whole is a pain where 2 % are hit.
What can be set
    Nothing; the session timeout is that of the settings. Errors are those of ``[roles]`` in the settings, else
    recognised by words such as error, failed, invalid.
    Pairs of touchpoint and error that happen fewer than 20 times are not looked at.
Known false alarms
    A check that is meant to fail now and then, such as a wrong password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.painpoints.look import Look, Skipped
from journeymap.painpoints.roles import keys_of, with_role
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "error"
LEAST_ERRORS: Final = 20


def look(site: Site) -> list[Look] | Skipped:
    """Look at every touchpoint that leads into an error."""
    errors = with_role(site.touchpoints, "error", site.store.settings.roles)
    if not errors:
        return Skipped(KIND, "no touchpoint looks like an error (error, failed, invalid ...)")
    steps = (
        Step("errors", "SELECT unnest($error_keys) AS error_key"),
        Step(
            "ways",
            """
            SELECT touchpoint_key AS source_key, next_touchpoint_key AS error_key,
                row_number() OVER (ORDER BY touchpoint_key, next_touchpoint_key) AS place_key
            FROM visits
            WHERE next_touchpoint_key IN (SELECT error_key FROM errors)
                AND touchpoint_key NOT IN (SELECT error_key FROM errors) AND gap_us <= $session_timeout_us
            GROUP BY touchpoint_key, next_touchpoint_key HAVING count(*) >= $least_errors
            """,
        ),
        Step(
            "units",
            """
            SELECT w.place_key, v.customer_key, v.journey_key, v.position, v.at_us, 0 AS stratum,
                v.at_us + $session_timeout_us <= $data_end_us AS is_mature,
                v.at_us + $session_timeout_us <= $data_end_us AND coalesce(v.gap_us <= $session_timeout_us, FALSE)
                    AND coalesce(v.next_touchpoint_key = w.error_key, FALSE) AS is_hit
            FROM visits v JOIN ways w ON w.source_key = v.touchpoint_key
            """,
        ),
        Step(
            "places",
            """
            SELECT w.place_key, e.touchpoint || ' after ' || f.touchpoint AS place, e.touchpoint AS touchpoint
            FROM ways w
            JOIN touchpoints f ON f.touchpoint_key = w.source_key
            JOIN touchpoints e ON e.touchpoint_key = w.error_key
            """,
        ),
    )
    values = {
        "error_keys": keys_of(errors),
        "session_timeout_us": site.store.settings.journey.session_timeout_us,
        "least_errors": LEAST_ERRORS,
    }
    return [Look(KIND, "visits", steps, values, floor=0.02, least_difference=0.01, n_strata=1, shared={"ways": "*"})]
