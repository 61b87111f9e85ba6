"""Names to touchpoints, stages and goals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.model.catalog import Naming, guess_goal, guess_stages, match_group, plain_name

NAMES = st.lists(st.text(max_size=8), max_size=6)


def test_the_order_of_the_ways() -> None:
    naming = Naming(
        rename=(("a", "renamed"), ("dropped", "never")),
        patterns=(("a*", "first"), ("*", "second")),
        drop=("drop*",),
    )
    assert naming.touchpoints(["a", "ab", "b", "dropped", "DROP"]) == {
        "a": "renamed", "ab": "first", "b": "second", "dropped": None, "DROP": None,
    }  # fmt: skip


def test_nothing_said_changes_nothing() -> None:
    assert Naming().touchpoints(["A", "", "x y"]) == {"A": "A", "": "", "x y": "x y"}


@given(st.text(min_size=1, max_size=10))
def test_a_pattern_without_a_star_fits_its_own_text(text: str) -> None:
    if "*" not in text:
        assert Naming(patterns=((text, "found"),)).touchpoints([text]) == {text: "found"}
        assert Naming(drop=(text + "*",)).touchpoints([text + "\n more"]) == {text + "\n more": None}


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("/product/*", "/product/1/2", True), ("/product/*", "/product", False), ("*cart", "add_to_cart", True),
        ("*cart", "carts", False), ("a*b*c", "a-b--c", True), ("[ab]", "a", False), ("a?", "ab", False),
        ("A", "a", True),
    ],
)  # fmt: skip
def test_patterns(pattern: str, name: str, fits: bool) -> None:
    assert (Naming(drop=(pattern,)).touchpoints([name])[name] is None) == fits


def test_the_first_group_that_fits() -> None:
    groups = [("one", ("a*", "b")), ("two", ("*",))]
    assert match_group(["ab", "b", "c"], groups, otherwise="-") == {"ab": "one", "b": "one", "c": "two"}
    assert match_group(["c"], groups[:1], otherwise="-") == {"c": "-"}


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("ad_click", "awareness"), ("newsletter_signup", "loyalty"), ("Product Viewed", "consideration"),
        ("addToCart", "purchase"), ("supportCall", "service"), ("review_written", "loyalty"), ("xyz", "(no stage)"),
    ],
)  # fmt: skip
def test_stages_by_words(name: str, stage: str) -> None:
    assert guess_stages([name, "home", "order"])[name] == stage


@given(NAMES)
def test_every_name_has_a_stage(names: list[str]) -> None:
    found = guess_stages(names)
    assert set(found) == set(names)
    assert all(found.values())


def test_goals_in_the_order_of_their_strength() -> None:
    assert guess_goal(["purchase", "Order Completed", "order"]) == "Order Completed"
    assert guess_goal(["order", "PURCHASE"]) == "PURCHASE"
    assert guess_goal(["reorder", "ordering"]) is None
    assert guess_goal([]) is None
    assert guess_goal(["Order", "order"]) == guess_goal(["order", "Order"])


@pytest.mark.parametrize("name", ["Order Completed", "orderCompleted", "order-completed", " ORDER_completed "])
def test_spellings_of_one_name(name: str) -> None:
    assert plain_name(name) == "order_completed"
