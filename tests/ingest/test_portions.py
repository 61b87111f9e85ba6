"""Customers in portions: whole customers, every one in one portion, about as many rows as fit."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.errors import ResourceError
from journeymap.ingest import portions as cutting
from journeymap.ingest import tables, taking
from journeymap.ingest.load import ingest
from journeymap.ingest.portions import cut_portions, rows_at_once
from journeymap.settings import Settings
from journeymap.store.duckdb_engine import DuckdbEngine
from journeymap.store.memory_limit import limit_bytes
from journeymap.store.opening import memory_store, writable_store

if TYPE_CHECKING:
    from pathlib import Path

LOG = "user_id,ts,event\n" + "".join(f"C{at % 97},2026-01-{at % 28 + 1:02},home{at % 7}\n" for at in range(500))


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=40), st.integers(1, 12))
def test_portions_hold_every_customer_once(keys: list[int], most: int) -> None:
    store = memory_store()
    rows = ", ".join(f"({key})" for key in keys)
    store.engine.execute(f"CREATE TEMP TABLE given AS SELECT * FROM (VALUES {rows}) v(customer_key)")
    store.engine.execute("INSERT INTO customers SELECT DISTINCT customer_key, 'x' FROM given")
    portions = cut_portions(store, ("given",), most)
    store.close()
    assert portions[0][0] == 0
    assert portions[-1][1] == max(keys)
    assert all(first <= last for first, last in portions)
    assert all(last + 1 == first for (_, last), (first, _) in pairwise(portions))
    counts = [sum(first <= key <= last for key in keys) for first, last in portions]
    assert sum(counts) == len(keys)
    width = max(keys) // 4096 + 1
    for n, (first, last) in zip(counts, portions, strict=True):
        stretches = {key // width for key in keys if first <= key <= last}
        assert n <= most or len(stretches) == 1  # a customer is never cut
    if len(keys) <= most:
        assert len(portions) == 1


def test_portions_fill_what_duckdb_keeps_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "_TOGETHER", 100)
    store = memory_store()

    def sizes(n_customers: int, most: int) -> list[int]:
        rows = f"SELECT customer_key, unnest(range(7)) FROM range({n_customers}) r(customer_key)"
        store.engine.execute(f"CREATE OR REPLACE TEMP TABLE given AS {rows}")
        store.engine.execute("CREATE OR REPLACE TABLE customers AS SELECT DISTINCT customer_key, 'x' FROM given")
        return [7 * (last - first + 1) for first, last in cut_portions(store, ("given",), most)]

    assert sizes(100, 250) == [196, 196, 196, 112]  # seven rows a customer: 28 customers have nearly two hundred
    assert sizes(85, 250) == [196, 196, 203]  # what would remain for a fourth is too little
    assert sizes(88, 250) == [196, 196, 196, 28]
    assert sizes(100, 99) == [98] * 7 + [14]
    store.close()


def test_the_rows_of_a_portion_follow_the_memory() -> None:
    found = []
    for limit in ("1024MiB", "2048MiB", "4096MiB"):
        store = memory_store(memory_limit=limit)
        found.append((rows_at_once(store, 0), rows_at_once(store, 10)))
        store.close()
    assert found[0][0] < found[1][0] / 2 < found[2][0] / 4  # Python's part is taken off
    assert all(many < few for few, many in found)


@pytest.mark.parametrize(
    ("limit", "part"),
    [
        ("2GB", 1_246_153_846),
        ("1024MiB", 536_870_912),
        ("3TB", 2_307_400_000_000),
        ("400MB", 200_000_000),
        ("900KB", 450_000),
    ],
)
def test_duckdb_has_what_remains_beside_python(limit: str, part: int) -> None:
    engine = DuckdbEngine(memory_limit=limit)
    assert engine.memory_bytes() == pytest.approx(part, rel=1e-6)
    told = limit_bytes(str(engine.execute("SELECT current_setting('memory_limit')")[0][0]))
    assert told == pytest.approx(part, rel=0.1)  # DuckDB tells one decimal
    engine.close()


@pytest.mark.parametrize("fits", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_store_made_in_portions_is_sorted_and_the_same(
    take: Any, monkeypatch: pytest.MonkeyPatch, *, at_once: bool, fits: bool
) -> None:
    whole = take(LOG)
    if at_once:
        monkeypatch.setattr(cutting, "_FEWEST", 10)
        monkeypatch.setattr(cutting, "_ENOUGH", 20)
    if not fits:
        for room in (tables, taking):
            monkeypatch.setattr(room, "rows_at_once", lambda *_: 40)
    parts = take(LOG)
    assert parts.counts == whole.counts
    assert parts.report == whole.report
    for table, order in (("events", "customer_key, position"), ("journeys", "journey_key"), ("touchpoints", "1")):
        asked = f"SELECT * FROM {table} ORDER BY {order}"
        assert parts.sql(asked) == whole.sql(asked)
    assert parts.kinds() == whole.kinds()
    stored = parts.sql("SELECT customer_key, position FROM events")  # as they lie
    assert stored == sorted(stored)


def test_too_little_memory_is_told_and_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    """At 3 MB not even a day's rows go through: DuckDB keeps 256 KiB a column."""
    log = tmp_path / "log.csv"
    log.write_text(LOG, encoding="utf-8")
    path = tmp_path / "shop.duckdb"
    for is_there in (False, True):
        if is_there:
            with writable_store(path) as store:
                ingest(store, [log], Settings())
            log.write_text(LOG.replace("2026-01", "2026-02"), encoding="utf-8")
        before = path.read_bytes() if is_there else None
        with (
            pytest.raises(ResourceError, match="did not fit into the memory limit of 3MB") as caught,
            writable_store(path, memory_limit="3MB") as store,
        ):
            ingest(store, [log], Settings())
        assert "Raise --memory-limit" in str(caught.value.hint)
        assert (path.read_bytes() if path.exists() else None) == before
        assert [item.name for item in tmp_path.iterdir() if item.name not in {path.name, log.name}] == []
