"""What a segment's name stands for: the SQL of its level, per customer or per journey."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.errors import JourneymapError, QuestionError, UnknownNameError, suggest
from journeymap.model.names import NO_LEVEL
from journeymap.segments.cuts import choose_cut, cut_sql, text_sql
from journeymap.segments.facts import FACTS, Calls
from journeymap.segments.kinds import FIRST_FACTS, KINDS, Ruled, kinds_of, rules_of_kind
from journeymap.segments.operands import (
    SCORES,
    Scope,
    column_names,
    find_fact_or_score,
    find_operand,
)
from journeymap.segments.segment import Condition, Segment
from journeymap.segments.sources import FACT_SOURCES, Needs, Unit
from journeymap.settings import SegmentSettings
from journeymap.store.expressions import parse_condition
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.segments.operands import Operand
    from journeymap.segments.question import Question
    from journeymap.settings.values import AsOf
    from journeymap.store.store import Store

COMBINED: Final = " / "
WITHIN: Final = " > "


def segment_names(store: Store, question: Question | None = None) -> dict[str, Unit]:
    """Give the names of all segments, facts apart, and what has a level in each.

    Parameters
    ----------
    store
        The open store.
    question
        What may define further segments.

    Returns
    -------
    dict
        Name to unit: the columns of the events, the attributes of customers, the built-in segments that the store has
        the events for, and those that are defined. One that cannot be used is said to be of customers.
    """
    units: dict[str, Unit] = {}
    for name in _listed(Scope.of(store, question)):
        try:
            units[name] = find_segment(store, name, tag="unit", question=question).unit
        except JourneymapError:
            units[name] = "customer"
    return units


def listed_names(store: Store, question: Question | None = None) -> list[str]:
    """Give the names of :func:`segment_names`, usable or not, without looking them up."""
    return _listed(Scope.of(store, question))


def own_names(store: Store, question: Question | None = None) -> list[str]:
    """Give the columns and the defined segments, without those that are built in and made of the events themselves."""
    scope = Scope.of(store, question)
    return list(dict.fromkeys([*column_names(store), *scope.visible()]))


def known_name(store: Store, name: str, question: Question | None = None) -> str:
    """Give a segment's name as it is written where it comes from: capitals do not matter where one alone is meant.

    A name that nothing has stays as it is; who looks it up says so.
    """
    return _as_known(_names(Scope.of(store, question)), name)


def find_segment(store: Store, name: str, *, tag: str, question: Question | None = None) -> Segment:
    """Look a segment up.

    Parameters
    ----------
    store
        The open store.
    name
        A segment of the question or the settings, an attribute of customers, a column of the events, a built-in
        segment or a fact, in this order.
    tag
        How the names of its bound values begin; must differ between segments of one question.
    question
        What may define further segments, and when the data end; None: only the store does.

    Raises
    ------
    UnknownNameError
        When there is none of that name, or something in its definition is not there.
    QuestionError
        When its definition cannot be used.
    """
    scope = Scope.of(store, question)
    return _find(scope, name, scope.as_of, tag)


def find_condition(store: Store, text: str, *, what: str, tag: str, question: Question | None = None) -> Condition:
    """Check a condition over segments: one that is cut is its level, a column and a fact are as they are.

    Parameters
    ----------
    store
        The open store.
    text
        What the user wrote.
    what
        The option that it was given for, for the error.
    tag
        How the names of its bound values begin.
    question
        As for :func:`find_segment`.

    Raises
    ------
    ExpressionError, UnknownNameError, QuestionError
        When it is refused.
    """
    scope = Scope.of(store, question)
    return _condition(scope, text, what=what, tag=tag, as_of=scope.as_of, names=_names(scope))


def _listed(scope: Scope) -> list[str]:
    built_in = [*kinds_of(scope.store), *FIRST_FACTS]
    return list(dict.fromkeys([*column_names(scope.store), *built_in, *scope.visible()]))


def _names(scope: Scope) -> list[str]:
    """Give everything that a question can name."""
    return list(dict.fromkeys([*_listed(scope), *FACTS, *SCORES, *KINDS]))


def _find(scope: Scope, name: str, as_of: AsOf, tag: str) -> Segment:
    names = _names(scope)
    if name not in names and name in scope.within:
        raise _circular(scope, name)
    name = _as_known(names, name)
    if name not in names:
        meant = suggest(name, names)
        raise UnknownNameError(
            f"There is no segment '{name}'. {meant if 'Did you mean' in meant else suggest(name, _listed(scope))}",
            hint="Segments are attributes of customers (--customers FILE), event columns, facts such as purchases, "
            "built-in ones such as lifecycle, [segments.NAME] and --segment.",
        )
    if name in scope.visible():
        return _defined(scope.inside(name), name, scope.visible()[name], tag)
    column = find_operand(scope, name, as_of, tag=tag)
    if column is not None:
        return _of_column(scope, name, SegmentSettings(column=name, as_of=as_of), tag)
    kind = next((kind for kind in KINDS if kind == name), None)
    if kind is None:
        raise _circular(scope, name)
    return _defined(scope, name, SegmentSettings(kind=kind, as_of=as_of), tag)


def _as_known(names: list[str], name: str) -> str:
    same = [known for known in names if known.lower() == name.lower()]
    return same[0] if name not in names and len(same) == 1 else name


def _circular(scope: Scope, name: str) -> QuestionError:
    return QuestionError(
        f"[segments.{name}] is defined by itself: {', '.join((*scope.within, name))}.",
        hint="Within its own definition a segment's name is that of a column.",
    )


def _defined(scope: Scope, name: str, definition: SegmentSettings, tag: str) -> Segment:
    if definition.kind is not None:
        return _of_rules(scope, name, definition, rules_of_kind(scope, name, definition), tag)
    if definition.rules:
        labels = (*(rule.name for rule in definition.rules), definition.other)
        return _of_rules(scope, name, definition, Ruled(definition.rules, labels, definition.other), tag)
    if definition.of or definition.path:
        return _combined(scope, name, definition, tag)
    return _of_column(scope, name, definition, tag)


def _of_column(scope: Scope, name: str, definition: SegmentSettings, tag: str) -> Segment:
    column = definition.column or name
    operand = find_operand(scope, column, definition.as_of, tag=tag)
    if operand is None:
        names = [*column_names(scope.store), *FACTS, *SCORES]
        raise UnknownNameError(
            f"[segments.{name}]: there is no column '{column}'. {suggest(column, names)}",
            hint="Name an attribute of customers, a column of the events or a fact such as purchases.",
        )
    cut = choose_cut(scope, name, column, definition, operand)
    values = dict(operand.values)
    words = operand.words
    kind = "fact" if operand.is_fact else "column"
    if cut.bounds:
        level_sql = cut_sql(operand.sql, cut, tag, values)
        words += ", cut at " + ", ".join(f"{bound:g}" for bound in cut.bounds)
        kind = "bins" if definition.bins else "quantiles"
    else:
        level_sql = text_sql(operand.sql, operand.kind)
    is_cut = bool(definition.bins or definition.quantiles)
    return Segment(
        name, operand.needs.unit, operand.sql, level_sql, values, operand.needs, cut.labels, cut.note, kind,
        definition.as_of, words, is_cut, cut.n_levels,
    )  # fmt: skip


def _of_rules(scope: Scope, name: str, definition: SegmentSettings, ruled: Ruled, tag: str) -> Segment:
    """Let the first rule that holds give the level."""
    values: dict[str, object] = {f"{tag}_other": ruled.other}
    needs = Needs()
    cases, conditions, said = "", [], []
    own = definition.kind is not None
    names = [*FACTS, *SCORES] if own else _names(scope)
    for at, rule in enumerate(ruled.rules):
        what = f"[segments.{name}] rule '{rule.name}'"
        found = _condition(
            scope, rule.when, what=what, tag=f"{tag}_rule{at}", as_of=definition.as_of, names=names, facts_only=own,
            columns_first=True,
        )  # fmt: skip
        needs |= found.needs
        values |= found.values
        values[f"{tag}_level{at}"] = rule.name
        cases += f" WHEN {found.sql} THEN ${tag}_level{at}"
        conditions.append(found.sql)
        said.append(f"{rule.name}: {rule.when}")
    if ruled.other != NO_LEVEL:
        # Of whom nothing is known that a rule asks for: they are not the rest.
        cases += f" WHEN coalesce({', '.join(conditions)}) IS NULL THEN '{NO_LEVEL}'"
        said.append(f"else {ruled.other}")
    level_sql = f"CASE{cases} ELSE ${tag}_other END"
    return Segment(
        name, needs.unit, level_sql, level_sql, values, needs, ruled.labels, kind=definition.kind or "rules",
        as_of=definition.as_of, definition="; ".join(said), is_cut=True, n_levels=len(ruled.labels),
    )  # fmt: skip


def _condition(
    scope: Scope,
    text: str,
    *,
    what: str,
    tag: str,
    as_of: AsOf,
    names: list[str],
    facts_only: bool = False,
    columns_first: bool = False,
) -> Condition:
    known = {name: f"\x00{name}\x00" for name in names}
    columns = () if facts_only else (*column_names(scope.store), *scope.visible())
    calls = Calls(scope.store, as_of, tag=f"{tag}_call", what=what)
    numbers = [name for name in (*FACTS, *SCORES) if name not in columns and name not in FIRST_FACTS]
    found = parse_condition(text, known, what=what, prefix=f"{tag}_", functions=calls.functions, numbers=numbers)
    sql, needs, values = found.sql, Needs(), {**found.values, **calls.values}
    if calls.tallies:
        needs = Needs(frozenset({FACT_SOURCES[as_of]}), tuple((as_of, tally) for tally in calls.tallies))
    segments: dict[str, Segment] = {}
    for at, name in enumerate(found.columns):
        place = f"{tag}_column{at}"
        operand: Operand | None = None
        if columns_first:
            look_up = find_fact_or_score if facts_only else find_operand
            operand = look_up(scope, name, as_of, tag=place)
        if operand is not None:
            sql = sql.replace(known[name], operand.sql)
            needs |= operand.needs
            values |= operand.values
        else:
            used = segments[name] = _find(scope, name, as_of, place)
            sql = sql.replace(known[name], used.level_sql if used.is_cut else used.raw_sql)
            needs |= used.needs
            values |= used.values
    # Of a column that was cut unasked, it is the values that are compared, and they are not its levels.
    compared = tuple(
        (segments[name], level)
        for name, level in found.compared
        if name in segments and (segments[name].is_cut or not segments[name].labels)
    )
    return Condition(f"({sql})", needs, values, compared)


def _combined(scope: Scope, name: str, definition: SegmentSettings, tag: str) -> Segment:
    """Put the levels of several segments together, as ``south / tablet`` or ``Germany > Berlin``."""
    separator = COMBINED if definition.of else WITHIN
    listed = definition.of or definition.path[: definition.depth]
    parts = tuple(_find(scope, part, definition.as_of, f"{tag}_part{at}") for at, part in enumerate(listed))
    values: dict[str, object] = {f"{tag}_between": separator}
    needs = Needs()
    for part in parts:
        needs |= part.needs
        values |= part.values
    nothing = " AND ".join(f"{part.level_sql} = '{NO_LEVEL}'" for part in parts)
    joined = f" || ${tag}_between || ".join(f"({part.level_sql})" for part in parts)
    level_sql = f"CASE WHEN {nothing} THEN '{NO_LEVEL}' ELSE {joined} END"
    words = ("the levels of " if definition.of else "the hierarchy ") + separator.join(listed)
    if len(parts) == 1:  # a hierarchy cut to its first level
        level_sql = parts[0].level_sql
    combined = Segment(
        name, needs.unit, level_sql, level_sql, values, needs, (), " ".join(part.note for part in parts if part.note),
        "combination" if definition.of else "hierarchy", definition.as_of, words, is_cut=True,
        n_levels=0, parts=parts, separator=separator,
    )  # fmt: skip
    n_levels = _count_apart(scope, combined)
    return replace(combined, n_levels=n_levels)


def _count_apart(scope: Scope, segment: Segment) -> int:
    """Count the levels of a combination, and refuse two that would have one name."""
    columns = ", ".join(f"{part.level_sql} AS part{at}" for at, part in enumerate(segment.parts))
    keys = ", ".join(f"part{at}" for at in range(len(segment.parts)))
    rows = scope.ask(
        segment.needs,
        lambda source: [
            Step("combined", f"SELECT DISTINCT {columns}, {segment.level_sql} AS level\nFROM {source}"),
            Step(
                "apart",
                f"SELECT level, count(*) AS n FROM (SELECT DISTINCT {keys}, level FROM combined) d GROUP BY level",
            ),
        ],
        "SELECT count(*), min(CASE WHEN n > 1 THEN level END) FROM apart",
        segment.values,
        told=True,
    )
    n_levels, twice = rows[0]
    if twice is not None:
        raise QuestionError(
            f"[segments.{segment.name}]: two combinations have the same name '{twice}'.",
            hint=f"A level holds '{segment.separator.strip()}' itself: rename it with rules, or split --by the parts.",
        )
    return int(n_levels)
