"""Which segments a store has, and how large their levels are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from journeymap.errors import QuestionError
from journeymap.model.names import NO_LEVEL
from journeymap.segments.define import CHANNEL_COLUMN, find_segment, segment_names
from journeymap.segments.population import choose_population, level_names, level_order
from journeymap.segments.question import Question, Sides
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from journeymap.segments.define import Segment
    from journeymap.store.store import Store

_N_NAMED: Final = 8


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
        How a column of numbers was cut; for an event column, how many customers have events in more than one level;
        the levels with fewer customers than the minimum.
    """
    population = choose_population(store, question)
    notes = list(population.notes)
    for segment in population.by:
        if segment.unit == "journey":
            decides = "last" if segment.latest else "first"
            notes.append(
                f"'{segment.name}' is a segment of journeys: the value at a journey's {decides} event. "
                f"Customers whose events have more than one: {_count_changed(store, segment):,}."
            )
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


def _count_changed(store: Store, segment: Segment) -> int:
    """Count the customers whose events have more than one level of a segment of journeys."""
    query = Query(
        (
            Step(
                "named_events",
                f"SELECT e.*, h.channel AS {CHANNEL_COLUMN} FROM events e LEFT JOIN channels h USING (channel_key)",
            ),
            Step(
                "per_customer",
                f"SELECT customer_key, count(DISTINCT {segment.level_sql}) AS n FROM named_events s "
                f"WHERE {segment.raw_sql} IS NOT NULL GROUP BY customer_key",
            ),
        ),
        "SELECT count(*) FROM per_customer WHERE n > 1",
        segment.values,
    )
    return int(store.rows(query)[0][0])


def list_segments(store: Store) -> pd.DataFrame:
    """List what can be used as a segment.

    Parameters
    ----------
    store
        The open store.

    Returns
    -------
    DataFrame
        One row per segment: ``segment``, ``unit`` (customer or journey), ``levels`` (how many), ``without`` (customers
        or journeys in ``(none)``), ``largest`` (the level with most), ``changed`` (for an event column: customers
        whose events have more than one level; missing for attributes).
    """
    rows = []
    names = segment_names(store)
    if not store.engine.execute("SELECT count(*) FROM channels")[0][0]:
        del names["channel"]  # no event names one
    for name, unit in names.items():
        segment = find_segment(store, name, tag="listed")
        population = choose_population(store, Question(by=(name,)))
        counted = store.frame(
            population.query(
                [],
                f"SELECT level0 AS level, count(DISTINCT {unit}_key) AS n FROM population GROUP BY level0",
            )
        )
        changed = None
        if unit == "journey":
            changed = _count_changed(store, segment)
        named = counted[counted["level"] != "(none)"]
        ordered = sorted(named.to_dict("records"), key=lambda row: (-row["n"], level_order(segment)(row["level"])))
        rows.append(
            {
                "segment": name,
                "unit": unit,
                "levels": len(named),
                "without": int(counted.loc[counted["level"] == "(none)", "n"].sum()),
                "largest": ordered[0]["level"] if ordered else "",
                "changed": changed,
            }
        )
    frame = pd.DataFrame(rows, columns=["segment", "unit", "levels", "without", "largest", "changed"])
    return frame.astype({"levels": "int64", "without": "int64", "changed": "Int64"})


def every_level(store: Store, name: str) -> list[Sides]:
    """Give the comparison of each level of a segment with the rest; where there are two, of one with the other.

    Raises
    ------
    UnknownNameError
        When the segment is not known.
    QuestionError
        When it has fewer than two levels.
    """
    segment = find_segment(store, name, tag="side")
    levels = [level for level in level_names(store, segment) if level != NO_LEVEL]
    if len(levels) < 2:  # noqa: PLR2004 - there is nothing to compare
        raise QuestionError(
            f"The segment '{segment.name}' has {len(levels)} levels, and two are needed to compare.",
            hint=f"See its levels: journeymap segments {store.name} list {segment.name}",
        )
    if len(levels) == 2:  # noqa: PLR2004 - each is the rest of the other
        return [Sides(segment.name, tuple(levels))]
    return [Sides(segment.name, (level,)) for level in levels]
