"""The steps that every question begins with: which events are seen, which journeys count, and their levels.

They end in two relations. ``population`` has one row per journey in the question: its key, its customer, its facts, its
status, whether it is mature, and its levels. ``visits`` has one row per event of those journeys, with the levels.
Where a question asks for everything, both are the stored tables themselves, so that nothing is joined in vain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from journeymap.errors import UnknownNameError, suggest
from journeymap.journeys.sequences import summarise_journeys
from journeymap.journeys.status import MATURE_JOURNEY_SQL, STATUS_SQL
from journeymap.model.names import NO_LEVEL
from journeymap.segments.define import CHANNEL_COLUMN, Segment, find_segment, segment_names
from journeymap.segments.sides import check_sides, side_segment
from journeymap.settings import effective_horizon_us
from journeymap.store.expressions import parse_condition
from journeymap.store.schema import KEY_SPAN
from journeymap.store.sql import Query, Step, comma

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from journeymap.segments.question import Question
    from journeymap.store.store import Store


@dataclass(frozen=True, slots=True)
class Population:
    """Whom a question is about, as steps.

    Attributes
    ----------
    steps
        They end in ``population`` and ``visits``, which have a column ``level0``, ``level1`` ... per segment.
    values
        What they bind, ``$data_end_us`` and ``$horizon_us`` among them.
    by
        The segments that split it.
    whole_customers
        Whether every customer is in it with all events, so that the stored first-time flags hold.
    data_end_us, horizon_us
        The data end and the horizon in microseconds.
    notes
        What was decided for the user, to be told.
    """

    steps: tuple[Step, ...]
    values: dict[str, object]
    by: tuple[Segment, ...]
    whole_customers: bool
    data_end_us: int
    horizon_us: int
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the segments that split it."""
        return [segment.name for segment in self.by]

    @property
    def level_names(self) -> list[str]:
        """What their columns are called within the steps, where an event may have a column of a segment's name."""
        return [_level_name(at) for at in range(len(self.by))]

    def level_columns(self, alias: str = "") -> str:
        """Write the level columns for a select list, each with its comma; "" where nothing splits."""
        return comma([f"{alias}{name}" for name in self.level_names])

    def group_by(self) -> str:
        """Write the GROUP BY of the levels alone, with a blank before it; "" where nothing splits."""
        return f" GROUP BY {', '.join(self.level_names)}" if self.by else ""

    def query(self, steps: Sequence[Step], select: str, **values: object) -> Query:
        """Put a measure's own steps behind these."""
        return Query((*self.steps, *steps), select, {**self.values, **values})


def choose_population(store: Store, question: Question) -> Population:
    """Write the steps for a question.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about.

    Returns
    -------
    Population
        The steps, and what they bind.

    Raises
    ------
    UnknownNameError
        When a segment or a level is not known.
    ExpressionError
        When a condition is refused.
    """
    settings = store.settings
    last_us = store.span.last_us or 0
    data_end_us = last_us if question.as_of_us is None else question.as_of_us
    horizon_us = effective_horizon_us(settings.journey, journeys_from_column=settings.events.journey is not None)
    cut = (question.end_at or settings.journey.end_at) == "goal"
    truncated = data_end_us < last_us
    values: dict[str, object] = {"data_end_us": data_end_us, "horizon_us": horizon_us}
    by = tuple(find_segment(store, name, tag=f"by{at}") for at, name in enumerate(question.by))
    for segment in by:
        values.update(segment.values)
    conditions, used = _conditions(store, question, values)
    involved = (*by, *used)
    dated = question.since_us is not None or question.until_us is not None
    if question.sides is not None:
        side, based_on = side_segment(store, question.sides)
        if based_on is not None:
            check_sides(question.sides, based_on, based_on.labels or tuple(level_names(store, based_on)), store.name)
            involved = (*involved, based_on)
        dated = dated or based_on is None
        conditions = [*conditions, f"{side.level_sql} IS NOT NULL"]
        values.update(side.values)
        by = (side, *by) if question.by_side else by
    on_journeys = dated or any(segment.unit == "journey" for segment in involved)
    member = "journey_key" if on_journeys else "customer_key" if involved or conditions else None

    steps: list[Step] = []
    events, journeys = "events", "journeys"
    if truncated:
        steps += _seen_until_data_end()
        events, journeys = "seen_events", "seen_journeys"
    if member is not None:
        if any(segment.unit == "journey" for segment in involved):
            steps.append(_journey_starts(events, latest=any(segment.latest for segment in involved)))
        steps.append(_members(journeys, member, by, involved, conditions, question))
        values |= {"since_us": question.since_us, "until_us": question.until_us}
    if cut:
        steps += _cut_at_goals(events)
        events, journeys = "cut_events", "cut_journeys"
        member = "whole_key" if member == "journey_key" else member
    steps += _last_steps(events, journeys, by, member)
    return Population(
        tuple(steps),
        values,
        by,
        not (truncated or on_journeys),
        data_end_us,
        horizon_us,
        tuple(segment.note for segment in involved if segment.note),
    )


