"""The frames of the Markov analysis: by hand, and what must hold on the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from journeymap.errors import QuestionError
from journeymap.model.names import START

if TYPE_CHECKING:
    from conftest import Logs

    import journeymap as jm

SHOP = """
    A 0d home web
    A 1d cart web
    A 2d order web 10
    B 0d home web
    C 0d home web
    C 1d cart web
    D 0d cart web
    D 1d order web
    E 0d order web
    Z 99d x web
"""
# Five mature journeys. From home 2 of 3 go to the cart and one drops; from the cart 2 of 3 order and one drops.
# h(cart) = 2/3, h(home) = 4/9, and 3 of 5 convert.


def test_removal_effects_by_hand(log: Logs) -> None:
    frame = log(SHOP, goal=("order",)).removal_effects()
    assert frame["touchpoint"].tolist() == ["cart", "home"]  # the goal itself is left out
    assert frame["visits"].tolist() == [3, 3]
    assert frame["conversion_from"].tolist() == pytest.approx([2 / 3, 4 / 9])
    # Through the cart go 3/5 of the journeys, of which 2/3 convert: 2/5 of 3/5. Through home 3/5 times 4/9.
    assert frame["removal_effect"].tolist() == pytest.approx([2 / 3, 4 / 9])
    assert frame["converted_share"].tolist() == pytest.approx([2 / 3, 1 / 3])  # A and D by the cart, A by home
    # To the cart twice from home (4/9) and once from the start (3/5); home from the start alone.
    assert frame["decided"].tolist() == pytest.approx([2 / 3 - (2 * 4 / 9 + 3 / 5) / 3, 4 / 9 - 3 / 5])
    assert (frame["ci_low"] < frame["removal_effect"]).all()
    assert (frame["conversion_from_high"] > frame["conversion_from"]).all()


def test_decisive_by_hand(log: Logs) -> None:
    store = log(SHOP, goal=("order",))
    frame = store.decisive()
    rows = {(row.source, row.target): row for row in frame.itertuples()}
    assert rows["cart", "order"].change == pytest.approx(1 / 3)
    assert rows["cart", "order"].conversions == pytest.approx(2 / 3)
    assert rows["cart", "(dropped)"].change == pytest.approx(-2 / 3)
    assert rows["home", "(dropped)"].conversions == pytest.approx(-4 / 9)
    assert rows[START, "home"].chance_before == pytest.approx(3 / 5)
    assert rows["order", "(converted)"].change == 0
    assert frame["conversions"].abs().round(9).is_monotonic_decreasing
    assert store.decisive(top=2).equals(frame.head(2))
    with pytest.raises(QuestionError, match="--top must be a whole number from 1 on, not"):
        store.decisive(top=0)


def test_one_customer_alone(log: Logs) -> None:
    store = log("A 0d home\nA 1d order\nA 40d home\nA 80d cart", goal=("order",))
    frame = store.removal_effects()
    # Whatever is said rests on one customer: the interval says little.
    assert frame.loc[0, ["conversion_from", "removal_effect"]].tolist() == [0.5, 1.0]
    assert frame.loc[0, "conversion_from_high"] - frame.loc[0, "conversion_from_low"] > 0.7
    assert frame.loc[0, "ci_low"] < 0.3
    assert store.decisive()[["change_low", "change_high"]].isna().all(axis=None)


def test_a_level_without_conversions(log: Logs) -> None:
    store = log(
        "A 0d home\nA 1d order\nB 0d home\nB 1d home\nC 0d home\nZ 99d x", goal=("order",),
        customers={"customer": ["A", "B", "C"], "region": ["n", "s", "s"]},
    )  # fmt: skip
    frame = store.removal_effects(by="region").set_index("region")
    assert frame.loc["s", ["visits", "conversion_from", "decided"]].tolist() == [3, 0, 0]
    assert np.isnan(frame.loc["s", "removal_effect"])
    assert frame.loc["s", "conversion_from_high"] > 0.2
    assert not store.decisive(by="region").set_index("region").loc["s", "conversions"].any()


def test_a_goal_that_is_reached_again_and_again(log: Logs) -> None:
    """Cut after each order, every piece but the last converts; the order leads to nothing else."""
    store = log("A 0d order\nA 1d order\nA 2d home\nA 3d order\nA 4d home\nB 0d home\nZ 99d x", goal=("order",))
    frame = store.removal_effects()
    assert frame[["touchpoint", "visits"]].to_numpy().tolist() == [["home", 3]]
    assert frame["conversion_from"].item() == pytest.approx(1 / 3)
    assert frame["removal_effect"].item() == pytest.approx(1 / 3)  # of three conversions one came by home
    assert ("order", "order") not in {(row.source, row.target) for row in store.decisive().itertuples()}


def test_end_at_is_the_goal_whatever_is_asked(log: Logs) -> None:
    store = log(SHOP, goal=("order",))
    assert store.where(end_at="journey").removal_effects().equals(store.where(end_at="goal").removal_effects())


def test_the_sample(shop: jm.Journeys) -> None:
    frame = shop.removal_effects(by="region")
    for name, low, high in (
        ("conversion_from", "conversion_from_low", "conversion_from_high"), ("removal_effect", "ci_low", "ci_high"),
    ):  # fmt: skip
        assert (
            (frame[low] >= 0)
            & (frame[low] <= frame[name])
            & (frame[low] < frame[high])
            & (frame[name] <= frame[high])
            & (frame[high] <= 1)
        ).all()
    steps = shop.decisive(by="region")
    # What one way out of a touchpoint wins another loses.
    assert steps.groupby(["region", "source"])["conversions"].sum().to_numpy() == pytest.approx(0, abs=1e-9)
    asked = shop.where(end_at="goal").outcomes(by="region").set_index("region")
    before = steps[steps["source"] == START].groupby("region")["chance_before"].first()
    assert before.to_dict() == pytest.approx(asked["conversion_rate"].to_dict())


def test_the_worth_of_levels_adds_up_in_the_plain_count(shop: jm.Journeys) -> None:
    levels, whole = shop.what_if("cart", 0.01, by="region"), shop.what_if("cart", 0.01)
    for name in ("journeys", "converted", "visits", "dropped", "revenue_at_risk"):
        assert levels[name].sum() == pytest.approx(whole[name].item())
    assert whole["conversions_low"].item() < whole["conversions"].item() < whole["dropped"].item()
    mean = shop.abandonment("cart")["mean_goal_value"].item()
    assert whole["revenue"].item() == pytest.approx(whole["conversions"].item() * mean)
