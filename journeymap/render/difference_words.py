"""What frames the picture of a difference: both sides in words, what differs most, the key, the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.render import amounts, text
from journeymap.render.difference_colors import STRENGTHS, hue
from journeymap.render.fit import widest_count
from journeymap.render.furniture import MARGIN, Piece, Tile, footer, interval, paragraph
from journeymap.render.scene import Mark, Shape, Words, moved, polyline, rounded

if TYPE_CHECKING:
    from journeymap.model.difference_map import ComparedSide, Comparison, DifferenceMap
    from journeymap.render.theme import Theme

N_TOLD: Final = 4
"""How many differences are told in words."""

_PLAIN: Final = {"visit": "journeys that visit", "dropoff": "drop-off at", "outcome": "journeys"}


def head(value: DifferenceMap, width: float, theme: Theme, scale: float = 1.0) -> Piece:
    """Set the header: the sides with their numbers at the left, the outcome's difference at the right."""
    shown, right = _set_tiles(_tiles(value), width - MARGIN, theme, scale)
    room, top = right - MARGIN, 14.0
    if room < width * 0.35:
        room, top = width - 2 * MARGIN, shown.height + 6.0
    title = paragraph(value.title, MARGIN, top, room, theme.title * scale, theme, bold=True)
    marks: list[Mark] = [*shown.marks, *title.marks]
    y = top + title.height + 1.0
    size = theme.heading * scale
    for side, color in ((value.a, theme.more_a[1]), (value.b, theme.more_b[1])):
        words = paragraph(_side_words(side), MARGIN + size * 1.3, y, room - size * 1.3, size, theme)
        marks.append(Shape(rounded(MARGIN, y + size * 0.25, size * 0.8, size * 0.8, 1.5), fill=color, role="swatch"))
        marks += words.marks
        y += words.height
    summary = value.both.summary
    facts = [f"segment: {value.segment}"] if value.segment else ["journeys by their start"]
    facts += value.narrowed
    if summary.first_at and summary.data_end:
        facts.append(f"{summary.first_at[:10]} to {summary.data_end[:10]}")
    facts.append("goal: " + (", ".join(summary.goals) if summary.goals else "none known"))
    facts.append(f"a journey is over after {summary.horizon_days:g} days of silence")
    lines = paragraph(" · ".join(facts), MARGIN, y, room, theme.body * scale, theme, color=theme.muted)
    marks += lines.marks
    return Piece(tuple(marks), max(y + lines.height, shown.height) + 6.0)


def _side_words(side: ComparedSide) -> str:
    rate = side.conversion
    words = f"{side.name}: {amounts.count(side.customers)} customers, {amounts.count(side.journeys)} journeys"
    if rate.rate is not None:
        words += f", conversion {amounts.share(rate.rate)} ({interval(rate.ci_low, rate.ci_high)})"
        words += f" of {amounts.count(rate.denominator)} mature"
    return words + (" (thin data)" if side.thin else "")


def _tiles(value: DifferenceMap) -> list[Tile]:
    found: list[Tile] = []
    for item in value.comparisons:
        if item.what == "outcome" and item.place in ("converted", "abandoned") and item.difference is not None:
            name = "conversion" if item.place == "converted" else item.place
            found.append((amounts.points(item.difference), (name, f"({points_interval(item)})", _verdict(item))))
    found.sort(key=lambda tile: tile[1][0] != "conversion")
    n_clear = len(value.clear)
    found.append(
        (amounts.count(n_clear), ("clear differences", f"of {amounts.count(len(value.comparisons))} looked at"))
    )
    return found


def _set_tiles(tiles: list[Tile], right: float, theme: Theme, scale: float) -> tuple[Piece, float]:
    """Set large numbers, each over its captions, from ``right`` to the left; gives also where they begin."""
    marks: list[Mark] = []
    small, large = theme.smallest * scale, 13.0 * scale
    high = 0.0
    for value, captions in reversed(tiles):
        wide = max(text.width(value, large, theme, bold=True), *(text.width(line, small, theme) for line in captions))
        marks.append(Words(right - wide, 18.0 + large, value, large, theme.ink, bold=True))
        marks += [
            Words(right - wide, 18.0 + large + small * (1.5 + 1.3 * number), line, small, theme.muted)
            for number, line in enumerate(captions)
        ]
        high = max(high, 18.0 + large + small * (1.9 + 1.3 * (len(captions) - 1)))
        right -= wide + 20.0 * scale
    return Piece(tuple(marks), high), right


def _verdict(item: Comparison) -> str:
    return "clear" if item.is_clear else "not clear"


def points_interval(item: Comparison) -> str:
    """Write the 95 % interval of a difference in points."""
    if item.ci_low is None or item.ci_high is None:
        return "no interval"
    return f"{amounts.points(item.ci_low).removesuffix(' pp')} to {amounts.points(item.ci_high)}"


