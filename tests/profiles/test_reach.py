"""Files of audiences: what stands in their cells, and that they are whole or not there."""

from __future__ import annotations

import csv
import hashlib
import stat
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import opened
from hypothesis import given
from hypothesis import strategies as st

from journeymap.errors import OutputError, QuestionError
from journeymap.profiles.audience import TABLE
from journeymap.profiles.cell_sql import BLANKS, cell_values, hashed_sql, safe_name, safe_sql
from journeymap.store.opening import memory_store
from journeymap.store.row_files import kept_rows, lent_rows, write_rows
from journeymap.store.sql import Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from journeymap.api import Journeys
    from journeymap.store.store import Store

MAIL = {
    "customer": ["A", "B", "C", "D"],
    "email": ["Ann@Example.org\t", "=cmd|'/c calc'!A1", None, "\t"],
    "note": ["-12.5", "+49 170", "@home", "ok"],
    "region": ["=north", "=north", "=north", "=north"],
}
LOG = "A 0d cart web\nB 0d+1h cart web\nC 0d+2h cart web\nD 0d+3h cart web\nZ 90d order web 5"


@pytest.fixture(scope="module")
def mail() -> Iterator[Journeys]:
    with opened() as log:
        yield log(LOG, goal=("order",), customers=MAIL)


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_csv_file_holds_what_the_frame_does(mail: Journeys, tmp_path: Path) -> None:
    how: dict[str, Any] = {"after": "cart", "minimum": 1}
    handed = mail.export_audience(tmp_path / "a.csv", **how)
    frame = mail.audience(**how)
    head, *rows = rows_of(tmp_path / "a.csv")
    assert head == list(frame.columns)
    assert rows[0] == [
        "D", "abandoned: cart without order within 7d, 2024-01-01", "2024-01-01T03:00:00Z", "1", "0.0",
        frame["next_action"][0],
    ]  # fmt: skip
    assert [row[0] for row in rows] == list(frame["customer"]) == ["D", "C", "B", "A"]
    assert (handed.customers, handed.rows, handed.left_out, handed.n_back) == (4, 4, (), 0)


def test_parquet_keeps_values_and_types(mail: Journeys, tmp_path: Path) -> None:
    path = tmp_path / "a.PARQUET"
    mail.export_audience(path, after="cart", minimum=1, ids="email", by="region")
    table = pq.read_table(path)
    assert table.column_names == ["email", "region", "reason", "last_at", "times", "value", "next_action"]
    # Who has no address, or blanks for one, is left out; nothing is made safe here.
    assert table["email"].to_pylist() == [MAIL["email"][1], MAIL["email"][0]]
    assert table["region"].to_pylist() == ["=north", "=north"]
    assert [str(at) for at in table["last_at"].to_pylist()] == [
        "2024-01-01 01:00:00+00:00",
        "2024-01-01 00:00:00+00:00",
    ]
    assert (table.schema.field("times").type, table.schema.field("value").type) == (pa.int64(), pa.float64())
    assert mail.export_audience(path, after="cart", minimum=1, ids="email").without_id == 2


