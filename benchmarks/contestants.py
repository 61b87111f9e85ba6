"""The contestants: journeymap, and single DuckDB statements written by hand. Run by run.py, one process each."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

GAP_US = 30 * 86_400_000_000
TIMEOUT_US = 30 * 60_000_000


def ingest_journeymap(data: Path, store: Path) -> dict[str, float]:
    """Parquet to a complete store: every table, rejected rows kept, quality counted."""
    import journeymap as jm

    store.unlink(missing_ok=True)
    files = sorted(str(path) for path in data.glob("events*.parquet"))
    began = time.perf_counter()
    settings = jm.load_settings(data / "journeymap.toml")
    shop = jm.ingest(files, into=store, settings=settings)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "rows": shop.report.events}


def ingest_by_hand(data: Path, store: Path) -> dict[str, float]:
    """One statement that makes the same ``events`` table: codes, duplicates left out, sequence, flags, order."""
    import duckdb

    store.unlink(missing_ok=True)
    connection = duckdb.connect(str(store))
    began = time.perf_counter()
    connection.execute(BY_HAND.format(files=f"{data}/events*.parquet"))
    connection.execute("CHECKPOINT")
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "rows": connection.execute("SELECT count(*) FROM events").fetchone()[0]}


# The same columns as journeymap's events. Customers are coded by their order instead of by a hash.
BY_HAND = f"""
CREATE TABLE events AS
WITH raw AS (
    SELECT event_id, customer_id, epoch_us(timestamp) AS at_us, event, channel, value, score, device, page_load_ms,
        file_index * 1000000000 + file_row_number AS arrival
    FROM read_parquet('{{files}}', file_row_number = true)
    WHERE customer_id IS NOT NULL AND timestamp IS NOT NULL AND event IS NOT NULL
),
repeated AS (SELECT event_id FROM raw WHERE event_id IS NOT NULL GROUP BY event_id HAVING count(*) > 1),
firsts AS (SELECT event_id, min(arrival) AS arrival FROM raw SEMI JOIN repeated USING (event_id) GROUP BY event_id),
once AS (
    SELECT r.* FROM raw r LEFT JOIN firsts f USING (event_id)
    WHERE f.arrival IS NULL OR f.arrival = r.arrival
),
c AS (
    SELECT customer_id, CAST(row_number() OVER (ORDER BY customer_id) AS INTEGER) AS customer_key
    FROM (SELECT DISTINCT customer_id FROM raw)
),
t AS (
    SELECT event, CAST(row_number() OVER (ORDER BY event) AS INTEGER) AS touchpoint_key
    FROM (SELECT DISTINCT event FROM raw)
),
h AS (
    SELECT channel, CAST(row_number() OVER (ORDER BY channel) AS INTEGER) AS channel_key
    FROM (SELECT DISTINCT channel FROM raw)
),
coded AS (
    SELECT customer_key, at_us, arrival, touchpoint_key, channel_key, value, score, event_id, device, page_load_ms
    FROM once JOIN c USING (customer_id) JOIN t USING (event) LEFT JOIN h USING (channel)
),
ordered AS (
    SELECT *, row_number() OVER w AS position, lag(at_us) OVER w AS previous_us, lead(at_us) OVER w AS following_us,
        lead(touchpoint_key) OVER w AS following_key
    FROM coded WINDOW w AS (PARTITION BY customer_key ORDER BY at_us, arrival)
),
linked AS (
    SELECT *,
        previous_us IS NULL OR at_us - previous_us > {GAP_US} AS starts_journey,
        previous_us IS NULL OR at_us - previous_us > {TIMEOUT_US} AS starts_session,
        CASE WHEN following_us - at_us <= {GAP_US} THEN following_key END AS next_touchpoint_key,
        CASE WHEN following_us - at_us <= {GAP_US} THEN following_us - at_us END AS gap_us
    FROM ordered
),
marked AS (
    SELECT *,
        (lag(touchpoint_key) OVER p) IS DISTINCT FROM touchpoint_key AS is_first_visit,
        next_touchpoint_key IS NOT NULL AND ((lag(touchpoint_key) OVER p) IS DISTINCT FROM touchpoint_key
            OR (lag(next_touchpoint_key) OVER p) IS DISTINCT FROM next_touchpoint_key) AS is_first_transition
    FROM linked WINDOW p AS (PARTITION BY customer_key ORDER BY touchpoint_key, next_touchpoint_key, position)
),
numbered AS (
    SELECT *,
        max(CASE WHEN starts_journey THEN position END) OVER w AS journey_position,
        max(CASE WHEN starts_session THEN position END) OVER w AS session_position
    FROM marked
    WINDOW w AS (PARTITION BY customer_key ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT customer_key,
    CAST(customer_key AS BIGINT) * 4294967296 + journey_position AS journey_key,
    CAST(customer_key AS BIGINT) * 4294967296 + session_position AS session_key,
    CAST(position AS INTEGER) AS position, CAST(position - journey_position + 1 AS INTEGER) AS step,
    at_us, arrival, touchpoint_key, next_touchpoint_key, gap_us, is_first_visit, is_first_transition,
    channel_key, value, score, event_id, device, page_load_ms
FROM numbered ORDER BY customer_key, position
"""

TRANSITIONS_BY_HAND = """
WITH moves AS (
    SELECT touchpoint_key AS s, next_touchpoint_key AS t, count(*) AS count,
        count(*) FILTER (WHERE is_first_transition) AS customers,
        quantile_cont(gap_us, [0.5, 0.9]) AS q, avg(gap_us) / 1e6 AS mean_seconds
    FROM events WHERE next_touchpoint_key IS NOT NULL GROUP BY ALL
),
named AS (
    SELECT f.touchpoint AS source, g.touchpoint AS target, count, customers, q[1] / 1e6 AS median_seconds,
        mean_seconds, q[2] / 1e6 AS p90_seconds
    FROM moves JOIN touchpoints f ON f.touchpoint_key = s JOIN touchpoints g ON g.touchpoint_key = t
    UNION ALL
    SELECT '(start)', touchpoint, count(*), count(DISTINCT customer_key), NULL, NULL, NULL
    FROM journeys JOIN touchpoints ON touchpoint_key = first_touchpoint_key GROUP BY ALL
    UNION ALL
    SELECT touchpoint,
        CASE WHEN converted_at_us IS NOT NULL THEN '(converted)' WHEN ended_at_us IS NOT NULL THEN '(ended)'
            WHEN (SELECT max(end_us) FROM journeys) - end_us > 2592000000000 THEN '(dropped)' ELSE '(open)' END AS x,
        count(*), count(DISTINCT customer_key), NULL, NULL, NULL
    FROM journeys JOIN touchpoints ON touchpoint_key = last_touchpoint_key GROUP BY ALL
)
SELECT *, count / sum(count) OVER (PARTITION BY source) AS probability FROM named
"""


def _best_of(ask: object, repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        ask()  # type: ignore[operator]
        times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2]


def transitions_journeymap(_: Path, store: Path) -> dict[str, float]:
    """Ask the transition table of the store, through the API, names and frame included."""
    import journeymap as jm

    shop = jm.open(store)
    return {"seconds": _best_of(shop.transitions), "rows": int(shop.transitions()["count"].sum())}


def transitions_by_hand(_: Path, store: Path) -> dict[str, float]:
    """Ask the same of the same store in SQL written by hand."""
    import duckdb

    connection = duckdb.connect(str(store), read_only=True)

    def ask() -> object:
        return connection.execute(TRANSITIONS_BY_HAND).df()

    return {"seconds": _best_of(ask), "rows": int(connection.execute(TRANSITIONS_BY_HAND).df()["count"].sum())}


CONTESTANTS = {
    "ingest": (ingest_journeymap, ingest_by_hand),
    "transitions": (transitions_journeymap, transitions_by_hand),
}

if __name__ == "__main__":
    question, which, data, store = sys.argv[1:]
    result = CONTESTANTS[question][int(which)](Path(data), Path(store))
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))
