"""The Complete Journey: baskets, mailings and coupons of households, a third of them with attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import journeymap as jm


def test_what_was_read(groceries: jm.Journeys) -> None:
    report = groceries.report
    assert report is not None
    assert (report.read, report.accepted, report.duplicates, report.rejected) == (164_539, 163_585, 954, 0)
    assert report.customers == 2_469


def test_touchpoints(groceries: jm.Journeys) -> None:
    table = groceries.touchpoints().set_index("touchpoint")
    assert table["visits"].sum() == 163_585
    assert table.loc["purchase", "visits"] == 155_848
    assert table.loc["coupon_redeemed", ["visits", "customers"]].tolist() == [2_102 - 954, 410]
    mailed = table[table.index.str.startswith("campaign_")]
    assert mailed["visits"].sum() == 6_589
    reached = groceries.store.engine.execute(
        "SELECT count(DISTINCT customer_key) FROM events JOIN touchpoints USING (touchpoint_key) "
        "WHERE starts_with(touchpoint, 'campaign_')"
    )
    assert reached == [(1_559,)]
    assert round(100 * 410 / 1_559, 1) == 26.3


def test_sales(groceries: jm.Journeys) -> None:
    total = groceries.store.engine.execute("SELECT sum(value) FROM events")[0][0]
    assert total == pytest.approx(4_596_039.58, abs=0.01)


def test_each_attribute_has_a_level_for_those_without(groceries: jm.Journeys) -> None:
    attributes = [name for name, _ in groceries.store.customer_columns()]
    assert len(attributes) >= 5
    whole = groceries.outcomes()
    for name in attributes:
        levels = groceries.outcomes(by=name).set_index(name)
        assert levels.loc["(none)", "customers"] >= 1_668
        if levels.loc["(none)", "customers"] > 1_668:  # some answered, but not this question
            missing = groceries.store.engine.execute(f'SELECT count(*) FROM customers WHERE "{name}" IS NULL')
            assert missing == [(levels.loc["(none)", "customers"],)]
        for column in ("customers", "journeys", "mature", "converted", "abandoned", "open"):
            assert levels[column].sum() == whole[column].item()


def test_levels_add_up_for_transitions(groceries: jm.Journeys) -> None:
    attribute = groceries.store.customer_columns()[0][0]
    whole = groceries.transitions().set_index(["source", "target"])["count"]
    split = groceries.transitions(by=attribute).groupby(["source", "target"])["count"].sum()
    assert split.sort_index().to_dict() == whole.sort_index().to_dict()
