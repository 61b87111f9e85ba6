"""Every format that a log may have gives the same events."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from journeymap.errors import SourceError, SourceNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

LOG = """customer_id,timestamp,event,page
A,2026-01-01,home,/
A,2026-01-02T10:00:00,cart,"/a, b"
B,2026-01-01,home,
"""
EVENTS = [("A", "2026-01-01", "home"), ("A", "2026-01-02T10:00:00", "cart"), ("B", "2026-01-01", "home")]
ROWS = [
    {"customer_id": "A", "timestamp": "2026-01-01", "event": "home", "page": "/"},
    {"customer_id": "A", "timestamp": "2026-01-02T10:00:00", "event": "cart", "page": "/a, b"},
    {"customer_id": "B", "timestamp": "2026-01-01", "event": "home"},
]


def packed(text: str, ending: str) -> bytes:
    if ending == ".gz":
        return gzip.compress(text.encode())
    if ending in {".zst", ".zstd"}:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(text.encode())
        return bytes(sink.getvalue().to_pybytes())
    return text.encode()


def lines(rows: list[Any]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@pytest.mark.parametrize("ending", ["", ".gz", ".zst", ".zstd"])
@pytest.mark.parametrize(
    ("name", "delimiter"),
    [("log.csv", ","), ("log.tsv", "\t"), ("log.tab", "\t"), ("log.csv", ";"), ("log.txt", "|"), ("LOG.CSV", ",")],
)
def test_delimited_text(take: Any, name: str, delimiter: str, ending: str) -> None:
    text = LOG.replace(",", delimiter).replace(f"/a{delimiter} b", "/a, b")
    taken = take(packed(text, ending), name=name + ending)
    assert taken.events == EVENTS
    assert taken.counts == (3, 3, 0, 0, 0)
    assert taken.values("page") == ["/", "/a, b", None]


def test_the_delimiter_can_be_given(take: Any) -> None:
    assert take(LOG.replace(",", "~").replace("a~ b", "ab"), settings='[events]\ndelimiter = "~"').events == EVENTS


def test_a_quoted_field_may_hold_line_breaks_and_quotes(take: Any) -> None:
    text = 'customer_id,timestamp,event,page\nA,2026-01-01,home,"two\nlines, ""quoted"""\nB,2026-01-01,home,x\n'
    taken = take(text)
    assert taken.values("page") == ['two\nlines, "quoted"', "x"]
    assert taken.counts == (2, 2, 0, 0, 0)


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", ["log.jsonl", "log.ndjson", "log.json"])
def test_json_lines(take: Any, name: str, ending: str) -> None:
    taken = take(packed(lines(ROWS), ending), name=name + ending)
    assert taken.events == EVENTS
    assert taken.values("page") == ["/", "/a, b", None]


def test_json_lines_are_recognised_without_their_ending(take: Any) -> None:
    assert take(take.file(lines(ROWS), "log")).events == EVENTS


def test_nested_objects_become_dotted_columns(take: Any) -> None:
    first = {"user_id": 7, "ts": "2026-01-01", "event": "home", "device": {"os": {"name": "x"}, "sizes": [1, 2]}}
    second = {"user_id": "7", "ts": "2026-01-02", "event": "home", "device": {"os": {"a/b~c": True}, "sizes": None}}
    taken = take(lines([first, second]), name="log.jsonl")
    assert taken.customers == ["7"]
    assert taken.values("device.os.name") == ["x", None]
    assert taken.values("device.sizes") == ["[1,2]", None]
    assert taken.values("device.os.a/b~c") == [None, "true"]


def test_a_value_that_is_an_object_in_one_line_only_is_kept_as_json(take: Any) -> None:
    rows = [{**ROWS[0], "page": {"path": "/"}}, {**ROWS[1], "page": "/cart"}]
    assert take(lines(rows), name="log.jsonl").values("page") == ['{"path":"/"}', "/cart"]


def test_broken_json_lines_are_set_aside(take: Any) -> None:
    text = lines(ROWS[:1]) + 'not json\n[1, 2]\n5\n\n{"customer_id": "A"\n' + lines(ROWS[1:])
    taken = take(text, name="log.jsonl")
    assert taken.events == EVENTS
    assert taken.counts == (7, 3, 0, 0, 4)
    assert taken.rejected == [(row, "broken_line") for row in (2, 3, 4, 6)]
    raws = taken.sql("SELECT raw, reason FROM rejected ORDER BY row_number")
    assert raws[0] == ("not json", "the row cannot be parsed: not a JSON object")


