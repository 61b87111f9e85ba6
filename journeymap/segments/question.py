"""Whom a question is about: segments to split by, conditions, dates. One value that every measure takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from journeymap.errors import QuestionError
from journeymap.model.names import REST
from journeymap.model.period import moment_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.settings import EndAt, PeriodLength, SegmentSettings
    from journeymap.settings.values import AsOf


@dataclass(frozen=True, slots=True)
class Sides:
    """Parts of a population that are compared: levels, a level and the rest, or two periods.

    Attributes
    ----------
    segment
        The segment of the levels; "" for periods.
    levels
        The levels. One alone stands against everyone else, those without a value included.
    after_us, before_us
        The periods: journeys that start at or after the one time are the first side, those that start before the other
        are the second.
    """

    segment: str = ""
    levels: tuple[str, ...] = ()
    after_us: int | None = None
    before_us: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the sides are called, in their order.

        Examples
        --------
        >>> Sides("region", ("south",)).names, Sides(after_us=0, before_us=0).names
        (('south', '(rest)'), ('from 1970-01-01', 'before 1970-01-01'))
        """
        if self.after_us is not None and self.before_us is not None:
            return (f"from {_written(self.after_us)}", f"before {_written(self.before_us)}")
        return (*self.levels, REST) if len(self.levels) == 1 else self.levels


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
    sides
        What is compared: only who is on a side is in the population.
    by_side
        Whether the sides split it, before the segments do.
    levels_as_of
        The instant that levels and conditions are of, where a definition does not say another: ``start`` of each
        journey, so that the future explains nothing; ``latest``, at the data end, where it is about who customers are
        now.
    period
        Calendar periods of this length split it too, after the segments do, by when journeys start.
    """

    by: tuple[str, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    conditions: tuple[str, ...] = ()
    since_us: int | None = None
    until_us: int | None = None
    as_of_us: int | None = None
    end_at: EndAt | None = None
    segments: tuple[tuple[str, SegmentSettings], ...] = ()
    sides: Sides | None = None
    by_side: bool = True
    levels_as_of: AsOf = "start"
    period: PeriodLength | None = None

    @property
    def narrowed(self) -> tuple[str, ...]:
        """What narrows the population, in words; nothing where it is everyone.

        Examples
        --------
        >>> Question(levels=(("region", "south"),), conditions=("age >= 30",), since_us=0).narrowed
        ('region = south', 'age >= 30', 'journeys from 1970-01-01')
        """
        since = () if self.since_us is None else (f"journeys from {_written(self.since_us)}",)
        until = () if self.until_us is None else (f"journeys before {_written(self.until_us)}",)
        levels = (f"{segment} = {level}" for segment, level in self.levels)
        return (*levels, *self.conditions, *since, *until)

    def split(self, by: tuple[str, ...]) -> Question:
        """Give the same question split by other segments."""
        if len(set(by)) < len(by):
            raise QuestionError(f"--by names a segment twice: {', '.join(by)}.", hint="Name each once.")
        return replace(self, by=by)


def sides_of(
    segment: str | None,
    levels: Sequence[str],
    *,
    after: str | date | datetime | None = None,
    before: str | date | datetime | None = None,
) -> Sides:
    """Say what is compared.

    Parameters
    ----------
    segment, levels
        A segment, and one level of it (against the rest) or several.
    after, before
        Or two periods: journeys that start at or after the one time, and those that start before the other. One alone
        stands for both.

    Raises
    ------
    QuestionError
        When neither is asked, or both; when a date cannot be read, or the periods overlap.

    Examples
    --------
    >>> sides_of(None, [], after="2026-05-11").names
    ('from 2026-05-11', 'before 2026-05-11')
    """
    is_period = after is not None or before is not None
    if is_period == (segment is not None):
        raise QuestionError(
            "Compare either the levels of a segment or two periods"
            + (", not both." if is_period else ": neither was named."),
            hint="Such as --segment region --levels north south; or --before 2026-05-11 --after 2026-05-11.",
        )
    if segment is not None:
        return Sides(segment, tuple(levels))
    if levels:
        raise QuestionError("Levels belong to a segment.", hint="Name it with --segment.")
    after_us = parse_time(before if after is None else after, what="--after")
    before_us = parse_time(after if before is None else before, what="--before")
    if after_us is None or before_us is None or after_us < before_us:
        raise QuestionError(
            "The two periods overlap: --after must not be earlier than --before.",
            hint="Journeys that start before the one date are compared with those that start at or after the other.",
        )
    return Sides(after_us=after_us, before_us=before_us)


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
    except (ValueError, AttributeError, TypeError):
        raise QuestionError(
            f"{what}: '{when}' is no date or time.", hint="Write it as 2026-03-31 or 2026-03-31T12:00."
        ) from None
    if moment != moment:  # noqa: PLR0124 - pandas' time that is none equals nothing
        raise QuestionError(f"{what}: it is no date or time.", hint="Leave it out, or give a date.")
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _written(at_us: int) -> str:
    moment = moment_of(at_us)
    if moment.time() == time():
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="auto" if moment.second else "minutes")
