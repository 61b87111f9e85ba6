"""The lanes of rates, times and words: drop-off, time, pain points, opportunities, notes, KPIs, owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.render import amounts, text
from journeymap.render.furniture import Piece, interval
from journeymap.render.lanes_frame import DASH, LEADING, Lane, card, setting, stacked
from journeymap.render.scene import Shape, Words, polyline, rounded
from journeymap.render.theme import blend
from journeymap.render.wording import evidence, headline, say_gain, say_opportunity

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.model.finding import Finding
    from journeymap.model.map_stage import MapStage
    from journeymap.render.lanes_frame import Frame
    from journeymap.render.scene import Mark

_LEAST_TOP = 0.1
"""The drop-off scale reaches at the least this far, or rates of nothing would look large."""
_QUOTE = "\N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}"


def stage_of(frame: Frame, place: str) -> str | None:
    """Give the stage of a touchpoint, or of a stage's own name; None for what is not on the map."""
    for node in frame.value.nodes:
        if node.touchpoint == place:
            return node.stage
    return place if place in frame.value.stages else None


def findings_of(frame: Frame, stage: str) -> list[Finding]:
    """Give the findings of a stage that stand up, worst first."""
    return [item for item in frame.value.findings if item.is_reported and stage_of(frame, item.touchpoint) == stage]


def drop_off_lane(frame: Frame) -> Lane:
    """Say how many journeys are abandoned in each stage."""
    tops = [
        stage.drop_off.ci_high
        for stage in frame.stages
        if stage.drop_off.ci_high is not None and stage.mature_customers >= frame.minimum
    ]
    top = max([*tops, _LEAST_TOP])
    cells = [_drop_off(frame, at, stage, top) for at, stage in enumerate(frame.stages)]
    says = "of mature journeys"
    return Lane("Drop-off", says, tuple(cells))


def _drop_off(frame: Frame, at: int, stage: MapStage, top: float) -> Piece:
    theme, size = frame.theme, frame.size
    x, rate = frame.x(at), stage.drop_off
    if rate.rate is None or rate.ci_low is None or rate.ci_high is None:
        return setting(frame, "none mature yet", x, 0.0, frame.room, color=frame.pale, role="drop-off")
    thin = stage.mature_customers < frame.minimum
    color = frame.pale if thin else theme.ink
    big = size * 1.15
    share = amounts.share(rate.rate)
    wide = text.width(share, big, theme, bold=not thin)
    marks: list[Mark] = [Words(x, size * 1.0, share, big, color, bold=not thin, role="drop-off")]
    counts = f"{amounts.count(rate.numerator)} of {amounts.count(rate.denominator)}"
    words = f"{counts} ({interval(rate.ci_low, rate.ci_high)})"
    y = 0.0
    if wide + 4.0 + text.width(words, size, theme, narrow=True) <= frame.room:
        marks.append(Words(x + wide + 4.0, size * 1.0, words, size, theme.muted, narrow=True, role="drop-off n"))
    else:
        lines = setting(frame, words, x, size * LEADING * 1.1, frame.room, color=theme.muted, role="drop-off n")
        marks += lines.marks
        y = lines.height
    y += size * LEADING * 1.1
    middle = y + size * 0.38

    def place(part: float) -> float:
        return x + frame.room * min(part / top, 1.0)

    # The track says how far the scale goes.
    track = rounded(x, middle - 2.0, frame.room, 4.0, 1.0)
    marks.append(Shape(track, fill=blend(theme.band, theme.band_line, 0.5), layer=12))
    marks.append(
        Shape(
            rounded(x, middle - 2.0, max(place(rate.rate) - x, 0.4), 4.0, 1.0),
            fill=theme.paper if thin else blend(theme.dropped, theme.paper, 0.3),
            color=theme.muted if thin else "none",
            width=0.6 if thin else 0.0,
            dash=DASH if thin else (),
            layer=20,
            role="drop-off bar",
        )
    )
    ends = polyline((place(rate.ci_low), middle), (place(rate.ci_high), middle))
    marks.append(Shape(ends, color=theme.ink, width=0.9, layer=22, role="drop-off interval"))
    for end in (rate.ci_low, rate.ci_high):
        tick = polyline((place(end), middle - 1.8), (place(end), middle + 1.8))
        marks.append(Shape(tick, color=theme.ink, width=0.9, layer=22))
    return Piece(tuple(marks), y + size * 0.85)


def time_lane(frame: Frame) -> Lane:
    """Say how long journeys stay in each stage."""
    cells = []
    for at, stage in enumerate(frame.stages):
        x = frame.x(at)
        if stage.median_seconds is None:
            words = "no journey went on"
            cells.append(setting(frame, words, x, 0.0, frame.room, color=frame.pale, role="time"))
            continue
        thin = stage.timed_journeys < frame.minimum or stage.thin
        value = amounts.duration(stage.median_seconds)
        big = frame.size * 1.15
        wide = text.width(value, big, frame.theme, bold=not thin)
        color = frame.pale if thin else frame.theme.ink
        marks: list[Mark] = [Words(x, frame.size * 1.0, value, big, color, bold=not thin, role="time")]
        words = f"of {amounts.count(stage.timed_journeys)} journeys"
        if wide + 4.0 + text.width(words, frame.size, frame.theme, narrow=True) <= frame.room:
            marks.append(
                Words(x + wide + 4.0, frame.size * 1.0, words, frame.size, frame.theme.muted, narrow=True,
                      role="time n")
            )  # fmt: skip
            cells.append(Piece(tuple(marks), frame.size * LEADING * 1.1))
        else:
            y = frame.size * LEADING * 1.1
            more = setting(frame, words, x, y, frame.room, color=frame.theme.muted, role="time n")
            cells.append(Piece((*marks, *more.marks), y + more.height))
    return Lane("Time in stage", "median per journey", tuple(cells))


