"""Whether the last day of the data is over: a watch in the morning must not take a few hours for a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.model.period import moment_of
from journeymap.settings.durations import DAY_US
from journeymap.store.sql import Query

if TYPE_CHECKING:
    from journeymap.model.period import Period
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_DAYS_BEFORE: Final = 7
_LEAST_DAYS: Final = 3
"""Fewer days do not say until when events usually come."""


def note_on_unfinished_day(store: Store, question: Question, period: Period) -> str:
    """Say why a period is not over, where its last day is the last of the data and ends earlier than days do.

    Parameters
    ----------
    store
        The open store.
    question
        A data end, or an end of the dates, is taken at its word.
    period
        The last one that the data reach over.

    Returns
    -------
    str
        A note; "" where the day is over: its last event is no earlier than the earliest last event of the up to seven
        days before it that have any.
    """
    last_us = store.span.last_us
    if last_us is None or question.as_of_us is not None or question.until_us is not None or period.end_us <= last_us:
        return ""
    day = last_us // DAY_US
    rows = store.rows(
        Query(
            (),
            f"""
            SELECT CAST(floor(at_us / {DAY_US}) AS BIGINT) AS day, max(at_us) AS last_us
            FROM events WHERE at_us >= $from_us AND at_us < $to_us
            GROUP BY CAST(floor(at_us / {DAY_US}) AS BIGINT)
            """,
            {"from_us": (day - _DAYS_BEFORE) * DAY_US, "to_us": day * DAY_US},
        )
    )
    usual = [int(at_us) % DAY_US for _, at_us in rows]
    if len(usual) < _LEAST_DAYS or last_us % DAY_US >= min(usual):
        return ""
    last, least, after = moment_of(last_us), moment_of(min(usual)), moment_of((day + 1) * DAY_US)
    return (
        f"{period.name} is left out: its last event is at {last:%H:%M} of {last:%Y-%m-%d}, and on the days before "
        f"events came until {least:%H:%M} or later. If the day is over: --as-of {after:%Y-%m-%d}."
    )
