"""``[theme]``: whether its colours can be used and read, and where its files are."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from journeymap.settings.faults import Fault, Place, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.settings.values import ThemeSettings

SMALLEST: Final = 7.0
LARGEST: Final = 24.0
READABLE: Final = 4.5
"""The contrast that letters need on their ground (WCAG 2.2, level AA)."""
STYLE_ENDING: Final = ".mplstyle"
LOGO_ENDINGS: Final = (".png", ".jpg", ".jpeg")

_COLOR: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_PAPER, _TEXT = "#FFFFFF", "#1F2A37"
_FEWEST_OF_SCALE: Final = 2
_MOST_COLORS: Final = 20


def is_color(text: str) -> bool:
    """Say whether a text is a colour as the settings write it.

    Examples
    --------
    >>> is_color("#1C7C8C"), is_color("#fff"), is_color("teal")
    (True, True, False)
    """
    return _COLOR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, from 1 (none) to 21 (black on white); WCAG 2.2, relative luminance.

    Examples
    --------
    >>> contrast("#000000", "#FFFFFF"), contrast("#777", "#777777")
    (21.0, 1.0)
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    digits = color[1:] if len(color) == len("#RRGGBB") else "".join(digit * 2 for digit in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004 - of the standard
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def theme_faults(theme: ThemeSettings) -> Iterator[Fault]:
    """Find what is wrong with the values of ``[theme]``, files apart.

    Examples
    --------
    >>> from journeymap.settings import ThemeSettings
    >>> [str(fault) for fault in theme_faults(ThemeSettings(accent="teal"))]
    ["[theme] accent: 'teal' is no colour"]
    """
    for place, color in _colors(theme):
        if color.strip() and not is_color(color):
            yield Fault(place, f"{shown(color)} is no colour", hint='Write it as "#RRGGBB", such as "#1C7C8C".')
    if len(theme.scale) == 1:
        yield Fault(("theme", "scale"), "needs at least two colours", hint="The first is for none, the last for much.")
    for name, colors in (("palette", theme.palette), ("scale", theme.scale)):
        if len(colors) > _MOST_COLORS:
            yield Fault(("theme", name), f"has {len(colors)} colours; {_MOST_COLORS} is the most")
    size = theme.smallest_size
    if size is not None and not (math.isfinite(size) and SMALLEST <= size <= LARGEST):
        yield Fault(
            ("theme", "smallest_size"),
            f"must be between {SMALLEST:g} and {LARGEST:g} points, not {shown(size)}",
            hint="Smaller letters cannot be read from a slide.",
        )
    if theme.logo is not None and theme.logo.strip() and Path(theme.logo).suffix.lower() not in LOGO_ENDINGS:
        yield Fault(("theme", "logo"), f"{shown(theme.logo)} is no PNG or JPEG file")
    yield from _unreadable(theme)


def _colors(theme: ThemeSettings) -> Iterator[tuple[Place, str]]:
    for name in ("accent", "loss", "text", "paper", "line", "back"):
        color = getattr(theme, name)
        if color is not None:
            yield ("theme", name), color
    for name, colors in (("palette", theme.palette), ("scale", theme.scale)):
        for index, color in enumerate(colors):
            yield ("theme", name, index), color


def _unreadable(theme: ThemeSettings) -> Iterator[Fault]:
    """Find letters that cannot be told from their ground, as far as no style sheet has a say in it."""
    text, paper = theme.text or _TEXT, theme.paper or _PAPER
    if theme.style is not None and (theme.text is None or theme.paper is None):
        return
    if is_color(text) and is_color(paper) and contrast(text, paper) < READABLE:
        yield Fault(
            ("theme", "paper" if theme.text is None else "text"),
            f"{text} on {paper} has a contrast of {contrast(text, paper):.1f}, and letters need {READABLE}",
            hint="Set both text and paper.",
            rests_on=(("theme", "paper"), ("theme", "text")),
        )


def is_style_file(style: str) -> bool:
    """Say whether a style is a file, and not the name of one that matplotlib brings.

    Examples
    --------
    >>> is_style_file("house.mplstyle"), is_style_file("ggplot")
    (True, False)
    """
    return style.lower().endswith(STYLE_ENDING)


def found_from(theme: ThemeSettings, folder: Path) -> ThemeSettings:
    """Take the paths of a theme from a folder; a style that matplotlib brings stays a name.

    The paths become absolute: a store keeps its theme, and is asked from other folders too.

    Examples
    --------
    >>> from journeymap.settings import ThemeSettings
    >>> found_from(ThemeSettings(style="ggplot"), Path("brand")).style
    'ggplot'
    """
    style = theme.style
    return replace(
        theme,
        logo=str((folder / theme.logo).absolute()) if theme.logo and theme.logo.strip() else theme.logo,
        style=str((folder / style).absolute()) if style is not None and is_style_file(style) else style,
    )


def missing_files(theme: ThemeSettings) -> list[Fault]:
    """Find files of a theme that are not there."""
    named = (("logo", theme.logo), ("style", theme.style if theme.style and is_style_file(theme.style) else None))
    return [
        Fault(("theme", name), f"there is no file {shown(path)}", hint="Paths start at the settings file's folder.")
        for name, path in named
        if path is not None and path.strip() and not Path(path).is_file()
    ]
