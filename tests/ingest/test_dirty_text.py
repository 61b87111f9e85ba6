"""Text files as they come: quotes that are not closed, mixed line ends, other encodings, bytes that are no text."""

from __future__ import annotations

import gzip
import random
from typing import Any

import pytest

from journeymap.errors import SourceError

HEAD = "customer_id,timestamp,event\n"


def row(customer: str, event: str = "x") -> str:
    return f"{customer},2026-01-01,{event}\n"


def test_lines_that_an_open_quote_swallowed_are_read_again(take: Any) -> None:
    text = (
        HEAD
        + row("a")
        + row('"b')
        + row("c")
        + "d,2026-01-01\n"
        + row("e")
        + row('"f')
        + row("g")
        + row("h,")
        + row("i")
    )
    taken = take(text)
    assert taken.customers == ["a", "c", "e", "g", "i"]
    assert taken.rejected == [(row, "broken_line") for row in (2, 4, 6, 8)]
    reasons = taken.sql("SELECT raw, reason FROM rejected ORDER BY row_number")
    assert reasons[0] == ('"b,2026-01-01,x', "the row cannot be parsed: a quote that is not closed")
    assert reasons[1][1].endswith("fewer fields than the header")
    assert reasons[2][0] == '"f,2026-01-01,x'
    assert [arrival for (arrival,) in taken.sql("SELECT arrival FROM events ORDER BY 1")] == [1, 3, 5, 7, 9]


def test_the_same_with_windows_line_ends(take: Any) -> None:
    text = HEAD + row("a") + row('"b') + row("c") + "d,2026-01-01\n" + row("e")
    taken = take(text.replace("\n", "\r\n").encode())
    assert taken.customers == ["a", "c", "e"]
    assert taken.rejected == [(2, "broken_line"), (4, "broken_line")]
    assert taken.sql("SELECT raw FROM rejected ORDER BY row_number") == [('"b,2026-01-01,x',), ("d,2026-01-01",)]


def test_blank_lines_are_no_rows(take: Any) -> None:
    text = HEAD + "\n" + row("a") + "\n\n" + row('"b') + row("c") + "\n" + row("d") + "\n\n"
    taken = take(text, take.file(HEAD + row("z"), "z.csv"))
    assert taken.customers == ["a", "c", "d", "z"]
    assert taken.counts == (5, 4, 0, 0, 1)
    assert taken.sql("SELECT raw FROM rejected") == [('"b,2026-01-01,x',)]
    assert taken.sql("SELECT count(DISTINCT arrival) FROM events") == [(4,)]


def test_many_open_quotes(take: Any) -> None:
    text = HEAD + "".join(row(f'"bad{at}') + row(f"good{at}") for at in range(25))
    taken = take(text)
    assert taken.counts == (50, 25, 0, 0, 25)
    assert [number for number, _ in taken.rejected] == list(range(1, 51, 2))


