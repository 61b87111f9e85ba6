"""The funnel: how far customers come, the levels under each other and the steps side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.model.names import ALL_LEVELS
from journeymap.render import amounts, text
from journeymap.render.funnel_fit import LINE, SIZE, THEN, cell_lines, fit_funnel, level_words, row_facts
from journeymap.render.furniture import MARGIN, Piece, Tile, closing, heading, interval, nothing
from journeymap.render.page import fill
from journeymap.render.scene import Mark, Scene, Shape, Words, moved, polygon, polyline
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.funnel_map import FunnelLevel, FunnelMap, FunnelStep
    from journeymap.render.funnel_fit import Fit
    from journeymap.render.theme import Theme

_ORDERS: Final = {
    "ordered": "anything may lie between two steps",
    "strict": "nothing may lie between two steps",
    "any": "in any order",
}
_SURE: Final = 30
"""Customers at the step before from which a loss may be called the greatest."""


def funnel(funnel_map: FunnelMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw the funnel of each level.

    Parameters
    ----------
    funnel_map
        The finished numbers.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. Where the levels or steps are too many for letters of the theme's smallest size,
        the picture grows beyond the page, in the same proportion.

    Returns
    -------
    Scene
        The picture.
    """
    if not any(step.entered for level in funnel_map.funnels for step in level.steps):
        head = _header(funnel_map, page[0], theme, 1.0)
        foot = closing(_said(funnel_map), page[0], theme)
        immature = sum(level.steps[0].immature for level in funnel_map.funnels)
        first = funnel_map.touchpoints[0]
        words = f"No customer came to {first}."
        more = "Nothing was measured, so there is nothing to draw."
        if immature:
            words = f"No customer came to {first} early enough to judge."
            more = f"{amounts.count(immature)} came too short a time before the data end."
        return nothing(head, foot, theme, page, words, more)

    def compose(width: float, height: float, scale: float) -> Scene | float:
        head = _header(funnel_map, width, theme, scale)
        foot = closing(_said(funnel_map), width, theme, scale)
        key = _key(theme, scale)
        room = height - head.height - key.height - foot.height - 10.0
        fit = fit_funnel(funnel_map, theme, width - 2 * MARGIN, room) if room > 0 else None
        if fit is None:
            return 1.12
        marks = (
            *head.marks,
            *(moved(mark, 1.0, MARGIN, head.height) for mark in _rows(funnel_map, fit, theme)),
            *(moved(mark, 1.0, MARGIN, height - foot.height - key.height) for mark in key.marks),
            *(moved(mark, 1.0, 0.0, height - foot.height) for mark in foot.marks),
        )
        return Scene(width, height, marks)

    return fill(page, compose)


def _header(funnel_map: FunnelMap, width: float, theme: Theme, scale: float) -> Piece:
    facts = []
    if funnel_map.first_at and funnel_map.data_end:
        facts.append(f"{funnel_map.first_at} to {funnel_map.data_end}")
    if funnel_map.window_seconds is None:
        facts.append("without a time limit")
    else:
        facts.append(f"within {amounts.duration(funnel_map.window_seconds)} of the first step")
    facts.append(_ORDERS[funnel_map.order])
    if funnel_map.order == "any":
        facts.append("steps: " + ", ".join(funnel_map.touchpoints))
    tiles: list[Tile] = []
    if len(funnel_map.funnels) == 1:
        (level,) = funnel_map.funnels
        last = level.steps[-1]
        tiles = [
            (amounts.count(level.customers), ("customers",)),
            (
                amounts.count(level.steps[0].entered),
                ("came to step 1", f"and {amounts.count(level.steps[0].immature)} too late to judge"),
            ),
            (
                amounts.share(last.overall.rate),
                (
                    f"came to the end ({interval(last.overall.ci_low, last.overall.ci_high)})",
                    f"{amounts.count(last.entered)} customers",
                ),
            ),
        ]
    under = [f"by {', '.join(funnel_map.by)}"] if funnel_map.by else []
    if len(funnel_map.funnels) == 1:
        under = [f"{segment} = {level}" for segment, level in funnel_map.funnels[0].levels]
    whom = ", ".join(dict.fromkeys((*under, *funnel_map.narrowed))) or ALL_LEVELS
    return heading(funnel_map.title, whom, facts, tiles, width, theme, scale=scale)


