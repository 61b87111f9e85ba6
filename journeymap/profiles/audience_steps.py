"""The steps of an audience: from the units of a look, or the journeys of levels, to one row per customer and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.store.sql import Step, exact_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.profiles.wanted import Wanted
    from journeymap.segments.population import Population


def wanted_values(population: Population, wanted: Wanted, later: Sequence[int]) -> dict[str, object]:
    """Give what the steps bind beside the population's and the look's own values.

    Parameters
    ----------
    population
        Whom it is about.
    wanted
        Which of them.
    later
        The touchpoints of ``not_since``, by their keys.
    """
    at_of = {name: at for at, name in enumerate(population.names)}
    values: dict[str, object] = {f"wanted{at_of[name]}": list(levels) for name, levels in wanted.levels}
    if wanted.last_us is not None:
        values["from_us"] = population.data_end_us - wanted.last_us
    return {**values, "later_keys": list(later)}


def _of_levels(population: Population, wanted: Wanted, alias: str) -> list[str]:
    """Write what holds of the levels, per segment that levels were named of."""
    at_of = {name: at for at, name in enumerate(population.names)}
    return [
        f"{alias}.{population.level_names[at_of[name]]} IN (SELECT unnest($wanted{at_of[name]}))"
        for name, _ in wanted.levels
    ]


def hit_step(population: Population, wanted: Wanted) -> Step:
    """Give who was hit at the wanted places: when last, and how often."""
    levels = population.level_columns("p.")
    kept = ["u.is_hit", "u.place_key IN (SELECT unnest($place_keys))", *_of_levels(population, wanted, "p")]
    if wanted.last_us is not None:
        kept.append("u.at_us >= $from_us")
    return Step(
        "reach_found",
        f"""
        SELECT u.place_key, p.customer_key, {levels}max(u.at_us) AS last_us, count(*) AS times
        FROM units u JOIN population p ON p.journey_key = u.journey_key
        WHERE {" AND ".join(kept)}
        GROUP BY {levels}u.place_key, p.customer_key
        """,
    )


def member_step(population: Population, wanted: Wanted) -> Step:
    """Give who is in the levels: when they were last seen, and in how many journeys."""
    levels = population.level_columns("p.")
    kept = _of_levels(population, wanted, "p")
    where = f"WHERE {' AND '.join(kept)}" if kept else ""
    having = "" if wanted.last_us is None else "HAVING max(p.end_us) >= $from_us"
    return Step(
        "reach_found",
        f"""
        SELECT 0 AS place_key, p.customer_key, {levels}max(p.end_us) AS last_us, count(*) AS times
        FROM population p {where}
        GROUP BY {levels}p.customer_key
        {having}
        """,
    )


def last_steps(population: Population, *, leaves_out: bool) -> list[Step]:
    """Add what customers have spent so far, and whether they reached the goal since; leave out who is not wanted."""
    levels = population.level_columns("f.")
    left_out = "WHERE l.later_us IS NULL OR l.later_us <= f.last_us" if leaves_out else ""
    return [
        Step(
            "reach_values",
            f"""
            SELECT customer_key,
                CASE WHEN max(converted_at_us) IS NULL THEN CAST(0 AS DOUBLE) ELSE {exact_sum("value")} END AS value
            FROM {population.journeys} GROUP BY customer_key
            """,
        ),
        Step(
            "reach_later",
            """
            SELECT e.customer_key, max(CASE WHEN t.is_goal THEN e.at_us END) AS goal_us,
                max(CASE WHEN e.touchpoint_key IN (SELECT unnest($later_keys)) THEN e.at_us END) AS later_us
            FROM events e JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
            WHERE e.at_us <= $data_end_us AND (t.is_goal OR e.touchpoint_key IN (SELECT unnest($later_keys)))
            GROUP BY e.customer_key
            """,
        ),
        Step(
            "reach_last",
            f"""
            SELECT f.place_key, f.customer_key, {levels}f.last_us, f.times, v.value,
                coalesce(l.goal_us > f.last_us, FALSE) AS is_back
            FROM reach_found f
            JOIN reach_values v ON v.customer_key = f.customer_key
            LEFT JOIN reach_later l ON l.customer_key = f.customer_key
            {left_out}
            """,
        ),
    ]
