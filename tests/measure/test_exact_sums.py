"""Sums of money are the same to the last digit, however the rows are spread over threads."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import journeymap as jm

if TYPE_CHECKING:
    from collections.abc import Sequence


def orders(values: Sequence[float], seed: int) -> pd.DataFrame:
    """Give one order a day and customer, in shuffled order."""
    rows = [
        {"customer_id": f"c{at % 97}", "timestamp": f"2024-01-{1 + at % 28:02}T{at % 24:02}:00", "event": "order",
         "value": value, "event_id": str(at)}
        for at, value in enumerate(values)
    ]  # fmt: skip
    random.Random(seed).shuffle(rows)  # noqa: S311 - not for secrets
    return pd.DataFrame(rows)


def test_the_order_of_rows_changes_no_digit() -> None:
    values = [round(0.1 + at * 1.01, 2) for at in range(5000)]
    found = set()
    for seed in range(4):
        store = jm.open(orders(values, seed))
        found.add((store.outcomes()["value"].item(), store.transitions()["mean_seconds"].sum()))
    assert len(found) == 1
    cents = sum(round(value * 100) for value in values)
    assert next(iter(found))[0] == cents / 100


@pytest.mark.parametrize(("given", "kept"), [(9e17, 9e17), (-9e17, -9e17), (1e18, None), (1e300, None)])
def test_a_number_too_large_to_add_up_is_no_value(given: float, kept: float | None) -> None:
    events = orders([given, 5.0], 0)
    store = jm.open(events)
    assert store.outcomes()["value"].item() == (5.0 if kept is None else kept + 5.0)
    as_text = jm.open(events.astype({"value": str}))
    report = as_text.report
    assert report is not None
    assert report.rejected == (1 if kept is None else 0)
