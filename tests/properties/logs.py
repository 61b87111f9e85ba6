"""Random small logs: few customers and touchpoints, times on a coarse grid, so that ties and exact limits abound."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oracle.journeys import deduplicate
from oracle.model import DAY, MINUTE, Customers, Event, Rules

import journeymap as jm
from journeymap.settings import EventSettings, JourneySettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from journeymap.api import Journeys

START_US = 1_704_067_200_000_000  # 2024-01-01: an event at the epoch itself is refused as a program's zero
TOUCHPOINTS = ("home", "cart", "order", "declined", "déjà vu", "it's", 'the "best"', "日本 ;--", "$key0", "a,b\nc")
CUSTOMERS = ("A", "B", "7", "007", "Zoë", "O'Neil", 'say "x"', "東京")
LEVELS = ("north", "south", "it's", "ü", "10", "9")
PROPERTIES = ("device", "page")
JITTER_US = (0, 0, 0, 0, 1, -1, 20 * MINUTE, 30 * MINUTE)


# Each example builds a store or two: half as many of them as of examples that cost nothing.
stores = hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 2)  # type: ignore[union-attr]


@dataclass(frozen=True)
class Log:
    """Raw events in order of arrival, attributes of customers, and the rules of counting."""

    events: tuple[Event, ...]
    customers: Customers
    rules: Rules

    @property
    def accepted(self) -> list[Event]:
        return deduplicate(self.events)[0]

    @property
    def touchpoints(self) -> list[str]:
        return sorted({event.touchpoint for event in self.events})

    @property
    def segments(self) -> list[str]:
        attributes = next(iter(self.customers.values()), {})
        return sorted({*attributes, *PROPERTIES, "channel"})


TIMES = st.builds(lambda day, jitter: START_US + day * DAY + jitter, st.integers(0, 12), st.sampled_from(JITTER_US))
"""A point in time on the grid."""


@st.composite
def rules(draw: st.DrawFn, names: Sequence[str]) -> Rules:
    """Draw goals and finals among the names that happen, and one of the three ways to cut journeys."""
    shuffled = draw(st.permutations(sorted(names)))
    n_goals, n_finals = draw(st.integers(0, 2)), draw(st.integers(0, 1))
    kind = draw(st.sampled_from(["gap", "gap", "none", "column"]))
    length = draw(st.sampled_from([DAY, 2 * DAY, 3 * DAY]))
    return Rules(
        goals=frozenset(shuffled[:n_goals]),
        finals=frozenset(shuffled[n_goals : n_goals + n_finals]),
        gap_us=length if kind == "gap" else None,
        horizon_us=None if kind == "gap" else draw(st.sampled_from([None, length])),
        session_timeout_us=draw(st.sampled_from([30 * MINUTE, DAY])),
        journey_column=kind == "column",
        end_at=draw(st.sampled_from(["journey", "journey", "goal"])),
    )


@st.composite
def logs(draw: st.DrawFn, max_events: int = 22) -> Log:
    """Draw a log that has at least one event."""
    names = draw(st.lists(st.sampled_from(TOUCHPOINTS), min_size=1, max_size=4, unique=True))
    people = draw(st.lists(st.sampled_from(CUSTOMERS), min_size=1, max_size=4, unique=True))
    some = st.sampled_from([None, *LEVELS[:2], LEVELS[2]])
    event = st.builds(
        Event,
        customer=st.sampled_from(people),
        at_us=TIMES,
        touchpoint=st.sampled_from(names),
        channel=st.sampled_from([None, "web", "app"]),
        value=st.sampled_from([None, 1.0, 2.5, 40.0]),
        journey=st.sampled_from(["1", "2"]),
        properties=st.fixed_dictionaries(dict.fromkeys(PROPERTIES, some)),
    )
    events = draw(st.lists(event, min_size=1, max_size=max_events))
    chosen = draw(rules(sorted({item.touchpoint for item in events})))
    if not chosen.journey_column:
        events = [replace(item, journey=None) for item in events]
    return Log(tuple(events), draw(customers_of(sorted({item.customer for item in events}))), chosen)


@st.composite
def customers_of(draw: st.DrawFn, people: Sequence[str]) -> Customers:
    """Draw attributes for some of the customers; names may be those of event columns."""
    known = draw(st.lists(st.sampled_from(people), unique=True))
    names = draw(st.lists(st.sampled_from(["region", "age", "device", "channel"]), unique=True, max_size=3))
    if not known or not names:
        return {}
    level = st.sampled_from([None, *LEVELS])
    number = st.sampled_from([None, "9", "10", "35"])
    return {name: {item: draw(number if item == "age" else level) for item in names} for name in [*known, "nobody"]}


def table_of(events: Sequence[Event], *, journey_column: bool = False) -> pa.Table:
    """Write events as an Arrow table, in order of arrival."""
    columns: dict[str, pa.Array] = {
        "customer": pa.array([event.customer for event in events], pa.string()),
        "timestamp": pa.array([event.at_us for event in events], pa.timestamp("us")),
        "event": pa.array([event.touchpoint for event in events], pa.string()),
        "channel": pa.array([event.channel for event in events], pa.string()),
        "value": pa.array([event.value for event in events], pa.float64()),
    }
    for name in PROPERTIES:
        columns[name] = pa.array([event.properties.get(name) for event in events], pa.string())
    if journey_column:
        columns["trip"] = pa.array([event.journey for event in events], pa.string())
    return pa.table(columns)


def customers_table(customers: Customers) -> pa.Table | None:
    """Write attributes as an Arrow table; ages as numbers."""
    if not customers:
        return None
    names = list(next(iter(customers.values())))
    columns: dict[str, pa.Array] = {"customer": pa.array(list(customers), pa.string())}
    for name in names:
        values = [attributes[name] for attributes in customers.values()]
        if name == "age":
            columns[name] = pa.array([None if value is None else int(value) for value in values], pa.int64())
        else:
            columns[name] = pa.array(values, pa.string())
    return pa.table(columns)


def settings_of(log_rules: Rules, *, keep_duplicates: bool = False) -> Settings:
    """Write the rules as settings."""
    return Settings(
        events=EventSettings(journey="trip" if log_rules.journey_column else None, keep_duplicates=keep_duplicates),
        journey=JourneySettings(
            gap_us=log_rules.gap_us,
            horizon_us=log_rules.horizon_us,
            session_timeout_us=log_rules.session_timeout_us,
            goal=tuple(sorted(log_rules.goals)),
            final=tuple(sorted(log_rules.finals)),
            end_at=log_rules.end_at,
        ),
    )


@contextmanager
def opened(log: Log) -> Iterator[Journeys]:
    """Open a log in memory."""
    journeys = jm.open(
        table_of(log.events, journey_column=log.rules.journey_column),
        settings=settings_of(log.rules),
        customers=customers_table(log.customers),
    )
    try:
        yield journeys
    finally:
        journeys.close()
