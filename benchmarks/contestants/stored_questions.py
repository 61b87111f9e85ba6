"""SQL by hand on journeymap's store: the same tables as its answers, rates, intervals and names included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from job import GAP_US, LONG_FUNNEL, WINDOW_US
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

_END = f"""CASE WHEN converted_at_us IS NOT NULL THEN '(converted)' WHEN ended_at_us IS NOT NULL THEN '(ended)'
    WHEN (SELECT max(end_us) FROM journeys) - end_us > {GAP_US} THEN '(dropped)' ELSE '(open)' END"""

TRANSITIONS: Final = f"""
WITH moves AS (
    SELECT touchpoint_key AS s, next_touchpoint_key AS t, count(*) AS count,
        count(*) FILTER (WHERE is_first_transition) AS customers, quantile_cont(gap_us, [0.5, 0.9]) AS q,
        CAST(sum(gap_us) AS DOUBLE) / count(*) / 1e6 AS mean_seconds
    FROM events WHERE next_touchpoint_key IS NOT NULL GROUP BY ALL
),
starts AS (
    SELECT first_touchpoint_key AS t, count(*) AS count, count(DISTINCT customer_key) AS customers
    FROM journeys GROUP BY ALL
),
ends AS (
    SELECT last_touchpoint_key AS s, {_END} AS target, count(*) AS count, count(DISTINCT customer_key) AS customers
    FROM journeys GROUP BY ALL
),
named AS (
    SELECT f.touchpoint AS source, g.touchpoint AS target, count, customers, q[1] / 1e6 AS median_seconds,
        mean_seconds, q[2] / 1e6 AS p90_seconds
    FROM moves JOIN touchpoints f ON f.touchpoint_key = s JOIN touchpoints g ON g.touchpoint_key = t
    UNION ALL
    SELECT '(start)', touchpoint, count, customers, NULL, NULL, NULL
    FROM starts JOIN touchpoints ON touchpoint_key = t
    UNION ALL
    SELECT touchpoint, target, count, customers, NULL, NULL, NULL FROM ends JOIN touchpoints ON touchpoint_key = s
)
SELECT source, target, count, customers, count / sum(count) OVER (PARTITION BY source) AS probability,
    median_seconds, mean_seconds, p90_seconds
FROM named ORDER BY count DESC, source, target
"""

BY_REGION: Final = f"""
WITH regions AS (SELECT customer_key, coalesce(region, '(none)') AS region FROM customers),
moves AS (
    SELECT region, touchpoint_key AS s, next_touchpoint_key AS t, count(*) AS count,
        count(*) FILTER (WHERE is_first_transition) AS customers, quantile_cont(gap_us, [0.5, 0.9]) AS q,
        CAST(sum(gap_us) AS DOUBLE) / count(*) / 1e6 AS mean_seconds
    FROM events JOIN regions USING (customer_key) WHERE next_touchpoint_key IS NOT NULL GROUP BY ALL
),
starts AS (
    SELECT region, first_touchpoint_key AS t, count(*) AS count, count(DISTINCT customer_key) AS customers
    FROM journeys JOIN regions USING (customer_key) GROUP BY ALL
),
ends AS (
    SELECT region, last_touchpoint_key AS s, {_END} AS target, count(*) AS count,
        count(DISTINCT customer_key) AS customers
    FROM journeys JOIN regions USING (customer_key) GROUP BY ALL
),
named AS (
    SELECT region, f.touchpoint AS source, g.touchpoint AS target, count, customers, q[1] / 1e6 AS median_seconds,
        mean_seconds, q[2] / 1e6 AS p90_seconds
    FROM moves JOIN touchpoints f ON f.touchpoint_key = s JOIN touchpoints g ON g.touchpoint_key = t
    UNION ALL
    SELECT region, '(start)', touchpoint, count, customers, NULL, NULL, NULL
    FROM starts JOIN touchpoints ON touchpoint_key = t
    UNION ALL
    SELECT region, touchpoint, target, count, customers, NULL, NULL, NULL
    FROM ends JOIN touchpoints ON touchpoint_key = s
)
SELECT region, source, target, count, customers,
    count / sum(count) OVER (PARTITION BY region, source) AS probability, median_seconds, mean_seconds, p90_seconds
