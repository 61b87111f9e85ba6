"""The fonts of a theme: which are installed, which letters they lack, and how that is said."""

from __future__ import annotations

import contextlib
import logging
import unicodedata
import warnings
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties

from journeymap.errors import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from journeymap.render.theme import Theme

REPLACEMENT = "\N{WHITE SQUARE}"
ALWAYS = "DejaVu Sans"
"""The family that matplotlib brings with it."""


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
    return "".join(letter if ord(letter) in known else ("" if is_shapeless(letter) else REPLACEMENT) for letter in kept)


def is_shapeless(letter: str) -> bool:
    """Say whether a letter is a sign without a place of its own, such as an accent that is set on the one before."""
    return unicodedata.category(letter) in {"Cf", "Mn", "Me"}


def _missing(texts: Iterable[str], theme: Theme) -> set[str]:
    known = _charmap(_installed(theme.families))
    letters = {letter for text in texts for letter in text}
    return {
        letter
        for letter in letters
        if ord(letter) not in known and not is_shapeless(letter) and unicodedata.category(letter) not in {"Cc", "Cs"}
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
