"""The counts that a Markov chain is made from: by hand, and against the transitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pandas.testing import assert_frame_equal

import journeymap as jm
from journeymap.errors import QuestionError
from journeymap.measure import key_sets
from journeymap.measure.chain import count_chain, goal_values
from journeymap.model.names import ENDS, START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Logs

SHOP = """
    A 0d   home     web
    A 1d   cart     web
    A 2d   order    web 10
    A 3d   call     web
    B 2d   home     app
    B 3d   cart     app
    C 5d   declined app
    D 99d  cart     web
    A 100d order    web 30
"""
# Gap and horizon 30 days, data end day 100. Cut at the goal A has three pieces: home-cart-order converts, call is
# abandoned, and the order of day 100 is too young, as is D's cart. B's journey is abandoned, C's ended.


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open("sample_events/*.csv") as opened:
        yield opened


def test_counts_by_hand(log: Logs) -> None:
    store = log(SHOP, goal=("order",), final=("declined",))
    frame = count_chain(store.store, store.question)
    assert frame.groupby(["source", "target"])["count"].sum().to_dict() == {
        (START, "home"): 2, (START, "call"): 1, (START, "declined"): 1,
        ("home", "cart"): 2, ("cart", "order"): 1, ("cart", "(dropped)"): 1,
        ("order", "(converted)"): 1, ("call", "(dropped)"): 1, ("declined", "(ended)"): 1,
    }  # fmt: skip
    once = frame.drop_duplicates(["source", "customer_group"]).groupby("source")
    assert once["source_customers"].sum().to_dict() == {
        START: 3,
        "home": 2,
        "cart": 2,
        "order": 1,
        "call": 1,
        "declined": 1,
    }
    assert once["source_converted"].sum().to_dict() == {
        START: 1,
        "home": 1,
        "cart": 1,
        "order": 1,
        "call": 0,
        "declined": 0,
    }
    assert once["source_converting"].sum().to_dict() == {
        START: 0,
        "home": 0,
        "cart": 0,
        "order": 1,
        "call": 0,
        "declined": 0,
    }
    assert set(frame["customer_group"]) <= set(range(100))


def test_goal_values_are_those_of_all_goals(log: Logs) -> None:
    store = log(SHOP, goal=("order",))
    values = goal_values(store.store, store.question.split(("channel",)))
    assert (values["goals"].sum(), values["value"].sum()) == (2, 40.0)
    assert goal_values(store.store, store.where(since="2030-01-01").question).empty
    nothing = log("A 0d order", goal=("order",))
    assert goal_values(nothing.store, nothing.question).empty


@pytest.mark.parametrize("by", [(), ("region",), ("device", "age_band")])
def test_where_all_are_mature_the_counts_are_the_transitions(shop: jm.Journeys, by: tuple[str, ...]) -> None:
    """Seen a horizon after the last event no journey is immature, and none is open."""
    late = shop.where(as_of="2026-08-01")
    frame = count_chain(late.store, late.question.split(by))
    expected = late.where(end_at="goal").transitions(by=by)
    keys = [*by, "source", "target"]
    ours = frame.groupby(keys)["count"].sum().sort_index()
    theirs = expected.set_index(keys)[["count", "customers"]].sort_index()
    assert ours.index.equals(theirs.index)
    assert (ours.to_numpy() == theirs["count"].to_numpy()).all()
    # The customers who convert at a touchpoint are those of its transition into the end.
    once = frame.drop_duplicates([*by, "source", "customer_group"]).groupby([*by, "source"])["source_converting"].sum()
    converting = expected[expected["target"] == "(converted)"].set_index([*by, "source"])["customers"]
    assert once[once > 0].to_dict() == converting.to_dict()
    assert "(open)" not in set(frame["target"])


def test_each_group_is_whole_journeys(shop: jm.Journeys) -> None:
    frame = count_chain(shop.store, shop.question)
    mature = shop.where(end_at="goal").outcomes()[["mature", "converted", "abandoned", "open"]].iloc[0].tolist()
    into = frame[~frame["target"].isin(ENDS)].groupby(["customer_group", "target"])["count"].sum()
    out = frame[frame["source"] != START].groupby(["customer_group", "source"])["count"].sum()
    assert into.to_dict() == out.to_dict()
    of = frame.groupby("target")["count"].sum()
    started = frame.loc[frame["source"] == START, "count"].sum()
    assert [started, of["(converted)"], of["(dropped)"], of["(open)"]] == mature


@pytest.mark.parametrize("by", [(), ("region",), ("device",)])
def test_many_touchpoints_are_told_apart_as_few_are(
    shop: jm.Journeys, by: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sets of three in place of 62, so that every customer's touchpoints take several."""
    frame = count_chain(shop.store, shop.question.split(by))
    monkeypatch.setattr(key_sets, "_SIZE", 3)
    assert_frame_equal(count_chain(shop.store, shop.question.split(by)), frame)


def test_a_store_without_a_goal_is_told_so(log: Logs) -> None:
    store = log("A 0d home\nA 1d cart", goal=())
    for ask in (store.removal_effects, store.decisive, store.times, lambda: store.what_if("home", 0.1)):
        with pytest.raises(QuestionError, match="has no goal") as error:
            ask()
        assert "--goal" in error.value.hint
