"""SQL by hand: raw Parquet to the tables and columns of journeymap's store. ``{data}`` is the folder.

The same rows in the same order, integer codes, duplicates left out, positions, journeys, sessions, next touchpoints,
gaps and first times. Customers are numbered in the order of their ids. Rejected rows are left out, and not kept.

What makes it fast: the rows are sorted once, and everything that looks at neighbours then runs over the sorted rows
without a partition, so that DuckDB streams it; first times are the least places of small groups.
"""

from __future__ import annotations

from job import GAP_US, TIMEOUT_US
from raw_sql import REPEATED

STORE = (
    """
    CREATE TABLE customers AS
    SELECT CAST(row_number() OVER (ORDER BY customer_id) AS INTEGER) AS customer_key, customer_id,
        p.* EXCLUDE (customer_id)
    FROM (
        SELECT DISTINCT customer_id FROM read_parquet('{data}/events*.parquet')
        WHERE customer_id IS NOT NULL AND timestamp IS NOT NULL AND event IS NOT NULL
    )
    LEFT JOIN read_parquet('{data}/customers.parquet') p USING (customer_id)
    """,
    """
    CREATE TEMP TABLE names AS
    SELECT CAST(row_number() OVER (ORDER BY event) AS INTEGER) AS touchpoint_key, event AS touchpoint
    FROM (SELECT DISTINCT event FROM read_parquet('{data}/events*.parquet') WHERE event IS NOT NULL)
    """,
    """
    CREATE TABLE channels AS
    SELECT CAST(row_number() OVER (ORDER BY channel) AS INTEGER) AS channel_key, channel
    FROM (SELECT DISTINCT channel FROM read_parquet('{data}/events*.parquet') WHERE channel IS NOT NULL)
    """,
    REPEATED,
    """
    CREATE TEMP TABLE sorted AS
    SELECT customer_key, epoch_us(timestamp) AS at_us,
        CAST(file_index * 1000000000 + file_row_number AS BIGINT) AS arrival,
        touchpoint_key, channel_key, value, CAST(score AS DOUBLE) AS score, event_id, device, page_load_ms
    FROM read_parquet('{data}/events*.parquet', file_row_number = true)
    JOIN customers USING (customer_id) JOIN names ON touchpoint = event LEFT JOIN channels USING (channel)
    WHERE timestamp IS NOT NULL
        AND CAST(file_index * 1000000000 + file_row_number AS BIGINT) NOT IN (SELECT arrival FROM repeated)
    ORDER BY customer_key, at_us, arrival
    """,
    f"""
    CREATE TEMP TABLE numbered AS
    WITH neighbours AS (
        SELECT customer_key, at_us, touchpoint_key, row_number() OVER () AS place,
            (lag(customer_key) OVER ()) IS NOT DISTINCT FROM customer_key AS follows,
            (lead(customer_key) OVER ()) IS NOT DISTINCT FROM customer_key AS is_followed,
            lag(at_us) OVER () AS previous_us, lead(at_us) OVER () AS following_us,
            lead(touchpoint_key) OVER () AS following_key
        FROM sorted
    ),
    linked AS (
        SELECT *,
            NOT follows OR at_us - previous_us > {GAP_US} AS starts_journey,
            NOT follows OR at_us - previous_us > {TIMEOUT_US} AS starts_session,
            CASE WHEN is_followed AND following_us - at_us <= {GAP_US} THEN following_key END AS next_touchpoint_key,
            CASE WHEN is_followed AND following_us - at_us <= {GAP_US} THEN following_us - at_us END AS gap_us
        FROM neighbours
    )
    SELECT customer_key, touchpoint_key, place, next_touchpoint_key, gap_us,
        max(CASE WHEN NOT follows THEN place END) OVER so_far AS customer_place,
        max(CASE WHEN starts_journey THEN place END) OVER so_far AS journey_place,
        max(CASE WHEN starts_session THEN place END) OVER so_far AS session_place
    FROM linked WINDOW so_far AS (ROWS UNBOUNDED PRECEDING)
    """,
    """
    CREATE TEMP TABLE first_visits AS
    SELECT min(place) AS place FROM numbered GROUP BY customer_key, touchpoint_key
    """,
    """
    CREATE TEMP TABLE first_transitions AS
    SELECT min(place) AS place FROM numbered WHERE next_touchpoint_key IS NOT NULL
    GROUP BY customer_key, touchpoint_key, next_touchpoint_key
    """,
    """
    CREATE TABLE events AS
    SELECT s.customer_key,
        CAST(s.customer_key AS BIGINT) * 4294967296 + journey_place - customer_place + 1 AS journey_key,
        CAST(s.customer_key AS BIGINT) * 4294967296 + session_place - customer_place + 1 AS session_key,
        CAST(place - customer_place + 1 AS INTEGER) AS position, CAST(place - journey_place + 1 AS INTEGER) AS step,
        at_us, arrival, s.touchpoint_key, next_touchpoint_key, gap_us,
        place IN (SELECT place FROM first_visits) AS is_first_visit,
        place IN (SELECT place FROM first_transitions) AS is_first_transition,
        channel_key, value, score, event_id, device, page_load_ms
    FROM sorted s POSITIONAL JOIN numbered n
    """,
    """
    CREATE TABLE touchpoints AS
    WITH counted AS (
        SELECT touchpoint_key, channel_key, count(*) AS n FROM events WHERE channel_key IS NOT NULL GROUP BY ALL
    ),
    most AS (
        SELECT touchpoint_key, channel FROM counted JOIN channels USING (channel_key)
        QUALIFY row_number() OVER (PARTITION BY touchpoint_key ORDER BY n DESC, channel) = 1
    ),
    staged AS (
        SELECT touchpoint_key, touchpoint, channel, CASE
            WHEN touchpoint IN ('ad_click', 'social_post', 'email_open', 'search_engine', 'store_visit') THEN 0
            WHEN touchpoint IN ('home', 'category', 'search', 'product', 'reviews') THEN 1
            WHEN touchpoint IN (
                'cart', 'voucher_problem', 'shipping_info', 'checkout', 'payment', 'payment_error', 'order'
            ) THEN 2
            WHEN touchpoint IN ('delivery', 'help_page', 'support_chat', 'support_call', 'return_request', 'refund')
                THEN 3
            WHEN touchpoint IN ('review_written', 'newsletter_signup', 'loyalty_join') THEN 4
        END AS stage_order
        FROM names LEFT JOIN most USING (touchpoint_key)
    )
    SELECT touchpoint_key, touchpoint, channel,
        ['awareness', 'consideration', 'purchase', 'service', 'loyalty'][stage_order + 1] AS stage,
        CAST(stage_order AS INTEGER) AS stage_order, touchpoint = 'order' AS is_goal, FALSE AS is_final
    FROM staged ORDER BY touchpoint_key
    """,
    """
    CREATE TABLE journeys AS
    WITH goal AS (SELECT touchpoint_key AS goal_key FROM touchpoints WHERE is_goal)
    SELECT journey_key, any_value(customer_key) AS customer_key, CAST(NULL AS VARCHAR) AS journey_id,
        min(at_us) AS start_us, max(at_us) AS end_us, CAST(count(*) AS INTEGER) AS steps,
        min(CASE WHEN step = 1 THEN touchpoint_key END) AS first_touchpoint_key,
        min(CASE WHEN gap_us IS NULL THEN touchpoint_key END) AS last_touchpoint_key,
        min(CASE WHEN touchpoint_key = goal_key THEN at_us END) AS converted_at_us,
        CAST(NULL AS BIGINT) AS ended_at_us, sum(CASE WHEN touchpoint_key = goal_key THEN value END) AS value,
        bit_xor(CAST(hash(CAST(step AS BIGINT) * 4294967296 + touchpoint_key) >> 1 AS BIGINT)) AS variant
    FROM events CROSS JOIN goal GROUP BY journey_key
    """,
)
