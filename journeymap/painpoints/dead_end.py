"""Dead end: customers leave right after they looked for help.

What it is
    A help page is the last thing in a session.
Why it hurts
    Who reads help has a question. Who leaves with it comes back as a call, or not at all.
How it is measured
    A unit is a visit to a help touchpoint; it is hit where the session ends with it. A level is compared with all
    levels together. The whole is a pain where half of the visits are hit.
What can be set
    Nothing; the session timeout is that of the settings. Help is what ``[roles]`` in the settings says, else
    recognised by words such as help and faq.
Known false alarms
    Help that answered the question. Scores of the help page, where there are any, tell the two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.painpoints.look import Look, Skipped
from journeymap.painpoints.next_visits import next_visits
from journeymap.painpoints.roles import keys_of, with_role
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "dead_end"


def look(site: Site) -> list[Look] | Skipped:
    """Look at every help touchpoint."""
    pages = with_role(site.touchpoints, "help", site.store.settings.roles)
    if not pages:
        return Skipped(KIND, "no touchpoint looks like help (help, faq)")
    steps = (
        Step("help_pages", "SELECT unnest($help_keys) AS help_key"),
        next_visits(site),
        Step(
            "units",
            """
            SELECT touchpoint_key AS place_key, customer_key, journey_key, position, at_us, 0 AS stratum,
                at_us + $session_timeout_us <= $data_end_us AS is_mature,
                at_us + $session_timeout_us <= $data_end_us
                    AND (to_next_us IS NULL OR to_next_us > $session_timeout_us) AS is_hit
            FROM followed_visits WHERE touchpoint_key IN (SELECT help_key FROM help_pages)
            """,
        ),
        Step(
            "places",
            "SELECT touchpoint_key AS place_key, 'left after ' || touchpoint AS place, touchpoint FROM touchpoints",
        ),
    )
    values = {"help_keys": keys_of(pages), "session_timeout_us": site.store.settings.journey.session_timeout_us}
    return [Look(KIND, "visits", steps, values, floor=0.5, n_strata=1)]
