"""Names of files from levels, safe on every file system."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_BYTES: Final = 120


def slug(text: str) -> str:
    """Write a text as a part of a file's name: letters, digits and marks of every script, other runs as one hyphen.

    Examples
    --------
    >>> slug("60 and over"), slug("Köln/Süd"), slug("../../etc"), slug("***")
    ('60-and-over', 'Köln-Süd', 'etc', 'x')
    """
    plain = unicodedata.normalize("NFC", text)
    kept = "".join(char if char == "_" or unicodedata.category(char)[0] in "LNM" else " " for char in plain)
    joined = "-".join(kept.split())
    short = joined.encode()[:_LONGEST_BYTES].decode(errors="ignore").strip("-")
    return short or "x"


def file_stems(names: Iterable[tuple[tuple[str, str], ...]]) -> list[str]:
    """Give each list of (segment, level) pairs a name of its own, also where capitals do not count.

    Examples
    --------
    >>> file_stems([(("region", "north"),), (("region", "North"),), ()])
    ['region-north', 'region-North-2', 'all']
    """
    taken: set[str] = set()
    stems = []
    for levels in names:
        plain = slug("_".join(f"{slug(segment)}-{slug(level)}" for segment, level in levels)) if levels else "all"
        stem, copy = plain, 2
        while stem.casefold() in taken:
            stem, copy = f"{plain}-{copy}", copy + 1
        taken.add(stem.casefold())
        stems.append(stem)
    return stems
