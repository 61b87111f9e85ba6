"""Sessions that go on when a journey has ended."""

from __future__ import annotations

import pandas as pd

import journeymap as jm
from journeymap.settings import EventSettings, Settings


def test_a_journey_that_ends_within_its_session() -> None:
    """Each asks for help in one order and goes on in another, a minute later."""
    rows = []
    for at in range(30):
        begin = pd.Timestamp("2026-01-01") + pd.Timedelta(hours=at)
        rows += [(f"c{at}", begin, "help", f"{at}a"), (f"c{at}", begin + pd.Timedelta(minutes=1), "order", f"{at}b")]
        rows += [(f"s{at}", begin, "search", f"s{at}a"), (f"s{at}", begin + pd.Timedelta(minutes=1), "item", f"s{at}b")]
    rows.append(("z", pd.Timestamp("2026-03-01"), "home", "z"))
    log = pd.DataFrame(rows, columns=["customer", "timestamp", "event", "order_id"])
    with jm.open(log, settings=Settings(events=EventSettings(journey="order_id"))) as shop:
        found = shop.pain_points(kinds=["dead_end", "failed_search"], examined=True)
    assert {(item.place, item.n_hits, item.n_units) for item in found} == {
        ("left after help", 0, 30), ("search without a find", 0, 30),
    }  # fmt: skip
