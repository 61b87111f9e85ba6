"""From rows to touchpoints: one name for all, rules over columns, renaming, patterns, dropping; and arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from journeymap.errors import ColumnError, ExpressionError, SettingsError

ORDERS = """CustomerID,InvoiceDate,InvoiceNo,Quantity,UnitPrice,Country
1,2026-01-01,536365,6,2.5,UK
1,2026-01-02,C536366,-6,2.5,UK
2,2026-01-03,536367,1,,France
3,2026-01-04,536368,x,1,
"""
NAMES = """user_id,ts,event
A,2026-01-01,/product/7
A,2026-01-02,/product/8
A,2026-01-03,addToCart
A,2026-01-04,ping
A,2026-01-05,PING-2
A,2026-01-06,order
"""


def names(taken: Any) -> list[str]:
    return [event[2] for event in taken.events]


def test_one_name_for_every_event(take: Any) -> None:
    taken = take(ORDERS, settings='[events]\ntouchpoint_name = "purchase"')
    assert names(taken) == ["purchase"] * 4
    assert taken.report.columns == {"customer": "CustomerID", "timestamp": "InvoiceDate"}


def test_a_column_of_names_and_one_name_contradict_each_other(take: Any) -> None:
    with pytest.raises(SettingsError, match="--touchpoint names a column"):
        take(ORDERS, settings='[events]\ntouchpoint = "Country"\ntouchpoint_name = "purchase"')


def test_without_names_the_ways_out_are_told(take: Any) -> None:
    with pytest.raises(ColumnError, match="--touchpoint-name NAME"):
        take(ORDERS)


RULES = """
[[touchpoints.rule]]
name = "cancel"
when = "InvoiceNo LIKE 'C%'"

[[touchpoints.rule]]
name = "abroad"
when = "Country <> 'UK'"

