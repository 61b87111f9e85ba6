"""Text as it will stand: its measure and its wrapping."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.textpath import text_to_path

from journeymap.render.fonts import font, is_shapeless, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.render.theme import Theme

_PARTS = re.compile(r"[^/_\-.:?&=,;]*[/_\-.:?&=,;]?")
_WITH_NUMBER = frozenset({"%", "k", "M", "G"})
"""What follows a number after a space, and is not parted from it at the end of a line."""


@lru_cache(maxsize=20_000)
def _width(text: str, theme: Theme, bold: bool, narrow: bool) -> float:  # noqa: FBT001 - a cache's key
    if not text:
        return 0.0
    wide, _, _ = text_to_path.get_text_width_height_descent(
        shown(text, theme), font(theme, 100.0, bold=bold, narrow=narrow), ismath=False
    )
    return float(wide) / 100.0


def width(text: str, size: float, theme: Theme, *, bold: bool = False, narrow: bool = False) -> float:
    """Return how wide a line of text is, in points.

    Examples
    --------
    >>> from journeymap.render.theme import Theme
    >>> width("mm", 10, Theme.default) > width("ii", 10, Theme.default) > 0
    True
    """
    # Canvases that round each letter to whole pixels set it wider: three in a hundred are kept for that.
    return _width(text, theme, bold, narrow) * size * 1.03


def wrap(
    text: str, room: float, size: float, theme: Theme, *, bold: bool = False, narrow: bool = False
) -> tuple[str, ...]:
    """Break a text into lines no wider than ``room`` points; nothing is ever cut off.

    Lines break at spaces, else after a sign such as ``/``, ``_`` or ``-``, else inside a word.

    Examples
    --------
    >>> from journeymap.render.theme import Theme
    >>> wrap("Checkout: address", 60, 8, Theme.default)
    ('Checkout:', 'address')
    """

    def fits(line: str) -> bool:
        return width(line.strip(), size, theme, bold=bold, narrow=narrow) <= room

    lines: list[str] = []
    line = ""
    for word in _words(" ".join(text.split())):
        if fits(line + word):
            line += word
            continue
        if line.strip():
            lines.append(line.strip())
        line = ""
        pieces = (word,) if fits(word) else _pieces(word, fits)
        for piece in pieces:
            if line and not fits(line + piece):
                lines.append(line.strip())
                line = ""
            line += piece
    return tuple([*lines, line.strip()] if line.strip() else lines) or ("",)


def longest_part(text: str, size: float, theme: Theme, *, bold: bool = False, narrow: bool = False) -> float:
    """Return how wide a text's widest part is that :func:`wrap` breaks only where there is no room for it.

    Examples
    --------
    >>> from journeymap.render.theme import Theme
    >>> longest_part("a/mm b", 8, Theme.default) == width("mm", 8, Theme.default)
    True
    """
    parts = (part for word in text.split() for part in _PARTS.findall(word))
    return max((width(part, size, theme, bold=bold, narrow=narrow) for part in parts), default=0.0)


def _words(text: str) -> list[str]:
    """Split after spaces, which stay with the word before them; a number keeps its sign or unit."""
    words: list[str] = []
    for word in text.split(" "):
        if words and word.rstrip(",.;:)") in _WITH_NUMBER:
            words[-1] += word + " "
        else:
            words.append(word + " ")
    return words


def _pieces(word: str, fits: Callable[[str], bool]) -> list[str]:
    """Split a word that is too long: after its signs where that helps, else anywhere between letters."""
    pieces: list[str] = []
    for part in _PARTS.findall(word):
        if fits(part):
            pieces.append(part)
            continue
        for letter in part:
            if pieces and (unicodedata.combining(letter) or is_shapeless(letter)):
                pieces[-1] += letter
            else:
                pieces.append(letter)
    return [piece for piece in pieces if piece]
