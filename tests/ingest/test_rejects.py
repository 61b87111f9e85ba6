"""Rows that are refused: counted, and kept with where they stood, what they held and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from journeymap.errors import NothingAcceptedError
from journeymap.ingest.checking import REASONS

TEXT = """customer_id,timestamp,event,value,score,visit
 ,2026-01-01,home,,,v
null,2026-01-01,home,,,v
A,,home,,,v
A,tomorrow,home,,,v
A,2026-01-01,,,,v
A,2026-01-01,home,12 EUR,,v
A,2026-01-01,home,1,good,v
A,2026-01-01,home,1,5,
A,2026-01-01,home
A,2026-01-01,home,1,5,v,more
A,2026-01-01,home,1,5,v
"""
CODES = [
    "no_customer", "no_customer", "no_time", "bad_time", "no_touchpoint", "bad_value", "bad_score", "no_journey",
    "broken_line", "broken_line",
]  # fmt: skip
SETTINGS = '[events]\njourney = "visit"'


def test_every_reason_is_kept_with_source_row_raw_and_words(take: Any) -> None:
    taken = take(TEXT, settings=SETTINGS)
    assert taken.counts == (11, 1, 0, 0, 10)
    assert taken.report.rejected_by_reason == {
        "no_customer": 2, "no_time": 1, "bad_time": 1, "no_touchpoint": 1, "no_journey": 1, "bad_value": 1,
        "bad_score": 1, "broken_line": 2,
    }  # fmt: skip
    rows = taken.sql(
        "SELECT ingest_key, source, row_number, reason_code, reason, raw FROM rejected ORDER BY row_number"
    )
    assert [row[3] for row in rows] == CODES
    assert [row[2] for row in rows] == list(range(1, 11))
    assert {row[0] for row in rows} == {1}
    assert {row[1] for row in rows} == {str(take.folder / "log.csv")}
    for _, _, _, code, reason, raw in rows:
        assert reason.startswith(REASONS[code])
        if code != "broken_line":
            assert list(json.loads(raw)) == ["customer_id", "timestamp", "event", "value", "score", "visit"]
    assert json.loads(rows[3][5])["timestamp"] == "tomorrow"
    assert json.loads(rows[5][5])["value"] == "12 EUR"
    assert rows[8][4:] == ("the row cannot be parsed: fewer fields than the header", "A,2026-01-01,home")
    assert rows[9][4:] == ("the row cannot be parsed: more fields than the header", "A,2026-01-01,home,1,5,v,more")


def test_a_row_has_the_first_reason_that_holds(take: Any) -> None:
    taken = take(
        "customer_id,timestamp,event,value\n,,,x\nA,,,x\nA,2026-01-01,,x\nA,2026-01-01,x,x\nA,2026-01-01,x,1\n"
    )
    assert [code for _, code in taken.rejected] == ["no_customer", "no_time", "no_touchpoint", "bad_value"]


def test_the_same_rejects_are_kept_once(take: Any) -> None:
    taken = take(TEXT, settings=SETTINGS)
    again = take(TEXT, settings=SETTINGS, into=taken)
    assert again.counts == (11, 0, 1, 0, 10)
    assert len(again.rejected) == 10
    more = take.file(TEXT.replace("tomorrow", "never"), "other.csv")
    assert len(take(more, settings=SETTINGS, into=taken).rejected) == 20


def test_rejects_of_frames_and_of_several_files_say_where(take: Any) -> None:
    one = take.file("user_id,ts,event\nA,x,home\nA,2026-01-01,home\n", "one.csv")
    two = take.file("user_id,ts,event\nA,2026-01-01,home\nA\n", "two.csv")
    taken = take(one, two)
    assert taken.sql("SELECT source, row_number FROM rejected ORDER BY source") == [(str(one), 1), (str(two), 2)]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("user_id,ts,event\n,2026-01-01,x\n", "1 no_customer. The first no_customer: user_id = None", "--customer"),
        ("user_id,ts,event\nA,,x\nA,,y\n", "not one of 2 rows could be accepted: 2 no_time", "--timestamp"),
        ("user_id,ts,event\nA,1 May,x\n", "ts = '1 May'", "--time-format"),
        (
            "user_id,ts,event\nA,1/2/2026 1:05 AM,x\nA,12/31/2026 11:59 PM,x\n",
            "ts = '1/2/2026 1:05 AM'",
            "Say how the times are written: --time-format '%m/%d/%Y %I:%M %p'",
        ),
        (
            "user_id,ts,event\nA,03/04/2026,x\n",
            "ts = '03/04/2026'",
            "More than one format fits, and only you know which: --time-format '%d/%m/%Y' or --time-format '%m/%d/%Y'",
        ),
        ("user_id,ts,event\nA,2026-01-01,\n", "event = None", "--touchpoint"),
        ("user_id,ts,event,value\nA,2026-01-01,x,€5\n", '"value": "\\u20ac5"', "--value"),
        ("user_id,ts,event,score\nA,2026-01-01,x,bad\n", "score = 'bad'", "--score"),
        ("user_id,ts,event\nA,2026-01-01\n", "fewer fields than the header", "--delimiter"),
        ("user_id,ts,event\nA,x\nA,y,x\nA,z,x\n", "2 bad_time, 1 broken_line", "--time-format"),
    ],
)
def test_nothing_accepted_is_an_error_with_an_example(take: Any, text: str, message: str, hint: str) -> None:
    with pytest.raises(NothingAcceptedError) as caught:
        take(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_format_that_was_given_and_reads_impossible_times_is_not_named_again(take: Any) -> None:
    settings = '[events]\ntime_format = "%d/%m/%Y"\n'
    with pytest.raises(NothingAcceptedError, match="1 bad_time") as caught:
        take("user_id,ts,event\nA,03/04/1800,x\n", settings=settings)
    assert "%m/%d/%Y" not in caught.value.hint
    with pytest.raises(NothingAcceptedError) as caught:
        take("user_id,ts,event\nA,12/31/2025,x\n", settings=settings)
    assert caught.value.hint == "Say how the times are written: --time-format '%m/%d/%Y'"


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_a_file_without_one_row(take: Any, name: str) -> None:
    text = "user_id,ts,event\n" if name == "log.csv" else "\n\n"
    with pytest.raises(Exception, match=r"no row below the header|is empty"):
        take(text, name=name)
    with pytest.raises(NothingAcceptedError, match="no row below the header"):
        take("user_id,ts,event\n\n\n")


def test_only_broken_lines_of_json(take: Any) -> None:
    with pytest.raises(Exception, match=r"not a JSON object|No column looks like"):
        take("{broken\n{broken too\n", name="log.jsonl")
