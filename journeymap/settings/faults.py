"""What is wrong with settings, where it is, and one error for all of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from journeymap.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Place: TypeAlias = tuple[str | int, ...]
"""Where something stands: the keys and list positions from the top, such as ``("journey", "goal", 0)``."""

TABLES: Final = (
    "events",
    "customers",
    "touchpoints",
    "stages",
    "channels",
    "journey",
    "segments",
    "map",
    "roles",
    "playbook",
    "theme",
    "watch",
)
_INNER_TABLES: Final = (
    ("touchpoints", "rename"),
    ("touchpoints", "patterns"),
    ("map", "notes"),
    ("map", "kpis"),
    ("map", "owners"),
)
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes
    ----------
    place
        The entry.
    message
        What is wrong with it.
    hint
        What there is instead, or what to do.
    rests_on
        Other entries that the finding rests on. It says nothing where one of them cannot be read.
    """

    place: Place
    message: str
    hint: str = ""
    rests_on: tuple[Place, ...] = ()

    def __str__(self) -> str:
        return f"{describe(self.place)}: {self.message}"


def shown(value: object) -> str:
    r"""Write a value of the user's on one line, shortened.

    Examples
    --------
    >>> shown("two\nlines")
    "'two\\nlines'"
    >>> shown(True)
    'true'
    """
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def choice(place: Place, text: str, choices: tuple[str, ...]) -> Iterator[Fault]:
    """Find fault with a text that is none of the choices."""
    if text not in choices:
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        yield Fault(place, f"must be {listed}, not {shown(text)}")


def _key(key: str | int) -> str:
    text = str(key)
    return text if _BARE_KEY.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def describe(place: Place) -> str:
    """Name an entry the way it is written in the file.

    Examples
    --------
    >>> describe(("journey", "goal", 0))
    '[journey] goal'
    >>> describe(("segments", "age group", "bins"))
    '[segments."age group"] bins'
    >>> describe(("touchpoints", "rule", 1, "when"))
    '[[touchpoints.rule]] number 2, when'
    >>> describe(("segments", "loyalty", "rule", 0, "when"))
    '[[segments.loyalty.rule]] number 1, when'
    """
    if len(place) == 1:
        return f"[{place[0]}]" if place[0] in TABLES else _key(place[0])
    match place:
        case ("touchpoints", "rule", int(index), *rest):
            header = f"[[touchpoints.rule]] number {index + 1}"
            return ", ".join([header, *map(_key, rest)])
        case ("segments", name, "rule", int(index), *rest):
            header = f"[[segments.{_key(name)}.rule]] number {index + 1}"
            return ", ".join([header, *map(_key, rest)])
    size = 2 if place[0] == "segments" or place[:2] in _INNER_TABLES else 1
    header = "[" + ".".join(map(_key, place[:size])) + "]"
    return " ".join([header, *(_key(key) for key in place[size:] if isinstance(key, str))])


def related(one: Place, other: Place) -> bool:
    """Say whether one place holds the other.

    Examples
    --------
    >>> related(("journey",), ("journey", "gap")), related(("journey", "goal"), ("journey", "gap"))
    (True, False)
    """
    size = min(len(one), len(other))
    return one[:size] == other[:size]


def line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    """Give the line of a place, or of the nearest thing around it that has one.

    Examples
    --------
    >>> line_of(("journey", "goal", 0), {("journey",): 1, ("journey", "goal"): 2})
    2
    """
    sizes = range(len(place), 0, -1)
    return next((lines[place[:size]] for size in sizes if place[:size] in lines), None)


def settings_error(faults: Iterable[Fault], *, origin: str, lines: Mapping[Place, int]) -> SettingsError:
    """Make one error of all the faults, in the order of their lines.

    Parameters
    ----------
    faults
        What is wrong, at least one.
    origin
        What the settings are called.
    lines
        The line of each place; empty where the settings come from no file.

    Returns
    -------
    SettingsError
        To be raised.

    Examples
    --------
    >>> fault = Fault(("journey", "gap"), "must be a text", hint="Write 30d.")
    >>> print(settings_error([fault], origin="shop.toml", lines={("journey", "gap"): 3}))
    shop.toml, line 3: [journey] gap: must be a text.
    Write 30d.
    """
    placed = sorted(((line_of(fault.place, lines), fault) for fault in faults), key=lambda pair: pair[0] or 0)
    if len(placed) == 1:
        line, fault = placed[0]
        where = origin if line is None else f"{origin}, line {line}"
        return SettingsError(f"{where}: {fault}.", hint=fault.hint)
    rows = [f"  {'' if line is None else f'line {line}: '}{fault}. {fault.hint}".rstrip() for line, fault in placed]
    return SettingsError("\n".join([f"{origin}: {len(rows)} faults.", *rows]))
