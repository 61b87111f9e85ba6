"""A few customers who stand for all: worked by hand, and drawn by another road."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from journeymap.errors import QuestionError, UnknownNameError
from journeymap.measure.examples import examples
from journeymap.store.spark_dialect import to_spark

if TYPE_CHECKING:
    import pandas as pd

LOG = """
A 0d home
A 1d order
B 0d home
C 0d home
C 1d home
D 0d home
D 1d home
D 2d home
E 0d order
F 70d home
"""
GROUPS = {"customer": list("ABCDEF"), "group": ["x", "x", "x", "y", "y", "y"]}


def chosen(frame: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(frame["customer"]))


def test_the_middle_of_equal_groups_in_order_of_outcome_and_visits(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    # In order: E (converted, 1 visit), A (converted, 2), B, C, D (abandoned, 1 to 3), F (open).
    assert chosen(examples(shop.store, shop.question, 6)) == list("EABCDF")
    assert chosen(examples(shop.store, shop.question, 50)) == list("EABCDF")
    assert chosen(examples(shop.store, shop.question, 3)) == ["E", "B", "D"]  # of E A, B C, D F
    assert chosen(examples(shop.store, shop.question, 4)) == ["E", "B", "D", "F"]  # of E A, B C, D, F
    assert chosen(examples(shop.store, shop.question, 1)) == ["B"]


def test_every_visit_of_those_customers_and_of_nobody_else(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    frame = examples(shop.store, shop.question, 3)
    assert list(frame["touchpoint"]) == ["order", "home", "home", "home", "home"]
    assert list(frame["place"]) == [1, 2, 3, 3, 3]
    assert list(frame["status"]) == ["converted", "abandoned", "abandoned", "abandoned", "abandoned"]
    assert set(frame["n_customers"]) == {6}
    assert list(frame["is_goal"]) == [True, False, False, False, False]


def test_levels_have_their_own_examples_and_conditions_narrow_them(log: Any) -> None:
    shop = log(LOG, goal=("order",), customers=GROUPS)
    frame = examples(shop.store, shop.question.split(("group",)), 1)
    assert {level: chosen(part) for level, part in frame.groupby("group")} == {"x": ["B"], "y": ["D"]}
    narrow = shop.where(group="y")
    assert chosen(examples(narrow.store, narrow.question, 2)) == ["E", "F"]
    assert len(examples(shop.store, shop.where(since="2025-01-01").question, 2)) == 0


def test_named_customers_come_in_the_order_given(log: Any) -> None:
    shop = log(LOG, goal=("order",), customers=GROUPS)
    assert chosen(examples(shop.store, shop.question, ["F", "A"])) == ["F", "A"]
    by = examples(shop.store, shop.question.split(("group",)), ["F", "A", "D"])
    assert list(by.drop_duplicates("customer")["place"]) == [2, 1, 3]
    with pytest.raises(UnknownNameError, match="no customer 'Z' in the question"):
        examples(shop.store, shop.question, ["A", "Z"])
    with pytest.raises(UnknownNameError, match="no customer 'A'"):
        examples(shop.store, shop.where(group="y").question, ["A"])
    with pytest.raises(QuestionError, match="named twice"):
        examples(shop.store, shop.question, ["A", "A"])


@pytest.mark.parametrize("wrong", [0, -1, 51, []])
def test_how_many_can_be_asked_for(log: Any, wrong: Any) -> None:
    shop = log(LOG, goal=("order",))
    with pytest.raises(QuestionError, match="1 to 50 customers"):
        examples(shop.store, shop.question, wrong)


def test_the_order_of_the_rows_changes_nothing(log: Any) -> None:
    rows = LOG.strip().splitlines()
    for text in ("\n".join(rows), "\n".join(reversed(rows)), "\n".join(sorted(rows, key=lambda row: row[::-1]))):
        shop = log(text, goal=("order",))
        assert chosen(examples(shop.store, shop.question, 4)) == ["E", "B", "D", "F"]


def test_shares_of_outcomes_are_about_those_of_the_whole(log: Any) -> None:
    people = [(f"c{at:03}", 1 + at % 7, at % 3 == 0) for at in range(90)]
    text = "".join(
        "".join(f"{name} {day}d home\n" for day in range(n)) + (f"{name} {n}d order\n" if buys else "")
        for name, n, buys in people
    )
    shop = log(text + "last 99d home\n", goal=("order",))
    frame = examples(shop.store, shop.question, 9)
    statuses = [part["status"].iloc[0] for _, part in frame.groupby("place")]
    assert statuses == ["converted"] * 3 + ["abandoned"] * 6
    # By hand: in order, in nine groups (91 customers: the first has 11), the middle one of each.
    order = [*sorted(people, key=lambda one: (not one[2], one[1] + one[2], one[0])), ("last", 1, False)]
    sizes = [11, *[10] * 8]
    firsts = [sum(sizes[:at]) for at in range(9)]
    assert chosen(frame) == [order[first + (size - 1) // 2][0] for first, size in zip(firsts, sizes, strict=True)]


def test_it_can_be_asked_of_spark(log: Any) -> None:
    shop = log(LOG, goal=("order",), customers=GROUPS)
    heard: list[str] = []
    shop.explain_to(heard.append)
    examples(shop.store, shop.question.split(("group",)), 2)
    examples(shop.store, shop.question, ["A"])
    assert [key for key, _ in groupby("NTILE(:n_tiles)" in to_spark(sql.rstrip(";")) for sql in heard)] == [True]