def _said(funnel_map: FunnelMap) -> list[str]:
    """Say what is counted, and what is not."""
    if funnel_map.window_seconds is None:
        needed = f"{funnel_map.horizon_days:g} d"
    else:
        needed = amounts.duration(funnel_map.window_seconds)
    said = [
        "Counted is each customer's first attempt.",
        "Shares are of the customers who came to step 1, ↓ of those who came to the step before; times are medians.",
        f"Attempts that began less than {needed} before the data end are immature and not judged.",
        "Intervals are 95 %, by customer. The greatest loss of each level is bold.",
    ]
    thin = [level_words(level, funnel_map) for level in funnel_map.funnels if level.thin]
    if thin:
        said.append(f"Thin data: {', '.join(thin)}.")
    return said


def _key(theme: Theme, scale: float) -> Piece:
    size = theme.smallest * scale
    marks: list[Mark] = []
    x = 0.0
    for fill_color, words in (
        (theme.shares[3], "came this far"),
        (blend(theme.dropped, theme.paper, 0.72), "lost since the step before"),
        ("", "95 % interval"),
    ):
        if fill_color:
            box = polygon((x, 1.0), (x + 9.0, 1.0), (x + 9.0, 1.0 + size), (x, 1.0 + size))
            marks.append(Shape(box, fill=fill_color, layer=10))
        else:
            marks += _whisker(x + 4.5, 1.0, 1.0 + size, 2.2, theme)
        marks.append(Words(x + 13.0, 1.0 + size * 0.86, words, size, theme.ink))
        x += 13.0 + text.width(words, size, theme) + 18.0 * scale
    return Piece(tuple(marks), size * 1.3 + 6.0)


def _rows(funnel_map: FunnelMap, fit: Fit, theme: Theme) -> list[Mark]:
    size = SIZE * fit.letters
    marks: list[Mark] = []
    right = fit.name_room + fit.cell * len(funnel_map.touchpoints)
    for at, lines in enumerate(fit.heads):
        for number, words in enumerate(lines):
            y = fit.head_room - 7.0 - size * 1.1 * LINE * (len(lines) - 1 - number)
            x = fit.name_room + at * fit.cell
            marks.append(Words(x, y, words, size * 1.1, theme.ink, bold=True, narrow=True, role="step"))
    for number, level in enumerate(funnel_map.funnels):
        top = fit.head_room + number * fit.row
        marks.append(Shape(polyline((0.0, top), (right, top)), color=theme.band_line, width=0.7, layer=2))
        if fit.name_room:
            marks += _row_name(level, fit.names[number], fit, top, theme)
        if not level.steps[0].entered:
            y = top + fit.row / 2 + size * 0.35
            words = f"no customer of this level came to {level.steps[0].touchpoint} early enough to judge"
            lines = text.wrap(words, right - fit.name_room, size, theme, narrow=True)
            marks += [
                Words(
                    fit.name_room,
                    y + size * LINE * (at - (len(lines) - 1) / 2),
                    line,
                    size,
                    theme.muted,
                    narrow=True,
                    role="none",
                )
                for at, line in enumerate(lines)
            ]
            continue
        worst = _worst(level)
        for at, step in enumerate(level.steps):
            before = level.steps[at - 1] if at else step
            x = fit.name_room + at * fit.cell
            marks += _bar(step, before, x, top, fit, theme)
            marks += _cell(step, at, x + fit.bar + 6.0, top, fit, theme, worst=at == worst)
    bottom = fit.head_room + len(funnel_map.funnels) * fit.row
    marks.append(Shape(polyline((0.0, bottom), (right, bottom)), color=theme.band_line, width=0.7, layer=2))
    return marks


