"""From ``[theme]`` of the settings, or a style sheet of matplotlib, to a theme."""

from __future__ import annotations

import contextlib
import logging
import warnings
from dataclasses import replace
from functools import lru_cache
from math import dist
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import matplotlib.style
from matplotlib.colors import to_hex, to_rgb

from journeymap.errors import SettingsError, SourceNotFoundError, suggest
from journeymap.render.eyes import apart_for_all
from journeymap.render.theme import Theme, blend, readable
from journeymap.settings import ThemeSettings, load_settings
from journeymap.settings.theme import READABLE, contrast, is_color, is_style_file, theme_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GENERIC: Final = ("serif", "sans-serif", "cursive", "fantasy", "monospace")
_CALM: Final = 3.0
_LEAST_APART: Final = 0.4
_STEPS: Final = (0.0, 0.14, 0.3, 0.48, 0.66)
"""How far the colours of a drop-off scale that is worked out lie from the paper towards the colour of loss."""
_SHARES: Final = (0.0, 0.18, 0.41, 0.7, 1.0)
"""The same of the scale of shares, towards its deepest colour."""


def theme_of(value: object, given: Theme | str | Path | None = None) -> Theme:
    """Return the theme of a picture: the one given, else the one that the value brings from its store, else ours.

    Parameters
    ----------
    value
        What is drawn. Where it has an attribute ``theme``, these are settings.
    given
        A theme, or what :func:`load_theme` reads.

    Raises
    ------
    SettingsError, SourceNotFoundError
        The theme cannot be used.

    Examples
    --------
    >>> theme_of(None) == Theme.default
    True
    """
    if isinstance(given, Theme):
        return given
    if given is not None:
        return load_theme(given)
    settings = getattr(value, "theme", None)
    return theme_from(settings) if isinstance(settings, ThemeSettings) else Theme.default


def load_theme(source: str | Path) -> Theme:
    """Read a theme.

    Parameters
    ----------
    source
        A style sheet of matplotlib (``house.mplstyle``) or the name of one that matplotlib brings; or a settings file
        (``.toml``), whose ``[theme]`` is taken.

    Returns
    -------
    Theme
        The theme.

    Raises
    ------
    SourceNotFoundError
        There is no such file.
    SettingsError
        It cannot be used, or matplotlib has no style of that name.

    Examples
    --------
    >>> load_theme("dark_background").paper
    '#000000'
    """
    text = str(source)
    if text.lower().endswith(".toml"):
        return theme_from(load_settings(text).theme)
    return theme_from(ThemeSettings(style=text))


@lru_cache(maxsize=32)
def theme_from(settings: ThemeSettings) -> Theme:
    """Make a theme of settings: our own, then what the style says, then the entries, then what follows from those.

    Raises
    ------
    SourceNotFoundError
        There is no such style sheet.
    SettingsError
        A colour is none, letters could not be read, or matplotlib has no style of that name.

    Examples
    --------
    >>> theme_from(ThemeSettings()) == Theme.default
    True
    >>> theme_from(ThemeSettings(accent="#00539F")).converted
    '#00539F'
    """
    for fault in theme_faults(settings):
        raise SettingsError(f"{fault}.", hint=fault.hint)
    given: dict[str, Any] = _from_style(settings.style) if settings.style is not None else {}
    entries = {
        "accent": "converted",
        "loss": "dropped",
        "text": "ink",
        "paper": "paper",
        "line": "line",
        "back": "back",
    }
    entries |= {"palette": "palette", "scale": "drop_off", "smallest_size": "smallest", "logo": "logo"}
    given |= {name: value for entry, name in entries.items() if (value := getattr(settings, entry))}
    named = _spelled(settings.font, {}) or given.pop("named", ())
    given.pop("named", None)
    if named:
        given["named"] = named
        given["families"] = tuple(dict.fromkeys((*named, *Theme.default.families)))
    return _completed(given)


def _completed(given: dict[str, Any]) -> Theme:
    """Work out what goes with the colours and sizes that were given."""
    theme = replace(Theme.default, **given)
    paper, ink = theme.paper, theme.ink
    made: dict[str, Any] = {}
    if "paper" in given or "ink" in given:
        if contrast(ink, paper) < READABLE:  # of a style sheet: entries were checked
            ink = made["ink"] = readable(ink, paper, max(("#000000", "#FFFFFF"), key=lambda end: contrast(end, paper)))
        made["band"] = blend(paper, ink, 0.045)
        made["muted"] = readable(blend(ink, paper, 0.28), made["band"], ink)
        # A grid may be as strong as its text; here such lines stand back.
        is_calm = contrast(theme.band_line, paper) < _CALM and "band_line" in given
        made["band_line"] = theme.band_line if is_calm else blend(paper, ink, 0.15)
        made["line"] = given.get("line", blend(paper, ink, 0.42))
        made["ended"] = blend(ink, paper, 0.3)
        made["open"] = blend(ink, paper, 0.6)
    if "paper" in given:
        made["shares"] = tuple(blend(paper, Theme.default.shares[-1], step) for step in _SHARES)
    if "back" in given or made:
        made["back_ink"] = readable(blend(theme.back, ink, 0.35), made.get("band", theme.band), ink)
    if ("paper" in given or "dropped" in given) and "drop_off" not in given:
        made["drop_off"] = tuple(blend(paper, theme.dropped, step) for step in _STEPS)
    if "paper" in given or "ink" in given or "palette" in given:
        made |= _of_differences(theme.palette if "palette" in given else (), paper, ink)
    least = theme.smallest
    made["body"], made["heading"] = max(theme.body, least + 0.5), max(theme.heading, least + 1.0)
    return replace(theme, **made)


