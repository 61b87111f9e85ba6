"""One event of the lines of an order."""

from __future__ import annotations

from typing import Any

SETTINGS = """
[events]
touchpoint_name = "purchase"
one_event_per = "InvoiceNo"
value = "Quantity*UnitPrice"
[journey]
goal = "purchase"
"""
HEAD = "CustomerID,InvoiceDate,InvoiceNo,Quantity,UnitPrice,StockCode\n"
LINES = [
    "1,2026-01-01T10:00,100,2,3,hat\n",
    "1,2026-01-01T10:01,100,1,4,bag\n",
    "1,2026-01-05T10:00,101,1,5,hat\n",
    "2,2026-01-05T10:00,101,1,7,hat\n",
    "2,2026-01-06T10:00,,1,8,hat\n",
    "2,2026-01-06T10:00,,1,9,bag\n",
]
EVENTS = [
    ("1", "2026-01-01T10:00:00", 10.0, "100", "hat"),
    ("1", "2026-01-05T10:00:00", 5.0, "101", "hat"),
    ("2", "2026-01-05T10:00:00", 7.0, "101", "hat"),
    ("2", "2026-01-06T10:00:00", 8.0, None, "hat"),
    ("2", "2026-01-06T10:00:00", 9.0, None, "bag"),
]


def found(taken: Any) -> list[tuple[Any, ...]]:
    rows = taken.sql("SELECT arrival, value, InvoiceNo, StockCode FROM events ORDER BY arrival")
    return [(*event[:2], *row[1:]) for event, row in zip(taken.events, rows, strict=True)]


def test_values_add_up_and_the_first_line_gives_the_rest(take: Any) -> None:
    taken = take(HEAD + "".join(LINES), settings=SETTINGS)
    assert found(taken) == EVENTS
    assert taken.counts == (6, 6, 0, 0, 0)
    assert (taken.report.events, taken.report.customers) == (5, 2)
    assert taken.sql("SELECT count(*) FROM lines") == [(6,)]
    assert taken.sql("SELECT sum(value) FROM journeys") == [(39.0,)]


def test_the_same_lines_again_add_nothing(take: Any) -> None:
    text = HEAD + "".join(LINES)
    taken = take(text, settings=SETTINGS)
    assert take(text, settings=SETTINGS, into=taken).counts == (6, 0, 6, 0, 0)
    assert found(taken) == EVENTS
    assert taken.sql("SELECT count(*) FROM lines") == [(6,)]


def test_an_order_that_is_split_over_two_files_is_one_event(take: Any) -> None:
    one = take.file(HEAD + "".join(LINES[:1] + LINES[2:]), "one.csv")
    two = take.file(HEAD + "".join(LINES[:3]), "two.csv")
    together = take(one, two, settings=SETTINGS)
    assert sorted(found(together), key=repr) == sorted(EVENTS, key=repr)
    assert together.counts == (8, 6, 2, 0, 0)
    later = take(one, settings=SETTINGS)
    again = take(two, settings=SETTINGS, into=later)
    assert again.counts == (3, 1, 2, 0, 0)
    assert sorted(found(later), key=repr) == sorted(EVENTS, key=repr)
    assert later.sql("SELECT count(*) FROM journeys") == together.sql("SELECT count(*) FROM journeys")


def test_touchpoints_of_one_order_are_kept_apart(take: Any) -> None:
    rule = '[[touchpoints.rule]]\nname = "return"\nwhen = "Quantity < 0"\n'
    text = HEAD + "1,2026-01-01,100,2,3,hat\n1,2026-01-01,100,-1,3,hat\n"
    taken = take(text, settings=SETTINGS + rule)
    assert [(event[2], value) for event, value in zip(taken.events, taken.values(), strict=True)] == [
        ("purchase", 6.0),
        ("return", -3.0),
    ]


def test_missing_values_are_no_zeros(take: Any) -> None:
    text = (
        "user_id,ts,event,value,order_no\nA,2026-01-01,x,,1\nA,2026-01-01,x,,1\nA,2026-01-02,x,,2\nA,2026-01-02,x,3,2\n"
    )
    taken = take(text, settings='[events]\none_event_per = "order_no"')
    assert taken.values() == [None, 3.0]


def test_lines_that_are_equal_but_meant_can_be_kept(take: Any) -> None:
    text = HEAD + LINES[0] * 2
    assert found(take(text, settings=SETTINGS))[0][2] == 6.0
    assert found(take(text, settings=SETTINGS.replace("value =", "keep_duplicates = true\nvalue =")))[0][2] == 12.0


def test_later_lines_may_bring_new_columns(take: Any) -> None:
    taken = take(HEAD + LINES[0], settings=SETTINGS)
    more = take.file(HEAD.replace("\n", ",Country\n") + "1,2026-01-01T10:05,100,1,1,cap,UK\n", "b.csv")
    take(more, settings=SETTINGS, into=taken)
    assert taken.values() == [7.0]
    assert "Country" in taken.kinds()
