"""Support contact: touchpoints after which customers turn to support more than elsewhere.

What it is
    The next thing that customers do after a touchpoint, within two days, is to call, chat or write to support.
Why it hurts
    A contact costs the company money and the customer patience; it tells that the touchpoint left a question open.
How it is measured
    A unit is a visit to a touchpoint that is no support itself; it is hit where a support touchpoint follows next
    within the window. The place is what they contact about. Visits are compared within the same position in the
    journey: a level with all levels together, and the whole with all touchpoints together.
What can be set
    The window is two days. Support touchpoints are those of ``[roles]`` in the settings, else
    recognised by words such as support, call, chat, ticket, complaint.
Known false alarms
    A callback that the company offers. Support as a channel of sale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.painpoints.look import N_STEP_BANDS, STEP_BAND_SQL, Look, Skipped
from journeymap.painpoints.roles import keys_of, with_role
from journeymap.settings.durations import DAY_US
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "support_contact"
WINDOW_US: Final = 2 * DAY_US


def look(site: Site) -> list[Look] | Skipped:
    """Look at every touchpoint that is no support."""
    support = with_role(site.touchpoints, "support", site.store.settings.roles)
    if not support:
        return Skipped(KIND, "no touchpoint looks like a contact with support (support, call, chat, ticket ...)")
    steps = (
        Step("support", "SELECT unnest($support_keys) AS support_key"),
        Step(
            "units",
            f"""
            SELECT touchpoint_key AS place_key, customer_key, journey_key, position, at_us, {STEP_BAND_SQL} AS stratum,
                at_us + $contact_us <= $data_end_us AS is_mature,
                at_us + $contact_us <= $data_end_us AND coalesce(gap_us <= $contact_us, FALSE)
                    AND coalesce(next_touchpoint_key IN (SELECT support_key FROM support), FALSE) AS is_hit
            FROM visits
            WHERE touchpoint_key NOT IN (SELECT support_key FROM support)
            """,
        ),
        Step(
            "places",
            """
            SELECT touchpoint_key AS place_key, 'support after ' || touchpoint AS place, touchpoint FROM touchpoints
            """,
        ),
    )
    values = {"support_keys": keys_of(support), "contact_us": WINDOW_US}
    peers = "all touchpoints at the same position in the journey"
    return [Look(KIND, "visits", steps, values, peers=peers, n_strata=N_STEP_BANDS, window_us=WINDOW_US)]
