"""What one question made is there for the next, and gives what a store that keeps nothing gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

import journeymap as jm
from journeymap.store import kept_rows
from journeymap.store.kept_rows import KeptRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

pytestmark = pytest.mark.not_on("spark", "it keeps no rows between questions")


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open("sample_events/*.csv") as opened:
        yield opened


@pytest.fixture
def kept(shop: jm.Journeys) -> Iterator[Callable[[], list[str]]]:
    """List the tables that are kept, of none at the start."""
    store = shop.store
    store._kept_rows.drop()

    def tables() -> list[str]:
        rows = store.engine.execute("SELECT table_name FROM duckdb_tables() WHERE temporary ORDER BY table_name")
        return [str(name) for (name,) in rows]

    yield tables
    store._kept_rows.drop()
    assert tables() == []


ASKED: dict[str, Callable[[jm.Journeys, str], Any]] = {
    "outcomes": lambda shop, by: shop.outcomes(by=by),
    "touchpoints": lambda shop, by: shop.touchpoints(by=by),
    "transitions": lambda shop, by: shop.transitions(by=by),
    "drop-off": lambda shop, by: shop.dropoff(by=by),
    "stages": lambda shop, by: shop.stages(by=by),
    "paths": lambda shop, by: shop.paths(by=by),
    "funnel": lambda shop, by: shop.funnel(["product", "cart", "order"], window="7d", by=by),
}


@pytest.mark.parametrize("by", ["lifecycle", "device", "first_channel"])
@pytest.mark.parametrize("choice", [{}, {"end_at": "goal"}, {"as_of": "2026-05-01"}])
def test_answers_are_the_same(
    shop: jm.Journeys, kept: Callable[[], list[str]], by: str, choice: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = shop.where(**choice)
    found = {name: ask(asked, by) for name, ask in ASKED.items()}
    assert len(kept()) == 1  # one table for all seven questions
    monkeypatch.setattr(KeptRows, "used_by", lambda _, query: query)
    for name, ask in ASKED.items():
        assert_frame_equal(found[name], ask(asked, by))


def test_conditions_and_what_they_compare_with_are_told_apart(
    shop: jm.Journeys, kept: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    conditions = ["lifecycle = 'new'", "purchases > 0", "purchases > 1", "purchases > 2"]
    found = [shop.where(condition).outcomes() for condition in conditions]
    assert len(kept()) == 4
    monkeypatch.setattr(KeptRows, "used_by", lambda _, query: query)
    for condition, frame in zip(conditions, found, strict=True):
        assert_frame_equal(frame, shop.where(condition).outcomes())
    assert len({int(frame["journeys"].iloc[0]) for frame in found}) == 4


def test_what_was_not_used_for_longest_is_dropped(shop: jm.Journeys, kept: Callable[[], list[str]]) -> None:
    def ask(least: int) -> None:
        shop.where(f"purchases > {least}").outcomes()

    for least in range(kept_rows._MOST_TABLES):
        ask(least)
    tables = kept()
    assert len(tables) == kept_rows._MOST_TABLES
    ask(0)  # it is used once more, and so the second one goes
    ask(100)
    assert set(tables) - set(kept()) == {sorted(tables, key=lambda name: int(name.rsplit("_", 1)[1]))[1]}
    ask(0)
    assert len(kept()) == kept_rows._MOST_TABLES


def test_customers_by_attribute_keep_nothing(shop: jm.Journeys, kept: Callable[[], list[str]]) -> None:
    shop.transitions(by="region")
    shop.where("region = 'south'").transitions()
    shop.transitions()
    assert kept() == []


def test_what_is_explained_is_written_out(shop: jm.Journeys, kept: Callable[[], list[str]]) -> None:
    heard: list[str] = []
    listeners = shop.store.engine.listeners
    listeners.append(heard.append)
    try:
        shop.outcomes(by="lifecycle")
        first = list(heard)
        heard.clear()
        shop.outcomes(by="lifecycle")
    finally:
        listeners.clear()
    assert len(kept()) == 1
    assert heard[-1] == first[-1]
    assert "facts_start AS (" in heard[-1]
    assert "kept_rows" not in heard[-1]


def test_what_is_lent_does_not_stay(shop: jm.Journeys, kept: Callable[[], list[str]]) -> None:
    """Two cuts of customers that go by the same name are two segments."""
    store = shop.store
    keys = [int(key) for (key,) in store.engine.execute("SELECT customer_key FROM customers")]
    found: list[pd.DataFrame] = []
    for level in ("one", "other"):
        lent = pa.table({"key": pa.array(keys, pa.int64()), "level": [level] * len(keys)})
        with store.lent_attribute("cut", lent):
            found.append(shop.outcomes(by=["cut", "lifecycle"]))
            assert [name for name in kept() if name.startswith("kept_rows")]
        assert kept() == []
    assert [set(frame["cut"]) for frame in found] == [{"one"}, {"other"}]
