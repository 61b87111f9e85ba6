"""Loop: going back and forth, repeating a step, restarting a stage.

What it is
    In one session customers go from A to B, back to A and to B again; or repeat a step; or fall back from a stage to an
    earlier one.
Why it hurts
    Nobody walks in circles for pleasure: something sends them back, or does not tell them that they are through.
How it is measured
    A unit is a session. Back and forth: of the sessions with A, those with a step from A to B and one from B to A.
    Repeat: of the sessions with A, those where A follows A. Restart: of the sessions with a step out of a stage, those
    with a step back to an earlier stage; such a session counts on the day on which it began. Each level is compared
    with all levels together; sessions are compared within their length (1 to 2, 3 to 4, 5 to 8, more touchpoints).
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
_WORD_BITS: Final = 62
"""Stages that one whole number has room for."""


def look(site: Site) -> list[Look]:
    """Look at touchpoints and pairs of them, and at stages."""
    values = {"session_timeout_us": site.store.settings.journey.session_timeout_us, "least_sessions": LEAST_SESSIONS}
    n_strata = 4
    ((last_stage,),) = site.store.engine.execute("SELECT coalesce(max(stage_order), 0) FROM touchpoints")
    n_words = int(last_stage) // _WORD_BITS + 1
    sessions = _sessions(n_words)
    facts = "part_key, stratum, may_repeat, journey_key, 0 AS customer_key, 0 AS position, at_us"
    bands = facts + "".join(f", left{word}" for word in range(n_words))
    visits = "part_key, stratum, journey_key, 0 AS customer_key, 0 AS position, at_us, touchpoint_key, n, is_repeated"
    return [
        Look(
            KIND, "sessions", (sessions, *_at_touchpoints()), values, excess="visits beyond the first",
            n_strata=n_strata, shares_units=True,
            shared={"session_bands": bands, "session_visits": visits, "ways_back": "*", "usual_pairs": "*"},
        ),
        Look(
            KIND, "sessions", (sessions, *_restarts(n_words)), values, excess="steps back", n_strata=n_strata,
            shared={"session_bands": bands},
        ),
    ]  # fmt: skip


def _sessions(n_words: int) -> Step:
    """Look at each session once: how long it is, whether a touchpoint may come again, which stages are stepped out of.

    A session's part within one journey begins where the later of both began: one key in place of two. Where it has as
    many touchpoints as visits, none comes again; of touchpoints 62 keys apart we only know that one may. A stage has
    the bit of its number in the words ``left0``, ``left1`` ...
    """
    left = "".join(
        f"""
            bit_or(CASE WHEN v.gap_us <= $session_timeout_us
                AND f.stage_order BETWEEN {word * _WORD_BITS} AND {word * _WORD_BITS + _WORD_BITS - 1}
                THEN CAST(1 AS BIGINT) << (f.stage_order - {word * _WORD_BITS}) ELSE 0 END) AS left{word},"""
        for word in range(n_words)
    )
    return Step(
        "session_bands",
        f"""
        SELECT greatest(v.journey_key, v.session_key) AS part_key,
            CASE WHEN count(*) <= 2 THEN 0 WHEN count(*) <= 4 THEN 1 WHEN count(*) <= 8 THEN 2 ELSE 3 END AS stratum,
            bit_count(bit_or(CAST(1 AS BIGINT) << (v.touchpoint_key % 62))) < count(*) AS may_repeat,{left}
            min(v.journey_key) AS journey_key, min(v.customer_key) AS customer_key, min(v.position) AS position,
            min(v.at_us) AS at_us
        FROM visits v JOIN touchpoints f ON f.touchpoint_key = v.touchpoint_key
        GROUP BY greatest(v.journey_key, v.session_key)
        """,
    )


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


def _restarts(n_words: int) -> tuple[Step, ...]:
    word = " ".join(f"WHEN {word} THEN b.left{word}" for word in range(n_words))
    return (
        Step(
            "stages",
            """
            SELECT stage, min(stage_order) AS place_key, min(touchpoint) AS touchpoint
            FROM touchpoints GROUP BY stage
            """,
        ),
        Step(
            "stages_left",
            f"""
            SELECT g.place_key, b.part_key, b.stratum, b.journey_key, b.customer_key, b.position, b.at_us
            FROM session_bands b CROSS JOIN stages g
            WHERE (CASE g.place_key // {_WORD_BITS} {word} END >> (g.place_key % {_WORD_BITS})) & 1 = 1
            """,
        ),
        Step(
            "steps_back",
            """
            SELECT f.stage_order AS place_key, greatest(v.journey_key, v.session_key) AS part_key,
                min(v.position) AS position, count(*) AS n_back
            FROM visits v
            JOIN touchpoints f ON f.touchpoint_key = v.touchpoint_key
            JOIN touchpoints t ON t.touchpoint_key = v.next_touchpoint_key
            WHERE t.stage_order < f.stage_order AND v.gap_us <= $session_timeout_us
            GROUP BY f.stage_order, greatest(v.journey_key, v.session_key)
            """,
        ),
        Step(
            "units",
            """
            SELECT s.place_key, s.customer_key, s.journey_key, coalesce(k.position, s.position) AS position, s.at_us,
                s.stratum, TRUE AS is_mature, k.n_back IS NOT NULL AS is_hit, coalesce(k.n_back, 0) AS n_excess
            FROM stages_left s LEFT JOIN steps_back k ON k.part_key = s.part_key AND k.place_key = s.place_key
            """,
        ),
        Step(
            "places",
            "SELECT place_key, 'from ' || stage || ' back to an earlier stage' AS place, touchpoint FROM stages",
        ),
    )