def _worst(level: FunnelLevel) -> int:
    """Give the place of the step before which the greatest share of enough customers is lost; 0 for none."""
    shares = [
        1 - (step.of_before.rate or 0.0) if at and step.lost and step.of_before.denominator >= _SURE else 0.0
        for at, step in enumerate(level.steps)
    ]
    return max(range(len(shares)), key=lambda at: (shares[at], -at))


def _row_name(level: FunnelLevel, lines: tuple[str, ...], fit: Fit, top: float, theme: Theme) -> list[Mark]:
    size = SIZE * fit.letters
    facts = row_facts(level, fit.form)
    high = size * LINE * (1.1 * len(lines) + len(facts))
    y = top + (fit.row - high) / 2
    marks: list[Mark] = []
    for words in lines:
        y += size * 1.1 * LINE
        marks.append(Words(0.0, y - size * 0.3, words, size * 1.1, theme.ink, bold=True, narrow=True, role="level"))
    for words in facts:
        y += size * LINE
        marks.append(Words(0.0, y - size * 0.3, words, size, theme.muted, narrow=True, role="fact"))
    return marks


def _bar(step: FunnelStep, before: FunnelStep, x: float, top: float, fit: Fit, theme: Theme) -> list[Mark]:
    """Draw how many came this far, and above it how many were lost since the step before."""
    high = fit.row - 5.0
    base = top + fit.row - 0.35
    share, earlier = step.overall.rate or 0.0, before.overall.rate or 0.0

    def box(low: float, up: float) -> tuple[tuple[float, float], ...]:
        return (
            (x, base - low * high),
            (x, base - up * high),
            (x + fit.bar, base - up * high),
            (x + fit.bar, base - low * high),
        )

    marks: list[Mark] = [Shape(polygon(*box(0.0, share)), fill=theme.shares[3], layer=10, role="bar")]
    if earlier > share:
        marks.append(
            Shape(polygon(*box(share, earlier)), fill=blend(theme.dropped, theme.paper, 0.72), layer=9, role="lost")
        )
    if step.overall.ci_low is not None and step.overall.ci_high is not None and step is not before:
        low, up = base - step.overall.ci_low * high, base - step.overall.ci_high * high
        marks += _whisker(x + fit.bar / 2, up, low, min(fit.bar / 6, 4.0), theme)
    return marks


def _whisker(x: float, top: float, bottom: float, half: float, theme: Theme) -> list[Mark]:
    lines = (((x, top), (x, bottom)), ((x - half, top), (x + half, top)), ((x - half, bottom), (x + half, bottom)))
    return [Shape(polyline(*line), color=theme.ink, width=0.8, layer=12, role="interval") for line in lines]


def _cell(step: FunnelStep, at: int, x: float, top: float, fit: Fit, theme: Theme, *, worst: bool) -> list[Mark]:
    colors = {"ink": theme.ink, "muted": theme.muted, "lost": theme.readable(theme.dropped)}
    size = SIZE * fit.letters
    lines = cell_lines(step, at, fit.form)
    high = sum(grown for _, grown, _, _ in lines) * size * LINE
    y = top + (fit.row - high) / 2
    if not fit.name_room:  # a single tall row: the words stand beside what is lost
        earlier = (step.overall.rate or 0.0) / (step.of_before.rate or 1.0)
        y = min(top + 4.0 + (fit.row - 5.0) * (1 - earlier), top + fit.row - high - 4.0)
    marks: list[Mark] = []
    for words, grown, bold, role in lines:
        y += size * grown * LINE
        strong = bold or (role == "lost" and worst)
        base = y - size * grown * 0.3
        first, _, rest = words.partition(THEN)
        marks.append(Words(x, base, first, size * grown, colors[role], bold=strong, narrow=True, role=role))
        if rest:
            past = x + text.width(first, size * grown, theme, bold=strong, narrow=True)
            marks.append(Words(past, base, THEN + rest, size * grown, theme.muted, narrow=True, role="time"))
    return marks
