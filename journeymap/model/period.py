"""A calendar period: a day, a week, a month or a quarter, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from journeymap.settings.durations import DAY_US

if TYPE_CHECKING:
    from journeymap.settings.values import PeriodLength

PeriodState = Literal["mature", "maturing", "partial"]

_EPOCH: Final = date(1970, 1, 1)
_MONTHS: Final = {"month": 1, "quarter": 3}


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar period (UTC); journeys belong to the one that they start in.

    Attributes
    ----------
    name
        As ISO 8601 writes it: ``2026-03-09``, ``2026-W11``, ``2026-03``; a quarter is ``2026-Q1``.
    start_us, end_us
        Microseconds UTC; the end is the start of the next one.
    is_complete
        Whether the data reach from its first to its last day.
    is_mature
        Whether it is complete, and every journey that starts in it has had one horizon.
    """

    name: str
    start_us: int
    end_us: int
    is_complete: bool = True
    is_mature: bool = False

    @property
    def first_day(self) -> str:
        """Its first day, as ISO 8601 writes it."""
        return (_EPOCH + timedelta(days=self.start_us // DAY_US)).isoformat()

    @property
    def last_day(self) -> str:
        """Its last day."""
        return (_EPOCH + timedelta(days=self.end_us // DAY_US - 1)).isoformat()

    @property
    def state(self) -> PeriodState:
        """``mature``, ``maturing`` (complete, but some journeys are too young) or ``partial`` (not all its days)."""
        if not self.is_complete:
            return "partial"
        return "mature" if self.is_mature else "maturing"


def periods_between(first_us: int, last_us: int, length: PeriodLength) -> tuple[Period, ...]:
    """Give the periods that hold two instants and all between.

    Weeks begin on Monday.

    Examples
    --------
    >>> [period.name for period in periods_between(0, 60 * 86_400_000_000, "month")]
    ['1970-01', '1970-02', '1970-03']
    >>> periods_between(0, 0, "week")[0].first_day
    '1969-12-29'
    """
    day = _first_day(_day_of(first_us), length)
    found = []
    while (start_us := _start_us(day)) <= last_us:
        following = _next(day, length)
        found.append(Period(_name(day, length), start_us, _start_us(following)))
        day = following
    return tuple(found)


def moment_of(at_us: int) -> datetime:
    """Give microseconds since 1970 as a time in UTC.

    Examples
    --------
    >>> moment_of(86_400_000_000).isoformat()
    '1970-01-02T00:00:00+00:00'
    """
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)


def _day_of(at_us: int) -> date:
    return _EPOCH + timedelta(days=at_us // DAY_US)


def _start_us(day: date) -> int:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).days * DAY_US


def _first_day(day: date, length: PeriodLength) -> date:
    if length == "day":
        return day
    if length == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[length]
    return day.replace(day=1, month=(day.month - 1) // months * months + 1)


def _next(day: date, length: PeriodLength) -> date:
    if length in _MONTHS:
        month = day.month - 1 + _MONTHS[length]
        return date(day.year + month // 12, month % 12 + 1, 1)
    return day + timedelta(days=7 if length == "week" else 1)


def _name(day: date, length: PeriodLength) -> str:
    if length == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if length == "month":
        return f"{day.year}-{day.month:02d}"
    return day.isoformat() if length == "day" else f"{day.year}-Q{(day.month - 1) // 3 + 1}"
