"""The opportunity of a drop-off is what the question what if says, and of no other that is asked nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

import journeymap as jm

SAMPLE = Path(__file__).parents[2] / "sample_events"


def test_drop_offs_that_stand_up_are_worth_what_the_chain_says() -> None:
    shop = jm.open(SAMPLE / "*.csv")
    found = shop.pain_points(by="region", kinds="drop_off", examined=True)
    reported = [finding for finding in found if finding.is_reported]
    assert [(finding.touchpoint, finding.levels) for finding in reported] == [("shipping_info", (("region", "south"),))]
    mended = shop.what_if("shipping_info", by="region").set_index("region").loc["south"]
    (worth,) = reported
    assert (worth.opportunity, worth.opportunity_low, worth.opportunity_high) == pytest.approx(
        (mended["revenue"], mended["revenue_low"], mended["revenue_high"])
    )
    others = [finding for finding in found if not finding.is_reported]
    assert others
    assert {(finding.opportunity, finding.opportunity_high, finding.assumption) for finding in others} == {
        (None, None, "")
    }
