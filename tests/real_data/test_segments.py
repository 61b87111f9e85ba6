"""Segments of real customers: known counts, and tiers that pandas gives too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import journeymap as jm


def customers(shop: jm.Journeys, by: str) -> dict[str, int]:
    frame = shop.outcomes(by=by)
    return dict(zip(frame[by], frame["customers"].tolist(), strict=True))


@pytest.mark.parametrize(
    ("attribute", "largest", "n_largest", "n_levels"),
    [("age", "45-54", 288, 6), ("income", "50-74K", 192, 12), ("household_size", "2", 318, 5)],
)
def test_the_attributes_of_801_households(
    groceries: jm.Journeys, attribute: str, largest: str, n_largest: int, n_levels: int
) -> None:
    found = customers(groceries, attribute)
    assert found.pop("(none)") == 1_668
    assert sum(found.values()) == 801
    assert len(found) == n_levels
    assert max(found, key=found.__getitem__) == largest
    assert found[largest] == n_largest


def test_a_combination_and_rules_over_households(groceries: jm.Journeys) -> None:
    both = customers(groceries.define("both", "age / income"), "both")
    assert both.pop("(none)") == 1_668
    assert sum(both.values()) == 801
    grown = groceries.define("old", "yes: age in ('55-64', '65+'); else no")
    assert customers(grown, "old") == {"yes": 59 + 72, "no": 801 - 59 - 72, "(none)": 1_668}


def test_households_that_used_a_coupon(groceries: jm.Journeys) -> None:
    asked = groceries.define("coupon", "used: used('coupon_redeemed'); mailed: used('campaign_*'); else no @latest")
    assert customers(asked, "coupon") == {"used": 410, "mailed": 1_559 - 410, "no": 2_469 - 1_559}


def test_repeat_buyers(invoices: jm.Journeys) -> None:
    asked = invoices.define("buyers", "repeat: purchases >= 2; one-time: purchases = 1; else none @latest")
    assert customers(asked, "buyers") == {"repeat": 2_845, "one-time": 4_339 - 2_845, "none": 4_372 - 4_339}
    assert customers(invoices.define("spend", "value_tier @latest"), "spend")["no purchase"] == 33


def test_rfm_and_pareto_as_pandas_has_them(invoices: jm.Journeys) -> None:
    rows = invoices.store.engine.execute(
        "SELECT customer_key, max(at_us), count(*), CAST(sum(CAST(value AS DECIMAL(38, 9))) AS DOUBLE) "
        "FROM events JOIN touchpoints USING (touchpoint_key) WHERE is_goal GROUP BY 1"
    )
    import pandas as pd

    frame = pd.DataFrame(rows, columns=["customer", "last_us", "orders", "spend"]).set_index("customer")
    scores = 1 + ((frame.rank(method="min") - 1) * 5 // len(frame))
    worth = (scores["orders"] + scores["spend"]) / 2
    recent = scores["last_us"]
    expected = {
        "champions": ((recent >= 4) & (worth >= 4)).sum(),
        "loyal": ((recent >= 3) & (worth >= 3) & ~((recent >= 4) & (worth >= 4))).sum(),
        "promising": ((recent >= 3) & (worth < 3)).sum(),
        "at risk": ((recent < 3) & (worth >= 3)).sum(),
        "hibernating": ((recent < 3) & (worth < 3)).sum(),
        "no purchase": 33,
    }
    assert customers(invoices.define("now", "rfm @latest"), "now") == expected
    sums = frame.groupby("spend")["spend"].sum().sort_index(ascending=False)
    share = frame["spend"].map((sums.cumsum() - sums) / sums.sum())
    classes = {"A": (share < 0.8).sum(), "B": ((share >= 0.8) & (share < 0.95)).sum(), "C": (share >= 0.95).sum()}
    assert customers(invoices.define("now", "pareto @latest"), "now") == {**classes, "no purchase": 33}
    tiers = customers(invoices.define("now", "value_tier @latest"), "now")
    assert max(tiers[name] for name in ("low", "medium", "high", "top")) == 1_085
    assert sum(tiers.values()) == 4_372


def test_the_life_cycle_of_journeys_adds_up(invoices: jm.Journeys) -> None:
    frame = invoices.outcomes(by="lifecycle").set_index("lifecycle")
    assert frame.loc["new", "journeys"] == 4_372  # everyone was new once
    assert frame["journeys"].sum() == invoices.outcomes()["journeys"].item()
