"""The timeline: one row a customer, a disc for each touchpoint, dots for silence, and how each journey ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.model.names import UNSTAGED
from journeymap.render import amounts, text
from journeymap.render.furniture import MARGIN, Piece, disc, header, paragraph
from journeymap.render.scene import Scene, Shape, Words, moved, polyline, rounded
from journeymap.render.timeline_rows import ABOVE, DISC, LINE, Item, Row, lay_row

if TYPE_CHECKING:
    from journeymap.model.timeline import Timeline
    from journeymap.render.scene import Mark
    from journeymap.render.theme import Theme

LABEL = 92.0
"""The room of a customer's label, in points."""
GAP = 9.0
"""The least distance between rows."""
WIDEST_GAP = 22.0


def timeline(value: Timeline, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw real journeys of a few customers.

    Parameters
    ----------
    value
        The customers and their visits.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. Rows that do not fit with letters of the theme's smallest size make a larger page
        of the same shape.

    Returns
    -------
    Scene
        The picture.
    """
    grow = 1.0
    while True:
        width, height = page[0] * grow, page[1] * grow
        scale = grow**0.6
        head = header(value, width, theme, scale)
        rows = [lay_row(row, width - 2 * MARGIN - LABEL, theme) for row in value.rows]
        labels = [_label(row.customer, laid, theme) for row, laid in zip(value.rows, rows, strict=True)]
        tall = [max(laid.height, label.height) for laid, label in zip(rows, labels, strict=True)]
        base = _base(value, rows, width, theme, scale)
        room = height - head.height - base.height - 12.0
        need = sum(tall) + GAP * len(rows)
        if need <= room:
            break
        grow *= min(max((need / max(room, 40.0)) ** 0.5, 1.02), 1.5)
    marks: list[Mark] = [*head.marks]
    gap = min(GAP + (room - need) / max(len(rows), 1), WIDEST_GAP)
    y = head.height + gap / 2
    for number, (laid, label) in enumerate(zip(rows, labels, strict=True)):
        if number:
            line = polyline((MARGIN, y - gap / 2), (width - MARGIN, y - gap / 2))
            marks.append(Shape(line, color=theme.band_line, width=0.6, layer=2))
        marks += [moved(mark, 1.0, 0.0, y) for mark in label.marks]
        marks += _row(laid, MARGIN + LABEL, y, _colors(value, theme), theme)
        y += tall[number] + gap
    if not rows:
        said = "No journeys in this level."
        marks.append(Words(width / 2, y + room / 2, said, 13.0, theme.ink, bold=True, align="center"))
    marks += [moved(mark, 1.0, 0.0, height - base.height) for mark in base.marks]
    return Scene(width, height, tuple(marks))


def _colors(value: Timeline, theme: Theme) -> dict[str, str]:
    """Give each stage its colour: by its place among all stages, so that all levels' pictures agree."""
    staged = [stage for stage in value.stages if stage != UNSTAGED]
    colors = {stage: theme.palette[at % len(theme.palette)] for at, stage in enumerate(staged)}
    return {**colors, UNSTAGED: theme.open}


def _label(customer: str, laid: Row, theme: Theme) -> Piece:
    size, top = theme.smallest, ABOVE - 4.0
    name = paragraph(customer, MARGIN, top, LABEL - 10.0, size + 0.5, theme, bold=True)
    said = paragraph(laid.said, MARGIN, top + name.height, LABEL - 10.0, size, theme, color=theme.muted)
    return Piece((*name.marks, *said.marks), top + name.height + said.height)


def _row(laid: Row, left: float, top: float, colors: dict[str, str], theme: Theme) -> list[Mark]:
    marks: list[Mark] = []
    before: Item | None = None
    for item in laid.items:
        x, y = left + item.x, top + item.y
        if before is not None:
            marks += _way(before, item, (left, top), laid.width, theme)
        if item.kind == "visit":
            marks += _visit(item, x, y, colors.get(item.stage, theme.open), theme)
        else:
            marks += _pill(item, x, y, theme)
        before = item
    return marks


def _visit(item: Item, x: float, y: float, color: str, theme: Theme) -> list[Mark]:
    size = theme.smallest
    marks: list[Mark] = [Shape(disc(x, y, DISC), fill=color, color=theme.paper, width=1.0, layer=20, role="visit")]
    if item.is_goal:
        marks.append(Shape(disc(x, y, DISC + 2.2), color=theme.converted, width=1.8, layer=21, role="goal"))
    if item.times > 1:
        words = f"×{amounts.count(item.times)}"  # noqa: RUF001 - a multiplication sign is meant
        marks.append(Words(x, y - DISC - 4.0, words, size, theme.ink, narrow=True, align="center", role="times"))
    ink = theme.readable(theme.converted) if item.is_goal else theme.ink
    for number, line in enumerate(item.lines):
        at = y + DISC + 4.0 + size * (0.95 + LINE * number)
        marks.append(
            Words(x, at, line, size, ink, bold=item.is_goal, narrow=True, align="center", role="name"),
        )
    return marks


def _pill(item: Item, x: float, y: float, theme: Theme) -> list[Mark]:
    colors = {"converted": theme.converted, "abandoned": theme.dropped, "ended": theme.ended, "open": theme.muted}
    color = colors.get(item.name, theme.muted)
    size, high = theme.smallest, theme.smallest * 1.7
    outline = rounded(x - item.wide / 2, y - high / 2, item.wide, high, high / 2)
    is_status = item.kind == "end"
    return [
        Shape(outline, fill=theme.paper, color=color, width=1.2 if is_status else 0.6, layer=20, role=item.kind),
        Words(
            x, y + size * 0.36, item.name, size, theme.readable(color), bold=is_status, narrow=True, align="center",
            layer=51, role=item.kind,
        ),
    ]  # fmt: skip


def _way(one: Item, other: Item, origin: tuple[float, float], width: float, theme: Theme) -> list[Mark]:
    """Draw the line between two items, over the end of a line of the row where they stand in different ones."""
    left, top = origin
    dash = (1.0, 2.6) if other.silence else ()
    color = theme.muted if other.silence else theme.line
    pieces = [(one.x, other.x, other.y)]
    if one.y != other.y:
        pieces = [(one.x, width, one.y), (0.0, other.x, other.y)]
    marks: list[Mark] = [
        Shape(
            polyline((left + start, top + y), (left + end, top + y)),
            color=color,
            width=1.2 if other.silence else 1.6,
            dash=dash,
            layer=10,
            role="silence" if other.silence else "way",
        )
        for start, end, y in pieces
    ]
    if not other.silence:
        return marks
    # The words stand over the last piece, in the middle between what is at its two sides.
    before = one.x + one.half if one.y == other.y else 0.0
    middle = left + (before + other.x - other.half) / 2
    y = top + other.y
    size = theme.smallest
    marks.append(Words(middle, y - 5.5, other.silence, size, theme.muted, narrow=True, align="center", role="silence"))
    if other.begins_journey:
        for shift in (-1.6, 1.6):
            stroke = polyline((middle + shift - 1.8, y + 4.0), (middle + shift + 1.8, y - 4.0))
            marks.append(Shape(stroke, color=theme.ink, width=1.0, layer=22, role="break"))
    return marks


def _base(value: Timeline, rows: list[Row], width: float, theme: Theme, scale: float) -> Piece:
    """Set the key and the footer."""
    key = _key(value, rows, width, theme, scale)
    size = theme.smallest * scale
    foot = paragraph(" ".join(_said(value, rows)), MARGIN, 5.0, width - 2 * MARGIN, size, theme, color=theme.muted)
    rule = Shape(polyline((MARGIN, 0.0), (width - MARGIN, 0.0)), color=theme.band_line, width=0.7)
    below = (moved(mark, 1.0, 0.0, key.height + 5.0) for mark in (rule, *foot.marks))
    return Piece((*key.marks, *below), key.height + 5.0 + foot.height + 15.0)


def _said(value: Timeline, rows: list[Row]) -> list[str]:
    customers = value.summary.customers
    shown = len(value.rows)
    said = []
    if value.is_sample and shown < customers:
        said.append(
            f"{amounts.count(shown)} of {amounts.count(customers)} customers, each in the middle of one of {shown} "
            "equal groups, in order of outcome, then of the number of visits."
        )
    else:
        said.append(f"{amounts.count(shown)} of {amounts.count(customers)} customers.")
    if value.is_masked:
        said.append("Ids are not shown.")
    left_out = sum(row.left_out for row in rows)
    if left_out:
        said.append(f"{amounts.count(left_out)} visits in the middle of long rows are not shown.")
    said.append("Discs stand in order, at distances that only make room for names; long silences are written.")
    return said


def _key(value: Timeline, rows: list[Row], width: float, theme: Theme, scale: float) -> Piece:
    """Set the key in lines: a sign and its words, one after the other."""
    size = theme.smallest * scale
    colors = _colors(value, theme)
    items = [item for row in rows for item in row.items]
    met = {item.stage for item in items if item.kind == "visit"}
    entries: list[tuple[str, str]] = [(stage, stage) for stage in colors if stage in met]
    if any(item.is_goal for item in items):
        entries.append(("(goal)", "goal"))
    if any(item.times > 1 for item in items):
        entries.append(("(times)", "visits in a row"))
    if any(item.silence and not item.begins_journey for item in items):
        entries.append(("(silence)", "silence between sessions"))
    if any(item.silence and item.begins_journey for item in items):
        entries.append(("(break)", "silence between journeys"))
    marks: list[Mark] = []
    x, y, sign = MARGIN, 0.0, 16.0 * scale
    for name, words in entries:
        lines = text.wrap(words, width / 3, size, theme)
        wide = sign + max(text.width(line, size, theme) for line in lines) + 16.0 * scale
        if x + wide > width - MARGIN and x > MARGIN:
            x, y = MARGIN, y + size * 1.6
        marks += _sign(name, x, y + size * 0.62, colors, theme, scale)
        for number, line in enumerate(lines):
            marks.append(Words(x + sign, y + size * (0.95 + 1.3 * number), line, size, theme.ink, role="key"))
        x += wide
        y += size * 1.3 * (len(lines) - 1)
    return Piece(tuple(marks), y + size * 1.6 if entries else 0.0)


def _sign(name: str, x: float, y: float, colors: dict[str, str], theme: Theme, scale: float) -> list[Mark]:
    if name == "(goal)":
        return [Shape(disc(x + 6.0 * scale, y, 4.4 * scale), color=theme.converted, width=1.8 * scale)]
    if name == "(times)":
        size = theme.smallest * scale
        return [Words(x, y + size * 0.33, "×2", size, theme.ink, narrow=True)]  # noqa: RUF001 - as above
    if name in ("(silence)", "(break)"):
        line = polyline((x, y), (x + 13.0 * scale, y))
        marks: list[Mark] = [Shape(line, color=theme.muted, width=1.2 * scale, dash=(1.0, 2.6))]
        if name == "(break)":
            for shift in (4.6, 7.8):
                stroke = polyline((x + (shift - 1.8) * scale, y + 5.0), (x + (shift + 1.8) * scale, y - 3.0))
                marks.append(Shape(stroke, color=theme.ink, width=1.0 * scale, layer=22))
        return marks
    return [Shape(disc(x + 6.0 * scale, y, 4.0 * scale), fill=colors[name])]
