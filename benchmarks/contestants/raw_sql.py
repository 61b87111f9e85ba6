"""SQL by hand, straight from the raw files: rows linked once in memory, and questions on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from job import GAP_US

if TYPE_CHECKING:
    from collections.abc import Sequence

REPEATED = """
    CREATE TEMP TABLE repeated AS
    WITH ids AS (
        SELECT event_id FROM read_parquet('{data}/events*.parquet')
        WHERE event_id IS NOT NULL AND customer_id IS NOT NULL AND timestamp IS NOT NULL AND event IS NOT NULL
        GROUP BY event_id HAVING count(*) > 1
    )
    SELECT CAST(file_index * 1000000000 + file_row_number AS BIGINT) AS arrival
    FROM read_parquet('{data}/events*.parquet', file_row_number = true) SEMI JOIN ids USING (event_id)
    WHERE customer_id IS NOT NULL AND timestamp IS NOT NULL AND event IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY arrival) > 1
    """
"""The rows whose id an earlier row has."""

# Sorting once and looking at neighbours in order is cheaper than a window over each customer.
LOAD = (
    """
    CREATE TEMP TABLE people AS
    SELECT customer_id, CAST(row_number() OVER () AS INTEGER) AS customer
    FROM (SELECT DISTINCT customer_id FROM read_parquet('{data}/events*.parquet') WHERE customer_id IS NOT NULL)
    """,
    """
    CREATE TEMP TABLE names AS
    SELECT event, CAST(row_number() OVER () AS INTEGER) AS code
    FROM (SELECT DISTINCT event FROM read_parquet('{data}/events*.parquet') WHERE event IS NOT NULL)
    """,
    REPEATED,
    """
    CREATE TEMP TABLE sorted AS
    SELECT customer, epoch_us(timestamp) AS at_us, code
    FROM read_parquet('{data}/events*.parquet', file_row_number = true)
    JOIN people USING (customer_id) JOIN names USING (event)
    WHERE timestamp IS NOT NULL
        AND CAST(file_index * 1000000000 + file_row_number AS BIGINT) NOT IN (SELECT arrival FROM repeated)
    ORDER BY customer, at_us, CAST(file_index * 1000000000 + file_row_number AS BIGINT)
    """,
    f"""
    CREATE TEMP TABLE moves AS
    SELECT customer, source, target, gap_us
    FROM (
        SELECT customer, code AS source, lead(customer) OVER () AS next_customer, lead(code) OVER () AS target,
            (lead(at_us) OVER ()) - at_us AS gap_us
        FROM sorted
    )
    WHERE customer = next_customer AND gap_us <= {GAP_US}
    """,
)

RAW_TRANSITIONS = """
WITH people_counts AS (
    SELECT source, target, count(*) AS customers
    FROM (SELECT DISTINCT source, target, customer FROM moves) GROUP BY ALL
),
counts AS (
    SELECT source, target, count(*) AS count, median(gap_us) / 1e6 AS median_seconds,
        CAST(sum(gap_us) AS DOUBLE) / count(*) / 1e6 AS mean_seconds
    FROM moves GROUP BY ALL
)
SELECT f.event AS source, t.event AS target, count, customers, median_seconds, mean_seconds
FROM counts c JOIN people_counts p ON p.source = c.source AND p.target = c.target
JOIN names f ON f.code = c.source JOIN names t ON t.code = c.target
"""

BY_REGION = """
WITH regions AS (
    SELECT customer, coalesce(region, '(none)') AS region
    FROM people LEFT JOIN read_parquet('{data}/customers.parquet') USING (customer_id)
),
by_customer AS (
    SELECT customer, source, target, count(*) AS n FROM moves GROUP BY ALL
)
SELECT region, f.event AS source, t.event AS target, CAST(sum(n) AS BIGINT) AS count, count(*) AS customers
FROM by_customer JOIN regions USING (customer)
JOIN names f ON f.code = source JOIN names t ON t.code = target
GROUP BY ALL
"""


def funnel_sql(steps: Sequence[str]) -> str:
    """Write the funnel over each customer's first attempt, without a window."""
    parts = [
        (
            "placed AS (SELECT customer, event, place FROM "
            "(SELECT customer, code, row_number() OVER () AS place FROM sorted) JOIN names USING (code) "
            f"WHERE event IN ({', '.join(_text(step) for step in steps)}))"
        )
    ]
    for at, step in enumerate(steps):
        source = "placed" if at == 0 else f"placed JOIN reached{at - 1} USING (customer)"
        after = "" if at == 0 else " AND place > before"
        parts.append(
            f"reached{at} AS (SELECT customer, min(place) AS before FROM {source} "
            f"WHERE event = {_text(step)}{after} GROUP BY customer)"
        )
    selects = [
        f"SELECT {at} AS nth, {_text(step)} AS touchpoint, (SELECT count(*) FROM reached{at}) AS reached"
        for at, step in enumerate(steps)
    ]
    return f"WITH {', '.join(parts)} SELECT touchpoint, reached FROM ({' UNION ALL '.join(selects)}) ORDER BY nth"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
