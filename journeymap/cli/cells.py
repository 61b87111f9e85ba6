"""How values look in a table: percent, readable times, thousands; what each column of the records is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from journeymap.cli.talk import visible
from journeymap.model.period import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PATH_SEPARATOR: Final = " > "
_UNITS: Final = (("s", 1.0, 60.0), ("min", 60.0, 3600.0), ("h", 3600.0, 86_400.0))
_DAY: Final = 86_400.0
_SMALL_Q: Final = 0.001
_PLAIN_BELOW: Final = 100


def percent(share: float) -> str:
    """Write a share as percent.

    Examples
    --------
    >>> percent(0.1234), percent(1.0), percent(-0.0001)
    ('12.3 %', '100.0 %', '0.0 %')
    """
    return f"{share * 100:z.1f} %"


def duration(seconds: float) -> str:
    """Write seconds in the unit that they are read in.

    Examples
    --------
    >>> [duration(seconds) for seconds in (0, 4.24, 45, 59.7, 192, 3599, 7560, 345600)]
    ['0 s', '4.2 s', '45 s', '1.0 min', '3.2 min', '1.0 h', '2.1 h', '4.0 d']
    """
    for name, unit, next_unit in _UNITS:
        decimals = 0 if name == "s" and (seconds == int(seconds) or seconds >= 10) else 1  # noqa: PLR2004 - two digits
        shown = round(seconds / unit, decimals)
        if shown * unit < next_unit:
            return f"{shown:.{decimals}f} {name}"
    return f"{seconds / _DAY:,.1f} d"


def count(number: float) -> str:
    """Write a whole number with thousands separators; others with what they need.

    Examples
    --------
    >>> count(61190), count(0.5)
    ('61,190', '0.5')
    """
    return f"{number:,.0f}" if number == int(number) else f"{number:,g}"


def _amount(number: float) -> str:
    if number == 0:
        return "0"
    return f"{number:,.0f}" if abs(number) >= _PLAIN_BELOW else f"{number:z,.2f}"


def _decimals(number: float) -> str:
    return f"{number:z.2f}"


def _bits(number: float) -> str:
    return f"{number:.4f}"


def _thousandths(number: float) -> str:
    return f"{number:.3f}"


def _q_value(number: float) -> str:
    return f"< {_SMALL_Q}" if number < _SMALL_Q else f"{number:.3f}"


def _tenths(number: float) -> str:
    return f"{number:z,.1f}"


def points(change: float) -> str:
    """Write the difference of two shares in percentage points.

    Examples
    --------
    >>> points(0.0868), points(-0.5), points(-0.0001)
    ('+8.7 pp', '-50.0 pp', '0.0 pp')
    """
    shown = f"{change * 100:+.1f}"
    return f"{shown.strip('+-') if float(shown) == 0 else shown} pp"


def _instant(at_us: float) -> str:
    moment = moment_of(int(at_us))
    return moment.strftime("%Y-%m-%d %H:%M")


_LOOKS: Final[dict[str, Callable[[float], str]]] = {
    **dict.fromkeys(
        (
            "probability", "drop_rate", "rate", "baseline", "journey_share", "share", "overall_conversion",
            "step_conversion", "conversion_rate", "ci_low", "ci_high", "conversion_from", "removal_effect",
            "converted_share", "chance_before", "chance_after", "mended_rate", "lowest_rate", "highest_rate", "rate_a",
            "rate_b", "share_a", "share_b", "value_share",
            "in_time_rate", "abandoned_rate", "share_before", "rate_control",
            "rate_treatment",
        ),
        percent,
    ),
    **dict.fromkeys(("median_seconds", "mean_seconds", "p90_seconds", "seconds"), duration),
    **dict.fromkeys(("lift", "severity", "mean_steps", "certainty", "stability", "ratio", "effect_size"), _decimals),
    **dict.fromkeys(
        ("value", "revenue_at_risk", "opportunity", "revenue", "value_control", "value_treatment", "value_difference"),
        _amount,
    ),
    **dict.fromkeys(("decided", "change", "difference", "mix_effect", "rate_effect"), points),
    "conversions": _tenths,
    **dict.fromkeys(("first_us", "last_us"), _instant),
    **dict.fromkeys(
        ("q_value", "p_value", "conversion_p", "conversion_q", "path_p", "path_q", "ratio_p", "value_p", "value_q"),
        _q_value,
    ),
    **dict.fromkeys(("drift", "drift_by_chance"), _thousandths),
    "is_reported": lambda is_so: "yes" if is_so else "",
    "conversion_effect": _decimals,
    "path_divergence": _bits,
    "is_reversed": lambda is_so: "yes" if is_so else "",
}  # fmt: skip
_HEADINGS: Final = {
    "first_us": "first event",
    "last_us": "last event",
    "q_value": "q value",
    "p_value": "p value",
    "seconds": "time",
    "ratio_p": "ratio p value",
    "value_p": "value p value",
    "value_q": "value q value",
    "conversion_q": "conversion q",
    "path_q": "path q",
}
INTERVAL: Final = "95 % interval"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table.

    Attributes
    ----------
    name
        The record's field.
    heading
        What stands above it.
    cells
        Its cells as text.
    is_number
        Whether it stands on the right, and is never folded.
    is_level
        Whether it holds the levels of a segment.
    """

    name: str
    heading: str
    cells: list[str]
    is_number: bool = False
    is_level: bool = False


