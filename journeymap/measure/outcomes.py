"""Outcomes: how many journeys converted, ended, were abandoned or are still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.measure.quantiles import quantiles_of
from journeymap.measure.tables import arrange, group_intervals
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step, exact_sum

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def outcomes(store: Store, question: Question) -> pd.DataFrame:
    """Count journeys by status.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    DataFrame
        One row per level: the levels, then ``customers`` (distinct), ``journeys``, ``mature`` (journeys that have one
        horizon between their start and the data end); ``converted``, ``ended``, ``abandoned`` and ``open`` of the
        mature journeys, which add up to ``mature``; ``immature``; ``conversion_rate`` (converted / mature, 0 to 1) with
        ``ci_low`` and ``ci_high`` (95 %, clustered by customer); ``value`` (the sum of the goal visits' values of all
        journeys, missing where none has one); ``median_seconds`` (from the first to the last touchpoint of a journey);
        ``mean_steps``; ``first_us`` and ``last_us`` (microseconds UTC).
    """
    population = choose_population(store, question)
    levels = population.level_columns()
    grouped = ", ".join([*population.level_names, f"customer_key % {N_GROUPS}"])
    groups = store.frame(
        population.query(
            [],
            f"""
            SELECT {levels}customer_key % {N_GROUPS} AS customer_group,
                count(*) FILTER (WHERE is_mature) AS mature,
                count(*) FILTER (WHERE is_mature AND status = 'converted') AS converted,
                count(DISTINCT customer_key) FILTER (WHERE is_mature) AS mature_customers
            FROM population GROUP BY {grouped}
            """,
        )
    )
    rates = group_intervals(groups, population.level_names, "converted", "mature", "mature_customers")
    rates = rates.rename(columns={"rate": "conversion_rate"}).drop(columns=["mature_customers"])
    lengths = quantiles_of(store, "population", "(end_us - start_us)", [0.5], keys=population.level_keys())
    facts = store.frame(
        population.query(
            [
                *lengths.steps,
                Step(
                    "facts",
                    f"""
                    SELECT {levels}count(DISTINCT customer_key) AS customers, count(*) AS journeys,
                        count(*) FILTER (WHERE is_mature AND status = 'ended') AS ended,
                        count(*) FILTER (WHERE is_mature AND status = 'abandoned') AS abandoned,
                        count(*) FILTER (WHERE is_mature AND status = 'open') AS open,
                        count(*) FILTER (WHERE NOT is_mature) AS immature,
                        {exact_sum("value")} AS value,
                        {lengths.aggregate}sum(CAST(steps AS DOUBLE)) / count(*) AS mean_steps,
                        min(start_us) AS first_us, max(end_us) AS last_us
                    FROM population{population.group_by()}
                    """,
                ),
            ],
            f"SELECT facts.*, {lengths.columns[0]} / 1e6 AS median_seconds FROM facts {lengths.join}",
        )
    )
    frame = facts.merge(rates, on=population.level_names, how="left") if population.by else _beside(facts, rates)
    columns = [
        "customers", "journeys", "mature", "converted", "ended", "abandoned", "open", "immature", "conversion_rate",
        "ci_low", "ci_high", "value", "median_seconds", "mean_steps", "first_us", "last_us",
    ]  # fmt: skip
    frame = frame[[*population.level_names, *columns]]
    return arrange(frame, population, [], whole=columns[:8])


def _beside(facts: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    for name in rates.columns:
        facts[name] = rates[name].to_numpy()[0] if len(rates) else None
    return facts
