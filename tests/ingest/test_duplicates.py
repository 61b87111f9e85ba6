"""The same event counts once, however often it is read; and what is appended later falls into its place."""

from __future__ import annotations

import itertools
from typing import Any

import pyarrow as pa
import pytest

LOG = """user_id,ts,event,page
A,2026-01-01,home,/
A,2026-01-01,home,/
A,2026-01-01,home,/2
A,2026-01-01,home,/
B,2026-01-01,home,/
B,2026-01-02,home,/
"""
WITH_ID = """event_id,user_id,ts,event,page
1,A,2026-01-01,home,/
1,A,2026-01-05,other,/2
2,A,2026-01-01,home,/
3,A,2026-01-01,home,/
,A,2026-01-01,home,/
,A,2026-01-01,home,/
,A,2026-01-01,home,/3
"""
KEEP = "[events]\nkeep_duplicates = true"


def n_events(taken: Any) -> int:
    return int(taken.sql("SELECT count(*) FROM events")[0][0])


def test_rows_equal_in_every_column_count_once(take: Any) -> None:
    taken = take(LOG)
    assert taken.counts == (6, 4, 2, 0, 0)
    assert [arrival for (arrival,) in taken.sql("SELECT arrival FROM events ORDER BY 1")] == [1, 3, 5, 6]


def test_a_missing_value_is_equal_to_a_missing_value(take: Any) -> None:
    taken = take("user_id,ts,event,page\nA,2026-01-01,home,\nA,2026-01-01,home,\nA,2026-01-01,home,/\n")
    assert taken.counts == (3, 2, 1, 0, 0)


def test_times_written_in_two_ways_are_the_same_time(take: Any) -> None:
    assert take("user_id,ts,event\nA,2026-01-01,x\nA,2026-01-01T01:00+01:00,x\n").counts == (2, 1, 1, 0, 0)


def test_equal_event_ids_are_enough_and_missing_ones_are_not_equal(take: Any) -> None:
    taken = take(WITH_ID)
    assert taken.counts == (7, 5, 2, 0, 0)
    assert taken.values("event_id") == ["1", "2", "3", None, None]
    assert taken.values("page") == ["/", "/", "/", "/", "/3"]


def test_the_same_file_again_adds_nothing(take: Any) -> None:
    for text, n_rows in ((LOG, 6), (WITH_ID, 7)):
        taken = take(text)
        before = taken.sql("SELECT * FROM events ORDER BY ALL"), taken.sql("SELECT * FROM journeys ORDER BY ALL")
        again = take(text, into=taken)
        assert again.counts == (n_rows, 0, n_rows, 0, 0)
        assert before == (
            taken.sql("SELECT * FROM events ORDER BY ALL"),
            taken.sql("SELECT * FROM journeys ORDER BY ALL"),
        )
        assert taken.sql("SELECT ingest_key, accepted, duplicates FROM ingests ORDER BY 1")[1] == (2, 0, n_rows)


def test_an_overlapping_file_adds_only_what_is_new(take: Any) -> None:
    taken = take(LOG)
    overlap = "user_id,ts,event,page\nB,2026-01-02,home,/\nB,2026-01-03,cart,/\nC,2026-01-01,home,/\n"
    assert take(take.file(overlap, "b.csv"), into=taken).counts == (3, 2, 1, 0, 0)
    assert n_events(taken) == 6


def test_duplicates_can_be_kept(take: Any) -> None:
    taken = take(LOG, settings=KEEP)
    assert taken.counts == (6, 6, 0, 0, 0)
    assert take(LOG, into=taken, settings=KEEP).counts == (6, 0, 6, 0, 0)
    more = "user_id,ts,event,page\n" + "A,2026-01-01,home,/\n" * 5
    assert take(take.file(more, "b.csv"), into=taken, settings=KEEP).counts == (5, 2, 3, 0, 0)
    assert n_events(taken) == 8
    fewer = "user_id,ts,event,page\n" + "A,2026-01-01,home,/\n" * 2
    assert take(take.file(fewer, "c.csv"), into=taken, settings=KEEP).counts == (2, 0, 2, 0, 0)


def test_of_two_files_the_larger_number_of_copies_remains(take: Any) -> None:
    head, row = "user_id,ts,event\n", "A,2026-01-01,home\n"
    for first, second in itertools.product((1, 2, 3), repeat=2):
        one, two = take.file(head + row * first, "one.csv"), take.file(head + row * second, "two.csv")
        taken = take(one, two, settings=KEEP)
        assert n_events(taken) == max(first, second)


def test_kept_duplicates_with_the_same_event_id(take: Any) -> None:
    taken = take(WITH_ID, settings=KEEP)
    assert taken.counts == (7, 7, 0, 0, 0)
    assert take(WITH_ID, into=taken, settings=KEEP).counts == (7, 0, 7, 0, 0)


