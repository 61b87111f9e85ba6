"""Loop: going back and forth, repeating a step, restarting a stage.

What it is
    In one session customers go from A to B, back to A and to B again; or repeat a step; or fall back from a stage to an
    earlier one.
Why it hurts
    Nobody walks in circles for pleasure: something sends them back, or does not tell them that they are through.
How it is measured
    A unit is a session. Back and forth: of the sessions with A, those with a step from A to B and one from B to A.
    Repeat: of the sessions with A, those where A follows A. Restart: of the sessions with a step out of a stage, those
    with a step back to an earlier stage. Each level is compared with all levels together; sessions are compared within
    their length (1 to 2, 3 to 4, 5 to 8, more touchpoints).
    ``n_excess`` counts the visits to the touchpoint beyond the first of each session hit; of a restart, the steps back.
    ``consequences`` sets the conversion of journeys with the loop beside that of those without.
What can be set
    Nothing; the session timeout is that of the settings. Pairs of touchpoints that fewer than 20 sessions pass back
    and forth are not looked at.
Known false alarms
    Browsing: product after product is what shops are for. Therefore the whole is not reported, only levels that loop
    more than others do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.painpoints.bases import units_of_bases
from journeymap.painpoints.look import Look
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "loop"
LEAST_SESSIONS: Final = 20
_SESSIONS = Step(
    "session_bands",
    # A session's part within one journey begins where the later of both began: one key in place of two. Where it has
    # as many touchpoints as visits, none comes again; of touchpoints 62 keys apart we only know that one may.
    """
    SELECT greatest(journey_key, session_key) AS part_key,
        CASE WHEN count(*) <= 2 THEN 0 WHEN count(*) <= 4 THEN 1 WHEN count(*) <= 8 THEN 2 ELSE 3 END AS stratum,
        bit_count(bit_or(CAST(1 AS BIGINT) << (touchpoint_key % 62))) < count(*) AS may_repeat
    FROM visits GROUP BY greatest(journey_key, session_key)
    """,
)


def look(site: Site) -> list[Look]:
    """Look at touchpoints and pairs of them, and at stages."""
    values = {"session_timeout_us": site.store.settings.journey.session_timeout_us, "least_sessions": LEAST_SESSIONS}
    n_strata = 4
    visits = "part_key, stratum, journey_key, 0 AS customer_key, 0 AS position, at_us, touchpoint_key, n, is_repeated"
    return [
        Look(
            KIND, "sessions", (_SESSIONS, *_at_touchpoints()), values, excess="visits beyond the first",
            n_strata=n_strata, shares_units=True,
            shared={"session_bands": "*", "session_visits": visits, "ways_back": "*", "usual_pairs": "*"},
        ),
        Look(
            KIND, "sessions", (_SESSIONS, *_restarts()), values, excess="steps back", n_strata=n_strata,
            shared={"session_bands": "*"},
        ),
    ]  # fmt: skip


def _at_touchpoints() -> tuple[Step, ...]:
    """Look at the sessions with a touchpoint: A again and again, or from A to B, back and to B again."""
    return (
        Step(
            "session_visits",
            # Only where a touchpoint comes again can there be a loop: the visits of other sessions stay as they are.
            """
            SELECT b.part_key, v.touchpoint_key, min(b.stratum) AS stratum, min(v.journey_key) AS journey_key,
                min(v.customer_key) AS customer_key, min(v.position) AS position, min(v.at_us) AS at_us, count(*) AS n,
                coalesce(bool_or(v.next_touchpoint_key = v.touchpoint_key AND v.gap_us <= $session_timeout_us), FALSE)
                    AS is_repeated
            FROM visits v JOIN session_bands b ON b.part_key = greatest(v.journey_key, v.session_key)
            WHERE b.may_repeat
            GROUP BY b.part_key, v.touchpoint_key
            """,
        ),
        Step(
            "ways_both",
            """
            SELECT b.part_key, least(v.touchpoint_key, v.next_touchpoint_key) AS one_key,
                greatest(v.touchpoint_key, v.next_touchpoint_key) AS other_key
            FROM visits v JOIN session_bands b ON b.part_key = greatest(v.journey_key, v.session_key)
            WHERE b.may_repeat AND v.next_touchpoint_key <> v.touchpoint_key AND v.gap_us <= $session_timeout_us
            GROUP BY b.part_key, least(v.touchpoint_key, v.next_touchpoint_key),
                greatest(v.touchpoint_key, v.next_touchpoint_key)
            HAVING min(v.touchpoint_key) < max(v.touchpoint_key)
            """,
        ),
        Step(
            "ways_back",
            """
            SELECT part_key, one_key AS source_key, other_key AS target_key FROM ways_both
            UNION ALL
            SELECT part_key, other_key AS source_key, one_key AS target_key FROM ways_both
            """,
        ),
        Step(
            "usual_pairs",
            """
            SELECT source_key, target_key,
                row_number() OVER (ORDER BY source_key, target_key) + (SELECT max(touchpoint_key) FROM touchpoints)
                    AS place_key
            FROM ways_back GROUP BY source_key, target_key HAVING count(*) >= $least_sessions
            """,
        ),
        Step(
            "bases",
            """
            SELECT v.touchpoint_key AS base_key, v.customer_key, v.journey_key, v.position, v.at_us, b.stratum,
                TRUE AS is_mature, 0 AS n_excess
            FROM visits v JOIN session_bands b ON b.part_key = greatest(v.journey_key, v.session_key)
            WHERE NOT b.may_repeat
            UNION ALL
            SELECT touchpoint_key AS base_key, customer_key, journey_key, position, at_us, stratum,
                TRUE AS is_mature, n - 1 AS n_excess
            FROM session_visits
            """,
        ),
        Step(
            "hits",
            """
            SELECT touchpoint_key AS place_key, customer_key, journey_key, position, at_us, stratum, n - 1 AS n_excess
            FROM session_visits WHERE is_repeated
            UNION ALL
            SELECT p.place_key, s.customer_key, s.journey_key, s.position, s.at_us, s.stratum, s.n - 1 AS n_excess
            FROM session_visits s
            JOIN ways_back w ON w.part_key = s.part_key AND w.source_key = s.touchpoint_key
            JOIN usual_pairs p ON p.source_key = w.source_key AND p.target_key = w.target_key
            """,
        ),
        Step(
            "places",
            """
            SELECT touchpoint_key AS place_key, touchpoint_key AS base_key, touchpoint || ' again and again' AS place,
                touchpoint
            FROM touchpoints
            UNION ALL
            SELECT p.place_key, p.source_key AS base_key,
                'from ' || f.touchpoint || ' to ' || t.touchpoint || ' and back' AS place, f.touchpoint AS touchpoint
            FROM usual_pairs p
            JOIN touchpoints f ON f.touchpoint_key = p.source_key
            JOIN touchpoints t ON t.touchpoint_key = p.target_key
            """,
        ),
        units_of_bases(excess=True),
    )


def _restarts() -> tuple[Step, ...]:
    return (
        Step(
            "stages",
            """
            SELECT stage, min(stage_order) AS place_key, min(touchpoint) AS touchpoint
            FROM touchpoints GROUP BY stage
            """,
        ),
        Step(
            "stage_steps",
            """
            SELECT g.place_key, greatest(v.journey_key, v.session_key) AS part_key,
                min(v.journey_key) AS journey_key, min(v.customer_key) AS customer_key,
                min(v.position) AS position, min(v.at_us) AS at_us,
                count(*) FILTER (WHERE t.stage_order < f.stage_order) AS n_back
            FROM visits v
            JOIN touchpoints f ON f.touchpoint_key = v.touchpoint_key
            JOIN stages g ON g.stage = f.stage
            JOIN touchpoints t ON t.touchpoint_key = v.next_touchpoint_key
            WHERE v.gap_us <= $session_timeout_us
            GROUP BY g.place_key, greatest(v.journey_key, v.session_key)
            """,
        ),
        Step(
            "units",
            """
            SELECT s.place_key, s.customer_key, s.journey_key, s.position, s.at_us, b.stratum, TRUE AS is_mature,
                s.n_back > 0 AS is_hit, s.n_back AS n_excess
            FROM stage_steps s JOIN session_bands b ON b.part_key = s.part_key
            """,
        ),
        Step(
            "places",
            "SELECT place_key, 'from ' || stage || ' back to an earlier stage' AS place, touchpoint FROM stages",
        ),
    )
