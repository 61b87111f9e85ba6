"""Audiences: logs worked by hand, and the sample in plain Python."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import opened
from measure.test_spark_dialect import TRAPS

import journeymap as jm
from journeymap.errors import QuestionError, UnknownNameError
from journeymap.store.spark_dialect import to_spark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.api import Journeys

SAMPLE = Path(__file__).parents[2] / "sample_events"

# The data end is day 10. Attempts at the cart that have a day to finish in: A's (hit on day 0, bought on day 3), B's
# (bought in time), C's two (both hit), E's two (hit on day 3, and at the last instant that can be judged); D's is too
# young.
CARTS = """
    A 0d       cart  web
    A 0d+1h    mail  web
    A 3d       order web 10
    B 8d       cart  web
    B 8d+2h    order web 20
    C 7d       cart  web
    C 9d       cart  web
    D 9d+12h   cart  web
    E 3d       cart  app
    E 9d       cart  app
    Z 10d      home  web
"""
REGIONS = {"customer": ["A", "B", "C", "D", "E"], "region": ["n", "n", "s", "s", "s"]}


@pytest.fixture(scope="module")
def carts() -> Iterator[Journeys]:
    with opened() as log:
        yield log(CARTS, goal=("order",), customers=REGIONS)


def listed(frame: Any, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame[list(columns or frame.columns)].to_numpy().tolist()]


def test_those_who_abandoned_worked_by_hand(carts: Journeys) -> None:
    frame = carts.audience(after="cart", within="1d", minimum=1)
    assert list(frame.columns) == ["customer", "reason", "last_at", "times", "value", "next_action"]
    said = "abandoned: cart without order within 1d, 2024-01-"
    assert listed(frame, "customer", "reason", "times", "value") == [
        ("C", said + "10", 2, 0.0), ("E", said + "10", 2, 0.0), ("A", said + "01", 1, 10.0),
    ]  # fmt: skip
    assert [str(at) for at in frame["last_at"][:1]] == ["2024-01-10 00:00:00+00:00"]
    assert set(frame["next_action"]) == {
        "free shipping over a threshold, costs shown in the cart, and a reminder within a day"
    }
    assert listed(carts.audience(pain="abandonment", at="cart", within="24h", minimum=1)) == listed(frame)
    place = "after cart without order within 1d"
    assert listed(carts.audience(pain="abandonment", at=place, within="24h", minimum=1)) == listed(frame)


@pytest.mark.parametrize(
    ("last", "expected"),
    [("7d", [("C", 2), ("E", 2)]), ("167h", [("C", 2), ("E", 1)]), ("1d", [("C", 1), ("E", 1)]), ("10d", 3)],
)
def test_the_last_days_end_at_the_data_end(carts: Journeys, last: str, expected: Any) -> None:
    frame = carts.audience(after="cart", within="1d", last=last, minimum=1)
    # E's first is exactly 7 days before the data end; it counts.
    assert (len(frame) if isinstance(expected, int) else listed(frame, "customer", "times")) == expected


def test_the_data_end_moves(carts: Journeys, at: Any) -> None:
    frame = carts.where(as_of=at("8d+1h")).audience(after="cart", within="1d", last="7d", minimum=1)
    assert listed(frame, "customer", "times") == [("C", 1), ("E", 1)]
    early = carts.where(as_of=at("2d")).audience(after="cart", within="1d", minimum=1)
    assert listed(early, "customer", "value") == [("A", 0.0)]  # the order of day 3 is not known yet


def test_who_came_back_can_be_left_out(carts: Journeys) -> None:
    frame = carts.audience(after="cart", within="1d", not_since="order", minimum=1)
    assert list(frame["customer"]) == ["C", "E"]
    frame = carts.audience(after="cart", within="1d", not_since=["order", "mail"], minimum=1)
    assert list(frame["customer"]) == ["C", "E"]
    assert list(carts.audience(after="cart", within="1d", not_since="home", minimum=1)["customer"]) == ["C", "E", "A"]


def test_levels_are_combined_and_told_apart(carts: Journeys) -> None:
    def found(**how: Any) -> list[tuple[Any, ...]]:
        frame = carts.audience(minimum=1, columns=["region", "customer"], **how)
        return listed(frame)

    cart: dict[str, Any] = {"after": "cart", "within": "1d"}
    assert found(levels={"region": "s"}, **cart) == [("s", "C"), ("s", "E")]
    assert found(levels={"region": ["n", "s"]}, **cart) == [("n", "A"), ("s", "C"), ("s", "E")]
    # The channel of the latest event, as of the data end.
    assert found(levels={"region": "s", "channel": "app"}, **cart) == [("s", "E")]
    assert found(by="region", **cart) == [("n", "A"), ("s", "C"), ("s", "E")]
    assert found(by="region") == [
        ("n", "B"), ("n", "A"), ("s", "D"), ("s", "C"), ("s", "E"), ("(none)", "Z"),
    ]  # fmt: skip
    assert found(levels={"region": "(none)"}) == [("(none)", "Z")]
    # Whatever the capitals, whoever is not in the level is not written to.
    assert found(levels={"Region": "s"}, **cart) == found(levels={"REGION": "s"}, by="region", **cart)
    assert found(levels={"Region": "s"}, **cart) == [("s", "C"), ("s", "E")]
    assert found(levels={"Region": "n", "region": "s"}, **cart) == [("n", "A"), ("s", "C"), ("s", "E")]


def test_a_level_says_when_they_were_last_seen(carts: Journeys) -> None:
    plain: dict[str, Any] = {"minimum": 1, "columns": ["customer", "reason", "times", "value"]}
    frame = carts.audience(levels={"region": "n"}, **plain)
    assert listed(frame, "customer", "reason", "times", "value") == [
        ("B", "region is n, last seen 2024-01-09", 1, 20.0), ("A", "region is n, last seen 2024-01-04", 1, 10.0),
    ]  # fmt: skip
    assert list(carts.audience(levels={"region": "n"}, last="2d", **plain)["customer"]) == ["B"]
    said = carts.where("used('mail')").audience(**plain)["reason"].tolist()
    assert said == ["used('mail'), last seen 2024-01-04"]
    assert carts.audience(**plain)["reason"][0] == "(all), last seen 2024-01-11"


def test_who_they_are_is_as_of_the_data_end(log: Any) -> None:
    # At the start of its second journey A had bought, and was not lapsed yet; now it is. A question about the past
    # sees A's journeys as those of a new customer and of one who has bought once.
    shop = log("A 0d order web 5\nA 40d home\nB 300d order web 5\nC 299d mail", goal=("order",))
    shop = shop.define("buyer", "yes: purchases >= 1; else no")
    assert list(shop.audience(levels={"lifecycle": "lapsed"}, minimum=1, columns="customer")["customer"]) == ["A"]
    assert listed(shop.audience(by="buyer", minimum=1, columns=["buyer", "customer"]), "buyer", "customer") == [
        ("yes", "B"), ("yes", "A"), ("no", "C"),
    ]  # fmt: skip
    assert list(shop.where("used('mail')").audience(minimum=1, columns="customer")["customer"]) == ["C"]
    assert list(shop.where(buyer="yes").audience(minimum=1, columns="customer")["customer"]) == ["B", "A"]
    assert "lapsed" not in set(shop.outcomes(by="lifecycle")["lifecycle"])
    # What a definition says of its instant stays: in the first journey, to its end.
    first = shop.define("began", "soon: days_since_first < 1; else late @first")
    assert set(first.audience(by="began", minimum=1, columns="began")["began"]) == {"soon"}


def test_audiences_may_overlap(log: Any) -> None:
    shop = log("A 0d cart web\nA 0d+1h help web\nB 1d help web\nZ 90d home web", goal=(), horizon="30d")
    frame = shop.audience(pain=["dead_end", "drop_off"], at="help", minimum=1)
    assert listed(frame, "customer", "reason") == [
        ("B", "found no way on: left after help, 2024-01-02"), ("A", "found no way on: left after help, 2024-01-01"),
        ("B", "left for good at: help, 2024-01-02"), ("A", "left for good at: help, 2024-01-01"),
    ]  # fmt: skip


def test_the_order_of_rows_in_the_log_changes_nothing(log: Any) -> None:
    lines = [line for line in CARTS.splitlines() if line.strip()]
    frames = [
        log("\n".join(rows), goal=("order",), customers=REGIONS).audience(after="cart", within="1d", minimum=1)
        for rows in (lines, lines[::-1])
    ]
    assert listed(frames[0]) == listed(frames[1])


def test_few_are_not_handed_on(carts: Journeys) -> None:
    with pytest.raises(QuestionError, match=r"Fewer than 5 customers are in 'abandoned: cart .* within 1d'") as error:
        carts.audience(after="cart", within="1d")
    assert not any(digit in error.value.message.replace("5", "").replace("1d", "") for digit in "0123456789")
    with pytest.raises(QuestionError, match="in any of the 2 audiences"):
        carts.audience(after="cart", within="1d", by="region", minimum=3)
    kept = carts.audience(after="cart", within="1d", by="region", minimum=2)
    assert list(kept["customer"]) == ["C", "E"]


def test_mistakes(carts: Journeys) -> None:
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"levels": {"region": "w"}}, UnknownNameError, "no level 'w'"),
        ({"levels": {"regoin": "s"}}, UnknownNameError, "Did you mean 'region'"),
        ({"by": "regoin"}, UnknownNameError, "Did you mean 'region'"),
        ({"pain": "abandonement"}, UnknownNameError, "Did you mean 'abandonment'"),
        ({"pain": "sudden_change"}, QuestionError, "no customers of its own"),
        ({"pain": "abandonment", "at": "crat"}, UnknownNameError, "Did you mean 'cart'"),
        ({"after": "crat"}, UnknownNameError, "Did you mean 'cart'"),
        ({"at": "cart"}, QuestionError, "A place alone"),
        ({"after": "cart", "without": "ordr"}, UnknownNameError, "Did you mean 'order'"),
        ({"after": "cart", "pain": "loop"}, QuestionError, "about abandonment alone"),
        ({"pain": ["loop", "abandonment"], "within": "1d"}, QuestionError, "about abandonment alone"),
        ({"after": "cart", "within": "soon"}, QuestionError, "within"),
        ({"last": "0d"}, QuestionError, "last"),
        ({"not_since": "ordr"}, UnknownNameError, "--not-since: there is no touchpoint 'ordr'"),
        ({"pain": "regret"}, QuestionError, "cannot be looked for, since no touchpoint looks like regret"),
        ({"after": "cart", "without": "cart", "within": "1d"}, QuestionError, "Nobody is in this audience"),
        # B's, C's (to whose week the cart of day 9 belongs) and D's; E's began before.
        ({"after": "cart", "last": "6d"}, QuestionError, "None of the 3 attempts of the last 6d can be judged yet"),
        ({"pain": "drop_off"}, QuestionError, "None of the 11 visits can be judged yet"),
        ({"ids": "emial"}, UnknownNameError, "--id: customers have no attribute 'emial'"),
        ({"columns": ["custmer"]}, UnknownNameError, "Did you mean 'customer'"),
        ({"columns": ["customer", "customer"]}, QuestionError, "Two columns are called 'customer'"),
    ]
    for asked, kind, said in cases:
        with pytest.raises(kind, match=said):
            carts.audience(**{"minimum": 1, **asked})


def test_where_nothing_looks_like_a_cart(log: Any) -> None:
    shop = log("A 0d trolley web\nZ 90d order web", goal=("order",))
    with pytest.raises(UnknownNameError, match=r"there is no touchpoint 'trolly'. Did you mean 'trolley'"):
        shop.audience(after="trolly", minimum=1)
    with pytest.raises(QuestionError, match="No touchpoint looks like a cart"):
        shop.audience(pain="abandonment", minimum=1)
    assert list(shop.audience(after="trolley", minimum=1)["customer"]) == ["A"]


def test_a_goal_is_needed_for_what_is_abandoned(log: Any) -> None:
    shop = log(CARTS, goal=())
    with pytest.raises(QuestionError, match="There is no goal that an attempt could reach"):
        shop.audience(after="cart")
    frame = shop.audience(after="cart", without="order", within="1d", minimum=1)
    assert list(frame["customer"]) == ["C", "E", "A"]


def test_the_questions_translate_to_spark(log: Any) -> None:
    carts = log(CARTS, goal=("order",), customers=REGIONS)
    heard: list[str] = []
    carts.explain_to(heard.append)
    carts.audience(after="cart", within="1d", last="9d", not_since="home", by="region", minimum=1, hashed=True)
    carts.audience(levels={"lifecycle": "one-time"}, last="9d", minimum=1)
    spark = [to_spark(sql) for sql in heard]
    assert any("SHA2(LOWER(" in sql for sql in spark)
    for sql in spark:
        assert not [trap for trap in TRAPS.values() if trap.search(sql)], sql


@pytest.fixture(scope="module")
def shop() -> Iterator[Journeys]:
    with jm.open(SAMPLE) as store:
        yield store


def sample_events() -> list[tuple[datetime, str, str]]:
    """Read the sample's events as they are: (time, customer, name), once each, in order."""
    seen, rows = set(), []
    for path in sorted(SAMPLE.glob("events-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                try:
                    moment = datetime.fromisoformat(row["timestamp"])
                except ValueError:
                    continue
                if row["customer_id"] and row["event"] and row["event_id"] not in seen:
                    seen.add(row["event_id"])
                    rows.append((moment, row["customer_id"], row["event"]))
    return sorted(rows, key=lambda row: row[0])


def test_the_sentence_of_the_sample_in_plain_python(shop: Journeys) -> None:
    """Abandoned the cart in the last 7 days, region south, has opened an email."""
    events = sample_events()
    end, day = events[-1][0], timedelta(days=1)
    with (SAMPLE / "customers.csv").open(encoding="utf-8", newline="") as file:
        south = {row["customer_id"] for row in csv.DictReader(file) if row["region"] == "south"}
    readers = {customer for _, customer, name in events if name == "email_open"}
    hits: dict[str, list[datetime]] = {}
    histories: dict[str, list[tuple[datetime, str]]] = {customer: [] for customer in south & readers}
    for moment, customer, name in events:
        if customer in histories:
            histories[customer].append((moment, name))
    for customer, mine in histories.items():
        free_from = None  # an attempt is running until its order, or until its day is over
        for moment, name in mine:
            if name != "cart" or (free_from is not None and moment <= free_from):
                continue
            orders = [then for then, what in mine if what == "order" and moment <= then <= moment + day]
            free_from = min(orders, default=moment + day)
            if not orders and end - 7 * day <= moment <= end - day:
                hits.setdefault(customer, []).append(moment)
    expected = {customer: (len(moments), max(moments)) for customer, moments in hits.items()}
    asked = shop.where("used('email_open')", region="south")
    frame = asked.audience(after="cart", within="24h", last="7d")
    found = {
        customer: (times, last_at.to_pydatetime())
        for customer, times, last_at in zip(frame["customer"], frame["times"], frame["last_at"], strict=True)
    }
    assert len(expected) > 20
    assert found == expected


def test_the_customers_of_a_pain_point_are_as_many_as_it_says(shop: Journeys) -> None:
    kinds = ("abandonment", "drop_off", "loop", "error", "regret")
    pains = shop.where(region="south").pain_points(kinds=kinds, examined=True)
    for kind in kinds:
        worst = next(item for item in pains if item.kind == kind and item.customers)
        frame = shop.where(region="south").audience(pain=kind, at=worst.place, minimum=1)
        assert (frame["customer"].nunique(), int(frame["times"].sum())) == (worst.customers, worst.n_hits), worst.place


def test_the_customers_of_a_line_are_found_by_levels_at_the_start(shop: Journeys) -> None:
    worst = shop.pain_points(by="device", kinds="slow_step")[0]
    assert worst.levels == (("device", "tablet"),)
    how: dict[str, Any] = {"pain": "slow_step", "at": worst.place, "levels": {"device": "tablet"}}
    frame = shop.audience(**how, as_of_start=True)
    assert (len(frame), int(frame["times"].sum())) == (worst.customers, worst.n_hits)
    assert len(shop.audience(**how)) < worst.customers  # whose latest event was on another device


def test_the_levels_add_up_to_the_customers(shop: Journeys) -> None:
    frame = shop.audience(by=["region", "lifecycle"], minimum=1, columns=["customer", "value", "region"])
    assert len(frame) == frame["customer"].nunique() == shop.outcomes()["customers"].item()
    assert frame["value"].sum() == pytest.approx(shop.outcomes()["value"].item(), abs=1e-6)
    by_region = shop.outcomes(by="region").set_index("region")["customers"]
    assert frame.groupby("region")["customer"].nunique().to_dict() == by_region.to_dict()
