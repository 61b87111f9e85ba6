"""A folder of Parquet tables that Spark writes: versions, failures, two writers; and the engine's own statements."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import events_table, opened
from on_spark import spark

import journeymap as jm
from journeymap.errors import ResourceError, StoreBusyError, StoreError
from journeymap.settings import JourneySettings, Settings
from journeymap.store import spark_store
from journeymap.store.local_folder import read_manifest
from journeymap.store.manifest import Version, versions_in_order
from journeymap.store.opening import open_store, writable_store
from journeymap.store.spark_engine import SparkEngine
from journeymap.store.sql import Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.spark

LOG = "A 0d cart web\nA 1d order web 10\nB 0d cart app\nB 3d home app"
SETTINGS = Settings(journey=JourneySettings(goal=("order",)))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that DuckDB has written."""
    folder = tmp_path_factory.mktemp("stores") / "shop"
    with opened(here=True) as log:
        log(LOG, settings=SETTINGS).export_store(folder)
    return folder


@pytest.fixture
def engine() -> Iterator[SparkEngine]:
    made = SparkEngine(spark().newSession())
    yield made
    made.close()


def test_a_write_is_the_next_version_and_paths_are_hashed_anew(exported: Path) -> None:
    with open_store(exported, engine=spark()) as before:
        old = before.engine.execute("SELECT journey_key, variant FROM journeys ORDER BY 1")
        assert before.setting("hashed_by") is None
        with writable_store(exported, engine=spark()) as store:
            store.write_setting("note", "ü")
            store.engine.execute("INSERT INTO customers VALUES ($key, $id)", {"key": 3, "id": "Ö"})
        # Who had it open reads on what was there.
        assert before.engine.execute("SELECT count(*) FROM customers") == [(2,)]
    chain = versions_in_order(read_manifest(exported))
    assert [version.number for version in chain] == [1, 2]
    assert chain[0].tables["events"] == chain[1].tables["events"]  # a table that did not change keeps its folder
    with open_store(exported, engine=spark()) as after:
        assert after.setting("note") == "ü"
        assert after.setting("hashed_by") == "spark"
        assert after.engine.execute("SELECT customer_id FROM customers ORDER BY 1") == [("A",), ("B",), ("Ö",)]
        new = after.engine.execute("SELECT journey_key, variant FROM journeys ORDER BY 1")
        assert [key for key, _ in new] == [key for key, _ in old]
        assert new != old
        assert list(exported.glob("scratch/*")) == []


