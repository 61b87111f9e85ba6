"""What mending is worth: by hand, by leaving groups out one by one, and where there is nothing to say."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conftest import opened
from graph.chains import Path, chance_by_solving, counts_of_paths
from scipy import stats

from journeymap.errors import QuestionError, UnknownNameError
from journeymap.graph.levels import counts_by_level
from journeymap.graph.what_if import best_drop_rates
from journeymap.graph.worth import worth_of_mending, worths_of_mending
from journeymap.model.names import CONVERTED, DROPPED, START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from conftest import Logs

    from journeymap.api import Journeys

YES: Path = ("order", CONVERTED)
NO: Path = (DROPPED,)
# Three customer groups; at the cart 1 of 4, 2 of 4 and 3 of 4 drop, and the others order.
GROUPS: list[list[Path]] = [
    [("cart", *NO), ("cart", *YES), ("cart", *YES), ("cart", *YES)],
    [("cart", *NO), ("cart", *NO), ("home", "cart", *YES), ("cart", *YES)],
    [("cart", *NO), ("home", "cart", *NO), ("cart", *NO), ("cart", *YES), ("home", *NO)],
]
VALUES = {0: (3, 30.0), 1: (2, 40.0), 2: (1, 5.0)}


def test_by_hand() -> None:
    counts = counts_of_paths(GROUPS, VALUES)
    worth = worth_of_mending(counts, "cart", 0.25)
    # 12 visits, 6 dropped: 9 would order in place of 6. The mean order was worth 12.50.
    assert (worth.visits, worth.dropped, worth.drop_rate, worth.mended_rate) == (12, 6, 0.5, 0.25)
    assert worth.conversions == pytest.approx(3)
    assert worth.revenue == pytest.approx(37.5)
    assert worth.revenue_at_risk == pytest.approx(75)
    assert worth.assumption == (
        "If the drop-off at cart fell to 25.0 % of its visits, those who stayed went on as the others there do now, "
        "whatever way they had come, each further conversion were worth 12.50, and nothing else changed."
    )


def test_the_interval_is_that_of_leaving_each_group_out() -> None:
    counts = counts_of_paths(GROUPS, VALUES)
    worth = worth_of_mending(counts, "cart", 0.25)
    conversions, revenue = [], []
    for out in range(3):
        rest = counts_of_paths([group for at, group in enumerate(GROUPS) if at != out])
        goals = [VALUES[at] for at in range(3) if at != out]
        gain = chance_by_solving(rest, {"cart": 0.25})[START] - chance_by_solving(rest)[START]
        conversions.append(gain * 13)  # the journeys that there were
        revenue.append(gain * 13 * sum(value for _, value in goals) / sum(n for n, _ in goals))
    for point, found, low, high in (
        (3.0, conversions, worth.ci_low, worth.ci_high),
        (37.5, revenue, worth.revenue_low, worth.revenue_high),
    ):
        half = stats.t.ppf(0.975, 2) * np.sqrt(2 / 3 * sum((value - point) ** 2 for value in found))
        assert (low, high) == pytest.approx((point - half, point + half))


def test_many_at_once_are_each_alone() -> None:
    counts = counts_of_paths(GROUPS, VALUES)
    asked = [("cart", 0.1), ("home", 0.0), ("nowhere", 0.1), ("cart", 0.9), ("order", 0.0)]
    together = worths_of_mending(counts, [name for name, _ in asked], [rate for _, rate in asked])
    assert [astuple(worth) for worth in together] == [
        pytest.approx(astuple(worth_of_mending(counts, *one)), nan_ok=False) for one in asked
    ]


def test_a_rate_that_is_reached_already_gains_nothing() -> None:
    worth = worth_of_mending(counts_of_paths(GROUPS, VALUES), "cart", 0.7)
    assert worth.mended_rate == worth.drop_rate == 0.5
    assert (worth.conversions, worth.ci_low, worth.ci_high, worth.revenue, worth.revenue_high) == (0, 0, 0, 0, 0)


def test_nobody_comes_there_or_everybody_drops() -> None:
    counts = counts_of_paths([[("trap", *NO), ("cart", *YES)], [("trap", *NO), ("cart", *NO)]], VALUES)
    nowhere = worth_of_mending(counts, "nowhere", 0.1)
    assert (nowhere.conversions, nowhere.revenue, nowhere.drop_rate, nowhere.visits) == (None, None, None, 0)
    assert nowhere.revenue_at_risk == 0
    trap = worth_of_mending(counts, "trap", 0.1)
    assert (trap.conversions, trap.ci_low, trap.revenue, trap.drop_rate) == (None, None, None, 1.0)
    assert trap.revenue_at_risk == pytest.approx(2 * 75 / 6)


def test_where_nothing_converts_nothing_is_gained_and_nothing_is_certain() -> None:
    counts = counts_of_paths([[("cart", *NO), ("cart", "(open)")], [("cart", *NO), ("cart", "home", *NO)]])
    worth = worth_of_mending(counts, "cart", 0.1)
    assert (worth.conversions, worth.ci_low, worth.ci_high) == (0, None, None)
    assert (worth.revenue, worth.revenue_low, worth.revenue_at_risk) == (None, None, None)
    assert "worth" not in worth.assumption


def test_one_customer_has_no_interval() -> None:
    worth = worth_of_mending(counts_of_paths([GROUPS[1]], VALUES), "cart", 0.1)
    assert worth.conversions == pytest.approx(4 * 0.4)
    assert (worth.ci_low, worth.ci_high, worth.revenue_low) == (None, None, None)
    assert worth_of_mending(counts_of_paths([]), "cart", 0.1).conversions is None


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_is_none(rate: float) -> None:
    with pytest.raises(QuestionError, match="between 0 and 1"):
        worth_of_mending(counts_of_paths(GROUPS), "cart", rate)


SHOP = """
    A 0d home  web
    A 1d cart  web
    A 2d order web 10
    B 0d cart  web
    C 0d cart  web
    C 1d order web 30
    D 0d cart  app
    E 0d cart  app
    E 1d cart  app
    E 2d order app -
    F 1d order app 20
    G 2d home  app
    Z 99d x    till
