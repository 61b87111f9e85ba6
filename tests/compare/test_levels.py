"""Levels and periods against each other: a log worked by hand, the measures' own counts, and the planted stories."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from journeymap.compare.correction import benjamini_hochberg
from journeymap.compare.levels import COLUMNS
from journeymap.errors import QuestionError, UnknownNameError
from journeymap.measure.groups import journey_groups
from journeymap.segments.question import Sides
from journeymap.segments.sides import SIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from conftest import Logs

    import journeymap as jm

# Data to day 100, a gap of 30 days. North: A converts, B is abandoned at the cart, C too, and converts in a second
# journey; D is immature. South: E and F are abandoned at home; G is there twice.
SHOP = """
    A 0d   home
    A 1d   cart
    A 2d   order
    B 0d   home
    B 1d   cart
    C 3d   cart
    C 50d  home
    C 51d  order
    D 90d  home
    E 5d   home
    F 6d   home
    F 7d   home
    G 8d   home
    G 60d  cart
    Z 100d home
"""
PEOPLE = {"customer": list("ABCDEFGZ"), "region": ["north"] * 4 + ["south"] * 3 + [None], "size": [1, 2] * 4}


@pytest.fixture
def small(log: Logs) -> jm.Journeys:
    return log(SHOP, customers=PEOPLE, goal=("order",))


@pytest.fixture(scope="module")
def compared(shop: jm.Journeys) -> Callable[..., pd.DataFrame]:
    """Compare a level of the sample with the rest, once."""
    return cache(shop.compare)


def row(frame: pd.DataFrame, what: str, place: str, target: str = "", a: str | None = None) -> Any:
    chosen = frame[(frame["what"] == what) & (frame["place"] == place) & (frame["target"] == target)]
    if a is not None:
        chosen = chosen[chosen["a"] == a]
    assert len(chosen) == 1
    return chosen.iloc[0]


def counts(found: Any) -> tuple[int, ...]:
    return tuple(int(found[name]) for name in ("hits_a", "units_a", "hits_b", "units_b"))


def test_counts_by_hand(small: jm.Journeys) -> None:
    frame = small.compare("region", ["north", "south"], steps=["home", "cart", "order"])
    assert tuple(frame.columns) == COLUMNS
    assert counts(row(frame, "outcome", "converted")) == (2, 4, 0, 4)
    assert counts(row(frame, "outcome", "abandoned")) == (2, 4, 4, 4)
    assert counts(row(frame, "visit", "home")) == (3, 4, 3, 4)
    assert counts(row(frame, "visit", "cart")) == (3, 4, 1, 4)
    assert counts(row(frame, "dropoff", "home")) == (0, 3, 3, 4)
    assert counts(row(frame, "dropoff", "cart")) == (2, 3, 1, 1)
    assert counts(row(frame, "transition", "(start)", "home")) == (3, 4, 3, 4)
    assert counts(row(frame, "step", "home", "cart")) == (2, 3, 1, 3)
    assert counts(row(frame, "step", "cart", "order")) == (1, 2, 0, 1)
    home = row(frame, "dropoff", "home")
    assert (home["customers_a"], home["customers_b"], home["immature_a"], home["immature_b"]) == (3, 3, 1, 0)
    assert (home["rate_a"], home["rate_b"], home["difference"], home["ratio"]) == (0.0, 0.75, -0.75, 0.0)
    converted = row(frame, "outcome", "converted")
    assert (converted["immature_a"], converted["customers_a"], converted["customers_b"]) == (1, 3, 3)
    # Fewer than five mature visits made the others; fewer than five customers are not tested.
    assert set(zip(frame["place"], frame["target"], strict=True)) & {("cart", "order"), ("home", "order")} == {
        ("cart", "order")
    }
    assert set(frame["verdict"]) == {"thin"}
    assert frame["p_value"].isna().sum() >= len(frame) - 1


def test_one_level_stands_against_everyone_else(small: jm.Journeys) -> None:
    frame = small.compare("region", "south")
    assert set(zip(frame["a"], frame["b"], strict=True)) == {("south", "(rest)")}
    assert counts(row(frame, "outcome", "abandoned")) == (4, 4, 2, 4)  # Z, who has no region, is immature
    assert row(frame, "outcome", "abandoned")["immature_b"] == 2


def test_periods_are_of_the_journeys_start(small: jm.Journeys, at: Callable[[str], Any]) -> None:
    frame = small.compare(after=at("10d"), before=at("6d"))
    assert frame["a"].unique().tolist() == ["from 2024-01-11"]
    assert frame["b"].unique().tolist() == ["before 2024-01-07"]
    # F and G start between the two; C's second journey and G's second are the mature ones after.
    assert counts(row(frame, "outcome", "converted")) == (1, 2, 1, 4)
    one = small.compare(after=at("10d"))
    assert one["b"].unique().tolist() == ["before 2024-01-11"]
    assert counts(row(one, "outcome", "converted")) == (1, 2, 1, 6)


def everything(frame: pd.DataFrame, what: str) -> dict[tuple[str, str, str], tuple[int, ...]]:
    """Counts by side and place."""
    found = {}
    for item in frame[frame["what"] == what].to_dict("records"):
        for side in "ab":
            found[item[side], item["place"], item["target"]] = (item[f"hits_{side}"], item[f"units_{side}"])
    return found


def test_counts_are_those_of_the_measures(shop: jm.Journeys) -> None:
    """Long after the last event everything is mature, and the tables by level hold the same numbers."""
    later = shop.where(as_of="2026-12-31")
    levels = ["north", "south"]
    frame = later.compare("region", levels, steps=["product", "cart", "order"], window="7d")
    by = {name: later.where(region=name) for name in levels}
    visits, moves = everything(frame, "visit"), everything(frame, "transition")
    drops, steps = everything(frame, "dropoff"), everything(frame, "step")
    for level in levels:
        for item in by[level].touchpoints().to_dict("records"):
            journeys = round(item["journeys"] / item["journey_share"])
            assert visits[level, item["touchpoint"], ""] == (item["journeys"], journeys)
        for item in by[level].dropoff().to_dict("records"):
            assert drops[level, item["touchpoint"], ""] == (item["dropped"], item["mature_visits"])
        leaving = by[level].transitions().groupby("source")["count"].sum()
        for item in by[level].transitions().to_dict("records"):
            key = (level, item["source"], item["target"])
            if key in moves:
                assert moves[key] == (item["count"], leaving[item["source"]])
        funnel = by[level].funnel(["product", "cart", "order"], window="7d")["entered"].tolist()
        assert steps[level, "product", "cart"] == (funnel[1], funnel[0])
        assert steps[level, "cart", "order"] == (funnel[2], funnel[1])
    assert len(moves) > 300


def test_rates_are_over_mature_units(shop: jm.Journeys) -> None:
    frame = shop.where("age > 40").compare("channel", ["app", "web"])
    found_drops = everything(frame, "dropoff")
    for level in ("app", "web"):
        table = shop.where("age > 40", channel=level).outcomes().iloc[0]
        found = everything(frame, "outcome")
        for status in ("converted", "abandoned", "open"):
            assert found[level, status, ""] == (table[status], table["mature"])
        drops = shop.where("age > 40", channel=level).dropoff()
        for item in drops[drops["mature_visits"] > 0].to_dict("records"):
            assert found_drops[level, item["touchpoint"], ""] == (item["dropped"], item["mature_visits"])


def test_what_leaves_a_touchpoint_adds_up_to_its_mature_visits(shop: jm.Journeys) -> None:
    from dataclasses import replace

    from journeymap.measure.groups import transition_groups, visit_groups
    from journeymap.segments.question import Sides

    question = replace(shop.question, sides=Sides("device", ("tablet",)))
    moves = transition_groups(shop.store, question).groupby(["(side)", "source"])["count"].sum()
    visits = visit_groups(shop.store, question).groupby(["(side)", "touchpoint"])["mature_visits"].sum()
    assert moves.drop("(start)", level="source").to_dict() == visits[visits > 0].to_dict()


def test_the_correction_is_over_everything(log: Logs) -> None:
    """Every two of three levels, at all places together; here one customer is enough."""
    three = log(SHOP, customers=PEOPLE | {"region": list("nnneeeww")}, goal=("order",), minimum_customers=1)
    frame = three.compare("region", ["n", "e", "w"])
    looked_at = frame[frame["what"] != "profile"]
    assert set(zip(looked_at["a"], looked_at["b"], strict=True)) == {
        ("n", "e"), ("n", "w"), ("e", "w"),
    }  # fmt: skip
    p_values = [None if np.isnan(value) else value for value in looked_at["p_value"]]
    assert looked_at["q_value"].tolist() == pytest.approx(
        [np.nan if value is None else value for value in benjamini_hochberg(p_values)], nan_ok=True
    )
    profiles = frame[frame["what"] == "profile"]
    assert profiles["q_value"].isna().all()
    assert len(profiles) == 3
    assert looked_at["q_value"].notna().sum() > 10
    assert (looked_at["q_value"] >= looked_at["p_value"])[looked_at["q_value"].notna()].all()


def test_a_question_is_narrowed_first_and_clear_ones_are_significant_and_large(shop: jm.Journeys) -> None:
    frame = shop.where(device="mobile").compare("region", "south", least_effect=0.3)
    places = frame[frame["what"] != "profile"]
    clear = places["verdict"].isin(["higher", "lower"])
    assert clear.sum() > 5
    assert clear.to_numpy()[: clear.sum()].all()
    assert (places.loc[clear, "q_value"] <= 0.05).all()
    assert (places.loc[clear, "effect_size"].abs() >= 0.3).all()
    assert places.loc[clear, "effect_size"].abs().is_monotonic_decreasing
    mobile = shop.where(device="mobile", region="south").outcomes().iloc[0]
    assert counts(row(frame, "outcome", "converted"))[:2] == (mobile["converted"], mobile["mature"])
    small = places[places["verdict"] == "small"]
    assert len(small) > 0
    assert (small["effect_size"].abs() < 0.3).all()
    higher = places["verdict"] == "higher"
    assert (places.loc[higher, "rate_a"] > places.loc[higher, "rate_b"]).all()


def test_without_levels_each_stands_against_the_rest(log: Logs, small: jm.Journeys) -> None:
    three = log(SHOP, customers=PEOPLE | {"region": list("nnneeesw")}, goal=("order",))
    frame = three.compare("region")
    assert set(zip(frame["a"], frame["b"], strict=True)) == {(level, "(rest)") for level in "nesw"}
    for level in "ne":
        one = three.compare("region", level)
        assert counts(row(frame, "visit", "cart", a=level)) == counts(row(one, "visit", "cart"))
    two = small.compare("region")  # the rest of the one is the other
    assert set(zip(two["a"], two["b"], strict=True)) == {("north", "south")}


STORIES = [
    ("region", "south", "transition", "shipping_info", "checkout", "lower"),
    ("region", "south", "dropoff", "shipping_info", "", "higher"),
    ("region", "south", "outcome", "abandoned", "", "higher"),
    ("region", "east", "transition", "delivery", "support_call", "higher"),
    ("device", "tablet", "transition", "product", "cart", "lower"),
    ("channel", "app", "transition", "checkout", "shipping_info", "higher"),
    ("age_band", "60 and over", "transition", "delivery", "return_request", "higher"),
    ("lifestyle", "outdoor", "transition", "email_open", "product", "higher"),
]


@pytest.mark.parametrize(("segment", "level", "what", "place", "target", "verdict"), STORIES)
def test_every_planted_story_is_found(
    compared: Callable[..., pd.DataFrame],
    segment: str,
    level: str,
    what: str,
    place: str,
    target: str,
    verdict: str,
) -> None:
    frame = compared(segment, level)
    assert row(frame, what, place, target)["verdict"] == verdict
    assert frame.iloc[0][["what", "verdict"]].tolist() == ["profile", "differs"]


def test_the_payment_fault_is_found_between_periods(shop: jm.Journeys) -> None:
    frame = shop.where(until="2026-05-18").compare(after="2026-05-11")
    assert row(frame, "transition", "payment", "payment_error")["verdict"] == "higher"
    assert row(frame, "transition", "payment", "order")["verdict"] == "lower"
    assert frame.loc[0, "verdict"] == "differs"


@pytest.mark.parametrize(("segment", "level"), [("gender", "female")])
def test_what_has_no_effect_shows_none(compared: Callable[..., pd.DataFrame], segment: str, level: str) -> None:
    frame = compared(segment, level)
    assert set(frame["verdict"]) <= {"unclear", "thin"}


def test_nobody_on_either_side(shop: jm.Journeys) -> None:
    frame = shop.where("age > 500").compare("region", ["north", "south"], steps=["cart", "order"])
    assert frame["what"].tolist() == ["profile", "step"]
    assert set(frame["verdict"]) == {"thin"}


def test_an_empty_side(shop: jm.Journeys) -> None:
    frame = shop.where(region="north").compare("region", "south")
    assert set(frame["verdict"]) == {"thin"}
    found = row(frame, "visit", "cart")
    assert counts(found)[:2] == (0, 0)
    assert np.isnan(found["rate_a"])
    assert found["rate_b"] > 0


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({}, QuestionError, "neither was named"),
        ({"segment": "region", "before": "2026-05-11"}, QuestionError, "not both"),
        ({"levels": ["north"], "before": "2026-05-11"}, QuestionError, "Levels belong to a segment"),
        ({"after": "2026-05-01", "before": "2026-05-11"}, QuestionError, "overlap"),
        ({"after": "May"}, QuestionError, "--after: 'May' is no date"),
        ({"segment": "region", "levels": ["north", "north"]}, QuestionError, "cannot be compared"),
        ({"segment": "region", "levels": []}, QuestionError, "No level is named"),
        ({"segment": "region", "levels": ["nort"]}, UnknownNameError, "Did you mean 'north'"),
        ({"segment": "regoin", "levels": ["north"]}, UnknownNameError, "Did you mean 'region'"),
        ({"segment": "regoin"}, UnknownNameError, "Did you mean 'region'"),
        ({"segment": "region", "levels": ["north"], "steps": ["cart"]}, QuestionError, "two steps or more"),
        ({"segment": "region", "levels": ["north"], "steps": ["cart", "ordr"]}, UnknownNameError, "'order'"),
        ({"segment": "region", "levels": ["north"], "least_effect": -1.0}, QuestionError, "negative"),
        ({"segment": "region", "levels": ["north"], "least_effect": float("nan")}, QuestionError, "negative"),
    ],
)
def test_mistakes(shop: jm.Journeys, asked: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        shop.compare(**asked)


def test_a_segment_with_one_level_has_nothing_to_compare(log: Logs) -> None:
    one = log("A 0d home", customers={"customer": ["A"], "region": ["north"]})
    with pytest.raises(QuestionError, match="has 1 levels"):
        one.compare("region")


def test_blocks_of_customers_find_the_same(shop: jm.Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are many customers, small blocks of them are dealt: here of ten."""
    from dataclasses import replace

    from journeymap.compare import dealing
    from journeymap.compare.profile_permutation import permutation_test
    from journeymap.segments.question import Sides

    for sides, differs in ((Sides("device", ("tablet",)), True),):
        question = replace(shop.question, sides=sides)
        whole = dealing.read_dealt(shop.store, question)
        monkeypatch.setattr(dealing, "_BLOCKS", 300)
        blocks = dealing.read_dealt(shop.store, question)
        monkeypatch.undo()
        assert blocks.counts.sum() == whole.counts.sum()
        assert blocks.counts[blocks.is_a].sum() == whole.counts[whole.is_a].sum()
        assert len(blocks.is_a) < len(whole.is_a) / 5
        for dealt in (whole, blocks):
            p_value = permutation_test(dealt, n_permutations=199)
            assert p_value is not None
            assert (p_value <= 0.05) == differs
            first = np.flatnonzero(dealt.partner >= 0)
            assert (dealt.partner[dealt.partner[first]] == first).all()
            assert (dealt.is_a[first] != dealt.is_a[dealt.partner[first]]).all()


