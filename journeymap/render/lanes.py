"""The journey map as CX people know it: stages as columns, lanes as rows, all of it from events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from journeymap.render import amounts, text
from journeymap.render.furniture import MARGIN, Piece, header, paragraph
from journeymap.render.lanes_curve import curve_lane
from journeymap.render.lanes_frame import DASH, GAP, PAD, Detail, Frame, Lane, setting, shifted
from journeymap.render.lanes_told import foot_of, profile_words
from journeymap.render.lanes_touchpoints import channel_lane, touchpoint_lane, volume_lane
from journeymap.render.lanes_words import (
    drop_off_lane,
    named_lane,
    notes_lane,
    opportunity_lane,
    pain_lane,
    time_lane,
)
from journeymap.render.scene import Mark, Scene, Shape, Words, polygon, polyline, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.theme import Theme

_SIZES = (10.0, 9.5, 9.0, 8.5, 8.0, 7.5)
"""Sizes of text in sevenths of the smallest letters, to try from the largest, where all is told."""
_LEAST = Detail(touchpoints=3, findings=1, opportunities=0, notes=0)
_MORE: Final[tuple[tuple[str, Any], ...]] = (
    ("touchpoints", 5), ("findings", 2), ("opportunities", 1), ("notes", 1), ("findings", 3), ("opportunities", 3),
    ("explains", True), ("touchpoints", 7), ("notes", 2), ("touchpoints", 10), ("notes", 4), ("touchpoints", 16),
    ("notes", 8), ("touchpoints", 40),
)  # fmt: skip
"""What is told besides, in this order, as far as there is room."""
_GROWN_FOR_NAMES = (1.0, 1.08, 1.17, 1.26)
"""How far the page may grow so that no stage's name is broken within a word; beyond, letters would be too small."""
_ROW = 2.8
"""Above and below what stands in a lane."""


