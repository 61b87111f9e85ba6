"""Long work: Ctrl-C and too little memory leave the store as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import duckdb
import pytest

import journeymap as jm
from journeymap.datasets import generate_shop
from journeymap.errors import ResourceError, StoreError
from journeymap.store.duckdb_engine import DuckdbEngine
from journeymap.store.sql import Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def engine() -> Iterator[DuckdbEngine]:
    made = DuckdbEngine()
    yield made
    made.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a shop of about a million events."""
    return generate_shop(tmp_path_factory.mktemp("large"), customers=50_000, file_format="parquet").folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate_shop(tmp_path_factory.mktemp("shop"), customers=3_000, file_format="parquet").folder


def test_a_long_statement_gives_its_rows_and_tells_its_share(engine: DuckdbEngine) -> None:
    told: list[float] = []
    rows = engine.execute_long("SELECT $x + 1", {"x": 1}, progress=told.append)
    assert rows == [(2,)]
    assert all(0 <= share <= 1 for share in told)


def test_errors_of_a_long_statement_arrive(engine: DuckdbEngine) -> None:
    with pytest.raises(duckdb.Error):
        engine.execute_long("SELECT nothing FROM nowhere")
    assert engine.execute("SELECT 1") == [(1,)]


def test_listeners_hear_every_question(engine: DuckdbEngine) -> None:
    heard: list[str] = []
    engine.listeners.append(heard.append)
    query = Query((), "SELECT $x AS x", {"x": 5})
    assert engine.rows(query) == [(5,)]
    assert engine.frame(query)["x"].tolist() == [5]
    assert heard == ["-- $x = 5\nSELECT $x AS x;"] * 2


def test_temporary_tables_are_dropped(engine: DuckdbEngine) -> None:
    engine.execute('CREATE TEMP TABLE "a b" AS SELECT 1')
    engine.execute("CREATE TEMP VIEW v AS SELECT 1")
    engine.execute("CREATE TABLE kept AS SELECT 1 AS x")
    engine.drop_temporary()
    assert [row[0] for row in engine.execute("SELECT table_name FROM information_schema.tables")] == ["kept"]


def test_the_time_zone_is_utc_whatever_the_machine_has() -> None:
    code = (
        "from journeymap.store.duckdb_engine import DuckdbEngine; e = DuckdbEngine(); "
        "print(e.execute(\"SELECT CAST(TIMESTAMPTZ '2026-01-01 00:00' AS VARCHAR)\")[0][0])"
    )
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "America/New_York"},
    )
    assert run.stdout.strip() == "2026-01-01 00:00:00+00"


