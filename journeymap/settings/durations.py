"""Lengths of time as people write them: ``30d``, ``90 min``, ``none``."""

from __future__ import annotations

import re
from typing import Final

from journeymap.errors import QuestionError

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US

_UNITS_US: Final = {
    "s": SECOND_US, "sec": SECOND_US, "second": SECOND_US, "seconds": SECOND_US,
    "m": MINUTE_US, "min": MINUTE_US, "minute": MINUTE_US, "minutes": MINUTE_US,
    "h": HOUR_US, "hour": HOUR_US, "hours": HOUR_US,
    "d": DAY_US, "day": DAY_US, "days": DAY_US,
    "w": 7 * DAY_US, "week": 7 * DAY_US, "weeks": 7 * DAY_US,
}  # fmt: skip
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
_LONGEST_US: Final = 100 * 366 * DAY_US


def parse_duration(text: str, *, what: str = "a duration") -> int:
    """Read a length of time.

    Parameters
    ----------
    text
        A number and a unit: seconds ``s``, minutes ``m``, hours ``h``, days ``d`` or weeks ``w``.
    what
        The option or entry that it was given for, for the error.

    Returns
    -------
    int
        Microseconds, more than 0.

    Raises
    ------
    QuestionError
        When it is no length of time, is 0, or is longer than 100 years.

    Examples
    --------
    >>> parse_duration("7d") == 7 * DAY_US
    True
    >>> parse_duration("90 min") == parse_duration("1.5h")
    True
    """
    found = _DURATION.fullmatch(str(text).lower())
    unit_us = _UNITS_US.get(found.group(2)) if found else None
    if found is None or unit_us is None:
        raise QuestionError(
            f"{what}: '{text}' is no length of time.",
            hint="Write a number and a unit, such as 30m, 12h, 7d or 2w.",
        )
    length_us = round(float(found.group(1)) * unit_us)
    if not 0 < length_us <= _LONGEST_US:
        raise QuestionError(f"{what}: '{text}' is out of range.", hint="It must be more than 0 and at most 100 years.")
    return length_us


def parse_gap(text: str, *, what: str = "the journey gap") -> int | None:
    """Read a length of time, or ``none``.

    Examples
    --------
    >>> parse_gap("none") is None
    True
    """
    return None if str(text).strip().lower() == "none" else parse_duration(text, what=what)


def format_duration(length_us: int | None) -> str:
    """Write a length of time so that :func:`parse_gap` reads the same one.

    Examples
    --------
    >>> format_duration(30 * DAY_US), format_duration(90 * MINUTE_US), format_duration(None)
    ('30d', '90m', 'none')
    """
    if length_us is None:
        return "none"
    for unit, unit_us in (("d", DAY_US), ("h", HOUR_US), ("m", MINUTE_US)):
        if length_us % unit_us == 0:
            return f"{length_us // unit_us}{unit}"
    return f"{length_us / SECOND_US:.6f}".rstrip("0").rstrip(".") + "s"
