"""What is a store, and what is told where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from journeymap.errors import QuestionError, ResourceError, SourceNotFoundError, StoreError, StoreVersionError
from journeymap.store.files import is_store
from journeymap.store.opening import memory_store, open_store, writable_store
from journeymap.store.schema import EVENT_COLUMNS, SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path


def test_is_store(store_file: Path, log_file: Path, tmp_path: Path) -> None:
    assert is_store(store_file)
    assert not is_store(log_file)
    assert not is_store(tmp_path)
    assert not is_store(tmp_path / "nothing")
    (tmp_path / "short").write_bytes(b"D")
    assert not is_store(tmp_path / "short")


def test_any_duckdb_user_can_query_the_tables(store_file: Path) -> None:
    with duckdb.connect(str(store_file), read_only=True) as connection:
        tables = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
        assert {
            "events",
            "journeys",
            "customers",
            "touchpoints",
            "channels",
            "rejected",
            "ingests",
            "settings",
        } <= tables
        described = connection.execute("DESCRIBE events").fetchall()
        assert [(row[0], row[1]) for row in described[: len(EVENT_COLUMNS)]] == list(EVENT_COLUMNS)
        ordered = connection.execute("SELECT customer_key, at_us, arrival FROM events").fetchall()
        assert ordered == sorted(ordered)


def test_an_open_store(store_file: Path) -> None:
    store = open_store(str(store_file))
    assert store.name == str(store_file)
    assert store.settings.journey.goal == ("order",)
    assert store.span.first_us == 1_767_225_600_000_000
    assert store.span.last_us == store.span.first_us + 86_400_000_000
    assert store.setting("nothing") is None
    with pytest.raises(duckdb.Error):
        store.engine.execute("DELETE FROM events")
    store.close()


def test_an_empty_store_in_memory() -> None:
    store = memory_store()
    assert store.name == "the events in memory"
    assert (store.span.first_us, store.span.last_us) == (None, None)
    assert not store.has_tables()  # the events come with their columns
    store.close()


def test_settings_of_a_store_are_kept_and_replaced() -> None:
    store = memory_store()
    store.write_setting("x", "1")
    store.write_setting("x", "it's 2")
    assert store.setting("x") == "it's 2"
    store.close()


def test_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"There is no file .*shop\.duckdb\. Its folder is empty\.") as caught:
        open_store(tmp_path / "shop.duckdb")
    assert isinstance(caught.value, FileNotFoundError)
    assert "--into" in caught.value.hint


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder, not a journey store"):
        open_store(tmp_path)


def test_a_text_file_is_no_store(log_file: Path) -> None:
    before = log_file.read_bytes()
    with pytest.raises(StoreError, match="is no journey store"):
        open_store(log_file)
    with pytest.raises(StoreError, match="is no journey store"), writable_store(log_file):
        pass
    assert log_file.read_bytes() == before


def test_another_database_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE settings (a INTEGER)")
        connection.execute("CREATE TABLE mine AS SELECT 1 AS x")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is a DuckDB database, but no journey store"):
        open_store(path)
    with pytest.raises(StoreError, match="is a DuckDB database, but no journey store"), writable_store(path):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", ["", "x", "-1"])
def test_a_store_without_a_version_is_no_store(store_file: Path, version: str) -> None:
    with duckdb.connect(str(store_file)) as connection:
        connection.execute("UPDATE settings SET value = ? WHERE name = 'schema_version'", [version])
    with pytest.raises(StoreError, match="no journey store"):
        open_store(store_file)


def test_a_store_of_a_newer_version(store_file: Path) -> None:
    with duckdb.connect(str(store_file)) as connection:
        connection.execute("UPDATE settings SET value = ? WHERE name = 'schema_version'", [str(SCHEMA_VERSION + 1)])
    for opened in (open_store, _write):
        with pytest.raises(
            StoreVersionError, match=f"store version {SCHEMA_VERSION + 1}; this one reads {SCHEMA_VERSION}"
        ) as caught:
            opened(store_file)
        assert "Update journeymap" in caught.value.hint


def _write(path: Path) -> None:
    with writable_store(path):
        pass


def test_a_damaged_store(store_file: Path) -> None:
    whole = store_file.read_bytes()
    store_file.write_bytes(whole[:4096])
    with pytest.raises(StoreError, match=r"cannot be opened|no journey store"):
        open_store(store_file)


@pytest.mark.parametrize("limit", ["lots", "2gigs", "2", "-2GB", "0GB", "2,5GB", "80%", ""])
def test_a_memory_limit_that_is_none(store_file: Path, limit: str) -> None:
    before = store_file.read_bytes()
    for opened in (lambda: open_store(store_file, memory_limit=limit), lambda: memory_store(memory_limit=limit)):
        with pytest.raises(QuestionError, match=f"The memory limit '{limit}' is no amount of memory") as caught:
            opened()
        assert "2GB" in caught.value.hint
    with pytest.raises(QuestionError, match="no amount"), writable_store(store_file, memory_limit=limit):
        pass
    assert store_file.read_bytes() == before
    assert [item.name for item in store_file.parent.iterdir() if item.name.startswith(".")] == []


def test_a_memory_limit_that_is_too_small_to_begin_with(store_file: Path) -> None:
    with pytest.raises(ResourceError, match="did not fit into the memory limit of 10KB") as caught:
        open_store(store_file, memory_limit="10KB")
    assert "Raise --memory-limit" in caught.value.hint