_INGEST = """
import os, signal, sys
import journeymap as jm
from journeymap.ingest import portions
from journeymap.store import waiting

waiting._POLL_SECONDS = 0.0005  # also a short statement is caught while it runs
if len(sys.argv) > 4:  # portions are worked on at once
    portions._FEWEST, portions._ENOUGH = 100, 500
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests were started from

def told(stage, share):
    # While the statement of this stage runs: as if the user pressed Ctrl-C.
    if stage == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGINT)

try:
    jm.ingest(sys.argv[1], into=sys.argv[2], told=told).close()
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(
    "stage",
    [["putting journeys together"], ["putting journeys together", "at once"], ["looking for duplicates"]],
    ids=" ".join,
)
def test_ctrl_c_leaves_the_store_as_it_was(shop: Path, tmp_path: Path, stage: list[str]) -> None:
    store = tmp_path / "shop.duckdb"
    jm.ingest(shop / "events-2026-03.parquet", into=store).close()
    before = store.read_bytes()
    for name in ("shop.duckdb", "new.duckdb"):
        run = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", _INGEST, str(shop / "events-2026-06.parquet"), str(tmp_path / name), *stage],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert run.stdout.strip() == "interrupted", run.stderr
    assert store.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["shop.duckdb"]


@pytest.mark.slow
def test_ctrl_c_ends_the_process_and_the_old_store_is_whole(large: Path, tmp_path: Path) -> None:
    store = tmp_path / "shop.duckdb"
    jm.ingest(large / "events-2026-03.parquet", into=store).close()
    before = store.read_bytes()
    code = _INGEST.replace("except KeyboardInterrupt:", "except ZeroDivisionError:")
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, str(large / "events-2026-04.parquet"), str(store), "reading events"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode in {-signal.SIGINT, 130, 1}
    assert "KeyboardInterrupt" in run.stderr
    assert store.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["shop.duckdb"]


@pytest.mark.slow
def test_too_little_memory_is_told_and_leaves_the_store_as_it_was(large: Path, tmp_path: Path) -> None:
    store = tmp_path / "shop.duckdb"
    jm.ingest(large / "events-2026-03.parquet", into=store).close()
    before = store.read_bytes()
    with pytest.raises(ResourceError, match="did not fit into the memory limit") as caught:
        jm.ingest(str(large / "events-*.parquet"), into=store, memory_limit="40MB")
    assert isinstance(caught.value, MemoryError)
    assert "--memory-limit" in caught.value.hint
    assert store.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["shop.duckdb"]


@pytest.mark.parametrize(("memory_limit", "bits"), [(None, 19), ("10GB", 19), ("400MB", 17), ("60MB", 14)])
def test_arrays_of_counts_are_as_large_as_memory_allows(memory_limit: str | None, bits: int) -> None:
    """DuckDB does not count them as memory that it uses."""
    made = DuckdbEngine(memory_limit=memory_limit)
    if memory_limit is not None:
        made.execute("SET threads = 2")
    with made.kept("numbers", Query((), "SELECT range AS n FROM range(300_000)")):
        assert made.execute("SELECT current_setting('perfect_ht_threshold')") == [(bits,)]
    assert made.execute("SELECT current_setting('perfect_ht_threshold')") == [(12,)]
    made.close()


def test_a_question_that_does_not_fit_is_asked_once_more_with_more_on_disk(tmp_path: Path) -> None:
    """What is joined is larger than the memory, and DuckDB finds out too late."""
    made = DuckdbEngine(memory_limit="40MB", spill_folder=tmp_path)
    made.execute("SET threads = 2")
    tried: list[tuple[str, bool]] = []
    failed: list[str] = []
    run = made._connection

    class Once:
        """Fails of the first statement that makes a table, as DuckDB does."""

        def execute(self, sql: str, values: object = None) -> object:
            ((is_on,),) = run.execute("SELECT current_setting('debug_force_external')").fetchall()
            tried.append((sql.split(maxsplit=1)[0], is_on))
            if sql.startswith("CREATE") and not failed:
                failed.append(sql)
                raise duckdb.OutOfMemoryException("failed to pin block")
            return run.execute(sql, values)

    query = Query((), "SELECT range AS n FROM range(10)")
    made._connection = Once()  # type: ignore[assignment]  # a connection that is short of memory
    made.keep("numbers", query)
    made._connection = run
    assert tried == [("CREATE", False), ("SET", False), ("CREATE", True), ("RESET", True)]
    assert made.execute("SELECT sum(n), current_setting('debug_force_external') FROM numbers") == [(45, False)]
    made.close()


def test_a_question_that_never_fits_is_told(tmp_path: Path) -> None:
    made = DuckdbEngine(memory_limit="40MB", spill_folder=tmp_path)
    with pytest.raises(ResourceError, match="did not fit into the memory limit of 40MB"):
        made.rows(Query((), "SELECT list(range) FROM range(10_000_000)"))
    with pytest.raises(ResourceError):
        made.frame(Query((), "SELECT list(range) FROM range(10_000_000)"))
    assert made.execute("SELECT current_setting('debug_force_external')") == [(False,)]
    made.close()


def test_threads_get_their_own_rows(engine: DuckdbEngine) -> None:
    def ask(number: int) -> bool:
        asked = Query((), f"SELECT {number} AS n")
        return engine.execute(f"SELECT {number}") == engine.rows(asked) == [(number,)]

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(2_000)))


def test_a_store_that_is_closed(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("customer,timestamp,event\na,2026-01-01,home\n", encoding="utf-8")
    opened = jm.open(str(log))
    opened.close()
    with pytest.raises(StoreError, match="The store is closed") as caught:
        opened.transitions()
    assert "jm.open" in caught.value.hint
