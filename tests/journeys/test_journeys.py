"""Where journeys and sessions begin and end, what becomes of them, and what the data end changes: exact limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from journeymap.errors import SettingsError
from journeymap.settings import EventSettings, JourneySettings, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Logs

    from journeymap.api import Journeys

TRIPS = ("customer", "timestamp", "event", "trip")


def journeys(store: Journeys) -> list[list[str]]:
    """Give the touchpoints of every journey, by customer and start."""
    rows = store.store.engine.execute(
        """
        SELECT e.journey_key, t.touchpoint
        FROM events e JOIN touchpoints t USING (touchpoint_key) JOIN journeys j USING (journey_key)
        JOIN customers c ON c.customer_key = j.customer_key
        ORDER BY c.customer_id, j.start_us, e.journey_key, e.step
        """
    )
    found: dict[int, list[str]] = {}
    for key, name in rows:
        found.setdefault(key, []).append(name)
    return list(found.values())


def statuses(store: Journeys) -> dict[str, int]:
    """Count the ends of all journeys, mature or not."""
    frame = store.transitions()
    ends = frame[frame["target"].str.startswith("(")]
    return ends.groupby("target")["count"].sum().to_dict()


def test_a_silence_of_exactly_the_gap_does_not_cut(log: Logs) -> None:
    store = log("A 0d a\nA 30d b\nA 60d+1us c", gap="30d")
    assert journeys(store) == [["a", "b"], ["c"]]
    assert journeys(log("A 0d a\nA 30d b\nA 99d c", gap="none")) == [["a", "b", "c"]]


def test_a_silence_of_exactly_the_horizon_is_open(log: Logs) -> None:
    assert statuses(log("A 0d a\nZ 30d z")) == {"(open)": 2}
    assert statuses(log("A 0d a\nZ 30d+1us z")) == {"(dropped)": 1, "(open)": 1}


def test_exactly_one_horizon_before_the_data_end_is_mature(log: Logs) -> None:
    for end, mature in (("30d", 1), ("30d-1us", 0)):
        store = log(f"A 0d a\nZ {end} z")
        assert store.outcomes()["mature"].item() == mature
        assert store.dropoff().set_index("touchpoint").loc["a", "mature_visits"] == mature


def test_statuses(log: Logs) -> None:
    store = log(
        """
        won  0d  declined
        won  1d  order
        won  2d  help
        no   0d  cart
        no   1d  declined
        gone 0d  cart
        edge 70d cart
        Z    100d x
        """,
        goal=("order",), final=("declined",),
    )  # fmt: skip
    assert statuses(store) == {"(converted)": 1, "(ended)": 1, "(dropped)": 1, "(open)": 2}
    row = store.outcomes().iloc[0]
    assert row[["mature", "converted", "ended", "abandoned", "open", "immature"]].astype(int).tolist() == [
        4,
        1,
        1,
        1,
        1,
        1,
    ]


def test_shares_are_of_mature_journeys_successes_included(log: Logs) -> None:
    """A quick success of a young journey does not count, or young cohorts would show only their fast converters."""
    store = log("A 0d cart\nA 1d order\nB 0d cart\nC 95d order\nD 96d order\nZ 100d x", goal=("order",))
    row = store.outcomes().iloc[0]
    assert (row["converted"], row["mature"], row["conversion_rate"]) == (1, 2, 0.5)
    assert row["immature"] == 3


def test_the_horizon_can_be_set_where_no_gap_cuts(log: Logs) -> None:
    store = log("A 0d a\nZ 7d+1us z", gap="none", horizon="7d")
    assert statuses(store) == {"(dropped)": 1, "(open)": 1}
    assert statuses(log("A 0d a\nZ 30d z", gap="none")) == {"(open)": 2}
    assert statuses(log("A 0d a\nZ 30d+1us z", gap="none")) == {"(dropped)": 1, "(open)": 1}
    with pytest.raises(SettingsError, match="horizon"):
        log("A 0d a", gap="30d", horizon="7d")


def test_a_column_can_name_the_journeys(log: Logs) -> None:
    text = """
        A 0d  a 2
        A 1d  b 1
        A 99d c 2
        B 5d  x 1
        Z 120d z 9
    """
    settings = Settings(
        events=EventSettings(journey="trip"), journey=JourneySettings(goal=(), horizon_us=86_400_000_000)
    )
    store = log(text, columns=TRIPS, settings=settings)
    assert journeys(store) == [["a", "c"], ["b"], ["x"], ["z"]]
    assert statuses(store) == {"(dropped)": 3, "(open)": 1}
    assert store.store.engine.execute("SELECT journey_id FROM journeys ORDER BY start_us") == [
        ("2",),
        ("1",),
        ("1",),
        ("9",),
    ]


def test_two_customers_of_one_journey_name_have_a_journey_each(log: Logs) -> None:
    settings = Settings(events=EventSettings(journey="trip"), journey=JourneySettings(goal=()))
    store = log("A 0d a 1\nB 1d b 1\nA 2d c 1", columns=TRIPS, settings=settings)
    assert journeys(store) == [["a", "c"], ["b"]]


def test_sessions_are_cut_after_more_than_the_timeout(log: Logs) -> None:
    store = log("A 0m a\nA 30m b\nA 60m+1us c\nA 40d d")
    sessions = store.store.engine.execute("SELECT session_key % 4294967296 FROM events ORDER BY position")
    assert [number for (number,) in sessions] == [1, 1, 3, 4]


def test_order_is_time_then_arrival(log: Logs) -> None:
    store = log("A 2d c\nA 2d b\nA 1d a")
    assert journeys(store) == [["a", "c", "b"]]
    assert store.report is not None
    assert store.report.ties == 2


def test_end_at_the_goal_cuts_after_each_goal(log: Logs) -> None:
    text = "A 0d cart\nA 1d order\nA 2d order\nA 3d help\nZ 60d x"
    for store in (log(text, goal=("order",), end_at="goal"), log(text, goal=("order",)).where(end_at="goal")):
        frame = store.paths()
        assert sorted(frame["path"].tolist()) == [["cart", "order"], ["help"], ["order"], ["x"]]
        assert statuses(store) == {"(converted)": 2, "(dropped)": 1, "(open)": 1}
    whole = log(text, goal=("order",), end_at="goal").where(end_at="journey")
    assert whole.paths()["path"].tolist() == [["cart", "order", "order", "help"], ["x"]]


def test_pieces_belong_to_the_level_of_their_whole_journey(log: Logs) -> None:
    store = log("A 0d cart web\nA 1d order web\nA 2d help app\nB 0d cart app", goal=("order",), end_at="goal")
    frame = store.outcomes(by="channel")
    assert frame[["channel", "journeys"]].to_numpy().tolist() == [["app", 1], ["web", 2]]


EARLIER = """
    A 0d  home  web
    A 1d  cart  web
    A 5d  order app 10
    A 6d  home  app
    B 2d  cart  web
    B 5d  home  web
    C 5d  cart  app
    C 50d order app 20
    D 80d home  web