"""
REGIONS = {"customer": list("ABCDEFGZ"), "region": ["n", "n", "n", "s", "s", "s", "s", "z"]}


def test_what_if_by_hand(log: Logs) -> None:
    store = log(SHOP, goal=("order",), customers=REGIONS, minimum_customers=2)
    frame = store.what_if("cart", by="region")
    assert list(frame["region"]) == ["n", "s"]  # Z's journey is too young
    columns = ["journeys", "converted", "visits", "dropped", "drop_rate", "mended_rate", "conversions", "revenue"]
    third = 1 / 3
    # Both drop a third; the mean order is worth 20, its missing value left out, and the same for both regions.
    assert frame[columns].to_numpy().tolist() == [
        pytest.approx([3, 2, 3, 1, third, third, 0, 0]), pytest.approx([4, 2, 3, 1, third, third, 0, 0]),
    ]  # fmt: skip
    assert frame["revenue_at_risk"].tolist() == pytest.approx([20, 20])
    assert set(frame["assumption"].str.slice(0, 56)) == {"If the drop-off at cart fell to 33.3 % of its visits, as"}
    assert store.what_if("cart", 0.9)["assumption"].item() == (
        "The drop-off at cart is 33.3 % of its visits already, less than 90.0 %: there is nothing to mend."
    )
    whole = store.what_if("cart", 0.0)
    # 6 visits, 2 dropped: the four others order thrice and go on to the cart once, so h = 4/6 to 1 for five journeys.
    assert whole[["journeys", "visits", "dropped"]].to_numpy().tolist() == [[7, 6, 2]]
    assert whole["conversions"].item() == pytest.approx(5 * (1 - 0.6))
    assert whole["revenue"].item() == pytest.approx(40)
    assert whole["revenue_at_risk"].item() == pytest.approx(40)


def test_what_cannot_be_asked(log: Logs) -> None:
    store = log(SHOP, goal=("order",), customers=REGIONS)
    with pytest.raises(UnknownNameError, match="Did you mean 'cart'"):
        store.what_if("carts", 0.1)
    with pytest.raises(QuestionError, match="What would the drop-off at cart fall to") as error:
        store.what_if("cart")
    assert "--to-best --by" in error.value.hint
    with pytest.raises(QuestionError, match="Not two levels of region have 5 customers at cart"):
        store.what_if("cart", by="region")
    with pytest.raises(QuestionError, match="between 0 and 1"):
        store.what_if("cart", 10)


def test_best_rates_are_of_levels_with_enough_customers(log: Logs) -> None:
    store = log(SHOP, goal=("order",), customers=REGIONS)
    levels = counts_by_level(store.store, store.question.split(("region",)))
    found = best_drop_rates(levels, 1)
    assert {name: best.rate for name, best in found.items()} == pytest.approx({"home": 0, "cart": 1 / 3, "order": 0})
    assert {best.level for best in found.values()} == {("n",)}
    assert best_drop_rates(levels, 3) == {}
    assert set(best_drop_rates(levels, 2)) == {"cart", "order"}


ASKED: dict[str, Callable[[Journeys, Any], pd.DataFrame]] = {
    "removal": lambda it, by: it.removal_effects(by=by),
    "decisive": lambda it, by: it.decisive(by=by),
    "what if": lambda it, by: it.what_if("cart", 0.1, by=by),
    "times": lambda it, by: it.times(by=by),
    "curve": lambda it, by: it.time_curve(by=by),
    "returns": lambda it, by: it.times("return", by=by),
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Journeys]:
    with opened() as log:
        yield log(SHOP, goal=("order",), customers=REGIONS, minimum_customers=1)


@pytest.mark.parametrize("by", [None, ["region", "channel"]])
@pytest.mark.parametrize("what", ASKED)
def test_where_nobody_fits_there_is_nothing_and_no_fault(shop: Journeys, what: str, by: Any) -> None:
    nobody, full = ASKED[what](shop.where(since="2030-01-01"), by), ASKED[what](shop, by)
    assert nobody.empty
    assert len(full)
    assert list(nobody.columns) == list(full.columns)
    assert nobody.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()


def test_levels_of_a_columns_own_name_are_told_apart(log: Logs) -> None:
    store = log(
        SHOP, goal=("order",), customers={"customer": list("AB"), "touchpoint": ["x", "y"], "share": ["1", "2"]}
    )
    assert list(store.removal_effects(by="touchpoint").columns[:2]) == ["by_touchpoint", "touchpoint"]
    assert list(store.what_if("cart", 0.1, by="touchpoint").columns[:2]) == ["by_touchpoint", "touchpoint"]
    assert list(store.decisive(by="touchpoint").columns[:2]) == ["touchpoint", "source"]
    assert list(store.times(by="share").columns[:2]) == ["by_share", "share"]
