"""From the options about raw files to settings."""

from __future__ import annotations

import codecs
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from journeymap.cli.talk import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.cli.options import Reading
    from journeymap.settings import EventSettings, JourneySettings, Settings

_ENCODINGS: Final = {"iso8859-1": "latin-1"}
_TABS: Final = frozenset({"\\t", "tab"})


def settings_for_reading(sources: Sequence[str], reading: Reading) -> Settings:
    """Give the settings of a file with the options put over them.

    Parameters
    ----------
    sources
        What is read. Where no settings file is named, ``journeymap.toml`` beside the first of them is taken, and
        that is said.
    reading
        The options.

    Raises
    ------
    JourneymapError
        When the settings file cannot be used, or an option is no length of time.
    """
    from journeymap.ingest.given import settings_beside, settings_for

    if reading.settings is None and (found := settings_beside(list(sources))) is not None:
        tell(f"Settings: {found}")
    base = settings_for(list(sources), reading.settings)
    return replace(base, events=_events(base.events, reading), journey=_journey(base.journey, reading))


def _events(base: EventSettings, reading: Reading) -> EventSettings:
    said: dict[str, Any] = {
        item.name: value for item in fields(base) if (value := getattr(reading, item.name)) not in (None, False)
    }
    # Two ways to name events exclude each other: the option takes the place of the settings' way.
    if "touchpoint_name" in said:
        said.setdefault("touchpoint", None)
    elif "touchpoint" in said:
        said.setdefault("touchpoint_name", None)
    if "encoding" in said:
        said["encoding"] = _encoding(said["encoding"])
    if said.get("delimiter") in _TABS:
        said["delimiter"] = "\t"
    return replace(base, **said)


def _journey(base: JourneySettings, reading: Reading) -> JourneySettings:
    from journeymap.settings import parse_duration, parse_gap

    said: dict[str, Any] = {}
    if reading.journey_gap is not None:
        said["gap_us"] = parse_gap(reading.journey_gap, what="--journey-gap")
        if said["gap_us"] is not None:
            said["horizon_us"] = None  # the gap is the horizon then
    if reading.horizon is not None:
        said["horizon_us"] = parse_duration(reading.horizon, what="--horizon")
    if reading.session_timeout is not None:
        said["session_timeout_us"] = parse_duration(reading.session_timeout, what="--session-timeout")
    if reading.goal:
        said["goal"] = tuple(reading.goal)
    if reading.final:
        said["final"] = tuple(reading.final)
    return replace(base, **said)


def _encoding(name: str) -> str:
    """Write an encoding's name as the settings do; an unknown one is left to their check.

    Examples
    --------
    >>> _encoding("UTF8"), _encoding("ISO-8859-1"), _encoding("klingon")
    ('utf-8', 'latin-1', 'klingon')
    """
    try:
        plain = codecs.lookup(name).name
    except LookupError:
        return name
    return _ENCODINGS.get(plain, plain)
