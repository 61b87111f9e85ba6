"""The profile of a level on a page: what it is like in words, its numbers as bars, what stands out as dots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.model.level_profile import STANDS_OUT
from journeymap.model.shown import level_name
from journeymap.render import amounts, text
from journeymap.render.furniture import (
    MARGIN,
    Piece,
    closing,
    heading,
    interval,
    nothing,
    paragraph,
    tiles_of,
    young,
)
from journeymap.render.page import fill
from journeymap.render.profile_rows import Dot, Pair, bars, dots, here_color, others_color, small, whisker
from journeymap.render.scene import Mark, Scene, Shape, Words, moved, polygon
from journeymap.render.wording import say_finding

if TYPE_CHECKING:
    from journeymap.model.level_profile import Contrast, Figure, LevelProfile
    from journeymap.render.furniture import Tile
    from journeymap.render.theme import Theme

N_CHANNELS: Final = 8
N_DOTS: Final = 14
N_PAINS: Final = 4
N_SUPPORT: Final = 3

_GAP: Final = 26.0
_PARTS: Final = ((0.31, 0.29, 0.40), (0.36, 0.27, 0.37))
"""The widths of the three columns, the preferred first; the other where there is much to say in words."""
_LETTERS: Final = (1.4, 1.3, 1.2, 1.1, 1.0)
_TALL_LETTERS: Final = (2.0, 1.8, 1.6, *_LETTERS)
"""How much larger than the theme's body the letters may be where there is room; on a page that stands, too."""
_KINDS: Final = {
    "channel": "Channels: share of mature visits",
    "visit": "Touchpoints: share of mature journeys that visit",
    "transition": "Transitions: share of mature visits that go on so",
    "dropoff": "Drop-off: share of mature visits that are the last",
}
_FIGURES: Final = {
    "goal_value": "value of a goal",
    "visits_per_customer": "visits per customer",
    "active_days_per_customer": "active days per customer",
}


