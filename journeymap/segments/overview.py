"""Which segments a store has, and how large their levels are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from journeymap.errors import JourneymapError, QuestionError
from journeymap.model.names import NO_LEVEL
from journeymap.segments.define import find_segment, listed_names, own_names
from journeymap.segments.population import MOST_LEVELS, choose_population, expect_few, level_names, level_order
from journeymap.segments.question import Question, Sides
from journeymap.segments.sources import CHANNEL_COLUMN, seen_steps
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from journeymap.segments.segment import Segment
    from journeymap.store.store import Store

_N_NAMED: Final = 8
_COLUMNS: Final = ("segment", "kind", "unit", "levels", "without", "largest", "changed", "definition")


FEW_LEVELS: Final = 12
"""A segment with more levels is too fine to go through unasked."""


def usable_segments(store: Store, question: Question | None = None) -> list[str]:
    """Give the columns and defined segments with two to :data:`FEW_LEVELS` levels, as :func:`list_segments` does."""
    table = list_segments(store, question)
    few = table[table["levels"].between(2, FEW_LEVELS).fillna(value=False)]
    own = set(own_names(store, question))
    return [str(name) for name in few["segment"] if name in own]


def notes_on(store: Store, question: Question) -> tuple[str, ...]:
    """Say what a reader of a question's numbers should know of its segments.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    tuple of str
        How a column of numbers was cut; for what depends on time, which instant decides and how many customers have
        more than one level; the levels with fewer customers than the minimum.
    """
    population = choose_population(store, question)
    notes = list(population.notes)
    for segment in population.by:
        notes += _instant(store, segment, question)
    if population.by:
        minimum = store.settings.journey.minimum_customers
        select = (
            f"SELECT {population.level_columns()}count(DISTINCT customer_key) AS n FROM population"
            f"{population.group_by()} HAVING count(DISTINCT customer_key) < $minimum ORDER BY ALL"
        )
        thin = [" / ".join(map(str, row[:-1])) for row in store.rows(population.query([], select, minimum=minimum))]
        if thin:
            more = f" and {len(thin) - _N_NAMED} more" if len(thin) > _N_NAMED else ""
            notes.append(f"Fewer than {minimum} customers stand behind: {', '.join(thin[:_N_NAMED])}{more}.")
    return tuple(notes)


def _instant(store: Store, segment: Segment, question: Question) -> list[str]:
    """Say which instant a segment that depends on time is of."""
    if segment.unit == "journey":
        n_changed = _count_changed(store, segment, question)
        if segment.is_event_column:
            said = f"the value at a journey's first event. Customers whose events have more than one: {n_changed:,}."
        else:
            said = "as of each journey's start, so that what came later does not count. "
            said += f"Customers whose journeys have more than one level: {n_changed:,}."
        return [f"'{segment.name}' is a segment of journeys: {said}"]
    if segment.needs.sources & {"lasts", "facts_latest"}:
        return [
            f"'{segment.name}' is as of the data end: a segment of customers; what came after a journey counts too."
        ]
    if segment.needs.sources & {"facts_first"}:
        return [f"'{segment.name}' is of each customer's first journey, to its end: a segment of customers."]
    return []


def _count_changed(store: Store, segment: Segment, question: Question) -> int:
    """Count the customers who have more than one level: of their events for a column, of their journeys otherwise."""
    if not segment.is_event_column:
        whole = Question(by=(segment.name,), as_of_us=question.as_of_us, segments=question.segments)
        steps = [
            Step(
                "per_customer", "SELECT customer_key, count(DISTINCT level0) AS n FROM population GROUP BY customer_key"
            )
        ]
        query = choose_population(store, whole).query(steps, "SELECT count(*) FROM per_customer WHERE n > 1")
        return int(store.rows(query)[0][0])
    seen, events, _ = seen_steps(question.as_of_us, store.span.last_us or 0)
    query = Query(
        (
            *seen,
            Step(
                "named_events",
                f"SELECT e.*, h.channel AS {CHANNEL_COLUMN} FROM {events} e LEFT JOIN channels h USING (channel_key)",
            ),
            Step(
                "per_customer",
                f"SELECT customer_key, count(DISTINCT {segment.level_sql}) AS n FROM named_events s "
                f"WHERE {segment.raw_sql} IS NOT NULL GROUP BY customer_key",
            ),
        ),
        "SELECT count(*) FROM per_customer WHERE n > 1",
        dict(segment.values) | {"data_end_us": question.as_of_us},
    )
    return int(store.rows(query)[0][0])


def list_segments(store: Store, question: Question | None = None) -> pd.DataFrame:
    """List what can be used as a segment.

    Parameters
    ----------
    store
        The open store.
    question
        What may define further segments.

    Returns
    -------
    DataFrame
        One row per segment: ``segment``, ``kind`` (a column, one cut into bins or quantiles, rules, a combination, a
        hierarchy, a fact, or a built-in kind), ``unit`` (customer or journey), ``levels`` (how many), ``without``
        (customers or journeys in ``(none)``), ``largest`` (the level with most), ``changed`` (of a segment of journeys:
        customers who have more than one level; missing for customers), ``definition`` (in words). One that cannot be
        used has no numbers, and its definition says why.
    """
    asked = question or Question()
    names = listed_names(store, asked)
    if not store.engine.execute("SELECT count(*) FROM channels")[0][0]:
        names = [name for name in names if name not in {"channel", "first_channel"}]  # no event names one
    rows = []
    for name in names:
        try:
            rows.append(_row(store, name, asked))
        except JourneymapError as error:
            rows.append({"segment": name, "definition": f"cannot be used: {error.message}"})
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame[["kind", "unit", "largest"]] = frame[["kind", "unit", "largest"]].fillna("")
    counts = {name: "Int64" if frame[name].isna().any() else "int64" for name in ("levels", "without")}
    return frame.astype({**counts, "changed": "Int64"})


def _row(store: Store, name: str, question: Question) -> dict[str, Any]:
    segment = find_segment(store, name, tag="listed", question=question)
    row: dict[str, Any] = {
        "segment": name,
        "kind": segment.kind,
        "unit": segment.unit,
        "changed": None,
        "definition": segment.definition,
    }
    asked = Question(by=(name,), as_of_us=question.as_of_us, segments=question.segments)
    if segment.n_levels > MOST_LEVELS:
        return {**row, "levels": segment.n_levels, "definition": f"{segment.definition}; too many levels to split by"}
    counted = store.frame(
        choose_population(store, asked).query(
            [],
            f"SELECT level0 AS level, count(DISTINCT {segment.unit}_key) AS n FROM population GROUP BY level0",
        )
    )
    if segment.unit == "journey":
        row["changed"] = _count_changed(store, segment, asked)
    named = counted[counted["level"] != NO_LEVEL]
    ordered = sorted(named.to_dict("records"), key=lambda found: (-found["n"], level_order(segment)(found["level"])))
    return {
        **row,
        "levels": len(named),
        "without": int(counted.loc[counted["level"] == NO_LEVEL, "n"].sum()),
        "largest": ordered[0]["level"] if ordered else "",
    }


def every_level(store: Store, name: str, question: Question | None = None) -> list[Sides]:
    """Give the comparison of each level of a segment with the rest; where there are two, of one with the other.

    Parameters
    ----------
    store
        The open store.
    name
        The segment.
    question
        What may define further segments.

    Raises
    ------
    UnknownNameError
        When the segment is not known.
    QuestionError
        When it has fewer than two levels, or too many.
    """
    segment = find_segment(store, name, tag="side", question=question)
    expect_few(segment)
    levels = [level for level in level_names(store, segment, question) if level != NO_LEVEL]
    if len(levels) < 2:  # noqa: PLR2004 - there is nothing to compare
        raise QuestionError(
            f"The segment '{segment.name}' has {len(levels)} levels, and two are needed to compare.",
            hint=f"See its levels: journeymap segments {store.name} list {segment.name}",
        )
    if len(levels) == 2:  # noqa: PLR2004 - each is the rest of the other
        return [Sides(segment.name, tuple(levels))]
    return [Sides(segment.name, (level,)) for level in levels]