def test_blank_json_lines_do_not_mix_up_the_files_after(take: Any) -> None:
    one = take.file("\n\n" + lines(ROWS[:2]) + "\n\n" + lines(ROWS[:1]), "a.jsonl")
    two = take.file(lines(ROWS[2:]), "b.jsonl")
    taken = take(one, two)
    assert taken.counts == (4, 3, 1, 0, 0)
    assert taken.events == EVENTS
    assert taken.sql("SELECT count(DISTINCT arrival) FROM events") == [(3,)]


def test_bytes_that_are_no_text_are_set_aside_in_json_lines_too(take: Any) -> None:
    text = lines(ROWS[:1]).encode() + b'{"customer_id": "\xff"}\n' + lines(ROWS[1:]).encode()
    taken = take(text, name="log.jsonl")
    assert taken.events == EVENTS
    assert taken.rejected == [(2, "broken_line")]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_json_lines_in_another_encoding(take: Any, encoding: str) -> None:
    text = json.dumps({**ROWS[0], "page": "Größe"}, ensure_ascii=False) + "\n"
    taken = take(text.encode(encoding), name="log.jsonl", settings=f'[events]\nencoding = "{encoding}"')
    assert taken.values("page") == ["Größe"]


def test_a_json_array_is_refused_with_the_way_out(take: Any) -> None:
    with pytest.raises(SourceError, match=r"one JSON array.*one object a line") as caught:
        take(json.dumps(ROWS, indent=1), name="log.json")
    assert "jq -c" in caught.value.hint


def test_xml_is_refused_with_the_way_out(take: Any) -> None:
    with pytest.raises(SourceError, match="looks like XML"):
        take('<?xml version="1.0"?>\n<log></log>\n', name="log.txt")


def parquet(take: Any, columns: dict[str, pa.Array], name: str = "log.parquet") -> Path:
    path: Path = take.file(b"", name)
    pq.write_table(pa.table(columns), path)
    return path


US = [1_767_225_600_123_456, 1_767_225_600_000_000]
TIMES = {
    "naive us": (pa.array(US, pa.timestamp("us")), "timestamps without a zone"),
    "naive ns": (pa.array([at * 1000 for at in US], pa.timestamp("ns")), "timestamps without a zone"),
    "zoned us": (pa.array(US, pa.timestamp("us", "America/New_York")), "timestamps with a zone"),
    "zoned ns": (pa.array([at * 1000 for at in US], pa.timestamp("ns", "UTC")), "timestamps with a zone"),
    "epoch us": (pa.array(US, pa.int64()), "epoch microseconds"),
    "epoch us unsigned": (pa.array(US, pa.uint64()), "epoch microseconds"),
    "text": (pa.array(["2026-01-01T00:00:00.123456Z", "2026-01-01 01:00+01:00"]), "ISO 8601"),
}


@pytest.mark.parametrize("kind", TIMES)
def test_parquet_times(take: Any, kind: str) -> None:
    times, written_as = TIMES[kind]
    path = parquet(take, {"user_id": pa.array(["A", "B"]), "ts": times, "event": pa.array(["x", "y"])})
    taken = take(path)
    assert [row[0] for row in taken.sql("SELECT at_us FROM events ORDER BY arrival")] == US
    assert taken.report.times == written_as


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (pa.array([1_767_225_600_123, None], pa.timestamp("ms")), 1_767_225_600_123_000),
        (pa.array([1_767_225_600, None], pa.timestamp("s")), 1_767_225_600_000_000),
        (pa.array([date(2026, 1, 1), None]), 1_767_225_600_000_000),
        (pa.array([1_767_225_600, None], pa.int32()), 1_767_225_600_000_000),
        (pa.array([1_767_225_600.25, float("nan")]), 1_767_225_600_250_000),
        (pa.array([Decimal("1767225600.5"), None]), 1_767_225_600_500_000),
    ],
    ids=["ms", "s", "date", "int", "float", "decimal"],
)
def test_parquet_times_and_their_gaps(take: Any, times: pa.Array, expected: int) -> None:
    path = parquet(take, {"user_id": pa.array(["A", "B"]), "ts": times, "event": pa.array(["x", "y"])})
    taken = take(path)
    assert taken.sql("SELECT at_us FROM events") == [(expected,)]
    assert taken.rejected == [(2, "no_time")]


