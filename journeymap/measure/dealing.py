"""Transitions per customer, or per small block of customers, so that customers can be dealt to other sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.journeys.status import MATURE_VISIT_SQL
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_END_KEYS: Final = (
    "CASE status WHEN 'converted' THEN -1 WHEN 'ended' THEN -2 WHEN 'abandoned' THEN -3 ELSE -4 END"  # no touchpoint's
)
_START_KEY: Final = -5


def transitions_by_block(store: Store, question: Question, first: str, *, customers_per_block: int = 1) -> pd.DataFrame:
    """Count the transitions out of mature visits per side and block of customers.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; it has two sides.
    first
        The side that is numbered 0; the other is 1.
    customers_per_block
        How many customers are counted together at the most. A block holds customers of one kind: those on the one side
        only, on the other only, or on both; its customers are spread over all that there are of the kind.

    Returns
    -------
    DataFrame
        One row per side, block and transition, all whole numbers: ``side`` (0 or 1), ``kind`` (the side that its
        customers are on, 2 for both), ``block`` (from 0, within the kind), ``source_key`` and ``target_key``
        (touchpoints' keys; negative ones are ``(start)`` and the ends), ``count``.
    """
    population = choose_population(store, question)
    side = "CASE WHEN level0 = $first_side THEN 0 ELSE 1 END"
    per_block = "(count(*) OVER (PARTITION BY kind) + $customers_per_block - 1) // $customers_per_block"
    steps = [
        Step(
            "kinds",
            f"""
            SELECT customer_key, CASE WHEN min({side}) < max({side}) THEN 2 ELSE min({side}) END AS kind
            FROM population GROUP BY customer_key
            """,
        ),
        Step(
            "placed_kinds",
            f"""
            SELECT customer_key, kind, row_number() OVER (PARTITION BY kind ORDER BY customer_key) - 1 AS place,
                {per_block} AS n_blocks
            FROM kinds
            """,
        ),
        Step("blocks", "SELECT customer_key, kind, place % n_blocks AS block FROM placed_kinds"),
        Step(
            "moved",
            f"""
            SELECT {side} AS side, customer_key, touchpoint_key AS source_key, next_touchpoint_key AS target_key
            FROM visits WHERE next_touchpoint_key IS NOT NULL AND {MATURE_VISIT_SQL}
            UNION ALL
            SELECT {side}, customer_key, {_START_KEY}, first_touchpoint_key FROM population WHERE is_mature
            UNION ALL
            SELECT {side}, customer_key, last_touchpoint_key, {_END_KEYS} FROM population
            WHERE {MATURE_VISIT_SQL.replace("at_us", "end_us")}
            """,
        ),
    ]
    select = """
        SELECT side, kind, block, source_key, target_key, count(*) AS count
        FROM moved JOIN blocks USING (customer_key)
        GROUP BY side, kind, block, source_key, target_key
        ORDER BY side, kind, block, source_key, target_key
    """
    frame = store.frame(population.query(steps, select, customers_per_block=customers_per_block, first_side=first))
    return frame.astype("int64")
