"""Which column holds what."""

from __future__ import annotations

from typing import Any

import pytest

from journeymap.errors import ColumnError, SourceError
from journeymap.ingest.columns import find_customer, find_roles, snake_case
from journeymap.settings import EventSettings

NAMES = {
    "customer": [
        "customer_id", "CustomerID", "customer", "user_id", "userId", "visitorid", "client_id", "case:concept:name",
        "Case ID", "household_key", "distinct_id", "user_pseudo_id", "id", "email",
    ],
    "timestamp": [
        "timestamp", "ts", "event_time", "eventTime", "time:timestamp", "InvoiceDate", "Complete Timestamp", "datetime",
        "time", "date", "created_at",
    ],
    "touchpoint": [
        "event", "event_name", "eventName", "Activity", "touchpoint", "concept:name", "event_type", "action", "page",
        "url", "name",
    ],
}  # fmt: skip
OPTIONAL = {
    "channel": ["channel", "Channel Name"],
    "value": ["value", "revenue", "Order Value"],
    "score": ["score", "CSAT", "nps", "rating"],
    "event_id": ["event_id", "EventID", "message_id", "uuid"],
}
PLAIN = {"customer": "customer_id", "timestamp": "timestamp", "touchpoint": "event"}


def roles(columns: list[str], *, needs_names: bool = True, **named: Any) -> dict[str, str]:
    return find_roles(columns, EventSettings(**named), needs_names=needs_names).described()


@pytest.mark.parametrize(("role", "name"), [(role, name) for role, names in NAMES.items() for name in names])
def test_common_names_are_recognised(role: str, name: str) -> None:
    wanted = {**PLAIN, role: name}
    assert roles(["whatever", *wanted.values()]) == wanted


@pytest.mark.parametrize(("role", "name"), [(role, name) for role, names in OPTIONAL.items() for name in names])
def test_common_names_of_what_may_be_missing(role: str, name: str) -> None:
    assert roles([*PLAIN.values(), name]) == {**PLAIN, role: name}
    assert roles(list(PLAIN.values())) == PLAIN


def test_a_strong_name_goes_before_a_weak_one() -> None:
    assert roles(["id", "date", "name", "user_id", "event_time", "event"]) == {
        "customer": "user_id",
        "timestamp": "event_time",
        "touchpoint": "event",
    }


def test_columns_that_may_be_missing_are_not_guessed_from_weak_names() -> None:
    assert roles([*PLAIN.values(), "price", "amount", "medium"]) == PLAIN


def test_two_that_fit_are_told_apart_by_the_user() -> None:
    columns = ["user_id", "visitor_id", "timestamp", "event"]
    with pytest.raises(ColumnError) as caught:
        roles(columns)
    text = str(caught.value)
    assert "Which column holds the customer? More than one fits." in text
    assert "--customer 'user_id' or --customer 'visitor_id'" in text
    assert "The source has these columns: user_id, visitor_id, timestamp, event." in text
    assert roles(columns, customer="visitor_id")["customer"] == "visitor_id"


def test_two_optional_ones_that_fit_are_asked_about_too() -> None:
    with pytest.raises(ColumnError, match="--value 'value' or --value 'revenue'"):
        roles([*PLAIN.values(), "value", "revenue"])


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ColumnError) as caught:
        roles(["a", "b"], score="scoer")
    text = str(caught.value)
    for option in ("--customer COLUMN", "--timestamp COLUMN", "--touchpoint COLUMN (or --touchpoint-name NAME"):
        assert option in text
    assert "--score: there is no column 'scoer'" in text
    assert "The source has these columns: a, b." in text
    assert "no header line" in caught.value.hint


def test_a_column_that_is_named_must_be_there() -> None:
    with pytest.raises(ColumnError, match=r"--customer: there is no column 'custmer_id'. Did you mean 'customer_id'?"):
        roles(list(PLAIN.values()), customer="custmer_id")
    with pytest.raises(ColumnError, match="--journey: there is no column 'case'"):
        roles(list(PLAIN.values()), journey="case")
    with pytest.raises(ColumnError, match="--one-event-per: there is no column 'order'"):
        roles(list(PLAIN.values()), one_event_per="order")


def test_a_named_column_is_found_whatever_its_case() -> None:
    assert roles(["KUNDE", "Zeit", "Was"], customer="kunde", timestamp="ZEIT", touchpoint="Was") == {
        "customer": "KUNDE",
        "timestamp": "Zeit",
        "touchpoint": "Was",
    }
    columns = ["Kunde", "KUNDE", "ts", "event"]
    assert roles(columns, customer="KUNDE")["customer"] == "KUNDE"
    with pytest.raises(ColumnError, match="there is no column 'kunde'"):
        roles(columns, customer="kunde")


def test_journeys_are_never_guessed() -> None:
    assert "journey" not in roles([*PLAIN.values(), "journey", "journey_id"])
    assert roles([*PLAIN.values(), "journey"], journey="journey")["journey"] == "journey"


