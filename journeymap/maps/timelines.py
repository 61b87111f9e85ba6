"""Put timelines together: real journeys of a few customers of each level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from journeymap.measure.examples import DEFAULT_CUSTOMERS, examples
from journeymap.measure.outcomes import outcomes
from journeymap.measure.summary import by_level, summary_of, whole_of
from journeymap.model.timeline import Timeline, TimelineJourney, TimelineRow, TimelineVisit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.measure.summary import LevelKey
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def build_timelines(
    store: Store,
    question: Question,
    *,
    customers: int | Sequence[str] = DEFAULT_CUSTOMERS,
    show_ids: bool = False,
) -> dict[LevelKey, Timeline]:
    """Build the timeline of each level.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    customers
        How many customers per level, 1 to 50, who stand for all (see :func:`journeymap.measure.examples.examples`); or
        their ids.
    show_ids
        Whether rows are named by the customers' ids. Else they are "customer 1", "customer 2", ...

    Returns
    -------
    dict
        A timeline for each level, in the order of the levels; the key is a text per segment. Without segments one
        under ``()``, also where nobody is in the question.

    Raises
    ------
    QuestionError
        When no customer, or too many, are asked for.
    UnknownNameError
        When a customer, segment or level is not known.
    """
    visits = examples(store, question, customers)
    whole = whole_of(store, question)
    n_levels = len(question.by)
    rows: dict[LevelKey, list[list[dict[str, Any]]]] = {}
    last: tuple[LevelKey, int] | None = None
    for record in _records(visits):
        key = tuple(str(level) for level in list(record.values())[:n_levels])
        if (key, record["place"]) != last:
            rows.setdefault(key, []).append([])
            last = (key, record["place"])
        rows[key][-1].append(record)
    made = {}
    for key, row in by_level(outcomes(store, question), n_levels).items():
        people = rows.get(key, [])
        named = [str(person[0]["customer"]) if show_ids else f"customer {at}" for at, person in enumerate(people, 1)]
        made[key] = Timeline(
            title="Customer journeys, one by one",
            levels=tuple(zip(question.by, key, strict=True)),
            summary=summary_of(row, whole),
            stages=whole.stages,
            rows=tuple(TimelineRow(name, _journeys(person)) for name, person in zip(named, people, strict=True)),
            is_sample=isinstance(customers, int),
            is_masked=not show_ids,
            theme=store.settings.theme,
        )
    return made


def _records(visits: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in record.items()} for record in visits.to_dict("records")]


def _journeys(person: list[dict[str, Any]]) -> tuple[TimelineJourney, ...]:
    """Take a customer's visits, in their order, apart into journeys in the order of their starts."""
    by_journey: dict[int, list[dict[str, Any]]] = {}
    for record in person:
        by_journey.setdefault(int(record["journey_key"]), []).append(record)
    found: list[TimelineJourney] = []
    session = -1
    end_us: int | None = None
    for records in by_journey.values():
        visits = []
        before_us: int | None = None
        for record in records:
            at_us = int(record["at_us"])
            gap = None if before_us is None else (at_us - before_us) / 1e6
            begins = int(record["session_key"]) != session
            session, before_us = int(record["session_key"]), at_us
            visits.append(
                TimelineVisit(
                    str(record["touchpoint"]), str(record["stage"]), at_us, gap, begins, bool(record["is_goal"])
                )
            )
        silence = None if end_us is None else (visits[0].at_us - end_us) / 1e6
        silence = None if silence is not None and silence < 0 else silence
        found.append(TimelineJourney(tuple(visits), str(records[0]["status"]), silence))
        end_us = visits[-1].at_us
    return tuple(found)
