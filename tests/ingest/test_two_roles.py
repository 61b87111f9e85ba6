"""A column in two roles: where a case is a customer, and where a till's lines have no number but their time."""

from __future__ import annotations

import pandas as pd
import pytest

import journeymap as jm
from journeymap.settings import EventSettings, JourneySettings, Settings

TIMES = [pd.Timestamp(day) for day in ("2026-01-01", "2026-03-01", "2026-01-01", "2026-03-01")]


@pytest.mark.parametrize("customer", ["customer", "case"])
def test_journeys_are_named_by_the_column_of_the_customers(customer: str) -> None:
    """Two months of silence do not cut what a column names."""
    log = pd.DataFrame(
        {"customer": list("aabb"), "case": list("1122"), "time": TIMES, "event": ["x", "y", "x", "order"]}
    )
    events = EventSettings(customer=customer, journey="case")
    with jm.open(log, settings=Settings(events=events, journey=JourneySettings(goal=("order",)))) as shop:
        (row,) = shop.outcomes().to_dict("records")
        assert (row["journeys"], row["converted"]) == (2, 1)


def test_lines_of_one_time_are_one_event() -> None:
    log = pd.DataFrame(
        {"customer": ["a", "a"], "time": [TIMES[0]] * 2, "event": ["order", "order"], "value": [1.0, 2.0]}
    )
    with jm.open(log, settings=Settings(events=EventSettings(one_event_per="time"))) as shop:
        assert shop.touchpoints()["visits"].tolist() == [1]
        assert shop.store.engine.execute("SELECT value FROM events") == [(3.0,)]
