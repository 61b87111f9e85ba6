"""Text as it will stand: its measure, its wrapping, and the forms of numbers and durations."""

from __future__ import annotations

import contextlib
import logging
import re
import unicodedata
import warnings
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from journeymap.errors import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from journeymap.render.theme import Theme

REPLACEMENT = "\N{WHITE SQUARE}"
ALWAYS = "DejaVu Sans"
"""The family that matplotlib brings with it."""

_PARTS = re.compile(r"[^/_\-.:?&=,;]*[/_\-.:?&=,;]?")
_WITH_NUMBER = frozenset({"%", "k", "M", "G"})
"""What follows a number after a space, and is not parted from it at the end of a line."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class MissingGlyphWarning(UserWarning):
    """A font is not installed, or none has some of the letters, which are then drawn as empty squares."""


@lru_cache(maxsize=16)
def _have(families: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the families that are installed, as they are called there."""
    have = {entry.name.casefold(): entry.name for entry in font_manager.fontManager.ttflist}
    return tuple(have[family.casefold()] for family in families if family.casefold() in have)


@lru_cache(maxsize=16)
def _installed(families: tuple[str, ...]) -> tuple[str, ...]:
    chosen = _have(families)
    return chosen if ALWAYS in chosen else (*chosen, ALWAYS)


@contextlib.contextmanager
def quiet_fonts() -> Iterator[None]:
    """Keep matplotlib from saying for every size that a family for rare letters has no bold."""
    logger = logging.getLogger("matplotlib.font_manager")

    def is_news(record: logging.LogRecord) -> bool:
        return "Failed to find font" not in record.getMessage()

    logger.addFilter(is_news)
    try:
        yield
    finally:
        logger.removeFilter(is_news)


def font(theme: Theme, size: float, *, bold: bool = False, narrow: bool = False) -> FontProperties:
    """Return the font of a theme: the installed families, in their order."""
    return FontProperties(
        family=list(_installed(theme.families)),
        size=size,
        weight="bold" if bold else "normal",
        stretch=theme.stretch if narrow else "normal",
    )


@lru_cache(maxsize=16)
def _charmap(families: tuple[str, ...]) -> frozenset[int]:
    known: set[int] = set()
    for family in families:
        path = font_manager.findfont(FontProperties(family=family))
        known.update(font_manager.get_font(path).get_charmap())
    return frozenset(known)


def shown(text: str, theme: Theme) -> str:
    """Return a text with a square for every letter that no font has, and without signs that have no shape.

    Examples
    --------
    >>> from journeymap.render.theme import Theme
    >>> shown("Cart", Theme.default)
    'Cart'
    """
    known = _charmap(_installed(theme.families))
    kept = (letter for letter in text if unicodedata.category(letter) not in {"Cc", "Cs"} or letter == " ")
    return "".join(letter if ord(letter) in known else ("" if _shapeless(letter) else REPLACEMENT) for letter in kept)


def _shapeless(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cf", "Mn", "Me"}


def _missing(texts: Iterable[str], theme: Theme) -> set[str]:
    known = _charmap(_installed(theme.families))
    letters = {letter for text in texts for letter in text}
    return {
        letter
        for letter in letters
        if ord(letter) not in known and not _shapeless(letter) and unicodedata.category(letter) not in {"Cc", "Cs"}
    }


@dataclass(slots=True)
class FontNews:
    """What has to be said about fonts: those that letters lack, and those that are not installed."""

    lacking: set[str] = field(default_factory=set)
    absent: dict[str, str] = field(default_factory=dict)

    def add(self, other: FontNews) -> None:
        """Take in what another picture has to say."""
        self.lacking |= other.lacking
        self.absent |= other.absent


_GATHERED: ContextVar[FontNews | None] = ContextVar("gathered", default=None)


def warn_of_missing(texts: Iterable[str], theme: Theme) -> None:
    """Warn of letters that no installed font has and of a font that is not installed, and name what to install.

    The words of the warning depend on nothing but the fonts to install, so that Python, which tells each warning
    once, tells it once for many pictures of a loop. Within :func:`fonts_told_once` it waits for the end.
    """
    named = theme.named[:1] if theme.named and not _have(theme.named) else ()
    news = FontNews({_font_for(letter) for letter in _missing(texts, theme)})
    news.absent = {name: _installed(theme.families)[0] for name in named}
    gathered = _GATHERED.get()
    if gathered is None:
        tell_of_fonts(news, stacklevel=5)  # where draw or save was called
        return
    gathered.add(news)


@contextlib.contextmanager
def fonts_gathered() -> Iterator[FontNews]:
    """Gather what is to be said about fonts over many pictures."""
    news = FontNews()
    token = _GATHERED.set(news)
    try:
        yield news
    finally:
        _GATHERED.reset(token)


@contextlib.contextmanager
def fonts_told_once() -> Iterator[None]:
    """Gather what is to be said about fonts over many pictures, and say it once at the end."""
    with fonts_gathered() as news:
        yield
    tell_of_fonts(news, stacklevel=4)


def tell_of_fonts(news: FontNews, stacklevel: int) -> None:
    """Warn of what was gathered."""
    for name, other in sorted(news.absent.items()):
        near = suggest(name, {entry.name for entry in font_manager.fontManager.ttflist})
        near = f" {near}" if near.startswith("Did you mean") else ""
        warnings.warn(
            f"The font '{name}' is not installed, and '{other}' is taken instead.{near} "
            f"Install the font '{name}', or name another one as font in [theme].",
            MissingGlyphWarning,
            stacklevel=stacklevel,
        )
    if news.lacking:
        fonts = " and ".join(repr(name) for name in sorted(news.lacking))
        warnings.warn(
            "Some letters are in no installed font and are drawn as empty squares. "
            f"Install the font {fonts}, or name one that has them as font in [theme].",
            MissingGlyphWarning,
            stacklevel=stacklevel,
        )


_OF_NOTO_SANS = frozenset({"Latin", "Greek", "Cyrillic", "Combining", "Modifier", "Superscript", "Subscript"})


def _font_for(letter: str) -> str:
    name = unicodedata.name(letter, "")
    if name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "FULLWIDTH", "IDEOGRAPHIC")):
        return "Noto Sans CJK"
    if name.startswith("MATHEMATICAL"):
        return "Noto Sans Math"
    if unicodedata.category(letter) == "So" or ord(letter) >= 0x1F000:  # noqa: PLR2004 - the emoji planes
        return "Noto Emoji"
    script = name.split(" ", maxsplit=1)[0].title()
    return "Noto Sans" if not script or script in _OF_NOTO_SANS else f"Noto Sans {script}"


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
            if pieces and (unicodedata.combining(letter) or _shapeless(letter)):
                pieces[-1] += letter
            else:
                pieces.append(letter)
    return [piece for piece in pieces if piece]


