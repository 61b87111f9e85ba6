"""Channel switch: customers change from doing it themselves to a person, before they bought.

What it is
    From the web or the app the next step, within two days and before the goal, is a call, a chat or a visit to a store.
Why it hurts
    They could not or would not finish where they began. A forced switch costs patience, and often the sale.
How it is measured
    A unit is a visit in a channel of self-service before the goal; it is hit where the next touchpoint belongs to a
    channel with people. The place is the touchpoint and the channel it goes to. Visits are compared within the same
    position in the journey. ``consequences`` sets the conversion of journeys with the switch beside those without.
What can be set
    The window is two days. Channels are recognised by their names: web, site, app, mobile, email ... and call, phone,
    store, branch, chat, agent ... A touchpoint belongs to its most used channel.
Known false alarms
    A switch that customers like, such as picking up in the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.model.catalog import plain_name
from journeymap.painpoints.bases import units_of_bases
from journeymap.painpoints.look import N_STEP_BANDS, STEP_BAND_SQL, Look, Skipped
from journeymap.settings.durations import DAY_US
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "channel_switch"
WINDOW_US: Final = 2 * DAY_US
_SELF: Final = frozenset(
    {"web", "website", "site", "online", "app", "mobile", "desktop", "browser", "kiosk", "portal", "bot"}
)
_PEOPLE: Final = frozenset(
    {
        "call",
        "phone",
        "callcenter",
        "callcentre",
        "centre",
        "center",
        "store",
        "shop",
        "branch",
        "chat",
        "agent",
        "retail",
    }
)


def look(site: Site) -> list[Look] | Skipped:
    """Look at every touchpoint of self-service."""
    channels = sorted({place.channel for place in site.touchpoints if place.channel})
    own = [name for name in channels if set(plain_name(name).split("_")) & _SELF]
    people = [name for name in channels if set(plain_name(name).split("_")) & _PEOPLE and name not in own]
    if not own or not people:
        return Skipped(
            KIND, "there are not both a channel of self-service (web, app ...) and one with people (phone, store ...)"
        )
    steps = (
        Step(
            "channelled",
            """
            SELECT touchpoint_key, touchpoint, channel,
                channel IN (SELECT unnest($self_channels)) AS is_self,
                channel IN (SELECT unnest($people_channels)) AS is_people
            FROM touchpoints WHERE channel IS NOT NULL
            """,
        ),
        Step("people_channels", "SELECT channel AS to_channel FROM channelled WHERE is_people GROUP BY channel"),
        Step(
            "switches",
            """
            SELECT f.touchpoint_key, f.touchpoint, f.channel, c.to_channel,
                row_number() OVER (ORDER BY f.touchpoint_key, c.to_channel) AS place_key
            FROM channelled f CROSS JOIN people_channels c WHERE f.is_self
            """,
        ),
        Step(
            "steps_on",
            f"""
            SELECT v.touchpoint_key, v.customer_key, v.journey_key, v.position, v.at_us, {STEP_BAND_SQL} AS stratum,
                v.at_us + $switch_us <= $data_end_us AS is_mature,
                CASE WHEN n.is_people AND v.gap_us <= $switch_us THEN n.channel END AS switched_to
            FROM visits v
            JOIN channelled f ON f.touchpoint_key = v.touchpoint_key
            JOIN population j ON j.journey_key = v.journey_key
            LEFT JOIN channelled n ON n.touchpoint_key = v.next_touchpoint_key
            WHERE f.is_self AND coalesce(v.at_us < j.converted_at_us, TRUE)
            """,
        ),
        Step(
            "bases",
            """
            SELECT touchpoint_key AS base_key, customer_key, journey_key, position, at_us, stratum, is_mature
            FROM steps_on
            """,
        ),
        Step(
            "hits",
            """
            SELECT p.place_key, s.customer_key, s.journey_key, s.position, s.at_us, s.stratum
            FROM steps_on s JOIN switches p ON p.touchpoint_key = s.touchpoint_key AND p.to_channel = s.switched_to
            WHERE s.is_mature
            """,
        ),
        Step(
            "places",
            """
            SELECT place_key, touchpoint_key AS base_key,
                'from ' || touchpoint || ' (' || channel || ') to ' || to_channel AS place, touchpoint
            FROM switches
            """,
        ),
        units_of_bases(),
    )
    values = {"self_channels": own, "people_channels": people, "switch_us": WINDOW_US}
    return [
        Look(
            KIND,
            "visits",
            steps,
            values,
            peers="all touchpoints at the same position in the journey",
            n_strata=N_STEP_BANDS,
            shares_units=True,
            window_us=WINDOW_US,
        )
    ]
