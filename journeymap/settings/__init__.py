"""Settings: frozen values that round-trip to ``journeymap.toml``."""

from __future__ import annotations

from journeymap.settings.checks import check_settings
from journeymap.settings.durations import format_duration, parse_duration, parse_gap
from journeymap.settings.json_text import settings_from_json, settings_to_json
from journeymap.settings.toml_file import dump_settings, load_settings, parse_settings
from journeymap.settings.values import (
    CustomerSettings,
    EndAt,
    EventSettings,
    JourneySettings,
    PeriodLength,
    SegmentKind,
    SegmentRule,
    SegmentSettings,
    Settings,
    ThemeSettings,
    TouchpointRule,
    TouchpointSettings,
    WatchSettings,
    effective_horizon_us,
)

__all__ = [
    "CustomerSettings",
    "EndAt",
    "EventSettings",
    "JourneySettings",
    "PeriodLength",
    "SegmentKind",
    "SegmentRule",
    "SegmentSettings",
    "Settings",
    "ThemeSettings",
    "TouchpointRule",
    "TouchpointSettings",
    "WatchSettings",
    "check_settings",
    "dump_settings",
    "effective_horizon_us",
    "format_duration",
    "load_settings",
    "parse_duration",
    "parse_gap",
    "parse_settings",
    "settings_from_json",
    "settings_to_json",
]
