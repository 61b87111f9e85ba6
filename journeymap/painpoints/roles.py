"""The touchpoints of a role, as detectors see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.model.roles import names_with_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from journeymap.model.roles import Role
    from journeymap.painpoints.look import Place


def with_role(places: Iterable[Place], role: Role, declared: Sequence[tuple[str, tuple[str, ...]]] = ()) -> list[Place]:
    """Give the touchpoints of a role: those that the settings declare, else those whose name has a word of it.

    Examples
    --------
    >>> from journeymap.painpoints.look import Place
    >>> names = ("search", "search_engine", "Payment Failed")
    >>> places = [Place(name, at, "", "", is_goal=False) for at, name in enumerate(names)]
    >>> [place.name for place in with_role(places, "search")]
    ['search']
    """
    known = list(places)
    named = set(names_with_role([place.name for place in known], role, declared))
    return [place for place in known if place.name in named]


def keys_of(places: Iterable[Place]) -> list[int]:
    """Give the keys of touchpoints, for a list that a question binds."""
    return [place.key for place in places]