def test_a_spreadsheet_runs_no_cell(mail: Journeys, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    how: dict[str, Any] = {"minimum": 1, "by": "region", "columns": ["customer", "email", "note", "region"]}
    mail.export_audience(path, levels={"region": "=north"}, **how)
    assert rows_of(path)[1:] == [
        ["D", "'\t", "ok", "'=north"],
        ["C", "", "'@home", "'=north"],
        ["B", "'=cmd|'/c calc'!A1", "'+49 170", "'=north"],
        ["A", "Ann@Example.org\t", "-12.5", "'=north"],
    ]
    mail.export_audience(path, levels={"region": "=north"}, safe=False, **how)
    assert rows_of(path)[3] == ["B", "=cmd|'/c calc'!A1", "+49 170", "=north"]


def test_ids_are_hashed_as_ad_platforms_take_them(mail: Journeys) -> None:
    frame = mail.audience(after="cart", minimum=1, ids=["email", "customer"], hashed=True)
    assert list(frame["email"]) == [
        hashlib.sha256(text.encode()).hexdigest() for text in ("=cmd|'/c calc'!a1", "ann@example.org")
    ]
    assert list(frame["customer"]) == [hashlib.sha256(text).hexdigest() for text in (b"b", b"a")]
    # A column that is no id is as it is.
    plain = mail.audience(after="cart", minimum=1, hashed=True, columns=["customer", "email"])
    assert plain["email"][3] == MAIL["email"][0]


def test_ids_that_are_held_as_fractions_are_whole(log: Any, tmp_path: Path) -> None:
    numbers = {"customer": ["A", "B", "C", "D"], "phone": [4915112345601.0, None, 4915112345602.0, 0.5]}
    shop = log(LOG, goal=("order",), customers=numbers)
    numbered = {"A": "4915112345601", "C": "4915112345602", "D": "0.5"}
    frame = shop.audience(ids=["customer", "phone"], minimum=1)
    assert dict(zip(frame["customer"], frame["phone"], strict=True)) == numbered
    hashed = shop.audience(ids="phone", hashed=True, minimum=1)
    assert set(hashed["phone"]) == {hashlib.sha256(text.encode()).hexdigest() for text in numbered.values()}
    shop.export_audience(tmp_path / "a.csv", columns=["customer", "phone"], minimum=1)
    assert {row[0]: row[1] for row in rows_of(tmp_path / "a.csv")[1:]} == {**numbered, "B": "", "Z": ""}


def test_nobody_has_the_id(mail: Journeys) -> None:
    with pytest.raises(QuestionError, match="None of the customers in this audience has email"):
        mail.where("region = '=north' and note = 'ok'").audience(minimum=1, ids="email")


def test_small_audiences_are_not_in_the_file(log: Any, tmp_path: Path) -> None:
    names = [f"c{at}" for at in range(12)]
    shop = log(
        "\n".join(f"{name} {at}d home web" for at, name in enumerate(names)), goal=(),
        customers={"customer": names, "region": ["n"] * 7 + ["s"] * 5 + [], "size": ["x"] * 4 + ["y"] * 8},
    )  # fmt: skip
    plain = ["customer", "size"]
    handed = shop.export_audience(tmp_path / "a.csv", by="size", columns=plain)
    assert (handed.customers, handed.left_out, handed.minimum) == (8, ("size is x",), 5)
    assert {row[1] for row in rows_of(tmp_path / "a.csv")[1:]} == {"y"}
    assert shop.export_audience(tmp_path / "a.csv", by="region", columns="customer").left_out == ()
    with pytest.raises(QuestionError, match=r"Fewer than 13 customers are in '\(all\)'"):
        shop.export_audience(tmp_path / "b.csv", minimum=13)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_file_is_whole_or_as_it_was(mail: Journeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    for target in (tmp_path / "none" / "a.csv", tmp_path / "a.xlsx", tmp_path):
        with pytest.raises(OutputError):
            mail.export_audience(target, after="cart", minimum=1)
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        mail.export_audience(folder, after="cart", minimum=1)
    with pytest.raises(QuestionError):
        mail.export_audience(path, after="cart", minimum=9)
    write_file = mail.store.engine.write_file

    def fails(*given: Any) -> None:
        write_file(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(mail.store.engine, "write_file", fails)
    with pytest.raises(KeyboardInterrupt):
        mail.export_audience(path, after="cart", minimum=1)
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.csv", "folder.csv"]
    mail.export_audience(path, after="cart", minimum=1)
    assert len(rows_of(path)) == 5
    if sys.platform != "win32":
        fresh = tmp_path / "fresh"
        fresh.touch()
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(fresh.stat().st_mode)


def test_the_store_is_left_as_it_was(mail: Journeys) -> None:
    tables = ("customers", "touchpoints", "events", "journeys")
    before = [mail.store.engine.execute(f"SELECT * FROM {name} ORDER BY ALL") for name in tables]
    mail.audience(after="cart", minimum=1)
    with pytest.raises(QuestionError):
        mail.audience(after="cart", minimum=9)
    assert [mail.store.engine.execute(f"SELECT * FROM {name} ORDER BY ALL") for name in tables] == before
    assert not mail.store.engine.has_tables(TABLE)


@pytest.fixture(scope="module")
def engine_store() -> Iterator[Store]:
    store = memory_store()
    yield store
    store.close()


def column(store: Store, sql: str, texts: list[str]) -> list[str]:
    table = pa.table({"place": pa.array(range(len(texts)), pa.int64()), "x": pa.array(texts, pa.string())})
    with lent_rows(store, "texts", table):
        return [str(row[0]) for row in store.rows(Query((), f"SELECT {sql} FROM texts ORDER BY place", cell_values()))]


def lowered(text: str) -> str:
    """Put each letter in lower case by itself: Python alone turns a sigma at a word's end into another letter."""
    return "".join(char.lower() for char in text)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), max_size=60))
