"""The entries of the settings file: their tables, their types, and the fields that they fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from journeymap.errors import QuestionError
from journeymap.settings.durations import format_duration, parse_duration, parse_gap
from journeymap.settings.faults import Fault, Place, shown

Read: TypeAlias = Callable[[Place, object, list[Fault]], object]
"""Turns what stands in the file into a field's value. It adds what is wrong to the list of faults, and then
gives whatever is as close as can be, so that the other entries can still be looked at."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a table.

    Attributes
    ----------
    field
        The field of the settings value that it fills.
    read
        From the file's value to the field's.
    write
        From the field's value to the file's.
    required
        Whether the table needs it.
    """

    field: str
    read: Read
    write: Callable[[object], object] = lambda value: value
    required: bool = False


def read_text(place: Place, value: object, faults: list[Fault]) -> object:
    """Read a text."""
    if isinstance(value, str):
        return value
    faults.append(Fault(place, f"must be a text in quotes, not {kind_of(value)}"))
    return f"(item {place[-1]})"


def _read_flag(place: Place, value: object, faults: list[Fault]) -> object:
    if not isinstance(value, bool):
        faults.append(Fault(place, f"must be true or false, not {kind_of(value)}"))
    return value is True


def _read_whole(place: Place, value: object, faults: list[Fault]) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    faults.append(Fault(place, f"must be a whole number, not {kind_of(value)}"))
    return 0


def _read_number(place: Place, value: object, faults: list[Fault]) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            faults.append(Fault(place, "is out of range"))
    else:
        faults.append(Fault(place, f"must be a number, not {kind_of(value)}"))
    return 0.0


def _list_of(read: Read, name: str) -> Read:
    def read_list(place: Place, value: object, faults: list[Fault]) -> object:
        if isinstance(value, dict):
            faults.append(Fault(place, f"must be a list of {name}, not {kind_of(value)}"))
            return ()
        if not isinstance(value, list):
            return (read(place, value, faults),)
        return tuple(read((*place, index), item, faults) for index, item in enumerate(value))

    return read_list


read_texts: Final = _list_of(read_text, "texts")
"""Reads a list of texts, or one text as a list of one."""


def _read_length(place: Place, value: object, faults: list[Fault], *, endless: bool) -> int | None:
    if not isinstance(value, str):
        example = '"30d" or "none"' if endless else '"30d"'
        faults.append(Fault(place, f"must be a length of time in quotes, such as {example}, not {kind_of(value)}"))
        return None
    if value.strip().lower() == "none" and not endless:
        faults.append(Fault(place, "cannot be none", hint="Leave it out, or give a length such as 30d."))
        return None
    try:
        return parse_gap(value)
    except QuestionError as error:
        reason = error.message.partition(": ")[2].rstrip(".")
        faults.append(Fault(place, reason, hint=error.hint))
        return None


def _read_gap(place: Place, value: object, faults: list[Fault]) -> object:
    return _read_length(place, value, faults, endless=True)


def _read_duration(place: Place, value: object, faults: list[Fault]) -> object:
    return _read_length(place, value, faults, endless=False)


def _write_length(value: object) -> object:
    return format_duration(value if isinstance(value, int) else None)


def _write_list(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _write_numbers(value: object) -> object:
    numbers = value if isinstance(value, tuple) else ()
    return [int(item) if float(item).is_integer() and abs(item) < _WHOLE_BELOW else item for item in numbers]


def _read_as_is(_place: Place, value: object, _faults: list[Fault]) -> object:
    """Leave a list of tables to whoever knows what they are."""
    return value


def _write_rules(value: object) -> object:
    rules = value if isinstance(value, tuple) else ()
    return [{"name": rule.name, "when": rule.when} for rule in rules]


def length_can_be_written(length_us: int) -> bool:
    """Say whether a length of time is one that the file can hold.

    Examples
    --------
    >>> length_can_be_written(1), length_can_be_written(0)
    (True, False)
    """
    try:
        return parse_duration(format_duration(length_us)) == length_us
    except QuestionError:
        return False


def kind_of(value: object) -> str:
    """Say what a value from the file is.

    Examples
    --------
    >>> kind_of(3), kind_of("x"), kind_of([])
    ('the number 3', "the text 'x'", 'a list')
    """
    if isinstance(value, bool):
        return shown(value)
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, int | float):
        return f"the number {shown(value)}"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date or time"


_WHOLE_BELOW: Final = 1e15

EVENTS: Final = {
    **{
        name: Entry(name, read_text)
        for name in (
            "customer",
            "timestamp",
            "touchpoint",
            "channel",
            "value",
            "score",
            "event_id",
            "journey",
            "touchpoint_name",
            "one_event_per",
        )
    },
    "keep_duplicates": Entry("keep_duplicates", _read_flag),
    **{name: Entry(name, read_text) for name in ("timezone", "time_format", "delimiter", "encoding")},
}
CUSTOMERS: Final = {"file": Entry("file", read_text), "customer": Entry("customer", read_text)}
RULE: Final = {
    "name": Entry("name", read_text, required=True),
    "when": Entry("when", read_text, required=True),
}
JOURNEY: Final = {
    "gap": Entry("gap_us", _read_gap, _write_length),
    "horizon": Entry("horizon_us", _read_duration, _write_length),
    "session_timeout": Entry("session_timeout_us", _read_duration, _write_length),
    "goal": Entry("goal", read_texts, _write_list),
    "final": Entry("final", read_texts, _write_list),
    "end_at": Entry("end_at", read_text),
    "minimum_customers": Entry("minimum_customers", _read_whole),
}
SEGMENT: Final = {
    "column": Entry("column", read_text),
    "kind": Entry("kind", read_text),
    "of": Entry("of", read_texts, _write_list),
    "path": Entry("path", read_texts, _write_list),
    "depth": Entry("depth", _read_whole),
    "bins": Entry("bins", _list_of(_read_number, "numbers"), _write_numbers),
    "quantiles": Entry("quantiles", _read_whole),
    "labels": Entry("labels", read_texts, _write_list),
    "as_of": Entry("as_of", read_text),
    "at_risk": Entry("at_risk_us", _read_duration, _write_length),
    "lapsed": Entry("lapsed_us", _read_duration, _write_length),
    "loyal": Entry("loyal", _read_whole),
    "other": Entry("other", read_text),
    "rule": Entry("rules", _read_as_is, _write_rules),
}
THEME: Final = {
    "style": Entry("style", read_text),
    "font": Entry("font", read_texts, _write_list),
    "logo": Entry("logo", read_text),
    **{name: Entry(name, read_text) for name in ("accent", "loss", "text", "paper", "line", "back")},
    "palette": Entry("palette", read_texts, _write_list),
    "scale": Entry("scale", read_texts, _write_list),
    "smallest_size": Entry("smallest_size", _read_number),
}
WATCH: Final = {
    "period": Entry("period", read_text),
    "periods_before": Entry("periods_before", _read_whole),
    **{
        name: Entry(name, _read_number)
        for name in ("conversion_drop", "conversion_drop_points", "share_change", "drift", "volume_drop")
    },
}
TOUCHPOINT_TABLES: Final = ("rename", "patterns", "drop", "rule")
MAP_TABLES: Final = ("notes", "kpis", "owners")
