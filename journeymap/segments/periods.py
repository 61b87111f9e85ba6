"""Calendar periods of journeys, as a segment whose levels they are: a journey is in the one that it starts in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, get_args

from journeymap.errors import QuestionError, suggest
from journeymap.model.period import Period, periods_between
from journeymap.segments.operands import Scope
from journeymap.segments.segment import Segment
from journeymap.segments.sources import Needs
from journeymap.settings import PeriodLength
from journeymap.settings.durations import DAY_US

if TYPE_CHECKING:
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

PERIOD: Final = "(period)"
"""What the column with the period is called in measured tables: the place in :func:`calendar_periods`, as text."""

MOST_PERIODS: Final = 1_000
_LENGTHS_US: Final = {"day": DAY_US, "week": 7 * DAY_US}


def calendar_periods(store: Store, question: Question) -> tuple[Period, ...]:
    """Give the periods that journeys of a question can start in, in order; none is left out.

    Parameters
    ----------
    store
        The open store.
    question
        It says how long periods are, where they begin and end (``since``, ``until``), and when the data end.

    Returns
    -------
    tuple of Period
        One is complete where the data reach from its first to its last day: the first and the last event count for
        their whole days; since, until and as-of are taken at their word. Whether one is mature is not yet known.

    Raises
    ------
    QuestionError
        When the length is none, the data have no events there, or there are too many periods.
    """
    length = question.period
    lengths = get_args(PeriodLength)
    if length is None or length not in lengths:
        raise QuestionError(
            f"'{length}' is no length of a period. {suggest(str(length), lengths)}", hint="Such as --period week."
        )
    first_us, last_us = store.span.first_us, Scope.of(store, question).data_end_us
    if first_us is None:
        raise QuestionError("The store has no events.", hint="Ingest some first.")
    from_us = first_us // DAY_US * DAY_US
    to_us = (last_us // DAY_US + 1) * DAY_US if question.as_of_us is None else last_us + 1
    if question.since_us is not None:
        from_us, first_us = max(from_us, question.since_us), max(first_us, question.since_us)
    if question.until_us is not None:
        to_us, last_us = min(to_us, question.until_us), min(last_us, question.until_us - 1)
    if first_us > last_us:
        raise QuestionError(
            "There are no events between these dates.", hint="Journeys are chosen by their start: see --since, --until."
        )
    found = periods_between(first_us, last_us, length)
    if len(found) > MOST_PERIODS:
        raise QuestionError(
            f"The data make {len(found):,} periods of a {length}; at most {MOST_PERIODS:,} can be told apart.",
            hint="Take a longer --period, or later journeys only with --since.",
        )
    return tuple(replace(period, is_complete=from_us <= period.start_us and period.end_us <= to_us) for period in found)


def period_segment(store: Store, question: Question) -> Segment:
    """Write the period that a journey starts in as SQL: its place in :func:`calendar_periods`."""
    periods = calendar_periods(store, question)
    length_us = _LENGTHS_US.get(str(question.period))
    values: dict[str, object]
    if length_us is not None:
        values = {"period_origin_us": periods[0].start_us}
        sql = f"CAST(CAST(floor((j.start_us - $period_origin_us) / {length_us}) AS BIGINT) AS VARCHAR)"
    else:
        values = {f"period{at}_us": period.end_us for at, period in enumerate(periods[:-1])}
        cases = "".join(f" WHEN j.start_us < ${name} THEN '{at}'" for at, name in enumerate(values))
        sql = f"CASE{cases} ELSE '{len(periods) - 1}' END" if cases else "'0'"
    words = f"the {question.period} that a journey starts in (UTC)"
    return Segment(
        PERIOD, "journey", sql, sql, values, Needs(), kind="rules", definition=words, is_cut=True, n_levels=len(periods)
    )