FROM named ORDER BY region, count DESC, source, target
"""

DROPPED: Final = f"""
WITH data_end AS (SELECT max(end_us) AS end_of_data_us FROM journeys),
seen AS (
    SELECT touchpoint_key, customer_key % 100 AS g,
        count(*) FILTER (WHERE at_us + {GAP_US} <= end_of_data_us) AS mature_visits
    FROM events CROSS JOIN data_end GROUP BY ALL
),
lost AS (
    SELECT last_touchpoint_key AS touchpoint_key, customer_key % 100 AS g, count(*) AS dropped
    FROM journeys CROSS JOIN data_end
    WHERE converted_at_us IS NULL AND ended_at_us IS NULL AND end_of_data_us - end_us > {GAP_US} GROUP BY ALL
)
SELECT touchpoint, stage, g, mature_visits, coalesce(dropped, 0) AS dropped
FROM seen LEFT JOIN lost USING (touchpoint_key, g) JOIN touchpoints USING (touchpoint_key)
"""

CUSTOMERS: Final = f"""
SELECT touchpoint, count(DISTINCT customer_key) AS customers
FROM events JOIN touchpoints USING (touchpoint_key)
WHERE at_us + {GAP_US} <= (SELECT max(end_us) FROM journeys) AND touchpoint IN (SELECT unnest($names))
GROUP BY ALL
"""

PATHS: Final = """
WITH data_end AS (SELECT max(end_us) AS end_of_data_us FROM journeys),
variants AS (
    SELECT variant, count(*) AS journeys, count(converted_at_us) AS converted, min(journey_key) AS example
    FROM journeys GROUP BY ALL
),
ranked AS (
    SELECT *, journeys / sum(journeys) OVER () AS share, rank() OVER (ORDER BY journeys DESC) AS place FROM variants
),
top AS (SELECT * FROM ranked WHERE place <= 20),
medians AS (
    SELECT variant, median(end_us - start_us) / 1e6 AS median_seconds
    FROM journeys WHERE variant IN (SELECT variant FROM top) GROUP BY ALL
),
spelled AS (
    SELECT journey_key AS example, list(touchpoint ORDER BY step) AS path
    FROM events JOIN touchpoints USING (touchpoint_key)
    WHERE journey_key IN (SELECT example FROM top) GROUP BY ALL
)
SELECT path, journeys, share, converted, median_seconds
FROM top JOIN medians USING (variant) JOIN spelled USING (example)
ORDER BY journeys DESC, path LIMIT 20
"""


def _frame(sql: str) -> Callable[[duckdb.DuckDBPyConnection], pd.DataFrame]:
    return lambda connection: connection.execute(sql).df()


def drop_off(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Give drop-off with intervals: counts per customer group by SQL, jackknife and Wilson's interval by NumPy."""
    groups = connection.execute(DROPPED).df()
    lost = groups.pivot_table(index="touchpoint", columns="g", values="dropped", fill_value=0)
    seen = groups.pivot_table(index="touchpoint", columns="g", values="mature_visits", fill_value=0)
    hits, units = lost.to_numpy(dtype=float), seen.to_numpy(dtype=float)
    dropped, visits = hits.sum(axis=1), units.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = dropped / visits
        filled = units > 0
        n_groups = filled.sum(axis=1)
        without = np.where(filled, (dropped[:, None] - hits) / (visits[:, None] - units), np.nan)
        moved = np.where(filled, without - rate[:, None], 0.0)
        variance = np.nansum(moved**2, axis=1) * (n_groups - 1) / n_groups
        z, student = special.ndtri(0.975), special.stdtrit(np.maximum(n_groups - 1, 1), 0.975)
        size = rate * (1 - rate) / variance * (z / student) ** 2
        known = np.isfinite(size) & (n_groups > 1) & (variance > 0)
        if not known.all():
            named = {"names": lost.index[~known].tolist()}
            people = connection.execute(CUSTOMERS, named).df().set_index("touchpoint")["customers"]
            size = np.where(known, size, people.reindex(lost.index).fillna(0).to_numpy())
        n = np.minimum(size, visits)
        middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
        baseline = dropped.sum() / visits.sum()
    frame = pd.DataFrame(
        {
            "touchpoint": lost.index, "stage": groups.groupby("touchpoint")["stage"].first().to_numpy(),
            "mature_visits": visits.astype(int), "dropped": dropped.astype(int), "drop_rate": rate,
            "ci_low": np.fmin(np.clip(middle - half, 0, 1), rate),
            "ci_high": np.fmax(np.clip(middle + half, 0, 1), rate),
            "baseline": baseline, "lift": rate / baseline,
        }
    )  # fmt: skip
    order = ["dropped", "mature_visits", "touchpoint"]
    return frame.sort_values(order, ascending=[False, False, True], ignore_index=True)


