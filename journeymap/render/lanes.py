"""The journey map as CX people know it: stages as columns, lanes as rows, all of it from events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from journeymap.model.names import UNSTAGED
from journeymap.render import amounts, text
from journeymap.render.furniture import MARGIN, Piece, header, paragraph
from journeymap.render.lanes_curve import curve_lane
from journeymap.render.lanes_frame import DASH, GAP, PAD, Detail, Frame, Lane, setting, shifted
from journeymap.render.lanes_touchpoints import channel_lane, touchpoint_lane, volume_lane
from journeymap.render.lanes_words import (
    drop_off_lane,
    findings_of,
    named_lane,
    notes_lane,
    notes_of,
    opportunities_of,
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
    grow = 1.0
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
        if larger.spare >= 0:
            return larger
    return best


def _sheet(
    value: JourneyMap, theme: Theme, page: tuple[float, float], scale: float, size: float, detail: Detail
) -> _Sheet:
    frame = Frame(value, theme, size, page[0], max(min(13.2 * size, page[0] * 0.125), 11.5 * size), detail)
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
    heads, foot = _stages(frame), _footer(frame, scale)
    used = sum(_height(row, label) for row, label in zip(shown, labels, strict=True))
    return _Sheet(frame, head, heads, shown, labels, foot, page[1] - head.height - heads.height - used - foot.height)


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
    size = max(frame.size * 1.2, theme.smallest)
    names = [text.wrap(stage.stage, frame.column - 22.0, size, theme, bold=True) for stage in frame.stages]
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


def profile_words(value: JourneyMap) -> str:
    """Say in a line what a level is like, from the numbers of its map.

    Returns
    -------
    str
        ``25.1 % of all customers, 24.8 % of all journeys · a journey has 17.0 touchpoints (mean) · ...``, or nothing.
    """
    profile, summary = value.profile, value.summary
    if profile is None or not summary.journeys:
        return ""
    said = []
    if value.levels:
        whose = "these" if summary.narrowed else "all"  # of those whom the map is about
        share = profile.customer_share
        shares = [] if share is None else [f"{amounts.share(share)} of {whose} customers"]
        said.append(", ".join([*shares, f"{amounts.share(profile.journey_share)} of {whose} journeys"]))
    if profile.mean_steps is not None:
        said.append(f"a journey has {profile.mean_steps:.1f} touchpoints (mean)")
    if profile.median_seconds is not None:
        said.append(f"lasts {amounts.duration(profile.median_seconds)} (median)")
    if profile.value is not None and summary.customers:
        said.append(
            f"value {amounts.short(profile.value)}, {amounts.short(profile.value / summary.customers)} per customer"
        )
    known = [pair for pair in profile.channels if pair[0]]
    if known:
        visits = sum(count for _, count in profile.channels)
        told = ", ".join(f"{channel} {amounts.share(count / visits, 0)}" for channel, count in known[:2])
        said.append(f"most visits: {told}")
    words = " · ".join(said)
    return words[:1].upper() + words[1:]


def _footer(frame: Frame, scale: float) -> Piece:
    """Say what the numbers are of, how thin data are drawn, and what found no place."""
    value, theme = frame.value, frame.theme
    said = ["Rates use mature units only, with 95 % intervals clustered by customer."]
    young = value.summary.journeys - value.summary.mature
    if young:
        noun = "1 immature journey is" if young == 1 else f"{amounts.count(young)} immature journeys are"
        said.append(f"{noun} too young to judge.")
    if frame.minimum > 1:
        said.append(f"Pale and dashed: fewer than {frame.minimum} customers.")
    placed = sum(len(findings_of(frame, stage)) for stage in value.stages)
    left_out = sum(1 for item in value.findings if item.is_reported) - placed
    notes = sum(len(notes_of(frame, stage)) for stage in value.stages)
    gains = sum(len(opportunities_of(frame, stage)) for stage in value.stages)
    for n, shown, one, many in (
        (gains, frame.detail.opportunities, "opportunity", "opportunities"),
        (notes, frame.detail.notes, "note", "notes"),
    ):
        if n and not shown:
            said.append(f"{amounts.count(n)} {one if n == 1 else many} found no room; a larger page has more.")
    if left_out:
        noun = "1 pain point belongs" if left_out == 1 else f"{amounts.count(left_out)} pain points belong"
        said.append(f"{noun} to no stage.")
    if value.stages == (UNSTAGED,):
        said.append("Stages are not set: name them under [stages] in the settings.")
    if any(stage.score is None and stage.ease is not None for stage in frame.stages):
        said.append("Derived experience = (1 - drop-off) x (1 - repeated visits) x (1 - error visits).")
    size = theme.smallest * scale
    body = paragraph(" ".join(said), MARGIN, 5.0, frame.width - 2 * MARGIN, size, theme, color=theme.muted)
    return Piece(body.marks, body.height + 5.0 + 9.0)


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