def test_a_quote_within_a_field_is_set_aside(take: Any) -> None:
    taken = take(HEAD + row('"a"b') + row("c") + row('d"d'))
    assert taken.customers == ["c", 'd"d']
    assert taken.rejected == [(1, "broken_line")]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends(take: Any, end: str) -> None:
    assert take((HEAD + row("a") + row("b")).replace("\n", end).encode()).customers == ["a", "b"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_mixed_line_ends_in_one_file(take: Any, pack: Any) -> None:
    text = HEAD + "a,2026-01-01,x\r\nb,2026-01-01,x\nc,2026-01-01\r\nd,2026-01-01,y\n"
    taken = take(pack(text.encode()), name="log.csv" if pack is bytes else "log.csv.gz")
    assert taken.customers == ["a", "b", "d"]
    assert taken.sql("SELECT touchpoint FROM touchpoints ORDER BY 1") == [("x",), ("y",)]
    assert taken.rejected == [(3, "broken_line")]


def test_a_file_without_a_last_line_end(take: Any) -> None:
    assert take((HEAD + row("a") + row("b")).rstrip("\n")).customers == ["a", "b"]


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_a_byte_order_mark_is_no_part_of_a_name(take: Any, name: str) -> None:
    line = '{"customer_id": "ä", "timestamp": "2026-01-01", "event": "x"}\n'
    text = HEAD + row("ä") if name == "log.csv" else line
    assert take(b"\xef\xbb\xbf" + text.encode(), name=name).customers == ["ä"]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_with_the_option(take: Any, encoding: str) -> None:
    text = HEAD.replace("event", "event,größe") + "é,2026-01-01,x,ü\nb,2026-01-01,x\nc,2026-01-01,x,\n"
    taken = take(text.encode(encoding), settings=f'[events]\nencoding = "{encoding}"')
    assert taken.customers == ["c", "é"]
    assert taken.values("größe") == ["ü", None]
    assert taken.rejected == [(2, "broken_line")]


def test_an_open_quote_in_another_encoding(take: Any) -> None:
    text = HEAD + row('"é') + row("ü") + row("ß")
    taken = take(text.encode("latin-1"), settings='[events]\nencoding = "latin-1"')
    assert taken.customers == ["ß", "ü"]
    assert taken.sql("SELECT raw FROM rejected") == [('"é,2026-01-01,x',)]


def test_utf_16_without_the_option_is_told(take: Any) -> None:
    with pytest.raises(SourceError, match=r"is written in UTF-16") as caught:
        take((HEAD + row("a")).encode("utf-16"))
    assert "--encoding utf-16" in caught.value.hint


def test_utf_16_with_the_large_byte_first_is_told(take: Any) -> None:
    text = b"\xfe\xff" + (HEAD + row("a")).encode("utf-16-be")
    with pytest.raises(SourceError, match="large byte first"):
        take(text, settings='[events]\nencoding = "utf-16"')


def test_a_header_in_another_encoding_is_told(take: Any) -> None:
    with pytest.raises(SourceError, match="not written in utf-8: its first line") as caught:
        take((HEAD.replace("event", "event,größe") + "é,2026-01-01,x,1\n").encode("latin-1"))
    assert "--encoding latin-1" in caught.value.hint


def test_bytes_that_are_no_text_are_set_aside(take: Any) -> None:
    taken = take((HEAD + row("a")).encode() + b"b\xff,2026-01-01,x\n" + row("c").encode())
    assert taken.customers == ["a", "c"]
    assert taken.rejected == [(2, "broken_line")]
    assert "--encoding" in taken.sql("SELECT reason FROM rejected")[0][0]


def test_a_zero_byte_far_down_spoils_nothing(take: Any) -> None:
    text = HEAD + "".join(row(f"customer{at}") for at in range(400)) + "b\0c,2026-01-01,x\n"
    taken = take(text)
    assert taken.counts[0] == 401
    assert taken.report.accepted + taken.report.rejected == 401


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 10, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"SQLite format 3\0" + bytes(100)]
)
def test_a_binary_file_is_told(take: Any, content: bytes) -> None:
    with pytest.raises(SourceError, match="is a binary file, not text"):
        take(content)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\r\n"])
@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log.csv.gz"])
def test_an_empty_file_is_told(take: Any, content: bytes, name: str) -> None:
    with pytest.raises(SourceError, match="is empty"):
        take(gzip.compress(content) if name.endswith("gz") else content, name=name)


def test_a_file_that_is_not_packed_as_its_name_says(take: Any) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        take(HEAD + row("a"), name="log.csv.gz")


@pytest.mark.parametrize("name", ["log.csv.gz", "log.jsonl.gz"])
@pytest.mark.parametrize("n_rows", [1, 40_000])
def test_a_packed_file_that_is_cut_off_is_told(take: Any, name: str, n_rows: int) -> None:
    figures = random.Random(1)  # noqa: S311 - no secret
    form = (
        "{},2026-01-01,x\n" if name == "log.csv.gz" else '{{"customer_id":"{}","timestamp":"2026-01-01","event":"x"}}\n'
    )
    text = (HEAD if name == "log.csv.gz" else "") + "".join(form.format(figures.random()) for _ in range(n_rows))
    content = gzip.compress(text.encode(), compresslevel=1)
    with pytest.raises(SourceError, match=r"cannot be read: .*(T|t|end of GZIP)"):
        take(content[: -len(content) // 2], name=name)


def test_a_store_is_no_source(take: Any, tmp_path: Any) -> None:
    from journeymap.store.opening import writable_store

    with writable_store(tmp_path / "shop.duckdb"):
        pass
    with pytest.raises(SourceError, match="is a journey store, not a file of events"):
        take(tmp_path / "shop.duckdb")
