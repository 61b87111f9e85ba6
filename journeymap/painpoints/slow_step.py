"""Slow step: transitions that take much longer than they do for others, and slow pages.

What it is
    The way from one touchpoint to the next takes one group far longer than it takes the others; or a page loads slowly.
Why it hurts
    Waiting is where customers think again. The median hides it: the slowest tenth gives up.
How it is measured
    A unit is a transition; it is slow where its gap is longer than the ninth decile (p90) of that transition over
    everybody in the question. So one in ten is slow, and a level is compared with all levels together. Where the events
    have a column with a duration (such as ``page_load_ms``), a unit is also a visit with a duration; it is slow where
    it is longer than the p90 of all visits, and touchpoints are compared with each other too.
What can be set
    Nothing. Transitions that happen fewer than 100 times are not looked at, nor those of which nine in ten take less
    than a second, nor are any but the 50 most frequent.
Known false alarms
    Gaps over days hold the customer's own rhythm. A level that comes less often is slower everywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from journeymap.measure.quantiles import quantiles_of
from journeymap.painpoints.look import Look
from journeymap.store.sql import Step, identifier

if TYPE_CHECKING:
    from journeymap.painpoints.look import Site
    from journeymap.store.store import Store

KIND: Final = "slow_step"
LEAST_TRANSITIONS: Final = 100
MOST_TRANSITIONS: Final = 50
LEAST_SLOW_US: Final = 1_000_000
"""Nobody waits for a step of which the slowest tenth begins below this: a system wrote two events at once."""
_DURATION: Final = re.compile(
    r"(?:^|[^A-Za-z]|(?<=[a-z])(?=[A-Z]))(?i:load|latency|duration|response|render|wait|elapsed)"
    r"(?i:ing|times?|ms|seconds)?(?![a-z])"
)
"""A word of the name: ``page_load_ms`` and ``pageLoadTime``, and not ``download_count`` or ``waiter``."""


def look(site: Site) -> list[Look]:
    """Look at the most frequent transitions, and at every column with a duration."""
    looks = [
        Look(
            KIND, "transitions", _transition_steps(site.store),
            {
                "least_transitions": LEAST_TRANSITIONS, "most_transitions": MOST_TRANSITIONS,
                "least_slow_us": LEAST_SLOW_US,
            },
            least_lift=1.5, n_strata=1, shared={"usual_moves": "*"},
        )
    ]  # fmt: skip
    looks += [
        Look(
            KIND, "visits", _duration_steps(column), {"duration_column": column}, peers="all touchpoints together",
            least_lift=1.5, n_strata=1,
        )
        for column in duration_columns(site.store)
    ]  # fmt: skip
    return looks


def duration_columns(store: Store) -> list[str]:
    """Give the event columns that hold a duration: by their name, and where what they hold are numbers."""
    found = []
    for name, _ in store.event_columns():
        if _DURATION.search(name):
            number = f"TRY_CAST({identifier(name)} AS DOUBLE)"
            row = store.engine.execute(f"SELECT count({identifier(name)}), count({number}) FROM events")[0]
            if row[0] == row[1] > 0:
                found.append(name)
    return found


def _transition_steps(store: Store) -> tuple[Step, ...]:
    keys = {"source_key": "touchpoint_key", "target_key": "next_touchpoint_key"}
    gaps = quantiles_of(store, "visits", "gap_us", [0.9], keys=keys)
    return (
        Step(
            "frequent_moves",
            f"""
            SELECT touchpoint_key AS source_key, next_touchpoint_key AS target_key, {gaps.aggregate}count(*) AS n
            FROM visits WHERE next_touchpoint_key IS NOT NULL
            GROUP BY touchpoint_key, next_touchpoint_key HAVING count(*) >= $least_transitions
            """,
        ),
        *gaps.steps,
        Step(
            "moves", f"SELECT source_key, target_key, n, {gaps.columns[0]} AS slow_us FROM frequent_moves {gaps.join}"
        ),
        Step(
            "numbered_moves",
            """
            SELECT source_key, target_key, slow_us,
                row_number() OVER (ORDER BY n DESC, source_key, target_key) AS place_key
            FROM moves WHERE slow_us >= $least_slow_us
            """,
        ),
        Step("usual_moves", "SELECT * FROM numbered_moves WHERE place_key <= $most_transitions"),
        Step(
            "units",
            """
            SELECT m.place_key, v.customer_key, v.journey_key, v.position, v.at_us, 0 AS stratum, TRUE AS is_mature,
                v.gap_us > m.slow_us AS is_hit
            FROM visits v
            JOIN usual_moves m ON m.source_key = v.touchpoint_key AND m.target_key = v.next_touchpoint_key
            """,
        ),
        Step(
            "places",
            """
            SELECT m.place_key, f.touchpoint || ' to ' || t.touchpoint AS place, f.touchpoint AS touchpoint
            FROM usual_moves m
            JOIN touchpoints f ON f.touchpoint_key = m.source_key
            JOIN touchpoints t ON t.touchpoint_key = m.target_key
            """,
        ),
    )


def _duration_steps(column: str) -> tuple[Step, ...]:
    name = f"TRY_CAST({identifier(column)} AS DOUBLE)"
    return (
        # An exact quantile of values that may be as many as the events: few of them differ.
        Step(
            "durations",
            f"SELECT {name} AS duration, count(*) AS n FROM visits WHERE {name} IS NOT NULL GROUP BY {name}",
        ),
        Step(
            "ranked",
            """
            SELECT duration, (CAST(sum(n) OVER () AS DOUBLE) - 1) * 0.9 AS place,
                sum(n) OVER (ORDER BY duration ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n_up_to
            FROM durations
            """,
        ),
        Step(
            "around",
            """
            SELECT min(CASE WHEN n_up_to > floor(place) THEN duration END) AS below,
                min(CASE WHEN n_up_to > ceil(place) THEN duration END) AS above, min(place) - floor(min(place)) AS share
            FROM ranked
            """,
        ),
        Step("slow", "SELECT below + (above - below) * share AS slow_from FROM around"),
        Step("limits", "SELECT touchpoint_key, slow_from FROM touchpoints CROSS JOIN slow"),
        Step(
            "units",
            f"""
            SELECT l.touchpoint_key AS place_key, customer_key, journey_key, position, at_us, 0 AS stratum,
                TRUE AS is_mature, {name} > slow_from AS is_hit
            FROM visits v JOIN limits l ON l.touchpoint_key = v.touchpoint_key WHERE {name} IS NOT NULL
            """,
        ),
        Step(
            "places",
            """
            SELECT touchpoint_key AS place_key, touchpoint || ' (' || $duration_column || ')' AS place, touchpoint
            FROM touchpoints
            """,
        ),
    )
