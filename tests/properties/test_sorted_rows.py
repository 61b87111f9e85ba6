"""Rows put in sequence by the rows beside them, and by customer as every engine can: the same events, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.journeys.sequences import sequence_events
from journeymap.journeys.sorted_rows import mark_sorted, number_sorted, put_side_by_side
from journeymap.settings import JourneySettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.store.sql import Query

Row = tuple[int, int, int]

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(1, 3)), min_size=1, max_size=40)
"""Customer, time and touchpoint, in order of arrival: few of each, so that ties and repeated transitions abound."""


def arrivals(rows: Sequence[Row]) -> duckdb.DuckDBPyConnection:
    customers, times, touchpoints = zip(*rows, strict=True)
    connection = duckdb.connect()
    table = pa.table(
        {
            "customer_key": pa.array(customers, pa.int32()), "at_us": pa.array(times, pa.int64()),
            "arrival": pa.array(range(len(rows)), pa.int64()), "touchpoint_key": pa.array(touchpoints, pa.int32()),
            "channel_key": pa.nulls(len(rows), pa.int32()), "value": pa.nulls(len(rows), pa.float64()),
            "score": pa.nulls(len(rows), pa.float64()), "a b": pa.array([f"n{at}" for at in range(len(rows))]),
        }
    )  # fmt: skip
    connection.register("given_rows", table)
    connection.execute("CREATE TABLE arrived AS SELECT * FROM given_rows ORDER BY customer_key, at_us, arrival")
    return connection


def made(connection: duckdb.DuckDBPyConnection, name: str, question: Query) -> None:
    connection.execute(f"CREATE TABLE {name} AS {question.text()}", question.used_values())


@given(ROWS, st.sampled_from([0, 1, 3, None]), st.sampled_from([0, 2]))
def test_both_ways_put_rows_in_the_same_sequence(rows: list[Row], gap_us: int | None, timeout_us: int) -> None:
    journey = JourneySettings(gap_us=gap_us, session_timeout_us=timeout_us)
    with arrivals(rows) as connection:
        made(connection, "by_customer", sequence_events("arrived", journey, journey_column=None, others=["a b"]))
        made(connection, "numbered", number_sorted("arrived", journey))
        made(connection, "marked", mark_sorted("numbered"))
        made(connection, "in_order", put_side_by_side("arrived", "numbered", "marked", others=["a b"]))
        for asked in ("SELECT * FROM", "DESCRIBE"):
            by_customer = connection.execute(f"{asked} by_customer").fetchall()
            assert by_customer == connection.execute(f"{asked} in_order").fetchall()


def test_rows_of_two_customers_side_by_side_are_refused() -> None:
    journey = JourneySettings()
    with arrivals([(1, 0, 1), (2, 0, 1)]) as connection:
        made(connection, "numbered", number_sorted("arrived", journey))
        made(connection, "marked", mark_sorted("numbered"))
        connection.execute("CREATE TABLE turned AS SELECT * FROM arrived ORDER BY customer_key DESC")
        with pytest.raises(duckdb.InvalidInputException, match="two customers"):
            made(connection, "events", put_side_by_side("turned", "numbered", "marked", others=[]))
