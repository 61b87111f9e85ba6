"""A deck for PowerPoint: a slide for each value, with its picture, its pain points as a table, and speaker notes."""

from __future__ import annotations

import unicodedata
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matplotlib.colors import to_rgb

from journeymap.errors import OutputError
from journeymap.model.names import ALL_LEVELS
from journeymap.model.shown import level_name
from journeymap.render import amounts
from journeymap.render.files import DOTS, png, whole
from journeymap.render.furniture import finding_words, interval, named_place
from journeymap.render.theming import theme_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from journeymap.model.finding import Finding
    from journeymap.model.journey_map import MapSummary
    from journeymap.render.registry import Drawable
    from journeymap.render.theme import Theme

TOLD: Final = 5
"""How many pain points the table holds."""

# Inches on a slide of 13.33 by 7.5.
_WIDE, _HIGH, _MARGIN, _TOP, _TABLE = 13.333, 7.5, 0.3, 0.7, 3.3
_HEADINGS: Final = ("", "Pain point", "Rate (95 %)", "At risk")
_SHARES: Final = (0.09, 0.44, 0.27, 0.20)
# Files that are the same hold the same bytes: no clock goes into them.
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)


def save_slides(
    values: Iterable[Drawable],
    path: str | Path,
    *,
    style: str | None = None,
    theme: Theme | str | Path | None = None,
    color: str | None = None,
) -> Path:
    """Write a deck for PowerPoint with one slide a value.

    A slide has a title, the picture, the five worst pain points as a table that can be edited, and speaker notes with
    counts and definitions.

    Parameters
    ----------
    values
        What to show, such as the maps of all levels.
    path
        The file to write; its suffix is ``.pptx``. The same values give the same bytes.
    style
        The kind of picture, see ``STYLES``; None: the usual one of each value.
    theme, color
        As for :func:`journeymap.render.files.draw`.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OutputError
        The library python-pptx is not installed, the suffix is another, or the file cannot be written.
    UnknownNameError, QuestionError, SettingsError, SourceNotFoundError
        As for :func:`journeymap.render.files.draw`.
    """
    path = Path(path)
    if path.suffix.lower() != ".pptx":
        raise OutputError(f"Slides cannot be written as '{path.name}'.", hint="End its name in .pptx.")
    deck = _empty_deck()
    for value in values:
        chosen = theme_of(value, theme)
        _add_slide(deck, value, png(value, style=style, theme=chosen, dots=DOTS, color=color), chosen)
    written = BytesIO()
    deck.save(written)
    with whole(path) as part:
        part.write_bytes(_timeless(written))
    return path


def _empty_deck() -> Any:  # noqa: ANN401 - python-pptx may not be there
    try:
        from pptx import Presentation
        from pptx.util import Inches
    except ImportError:
        raise OutputError(
            "Slides need the library python-pptx, which is not installed.",
            hint="Install it: pip install 'journeymap[slides]'",
        ) from None
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDE), Inches(_HIGH)
    facts = deck.core_properties
    facts.title, facts.author, facts.last_modified_by = "Customer journey maps", "journeymap", "journeymap"
    facts.created = facts.modified = facts.last_printed = _MADE.replace(tzinfo=None)
    facts.revision = 1
    return deck


def _add_slide(deck: Any, value: Drawable, picture: bytes, theme: Theme) -> None:  # noqa: ANN401 - as above
    from pptx.util import Inches, Pt

    only_a_title = deck.slide_layouts[5]
    slide = deck.slides.add_slide(only_a_title)
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = _rgb(theme.paper)
    title = slide.shapes.title
    title.left, title.top = Inches(_MARGIN), Inches(0.12)
    title.width, title.height = Inches(_WIDE - 2 * _MARGIN), Inches(_TOP - 0.15)
    frame = title.text_frame
    frame.word_wrap = True
    _write(frame.paragraphs[0], title_of(value), 22, theme, bold=True)
    found: tuple[Finding, ...] = getattr(value, "findings", ())
    beside = _TABLE + 0.15 if found else 0.0
    wide = min(_WIDE - 2 * _MARGIN - beside, (_HIGH - _TOP - 0.15) * 16 / 9)
    left = _MARGIN if found else (_WIDE - wide) / 2
    image = slide.shapes.add_picture(BytesIO(picture), Inches(left), Inches(_TOP), Inches(wide), Inches(wide * 9 / 16))
    image.name = "Journey map"
    image._element.nvPicPr.cNvPr.set("descr", _plain(title_of(value)))  # noqa: SLF001 - the alternative text has no name of its own
    if found:
        _add_table(slide, found, Inches(_WIDE - _MARGIN - _TABLE), Inches(_TOP + 0.1), theme)
    slide.notes_slide.notes_text_frame.text = "\n".join(map(_plain, notes_of(value)))
    for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
        paragraph.font.size = Pt(11)