def test_later_files_may_bring_new_columns_and_leave_out_old_ones(take: Any) -> None:
    taken = take("user_id,ts,event,page\nA,2026-01-01,home,/\n")
    take(take.file("user_id,ts,event,plan\nA,2026-01-02,cart,gold\n", "b.csv"), into=taken)
    take(take.file("ts,event,user_id\n2026-01-03,order,A\n", "c.csv"), into=taken)
    assert taken.values("page") == ["/", None, None]
    assert taken.values("plan") == [None, "gold", None]
    assert taken.report.notes


def test_later_files_may_bring_new_types(take: Any) -> None:
    base = {"user_id": pa.array(["A"]), "event": pa.array(["x"])}

    def frame(day: int, n: pa.Array) -> pa.Table:
        return pa.table({**base, "ts": pa.array([f"2026-01-{day:02}"]), "n": n})

    taken = take(frame(1, pa.array([3])))
    assert taken.kinds()["n"] == "BIGINT"
    assert take(frame(1, pa.array([3.0])), into=taken).counts == (1, 0, 1, 0, 0)
    assert take(frame(2, pa.array([2.5])), into=taken).counts == (1, 1, 0, 0, 0)
    assert take(frame(3, pa.array(["many"])), into=taken).counts == (1, 1, 0, 0, 0)
    assert taken.kinds()["n"] == "VARCHAR"
    assert taken.values("n") == ["3", "2.5", "many"]
    assert take(frame(1, pa.array([3])), into=taken).counts == (1, 0, 1, 0, 0)


def test_late_rows_of_old_customers_fall_into_their_places(take: Any) -> None:
    settings = '[journey]\ngoal = "order"'
    whole = "user_id,ts,event\nA,2026-01-01,home\nA,2026-01-15,cart\nA,2026-02-20,order\nB,2026-01-01,home\n"
    taken = take("user_id,ts,event\nA,2026-01-01,home\nA,2026-02-20,order\nB,2026-01-01,home\n", settings=settings)
    assert taken.report.journeys == 3
    late = take.file("user_id,ts,event\nA,2026-01-25,cart\n", "late.csv")
    joined = take(late, into=taken)
    assert joined.report.journeys == 2
    once = take(take.file(whole.replace("01-15", "01-25"), "whole.csv"), settings=settings)
    measured = (
        "SELECT customer_id, position, step, at_us, touchpoint, gap_us, is_first_visit, is_first_transition, "
        "session_key "
        "FROM events JOIN customers USING (customer_key) JOIN touchpoints USING (touchpoint_key) ORDER BY 1, 2"
    )
    assert taken.sql(measured) == once.sql(measured)
    journeys = (
        "SELECT customer_id, start_us, end_us, steps, converted_at_us FROM journeys "
        "JOIN customers USING (customer_key) ORDER BY ALL"
    )
    assert taken.sql(journeys) == once.sql(journeys)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[:4])
def test_the_order_of_files_changes_nothing_but_ties(take: Any, order: tuple[int, ...]) -> None:
    parts = [
        "user_id,ts,event\nA,2026-01-01,home\nB,2026-01-03,cart\n",
        "user_id,ts,event\nA,2026-01-02,cart\nB,2026-01-01,home\n",
        "user_id,ts,event\nC,2026-01-02,cart\nA,2026-03-03,order\n",
    ]
    paths = [take.file(text, f"{at}.csv") for at, text in enumerate(parts)]
    question = (
        "SELECT customer_id, position, step, at_us, touchpoint, gap_us FROM events JOIN customers USING (customer_key) "
        "JOIN touchpoints USING (touchpoint_key) ORDER BY ALL"
    )
    together = take(*paths).sql(question)
    taken = take(paths[order[0]])
    for at in order[1:]:
        take(paths[at], into=taken)
    assert taken.sql(question) == together


def test_ties_are_counted_and_keep_the_order_of_arrival(take: Any) -> None:
    taken = take("user_id,ts,event\nA,2026-01-01,z\nA,2026-01-01,a\nA,2026-01-02,b\nB,2026-01-01,a\n")
    assert taken.report.ties == 2
    assert [event[2] for event in taken.events] == ["z", "a", "b", "a"]
    assert taken.sql("SELECT position FROM events ORDER BY arrival") == [(1,), (2,), (3,), (1,)]


def test_rows_read_are_always_accounted_for(take: Any) -> None:
    text = LOG + ",2026-01-01,home,/\nA,2026-01-01,ping,/\nA,bad,home,/\nA\n"
    taken = take(text, settings='[touchpoints]\ndrop = ["ping"]')
    read, accepted, duplicates, filtered, rejected = taken.counts
    assert (read, accepted, duplicates, filtered, rejected) == (10, 4, 2, 1, 3)
    assert taken.sql("SELECT read, accepted, duplicates, filtered, rejected FROM ingests") == [taken.counts]