def funnel(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Give the funnel of five steps with a window of seven days, in order, by customer."""
    frame = connection.execute(_funnel_sql()).df()
    entered = frame["entered"].astype(float)
    frame["overall_conversion"] = entered / entered[0]
    frame["step_conversion"] = (entered / entered.shift(1)).fillna(1.0)
    frame["dropped"] = (entered - entered.shift(-1).fillna(entered)).astype(int)
    return frame


def _funnel_sql() -> str:
    """Chain each customer's first later visits; the times of earlier steps are handed on."""
    parts = [
        "data_end AS (SELECT max(end_us) AS end_of_data_us FROM journeys)",
        (
            "placed AS (SELECT customer_key, position, at_us, touchpoint FROM events "
            f"JOIN touchpoints USING (touchpoint_key) WHERE touchpoint IN ({', '.join(map(repr, LONG_FUNNEL))}))"
        ),
        (
            "r0 AS (SELECT customer_key, min(position) AS p, min(at_us) AS t0 FROM placed "
            f"WHERE touchpoint = '{LONG_FUNNEL[0]}' GROUP BY ALL)"
        ),
    ]
    for at, name in enumerate(LONG_FUNNEL[1:], start=1):
        before = ", ".join(f"t{done}" for done in range(at))
        parts.append(
            f"r{at} AS (SELECT customer_key, min(position) AS p, min(at_us) AS t{at}, {before} "
            f"FROM placed JOIN r{at - 1} USING (customer_key) WHERE touchpoint = '{name}' AND position > p "
            f"AND at_us <= t0 + {WINDOW_US} GROUP BY customer_key, {before})"
        )
    mature = f"t0 + {WINDOW_US} <= end_of_data_us"
    selects = [
        f"SELECT {at + 1} AS step, '{name}' AS touchpoint, count(*) FILTER (WHERE {mature}) AS entered, "
        f"count(*) FILTER (WHERE NOT {mature}) AS immature, "
        + ("NULL" if at == 0 else f"median(t{at} - t{at - 1}) FILTER (WHERE {mature}) / 1e6")
        + f" AS median_seconds FROM r{at} CROSS JOIN data_end"
        for at, name in enumerate(LONG_FUNNEL)
    ]
    return f"WITH {', '.join(parts)} SELECT * FROM ({' UNION ALL '.join(selects)}) ORDER BY step"


ASK: Final[dict[str, Callable[[duckdb.DuckDBPyConnection], Any]]] = {
    "transitions": _frame(TRANSITIONS),
    "transitions by region": _frame(BY_REGION),
    "drop-off": drop_off,
    "funnel": funnel,
    "paths": _frame(PATHS),
}