def profile(value: LevelProfile, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw what a level is like beside all others.

    Parameters
    ----------
    value
        The finished numbers.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. What does not fit with letters of the theme's smallest size makes a larger page of
        the same shape.

    Returns
    -------
    Scene
        The picture.
    """

    def compose(width: float, height: float, scale: float) -> Scene | float:
        head = _header(value, width, theme, scale)
        key = _key(value, theme, scale)
        foot = closing(_said(value), width, theme, scale)
        if not value.summary.journeys:
            return nothing(head, foot, theme, (width, height))
        room = height - head.height - key.height - foot.height - 14.0
        if room <= 0:
            return 1.2
        stands = height > width  # such as in narrow axes: there the columns lie one below the other
        tried = (
            _columns(value, width - 2 * MARGIN, parts, theme.body * letters, theme)
            for letters in (_LETTERS[-1:] if width > page[0] else _TALL_LETTERS if stands else _LETTERS)
            for parts in (((1.0,),) if stands else _PARTS)
        )
        least = room * 4.0
        for columns in tried:
            tallest = max(piece.height for _, piece in columns)
            least = min(least, tallest)
            if tallest <= room:
                break
        else:
            return float((least / room) ** 0.5)
        marks: list[Mark] = [*head.marks]
        for left, piece in columns:
            marks += [moved(mark, 1.0, MARGIN + left, head.height + 6.0) for mark in piece.marks]
        marks += [moved(mark, 1.0, MARGIN, height - foot.height - key.height) for mark in key.marks]
        marks += [moved(mark, 1.0, 0.0, height - foot.height) for mark in foot.marks]
        return Scene(width, height, tuple(marks))

    return fill(page, compose)


def _header(value: LevelProfile, width: float, theme: Theme, scale: float) -> Piece:
    summary = value.summary
    facts = []
    if summary.first_at and summary.data_end:
        facts.append(f"{summary.first_at[:10]} to {summary.data_end[:10]}")
    facts.append("goal: " + (", ".join(summary.goals) if summary.goals else "none known"))
    facts.append(f"a journey is over after {summary.horizon_days:g} days of silence")
    customers = (
        "customers" if value.customer_share is None else f"customers, {amounts.share(value.customer_share)} of all"
    )
    tiles: list[Tile] = [
        (
            amounts.count(summary.customers),
            (customers, f"{amounts.count(value.mature_customers)} with a mature journey"),
        ),
        (amounts.count(summary.journeys), (f"journeys, {amounts.share(value.journey_share)} of all",)),
        tiles_of(summary)[2],
    ]
    if value.value is not None:
        tiles.append((amounts.short(value.value), ("value of all goals",)))
    plural = "customer" if summary.customers == 1 else "customers"
    thin = f"thin data: {amounts.count(summary.customers)} {plural}" if summary.thin else ""
    return heading(value.title, level_name(value), facts, tiles, width, theme, scale=scale, thin=thin)


def _said(value: LevelProfile) -> list[str]:
    said = [young(value.summary)]
    if value.contrasts:
        said.append(
            f"Told apart is what is significant after correction for {amounts.count(value.n_looked_at)} comparisons "
            "(q ≤ 0.05, Benjamini-Hochberg) and large enough (Cohen's h of 0.1 or more; means: a tenth); the customer "
            "is the unit. Pain points are compared with all levels together."
        )
    return said


def _columns(
    value: LevelProfile, room: float, parts: tuple[float, ...], size: float, theme: Theme
) -> list[tuple[float, Piece]]:
    """Set the columns; each with where it begins. Where there is to be one, everything stands in it."""
    if len(parts) == 1:
        sections = [place(value, room, size, theme) for place in (_words, _numbers, _differences)]
        return [(0.0, _stacked(sections, size * 1.6))]
    inner = room - 2 * _GAP
    wide = [inner * part for part in parts]
    return [
        (0.0, _words(value, wide[0], size, theme)),
        (wide[0] + _GAP, _numbers(value, wide[1], size, theme)),
        (wide[0] + wide[1] + 2 * _GAP, _differences(value, wide[2], size, theme)),
    ]


def _stacked(parts: list[Piece], apart: float) -> Piece:
    marks: list[Mark] = []
    y = 0.0
    for part in parts:
        marks += [moved(mark, 1.0, 0.0, y) for mark in part.marks]
        y += part.height + apart
    return Piece(tuple(marks), max(y - apart, 0.0))


def _section(title: str, body: list[Piece], room: float, size: float, theme: Theme) -> Piece:
    return _stacked([paragraph(title, 0.0, 0.0, room, size * 1.08, theme, bold=True), *body], size * 0.35)


def _words(value: LevelProfile, room: float, size: float, theme: Theme) -> Piece:
    sections = [_section("In short", [paragraph(value.paragraph, 0.0, 0.0, room, size, theme)], room, size, theme)]
    pains = [_told(say_finding(item), room, size, theme) for item in value.findings[:N_PAINS]]
    more = len(value.findings) - N_PAINS
    if more > 0:
        pains.append(paragraph(f"and {more} more", 0.0, 0.0, room, small(size, theme), theme, color=theme.muted))
    if not pains:
        pains = [paragraph("None stands out.", 0.0, 0.0, room, size, theme, color=theme.muted)]
    sections.append(_section("Pain points it has more of", pains, room, size, theme))
    support = [
        _told(
            f"{item.touchpoint}: {amounts.share(item.rate)} of {amounts.counted(item.n_units, 'visit')} "
            f"({interval(item.ci_low, item.ci_high)})",
            room,
            size,
            theme,
        )
        for item in value.support[:N_SUPPORT]
    ]
    if support:
        sections.append(_section("Support is turned to most after", support, room, size, theme))
    return _stacked(sections, size * 1.2)


def _told(words: str, room: float, size: float, theme: Theme) -> Piece:
    """Set a sentence behind a small square."""
    body = paragraph(words, size * 1.1, 0.0, room - size * 1.1, size, theme)
    side = size * 0.42
    y = size * 0.42
    square = polygon((1.0, y), (1.0 + side, y), (1.0 + side, y + side), (1.0, y + side))
    return Piece((Shape(square, fill=theme.palette[0], layer=10, role="bullet"), *body.marks), body.height)


def _numbers(value: LevelProfile, room: float, size: float, theme: Theme) -> Piece:
    rows = []
    if value.conversion is not None:
        rows.append(_pair("conversion", value.conversion))
    rows += [_figure_pair(item) for item in value.figures]
    if value.seconds_to_goal is not None or value.others_seconds_to_goal is not None:
        times = (value.seconds_to_goal, value.others_seconds_to_goal)
        words = [amounts.duration(seconds) or "-" for seconds in times]
        rows.append(
            Pair("median time to goal", (times[0], None, None), (times[1], None, None), (words[0], words[1]), False)
        )
    sections = []
    if rows:
        body = [bars(rows, room, size, theme, is_common=False)]
        sections.append(_section("Numbers", body, room, size, theme))
    channels = [item for item in value.channels if item.here.numerator or item.others.numerator]
    if channels:
        pairs = [_pair(item.place or "(none)", item) for item in channels[:N_CHANNELS]]
        body = [bars(pairs, room, size, theme, is_common=True)]
        rest = channels[N_CHANNELS:]
        if rest:
            part = sum(item.here.rate or 0.0 for item in rest)
            more = f"{amounts.counted(len(rest), 'more channel')}: {amounts.share(part)} of visits here"
            body.append(paragraph(more, 0.0, 0.0, room, small(size, theme), theme, color=theme.muted))
        sections.append(_section("Channels, share of mature visits", body, room, size, theme))
    return _stacked(sections, size * 1.2)


def _pair(label: str, item: Contrast) -> Pair:
    here, others = ((rate.rate, rate.ci_low, rate.ci_high) for rate in (item.here, item.others))
    return Pair(label, here, others, (amounts.share(item.here.rate), amounts.share(item.others.rate)), item.is_clear)


def _figure_pair(item: Figure) -> Pair:
    def said(number: float | None) -> str:
        if number is None:
            return "-"
        return f"{number:,.1f}" if item.name != "goal_value" else _amount(number)

    return Pair(
        _FIGURES.get(item.name, item.name),
        (item.here, item.here_low, item.here_high),
        (item.others, item.others_low, item.others_high),
        (said(item.here), said(item.others)),
        item.is_clear,
    )


def _amount(number: float) -> str:
    return amounts.short(number) if abs(number) >= 1000 else f"{number:,.2f}"  # noqa: PLR2004 - four digits are long


def _differences(value: LevelProfile, room: float, size: float, theme: Theme) -> Piece:
    clear = value.standing_out
    shown = clear[:N_DOTS]
    title = "More or less than all others, in points"
    n_tested = sum(item.q_value is not None for item in value.contrasts)
    if not shown:
        tested = f"{amounts.counted(n_tested, 'rate')} that {'was' if n_tested == 1 else 'were'}"
        words = f"Of {tested} looked at, none stands out." if n_tested else "Too few customers to compare."
        return _section(title, [paragraph(words, 0.0, 0.0, room, size, theme, color=theme.muted)], room, size, theme)
    rows: list[Dot] = []
    for what in STANDS_OUT:
        own = [item for item in shown if item.what == what]
        rows += [Dot(_KINDS[what]), *map(_dot, own)] if own else []
    if len(clear) > len(shown):
        found = f"The {len(shown)} largest of {amounts.counted(len(clear), 'clear difference')}"
    else:
        found = f"All {len(clear)} clear differences" if len(clear) > 1 else "The one clear difference"
    under = paragraph(
        f"{found}, of {amounts.count(n_tested)} looked at.",
        0.0,
        0.0,
        room,
        small(size, theme),
        theme,
        color=theme.muted,
    )
    return _section(title, [dots(rows, room, size, theme), under], room, size, theme)


def _dot(item: Contrast) -> Dot:
    name = f"{item.place} → {item.target}" if item.target else item.place or "(none)"
    middle = item.difference or 0.0
    low = middle if item.difference_low is None else item.difference_low
    high = middle if item.difference_high is None else item.difference_high
    return Dot(name, (middle, low, high), (amounts.share(item.here.rate), amounts.share(item.others.rate)))


def _key(value: LevelProfile, theme: Theme, scale: float) -> Piece:
    """Set the key in one line."""
    if not value.summary.journeys:
        return Piece((), 0.0)
    size = theme.smallest * scale
    marks: list[Mark] = []
    x = 0.0
    for color, words in ((here_color(theme), "this level"), (others_color(theme), "all others"), ("", "95 % interval")):
        if color:
            box = polygon((x, 1.0), (x + 9.0, 1.0), (x + 9.0, 1.0 + size), (x, 1.0 + size))
            marks.append(Shape(box, fill=color, layer=10, role="key"))
        else:
            marks += whisker(x, x + 10.0, 1.0 + size / 2, 2.2, theme.ink)
        marks.append(Words(x + 13.0, 1.0 + size * 0.86, words, size, theme.ink, role="key"))
        x += 13.0 + text.width(words, size, theme) + 16.0 * scale
    clear = "bold: clearly different"
    marks.append(Words(x, 1.0 + size * 0.86, clear, size, theme.ink, bold=True, role="key"))
    return Piece(tuple(marks), size * 1.3 + 6.0)
