"""The store's tables: plain tables that any DuckDB user can query.

``customers``, ``touchpoints``, ``channels``, ``events``, ``journeys``, ``rejected``, ``ingests`` and ``settings``; and
``lines``, where ``one_event_per`` makes one event of several rows and the rows themselves are kept.
"""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 1

N_GROUPS: Final = 100
"""Customer groups of the delete-a-group jackknife. A customer's group is ``customer_key % 100``."""

KEY_SPAN: Final = 4_294_967_296
"""A journey's key is its customer's key times this, plus the position of its first event; so is a session's."""

EVENT_COLUMNS: Final = (
    ("customer_key", "INTEGER"),
    ("journey_key", "BIGINT"),
    ("session_key", "BIGINT"),
    ("position", "INTEGER"),
    ("step", "INTEGER"),
    ("at_us", "BIGINT"),
    ("arrival", "BIGINT"),
    ("touchpoint_key", "INTEGER"),
    ("next_touchpoint_key", "INTEGER"),
    ("gap_us", "BIGINT"),
    ("is_first_visit", "BOOLEAN"),
    ("is_first_transition", "BOOLEAN"),
    ("channel_key", "INTEGER"),
    ("value", "DOUBLE"),
    ("score", "DOUBLE"),
)
"""What journeymap makes of each event; the source's other columns follow them under their own names.

``position`` counts a customer's events from 1, ``step`` a journey's. ``next_touchpoint_key`` and ``gap_us`` are null
at a journey's last event. ``is_first_visit`` marks one visit of each customer to each touchpoint, and
``is_first_transition`` a customer's first time on a transition, so that distinct customers are a sum."""

LINE_COLUMNS: Final = ("customer_key", "at_us", "arrival", "touchpoint_key", "channel_key", "value", "score")
"""What an accepted row is before it is put in sequence; ``lines`` has these and the source's other columns."""

CREATE_TABLES: Final = (
    """
    CREATE TABLE customers (customer_key INTEGER, customer_id VARCHAR)
    """,
    """
    CREATE TABLE touchpoints (
        touchpoint_key INTEGER, touchpoint VARCHAR, channel VARCHAR, stage VARCHAR, stage_order INTEGER,
        is_goal BOOLEAN, is_final BOOLEAN
    )
    """,
    """
    CREATE TABLE channels (channel_key INTEGER, channel VARCHAR)
    """,
    """
    CREATE TABLE journeys (
        journey_key BIGINT, customer_key INTEGER, journey_id VARCHAR, start_us BIGINT, end_us BIGINT, steps INTEGER,
        first_touchpoint_key INTEGER, last_touchpoint_key INTEGER, converted_at_us BIGINT, ended_at_us BIGINT,
        value DOUBLE, variant BIGINT
    )
    """,
    """
    CREATE TABLE rejected (
        ingest_key INTEGER, source VARCHAR, row_number BIGINT, reason_code VARCHAR, reason VARCHAR, raw VARCHAR
    )
    """,
    """
    CREATE TABLE ingests (
        ingest_key INTEGER, ingested_at VARCHAR, source VARCHAR, fingerprint VARCHAR, read BIGINT, accepted BIGINT,
        duplicates BIGINT, filtered BIGINT, rejected BIGINT
    )
    """,
    """
    CREATE TABLE settings (name VARCHAR, value VARCHAR)
    """,
)
