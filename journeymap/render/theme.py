"""How pictures look: one theme, calm, with colours that colour-blind eyes tell apart.

Blue-green stands for success, vermilion for loss, violet for ways back: three hues that stay apart under
protanopia, deuteranopia and tritanopia, and each is told by place, dash or sign as well. The scale of the
drop-off runs in lightness, so that it reads in grey too, and stays light enough for dark text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


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
    more_a, more_b
        Where the one side has more, and where the other: orange and blue, from a weak to a strong effect.
    same
        What does not clearly differ.
    drop_off
        The colours of the drop-off scale, from none to much.

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
    more_a: tuple[str, str, str] = ("#F2C08A", "#E08A2E", "#A85400")
    more_b: tuple[str, str, str] = ("#A9C9E8", "#4F91CC", "#1B5A99")
    same: str = "#CDD5DD"
    drop_off: tuple[str, ...] = ("#FFFFFF", "#FDEBD9", "#FACFA3", "#F4AC70", "#E88A4E")


Theme.default = Theme()
