"""pandas frames and Arrow tables as sources."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import journeymap as jm
from journeymap.errors import ColumnError, NothingAcceptedError, QuestionError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]


class Opened:
    def __init__(self) -> None:
        self.stores: list[jm.Journeys] = []

    def __call__(self, frame: Any, **named: Any) -> jm.Journeys:
        self.stores.append(jm.open(frame, **named))
        return self.stores[-1]


@pytest.fixture
def opened() -> Iterator[Opened]:
    made = Opened()
    yield made
    for store in made.stores:
        store.close()


def sql(shop: jm.Journeys, text: str) -> list[tuple[Any, ...]]:
    return shop.store.engine.execute(text)


def ids(shop: jm.Journeys) -> list[str]:
    return [row[0] for row in sql(shop, "SELECT customer_id FROM customers ORDER BY 1")]


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"user_id": ["A", "B", "C"], "ts": DAYS, "event": ["x", "y", "z"]} | columns)


def test_a_frame_of_texts(opened: Opened) -> None:
    shop = opened(frame(page=["/", None, "/b"]))
    assert shop.report is not None
    assert (shop.report.accepted, shop.report.columns) == (
        3,
        {"customer": "user_id", "timestamp": "ts", "touchpoint": "event"},
    )
    assert sql(shop, "SELECT page FROM events ORDER BY arrival") == [("/",), (None,), ("/b",)]


def test_whole_numbers_that_a_gap_made_floats_are_whole_again(opened: Opened) -> None:
    shop = opened(frame(user_id=[17.0, np.nan, 18.5]))
    assert ids(shop) == ["17", "18.5"]
    assert shop.report is not None
    assert shop.report.rejected_by_reason == {"no_customer": 1}


def test_a_column_of_mixed_types_is_text(opened: Opened) -> None:
    shop = opened(frame(user_id=[1, "one", 2.5], page=pd.Series([1, "a", None], dtype=object)))
    assert ids(shop) == ["1", "2.5", "one"]
    assert sql(shop, "SELECT page FROM events ORDER BY arrival") == [("1",), ("a",), (None,)]


def test_categories_nullable_types_and_decimals(opened: Opened) -> None:
    shop = opened(
        frame(
            event=pd.Categorical(["x", "y", "x"]),
            user_id=pd.array([1, None, 3], dtype="Int64"),
            value=[Decimal("1.50"), None, Decimal("2.25")],
            score=pd.array([1.5, 2.0, None], dtype="Float64"),
            vip=pd.array([True, None, False], dtype="boolean"),
        )
    )
    assert ids(shop) == ["1", "3"]
    assert sql(shop, "SELECT value, score, vip FROM events ORDER BY arrival") == [(1.5, 1.5, True), (2.25, None, False)]


@pytest.mark.parametrize(
    ("times", "first"),
    [
        (pd.to_datetime(DAYS), "2026-01-01"),
        (pd.to_datetime(DAYS).tz_localize("Europe/Berlin"), "2025-12-31T23:00:00"),
        (pd.to_datetime(DAYS).astype("datetime64[s]"), "2026-01-01"),
        ([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)], "2026-01-01"),
        (pd.Series([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)], dtype=object), "2026-01-01"),
        ([1_767_225_600, 1_767_312_000, 1_767_398_400], "2026-01-01"),
        (pd.Series([datetime(2026, 1, day, tzinfo=UTC).date() for day in (1, 2, 3)], dtype=object), "2026-01-01"),
    ],
    ids=["naive", "zoned", "seconds", "datetimes", "objects", "epoch", "dates"],
)
def test_times_of_frames(opened: Opened, times: Any, first: str) -> None:
    shop = opened(frame(ts=times))
    assert shop.report is not None
    assert shop.report.first_event is not None
    assert shop.report.first_event.removesuffix("Z").removesuffix("T00:00:00") == first
    assert shop.report.accepted == 3


def test_missing_times_are_set_aside(opened: Opened) -> None:
    shop = opened(frame(ts=pd.to_datetime([DAYS[0], None, DAYS[2]])))
    assert sql(shop, "SELECT row_number, reason_code, source FROM rejected") == [(2, "no_time", "data frame")]


def test_a_named_index_is_a_column_and_a_plain_one_is_none(opened: Opened) -> None:
    indexed = frame().set_index("user_id")
    assert ids(opened(indexed)) == ["A", "B", "C"]
    odd = frame()
    odd.index = pd.Index([7, 7, 7])
    assert "index" not in dict(opened(odd).store.event_columns())


def test_names_of_columns_that_are_no_texts(opened: Opened) -> None:
    shop = opened(frame(**{"7": 0}).rename(columns={"7": 7}))
    assert list(dict(shop.store.event_columns())) == ["7"]


def test_the_frame_stays_as_it_was(opened: Opened) -> None:
    given = frame(page=pd.Series([1, "a", None], dtype=object))
    before = given.copy(deep=True)
    opened(given)
    pd.testing.assert_frame_equal(given, before)


def test_an_arrow_table_and_its_types(opened: Opened) -> None:
    table = pa.table(
        {
            "user_id": pa.array([1, 2, 3], pa.int32()),
            "ts": pa.array([1, 2, 3], pa.date32()).cast(pa.timestamp("ms")),
            "event": pa.array(["x", "y", "x"]).dictionary_encode(),
            "place": pa.array([{"city": "Ulm"}, None, {"city": "Bonn"}]),
            "large": pa.array(["a", "b", "c"], pa.large_string()),
        }
    )
    shop = opened(table)
    assert ids(shop) == ["1", "2", "3"]
    assert sql(shop, "SELECT place, large FROM events ORDER BY arrival")[0] == ('{"city":"Ulm"}', "a")


def test_a_table_in_chunks(opened: Opened) -> None:
    part = pa.table({"user_id": ["A"], "ts": [DAYS[0]], "event": ["x"]})
    other = pa.table({"user_id": ["B"], "ts": [DAYS[0]], "event": ["y"]})
    assert ids(opened(pa.concat_tables([part, other]))) == ["A", "B"]


def test_frames_of_customers(opened: Opened) -> None:
    customers = pd.DataFrame({"user_id": ["A", "B", "X"], "age": [30.0, np.nan, 1.0], "born": pd.to_datetime(DAYS)})
    shop = opened(frame(), customers=customers)
    assert sql(shop, "SELECT age FROM customers ORDER BY customer_id") == [(30.0,), (None,), (None,)]
    assert shop.outcomes(by="age")["age"].tolist() == ["30", "(none)"]


def test_frames_are_added_to_a_store_once(tmp_path: Path) -> None:
    store = tmp_path / "shop.duckdb"
    with jm.ingest(frame(), into=store) as shop:
        assert shop.report is not None
        assert (shop.report.accepted, shop.report.duplicates) == (3, 0)
    with jm.ingest(pd.concat([frame(), frame(ts="2026-02-01")]), into=store) as shop:
        assert shop.report is not None
        assert (shop.report.accepted, shop.report.duplicates) == (3, 3)


def test_frames_that_cannot_be_read() -> None:
    with pytest.raises(ColumnError, match="these columns: a"):
        jm.open(pd.DataFrame({"a": [1]}))
    with pytest.raises(NothingAcceptedError, match="data frame: there is no row"):
        jm.open(frame().head(0))
    with pytest.raises(QuestionError, match="cannot be read from a dict"):
        jm.open({"user_id": ["A"]})
    with pytest.raises(NothingAcceptedError):
        jm.open(pd.DataFrame())


@pytest.mark.parametrize(
    "made", [lambda frame: frame, lambda frame: pa.table(list(frame.T.to_numpy()), names=list(frame.columns))]
)
def test_two_columns_of_one_name_are_refused(made: Any) -> None:
    frame = pd.DataFrame(
        [["a", "2026-01-01", "home", "n", "s"]], columns=["customer", "timestamp", "event", "region", "region"]
    )
    with pytest.raises(QuestionError, match="Two columns are called 'region'"):
        jm.open(made(frame))
    with pytest.raises(QuestionError, match="Two columns are called 'region'"):
        jm.open(frame.iloc[:, :4], customers=made(frame))


def test_numbers_that_are_too_large_are_set_aside_as_in_texts(opened: Opened, tmp_path: Path) -> None:
    values = [1.5, float("-inf"), 1e18, None, float("nan")]
    log = pd.DataFrame(
        {"customer": list("abcde"), "timestamp": ["2026-01-01"] * 5, "event": ["home"] * 5, "value": values}
    )
    shop = opened(log)
    assert (shop.report.accepted, shop.report.rejected_by_reason) == (3, {"bad_value": 2})
    log["value"] = ["1.5", "-inf", "1e18", "", ""]
    log.to_csv(tmp_path / "log.csv", index=False)
    assert opened(tmp_path / "log.csv").report.rejected_by_reason == {"bad_value": 2}
    whole = log.assign(value=[1, 2, 3, 4, -(10**18)])
    assert opened(whole).report.rejected_by_reason == {"bad_value": 1}


def test_customers_without_a_row_are_told(opened: Opened) -> None:
    log = pd.DataFrame({"customer": ["a"], "timestamp": ["2026-01-01"], "event": ["home"]})
    with pytest.raises(SourceError, match="has no customers: there is no row below the header"):
        opened(log, customers=pd.DataFrame({"customer": [], "age": []}))
