"""What many rows are rejected for is told with what to do; a few slips are not."""

from __future__ import annotations

import pandas as pd
import pytest

import journeymap as jm


@pytest.mark.parametrize(("n_commas", "is_told"), [(2, True), (1, True), (0, False)])
def test_decimal_commas(n_commas: int, is_told: bool) -> None:
    values = ["1,5", "12,50", *["3.0"] * 18]
    values[n_commas:2] = ["2.5"] * (2 - n_commas)
    log = pd.DataFrame({"customer": "a", "timestamp": pd.Timestamp("2026-01-01"), "event": "order", "value": values})
    log["timestamp"] += pd.to_timedelta(range(20), unit="h")
    with jm.open(log) as shop:
        notes = " ".join(shop.report.notes) if shop.report else ""
    said = f"{n_commas} of 20 rows ({n_commas * 5}.0 %) were rejected as bad_value"
    assert (said in notes) == is_told
    assert ("Numbers have a point and no currency sign" in notes) == is_told
