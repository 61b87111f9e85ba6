"""From a parsed document, plain dictionaries and lists, to settings, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from journeymap.errors import suggest
from journeymap.settings.faults import TABLES, Fault, Place
from journeymap.settings.schema import (
    CUSTOMERS,
    EVENTS,
    JOURNEY,
    MAP_TABLES,
    RULE,
    SEGMENT,
    THEME,
    TOUCHPOINT_TABLES,
    WATCH,
    Entry,
    Read,
    kind_of,
    read_text,
    read_texts,
)
from journeymap.settings.values import (
    CustomerSettings,
    EventSettings,
    JourneySettings,
    SegmentRule,
    SegmentSettings,
    Settings,
    ThemeSettings,
    TouchpointRule,
    TouchpointSettings,
    WatchSettings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Rule = TypeVar("_Rule", TouchpointRule, SegmentRule)
_HOMES: Final = {
    "events": EVENTS,
    "customers": CUSTOMERS,
    "touchpoints": TOUCHPOINT_TABLES,
    "journey": JOURNEY,
    "map": MAP_TABLES,
    "theme": THEME,
    "watch": WATCH,
}


def read_document(document: Mapping[str, object]) -> tuple[Settings, list[Fault]]:
    """Read settings from a document.

    Parameters
    ----------
    document
        Tables as dictionaries, lists as lists.

    Returns
    -------
    settings
        What could be read. It is of use only where there are no faults.
    faults
        Unknown entries, wrong types and missing entries.

    Examples
    --------
    >>> settings, faults = read_document({"journey": {"goal": "order", "gapp": "30d"}})
    >>> settings.journey.goal
    ('order',)
    >>> [str(fault) for fault in faults]
    ['[journey] gapp: there is no such entry']
    """
    faults: list[Fault] = []
    for key, value in document.items():
        if key not in TABLES:
            faults.append(_unknown_at_top(key, value))

    def table(name: str) -> Mapping[str, object]:
        return _table((name,), document.get(name, {}), faults)

    touchpoints = _known(("touchpoints",), table("touchpoints"), TOUCHPOINT_TABLES, faults)
    on_map = _known(("map",), table("map"), MAP_TABLES, faults)
    settings = Settings(
        events=EventSettings(**_fields(("events",), table("events"), EVENTS, faults)),
        customers=CustomerSettings(**_fields(("customers",), table("customers"), CUSTOMERS, faults)),
        touchpoints=TouchpointSettings(
            rename=_pairs(("touchpoints", "rename"), touchpoints.get("rename", {}), read_text, faults),
            patterns=_pairs(("touchpoints", "patterns"), touchpoints.get("patterns", {}), read_text, faults),
            drop=_texts(("touchpoints", "drop"), touchpoints.get("drop", []), faults),
            rules=_rules(("touchpoints", "rule"), touchpoints.get("rule", []), TouchpointRule, faults),
        ),
        stages=_pairs(("stages",), document.get("stages", {}), read_texts, faults),
        channels=_pairs(("channels",), document.get("channels", {}), read_texts, faults),
        journey=JourneySettings(**_fields(("journey",), table("journey"), JOURNEY, faults)),
        segments=_segments(table("segments"), faults),
        notes=_pairs(("map", "notes"), on_map.get("notes", {}), read_text, faults),
        kpis=_pairs(("map", "kpis"), on_map.get("kpis", {}), read_text, faults),
        owners=_pairs(("map", "owners"), on_map.get("owners", {}), read_text, faults),
        theme=ThemeSettings(**_fields(("theme",), table("theme"), THEME, faults)),
        roles=_pairs(("roles",), document.get("roles", {}), read_texts, faults),
        playbook=_pairs(("playbook",), document.get("playbook", {}), read_text, faults),
        watch=WatchSettings(**_fields(("watch",), table("watch"), WATCH, faults)),
    )
    return settings, faults


def write_document(settings: Settings) -> dict[str, Any]:
    """Write settings as a document that :func:`read_document` reads the same ones from.

    What has its default value is left out.

    Examples
    --------
    >>> write_document(Settings(journey=JourneySettings(gap_us=None, goal=("order",))))
    {'journey': {'gap': 'none', 'goal': ['order']}}
    """
    touchpoints = settings.touchpoints
    document: dict[str, Any] = {
        "events": _written(settings.events, EVENTS),
        "customers": _written(settings.customers, CUSTOMERS),
        "touchpoints": _filled(
            {
                "drop": list(touchpoints.drop),
                "rename": dict(touchpoints.rename),
                "patterns": dict(touchpoints.patterns),
                "rule": [_written(rule, RULE) for rule in touchpoints.rules],
            }
        ),
        "stages": {name: list(patterns) for name, patterns in settings.stages},
        "channels": {name: list(patterns) for name, patterns in settings.channels},
        "journey": _written(settings.journey, JOURNEY),
        "segments": {name: _written(segment, SEGMENT) for name, segment in settings.segments},
        "map": _filled({"notes": dict(settings.notes), "kpis": dict(settings.kpis), "owners": dict(settings.owners)}),
        "theme": _written(settings.theme, THEME),
        "roles": {name: list(patterns) for name, patterns in settings.roles},
        "playbook": dict(settings.playbook),
        "watch": _written(settings.watch, WATCH),
    }
    return _filled(document)


def _filled(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value}


def _written(value: Any, entries: Mapping[str, Entry]) -> dict[str, object]:  # noqa: ANN401 - any of the values
    defaults = {field.name: field.default for field in fields(value)}
    return {
        key: entry.write(getattr(value, entry.field))
        for key, entry in entries.items()
        if getattr(value, entry.field) != defaults[entry.field]
    }


def _table(place: Place, value: object, faults: list[Fault]) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    faults.append(Fault(place, f"must be a table, not {kind_of(value)}"))
    return {}


def _known(place: Place, table: Mapping[str, object], known: Iterable[str], faults: list[Fault]) -> dict[str, object]:
    names = set(known)
    faults.extend(
        Fault((*place, key), "there is no such entry", hint=_meant(key, names)) for key in table if key not in names
    )
    return {key: value for key, value in table.items() if key in names}


def _meant(key: str, names: set[str]) -> str:
    """Say which entry was meant: one of these, or one of the same name in another table."""
    homes = [f"[{home}]" for home, entries in _HOMES.items() if key in entries]
    return f"It belongs in {' or '.join(homes)}." if homes else suggest(key, names)


def _unknown_at_top(key: str, value: object) -> Fault:
    if isinstance(value, dict):
        return Fault((key,), "there is no such table", hint=_meant(key, set(TABLES)))
    return Fault((key,), "there is no such entry outside of the tables", hint=_meant(key, set(TABLES)))


def _fields(
    place: Place, table: Mapping[str, object], entries: Mapping[str, Entry], faults: list[Fault]
) -> dict[str, Any]:
    """Read a table with fixed entries into the fields of its value."""
    values: dict[str, Any] = {}
    for key, value in _known(place, table, entries, faults).items():
        values[entries[key].field] = entries[key].read((*place, key), value, faults)
    for key, entry in entries.items():
        if entry.required and key not in table:
            faults.append(Fault((*place, key), "is missing"))
            values[entry.field] = "(missing)"
    return values


def _pairs(place: Place, value: object, read: Read, faults: list[Fault]) -> tuple[tuple[str, Any], ...]:
    table = _table(place, value, faults)
    return tuple((key, read((*place, key), item, faults)) for key, item in table.items())


def _texts(place: Place, value: object, faults: list[Fault]) -> Any:  # noqa: ANN401 - a tuple of texts
    return read_texts(place, value, faults)


def _rules(place: Place, value: object, kind: type[_Rule], faults: list[Fault]) -> tuple[_Rule, ...]:
    if not isinstance(value, list):
        hint = f"Head each rule with [[{'.'.join(map(str, place))}]], with two brackets on each side."
        faults.append(Fault(place, f"must be a list of tables, not {kind_of(value)}", hint=hint))
        return ()
    rules = []
    for index, item in enumerate(value):
        if isinstance(item, dict):
            rules.append(kind(**_fields((*place, index), item, RULE, faults)))
        else:
            _table((*place, index), item, faults)
            rules.append(kind(name="(missing)", when="(missing)"))
    return tuple(rules)


def _segments(table: Mapping[str, object], faults: list[Fault]) -> tuple[tuple[str, SegmentSettings], ...]:
    segments = []
    for name, value in table.items():
        place = ("segments", name)
        if isinstance(value, dict):
            read = _fields(place, value, SEGMENT, faults)
            if "rules" in read:
                read["rules"] = _rules((*place, "rule"), read["rules"], SegmentRule, faults)
            segments.append((name, SegmentSettings(**read)))
        else:
            hint = "Head it with [segments.NAME] and write column = ... below."
            faults.append(Fault(place, f"must be a table, not {kind_of(value)}", hint=hint))
    return tuple(segments)
