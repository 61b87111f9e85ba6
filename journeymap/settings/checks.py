"""Whether the values of settings can be used, and go together."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from math import inf
from typing import TYPE_CHECKING, Final, get_args

from journeymap.errors import suggest
from journeymap.settings.faults import Fault, Place, choice, settings_error, shown
from journeymap.settings.schema import length_can_be_written
from journeymap.settings.segment_checks import segment_faults, segment_texts
from journeymap.settings.theme import theme_faults
from journeymap.settings.values import ROLES, EndAt, PeriodLength

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from journeymap.settings.values import EventSettings, JourneySettings, Settings, WatchSettings

ENCODINGS: Final = ("utf-8", "latin-1", "utf-16")


def check_settings(settings: Settings, *, origin: str = "The settings") -> None:
    """Check settings that come from somewhere else than a file: from Python, or a file and options.

    Parameters
    ----------
    settings
        The settings.
    origin
        What they are called in the error.

    Raises
    ------
    SettingsError
        Naming everything that is wrong with them.

    Examples
    --------
    >>> from journeymap.settings import JourneySettings, Settings
    >>> check_settings(Settings())
    >>> check_settings(Settings(journey=JourneySettings(minimum_customers=0)))
    Traceback (most recent call last):
    journeymap.errors.SettingsError: The settings: [journey] minimum_customers: must be at least 1, not 0.
    """
    faults = list(find_faults(settings))
    if faults:
        raise settings_error(faults, origin=origin, lines={})


def find_faults(settings: Settings) -> Iterator[Fault]:
    """Find what is wrong with the values of settings, types apart.

    Examples
    --------
    >>> from journeymap.settings import EventSettings, Settings
    >>> [fault.message for fault in find_faults(Settings(events=EventSettings(customer="")))]
    ['must not be empty']
    """
    yield from _empty(settings)
    yield from _named_twice(settings)
    yield from _events(settings.events)
    yield from _journey(settings.journey, from_column=settings.events.journey is not None)
    yield from _in_two_groups("stages", "stage", settings.stages)
    yield from _in_two_groups("channels", "channel", settings.channels)
    for name, segment in settings.segments:
        yield from segment_faults(("segments", name), segment)
    for name, _ in settings.roles:
        if name not in ROLES:
            yield Fault(("roles", name), f"is no role; there are {', '.join(ROLES)}")
    yield from theme_faults(settings.theme)
    yield from watch_faults(settings.watch)


def _empty(settings: Settings) -> Iterator[Fault]:
    delimiter: Place = ("events", "delimiter")  # a space or a tab is one
    for place, text in _texts(settings):
        if not text or (not text.strip() and place != delimiter):
            yield Fault(place, "must not be empty")


def _texts(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Give every text that stands for a name, a pattern or the like, and its place."""
    for table, value in (
        ("events", settings.events),
        ("customers", settings.customers),
        ("theme", settings.theme),
        ("watch", settings.watch),
    ):
        for field in fields(value):
            text = getattr(value, field.name)
            if isinstance(text, str):
                yield (table, field.name), text
    touchpoints = settings.touchpoints
    for place, pairs in (
        (("touchpoints", "rename"), touchpoints.rename),
        (("touchpoints", "patterns"), touchpoints.patterns),
        (("map", "notes"), settings.notes),
        (("playbook",), settings.playbook),
        (("map", "kpis"), settings.kpis),
        (("map", "owners"), settings.owners),
    ):
        for name, text in pairs:
            yield (*place, name), name if not name.strip() else text
    for index, rule in enumerate(touchpoints.rules):
        yield ("touchpoints", "rule", index, "name"), rule.name
        yield ("touchpoints", "rule", index, "when"), rule.when
    yield from _each(("touchpoints", "drop"), touchpoints.drop)
    for table, groups in (("stages", settings.stages), ("channels", settings.channels), ("roles", settings.roles)):
        for name, patterns in groups:
            yield (table, name), name
            yield from _each((table, name), patterns)
    yield from _each(("journey", "goal"), settings.journey.goal or ())
    yield from _each(("journey", "final"), settings.journey.final)
    for name, segment in settings.segments:
        yield ("segments", name), name
        yield from segment_texts(("segments", name), segment)
    for name in ("font", "palette", "scale"):
        yield from _each(("theme", name), getattr(settings.theme, name))


def _each(place: Place, texts: Iterable[str]) -> Iterator[tuple[Place, str]]:
    for index, text in enumerate(texts):
        yield (*place, index), text


