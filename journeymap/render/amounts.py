"""The forms in which numbers, shares and durations are shown."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def count(number: float) -> str:
    """Write a count in full with separators up to 99,999, and shortened beyond.

    Examples
    --------
    >>> count(1234), count(123_456), count(12_345_678)
    ('1,234', '123 k', '12.3 M')
    """
    if abs(number) < 100_000:  # noqa: PLR2004 - five digits are still read at a glance
        return f"{number:,.0f}"
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= unit:
            return f"{_three(number / unit)} {name}"
    raise AssertionError  # pragma: no cover


def counted(number: float, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "journey"), counted(1234, "journey")
    ('1 journey', '1,234 journeys')
    """
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def short(number: float) -> str:
    """Write a count in at most three digits.

    Examples
    --------
    >>> short(950), short(1234), short(12_345), short(999_999)
    ('950', '1.23 k', '12.3 k', '1 M')
    """
    for unit, name in ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1.0, "")):
        if abs(number) >= 0.9995 * unit:
            return _three(number / unit) + name
    return f"{number:.0f}"


def _three(number: float) -> str:
    text = f"{number:.3g}"
    return f"{float(text):.0f}" if "e" in text else text


def share(part: float | None, digits: int = 1) -> str:
    """Write a share as a percentage; what is not known is a dash.

    Examples
    --------
    >>> share(0.1234), share(0.5), share(1.0), share(0.0004), share(None)
    ('12.3 %', '50 %', '100 %', '<0.1 %', '-')
    """
    if part is None:
        return "-"
    least = 10.0**-digits
    percent = part * 100
    if 0 < percent < least:
        return f"<{least:.{digits}f} %"
    if 100 - least < percent < 100:  # noqa: PLR2004 - almost all is not all
        return f">{100 - least:.{digits}f} %"
    text = f"{percent:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def points(difference: float, digits: int = 1) -> str:
    """Write a difference of two shares in percentage points.

    Examples
    --------
    >>> points(0.123), points(-0.3) == "\N{MINUS SIGN}30 pp", points(0.0001)
    ('+12.3 pp', True, '0 pp')
    """
    percent = round(difference * 100, digits)
    sign = "" if percent == 0 else "+" if percent > 0 else "\N{MINUS SIGN}"
    number = f"{abs(percent):.{digits}f}"
    return f"{sign}{number.rstrip('0').rstrip('.') if '.' in number else number} pp"


def duration(seconds: float | None) -> str:
    """Write a time span in the unit that suits it.

    Examples
    --------
    >>> duration(45), duration(720), duration(12_240), duration(181_440), duration(0.32), duration(None)
    ('45 s', '12 min', '3.4 h', '2.1 d', '0.3 s', '')
    """
    if seconds is None:
        return ""
    if seconds < 59.5:  # noqa: PLR2004 - what rounds to a minute is one
        return f"{seconds:.1f} s" if 0 < seconds < 0.95 else f"{seconds:.0f} s"  # noqa: PLR2004
    if seconds < 59.5 * MINUTE:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 23.95 * HOUR:
        return f"{_tenth(seconds / HOUR)} h"
    return f"{_tenth(seconds / DAY)} d"


def _tenth(number: float) -> str:
    return f"{number:.0f}" if number >= 99.5 else f"{number:.1f}".removesuffix(".0")  # noqa: PLR2004
