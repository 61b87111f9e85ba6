"""A store that is added to: what it was built with holds, whether it is said again or left out."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final, TypeVar

from journeymap.errors import ExpressionError, StoreError
from journeymap.settings import EventSettings, JourneySettings, Settings, format_duration
from journeymap.store.expressions import parse_arithmetic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.store.store import Store

_Part = TypeVar("_Part")

_COLUMN_ROLES: Final = ("customer", "timestamp", "touchpoint", "channel", "value", "score", "event_id")
_MEANINGS: Final = ("timezone", "time_format", "keep_duplicates")
"""What makes other events of the same rows; the delimiter and the encoding are of each file."""
_PLAIN: Final = Settings()


def settings_for_more(store: Store, given: Settings) -> Settings:
    """Give the settings for further events: what a journey is stays, and what is only shown may change.

    Raises
    ------
    StoreError
        When the settings say that journeys, touchpoints or lines are to be read in another way.
    """
    built = store.settings
    differing = [
        f"[{name}]"
        for name in ("touchpoints", "stages", "channels")
        if getattr(given, name) not in (getattr(_PLAIN, name), getattr(built, name))
    ]
    for item in fields(JourneySettings):
        said = getattr(given.journey, item.name)
        if item.name != "minimum_customers" and said not in (
            getattr(_PLAIN.journey, item.name),
            getattr(built.journey, item.name),
        ):
            differing.append(f"[journey] {item.name.removesuffix('_us')}")
    differing += [
        f"[events] {name}"
        for name in ("one_event_per", "journey")
        if getattr(given.events, name) != getattr(built.events, name)
    ]
    if differing:
        raise StoreError(
            f"{store.name} was built with other settings: {', '.join(differing)}.",
            hint="Ingest all sources into a new store with the new settings, or leave these settings out.",
        )
    minimum = _said(given.journey.minimum_customers, _PLAIN.journey.minimum_customers, built.journey.minimum_customers)
    return replace(
        built,
        journey=replace(built.journey, minimum_customers=minimum),
        events=given.events,
        customers=given.customers,
        segments=given.segments or built.segments,
        notes=given.notes or built.notes,
        kpis=given.kpis or built.kpis,
        owners=given.owners or built.owners,
        theme=_said(given.theme, _PLAIN.theme, built.theme),
        roles=given.roles or built.roles,
        playbook=given.playbook or built.playbook,
        watch=_said(given.watch, _PLAIN.watch, built.watch),
    )


def events_as_built(built: EventSettings, given: EventSettings, columns: Sequence[str]) -> EventSettings:
    """Read further rows as those before them were read, where nothing else is said: else they would be other events.

    Parameters
    ----------
    built
        How the store's events were read.
    given
        How these are to be read.
    columns
        The columns that these rows have: a column that is not there is not named.
    """
    plain = _PLAIN.events
    kept = {name: getattr(built, name) for name in _MEANINGS if getattr(given, name) == getattr(plain, name)}
    if given.touchpoint is None and given.touchpoint_name is None:
        kept["touchpoint_name"] = built.touchpoint_name
    for role in _COLUMN_ROLES:
        named = getattr(built, role)
        is_free = getattr(given, role) is None and not (role == "touchpoint" and given.touchpoint_name is not None)
        if is_free and named is not None and _is_there(role, named, columns):
            kept[role] = named
    return replace(given, **kept)


def events_to_keep(built: EventSettings, used: EventSettings) -> EventSettings:
    """Give what the next rows are to be read by: what the store was built with, and columns that were named later.

    What was said of some files alone, such as another time zone, is not taken for those that follow.
    """
    columns = {role: getattr(built, role) or getattr(used, role) for role in _COLUMN_ROLES}
    if built.touchpoint_name is not None:
        columns["touchpoint"] = built.touchpoint
    return replace(built, **columns)


def notes_on_what_stays(given: Settings, used: Settings) -> tuple[str, ...]:
    """Say what stays as the store was built, where the settings may have said what is usual."""
    stays = []
    for part in ("events", "journey"):
        for item in fields(getattr(_PLAIN, part)):
            usual, now = getattr(getattr(_PLAIN, part), item.name), getattr(getattr(used, part), item.name)
            if usual is not None and usual != () and getattr(getattr(given, part), item.name) == usual != now:
                shown = format_duration(now) if item.name.endswith("_us") else now
                stays.append(f"[{part}] {item.name.removesuffix('_us')} {shown}")
    return (f"As the store was built before: {', '.join(stays)}.",) if stays else ()


def _said(given: _Part, usual: _Part, built: _Part) -> _Part:
    return built if given == usual else given


def _is_there(role: str, named: str, columns: Sequence[str]) -> bool:
    if named.lower() in {column.lower() for column in columns}:
        return True
    if role != "value":
        return False
    try:
        parse_arithmetic(named, {column: column for column in columns}, what="--value")
    except ExpressionError:
        return False
    return True