@pytest.mark.parametrize("name", ["My Data", "sö ü", "a[1]", "50%25"])
def test_folders_have_any_name(exported: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "shop"
    folder.parent.mkdir()
    shutil.copytree(exported, folder)
    with writable_store(folder, engine=spark()) as store:
        store.engine.execute("INSERT INTO customers VALUES ($key, $id)", {"key": 7, "id": "Z"})
    with open_store(folder, engine=spark()) as after:
        found = after.engine.execute("SELECT customer_id FROM customers WHERE customer_key = 7")
        assert found == [("Z",)]
        assert after.engine.execute("SELECT count(*) FROM events") == [(4,)]
    assert [item.name for item in tmp_path.iterdir()] == [name]
    assert [item.name for item in folder.parent.iterdir()] == ["shop"]


def test_a_write_that_fails_or_comes_second_changes_nothing(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_manifest(exported)
    with pytest.raises(ZeroDivisionError), writable_store(exported, engine=spark()) as store:
        store.engine.execute("DELETE FROM customers WHERE customer_id = 'A'") or 1 // 0
    assert read_manifest(exported) == before
    with (
        pytest.raises(StoreBusyError, match="Another process is writing"),
        writable_store(exported, engine=spark()),
        writable_store(exported, engine=spark()),
    ):
        pass
    # Where no lock can be had, whoever commits first counts.
    monkeypatch.setattr(spark_store, "_newest", lambda _: Version(9, "other"))
    with pytest.raises(StoreBusyError, match="came first"), writable_store(exported, engine=spark()) as store:
        store.write_setting("note", "lost")
    assert read_manifest(exported) == before
    with open_store(exported, engine=spark()) as store:
        assert store.engine.execute("SELECT count(*) FROM customers WHERE customer_id = 'A'") == [(1,)]


def test_a_file_for_duckdb_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with jm.ingest(events_table(LOG), into=tmp_path / "shop.duckdb", settings=SETTINGS):
        pass
    with pytest.raises(StoreError, match="which DuckDB reads") as caught:
        jm.open(tmp_path / "shop.duckdb", engine=spark())
    assert "store export" in caught.value.hint


def test_statements_that_define_and_change_tables(engine: SparkEngine) -> None:
    run = engine.execute
    run("CREATE TABLE people (key INTEGER, name VARCHAR)")
    run("INSERT INTO people (name, key) SELECT 'b', 2 UNION ALL SELECT 'a', 1")
    run("INSERT INTO people BY NAME SELECT NULL AS name, 3 AS key")
    run('ALTER TABLE people ADD COLUMN "a b.c" DOUBLE')
    run('ALTER TABLE people ALTER COLUMN "a b.c" TYPE VARCHAR USING name')
    assert engine.columns("people") == [("key", "INTEGER"), ("name", "VARCHAR"), ("a b.c", "VARCHAR")]
    run("DELETE FROM people WHERE name IN (SELECT name FROM people WHERE key = 2)")  # who has no name stays
    assert run("SELECT * FROM people ORDER BY key") == [(1, "a", "a"), (3, None, None)]
    run("CREATE TEMP TABLE people AS SELECT key + 10 AS key FROM people")  # goes before the stored one of its name
    assert run("SELECT sum(key) FROM people") == [(24,)]
    run("DROP TABLE temp.people")
    assert run("SELECT count(*) FROM people WHERE key IN (SELECT unnest($keys))", {"keys": [1, 2]}) == [(1,)]
    run("CREATE OR REPLACE TEMP VIEW named AS SELECT name FROM people WHERE name IS NOT NULL")
    assert run("SELECT * FROM named") == [("a",)]
    engine.drop_temporary()
    assert not engine.has_tables("named")
    assert engine.has_tables("people")


def test_frames_have_the_types_that_duckdb_gives(engine: SparkEngine) -> None:
    engine.execute("CREATE TABLE numbers AS SELECT 1 AS one, DATE '2024-01-01' AS day")
    question = Query(
        (), "SELECT sum(one) AS total, count(*) AS n, any_value(day) AS day, [one] AS l FROM numbers GROUP BY one"
    )
    frame = engine.frame(question)
    assert [str(kind) for kind in frame.dtypes] == ["float64", "int64", "datetime64[us]", "object"]
    assert engine.rows(question)[0][:2] == (1, 1)


def test_errors_are_one_line(engine: SparkEngine) -> None:
    engine.execute("CREATE TABLE numbers AS SELECT 0 AS zero")
    with pytest.raises(StoreError) as caught:
        engine.execute("SELECT 1 % zero FROM numbers")
    assert "\n" not in caught.value.message
    assert "REMAINDER_BY_ZERO" in caught.value.message


def test_a_session_that_was_given_stays_as_it_is(exported: Path) -> None:
    given = spark()
    given.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        with open_store(exported, engine=given) as store:
            assert store.engine.execute("SELECT count(*) FROM events") == [(4,)]
        assert given.conf.get("spark.sql.session.timeZone") == "America/New_York"
        assert not given.catalog.tableExists("events")
    finally:
        given.conf.set("spark.sql.session.timeZone", "UTC")


def test_an_answer_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journeymap.store.spark_answers._MOST_COLLECTED", 3)
    engine = SparkEngine(spark())
    try:
        engine.execute("CREATE TABLE numbers AS SELECT unnest([1, 2, 3, 4]) AS n")
        assert engine.execute("SELECT n FROM numbers WHERE n < 4 ORDER BY n DESC") == [(3,), (2,), (1,)]
        with pytest.raises(ResourceError, match="more than 3 rows"):
            engine.execute("SELECT n FROM numbers")
    finally:
        engine.close()
