"""Counts the units and hits of a look: per place, level, stratum and customer group, in one question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.painpoints.look import Look
    from journeymap.segments.population import Population
    from journeymap.store.store import Store

Split = tuple[int, ...]
"""The places in ``population.by`` of the segments that split it together; empty for the whole."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a look counted.

    Attributes
    ----------
    groups
        Per split, place, level, stratum and customer group: ``split``, ``place_key``, ``level0`` ..., ``stratum``,
        ``customer_group``, ``n_units``, ``n_hits``, ``n_immature``.
    spread
        Per split, place and level: ``unit_customers``, ``customers``, ``journeys`` (distinct, the last two hit), and
        the mature journeys with and without a hit that converted: ``hit_journeys``, ``hit_converted``,
        ``spared_journeys``, ``spared_converted``.
    places
        ``place_key``, ``place``, ``touchpoint``, one row each, by place.
    """

    groups: pd.DataFrame
    spread: pd.DataFrame
    places: pd.DataFrame


def count_look(store: Store, population: Population, look: Look, splits: Sequence[Split]) -> Counted:
    """Count a look for several splits of the same population at once.

    Parameters
    ----------
    store
        The open store.
    population
        Split by every segment that any split names.
    look
        What to count.
    splits
        How to split it.
    """
    frame = store.frame(counting_query(population, look, splits))
    frame["split"] = frame["split"].astype("int64")
    is_group = frame["part"] == "groups"
    common = ["split", "place_key", *population.level_names]
    groups = frame.loc[is_group, [*common, "stratum", "customer_group", "n0", "n1", "n2"]]
    groups.columns = [*common, "stratum", "customer_group", "n_units", "n_hits", "n_immature"]
    spread = frame.loc[~is_group, [*common, *(f"n{at}" for at in range(7))]]
    spread.columns = [
        *common, "unit_customers", "customers", "journeys", "hit_journeys", "hit_converted", "spared_journeys",
        "spared_converted",
    ]  # fmt: skip
    # Names are fetched once: a place has thousands of counts.
    places = store.frame(
        population.query(look.steps, "SELECT place_key, place, touchpoint FROM places ORDER BY place", **look.values)
    )
    return Counted(groups.reset_index(drop=True), spread.reset_index(drop=True), places)


def counting_query(population: Population, look: Look, splits: Sequence[Split]) -> Query:
    """Write the question of :func:`count_look`."""
    names = population.level_names
    steps = [
        *look.steps,
        # Every count below is of journeys or customers: the units are added up once, without the texts of levels.
        Step(
            "unit_journeys",
            """
            SELECT place_key, stratum, journey_key,
                count(*) FILTER (WHERE is_mature) AS n_units,
                count(*) FILTER (WHERE is_hit) AS n_hits,
                count(*) FILTER (WHERE NOT is_mature) AS n_immature
            FROM units GROUP BY place_key, stratum, journey_key
            """,
        ),
        Step(
            "levelled",
            f"""
            SELECT u.place_key, u.stratum, u.journey_key, u.n_units, u.n_hits, u.n_immature, p.customer_key,
                p.customer_key % {N_GROUPS} AS customer_group, p.is_mature,
                p.is_mature AND p.status = 'converted' AS is_won{"".join(f", p.{name}" for name in names)}
            FROM unit_journeys u JOIN population p ON p.journey_key = u.journey_key
            """,
        ),
        Step(
            "whole_journeys",
            f"""
            SELECT place_key, journey_key, customer_key, is_mature, is_won{"".join(f", {name}" for name in names)},
                sum(n_units) AS n_units, sum(n_hits) AS n_hits
            FROM levelled
            GROUP BY place_key, journey_key, customer_key, is_mature, is_won{"".join(f", {name}" for name in names)}
            """,
        ),
    ]
    parts = []
    for at, split in enumerate(splits):
        used = [names[place] for place in split]
        grouped = "".join(f", {name}" for name in used)
        levels = "".join(f", {name if name in used else 'NULL'} AS {name}" for name in names)
        steps += [
            Step(
                f"groups{at}",
                f"""
                SELECT 'groups' AS part, {at} AS split, place_key{levels}, stratum, customer_group,
                    sum(n_units) AS n0, sum(n_hits) AS n1, sum(n_immature) AS n2, 0 AS n3, 0 AS n4, 0 AS n5, 0 AS n6
                FROM levelled GROUP BY place_key{grouped}, stratum, customer_group
                """,
            ),
            Step(
                f"spread{at}",
                f"""
                SELECT 'spread' AS part, {at} AS split, place_key{levels}, 0 AS stratum, 0 AS customer_group,
                    count(DISTINCT CASE WHEN n_units > 0 THEN customer_key END) AS n0,
                    count(DISTINCT CASE WHEN n_hits > 0 THEN customer_key END) AS n1,
                    count(*) FILTER (WHERE n_hits > 0) AS n2,
                    count(*) FILTER (WHERE is_mature AND n_hits > 0) AS n3,
                    count(*) FILTER (WHERE is_won AND n_hits > 0) AS n4,
                    count(*) FILTER (WHERE is_mature AND n_units > 0 AND n_hits = 0) AS n5,
                    count(*) FILTER (WHERE is_won AND n_units > 0 AND n_hits = 0) AS n6
                FROM whole_journeys GROUP BY place_key{grouped}
                """,
            ),
        ]
        parts += [f"groups{at}", f"spread{at}"]
    steps.append(Step("parts", "\nUNION ALL\n".join(f"SELECT * FROM {part}" for part in parts)))
    return population.query(steps, "SELECT * FROM parts", **look.values)
