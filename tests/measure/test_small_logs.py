"""Touchpoints, transitions, drop-off and outcomes of a log small enough to work by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from conftest import Logs

    from journeymap.api import Journeys

DAY = 86_400.0
SHOP = """
    A 0d   home     web
    A 1d   cart     web
    A 3d   cart     app
    A 4d   order    web   10.0
    A 60d  home     app
    B 2d   home     web
    B 5d   cart     app
    C 90d  cart     -
    D 10d  declined app
    E 100d home     web
"""
# With a gap of 30 days and the data end on day 100: A's first journey converted, A's second and B's were abandoned,
# C's and E's are open and immature, D's ended.


@pytest.fixture
def shop(log: Logs) -> Journeys:
    return log(SHOP, goal=("order",), final=("declined",))


def picked(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_touchpoints(shop: Journeys) -> None:
    frame = shop.touchpoints()
    assert picked(
        frame, "touchpoint", "visits", "customers", "journeys", "entries", "converted", "ended", "dropped", "open"
    ) == [
        ("cart", 4, 3, 3, 1, 0, 0, 1, 1),
        ("home", 4, 3, 4, 4, 0, 0, 1, 1),
        ("declined", 1, 1, 1, 1, 0, 1, 0, 0),
        ("order", 1, 1, 1, 0, 1, 0, 0, 0),
    ]
    assert frame["journey_share"].tolist() == [0.5, pytest.approx(4 / 6), pytest.approx(1 / 6), pytest.approx(1 / 6)]
    assert frame["channel"].tolist() == ["app", "web", "app", "web"]


def test_transitions(shop: Journeys) -> None:
    frame = shop.transitions()
    assert picked(frame, "source", "target", "count", "customers") == [
        ("(start)", "home", 4, 3),
        ("home", "cart", 2, 2),
        ("(start)", "cart", 1, 1),
        ("(start)", "declined", 1, 1),
        ("cart", "(dropped)", 1, 1),
        ("cart", "(open)", 1, 1),
        ("cart", "cart", 1, 1),
        ("cart", "order", 1, 1),
        ("declined", "(ended)", 1, 1),
        ("home", "(dropped)", 1, 1),
        ("home", "(open)", 1, 1),
        ("order", "(converted)", 1, 1),
    ]
    moves = frame.set_index(["source", "target"])
    assert moves.loc[("(start)", "home"), "probability"] == pytest.approx(4 / 6)
    assert moves.loc[("home", "cart"), "probability"] == 0.5
    assert moves.loc[("cart", "order"), "probability"] == 0.25
    # One and three days from home to cart: the middle, the mean, and nine tenths of the way between.
    assert moves.loc[("home", "cart"), ["median_seconds", "mean_seconds", "p90_seconds"]].tolist() == pytest.approx(
        [2 * DAY, 2 * DAY, 2.8 * DAY]
    )
    assert moves.loc[("(start)", "home"), ["median_seconds", "mean_seconds", "p90_seconds"]].isna().all()


def test_a_customer_who_buys_and_then_calls_leaves_from_the_call(log: Logs) -> None:
    store = log("A 0d order\nA 1d call", goal=("order",))
    assert ("call", "(converted)") in picked(store.transitions(), "source", "target")
    cut = store.where(end_at="goal")
    assert picked(cut.transitions(), "source", "target") == [
        ("(start)", "call"), ("(start)", "order"), ("call", "(open)"), ("order", "(converted)"),
    ]  # fmt: skip
    assert cut.outcomes()["journeys"].item() == 2


def test_dropoff(shop: Journeys) -> None:
    frame = shop.dropoff()
    # Mature visits: all but C's and E's: 8, of which A's second home and B's cart are the last of abandoned journeys.
    assert picked(frame, "touchpoint", "mature_visits", "dropped", "drop_rate", "baseline", "lift") == [
        ("cart", 3, 1, pytest.approx(1 / 3), 0.25, pytest.approx(4 / 3)),
        ("home", 3, 1, pytest.approx(1 / 3), 0.25, pytest.approx(4 / 3)),
        ("declined", 1, 0, 0.0, 0.25, 0.0),
        ("order", 1, 0, 0.0, 0.25, 0.0),
    ]


def test_dropoff_of_levels_is_held_against_the_same_touchpoint(log: Logs) -> None:
    store = log(
        SHOP, goal=("order",), final=("declined",),
        customers={"customer": ["A", "B", "C", "D", "E"], "region": ["x", "y", "y", "y", "y"]},
    )  # fmt: skip
    frame = store.dropoff(by="region")
    rows = {row[:2]: row[2:] for row in picked(frame, "region", "touchpoint", "drop_rate", "baseline", "lift")}
    assert rows["x", "home"] == pytest.approx((0.5, 1 / 3, 1.5))
    assert rows["y", "cart"] == pytest.approx((1, 1 / 3, 3))
    assert rows["x", "cart"] == pytest.approx((0, 1 / 3, 0))
    assert frame["region"].tolist() == sorted(frame["region"])


def test_outcomes(shop: Journeys) -> None:
    row = shop.outcomes().iloc[0]
    counts = ["customers", "journeys", "mature", "converted", "ended", "abandoned", "open", "immature"]
    assert row[counts].tolist() == [5, 6, 4, 1, 1, 2, 0, 2]
    assert row["conversion_rate"] == 0.25
    assert row["value"] == 10
    assert row["mean_steps"] == pytest.approx(10 / 6)
    # The journeys last 4, 0, 3, 0, 0 and 0 days.
    assert row["median_seconds"] == 0


def test_a_missing_value_is_not_nought(log: Logs) -> None:
    without = log("A 0d order\nB 1d order", goal=("order",))
    assert without.outcomes()["value"].isna().all()
    some = log("A 0d order - 0.0\nB 1d order", goal=("order",))
    assert some.outcomes()["value"].tolist() == [0.0]
    elsewhere = log("A 0d cart - 5.0\nA 1d order - 7.0", goal=("order",))
    assert elsewhere.outcomes()["value"].tolist() == [7.0]


def test_levels_of_a_measures_own_name_are_told_apart(shop: Journeys) -> None:
    assert list(shop.touchpoints(by="channel").columns[:4]) == ["by_channel", "touchpoint", "stage", "channel"]
    assert list(shop.transitions(by="channel").columns[:2]) == ["channel", "source"]


def test_levels_come_in_their_order_with_nothing_last(log: Logs) -> None:
    store = log(
        "A 0d x\nB 0d x\nC 0d x\nD 0d x",
        customers={"customer": ["A", "B", "C"], "size": ["10", "9", "100"]},
    )
    assert store.outcomes(by="size")["size"].tolist() == ["9", "10", "100", "(none)"]


def test_measures_of_one_event(log: Logs) -> None:
    store = log("A 0d home")
    assert picked(store.touchpoints(), "touchpoint", "visits", "journey_share") == [("home", 1, 1.0)]
    assert picked(store.transitions(), "source", "target", "probability") == [
        ("(start)", "home", 1.0), ("home", "(open)", 1.0),
    ]  # fmt: skip
    assert store.dropoff()[["mature_visits", "dropped"]].to_numpy().tolist() == [[0, 0]]
    assert store.dropoff()[["drop_rate", "baseline", "lift", "ci_low"]].isna().all(axis=None)
    assert store.outcomes()[["journeys", "mature", "immature"]].to_numpy().tolist() == [[1, 0, 1]]
    assert store.paths()["path"].tolist() == [["home"]]
    assert store.funnel(["home", "home"])[["entered", "immature"]].to_numpy().tolist() == [[0, 1], [0, 0]]
    assert store.abandonment("home", without="home")[["attempts", "immature"]].to_numpy().tolist() == [[0, 1]]


def test_one_customer_alone_has_an_interval_that_says_little(log: Logs) -> None:
    """Nothing can be said of other customers from one, whatever the rate: half of two visits is not certain."""
    store = log("A 0d home\nA 40d cart\nA 41d home\nA 100d x")
    frame = store.dropoff().set_index("touchpoint")
    assert frame.loc["home", "drop_rate"] == 1.0
    both = log("A 0d home\nA 40d home\nA 41d cart\nA 100d x").dropoff().set_index("touchpoint")
    assert both.loc["home", "drop_rate"] == 0.5
    for row in (frame.loc["home"], both.loc["home"]):
        assert row["ci_high"] - row["ci_low"] > 0.5


def test_customers_who_are_all_alike_still_leave_room_for_doubt(log: Logs) -> None:
    """Ten customers, half of the visits of each dropped: the groups do not differ, but ten customers are few."""
    lines = [f"{name} {at} home" for name in "ABCDEFGHIJ" for at in ("0d", "1d", "40d", "41d")]
    row = log("\n".join([*lines, "Z 100d x"])).dropoff().set_index("touchpoint").loc["home"]
    assert (row["mature_visits"], row["dropped"], row["drop_rate"]) == (40, 20, 0.5)
    assert row["ci_low"] < 0.4
    assert row["ci_high"] > 0.6


NOBODY: dict[str, Callable[[Journeys], pd.DataFrame]] = {
    "touchpoints": lambda store: store.touchpoints(),
    "touchpoints by": lambda store: store.touchpoints(by="channel"),
    "transitions": lambda store: store.transitions(),
    "transitions by": lambda store: store.transitions(by=["region", "channel"]),
    "dropoff": lambda store: store.dropoff(),
    "dropoff by": lambda store: store.dropoff(by="region"),
    "outcomes": lambda store: store.outcomes(),
    "outcomes by": lambda store: store.outcomes(by="region"),
    "funnel": lambda store: store.funnel(["home", "cart"]),
    "funnel by": lambda store: store.funnel(["home", "cart"], window="1d", order="any", by="channel"),
    "strict funnel": lambda store: store.funnel(["home", "cart"], order="strict"),
    "paths": lambda store: store.paths(),
    "paths by": lambda store: store.paths(from_="home", by="region"),
    "abandonment": lambda store: store.abandonment("cart"),
    "abandonment by": lambda store: store.abandonment("cart", by="region"),
}


@pytest.mark.parametrize("question", NOBODY)
@pytest.mark.parametrize("end_at", ["journey", "goal"])
@pytest.mark.parametrize("why", ["since", "before the first event", "no such customer"])
def test_where_nobody_fits_there_is_nothing_and_no_fault(
    log: Logs, at: Callable[[str], Any], question: str, why: str, end_at: str
) -> None:
    store = log(
        SHOP, goal=("order",), final=("declined",), end_at=end_at,
        customers={"customer": ["A", "B"], "region": ["x", "y"]},
    )  # fmt: skip
    nobody = {
        "since": lambda: store.where(since=at("500d")),
        "before the first event": lambda: store.where(as_of=at("0d-1d")),
        "no such customer": lambda: store.where(region="x").where("region = 'y'"),
    }[why]()
    frame = NOBODY[question](nobody)
    full = NOBODY[question](store)
    assert list(frame.columns) == list(full.columns)
    counts = [name for name in frame.columns if frame[name].dtype == "int64" and name != "step"]
    assert not frame[counts].to_numpy().any()
    assert not (" by" in question and len(frame)), "no level is there"


def test_counts_are_whole_numbers_and_rates_are_floats(shop: Journeys) -> None:
    for frame in (shop.touchpoints(), shop.transitions(), shop.dropoff(), shop.outcomes(), shop.abandonment("cart")):
        for name in {"visits", "customers", "journeys", "count", "mature_visits", "dropped", "attempts"} & set(frame):
            assert frame[name].dtype == "int64"
        for name in {"probability", "drop_rate", "lift", "rate", "ci_low", "conversion_rate", "median_seconds"} & set(
            frame
        ):
            assert frame[name].dtype == "float64"