def _of_differences(palette: tuple[str, ...], paper: str, ink: str) -> dict[str, Any]:
    """Work out the colours of a difference: two of the palette that every eye tells apart, or else our own."""
    hues = apart_for_all(palette) or (Theme.default.more_a[1], Theme.default.more_b[1])
    found: dict[str, Any] = {"same": blend(paper, ink, 0.2)}
    for name, hue in zip(("more_a", "more_b"), hues, strict=True):
        found[name] = (blend(paper, hue, 0.5), hue, readable(blend(hue, ink, 0.35), paper, ink))
    return found


def _from_style(style: str) -> dict[str, Any]:
    """Take from a style of matplotlib what pictures have a place for."""
    params = _params(style)
    found: dict[str, Any] = {}
    for key, name in (("text.color", "ink"), ("figure.facecolor", "paper"), ("grid.color", "band_line")):
        color = _color(params.get(key))
        if color is not None:
            found[name] = color
    cycle = params.get("axes.prop_cycle")
    colors = [] if cycle is None else [_color(color) for color in cycle.by_key().get("color", [])]
    palette = tuple(dict.fromkeys(color for color in colors if color is not None))
    if palette:
        found["palette"] = palette
        # The first colour is what a house is known by; but success must not look like loss.
        found["converted"] = next(
            (color for color in palette if _apart(color, Theme.default.dropped) > _LEAST_APART), Theme.default.converted
        )
    # A sheet may name sans-serif fonts alone: that family is matplotlib's default.
    families = _spelled(_texts(params.get("font.family")) or _texts(params.get("font.sans-serif")), params)
    if families:
        found["named"] = families
    return found


def _spelled(families: Iterable[str], params: Any) -> tuple[str, ...]:  # noqa: ANN401 - matplotlib's own mapping
    """Put the fonts that stand for them in the place of generic families such as serif."""
    found: list[str] = []
    ours: dict[str, Any] = {str(key): value for key, value in mpl.rcParamsDefault.items()}
    for family in families:
        name = family.lower()
        stands_for = _texts(params.get(f"font.{name}")) or _texts(ours.get(f"font.{name}"))
        found += stands_for if name in GENERIC else [family]
    return tuple(dict.fromkeys(found))


def _params(style: str) -> Any:  # noqa: ANN401 - matplotlib's own mapping of settings
    if not is_style_file(style):
        if style in mpl.style.library:
            return mpl.style.library[style]
        known = [name for name in mpl.style.available if not name.startswith("_")]
        raise SettingsError(
            f"[theme] style: matplotlib has no style '{style}'. {suggest(style, known)}",
            hint="Name one of those, or a file that ends in .mplstyle.",
        )
    if not Path(style).is_file():
        raise SourceNotFoundError(f"There is no style sheet '{style}'.", hint="Name a file that ends in .mplstyle.")
    with _complaints() as complaints, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of entries that matplotlib is about to drop
        try:
            params = mpl.rc_params_from_file(style, use_default_template=False)
        except (OSError, ValueError, UnicodeDecodeError) as error:
            raise SettingsError(f"The style sheet '{style}' cannot be read: {error}.") from None
    if complaints:
        raise SettingsError(
            f"The style sheet '{style}' has a fault: {complaints[0]}",
            hint="See 'Customizing Matplotlib with style sheets' in matplotlib's documentation.",
        )
    return params


@contextlib.contextmanager
def _complaints() -> Iterator[list[str]]:
    """Gather what matplotlib logs about a sheet that it reads; it would go on without the entry."""
    found: list[str] = []
    logger = logging.getLogger("matplotlib")

    def keep(record: logging.LogRecord) -> bool:
        text = " ".join(record.getMessage().split())
        if record.levelno >= logging.WARNING and not text.startswith("Bad key"):  # of another version of matplotlib
            found.append(text)
        return False

    logger.addFilter(keep)
    try:
        yield found
    finally:
        logger.removeFilter(keep)


def _apart(one: str, other: str) -> float:
    """Return how far two colours are apart: 0 to the square root of 3."""
    return dist(to_rgb(one), to_rgb(other))


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value] if isinstance(value, list) else []


def _color(value: object) -> str | None:
    """Write a colour of matplotlib's as #rrggbb; None where it is none, or stands for "as it was"."""
    if not isinstance(value, (str, tuple)) or value in ("auto", "none", "inherit"):
        return None
    try:
        color = str(to_hex(value))
    except ValueError:
        return None
    return color if is_color(color) else None