def _conditions(store: Store, question: Question, values: dict[str, object]) -> tuple[list[str], list[Segment]]:
    """Give the SQL of what must hold, and the segments it uses."""
    sql: list[str] = []
    used: dict[str, Segment] = {}
    units = segment_names(store) if question.levels or question.conditions else {}
    for at, (name, level) in enumerate(question.levels):
        segment = find_segment(store, name, tag=f"is{at}")
        _expect_level(store, segment, level)
        values.update(segment.values)
        values[f"level{at}"] = level
        used[name] = segment
        sql.append(f"{segment.level_sql} = $level{at}")
    for at, condition in enumerate(question.conditions):
        known = {name: f"\x00{name}\x00" for name in units}
        found = parse_condition(condition, known, what="--where", prefix=f"where{at}_")
        text = found.sql
        defined = dict(store.settings.segments)
        for place, name in enumerate(found.columns):
            segment = find_segment(store, name, tag=f"where{at}_{place}")
            # A segment of the settings is its level; a column is itself, so that its numbers can be compared.
            as_level = name in defined and (defined[name].bins or defined[name].quantiles)
            text = text.replace(known[name], segment.level_sql if as_level else segment.raw_sql)
            values.update(segment.values)
            used[name] = replace(segment, note="")  # a condition sees the column itself, uncut
        for name, level in found.compared:
            _expect_level(store, used[name], level)
        values.update(found.values)
        sql.append(f"({text})")
    return sql, list(used.values())


def _expect_level(store: Store, segment: Segment, level: str) -> None:
    """Refuse a level that nobody has: it is a slip of the pen more often than a finding."""
    levels = segment.labels or tuple(level_names(store, segment))
    if level not in levels and level != NO_LEVEL:
        raise UnknownNameError(
            f"The segment '{segment.name}' has no level '{level}'. {suggest(level, levels)}",
            hint=f"See its levels: journeymap segments {store.name} list {segment.name}",
        )


def level_names(store: Store, segment: Segment) -> list[str]:
    """Give the levels of a segment in this store, in their order, ``(none)`` last."""
    if segment.unit == "customer":
        query = Query((), f"SELECT DISTINCT {segment.level_sql} AS level FROM customers c", segment.values)
    else:
        starts = _journey_starts("events", latest=segment.latest)
        query = Query((starts,), f"SELECT DISTINCT {segment.level_sql} AS level FROM starts s", segment.values)
    found = {str(row[0]) for row in store.engine.execute(query.text(), query.used_values())}
    return sorted(found, key=level_order(segment))


def level_order(segment: Segment) -> Callable[[str], tuple[bool, int, float, bool, str]]:
    """Give the sort key of levels: as defined, else by the number they begin with, else by name; ``(none)`` last.

    ``Under 15K``, ``15-24K``, ``100-124K`` and ``250K+`` stand in this order.
    """
    ranks = {label: rank for rank, label in enumerate(segment.labels)}

    def key(level: str) -> tuple[bool, int, float, bool, str]:
        found = _LEADING_NUMBER.match(level)
        number = float(found.group("number")) * _SCALES[(found.group("scale") or "").lower()] if found else inf
        is_below = found is not None and (found.group("word") or "").lower() in _BELOW
        return level == NO_LEVEL, ranks.get(level, len(ranks)), number, not is_below, level

    return key


_BELOW = frozenset({"under", "below", "less than", "up to", "<", "<="})
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6}
_LEADING_NUMBER = re.compile(
    r"(?P<word>under|below|less than|up to|over|above|more than|<=?|>=?)?\s*[$€£]?\s*"
    r"(?P<number>-?\d+(?:\.\d+)?)(?:\s*(?:-|\u2013|to)\s*[$€£]?\d+(?:\.\d+)?)?(?P<scale>[km])?(?![\w])",
    re.IGNORECASE,
)


