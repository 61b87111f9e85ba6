"""Portions that are worked on at once: written in their order, or not at all from the first that fails."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from journeymap.errors import ResourceError
from journeymap.ingest.in_turn import write_in_turn
from journeymap.store.duckdb_engine import DuckdbEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Told = Callable[[float], None]

ENDLESS = "SELECT CAST(count(*) AS INTEGER) FROM range(1_000_000) a, range(1_000_000) b WHERE a.range * b.range = -1"


@pytest.fixture
def engine() -> Iterator[DuckdbEngine]:
    with_rows = DuckdbEngine()
    with_rows.execute("CREATE TABLE given (n INTEGER)")
    with_rows.execute(f"CREATE {with_rows.shared('numbers')} AS SELECT CAST(range AS INTEGER) AS n FROM range(1000)")
    yield with_rows
    with_rows.close()


def given(engine: DuckdbEngine) -> list[int]:
    return [row[0] for row in engine.execute("SELECT n FROM given")]


@pytest.mark.parametrize("n_at_once", [1, 2, 3, 16])
def test_what_is_ready_first_is_written_in_its_turn(engine: DuckdbEngine, n_at_once: int) -> None:
    last_is_ready = threading.Event()

    def prepare(worker: DuckdbEngine, portion: tuple[int, int], told: Told) -> str:
        if portion[0] == 0 and n_at_once > 1:
            assert last_is_ready.wait(60)  # the first is ready when another has been
        worker.execute(
            "CREATE OR REPLACE TEMP TABLE own AS SELECT * FROM numbers WHERE n BETWEEN {} AND {}".format(*portion)
        )
        last_is_ready.set() if portion[0] else None
        told(1.0)
        return "SELECT n FROM own ORDER BY n"

    portions = [(first, first + 99) for first in range(0, 1000, 100)]
    shares: list[float] = []
    write_in_turn(engine, "given", portions, prepare, n_at_once=n_at_once, told=shares.append)
    assert given(engine) == list(range(1000))
    assert shares[-1] == 1
    assert all(0 <= share <= 1 for share in shares)


def test_from_the_first_that_fails_nothing_is_written(engine: DuckdbEngine) -> None:
    third_has_failed = threading.Event()

    def prepare(_: DuckdbEngine, portion: int, __: Told) -> str:
        if portion == 3:
            third_has_failed.set()
            raise ResourceError("Too little.", hint="Take more.")
        if portion == 2:
            assert third_has_failed.wait(60)
        return f"SELECT {portion}"

    with pytest.raises(ResourceError, match="Too little"):
        write_in_turn(engine, "given", [0, 1, 2, 3, 4, 5], prepare, n_at_once=2)
    assert given(engine) in ([0, 1], [0, 1, 2])
    engine.execute("INSERT INTO given VALUES (9)")  # no transaction is left open


def test_others_are_stopped_when_one_fails(engine: DuckdbEngine) -> None:
    endless_is_next = threading.Event()

    def prepare(_: DuckdbEngine, portion: int, __: Told) -> str:
        if portion == 0:
            endless_is_next.set()
            return ENDLESS
        assert endless_is_next.wait(60)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        write_in_turn(engine, "given", [0, 1], prepare, n_at_once=2)
    assert given(engine) == []


def test_other_connections_see_what_is_shared_and_have_tables_of_their_own(engine: DuckdbEngine) -> None:
    engine.execute("CREATE TEMP TABLE mine AS SELECT 1 AS x")
    with engine.connections(2) as (one, other):
        one.execute("CREATE TEMP TABLE theirs AS SELECT 1 AS x")
        assert (one.has_tables("mine"), other.has_tables("theirs"), other.has_tables("numbers")) == (False, False, True)
        other.execute("DELETE FROM numbers WHERE n >= 10")
    assert engine.execute("SELECT count(*) FROM numbers") == [(10,)]
    engine.drop_temporary(keep=("numbers",))
    assert (engine.has_tables("numbers"), engine.has_tables("mine")) == (True, False)
    engine.drop_temporary()
    assert not engine.has_tables("numbers")
    assert engine.has_tables("given")
    assert [row[0] for row in engine.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal")] == [
        "memory"
    ]
    engine.execute(f"CREATE {engine.shared('numbers')} AS SELECT 7 AS n")  # and once more
    assert engine.execute("SELECT n FROM numbers") == [(7,)]


def test_a_setting_for_the_writing_is_taken_back(engine: DuckdbEngine) -> None:
    asked = "SELECT current_setting('write_buffer_row_group_count')"
    before = engine.execute(asked)
    with engine.connections(1) as (one,):
        assert one.execute(asked) != before
    assert engine.execute(asked) == before
