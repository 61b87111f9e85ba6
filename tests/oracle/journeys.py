"""From events to the journeys of a population: duplicates, order, cuts, statuses, levels."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .model import NONE, Customers, Event, Journey, Level, Population, Rules, Scope, Status, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def identity(event: Event) -> tuple[object, ...]:
    """Events are duplicates when these are equal. A property that is None is a property that is missing."""
    properties = frozenset((name, value) for name, value in event.properties.items() if value is not None)
    return (
        event.customer,
        event.at_us,
        event.touchpoint,
        event.channel,
        event.value,
        event.journey,
        properties,
    )


def ingest(files: Sequence[Sequence[Event]], keep_duplicates: bool = False) -> tuple[list[Event], int]:
    """Read one file after the other: the events that are kept, in arrival order, and the number left out."""
    store: list[Event] = []
    n_duplicates = 0
    for file in files:
        in_store = Counter(identity(event) for event in store)
        in_file: Counter[tuple[object, ...]] = Counter()
        for event in file:
            row = identity(event)
            in_file[row] += 1
            is_first = in_store[row] == 0 and in_file[row] == 1
            is_new = in_file[row] > in_store[row] if keep_duplicates else is_first
            if is_new:
                store.append(event)
            else:
                n_duplicates += 1
    return store, n_duplicates


def deduplicate(events: Sequence[Event], keep: bool = False) -> tuple[list[Event], int]:
    return ingest([events], keep_duplicates=keep)


def population(
    events: Sequence[Event], rules: Rules, scope: Scope | None = None, customers: Customers | None = None
) -> Population:
    """Choose the journeys of a question from accepted events, and give each its facts and its level."""
    scope = scope or Scope()
    customers = customers or {}
    visible = [event for event in events if scope.as_of_us is None or event.at_us <= scope.as_of_us]
    data_end = scope.as_of_us
    if data_end is None:
        data_end = max((event.at_us for event in visible), default=0)

    journeys: list[Journey] = []
    left_out: dict[str, list[Visit]] = {}
    for customer in sorted({event.customer for event in visible}):
        attributes = customers.get(customer, {})
        visits = visits_of(customer, visible, rules)
        for number, part in enumerate(cut_into_journeys(visits, rules), start=1):
            level = tuple(level_of(name, part[0].event, attributes, customers) for name in scope.by)
            whole = describe(part, (number, 1), rules, data_end, attributes, level)
            if not is_chosen(whole, scope):
                left_out.setdefault(customer, []).extend(part)
                continue
            if (scope.end_at or rules.end_at) == "journey":
                journeys.append(whole)
                continue
            for piece, visits_of_piece in enumerate(cut_at_goals(part, rules.goals), start=1):
                journeys.append(describe(visits_of_piece, (number, piece), rules, data_end, attributes, level))
    return Population(journeys, data_end, rules, scope.by, left_out)


def visits_of(customer: str, events: Sequence[Event], rules: Rules) -> list[Visit]:
    """Put a customer's events in order of time, then of arrival (`sorted` keeps the order of equals)."""
    visits: list[Visit] = []
    for event in sorted((e for e in events if e.customer == customer), key=lambda e: e.at_us):
        session = 1
        if visits:
            session = visits[-1].session
            if event.at_us - visits[-1].at_us > rules.session_timeout_us:
                session += 1
        visits.append(Visit(event, len(visits) + 1, session))
    return visits


def cut_into_journeys(visits: Sequence[Visit], rules: Rules) -> list[list[Visit]]:
    """Cut by the journey column, or where the silence is strictly longer than the gap; in order of start."""
    if rules.journey_column:
        by_name: dict[str | None, list[Visit]] = {}
        for visit in visits:
            by_name.setdefault(visit.event.journey, []).append(visit)
        return list(by_name.values())
    parts: list[list[Visit]] = []
    for visit in visits:
        if parts and (rules.gap_us is None or visit.at_us - parts[-1][-1].at_us <= rules.gap_us):
            parts[-1].append(visit)
        else:
            parts.append([visit])
    return parts


def cut_at_goals(visits: Sequence[Visit], goals: frozenset[str]) -> list[list[Visit]]:
    """Cut after each goal visit."""
    parts: list[list[Visit]] = []
    for visit in visits:
        if parts and parts[-1][-1].touchpoint not in goals:
            parts[-1].append(visit)
        else:
            parts.append([visit])
    return parts


def describe(
    visits: Sequence[Visit],
    place: tuple[int, int],
    rules: Rules,
    data_end: int,
    attributes: Mapping[str, str | None],
    level: Level,
) -> Journey:
    """Derive the facts of one journey: status, maturity, value."""
    goal_visits = [visit for visit in visits if visit.touchpoint in rules.goals]
    values = [visit.value for visit in goal_visits if visit.value is not None]
    status: Status
    if goal_visits:
        status = "converted"
    elif any(visit.touchpoint in rules.finals for visit in visits):
        status = "ended"
    elif data_end - visits[-1].at_us > rules.horizon:
        status = "abandoned"
    else:
        status = "open"
    return Journey(
        customer=visits[0].customer,
        number=place[0],
        piece=place[1],
        visits=tuple(visits),
        status=status,
        mature=visits[0].at_us + rules.horizon <= data_end,
        converted_at=goal_visits[0].at_us if goal_visits else None,
        value=sum(values) if values else None,
        attributes=attributes,
        level=level,
    )


def is_chosen(journey: Journey, scope: Scope) -> bool:
    start = journey.first.at_us
    if scope.since_us is not None and start < scope.since_us:
        return False
    if scope.until_us is not None and start >= scope.until_us:
        return False
    return scope.where is None or scope.where(journey)


def level_of(
    name: str,
    first: Event,
    attributes: Mapping[str, str | None],
    customers: Mapping[str, Mapping[str, object]],
) -> str:
    """Look a name up: an attribute if any customer has it, else a property of the journey's first event."""
    if any(name in others for others in customers.values()):
        value = attributes.get(name)
    elif name == "channel":
        value = first.channel
    else:
        value = first.properties.get(name)
    return NONE if value is None else value
