"""Customers of an experiment: which variant they were given, when, and what they did within one horizon of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.measure.tables import arrange
from journeymap.model.names import NO_LEVEL
from journeymap.segments.define import find_segment
from journeymap.segments.population import choose_population, level_order
from journeymap.segments.sources import CHANNEL_COLUMN
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step, exact_sum

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.segments.segment import Segment
    from journeymap.store.store import Store

SEVERAL: Final = "(several)"
"""What stands for the variant of customers who were given more than one."""

COUNTS: Final = ("customers", "mature", "converted", "valued")


@dataclass(frozen=True, slots=True, eq=False)
class VariantGroups:
    """What was counted.

    Attributes
    ----------
    frame
        One row per level, variant and customer group: the levels, ``variant``, ``customer_group``, ``customers`` (given
        the variant), ``mature`` (one horizon is over since), ``converted`` (mature, with a goal visit within one
        horizon of it), ``valued`` (mature, with a goal visit that has a value) and ``value`` (the sum of those values).
    segments
        What the columns of the levels are called.
    variants
        The variants that customers were given, in order.
    n_several
        Customers who were given more than one; they are in the frame under ``(several)``.
    n_without
        Customers of the population who were given none.
    n_elsewhere
        Customers of the population who were given theirs in a journey outside of it; they are in no count.
    """

    frame: pd.DataFrame
    segments: tuple[str, ...]
    variants: tuple[str, ...]
    n_several: int
    n_without: int
    n_elsewhere: int


def variant_groups(store: Store, question: Question, variant: str) -> VariantGroups:
    """Count customers by the variant that they were given.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. A customer's level is that of the journey in which the variant
        was given.
    variant
        What says which: a column of the events, or an attribute of customers.

    Returns
    -------
    VariantGroups
        Counts per customer group.

    Raises
    ------
    UnknownNameError
        When there is no such column.
    QuestionError
        When it is made of what customers do, or splits the question too.

    Notes
    -----
    A column of the events gives a customer the variant of the first event at which it holds one; an attribute gives it
    at the start of the customer's first journey in the question. From then on one horizon counts, whatever journeys are
    cut in between; a goal at the same instant counts. A goal visit without a value adds nothing to the value. Who was
    given the variant in a journey outside of the question is not in it.
    """
    segment = find_segment(store, variant, tag="variant", question=question)
    if segment.name in question.by:
        raise QuestionError(f"'{segment.name}' is what is compared.", hint="Split --by another segment.")
    sources = segment.needs.sources
    if not sources <= {"customers", "firsts"} and sources != {"starts"}:
        raise QuestionError(
            f"'{segment.name}' follows from what customers do; a variant is dealt to them beforehand.",
            hint="Name a column of the events or an attribute of customers.",
        )
    of_events = sources == {"starts"}
    population = choose_population(store, question if of_events else question.split((*question.by, segment.name)))
    steps = _given_at_event(population, segment) if of_events else _given_to_customer(population)
    shown = population if of_events else replace(population, by=population.by[:-1])
    levels = shown.level_columns()
    steps += [*_outcomes(population, levels)]
    select = f"""
        SELECT {levels}variant, customer_key % {N_GROUPS} AS customer_group, count(*) AS customers,
            count(*) FILTER (WHERE is_mature) AS mature,
            count(*) FILTER (WHERE is_mature AND n_goals > 0) AS converted,
            count(*) FILTER (WHERE is_mature AND n_valued > 0) AS valued,
            coalesce({exact_sum("CASE WHEN is_mature THEN value END")}, 0) AS value
        FROM given_outcomes GROUP BY {levels}variant, customer_key % {N_GROUPS}
    """
    frame = store.frame(population.query(steps, select, **segment.values))
    dealt = "assigned" if of_events else "given"
    ((n_without, n_elsewhere),) = store.rows(
        population.query(
            steps,
            f"""
            SELECT count(DISTINCT CASE WHEN d.customer_key IS NULL THEN p.customer_key END),
                count(DISTINCT CASE WHEN d.customer_key IS NOT NULL THEN p.customer_key END)
            FROM population p
            LEFT JOIN given g ON g.customer_key = p.customer_key
            LEFT JOIN {dealt} d ON d.customer_key = p.customer_key
            WHERE g.customer_key IS NULL
            """,
            **segment.values,
        )
    )
    frame = arrange(frame, shown, [("variant", True), ("customer_group", True)], whole=list(COUNTS))
    names = {str(name) for name in frame["variant"]} - {SEVERAL}
    return VariantGroups(
        frame,
        tuple(str(name) for name in frame.columns[: len(shown.by)]),
        tuple(sorted(names, key=level_order(segment))),
        int(frame.loc[frame["variant"] == SEVERAL, "customers"].sum()),
        int(n_without),
        int(n_elsewhere),
    )


def _given_at_event(population: Population, segment: Segment) -> list[Step]:
    """Give each customer the variant of the first event that holds one, with that journey and its levels."""
    levels = population.level_columns("p.")
    return [
        Step(
            "named_events",
            f"""
            SELECT e.*, h.channel AS {CHANNEL_COLUMN}
            FROM {population.events} e LEFT JOIN channels h ON h.channel_key = e.channel_key
            """,
        ),
        Step(
            "exposures",
            f"""
            SELECT s.customer_key, s.journey_key, s.position, s.at_us, {segment.level_sql} AS variant
            FROM named_events s WHERE {segment.level_sql} <> '{NO_LEVEL}'
            """,
        ),
        Step(
            "assigned",
            """
            SELECT customer_key, min(position) AS position, min(variant) AS variant,
                count(DISTINCT variant) AS n_variants
            FROM exposures GROUP BY customer_key
            """,
        ),
        Step(
            "given",
            f"""
            SELECT {levels}a.customer_key, x.at_us AS given_us,
                CASE WHEN a.n_variants > 1 THEN '{SEVERAL}' ELSE a.variant END AS variant
            FROM assigned a
            JOIN exposures x ON x.customer_key = a.customer_key AND x.position = a.position
            JOIN population p ON p.journey_key = x.journey_key
            """,
        ),
    ]


def _given_to_customer(population: Population) -> list[Step]:
    """Give each customer the variant at the start of the first journey; it is the last level of the population."""
    *names, variant = population.level_names
    levels = "".join(f"p.{name}, " for name in names)
    return [
        Step("first_journeys", "SELECT min(journey_key) AS journey_key FROM population GROUP BY customer_key"),
        Step(
            "given",
            f"""
            SELECT {levels}p.customer_key, p.start_us AS given_us, p.{variant} AS variant
            FROM population p JOIN first_journeys f ON f.journey_key = p.journey_key
            WHERE p.{variant} <> '{NO_LEVEL}'
            """,
        ),
    ]


def _outcomes(population: Population, levels: str) -> list[Step]:
    """Add what each of them did within one horizon."""
    return [
        Step(
            "given_goals",
            f"""
            SELECT g.customer_key, count(*) AS n_goals, count(e.value) AS n_valued, {exact_sum("e.value")} AS value
            FROM given g
            JOIN {population.events} e ON e.customer_key = g.customer_key AND e.at_us >= g.given_us
                AND e.at_us <= g.given_us + $horizon_us
            JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
            WHERE t.is_goal
            GROUP BY g.customer_key
            """,
        ),
        Step(
            "given_outcomes",
            f"""
            SELECT {levels}g.customer_key, g.variant, g.given_us + $horizon_us <= $data_end_us AS is_mature,
                coalesce(o.n_goals, 0) AS n_goals, coalesce(o.n_valued, 0) AS n_valued, o.value
            FROM given g LEFT JOIN given_goals o ON o.customer_key = g.customer_key
            """,
        ),
    ]