def lanes(journey_map: JourneyMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw the customer journey map in lanes.

    Parameters
    ----------
    journey_map
        The finished numbers.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. What does not fit is gathered: touchpoints into a line that says how many and
        what share of visits, findings and notes into "+ 2 more". Where even that does not fit with letters of the
        theme's smallest size, the page grows in the same proportion.

    Returns
    -------
    Scene
        The picture.
    """
    if not journey_map.stage_facts:
        return _nothing(journey_map, theme, page)
    fitting = (
        grown
        for grown in _GROWN_FOR_NAMES
        if _names_fit(_frame(journey_map, theme, theme.smallest, page[0] * grown, _LEAST))
    )
    grow = next(fitting, 1.0)
    while True:
        size = (page[0] * grow, page[1] * grow)
        sheet = _fitted(journey_map, theme, size, grow**0.6)
        if sheet is not None:
            return _scene(sheet, size)
        grow *= 1.08


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page with everything on it measured."""

    frame: Frame
    head: Piece
    stages: Piece
    lanes: tuple[Lane, ...]
    labels: tuple[Piece, ...]
    foot: Piece
    spare: float


def _fitted(value: JourneyMap, theme: Theme, page: tuple[float, float], scale: float) -> _Sheet | None:
    """Tell as much as fits, and what fits as a whole in larger letters."""
    best = _sheet(value, theme, page, scale, theme.smallest, _LEAST)
    if best.spare < 0:
        return None
    is_whole = True
    for name, most in _MORE:
        tried = _sheet(value, theme, page, scale, theme.smallest, replace(best.frame.detail, **{name: most}))
        if tried.spare >= 0:
            best = tried
        else:
            is_whole = False
    for size in _SIZES if is_whole else ():
        larger = _sheet(value, theme, page, scale, size / 7.0 * theme.smallest, best.frame.detail)
        if larger.spare >= 0 and (_names_fit(larger.frame) or not _names_fit(best.frame)):
            return larger
    return best


def _sheet(
    value: JourneyMap, theme: Theme, page: tuple[float, float], scale: float, size: float, detail: Detail
) -> _Sheet:
    frame = _frame(value, theme, size, page[0], detail)
    rows = [
        touchpoint_lane(frame),
        channel_lane(frame),
        volume_lane(frame),
        curve_lane(frame),
        drop_off_lane(frame),
        time_lane(frame),
        pain_lane(frame),
        opportunity_lane(frame),
        named_lane(frame, "KPIs", value.kpis),
        notes_lane(frame),
        named_lane(frame, "Owners", value.owners),
    ]
    shown = tuple(row for row in rows if row is not None)
    labels = tuple(_label(frame, row) for row in shown)
    head = _head(value, page[0], theme, scale)
    heads, foot = _stages(frame), foot_of(frame, scale)
    used = sum(_height(row, label) for row, label in zip(shown, labels, strict=True))
    return _Sheet(frame, head, heads, shown, labels, foot, page[1] - head.height - heads.height - used - foot.height)


def _frame(value: JourneyMap, theme: Theme, size: float, width: float, detail: Detail) -> Frame:
    return Frame(value, theme, size, width, max(min(13.2 * size, width * 0.125), 11.5 * size), detail)


def _names_fit(frame: Frame) -> bool:
    """Say whether no stage's name is broken within a word."""
    size, room = _stage_letters(frame)
    return _widest_part(frame, size) <= room


def _stage_letters(frame: Frame) -> tuple[float, float]:
    """Give the size of the stages' names, smaller where they would be broken within a word, and the room of each."""
    least, room = frame.theme.smallest, frame.column - 22.0
    size = max(frame.size * 1.2, least)
    return max(min(size, size * room / max(_widest_part(frame, size), 1.0)), least), room


def _widest_part(frame: Frame, size: float) -> float:
    parts = [text.longest_part(stage.stage, size, frame.theme, bold=True) for stage in frame.stages]
    return max(parts, default=0.0)


def _head(value: JourneyMap, width: float, theme: Theme, scale: float) -> Piece:
    """Set the header, and below it what the level is like."""
    head = header(value, width, theme, scale)
    words = profile_words(value)
    if not words:
        return head
    top = head.height - 5.0
    more = paragraph(words, MARGIN, top, width - 2 * MARGIN, theme.body * scale, theme)
    return Piece((*head.marks, *more.marks), top + more.height + 6.0)


def _height(lane: Lane, label: Piece) -> float:
    return max(label.height, lane.least, *(cell.height for cell in lane.cells), 0.0) + 2 * _ROW


def _label(frame: Frame, lane: Lane) -> Piece:
    room = frame.label - (20.0 if lane.span is not None else 8.0)  # the ticks of the curve stand at the right
    title = setting(frame, lane.title, MARGIN, 0.0, room, size=frame.size * 1.08, bold=True, role="lane")
    size = max(frame.theme.smallest, frame.size * 0.82)
    if not lane.says:
        return title
    says = setting(frame, lane.says, MARGIN, title.height, room, size=size, color=frame.theme.muted, role="says")
    return Piece((*title.marks, *says.marks), title.height + says.height)


def _scene(sheet: _Sheet, page: tuple[float, float]) -> Scene:
    frame, theme = sheet.frame, sheet.frame.theme
    marks: list[Mark] = list(sheet.head.marks)
    marks += [shifted(mark, sheet.head.height) for mark in sheet.stages.marks]
    top = y = sheet.head.height + sheet.stages.height
    # The curve takes most of what is left over, the other lanes a little air.
    grown = min(sheet.spare * 0.55, frame.size * 12.0) if any(row.span for row in sheet.lanes) else 0.0
    air = min((sheet.spare - grown) / len(sheet.lanes), frame.size * 2.5)
    for number, (row, label) in enumerate(zip(sheet.lanes, sheet.labels, strict=True)):
        height = _height(row, label) + air + (grown if row.span is not None else 0.0)
        if number:
            rule = polyline((MARGIN, y), (frame.width - MARGIN, y))
            marks.append(Shape(rule, color=theme.band_line, width=0.8, layer=6, role="rule"))
        inner = y + _ROW + air / 2
        marks += [shifted(mark, inner) for mark in label.marks]
        marks += [shifted(mark, inner) for cell in row.cells for mark in cell.marks]
        if row.span is not None:
            marks += [shifted(mark, y + _ROW) for mark in row.span(height - 2 * _ROW)]
        y += height
    for at, stage in enumerate(frame.stages):
        band = rounded(frame.x(at) - PAD, top - 2.0, frame.column, y - top + 2.0, 3.0)
        marks.append(
            Shape(band, fill=theme.band, color=theme.muted if stage.thin else "none", width=0.6 if stage.thin else 0.0,
                  dash=DASH if stage.thin else (), layer=1, role="band")
        )  # fmt: skip
    marks += [shifted(mark, page[1] - sheet.foot.height) for mark in sheet.foot.marks]
    return Scene(page[0], page[1], tuple(marks))


def _stages(frame: Frame) -> Piece:
    """Draw the stages as steps that lead to one another."""
    theme = frame.theme
    size, room = _stage_letters(frame)
    names = [text.wrap(stage.stage, room, size, theme, bold=True) for stage in frame.stages]
    high = max(len(lines) for lines in names) * size * 1.2 + 9.0
    marks: list[Mark] = []
    deepest = high
    for at, (stage, lines) in enumerate(zip(frame.stages, names, strict=True)):
        left = frame.x(at) - PAD
        right = left + frame.column
        tip, notch = 6.0 + GAP, 6.0 if at else 0.0
        is_last = at == len(frame.stages) - 1
        end = right if is_last else right - GAP
        points = [(left, 0.0), (end, 0.0), (end if is_last else end + tip - GAP, high / 2), (end, high), (left, high)]
        if notch:
            points.append((left + notch, high / 2))
        fill = theme.paper if stage.thin else theme.ink
        marks.append(
            Shape(polygon(*points), fill=fill, color=theme.muted if stage.thin else "none",
                  width=0.8 if stage.thin else 0.0, dash=DASH if stage.thin else (), layer=12, role="step")
        )  # fmt: skip
        y = (high - len(lines) * size * 1.2) / 2
        marks += [
            Words((left + right) / 2 + notch / 2, y + size * (0.92 + 1.2 * number), line, size,
                  theme.ink if stage.thin else theme.paper, bold=True, align="center", role="stage")
            for number, line in enumerate(lines)
        ]  # fmt: skip
        if stage.thin:
            noun = "customer" if stage.customers == 1 else "customers"
            words = f"thin data: {amounts.count(stage.customers)} {noun}"
            said = setting(frame, words, frame.x(at), high + 2.0, frame.room, color=theme.readable(theme.dropped),
                           bold=True, align="center", role="thin stage")  # fmt: skip
            marks += said.marks
            deepest = max(deepest, high + 2.0 + said.height)
    return Piece(tuple(marks), deepest + 4.0)


def _nothing(value: JourneyMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Say that there is nothing to draw."""
    head = header(value, page[0], theme)
    middle = (head.height + page[1]) / 2
    words = "No journeys in this level." if not value.summary.journeys else "The stages of this map were not measured."
    more = "Nothing was measured, so there is nothing to draw."
    return Scene(
        page[0],
        page[1],
        (
            *head.marks,
            Shape(
                rounded(MARGIN, head.height, page[0] - 2 * MARGIN, page[1] - head.height - MARGIN, 4.0),
                fill=blend(theme.band, theme.paper, 0.3),
                layer=1,
                role="band",
            ),
            Words(page[0] / 2, middle, words, 13.0, theme.ink, bold=True, align="center"),
            Words(page[0] / 2, middle + 16.0, more, theme.heading, theme.muted, align="center"),
        ),
    )