[[touchpoints.rule]]
name = "purchase"
when = "InvoiceNo NOT LIKE 'C%' AND Country IS NOT NULL"
"""


def test_rules_give_names_and_the_first_that_holds_wins(take: Any) -> None:
    taken = take(ORDERS, settings=RULES)
    assert names(taken) == ["purchase", "cancel", "abroad"]
    assert taken.rejected == [(4, "no_touchpoint")]


def test_rules_go_before_the_names(take: Any) -> None:
    taken = take(
        NAMES,
        settings="[[touchpoints.rule]]\nname = \"product\"\nwhen = \"event LIKE '/product/%' AND ts < '2026-01-02'\"",
    )
    assert names(taken) == ["product", "/product/8", "addToCart", "ping", "PING-2", "order"]
    assert taken.values("event")[0] == "/product/7"


@pytest.mark.parametrize(
    ("when", "rows"),
    [
        ("InvoiceNo NOT LIKE 'C%'", [1, 3, 4]),
        ("NOT InvoiceNo LIKE 'C%'", [1, 3, 4]),
        ("InvoiceNo NOT ILIKE 'c%'", [1, 3, 4]),
        ("Quantity > 0", [1, 3]),
        ("quantity BETWEEN -6 AND 1", [2, 3]),
        ("Quantity NOT BETWEEN -6 AND 1", [1]),
        ("Country IN ('UK', 'France') AND NOT (Quantity < 0 OR Quantity = 1)", [1]),
        ("Country IS NULL", [4]),
        ("Quantity * UnitPrice >= 15", [1]),
        ("Quantity - -1 = 7", [1]),
        ("- -Quantity = 6", [1]),
        ("\"InvoiceNo\" = '536365' OR \"Country\" = 'France'", [1, 3]),
        ("Country = 'O''Brien'", []),
        ("TRUE", [1, 2, 3, 4]),
        ("CustomerID = 1", [1, 2]),
        ("CustomerID = '1'", [1, 2]),
    ],
)
def test_what_a_rule_may_say(take: Any, when: str, rows: list[int]) -> None:
    rule = f"[[touchpoints.rule]]\nname = \"yes\"\nwhen = '''{when}'''"
    taken = take(ORDERS, settings=f'[events]\ntouchpoint_name = "no"\n{rule}')
    assert [arrival for (arrival,) in taken.sql(
        "SELECT arrival FROM events JOIN touchpoints USING (touchpoint_key) WHERE touchpoint = 'yes' ORDER BY 1"
    )] == rows  # fmt: skip


@pytest.mark.parametrize(
    "when",
    [
        "lower(Country) = 'uk'",
        "Country IN (SELECT 'UK')",
        "EXISTS (SELECT 1)",
        "1 = 1; DROP TABLE customers",
        "Quantity BETWEEN SYMMETRIC 5 AND 1",
        "Country LIKE 'U!%' ESCAPE '!'",
        "Quantity::INTEGER = 6",
        "CASE WHEN Quantity = 1 THEN TRUE END",
        "Country || 'x' = 'UKx'",
        "Country = NULL",
        "Quantity % 2 = 0",
        "$latest_us > 0",
        "Quantity + 1",
        "Land = 'UK'",
        "Country = ",
        "",
    ],
)
def test_what_a_rule_may_not_say(take: Any, when: str) -> None:
    rule = f"[[touchpoints.rule]]\nname = \"yes\"\nwhen = '''{when}'''"
    with pytest.raises((ExpressionError, SettingsError), match=r"touchpoints\.rule") as caught:
        take(ORDERS, settings=rule)
    assert caught.value.hint or when == ""


def test_renaming_patterns_and_dropping(take: Any) -> None:
    settings = """
    [touchpoints]
    drop = ["ping*"]
    [touchpoints.rename]
    addToCart = "cart"
    "/product/8" = "offer"
    [touchpoints.patterns]
    "/PRODUCT/*" = "product"
    "/*" = "page"
    """
    taken = take(NAMES, settings=settings)
    assert names(taken) == ["product", "offer", "cart", "order"]
    assert taken.counts == (6, 4, 0, 2, 0)
    assert taken.values("event") == ["/product/7", "/product/8", "addToCart", "order"]
    again = take(NAMES, settings=settings, into=taken)
    assert again.counts == (6, 0, 4, 2, 0)


def test_only_the_star_is_special_in_patterns(take: Any) -> None:
    text = "user_id,ts,event\nA,2026-01-01,a?b\nA,2026-01-02,axb\nA,2026-01-03,a[x]b\nA,2026-01-04,a.b\n"
    settings = '[touchpoints.patterns]\n"a?b" = "one"\n"a[x]b" = "two"\n"a.b" = "three"'
    assert names(take(text, settings=settings)) == ["one", "axb", "two", "three"]


def test_all_dropped_is_no_error_but_leaves_nothing(take: Any) -> None:
    taken = take(NAMES, settings='[touchpoints]\ndrop = ["*"]')
    assert taken.counts == (6, 0, 0, 6, 0)
    assert taken.events == []


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ("Quantity*UnitPrice", [15.0, -15.0, None]),
        ("quantity * (unitprice + 1) / 2", [10.5, -10.5, None]),
        ("-Quantity", [-6.0, 6.0, -1.0]),
        ("Quantity / (UnitPrice - 2.5)", [None, None, None]),
    ],
)
def test_value_may_be_arithmetic(take: Any, value: str, values: list[float | None]) -> None:
    taken = take(ORDERS, settings=f'[events]\ntouchpoint_name = "p"\nvalue = "{value}"')
    assert taken.values() == values
    assert taken.rejected == [(4, "bad_value")]
    assert taken.values("Quantity") == ["6", "-6", "1"]


@pytest.mark.parametrize(
    "value", ["Quantity*Price", "abs(Quantity)", "1+1", "Quantity*", "(SELECT 1)", "Quantity > (1)"]
)
def test_arithmetic_that_is_refused(take: Any, value: str) -> None:
    with pytest.raises(ExpressionError, match="--value"):
        take(ORDERS, settings=f'[events]\ntouchpoint_name = "p"\nvalue = "{value}"')


def test_channels_are_those_of_the_events_or_of_the_settings(take: Any) -> None:
    text = "user_id,ts,event,channel\nA,2026-01-01,home,\nA,2026-01-02,home,app\nA,2026-01-03,call,\nA,2026-01-04,x,\n"
    taken = take(text, settings='[channels]\nweb = ["ho*"]\nphone = ["call"]')
    channels = taken.sql("SELECT channel FROM events LEFT JOIN channels USING (channel_key) ORDER BY arrival")
    assert channels == [("web",), ("app",), ("phone",), (None,)]


def test_a_touchpoint_has_its_most_used_channel(take: Any) -> None:
    rows = "".join(
        f"A,2026-01-0{day},home,{channel}\n" for day, channel in enumerate(["web", "app", "app", ""], start=1)
    )
    taken = take(f"user_id,ts,event,channel\n{rows}")
    assert taken.sql("SELECT channel FROM touchpoints") == [("app",)]
