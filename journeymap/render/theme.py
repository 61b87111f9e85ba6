"""How pictures look: one theme, calm, with colours that colour-blind eyes tell apart.

Blue-green stands for success, vermilion for loss, violet for ways back: three hues that stay apart under
protanopia, deuteranopia and tritanopia, and each is told by place, dash or sign as well. The scale of the
drop-off runs in lightness, so that it reads in grey too, and stays light enough for dark text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from matplotlib.colors import to_hex, to_rgb

from journeymap.settings.theme import READABLE, contrast


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours, fonts and sizes of every picture.

    Attributes
    ----------
    families
        Font families in order of preference; the installed ones are used, each for the glyphs that those
        before it lack.
    stretch
        The width of the letters inside the graph, where the family has it.
    smallest
        The smallest size of text in points, at the stated page size.
    title, heading, body
        Sizes of text in points.
    paper, band, band_line
        The background, the stage bands on it and the lines between them.
    ink, muted
        Text, and text that stands back.
    line, back, back_ink
        Transitions forward, ways back to an earlier step, and the text on those.
    converted, ended, dropped, open
        The ends.
    drop_off
        The colours of the drop-off scale, from none to much.
    shares
        The colours of the scale of shares that are neither good nor bad, from none to all.
    more_a, more_b
        The colours of a difference, from a weak to a strong effect: where the one side has more, and where the other.
    same
        The colour of what does not clearly differ.
    palette
        Colours that tell things apart, such as stages; they begin again where there are more things than colours.
    logo
        A PNG or JPEG file that is drawn in the corner of the header, or None.
    named
        Those of ``families`` that a person asked for: it is said where they are not installed.

    Examples
    --------
    >>> Theme.default.smallest
    7.0
    """

    default: ClassVar[Theme]

    families: tuple[str, ...] = (
        "Inter",
        "Source Sans 3",
        "Noto Sans",
        "Open Sans",
        "Segoe UI",
        "Helvetica Neue",
        "Arial",
        "Liberation Sans",
        "DejaVu Sans",
        "Noto Sans CJK SC",
        "Noto Sans CJK JP",
        "Noto Sans SC",
        "Microsoft YaHei",
        "PingFang SC",
        "Hiragino Sans",
        "WenQuanYi Zen Hei",
        "Malgun Gothic",
        "Noto Sans Arabic",
        "Noto Naskh Arabic",
        "Noto Sans Hebrew",
        "Noto Sans Devanagari",
        "Noto Sans Thai",
        "Noto Emoji",
        "Segoe UI Symbol",
        "Symbola",
    )
    stretch: str = "condensed"
    smallest: float = 7.0
    title: float = 17.0
    heading: float = 9.0
    body: float = 8.0
    paper: str = "#FFFFFF"
    band: str = "#F4F6F8"
    band_line: str = "#DCE1E6"
    ink: str = "#1F2A37"
    muted: str = "#566270"
    line: str = "#9DAAB8"
    back: str = "#A886BF"
    back_ink: str = "#5F3F7A"
    converted: str = "#1C7C8C"
    ended: str = "#5B6776"
    dropped: str = "#C4502A"
    open: str = "#A5AFBA"
    drop_off: tuple[str, ...] = ("#FFFFFF", "#FDEBD9", "#FACFA3", "#F4AC70", "#E88A4E")
    shares: tuple[str, ...] = ("#FFFFFF", "#E4EDF5", "#C2D7EA", "#97BADA", "#6B9CC9")
    # Orange and blue stay apart for every kind of colour-blindness, and run in lightness: they read in grey too.
    more_a: tuple[str, ...] = ("#F2C08A", "#E08A2E", "#A85400")
    more_b: tuple[str, ...] = ("#A9C9E8", "#4F91CC", "#1B5A99")
    same: str = "#CDD5DD"
    palette: tuple[str, ...] = (
        "#44688F",
        "#8DB3D4",
        "#D0A545",
        "#7D9150",
        "#8E5C83",
        "#5AA3A0",
        "#B77B5B",
        "#3D4C63",
        "#B9B36A",
        "#A9A4B5",
    )
    logo: str | None = None
    named: tuple[str, ...] = ()

    def on(self, ground: str) -> str:
        """Return the colour of letters on a ground: ink or paper, whichever is read better.

        Examples
        --------
        >>> Theme.default.on("#FFFFFF"), Theme.default.on("#000000")
        ('#1F2A37', '#FFFFFF')
        """
        return max((self.ink, self.paper), key=lambda color: contrast(color, ground))

    def readable(self, color: str, ground: str = "") -> str:
        """Return a colour for letters on a ground (the paper): as it is, or drawn towards ink until it can be read.

        Examples
        --------
        >>> Theme.default.readable("#1C7C8C"), Theme.default.readable("#FFE066") != "#FFE066"
        ('#1C7C8C', True)
        """
        return readable(color, ground or self.paper, self.ink)


def blend(one: str, other: str, part: float) -> str:
    """Return the colour that lies ``part`` of the way from one to the other.

    Examples
    --------
    >>> blend("#000000", "#ffffff", 0.5)
    '#808080'
    """
    red, green, blue = (a + (b - a) * part for a, b in zip(to_rgb(one), to_rgb(other), strict=True))
    return str(to_hex((red, green, blue)))


def readable(color: str, ground: str, towards: str) -> str:
    """Return a colour as it is, or drawn ``towards`` another as little as makes it readable on a ground."""
    steps = (color, *(blend(color, towards, at / 10) for at in range(1, 10)), towards)
    return next((step for step in steps if contrast(step, ground) >= READABLE), towards)


Theme.default = Theme()
