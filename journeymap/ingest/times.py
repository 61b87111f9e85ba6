"""How a column of times is written, found from the whole column, and the SQL that reads it as microseconds UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from journeymap.errors import SettingsError, suggest
from journeymap.store.sql import text_literal

if TYPE_CHECKING:
    from journeymap.ingest.staging import Column, Staged
    from journeymap.settings import EventSettings
    from journeymap.store.engine import Engine

_EPOCH_UNITS: Final = (
    ("seconds", "{x} * 1000000"),
    ("milliseconds", "{x} * 1000"),
    ("microseconds", "{x}"),
    ("nanoseconds", "{x} / 1000"),
)
_PLAUSIBLE_US: Final = (315_532_800_000_000, 4_102_444_800_000_000)  # 1980 to 2100
_FORMAT_PARTS: Final = frozenset(f"%{letter}" for letter in "aAbBcdfgGHIjmMnpSTuUVwWxXyYzZ%")
_DAY_NUMBERS: Final = (19_000_101, 21_001_231)  # 20260331 is a date, not the August of 1970
EARLIEST_US: Final = -2_208_988_800_000_000  # 1900-01-01: earlier times are a program's zero, not an event


@dataclass(frozen=True, slots=True)
class TimeReading:
    """How to read the times.

    Attributes
    ----------
    sql
        Microseconds UTC as BIGINT; null where the value is no time.
    written_as
        How the column is written, in words.
    """

    sql: str
    written_as: str


def find_time_reading(engine: Engine, staged: Staged, column: Column, settings: EventSettings) -> TimeReading:
    """Look at a whole column of times and say how it is to be read.

    Raises
    ------
    SettingsError
        When the time zone is not known.
    """
    _set_time_zone(engine, settings.timezone)
    if column.kind in {"TIMESTAMP", "DATE"}:
        return TimeReading(
            _zoned_us(f"CAST({column.sql} AS TIMESTAMP)", settings.timezone), "timestamps without a zone"
        )
    if column.kind == "TIMESTAMPTZ":
        return TimeReading(f"epoch_us({column.sql})", "timestamps with a zone")
    if settings.time_format is not None:
        _expect_format(settings.time_format)
        parsed = f"try_strptime(trim(CAST({column.sql} AS VARCHAR)), {text_literal(settings.time_format)})"
        has_zone = "%z" in settings.time_format
        return TimeReading(
            f"epoch_us({parsed})" if has_zone else _zoned_us(parsed, settings.timezone),
            f"in the format {settings.time_format}",
        )
    number = f"TRY_CAST({column.sql} AS DOUBLE)"
    if column.kind != "VARCHAR" or _mostly_numbers(engine, staged, column, number):
        return _epoch_reading(engine, staged, number, settings.timezone)
    text = f"nullif(trim({column.sql}), '')"
    return TimeReading(f"epoch_us(TRY_CAST({text} AS TIMESTAMPTZ))", "ISO 8601")


def _expect_format(time_format: str) -> None:
    wrong = [part for part in re.findall(r"%-?.?", time_format) if part.replace("-", "") not in _FORMAT_PARTS]
    if wrong:
        raise SettingsError(
            f"--time-format: '{wrong[0]}' in '{time_format}' is no part of a time.",
            hint="Such as '%d/%m/%Y %H:%M'; a percent sign itself is written '%%'.",
        )


def _set_time_zone(engine: Engine, name: str) -> None:
    if name != "UTC" and name not in available_timezones():
        raise SettingsError(
            f"There is no time zone '{name}'. {suggest(name, available_timezones(), limit=0)}",
            hint="Use a name such as Europe/Amsterdam.",
        )
    # Casts of texts and of times without an offset take the engine's zone.
    engine.execute(f"SET TimeZone = {text_literal(name)}")


def _zoned_us(naive: str, timezone: str) -> str:
    return f"epoch_us({naive})" if timezone == "UTC" else f"epoch_us(timezone({text_literal(timezone)}, {naive}))"


def _mostly_numbers(engine: Engine, staged: Staged, column: Column, number: str) -> bool:
    numbers, filled = engine.execute(f"SELECT count({number}), count({column.sql}) FROM {staged.relation}")[0]
    return bool(2 * numbers > filled)


def _are_day_numbers(engine: Engine, staged: Staged, number: str) -> bool:
    low, high = _DAY_NUMBERS
    days, filled = engine.execute(
        f"SELECT count(*) FILTER (WHERE x BETWEEN {low} AND {high}), count(x) FROM "
        f"(SELECT {number} AS x FROM {staged.relation})"
    )[0]
    return bool(2 * days > filled)


def _epoch_reading(engine: Engine, staged: Staged, number: str, timezone: str) -> TimeReading:
    low, high = _PLAUSIBLE_US
    counts = ", ".join(
        f"count(*) FILTER (WHERE {form.format(x='x')} BETWEEN {low} AND {high})" for _, form in _EPOCH_UNITS
    )
    found = engine.execute(f"SELECT {counts} FROM (SELECT {number} AS x FROM {staged.relation})")[0]
    if not any(found) and _are_day_numbers(engine, staged, number):
        day = f"try_strptime(CAST(TRY_CAST({number} AS BIGINT) AS VARCHAR), '%Y%m%d')"
        return TimeReading(_zoned_us(day, timezone), "days as numbers")
    unit, form = _EPOCH_UNITS[max(range(len(found)), key=lambda at: (found[at], -at))]
    scaled = form.format(x=number)
    # A number that is no time in this unit may be too large for BIGINT: it is refused before the cast.
    sql = f"CASE WHEN abs({scaled}) < 9e18 THEN CAST(round({scaled}) AS BIGINT) END"
    return TimeReading(sql, f"epoch {unit}")