def test_naive_parquet_times_follow_the_time_zone(take: Any) -> None:
    path = parquet(
        take,
        {
            "user_id": pa.array(["A"]),
            "ts": pa.array([datetime(2026, 7, 1, 2)], pa.timestamp("us")),  # noqa: DTZ001 - naive is the case
            "event": pa.array(["x"]),
        },
    )
    assert take(path, settings='[events]\ntimezone = "Europe/Berlin"').events == [("A", "2026-07-01", "x")]


def test_parquet_columns_keep_their_types(take: Any) -> None:
    path = parquet(
        take,
        {
            "user_id": pa.array([1.0, float("nan"), 3.0]),
            "ts": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 3),
            "event": pa.array(["x", "y", "z"]),
            "value": pa.array([Decimal("1.50"), Decimal("2.25"), None]),
            "score": pa.array([5, 4, None], pa.int8()),
            "ratio": pa.array([0.5, 1.0, float("nan")]),
            "n": pa.array([1, 2, 3], pa.uint16()),
            "flag": pa.array([True, False, None]),
            "place": pa.array([{"city": "Ulm", "tags": ["a"]}] * 3),
            "words": pa.array([["a", "b"], [], None]),
            "kind": pa.array(["u", "v", "w"]).dictionary_encode(),
            "raw": pa.array([b"\x00\xff", b"b", None]),
        },
    )
    taken = take(path)
    assert taken.customers == ["1", "3"]
    assert taken.rejected == [(2, "no_customer")]
    assert taken.values() == [1.5, None]
    assert taken.values("score") == [5, None]
    assert taken.values("ratio") == [0.5, None]
    assert taken.values("place") == ['{"city":"Ulm","tags":["a"]}'] * 2
    assert taken.values("words") == ['["a","b"]', None]
    assert taken.values("kind") == ["u", "w"]
    kinds = taken.kinds()
    assert kinds["n"] in {"USMALLINT", "INTEGER"}  # Spark has no unsigned numbers
    assert (kinds["flag"], kinds["ratio"]) == ("BOOLEAN", "DOUBLE")
    raw = json.loads(taken.sql("SELECT raw FROM rejected")[0][0])
    assert (raw["user_id"], raw["value"], raw["event"]) == (None, 2.25, "y")


def test_a_text_file_called_parquet_is_refused(take: Any) -> None:
    with pytest.raises(SourceError, match="is not a Parquet file"):
        take(LOG, name="log.parquet")


def test_a_parquet_file_is_recognised_by_its_content(take: Any) -> None:
    columns = {"user_id": pa.array(["A"]), "ts": pa.array([US[1]]), "event": pa.array(["x"])}
    assert take(parquet(take, columns, "log.dat")).events == [("A", "2026-01-01", "x")]


def test_a_parquet_file_that_is_cut_off_is_refused(take: Any) -> None:
    columns = {"user_id": pa.array(["A"]), "ts": pa.array([US[1]]), "event": pa.array(["x"])}
    whole = parquet(take, columns).read_bytes()
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        take(take.file(whole[:-20], "cut.parquet"))


def test_several_files_with_different_columns_and_formats(take: Any) -> None:
    one = take.file("customer_id,timestamp,event,page\nA,2026-01-01,home,/\n", "a.csv")
    two = take.file("event;customer_id;timestamp;plan\ncart;A;2026-01-02;gold\n", "b.csv")
    three = take.file(lines([{"customer_id": "A", "timestamp": "2026-01-03", "event": "order"}]), "c.jsonl")
    taken = take(one, two, three)
    assert [event[2] for event in taken.events] == ["home", "cart", "order"]
    assert taken.values("page") == ["/", None, None]
    assert taken.values("plan") == [None, "gold", None]


def test_a_customer_is_one_whether_its_number_was_written_as_whole_or_as_float(take: Any) -> None:
    # pandas turns a column of whole numbers with one gap into floats.
    base = {"ts": pa.array([US[1]]), "event": pa.array(["x"])}
    one = parquet(take, {"user_id": pa.array([17]), **base, "n": pa.array([3])}, "a.parquet")
    two = parquet(take, {"user_id": pa.array([17.0]), **base, "n": pa.array([3.0])}, "b.parquet")
    three = parquet(take, {"user_id": pa.array([17], pa.int32()), **base, "n": pa.array([3])}, "c.parquet")
    taken = take(one, two, three)
    assert taken.customers == ["17"]
    assert taken.counts == (3, 1, 2, 0, 0)