"""


@pytest.mark.parametrize("day", ["0d", "1d", "4d", "5d", "5d-1us", "49d", "60d", "81d", "200d"])
@pytest.mark.parametrize("end_at", ["journey", "goal"])
def test_as_of_is_a_store_that_never_saw_later_events(
    log: Logs, at: Callable[[str], Any], day: str, end_at: str
) -> None:
    from conftest import time_us

    told = [line for line in EARLIER.strip().splitlines() if time_us(line.split()[1]) <= time_us(day)]
    seen = log("\n".join([*told, "Z 0d order", "Z 0d cart", "Z 0d home"]), goal=("order",), end_at=end_at)
    every = log(EARLIER + "Z 0d order\nZ 0d cart\nZ 0d home", goal=("order",), end_at=end_at)
    for ask in (
        lambda store: store.touchpoints().drop(columns="channel"),  # its most used one: a fact of the whole store
        lambda store: store.touchpoints(by="channel").drop(columns="channel"),
        lambda store: store.transitions(),
        lambda store: store.transitions(by="channel"),
        lambda store: store.dropoff(by="channel"),
        lambda store: store.outcomes(),
        lambda store: store.paths(),
        lambda store: store.funnel(["home", "cart", "order"], window="7d"),
        lambda store: store.abandonment("cart", within="3d"),
    ):
        early, late = ask(seen.where(as_of=at(day))), ask(every.where(as_of=at(day)))
        assert early.astype(str).to_numpy().tolist() == late.astype(str).to_numpy().tolist()


def test_since_and_until_choose_by_the_journeys_start(log: Logs, at: Callable[[str], Any]) -> None:
    store = log("A 0d a\nA 10d b\nB 5d a\nC 10d a\nD 10d-1us a")
    assert store.where(since=at("5d"), until=at("10d")).outcomes()["journeys"].item() == 2
    assert store.where(since=at("5d")).outcomes()["journeys"].item() == 3
    assert store.where(until=at("5d")).touchpoints()["visits"].sum() == 2  # A's b with it, though it is later
    assert store.where(since="2024-01-06").outcomes()["journeys"].item() == 3
