"""Cart abandonment by hand, and the planted story of the sample."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import journeymap as jm
from journeymap.errors import QuestionError, UnknownNameError
from journeymap.painpoints.abandonment import guess_starts

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = Path(__file__).parents[2] / "sample_events"

# To day 100, window 7 days. North: A two attempts (one abandoned, went home and help), C one (abandoned, nothing), D
# one (order at the same instant). South: B one that is immature, E two (both abandoned), F one (ordered).
LOG = """
A 0d   cart
A 1d   cart
A 2d   order - 30
A 10d  cart
A 11d  home
A 12d  help
B 96d  cart
C 50d  cart
C 51d  cart
D 60d  order - 10
D 60d  cart
E 20d  cart
E 21d  help
E 40d  cart
E 60d  help
F 30d  cart
F 36d  order - 20
Z 100d home
"""
CUSTOMERS = {
    "customer": ["A", "B", "C", "D", "E", "F", "Z"],
    "region": ["north", "south", "north", "north", "south", "south", None],
}


@pytest.fixture
def shop(log: Any) -> jm.Journeys:
    opened: jm.Journeys = log(LOG, customers=CUSTOMERS, goal=("order",), minimum_customers=2)
    return opened


def by_level(found: list[jm.Finding]) -> dict[str, jm.Finding]:
    return {item.levels[0][1]: item for item in found}


def test_the_whole_by_hand(shop: jm.Journeys) -> None:
    (found,) = shop.pain_points()
    assert (found.kind, found.place, found.touchpoint, found.unit) == (
        "abandonment", "after cart without order within 7d", "cart", "attempts",
    )  # fmt: skip
    assert (found.n_hits, found.n_units, found.n_immature) == (4, 7, 1)
    assert found.rate == pytest.approx(4 / 7)
    assert (found.customers, found.journeys) == (3, 3)
    assert found.ci_low is not None
    assert found.ci_high is not None
    assert 0 < found.ci_low < 4 / 7 < found.ci_high < 1
    assert found.revenue_at_risk == pytest.approx(4 * 20)
    assert (found.baseline, found.lift, found.q_value, found.opportunity, found.assumption) == (
        None,
        None,
        None,
        None,
        "",
    )
    assert found.window_seconds == 7 * 86_400
    assert found.severity == pytest.approx(sqrt(3 / 7 * found.ci_low))
    assert dict(found.went_instead) == {"help": 1, "home": 1, "(nothing)": 2}
    assert not found.thin


def test_levels_by_hand(shop: jm.Journeys) -> None:
    found = by_level(shop.pain_points(by="region"))
    assert set(found) == {"north", "south"}
    north, south = found["north"], found["south"]
    assert (north.n_hits, north.n_units, north.n_immature) == (2, 4, 0)
    assert (south.n_hits, south.n_units, south.n_immature) == (2, 3, 1)
    assert north.baseline == south.baseline == pytest.approx(4 / 7)
    assert (north.lift, south.lift) == (pytest.approx(0.5 * 7 / 4), pytest.approx(2 / 3 * 7 / 4))
    assert (north.customers, south.customers) == (2, 1)
    assert (north.revenue_at_risk, south.revenue_at_risk) == (40, 40)
    # Three and two customers say no more than their mean, 17 / 30; north is below it, and south above.
    assert north.opportunity == 0
    assert south.opportunity == pytest.approx((2 / 3 - 17 / 30) * 3 * 20)
    assert "56.7%" in south.assumption
    assert "their mean value" in south.assumption
    assert dict(north.went_instead) == {"home": 1, "(nothing)": 1}
    assert dict(south.went_instead) == {"help": 1, "(nothing)": 1}
    for item, n_customers in ((north, 3), (south, 3)):
        assert item.ci_low is not None
        assert item.severity == pytest.approx(sqrt(item.customers / n_customers * item.ci_low))
        assert item.q_value is None or 0 <= item.q_value <= 1


def test_worst_first(shop: jm.Journeys) -> None:
    found = shop.pain_points(by="region")
    assert [item.severity for item in found] == sorted((item.severity for item in found), reverse=True)


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ({"after": "cart", "without": "help", "within": "7d"}, (5, 7, 1)),
        ({"after": "cart", "without": ["help", "order"], "within": "7d"}, (2, 7, 1)),
        ({"after": "cart", "within": "1d"}, (7, 8, 0)),
        ({"after": "home", "without": "help"}, (0, 1, 1)),
        ({"within": "3d"}, (6, 8, 0)),
    ],
)
def test_any_after_x_without_y_within_w(shop: jm.Journeys, asked: dict[str, Any], counts: tuple[int, int, int]) -> None:
    (found,) = shop.pain_points(**asked)
    assert (found.n_hits, found.n_units, found.n_immature) == counts


def test_the_place_says_what_was_asked(shop: jm.Journeys) -> None:
    (found,) = shop.pain_points(after="cart", without=["help", "order"], within="36h")
    assert found.place == "after cart without help or order within 36h"
    assert found.window_seconds == 36 * 3600


def test_levels_behind_which_few_stand_are_marked(log: Any) -> None:
    opened = log(LOG, customers=CUSTOMERS, goal=("order",), minimum_customers=3)
    found = by_level(opened.pain_points(by="region"))
    assert (found["north"].thin, found["south"].thin) == (False, True)
    assert found["south"].opportunity is None
    assert found["north"].opportunity is None


def test_goals_without_value_are_counted_instead(log: Any) -> None:
    text = "\n".join(line.split(" - ")[0] for line in LOG.strip().splitlines())
    opened = log(text, customers=CUSTOMERS, goal=("order",), minimum_customers=2)
    found = by_level(opened.pain_points(by="region"))
    assert found["south"].revenue_at_risk is None
    assert found["south"].opportunity == pytest.approx((2 / 3 - 17 / 30) * 3)
    assert "one goal each" in found["south"].assumption


def test_several_starts_are_each_looked_at(log: Any) -> None:
    opened = log("A 0d add_to_cart\nA 1d checkout\nA 2d order\nB 0d basket\nB 90d home\n", goal=("order",))
    assert {item.touchpoint: (item.n_hits, item.n_units) for item in opened.pain_points()} == {
        "add_to_cart": (0, 1), "checkout": (0, 1), "basket": (1, 1),
    }  # fmt: skip


def test_nothing_is_guessed_without_a_goal_or_a_start(log: Any) -> None:
    assert log(LOG, goal=()).pain_points() == []
    assert log("A 0d home\nA 40d order\n", goal=("order",)).pain_points(by="channel") == []
    assert log("A 0d cart\nA 1d home\n", goal=()).pain_points() == []


def test_attempts_that_are_all_immature_are_no_finding(log: Any) -> None:
    assert log("A 0d cart\nA 1d order\n", goal=("order",)).pain_points() == []


def test_what_cannot_be_asked(shop: jm.Journeys, log: Any) -> None:
    with pytest.raises(UnknownNameError, match=r"--after: there is no touchpoint 'crat'. Did you mean 'cart'"):
        shop.pain_points(after="crat")
    with pytest.raises(UnknownNameError, match="--without: there is no touchpoint"):
        shop.pain_points(after="cart", without="odrer")
    with pytest.raises(UnknownNameError, match="no segment 'regoin'"):
        shop.pain_points(by="regoin")
    with pytest.raises(QuestionError, match="within"):
        shop.pain_points(after="cart", within="soon")
    with pytest.raises(QuestionError, match="no goal that an attempt could reach"):
        log(LOG, goal=()).pain_points(after="cart")


@pytest.mark.parametrize(
    ("names", "goals", "starts"),
    [
        (
            ["Cart Viewed", "addToCart", "checkout_started", "order"],
            ["order"],
            ["Cart Viewed", "addToCart", "checkout_started"],
        ),
        (["checkout_completed", "remove_from_cart", "cart_abandoned"], [], []),
        (["checkout", "cart"], ["checkout"], ["cart"]),
        (["cartoon", "discard", "trial_started", "shopping bag"], [], ["trial_started", "shopping bag"]),
    ],
)
def test_starts_that_are_guessed(names: list[str], goals: list[str], starts: list[str]) -> None:
    assert guess_starts(names, goals) == starts


@pytest.fixture(scope="module")
def sample() -> Iterator[jm.Journeys]:
    with jm.open(SAMPLE) as opened:
        yield opened


def test_the_planted_story_ranks_first_and_no_other_region_is_worse(sample: jm.Journeys) -> None:
    (story,) = [
        item
        for item in json.loads((SAMPLE / "stories.json").read_text())["stories"]
        if item["name"] == "shipping_cost_south"
    ]
    (fact,) = [item for item in story["facts"] if item["measure"] == "abandonment"]
    found = sample.pain_points(by=story["segment"], after=fact["touchpoint"], without=fact["target"])
    worst = found[0]
    assert worst.levels == ((story["segment"], story["level"]),)
    assert worst.touchpoint in story["touchpoints"]
    assert worst.q_value is not None
    assert worst.q_value < 0.001
    assert worst.lift is not None
    assert worst.lift > 1
    assert worst.ci_low is not None
    assert worst.ci_high is not None
    assert worst.ci_low < fact["at_level"] < worst.ci_high
    for item in found[1:]:
        assert item.lift is not None
        significantly_worse = item.q_value is not None and item.q_value < 0.05 and item.lift > 1
        assert not significantly_worse, item


def test_it_ranks_first_too_among_all_that_is_looked_for(sample: jm.Journeys) -> None:
    worst = sample.pain_points(by="region")[0]
    assert worst.levels == (("region", "south"),)
    assert worst.q_value is not None
    assert worst.q_value < 0.001


@pytest.mark.parametrize("segment", ["gender", "education", "household", "urban_rural"])
def test_attributes_without_effect_are_not_significant(sample: jm.Journeys, segment: str) -> None:
    found = sample.pain_points(by=segment, examined=True)
    assert found.n_examined > 300
    assert all(item.q_value is None or item.q_value > 0.05 for item in found if item.levels)


def test_a_finding_is_the_measure(sample: jm.Journeys) -> None:
    table = sample.abandonment("cart", by="region").set_index("region")
    for item in sample.pain_points(after="cart", by="region"):
        row = table.loc[item.levels[0][1]]
        assert (item.n_hits, item.n_units, item.n_immature) == (row["abandoned"], row["attempts"], row["immature"])
        assert (item.rate, item.ci_low, item.ci_high, item.lift) == (
            row["rate"],
            row["ci_low"],
            row["ci_high"],
            row["lift"],
        )
        assert item.revenue_at_risk == row["revenue_at_risk"]