def count(number: float) -> str:
    """Write a count in full with separators up to 99,999, and shortened beyond.

    Examples
    --------
    >>> count(1234), count(123_456), count(12_345_678)
    ('1,234', '123 k', '12.3 M')
    """
    if abs(number) < 100_000:  # noqa: PLR2004 - five digits are still read at a glance
        return f"{number:,.0f}"
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= unit:
            return f"{_three(number / unit)} {name}"
    raise AssertionError  # pragma: no cover


def counted(number: float, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "journey"), counted(1234, "journey")
    ('1 journey', '1,234 journeys')
    """
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def short(number: float) -> str:
    """Write a count in at most three digits.

    Examples
    --------
    >>> short(950), short(1234), short(12_345), short(999_999)
    ('950', '1.23 k', '12.3 k', '1 M')
    """
    for unit, name in ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1.0, "")):
        if abs(number) >= 0.9995 * unit:
            return _three(number / unit) + name
    return f"{number:.0f}"


def _three(number: float) -> str:
    text = f"{number:.3g}"
    return f"{float(text):.0f}" if "e" in text else text


def share(part: float | None, digits: int = 1) -> str:
    """Write a share as a percentage; what is not known is a dash.

    Examples
    --------
    >>> share(0.1234), share(0.5), share(1.0), share(0.0004), share(None)
    ('12.3 %', '50 %', '100 %', '<0.1 %', '-')
    """
    if part is None:
        return "-"
    least = 10.0**-digits
    percent = part * 100
    if 0 < percent < least:
        return f"<{least:.{digits}f} %"
    if 100 - least < percent < 100:  # noqa: PLR2004 - almost all is not all
        return f">{100 - least:.{digits}f} %"
    text = f"{percent:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def points(difference: float, digits: int = 1) -> str:
    """Write a difference of two shares in percentage points.

    Examples
    --------
    >>> points(0.123), points(-0.3) == "\N{MINUS SIGN}30 pp", points(0.0001)
    ('+12.3 pp', True, '0 pp')
    """
    percent = round(difference * 100, digits)
    sign = "" if percent == 0 else "+" if percent > 0 else "\N{MINUS SIGN}"
    number = f"{abs(percent):.{digits}f}"
    return f"{sign}{number.rstrip('0').rstrip('.') if '.' in number else number} pp"


def duration(seconds: float | None) -> str:
    """Write a time span in the unit that suits it.

    Examples
    --------
    >>> duration(45), duration(720), duration(12_240), duration(181_440), duration(0.32), duration(None)
    ('45 s', '12 min', '3.4 h', '2.1 d', '0.3 s', '')
    """
    if seconds is None:
        return ""
    if seconds < 59.5:  # noqa: PLR2004 - what rounds to a minute is one
        return f"{seconds:.1f} s" if 0 < seconds < 0.95 else f"{seconds:.0f} s"  # noqa: PLR2004
    if seconds < 59.5 * MINUTE:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 23.95 * HOUR:
        return f"{_tenth(seconds / HOUR)} h"
    return f"{_tenth(seconds / DAY)} d"


def _tenth(number: float) -> str:
    return f"{number:.0f}" if number >= 99.5 else f"{number:.1f}".removesuffix(".0")  # noqa: PLR2004