def test_hashes_are_those_of_hashlib(engine_store: Store, texts: list[str]) -> None:
    expected = [hashlib.sha256(lowered(text.strip()).encode()).hexdigest() for text in texts]
    assert column(engine_store, hashed_sql("x"), texts) == expected


def test_every_letter_and_every_blank(engine_store: Store) -> None:
    chars = [chr(at) for at in range(1, sys.maxunicode + 1) if not 0xD800 <= at < 0xE000]
    assert "".join(char for char in chars if char.isspace()) == BLANKS
    texts = [f"{char}x{char}" for char in chars if char.isspace() or char.lower() != char or char < "\u0250"]
    assert len(texts) > 1500
    hashes = column(engine_store, hashed_sql("x"), texts)
    assert hashes == [hashlib.sha256(lowered(text.strip()).encode()).hexdigest() for text in texts]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("\n=x", "'\n=x"),
        ("-", "'-"), ("-5", "-5"), ("-5.25", "-5.25"), ("-5.", "'-5."), ("-5+cmd", "'-5+cmd"), ("-5\n", "'-5\n"),
        ("--5", "'--5"),
        ("-٣", "'-٣"), ("\uff1d1", "'\uff1d1"), ("a=1", "a=1"), ("", ""), (" =1", " =1"), ("'=1", "'=1"), ("5", "5"),
    ],
)  # fmt: skip
def test_cells_are_made_safe(engine_store: Store, text: str, written: str) -> None:
    assert column(engine_store, safe_sql("x"), [text]) == [written]
    if not text.startswith("-"):
        assert safe_name(text) == written


@given(st.lists(st.text("=+-@\t\r\n'\" ,;a1.\uff1d", max_size=6), min_size=1, max_size=40))
def test_no_cell_of_a_file_begins_a_formula(engine_store: Store, tmp_path_factory: Any, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    table = pa.table({"place": pa.array(range(len(texts)), pa.int64()), "x": pa.array(texts, pa.string())})
    with lent_rows(engine_store, "texts", table):
        query = Query((), f"SELECT place, {safe_sql('x')} AS x FROM texts ORDER BY place", cell_values())
        write_rows(engine_store, query, path, form="csv")
    for text, (_, cell) in zip(texts, rows_of(path)[1:], strict=True):
        is_number = cell[:1] == "-" and cell[1:].replace(".", "", 1).isdecimal() and cell[-1] != "."
        assert cell[:1] not in tuple("=+-@\t\r\n\uff1d") or is_number
        assert cell.removeprefix("'") == text.removeprefix("'")


def test_rows_of_several_questions_are_kept_and_dropped(engine_store: Store) -> None:
    queries = [Query((), "SELECT $at AS n", {"at": at}) for at in (1, 2)]
    heard: list[str] = []
    engine_store.engine.listeners.append(heard.append)
    with kept_rows(engine_store, "kept", queries):
        assert engine_store.engine.execute("SELECT n FROM kept ORDER BY n") == [(1,), (2,)]
    engine_store.engine.listeners.clear()
    assert [text.splitlines()[0] for text in heard] == ["-- $at = 1", "-- $at = 2"]
    assert engine_store.engine.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'kept'") == [(0,)]