def difference_words(item: Comparison, value: DifferenceMap) -> str:
    """Say a difference in one sentence, with its numbers.

    Returns
    -------
    str
        ``cart → order: 26.2 % in south, 43.6 % in (rest): -17.3 pp (-21.1 to -13.4 pp)``.
    """
    place = f"{item.place} → {item.target}" if item.target else f"{_PLAIN[item.what]} {item.place}"
    return (
        f"{place}: {amounts.share(item.rate_a)} in {value.a.name}, {amounts.share(item.rate_b)} in {value.b.name}: "
        f"{amounts.points(item.difference or 0.0)} ({points_interval(item)})"
    )


def base(value: DifferenceMap, width: float, theme: Theme, scale: float, left_out: int) -> Piece:
    """Set what stands below the graph: the clearest differences at the left, the key at the right, the footer."""
    key, key_width = _key(value, theme, scale, width - 2 * MARGIN)
    room = width - 3 * MARGIN - key_width
    beside = room >= width * 0.3
    told = _most(value, room if beside else width - 2 * MARGIN, theme, scale)
    key_top = 0.0 if beside else told.height + 4.0
    high = max(key_top + key.height, told.height)
    extra = ["Width is the count of both sides together."]
    if left_out:
        extra.append(f"{'1 label' if left_out == 1 else f'{amounts.count(left_out)} labels'} found no room.")
    foot = footer(value.both, width, theme, tuple(extra), scale)
    left = width - MARGIN - key_width if beside else MARGIN
    marks = [
        *told.marks,
        *(moved(mark, 1.0, left, key_top) for mark in key.marks),
        *(moved(mark, 1.0, 0.0, high + 6.0) for mark in foot.marks),
    ]
    return Piece(tuple(marks), high + 6.0 + foot.height)


def _most(value: DifferenceMap, room: float, theme: Theme, scale: float) -> Piece:
    size = theme.body * scale
    clear = value.clear
    if not clear:
        words = "No clear difference"
        n_places = amounts.count(len(value.comparisons))
        more = f"Nothing is significant and large enough after correction for {n_places} places."
    else:
        words = "What differs most" + (f" ({N_TOLD} of {amounts.count(len(clear))})" if len(clear) > N_TOLD else "")
        more = ""
    heading = paragraph(words, MARGIN, 0.0, room, size, theme, bold=True)
    marks: list[Mark] = list(heading.marks)
    y = heading.height + 2.0
    lines = [(difference_words(item, value), item) for item in clear[:N_TOLD]] if clear else [(more, None)]
    for said, item in lines:
        indent = 10.0 * scale if item is not None else 0.0
        if item is not None:
            side = size * 0.7
            marks.append(Shape(rounded(MARGIN, y + size * 0.3, side, side, 1.5), fill=hue(item, theme), role="swatch"))
        line = paragraph(said, MARGIN + indent, y, room - indent, size, theme)
        marks += line.marks
        y += line.height + 1.5
    return Piece(tuple(marks), y)


def _key(value: DifferenceMap, theme: Theme, scale: float, room: float) -> tuple[Piece, float]:
    """Draw the key: hues, strengths, grey, and what the numbers in boxes are; gives also its width."""
    size = theme.smallest * scale
    step = size * 1.45
    marks: list[Mark] = []
    wide, y = 16.0 * scale, 0.0
    reach = min(room, 330.0 * scale)

    def say(words: str, x: float, top: float) -> float:
        lines = text.wrap(words, reach - x, size, theme)
        for number, line in enumerate(lines):
            marks.append(Words(x, top + size * (0.95 + 1.3 * number), line, size, theme.ink))
        return max(step, size * 1.3 * len(lines) + 2.0)

    small, medium = STRENGTHS
    for name, shades in ((value.a.name, theme.more_a), (value.b.name, theme.more_b)):
        for number, color in enumerate(shades):
            marks.append(Shape(rounded(number * wide, y + 1.0, wide - 2.0, size, 1.5), fill=color, role="key"))
        y += say(f"more in {name}: effect below {small:g}, below {medium:g}, larger (Cohen's h)", 3 * wide + 4.0, y)
    middle = y + size * 0.65
    marks.append(Shape(polyline((0.0, middle), (3 * wide - 2.0, middle)), color=theme.same, width=4.0 * scale))
    widest = amounts.count(widest_count(value.both))
    y += say(f"no clear difference; as wide as its count (widest: {widest})", 3 * wide + 4.0, y)
    a, b = value.a.name, value.b.name
    y += say(
        f"In a box: share of mature journeys that visit it, and ↓ drop-off of mature visits ({a} · {b}); where they "
        f"clearly differ, in bold, {a} − {b}. On an edge: the difference, in percentage "  # noqa: RUF001 - a minus
        "points, of the share of what leaves its source.",
        0.0,
        y,
    )
    n_places = amounts.count(len(value.comparisons))
    tested = f"Clear: q ≤ 0.05 after correction for {n_places} places (Benjamini-Hochberg), "
    profile = value.profile_p_value
    whole = "" if profile is None else f" All transitions together: p = {profile:.3f} (permutation)."
    y += say(f"{tested}and an effect of {value.least_effect:g} or more. The customer is the unit.{whole}", 0.0, y)
    return Piece(tuple(marks), y), reach