def _seen_until_data_end() -> list[Step]:
    """See only what had happened at the data end: as if later events had never been there."""
    seen = Step(
        "seen_events",
        """
        SELECT * EXCLUDE (next_touchpoint_key, gap_us),
            CASE WHEN at_us + gap_us <= $data_end_us THEN next_touchpoint_key END AS next_touchpoint_key,
            CASE WHEN at_us + gap_us <= $data_end_us THEN gap_us END AS gap_us
        FROM events
        WHERE at_us <= $data_end_us
        """,
    )
    return [seen, Step("seen_journeys", summarise_journeys("seen_events").text())]


def _journey_starts(events: str, *, latest: bool) -> Step:
    """Give the event that decides the level of each journey."""
    decides = "gap_us IS NULL" if latest else "step = 1"
    return Step(
        "starts",
        f"""
        SELECT e.*, h.channel AS {CHANNEL_COLUMN}
        FROM {events} e LEFT JOIN channels h ON h.channel_key = e.channel_key
        WHERE {decides}
        """,
    )


def _members(
    journeys: str,
    member: str,
    by: tuple[Segment, ...],
    involved: tuple[Segment, ...],
    conditions: list[str],
    question: Question,
) -> Step:
    """Give the customers, or the journeys, in the question, with their levels."""
    levels = "".join(f", {segment.level_sql} AS {_level_name(at)}" for at, segment in enumerate(by))
    kept = list(conditions)
    if member == "customer_key":
        source, key = "customers c", "c.customer_key"
    else:
        source, key = f"{journeys} j", "j.journey_key"
        if any(segment.unit == "customer" for segment in involved):
            source += "\nJOIN customers c ON c.customer_key = j.customer_key"
        if any(segment.unit == "journey" for segment in involved):
            source += "\nJOIN starts s ON s.journey_key = j.journey_key"
        if question.since_us is not None:
            kept.append("j.start_us >= $since_us")
        if question.until_us is not None:
            kept.append("j.start_us < $until_us")
    where = "\nWHERE " + " AND ".join(kept) if kept else ""
    return Step("members", f"SELECT {key} AS member_key{levels}\nFROM {source}{where}")


def _cut_at_goals(events: str) -> list[Step]:
    """Cut journeys after each goal. ``whole_key`` is the journey that a piece comes from."""
    counted = Step(
        "counted_events",
        f"""
        SELECT e.*, t.is_goal, coalesce(sum(CAST(t.is_goal AS INTEGER)) OVER (
            PARTITION BY e.journey_key ORDER BY e.step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS goals_before
        FROM {events} e JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
        """,
    )
    placed = Step(
        "placed_events",
        """
        SELECT *, min(position) OVER piece AS piece_position, row_number() OVER piece_order AS piece_step
        FROM counted_events
        WINDOW
            piece AS (PARTITION BY journey_key, goals_before),
            piece_order AS (PARTITION BY journey_key, goals_before ORDER BY step)
        """,
    )
    cut = Step(
        "cut_events",
        f"""
        SELECT * EXCLUDE (
                journey_key, step, next_touchpoint_key, gap_us, is_first_transition, is_goal, goals_before,
                piece_position, piece_step
            ),
            journey_key AS whole_key,
            CAST(customer_key AS BIGINT) * {KEY_SPAN} + piece_position AS journey_key,
            piece_step AS step,
            CASE WHEN NOT is_goal THEN next_touchpoint_key END AS next_touchpoint_key,
            CASE WHEN NOT is_goal THEN gap_us END AS gap_us,
            is_first_transition AND NOT is_goal AS is_first_transition
        FROM placed_events
        """,
    )
    journeys = summarise_journeys("cut_events", others=("whole_key",))
    return [counted, placed, cut, Step("cut_journeys", journeys.text())]


def _last_steps(events: str, journeys: str, by: tuple[Segment, ...], member: str | None) -> list[Step]:
    levels = "".join(f", m.{_level_name(at)}" for at in range(len(by)))

    def join(alias: str) -> str:
        return "" if member is None else f"JOIN members m ON m.member_key = {alias}.{member}"

    facts = f"{STATUS_SQL} AS status, {MATURE_JOURNEY_SQL} AS is_mature{levels}"
    return [
        Step("population", f"SELECT j.*, {facts}\nFROM {journeys} j {join('j')}"),
        Step("visits", f"SELECT e.*{levels}\nFROM {events} e {join('e')}"),
    ]


def _level_name(at: int) -> str:
    return f"level{at}"