def pain_lane(frame: Frame) -> Lane | None:
    """Tell the worst pain points of each stage."""
    found = [findings_of(frame, stage.stage) for stage in frame.stages]
    if not any(found):
        return None
    cells = []
    for at, items in enumerate(found):
        said = opportunities_of(frame, frame.stages[at].stage)[: frame.detail.opportunities]
        told = {id(item) for item, _ in said}
        shown = items[: frame.detail.findings]
        # What is at stake is said once: with what mending would gain, where that is on the map.
        parts = [_pain(frame, at, item, money=id(item) not in told) for item in shown]
        cells.append(stacked([*parts, *_more(frame, at, len(items) - len(shown))], 2.5))
    return Lane("Pain points", "the worst of each stage", tuple(cells))


def _more(frame: Frame, at: int, n: int) -> list[Callable[[float], Piece]]:
    words, color = f"+ {amounts.count(n)} more", frame.theme.muted
    told = [lambda y: setting(frame, words, frame.x(at), y, frame.room, color=color, role="more")]
    return told if n > 0 else []


def _pain(frame: Frame, at: int, item: Finding, *, money: bool) -> Callable[[float], Piece]:
    theme = frame.theme

    def inner(x: float, y: float, room: float) -> Piece:
        said = setting(frame, headline(item), x, y, room, color=theme.muted if item.thin else theme.ink,
                       bold=not item.thin, role="pain")  # fmt: skip
        shown = evidence(item, money=money)
        if not shown:
            return said
        more = setting(frame, shown, x, y + said.height, room, color=theme.muted, role="pain n")
        return Piece((*said.marks, *more.marks), said.height + more.height)

    fill = blend(theme.dropped, theme.paper, 0.88)
    return lambda y: card(frame, inner, frame.x(at), y, fill=fill, edge=theme.dropped, dashed=item.thin, role="pain")


def opportunities_of(frame: Frame, stage: str) -> list[tuple[Finding, str]]:
    """Give the opportunities of a stage, with their words: the largest gain first."""
    say = say_opportunity if frame.detail.explains else say_gain
    told = [(item, say(item)) for item in findings_of(frame, stage) if not item.thin]
    return sorted((pair for pair in told if pair[1]), key=lambda pair: -(pair[0].opportunity or 0.0))


def opportunity_lane(frame: Frame) -> Lane | None:
    """Tell what mending the pain points would gain."""
    found = [opportunities_of(frame, stage.stage) for stage in frame.stages]
    if not any(found) or not frame.detail.opportunities:
        return None
    cells = []
    for at, items in enumerate(found):
        shown = items[: frame.detail.opportunities]
        parts = [_card_of(frame, at, words, frame.theme.converted, "opportunity") for _, words in shown]
        cells.append(stacked([*parts, *_more(frame, at, len(items) - len(shown))], 2.5))
    says = "what mending would gain" if frame.detail.explains else "gain if rates fell to the best to compare with"
    return Lane("Opportunities", says, tuple(cells))


def _card_of(frame: Frame, at: int, words: str, edge: str, role: str) -> Callable[[float], Piece]:
    fill = blend(edge, frame.theme.paper, 0.9)

    def inner(x: float, y: float, room: float) -> Piece:
        return setting(frame, words, x, y, room, role=role)

    return lambda y: card(frame, inner, frame.x(at), y, fill=fill, edge=edge, role=role)


def notes_of(frame: Frame, stage: str) -> list[tuple[str, str]]:
    """Give the notes of a stage as (place, words); each line of a note is one."""
    return [
        (place, line.strip())
        for place, words in frame.value.notes
        if stage_of(frame, place) == stage
        for line in words.splitlines()
        if line.strip()
    ]


def notes_lane(frame: Frame) -> Lane | None:
    """Write what people noted about each stage and its touchpoints."""
    found = [notes_of(frame, stage.stage) for stage in frame.stages]
    if not any(found) or not frame.detail.notes:
        return None
    cells = []
    for at, items in enumerate(found):
        shown = items[: frame.detail.notes]
        parts = [_note(frame, at, place, words) for place, words in shown]
        cells.append(stacked([*parts, *_more(frame, at, len(items) - len(shown))], 2.5))
    return Lane("Voices", "quotes and notes", tuple(cells))


def _note(frame: Frame, at: int, place: str, words: str) -> Callable[[float], Piece]:
    theme = frame.theme
    of_stage = place == frame.stages[at].stage

    def inner(x: float, y: float, room: float) -> Piece:
        told = _QUOTE.format(words) if of_stage else f"{_QUOTE.format(words)} {place}"
        return setting(frame, told, x, y, room, role="note")

    return lambda y: card(frame, inner, frame.x(at), y, fill=theme.paper, edge=theme.back, role="note")


def named_lane(frame: Frame, title: str, pairs: tuple[tuple[str, str], ...]) -> Lane | None:
    """Write what the settings name for places: KPIs, owners; None where they name nothing on the map."""
    found = [[pair for pair in pairs if stage_of(frame, pair[0]) == stage.stage] for stage in frame.stages]
    if not any(found):
        return None
    cells = []
    for at, items in enumerate(found):
        lines = [
            words if place == frame.stages[at].stage else f"{place}: {words}"
            for place, text_ in items
            for words in text_.splitlines()
            if words.strip()
        ]
        parts: list[Callable[[float], Piece]] = [
            lambda y, at=at, words=words: setting(frame, words, frame.x(at), y, frame.room, role="named")  # type: ignore[misc]  # defaults bind the loop's names
            for words in lines
        ]
        cells.append(stacked(parts, 1.0))
    return Lane(title, "", tuple(cells))
