"""The steps that every question begins with: which events are seen, which journeys count, and their levels.

They end in two relations. ``population`` has one row per journey in the question: its key, its customer, its facts, its
status, whether it is mature, and its levels. ``visits`` has one row per event of those journeys, with the levels.
Where a question asks for everything, both are the stored tables themselves, so that nothing is joined in vain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.journeys.status import MATURE_JOURNEY_SQL, STATUS_SQL
from journeymap.model.names import NO_LEVEL
from journeymap.segments.define import find_condition, find_segment
from journeymap.segments.operands import Scope
from journeymap.segments.periods import period_segment
from journeymap.segments.pieces import cut_at_goals
from journeymap.segments.segment import Condition, Segment
from journeymap.segments.sides import side_segment
from journeymap.segments.sources import Needs, joined_sources, seen_steps, source_steps
from journeymap.store.sql import Query, Step, comma

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from journeymap.segments.question import Question, Sides
    from journeymap.store.store import Store

MOST_LEVELS: Final = 10_000
"""A segment with more levels than this splits nothing."""


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
    whole_histories
        Whether those customers who are in it are in it with all visits that are seen.
    data_end_us, horizon_us
        The data end and the horizon in microseconds.
    notes
        What was decided for the user, to be told.
    journeys
        The relation with the journeys of everyone, cut and seen as in ``population``.
    cut_at_goal
        Whether journeys are cut after each goal.
    """

    steps: tuple[Step, ...]
    values: dict[str, object]
    by: tuple[Segment, ...]
    whole_customers: bool
    whole_histories: bool
    data_end_us: int
    horizon_us: int
    notes: tuple[str, ...] = ()
    journeys: str = "journeys"
    cut_at_goal: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the segments that split it."""
        return [segment.name for segment in self.by]

    @property
    def events(self) -> str:
        """The relation with the events of everyone, cut and seen in the same way."""
        return self.journeys.replace("journeys", "events")

    @property
    def level_names(self) -> list[str]:
        """What their columns are called within the steps, where an event may have a column of a segment's name."""
        return [_level_name(at) for at in range(len(self.by))]

    def level_columns(self, alias: str = "") -> str:
        """Write the level columns for a select list, each with its comma; "" where nothing splits."""
        return comma([f"{alias}{name}" for name in self.level_names])

    def level_keys(self, **others: str) -> dict[str, str]:
        """Give the columns of a grouping by level, and by others, with their SQL."""
        return {**{name: name for name in self.level_names}, **others}

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
    scope = Scope.of(store, question)
    data_end_us, horizon_us = scope.data_end_us, scope.horizon_us
    cut = (question.end_at or store.settings.journey.end_at) == "goal"
    steps, events, journeys = seen_steps(data_end_us, store.span.last_us or 0)
    truncated = bool(steps)
    values: dict[str, object] = {"data_end_us": data_end_us, "horizon_us": horizon_us}
    by = tuple(find_segment(store, name, tag=f"by{at}", question=question) for at, name in enumerate(question.by))
    needs = Needs()
    for segment in by:
        expect_few(segment)
        values.update(segment.values)
        needs |= segment.needs
    conditions = _conditions(store, question, values)
    notes = _notes(conditions)
    if question.sides is not None:
        side = _side(store, question, question.sides)
        conditions.append(Condition(f"{side.level_sql} IS NOT NULL", side.needs, side.values))
        values.update(side.values)
        by = (side, *by) if question.by_side else by
    if question.period is not None:
        by = (*by, period_segment(store, question))
        values.update(by[-1].values)
    for condition in conditions:
        needs |= condition.needs
    dated = question.since_us is not None or question.until_us is not None or _is_of_periods(question)
    on_journeys = dated or needs.unit == "journey"
    member = "journey_key" if on_journeys else "customer_key" if by or conditions else None
    if member is not None:
        steps += source_steps(store, needs, events)
        steps.append(_members(journeys, on_journeys, by, needs, conditions, question))
        values |= {"since_us": question.since_us, "until_us": question.until_us}
    if cut:
        steps += cut_at_goals(events, journeys)
        events, journeys = "cut_events", "cut_journeys"
        member = "whole_key" if member == "journey_key" else member
    steps += _last_steps(events, journeys, by, member)
    return Population(
        tuple(steps),
        values,
        by,
        not (truncated or on_journeys),
        not (dated or any(condition.needs.unit == "journey" for condition in conditions)),
        data_end_us,
        horizon_us,
        (*(segment.note for segment in by if segment.note), *notes),
        journeys,
        cut,
    )


def _conditions(store: Store, question: Question, values: dict[str, object]) -> list[Condition]:
    """Give what must hold; ``values`` is given what it binds."""
    found: list[Condition] = []
    for at, (name, level) in enumerate(question.levels):
        segment = find_segment(store, name, tag=f"is{at}", question=question)
        expect_level(store, question, segment, level)
        values[f"level{at}"] = level
        found.append(Condition(f"{segment.level_sql} = $level{at}", segment.needs, segment.values))
    for at, text in enumerate(question.conditions):
        condition = find_condition(store, text, what="--where", tag=f"where{at}", question=question)
        for segment, level in condition.compared:
            expect_level(store, question, segment, level)
        found.append(condition)
    for condition in found:
        values.update(condition.values)
    return found