def _named_twice(settings: Settings) -> Iterator[Fault]:
    """Find names that stand twice; a file cannot have them, values made in Python can."""
    tables: tuple[tuple[Place, Iterable[tuple[str, object]]], ...] = (
        (("touchpoints", "rename"), settings.touchpoints.rename),
        (("touchpoints", "patterns"), settings.touchpoints.patterns),
        (("stages",), settings.stages),
        (("channels",), settings.channels),
        (("segments",), settings.segments),
        (("map", "notes"), settings.notes),
        (("map", "kpis"), settings.kpis),
        (("map", "owners"), settings.owners),
        (("roles",), settings.roles),
        (("playbook",), settings.playbook),
    )
    for place, pairs in tables:
        for name, count in Counter(name for name, _ in pairs).items():
            if count > 1:
                yield Fault((*place, name), "is there twice")


def _events(events: EventSettings) -> Iterator[Fault]:
    if events.encoding.strip() and events.encoding not in ENCODINGS:
        yield Fault(
            ("events", "encoding"),
            f"{shown(events.encoding)} is not known",
            hint=suggest(events.encoding, ENCODINGS),
        )
    if events.delimiter is not None and any(sign in events.delimiter for sign in '\r\n"'):
        yield Fault(("events", "delimiter"), f"{shown(events.delimiter)} holds a line break or a double quote")
    if events.timezone.strip() and not _is_timezone(events.timezone):
        from zoneinfo import available_timezones

        hint = suggest(events.timezone, available_timezones())
        hint = hint if hint.startswith("Did you mean") else "Write a name such as Europe/Berlin or UTC."
        yield Fault(("events", "timezone"), f"{shown(events.timezone)} is no known time zone", hint=hint)


def _is_timezone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, or no path that the database could have
        return False
    return True


def _journey(journey: JourneySettings, *, from_column: bool) -> Iterator[Fault]:
    for key, length_us in (
        ("gap", journey.gap_us),
        ("horizon", journey.horizon_us),
        ("session_timeout", journey.session_timeout_us),
    ):
        if length_us is not None and not length_can_be_written(length_us):
            yield Fault(("journey", key), "must be more than 0 and at most 100 years")
    cut_by_gap = journey.gap_us is not None and not from_column
    if cut_by_gap and journey.horizon_us not in {None, journey.gap_us}:
        yield Fault(
            ("journey", "horizon"),
            "the horizon is the journey gap",
            hint='Set it only where gap = "none" or journeys come from a column.',
            rests_on=(("journey", "gap"), ("events", "journey")),
        )
    for index, name in enumerate(journey.final):
        if name in (journey.goal or ()):
            yield Fault(
                ("journey", "final", index),
                f"{shown(name)} is a goal too",
                hint="A final touchpoint ends a journey without success; name it in one of the two.",
            )
    yield from choice(("journey", "end_at"), journey.end_at, get_args(EndAt))
    if journey.minimum_customers < 1:
        yield Fault(("journey", "minimum_customers"), f"must be at least 1, not {shown(journey.minimum_customers)}")


def watch_faults(watch: WatchSettings) -> Iterator[Fault]:
    """Find what is wrong with limits.

    Examples
    --------
    >>> from journeymap.settings import WatchSettings
    >>> [str(fault) for fault in watch_faults(WatchSettings(share_change=5))]
    ['[watch] share_change: must be 0 to 1, not 5']
    """
    yield from choice(("watch", "period"), watch.period, get_args(PeriodLength))
    if watch.periods_before < 1:
        yield Fault(("watch", "periods_before"), f"must be at least 1, not {shown(watch.periods_before)}")
    for name in ("conversion_drop", "conversion_drop_points", "share_change", "volume_drop"):
        limit = getattr(watch, name)
        if limit is not None and not 0 <= limit <= 1:
            yield Fault(("watch", name), f"must be 0 to 1, not {shown(limit)}")
    if not 0 <= watch.drift < inf:
        yield Fault(("watch", "drift"), f"must be 0 or more, not {shown(watch.drift)}")


def _in_two_groups(table: str, word: str, groups: Iterable[tuple[str, tuple[str, ...]]]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, patterns in groups:
        for index, pattern in enumerate(patterns):
            if first.setdefault(pattern, name) != name:
                yield Fault(
                    (table, name, index),
                    f"the pattern {shown(pattern)} stands in the {word} {shown(first[pattern])} already",
                )