def table_columns(names: Sequence[str], records: Sequence[dict[str, Any]], *, n_levels: int) -> list[Column]:
    """Give the columns of a table: the two ends of an interval are one of them.

    Parameters
    ----------
    names
        The records' fields in order.
    records
        The rows; a missing value is None.
    n_levels
        How many of the first fields are levels of segments, and so texts whatever they are called.
    """
    fields = names[n_levels:]
    has_interval = "ci_low" in fields and "ci_high" in fields
    columns = [
        Column(name, visible(name), [_text(record[name]) for record in records], is_level=True)
        for name in names[:n_levels]
    ]
    for name in fields:
        values = [record[name] for record in records]
        base = name.removesuffix("_low").removesuffix("_high")
        if (has_interval and name == "ci_high") or (name.endswith("_high") and f"{base}_low" in fields):
            continue
        if has_interval and name == "ci_low":
            look = _LOOKS["difference" if "difference" in fields else "ci_low"]
            cells = [_range(record["ci_low"], record["ci_high"], look) for record in records]
            columns.append(Column(name, INTERVAL, cells, is_number=True))
        elif name.endswith("_low") and f"{base}_high" in fields:
            look = _LOOKS.get(base, count)
            cells = [_range(record[name], record[f"{base}_high"], look) for record in records]
            columns.append(Column(name, INTERVAL, cells, is_number=True))
        elif any(isinstance(value, str | list) for value in values):
            columns.append(Column(name, _heading(name), [_text(value) for value in values]))
        else:
            look = _LOOKS.get(name, count)
            cells = ["" if value is None else look(value) for value in values]
            columns.append(Column(name, _heading(name), cells, is_number=True))
    return columns


def _heading(name: str) -> str:
    return _HEADINGS.get(name, name.replace("_seconds", "_time").replace("_", " "))


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low * 100:.1f}–{high * 100:.1f} %"  # noqa: RUF001 - a range


def _range(low: float | None, high: float | None, look: Callable[[float], str]) -> str:
    """Write an interval as its column looks; a side that is not known is left open.

    Examples
    --------
    >>> _range(0.099, 0.109, points), _range(86_400 * 75, None, duration), _range(0.1, 0.2, percent)
    ('+9.9 to +10.9 pp', 'over 75.0 d', '10.0\u201320.0 %')
    """
    if look is percent and low is not None and high is not None:
        return _interval(low, high)
    if low is None or high is None:
        return (
            ""
            if low is high
            else f"up to {look(high)}"
            if low is None and high is not None
            else f"over {look(low or 0)}"
        )
    first, last = look(low), look(high)
    number, _, unit = first.rpartition(" ")
    return f"{number if number and last.endswith(f' {unit}') else first} to {last}"


def _text(value: str | Iterable[str] | None) -> str:
    if value is None:
        return ""
    return visible(value if isinstance(value, str) else PATH_SEPARATOR.join(str(item) for item in value))
