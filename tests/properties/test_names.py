"""Columns, attributes and levels may be called anything, also what the engine calls its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import journeymap as jm
from journeymap.segments.define import listed_names
from journeymap.settings import EventSettings, JourneySettings, Settings
from properties.logs import START_US

if TYPE_CHECKING:
    from journeymap.api import Journeys

COLUMNS_OF_EVENTS = (
    # columns of the store
    "customer_key", "step", "arrival", "is_first_visit", "file_key", "customer_id", "stage", "is_goal", "is_final",
    "journey_id", "start_us", "converted_at_us", "variant", "row_number", "reason_code", "name", "customer", "value",
    # names within questions
    "level0", "status", "is_mature", "member_key", "whole_key", "goals_before", "piece_position", "piece_step",
    "previous_us", "following_us", "following_key", "starts_journey", "starts_session", "journey_position",
    "session_position", "customer_group", "channel_name", "place", "nth", "duration_us", "is_start", "is_end",
    "is_new", "copy", "level",
)  # fmt: skip
ANY_COLUMNS = (
    # columns of the answers
    "visits", "customers", "journeys", "dropped", "source", "target", "count", "rate", "lift", "path", "entered",
    "attempts", "touchpoint", "channel", "event",
    # what SQL and spreadsheets stumble over
    'a"b', "it's", "a b", "$key0", "{x}", "%s", "select", "ünï", "Region",
)  # fmt: skip
CASES = [(name, False) for name in (*COLUMNS_OF_EVENTS, *ANY_COLUMNS)] + [(name, True) for name in ANY_COLUMNS]
EVENTS = Settings(
    events=EventSettings(customer="who", timestamp="when", touchpoint="what", channel="where", value="worth"),
    journey=JourneySettings(gap_us=3 * 86_400_000_000, goal=("order",), final=("declined",)),
)
PLAIN = "colour"


def store(name: str, *, of_customers: bool) -> Journeys:
    """Make the same store with a column, of the events or of the customers, called otherwise."""
    days = [0, 1, 2, 10, 11, 0, 3, 3, 20, 5]
    people = ["A", "A", "A", "A", "A", "B", "B", "B", "B", "C"]
    what = ["home", "cart", "order", "home", "cart", "home", "cart", "declined", "cart", "home"]
    columns: dict[str, pa.Array] = {
        "who": pa.array(people),
        "when": pa.array([START_US + day * 86_400_000_000 for day in days], pa.timestamp("us")),
        "what": pa.array(what),
        "where": pa.array(["web", None, "web", "app", "app", None, "web", "app", "web", "web"]),
        "worth": pa.array([None, 2.0, 30.0, None, None, 1.0, None, None, None, 5.0]),
    }
    customers = None
    if of_customers:
        customers = pa.table({"who": ["A", "B"], name: ["red", "blue"]})
    else:
        columns[name] = pa.array(["red", "red", "blue", "blue", "red", None, "red", "blue", "red", "blue"])
    return jm.open(pa.table(columns), settings=EVENTS, customers=customers)


def answers(opened: Journeys, name: str) -> dict[str, object]:
    """Ask everything, split by the column and not, with its name left out of the answers."""
    goal = opened.where(end_at="goal")
    frames = {
        "touchpoints by": opened.touchpoints(by=name),
        "transitions by": opened.transitions(by=name),
        "dropoff by": opened.dropoff(by=name),
        "outcomes by": opened.outcomes(by=name),
        "funnel by": opened.funnel(["home", "cart", "order"], by=name),
        "strict by": opened.funnel(["home", "cart"], order="strict", window="2d", by=name),
        "any by": opened.funnel(["home", "cart"], order="any", by=name),
        "paths by": opened.paths(by=name),
        "abandonment by": opened.abandonment("cart", within="2d", by=name),
        "touchpoints": opened.touchpoints(),
        "strict": opened.funnel(["home", "cart"], order="strict"),
        "from to": opened.paths(from_="home", to="cart"),
        "transitions to the goal": goal.transitions(by=name),
        "outcomes to the goal": goal.outcomes(),
        "earlier": opened.where(as_of="2024-01-04").dropoff(by=name),
        "where": opened.where(**{name: "red"}).touchpoints(),
        "named": opened.where('"' + name.replace('"', '""') + "\" <> 'red'").outcomes(),
    }
    found: dict[str, object] = {}
    for question, frame in frames.items():
        plain = frame.set_axis(range(frame.shape[1]), axis=1).astype(object)
        found[question] = plain.where(plain.notna(), None).to_dict("list")
    return found


@pytest.fixture(scope="module")
def plain_answers() -> dict[bool, dict[str, object]]:
    return {of: answers(store(PLAIN, of_customers=of), PLAIN) for of in (True, False)}


@pytest.mark.parametrize(
    ("name", "of_customers"), CASES, ids=[f"{name}-{'customers' if of else 'events'}" for name, of in CASES]
)
def test_a_column_may_have_any_name(
    plain_answers: dict[bool, dict[str, object]], name: str, *, of_customers: bool
) -> None:
    opened = store(name, of_customers=of_customers)
    known = set(listed_names(opened.store))
    used = f"source_{name}" if f"source_{name}" in known else name
    assert used in known
    found = answers(opened, used)
    for question, answer in plain_answers[of_customers].items():
        assert found[question] == answer, question