def test_whole_numbers_of_different_widths_stay_numbers(take: Any) -> None:
    base = {"user_id": pa.array(["A"]), "ts": pa.array([US[1]]), "event": pa.array(["x"])}
    one = parquet(take, {**base, "n": pa.array([3], pa.int16())}, "a.parquet")
    two = parquet(take, {**base, "n": pa.array([4], pa.uint32())}, "b.parquet")
    taken = take(one, two)
    assert (taken.kinds()["n"], taken.values("n")) == ("BIGINT", [3, 4])


def test_a_time_may_be_typed_in_one_file_and_text_in_another(take: Any) -> None:
    one = parquet(
        take,
        {"user_id": pa.array(["A"]), "ts": pa.array([US[1]], pa.timestamp("us")), "event": pa.array(["x"])},
    )
    two = take.file("user_id,ts,event\nA,2026-01-01T02:00:00+01:00,y\n", "b.csv")
    assert [at for _, at, _ in take(one, two).events] == ["2026-01-01", "2026-01-01T01:00:00"]


def folder_of(take: Any) -> None:
    for name in ("b.csv", "a.csv", "deep/er/c.jsonl.gz"):
        text = LOG.replace("A", name[-5] if name[0] != "d" else "c")
        content = gzip.compress(lines([{**ROWS[0], "customer_id": "c"}]).encode()) if name[0] == "d" else text
        take.file(content, f"logs/{name}")
    take.file("read me", "logs/README.md")
    take.file("customer_id,plan\na,gold\n", "logs/customers.csv")


def test_a_folder_is_read_whole_in_order_of_names_without_the_customers(take: Any) -> None:
    folder_of(take)
    taken = take(take.folder / "logs", settings='[customers]\nfile = "logs/customers.csv"')
    assert taken.counts == (7, 6, 1, 0, 0)
    assert [
        row[0].rsplit("/", 1)[-1] for row in taken.sql("SELECT unnest(CAST(source AS JSON[]))::VARCHAR FROM ingests")
    ] == [
        'a.csv"',
        'b.csv"',
        'c.jsonl.gz"',
    ]
    assert taken.sql("SELECT plan FROM customers WHERE customer_id = 'a'") == [("gold",)]


def test_a_glob_takes_what_can_be_read(take: Any) -> None:
    folder_of(take)
    assert take(str(take.folder / "logs" / "[ab].*")).report.read == 6
    assert take(str(take.folder / "logs" / "**" / "*.gz")).report.read == 1


def test_a_file_that_is_named_twice_is_read_once(take: Any) -> None:
    path = take.file(LOG)
    assert take(path, take.folder, str(take.folder / "*.csv")).report.read == 3


@pytest.mark.parametrize("source", ["logs/*.tsv", "empty"])
def test_nothing_to_read_is_said(take: Any, source: str) -> None:
    folder_of(take)
    (take.folder / "empty").mkdir()
    with pytest.raises(SourceNotFoundError, match="no files of events in"):
        take(str(take.folder / source))


def test_a_missing_file_is_said_with_what_there_is(take: Any) -> None:
    take.file(LOG, "march.csv")
    take.file(LOG, ".hidden.csv")
    with pytest.raises(SourceNotFoundError, match=r"There is no file .*july\.parquet\. There are: march\.csv\."):
        take(take.folder / "july.parquet")
    with pytest.raises(SourceNotFoundError, match=r"There is no file .*marhc\.csv\. Did you mean 'march\.csv'\?"):
        take(take.folder / "marhc.csv")


def test_a_missing_folder_is_said_with_what_there_is(take: Any) -> None:
    take.file(LOG, "events/march.csv")
    with pytest.raises(
        SourceNotFoundError,
        match=r"no file .*event/march\.csv\. There is no folder .*event either\. Did you mean 'events'\?",
    ):
        take(take.folder / "event" / "march.csv")
    with pytest.raises(SourceNotFoundError, match=r"There is no file .*event\. Did you mean 'events'\?"):
        take(take.folder / "event")
