"""Whom a question is about: segments to split by, conditions, dates. One value that every measure takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from journeymap.settings import EndAt, SegmentSettings


@dataclass(frozen=True, slots=True)
class Question:
    """The population of a question, and how it is split.

    Attributes
    ----------
    by
        Segments to split by.
    levels
        (segment, level) pairs that must hold.
    conditions
        Expressions over segments, attributes and event columns that must hold.
    since_us, until_us
        Only journeys that start at or after, and before, these times.
    as_of_us
        The data end; events after it are as if they had never been there. None: the latest event.
    end_at
        ``goal`` cuts journeys after each goal; None: as the store's settings say.
    segments
        (name, definition) pairs that go before those of the settings.
    """

    by: tuple[str, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    conditions: tuple[str, ...] = ()
    since_us: int | None = None
    until_us: int | None = None
    as_of_us: int | None = None
    end_at: EndAt | None = None
    segments: tuple[tuple[str, SegmentSettings], ...] = ()

    def split(self, by: tuple[str, ...]) -> Question:
        """Give the same question split by other segments."""
        if len(set(by)) < len(by):
            raise QuestionError(f"--by names a segment twice: {', '.join(by)}.", hint="Name each once.")
        return replace(self, by=by)


def parse_time(when: str | date | datetime | None, *, what: str) -> int | None:
    """Read a date or time as microseconds UTC.

    Parameters
    ----------
    when
        ISO 8601 (a date is its midnight UTC), or a date or datetime; naive times are UTC.
    what
        The option it was given for, for the error.

    Raises
    ------
    QuestionError
        When it is no date or time.

    Examples
    --------
    >>> parse_time("1970-01-02", what="--since")
    86400000000
    """
    if when is None:
        return None
    try:
        if isinstance(when, str):
            moment = datetime.fromisoformat(when.strip())
        elif isinstance(when, datetime):
            moment = when
        else:
            moment = datetime(when.year, when.month, when.day, tzinfo=UTC)
    except ValueError:
        raise QuestionError(
            f"{what}: '{when}' is no date or time.", hint="Write it as 2026-03-31 or 2026-03-31T12:00."
        ) from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
