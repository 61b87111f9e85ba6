"""Low score: touchpoints that customers rate low.

What it is
    A touchpoint where satisfaction, effort or recommendation is rated low.
Why it hurts
    A low score is a customer who says so; more say nothing and leave.
How it is measured
    A unit is a visit with a score; it is hit where the score is low on its own scale, which the highest score of the
    touchpoint tells, whoever gave it: up to 0.4 of 1, 2 of 5, 3 of 7, 6 of 10 (the detractors of a net promoter score),
    50 of 100; where scores are negative, up to -0.2 (from -1 to 1) or -20 (from -100 to 100). A level is compared with
    all levels together, and the whole with all touchpoints that have scores. ``consequences`` says what a low score
    predicts: the conversion of journeys with one beside those without.
What can be set
    Nothing.
Known false alarms
    Who answers a survey is not everybody. A scale on which a low number is good (effort) has to be turned round first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.painpoints.look import Look, Skipped
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site

KIND: Final = "low_score"


def look(site: Site) -> list[Look] | Skipped:
    """Look at every touchpoint with scores."""
    if not site.store.engine.execute("SELECT 1 FROM events WHERE score IS NOT NULL LIMIT 1"):
        return Skipped(KIND, "no event has a score")
    steps = (
        Step(
            "scales",
            # The scale is that of everyone's scores, so that a level with high scores alone is on the same.
            f"""
            SELECT touchpoint_key AS place_key,
                CASE WHEN min(score) < 0 AND min(score) >= -1 AND max(score) <= 1 THEN -0.2
                    WHEN min(score) < 0 AND min(score) >= -100 AND max(score) <= 100 THEN -20
                    WHEN min(score) < 0 THEN NULL
                    WHEN max(score) <= 1 THEN 0.4 WHEN max(score) <= 5 THEN 2 WHEN max(score) <= 7 THEN 3
                    WHEN max(score) <= 10 THEN 6 WHEN max(score) <= 100 THEN 50 END AS low_to
            FROM {site.population.events} WHERE score IS NOT NULL GROUP BY touchpoint_key
            """,
        ),
        Step(
            "units",
            """
            SELECT s.place_key, v.customer_key, v.journey_key, v.position, v.at_us, 0 AS stratum, TRUE AS is_mature,
                v.score <= s.low_to AS is_hit
            FROM visits v JOIN scales s ON s.place_key = v.touchpoint_key
            WHERE v.score IS NOT NULL AND s.low_to IS NOT NULL
            """,
        ),
        Step(
            "places",
            "SELECT touchpoint_key AS place_key, 'low score of ' || touchpoint AS place, touchpoint FROM touchpoints",
        ),
    )
    return [Look(KIND, "scores", steps, peers="all touchpoints with scores", n_strata=1)]
