"""Steps of logs small enough to work by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from journeymap.errors import QuestionError, UnknownNameError

if TYPE_CHECKING:
    from conftest import Logs

    from journeymap.api import Journeys

SHOP = """
    A 0d home web
    A 1d cart web
    A 2d cart web
    A 3d order app
    B 0d home web
    B 1d cart web
    C 0d cart app
    C 1d home app
    D 99d home app
    D 100d declined app
"""
# With a gap of 30 days and the data end on day 100: A converted, B and C were abandoned, D ended.


@pytest.fixture
def shop(log: Logs) -> Journeys:
    return log(SHOP, goal=("order",), final=("declined",))


def rows(store: Journeys, *args: Any, **how: Any) -> list[tuple[Any, ...]]:
    return list(store.steps(*args, **how).itertuples(index=False, name=None))


def test_from_the_start(shop: Journeys) -> None:
    assert rows(shop) == [
        (0, "(start)", "home", 3),
        (0, "(start)", "cart", 1),
        (1, "home", "cart", 2),
        (1, "cart", "home", 1),
        (1, "home", "declined", 1),
        (2, "cart", "(dropped)", 1),
        (2, "cart", "cart", 1),
        (2, "declined", "(ended)", 1),
        (2, "home", "(dropped)", 1),
        (3, "cart", "order", 1),
        (4, "order", "(converted)", 1),
    ]
    assert rows(shop, 1) == rows(shop)[:5]
    frame = shop.steps()
    assert list(frame.columns) == ["step", "source", "target", "journeys"]
    assert [str(kind) for kind in frame.dtypes[["step", "journeys"]]] == ["int64", "int64"]


def test_after_the_first_visit_to_a_touchpoint(shop: Journeys) -> None:
    assert rows(shop, 1, after="cart") == [
        (0, "cart", "(dropped)", 1),
        (0, "cart", "cart", 1),
        (0, "cart", "home", 1),
        (1, "cart", "order", 1),
        (1, "home", "(dropped)", 1),
    ]
    assert rows(shop, after="order") == [(0, "order", "(converted)", 1)]


def test_before_the_first_visit_to_a_touchpoint(shop: Journeys) -> None:
    assert rows(shop, before="cart") == [
        (-2, "(start)", "home", 2),
        (-1, "home", "cart", 2),
        (-1, "(start)", "cart", 1),
    ]
    # One step further than asked for says who comes from earlier, and who begins there.
    assert rows(shop, 1, before="order") == [(-2, "cart", "cart", 1), (-1, "cart", "order", 1)]
    assert rows(shop, 3, before="order") == [
        (-4, "(start)", "home", 1), (-3, "home", "cart", 1), (-2, "cart", "cart", 1), (-1, "cart", "order", 1),
    ]  # fmt: skip


def test_levels(shop: Journeys) -> None:
    frame = shop.steps(1, by="channel")
    assert frame[["channel", "step", "source", "target", "journeys"]].to_numpy().tolist() == [
        ["app", 0, "(start)", "cart", 1], ["app", 0, "(start)", "home", 1], ["app", 1, "cart", "home", 1],
        ["app", 1, "home", "declined", 1], ["web", 0, "(start)", "home", 2], ["web", 1, "home", "cart", 2],
    ]  # fmt: skip


def test_journeys_that_are_cut_at_goals_begin_anew(log: Logs) -> None:
    store = log("A 0d order\nA 1d call\nZ 90d x", goal=("order",)).where(end_at="goal", until="2024-02-01")
    assert rows(store) == [
        (0, "(start)", "call", 1), (0, "(start)", "order", 1), (1, "call", "(dropped)", 1),
        (1, "order", "(converted)", 1),
    ]  # fmt: skip


def test_the_end_of_the_data_is_seen_as_it_was(shop: Journeys, at: Any) -> None:
    assert rows(shop.where(as_of=at("1d"), until=at("1d"))) == [
        (0, "(start)", "home", 2), (0, "(start)", "cart", 1), (1, "home", "cart", 2), (1, "cart", "home", 1),
        (2, "cart", "(open)", 2), (2, "home", "(open)", 1),
    ]  # fmt: skip


def test_nobody(shop: Journeys) -> None:
    assert rows(shop.where(since="2030-01-01")) == []
    assert rows(shop.where(since="2030-01-01"), after="cart", by="channel") == []


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"n_steps": 0}, QuestionError, "must be a whole number from 1 to 100, not 0"),
        ({"n_steps": 101}, QuestionError, "from 1 to 100, not 101"),
        ({"after": "cart", "before": "home"}, QuestionError, "contradict"),
        ({"after": "crat"}, UnknownNameError, "--after: there is no touchpoint 'crat'. Did you mean 'cart'"),
        ({"before": "(start)"}, UnknownNameError, "--before: there is no touchpoint"),
        ({"by": "nothing"}, UnknownNameError, "segment"),
    ],
)
def test_questions_that_cannot_be_asked(
    shop: Journeys, asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        shop.steps(**asked)