def test_no_names_are_needed_where_every_event_has_one() -> None:
    assert roles(["user_id", "ts"], needs_names=False) == {"customer": "user_id", "timestamp": "ts"}
    assert "touchpoint" not in roles(["user_id", "ts", "event"], needs_names=False, touchpoint_name="purchase")


def test_arithmetic_is_told_from_a_name() -> None:
    columns = [*PLAIN.values(), "a", "b"]
    assert find_roles(columns, EventSettings(value="a*b"), needs_names=True).value_is_expression
    assert not find_roles([*columns, "a*b"], EventSettings(value="a*b"), needs_names=True).value_is_expression
    with pytest.raises(ColumnError, match="--value: there is no column 'prise'"):
        roles([*columns, "price"], value="prise")


def test_the_customer_of_a_customers_file() -> None:
    assert find_customer(["KundenNr", "user_id"], named=None, events_customer="KundenNr") == "KundenNr"
    assert find_customer(["a", "user_id"], named=None, events_customer="KundenNr") == "user_id"
    assert find_customer(["a", "user_id"], named="A", events_customer="user_id") == "a"
    with pytest.raises(ColumnError, match=r"(?s)The customers file: .*these columns: a, b\.") as caught:
        find_customer(["a", "b"], named=None, events_customer="user_id")
    assert "[customers] customer" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("CustomerID", "customer_id"),
        ("customer-id", "customer_id"),
        (" Customer  ID ", "customer_id"),
        ("HTTPServer", "http_server"),
        ("Größe", "gr_e"),
        ("__x__", "x"),
    ],
)
def test_names_are_compared_in_snake_case(name: str, plain: str) -> None:
    assert snake_case(name) == plain


def test_blank_and_double_names_of_columns(take: Any) -> None:
    taken = take("customer_id,timestamp,event,, ,a,a,A,a_2\nq,2026-01-01,x,1,2,3,4,5,6\n")
    assert taken.values("column_4") == ["1"]
    assert taken.values("column_5") == ["2"]
    assert taken.values("a") == ["3"]
    told = [note for note in taken.report.notes if "More than one" in note]
    assert told[0] == "More than one column is called 'a': a later one is 'a_2'."
    assert len(told) == 2
    assert sorted(taken.sql("SELECT * EXCLUDE (customer_key) FROM events")[0][-6:]) == ["1", "2", "3", "4", "5", "6"]


def test_a_first_line_without_names_is_told(take: Any) -> None:
    for start in ("\n", "\r\n", "  \n\n"):
        with pytest.raises(SourceError, match="the first line is empty"):
            take(f"{start}customer_id,timestamp,event\nq,2026-01-01,x\n")


def test_columns_that_differ_only_by_case_are_both_kept(take: Any) -> None:
    text = "customer_id,timestamp,event,plan,Plan\nq,2026-01-01,x,1,2\n"
    taken = take(text)
    assert list(taken.kinds()) == ["plan", "Plan_2"]
    assert (taken.values("plan"), taken.values("Plan_2")) == (["1"], ["2"])
    assert take(text, into=taken).counts == (1, 0, 1, 0, 0)


def test_a_name_with_a_line_break_is_written_in_one_line(take: Any) -> None:
    taken = take('customer_id,timestamp,event,"shoe\nsize"\nq,2026-01-01,x,1\n')
    assert taken.values("shoe size") == ["1"]


def test_columns_may_be_called_like_the_stores_own(take: Any) -> None:
    own = ["step", "position", "Arrival", "customer_key", "journey_key", "file_key", "is_new", "gap_us", "customer"]
    text = f"customer_id,timestamp,event,{','.join(own)}\nq,2026-01-01,x,{','.join('123456789')}\n"
    taken = take(text, settings='[events]\ncustomer = "customer_id"')
    assert [taken.values(f"source_{name}") for name in own] == [[figure] for figure in "123456789"]
    assert taken.sql("SELECT step, position FROM events") == [(1, 1)]
    assert take(text, into=taken, settings='[events]\ncustomer = "customer_id"').report.duplicates == 1


def test_a_value_column_that_is_not_used_as_value_is_kept(take: Any) -> None:
    text = "customer_id,timestamp,event,value,price\nq,2026-01-01,x,high,2.5\n"
    taken = take(text, settings='[events]\nvalue = "price"')
    assert taken.values() == [2.5]
    assert taken.values("source_value") == ["high"]


@pytest.mark.parametrize("name", ['say "hi"', "it's", "a.b", "$x", "größe", "select", "a;b", "x" * 200])
def test_odd_names_of_columns(take: Any, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    taken = take(f"customer_id,timestamp,event,{quoted}\nq,2026-01-01,x,1\n,2026-01-01,x,2\n")
    assert taken.sql(f"SELECT {quoted} FROM events") == [("1",)]
    assert taken.rejected == [(2, "no_customer")]