@pytest.mark.parametrize(
    "definition",
    ["repeat: purchases >= 1; else new", "region / device", "channel @first", "spend: 10, 100 @latest", "lifecycle"],
)
def test_sides_of_every_kind_of_segment_are_its_levels(shop: jm.Journeys, definition: str) -> None:
    """Customers and journeys, facts and rules, cut short or not: a level alone, and two of them."""
    for asked in (shop, shop.where("age >= 30", as_of="2026-05-20", end_at="goal")):
        defined = asked.define("kind", definition)
        whole: dict[str, Any] = {str(one["kind"]): one for one in defined.outcomes(by="kind").to_dict("records")}
        one, other = list(whole)[:2]
        everyone_else = [key for key in whole if key != one]
        for sides, parts in (
            (Sides("kind", (one, other)), {one: [one], other: [other]}),
            (Sides("kind", (one,)), {one: [one], "(rest)": everyone_else}),
        ):
            counted = journey_groups(defined.store, replace(defined.question, sides=sides))
            sums = counted.groupby(SIDE, sort=False)[["mature", "converted", "abandoned"]].sum()
            assert set(sums.index) == set(parts)
            for side, keys in parts.items():
                expected = {name: sum(whole[key][name] for key in keys) for name in sums.columns}
                assert sums.loc[side].to_dict() == expected
