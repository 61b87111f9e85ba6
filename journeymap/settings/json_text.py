"""Settings as JSON text, for the journey store.

The text holds every field, those with default values too, so that a store keeps the settings it was built
with when a later version changes a default.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from journeymap.errors import SettingsError
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


def settings_to_json(settings: Settings) -> str:
    """Write settings as one line of JSON.

    Parameters
    ----------
    settings
        The settings; they are not checked.

    Returns
    -------
    str
        JSON with every field; pairs and lists are lists, lengths of time are microseconds.

    Examples
    --------
    >>> settings_from_json(settings_to_json(Settings())) == Settings()
    True
    """
    try:
        return json.dumps(asdict(settings), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise SettingsError("The settings hold a number that is not finite.") from error


def settings_from_json(text: str) -> Settings:
    """Read the text that :func:`settings_to_json` wrote.

    Parameters
    ----------
    text
        The JSON text.

    Returns
    -------
    Settings
        Equal to those that were written. Fields that are not there have their defaults.

    Raises
    ------
    SettingsError
        When the text is no such JSON.

    Examples
    --------
    >>> settings_from_json('{"journey": {"gap_us": null}}').journey.gap_us is None
    True
    """
    try:
        fields = _frozen(json.loads(text))
        touchpoints = dict(fields.pop("touchpoints", {}))
        rules = tuple(TouchpointRule(**rule) for rule in touchpoints.pop("rules", ()))
        return Settings(
            events=EventSettings(**fields.pop("events", {})),
            customers=CustomerSettings(**fields.pop("customers", {})),
            touchpoints=TouchpointSettings(**touchpoints, rules=rules),
            journey=JourneySettings(**fields.pop("journey", {})),
            segments=tuple((name, _segment(segment)) for name, segment in fields.pop("segments", ())),
            theme=ThemeSettings(**dict(fields.pop("theme", {}))),
            watch=WatchSettings(**dict(fields.pop("watch", {}))),
            **fields,
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise SettingsError(
            "The stored settings cannot be read.",
            hint="They may come from a newer version of journeymap, or be damaged.",
        ) from error


def _segment(fields: dict[str, Any]) -> SegmentSettings:
    rules = tuple(SegmentRule(**rule) for rule in fields.pop("rules", ()))
    return SegmentSettings(**fields, rules=rules)


def _frozen(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value
