"""Failed search: customers search again, or leave, instead of looking at what was found.

What it is
    After a search the next step of the session is another search, or there is none.
Why it hurts
    Who searches knows what they want. A search that shows nothing of use loses them.
How it is measured
    A unit is a search; it is hit where the next touchpoint of the session is a search again, or the session ends with
    it. A level is compared with all levels together. The whole is a pain where it is hit in a fifth of the searches.
What can be set
    Nothing; the session timeout is that of the settings. Searches are those of ``[roles]`` in the settings, else
    recognised by words such as search, find, query.
Known false alarms
    A search that answers by itself, such as opening hours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.painpoints.look import Look, Skipped
from journeymap.painpoints.next_visits import next_visits
from journeymap.painpoints.roles import keys_of, with_role
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "failed_search"


def look(site: Site) -> list[Look] | Skipped:
    """Look at every search."""
    searches = with_role(site.touchpoints, "search", site.store.settings.roles)
    if not searches:
        return Skipped(KIND, "no touchpoint looks like a search")
    steps = (
        Step("searches", "SELECT unnest($search_keys) AS search_key"),
        next_visits(site),
        Step(
            "units",
            """
            SELECT touchpoint_key AS place_key, customer_key, journey_key, position, at_us, 0 AS stratum,
                at_us + $session_timeout_us <= $data_end_us AS is_mature,
                at_us + $session_timeout_us <= $data_end_us AND (
                    to_next_us IS NULL OR to_next_us > $session_timeout_us
                    OR next_key IN (SELECT search_key FROM searches)
                ) AS is_hit
            FROM followed_visits WHERE touchpoint_key IN (SELECT search_key FROM searches)
            """,
        ),
        Step(
            "places",
            "SELECT touchpoint_key AS place_key, touchpoint || ' without a find' AS place, touchpoint FROM touchpoints",
        ),
    )
    values = {
        "search_keys": keys_of(searches),
        "session_timeout_us": site.store.settings.journey.session_timeout_us,
    }
    return [Look(KIND, "searches", steps, values, floor=0.2, n_strata=1)]