def _side(store: Store, question: Question, sides: Sides) -> Segment:
    """Give the segment whose levels are the sides of a comparison, and refuse a level that nobody has."""
    side, based_on = side_segment(store, sides, question)
    if based_on is not None:
        for level in sides.levels:
            expect_level(store, question, based_on, level)
    return side


def _is_of_periods(question: Question) -> bool:
    """Say whether periods split it, or are its sides: they are of journeys, by when they start."""
    return question.period is not None or (question.sides is not None and not question.sides.segment)


def _notes(conditions: Sequence[Condition]) -> tuple[str, ...]:
    """Say which instant the facts of conditions are of."""
    if any("facts_start" in condition.needs.sources for condition in conditions):
        return ("--where takes facts as of each journey's start, so that what came later does not count.",)
    return ()


def expect_few(segment: Segment) -> None:
    """Refuse to split by what is different for nearly everyone."""
    if segment.n_levels > MOST_LEVELS:
        raise QuestionError(
            f"The segment '{segment.name}' has {segment.n_levels:,} levels; at most {MOST_LEVELS:,} can be told apart.",
            hint="Cut it: with bins, quantiles or rules in [segments.NAME] or --segment, or with a depth of its path.",
        )


def expect_level(store: Store, question: Question, segment: Segment, level: str) -> None:
    """Refuse a level that nobody has: it is a slip of the pen more often than a finding."""
    # A level that nobody has yet, as of an earlier day, is none the less known.
    levels = segment.labels or tuple(level_names(store, segment, replace(question, as_of_us=None)))
    if level not in levels and level != NO_LEVEL:
        raise UnknownNameError(
            f"The segment '{segment.name}' has no level '{level}'. {suggest(level, levels)}",
            hint=f"See its levels: journeymap segments {store.name} list {segment.name}",
        )


def level_names(store: Store, segment: Segment, question: Question | None = None) -> list[str]:
    """Give the levels of a segment in this store, in their order, ``(none)`` last."""
    rows = Scope.of(store, question).ask(
        segment.needs,
        lambda source: [Step("levels_read", f"SELECT DISTINCT {segment.level_sql} AS level\nFROM {source}")],
        "SELECT level FROM levels_read",
        segment.values,
    )
    return sorted({str(row[0]) for row in rows}, key=level_order(segment))


def level_order(segment: Segment) -> Callable[[str], tuple[Any, ...]]:
    """Give the sort key of levels: as defined, else by the number they begin with, else by name; ``(none)`` last.

    ``Under 15K``, ``15-24K``, ``100-124K`` and ``250K+`` stand in this order; a combination's in that of its parts.
    """
    if len(segment.parts) > 1:
        return _combined_order(segment)
    if segment.parts:
        return level_order(segment.parts[0])
    ranks = {label: rank for rank, label in enumerate(segment.labels)}

    def key(level: str) -> tuple[Any, ...]:
        found = _LEADING_NUMBER.match(level)
        number = float(found.group("number")) * _SCALES[(found.group("scale") or "").lower()] if found else inf
        is_below = found is not None and (found.group("word") or "").lower() in _BELOW
        return level == NO_LEVEL, ranks.get(level, len(ranks)), number, not is_below, level

    return key


def _combined_order(segment: Segment) -> Callable[[str], tuple[Any, ...]]:
    orders = [level_order(part) for part in segment.parts]

    def key(level: str) -> tuple[Any, ...]:
        parts = level.split(segment.separator)
        fits = len(parts) == len(orders)
        ranks = tuple(order(part) for order, part in zip(orders, parts, strict=True)) if fits else ()
        return level == NO_LEVEL, not fits, ranks, level

    return key


_BELOW = frozenset({"under", "below", "less than", "up to", "<", "<="})
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6}
_LEADING_NUMBER = re.compile(
    r"(?P<word>under|below|less than|up to|over|above|more than|<=?|>=?)?\s*[$€£]?\s*"
    r"(?P<number>-?\d+(?:\.\d+)?)(?:\s*(?:-|\u2013|to)\s*[$€£]?\d+(?:\.\d+)?)?(?P<scale>[km])?(?![\w])",
    re.IGNORECASE,
)


def _members(
    journeys: str,
    on_journeys: bool,  # noqa: FBT001 - named by who calls
    by: tuple[Segment, ...],
    needs: Needs,
    conditions: list[Condition],
    question: Question,
) -> Step:
    """Give the customers, or the journeys, in the question, with their levels."""
    levels = "".join(f", {segment.level_sql} AS {_level_name(at)}" for at, segment in enumerate(by))
    kept = [condition.sql for condition in conditions]
    source, key = joined_sources(needs, journeys, unit="journey" if on_journeys else "customer")
    if question.since_us is not None:
        kept.append("j.start_us >= $since_us")
    if question.until_us is not None:
        kept.append("j.start_us < $until_us")
    where = "\nWHERE " + " AND ".join(kept) if kept else ""
    return Step("members", f"SELECT {key} AS member_key{levels}\nFROM {source}{where}", needs.of_events)


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