def title_of(value: Drawable) -> str:
    """Say what a slide is about: the level, and how much of it converts.

    Returns
    -------
    str
        ``region = north: 45.7 % of 741 mature journeys convert``.
    """
    summary: MapSummary | None = getattr(value, "summary", None)
    whom = level_name(value)
    name = value.title if whom == ALL_LEVELS else whom
    if summary is None or summary.conversion.rate is None:
        return name
    return (
        f"{name}: {amounts.share(summary.conversion.rate)} of {amounts.count(summary.mature)} mature journeys convert"
    )


def _add_table(slide: Any, found: tuple[Finding, ...], left: int, top: int, theme: Theme) -> None:  # noqa: ANN401 - as above
    from pptx.util import Inches

    rows = _rows(found)
    height = Inches(0.3) + Inches(0.62) * len(rows)
    shape = slide.shapes.add_table(len(rows) + 1, len(_HEADINGS), left, top, Inches(_TABLE), height)
    shape.name = "Pain points"
    table = shape.table
    table.horz_banding = False
    for at, share in enumerate(_SHARES):
        table.columns[at].width = Inches(_TABLE * share)
    for at, row in enumerate((_HEADINGS, *rows)):
        for column, words in enumerate(row):
            cell = table.cell(at, column)
            cell.margin_left = cell.margin_right = Inches(0.05)
            cell.fill.solid()
            cell.fill.fore_color.rgb = _rgb(theme.band if at == 0 else theme.paper)
            _write(cell.text_frame.paragraphs[0], words, 10, theme, bold=at == 0)


def _rows(found: tuple[Finding, ...]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number, item in enumerate(found[:TOLD], start=1):
        rate = amounts.share(item.rate) if item.rate is not None else f"{amounts.count(item.customers)} customers"
        spread = f"\n{interval(item.ci_low, item.ci_high)}" if item.ci_low is not None else ""
        risk = "" if item.revenue_at_risk is None else amounts.short(item.revenue_at_risk)
        thin = " (thin data)" if item.thin else ""
        rows.append((str(number), f"{named_place(item)}{thin}", f"{rate}{spread}", risk))
    return rows


def _write(paragraph: Any, words: str, size: int, theme: Theme, *, bold: bool = False) -> None:  # noqa: ANN401 - as above
    from pptx.util import Pt

    for at, line in enumerate(words.split("\n")):
        if at:
            paragraph.add_line_break()
        run = paragraph.add_run()
        run.text = _plain(line)
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = _rgb(theme.ink)
        if theme.named:
            run.font.name = theme.named[0]


def _rgb(color: str) -> Any:  # noqa: ANN401 - as above
    from pptx.dml.color import RGBColor

    red, green, blue = (round(part * 255) for part in to_rgb(color))
    return RGBColor(red, green, blue)  # type: ignore[no-untyped-call]  # python-pptx has no types


def _plain(words: str) -> str:
    """Leave out what the file format cannot hold: control signs, halves of signs, and signs that are none."""
    return "".join(letter for letter in words if unicodedata.category(letter) not in {"Cc", "Cs", "Cn"})


def notes_of(value: Drawable) -> list[str]:
    """Say in words what a slide's numbers are: counts, then pain points, then definitions."""
    summary: MapSummary | None = getattr(value, "summary", None)
    said = [f"{value.title}: {level_name(value)}"]
    if summary is not None:
        rate = summary.conversion
        young = summary.journeys - summary.mature
        said += [
            f"{summary.first_at[:10]} to {summary.data_end[:10]}. Goal: {', '.join(summary.goals) or 'none known'}.",
            (
                f"{amounts.count(summary.customers)} customers, {amounts.count(summary.journeys)} journeys. "
                f"Of {amounts.count(summary.mature)} mature journeys {amounts.count(summary.converted)} converted "
                f"({amounts.share(rate.rate)}, 95 % interval {interval(rate.ci_low, rate.ci_high)}), "
                f"{amounts.count(summary.ended)} ended, {amounts.count(summary.abandoned)} were abandoned, "
                f"{amounts.count(summary.open)} are open. {amounts.count(young)} are too young to judge."
            ),
        ]
        if summary.thin:
            said.append("Thin data: few customers stand behind this level.")
    found: tuple[Finding, ...] = getattr(value, "findings", ())
    for number, item in enumerate(found[:TOLD], start=1):
        said.append(f"{number}. {finding_words(item)}.")
        if item.opportunity is not None:
            assumed = f" ({item.assumption})" if item.assumption else ""
            said.append(f"   Opportunity: {amounts.short(item.opportunity)}{assumed}.")
        if item.action:
            said.append(f"   What is usually done: {item.action}")
    if len(found) > TOLD:
        said.append(f"{len(found) - TOLD} more pain points were found.")
    if summary is not None:
        said.append(
            f"A journey is over after {summary.horizon_days:g} days of silence. It is mature where that much time lies "
            "between its start and the end of the data; rates are of mature units only, successes included. Drop-off "
            "is the share of a touchpoint's mature visits that were the last of an abandoned journey. Intervals are "
            "clustered by customer."
        )
    return said


def _timeless(written: BytesIO) -> bytes:
    """Pack the parts of a deck again without the time of day."""
    packed = BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return packed.getvalue()
