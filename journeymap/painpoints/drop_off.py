"""Drop-off: touchpoints where journeys end abandoned more than expected.

What it is
    A touchpoint at which customers leave and do not come back within the horizon, more often than others do who are as
    far along in their journey.
Why it hurts
    These customers came this far. What they met here did not lead them on.
How it is measured
    A unit is a visit; it is hit where it is the last of an abandoned journey (see
    :func:`journeymap.measure.dropoff.dropoff`). Visits are compared within the same position in the journey (first,
    second, third and fourth, fifth to eighth, ...), since early visits are lost more easily than late ones: a level
    with all levels together, and the whole with all touchpoints together. The opportunity is what mending it would
    bring by the chain of the journey graph (:func:`journeymap.graph.what_if.what_if`).
What can be set
    Nothing; the horizon is that of the journeys.
Known false alarms
    Touchpoints at which a journey may well end, such as a refund or a review. Name them as final in the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.journeys.status import MATURE_VISIT_SQL
from journeymap.painpoints.look import N_STEP_BANDS, STEP_BAND_SQL, Look
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "drop_off"


def look(_: Site) -> list[Look]:
    """Look at every touchpoint."""
    steps = (
        Step("lost_journeys", "SELECT journey_key, 1 AS is_lost FROM population WHERE status = 'abandoned'"),
        Step(
            "units",
            f"""
            SELECT touchpoint_key AS place_key, customer_key, v.journey_key, position, at_us,
                {STEP_BAND_SQL} AS stratum, {MATURE_VISIT_SQL} AS is_mature,
                {MATURE_VISIT_SQL} AND is_lost IS NOT NULL AS is_hit
            FROM visits v
            LEFT JOIN lost_journeys l ON l.journey_key = CASE WHEN v.gap_us IS NULL THEN v.journey_key END
            """,
        ),
        Step("places", "SELECT touchpoint_key AS place_key, touchpoint AS place, touchpoint FROM touchpoints"),
    )
    peers = "all touchpoints at the same position in the journey"
    return [Look(KIND, "visits", steps, peers=peers, n_strata=N_STEP_BANDS)]
