"""The experience curve: mean satisfaction of the stages, or what stands for it, with its intervals."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from journeymap.render import amounts, text
from journeymap.render.furniture import MARGIN, Piece
from journeymap.render.icons import face
from journeymap.render.lanes_frame import DASH, LEADING, Lane, setting, shifted
from journeymap.render.scene import Outline, Shape, Words, polyline, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.rate import Mean
    from journeymap.render.lanes_frame import Frame
    from journeymap.render.scene import Mark, Point

_PLOT = 6.0
"""The least height of the scale, in letters' sizes."""
_NARROW = 10.0
"""In columns narrower than this many letters' sizes, the lowest touchpoint is not named."""
_DERIVED = "DERIVED, nobody was asked: share without drop-off, repeats and errors; band: 95 % interval"


def curve_lane(frame: Frame) -> Lane | None:
    """Draw the experience curve; None where neither scores nor friction were measured."""
    scored = any(stage.score is not None for stage in frame.stages)
    means = [stage.score if scored else stage.ease for stage in frame.stages]
    if not any(mean is not None for mean in means):
        return None
    profile = frame.value.profile
    scale = (profile.score_scale if profile is not None and scored else None) or (0.0, 1.0)
    notes = tuple(_lowest(frame, at) for at in range(len(frame.stages))) if scored else ()
    below = max((note.height for note in notes), default=0.0)
    radius = frame.size * 0.82

    def span(height: float) -> list[Mark]:
        marks = _curve(frame, means, scale, height - below, radius, is_share=not scored)
        return marks + [shifted(mark, height - below) for note in notes for mark in note.marks]

    title = "Experience" if scored else "Experience (derived)"
    says = f"mean score from {scale[0]:g} to {scale[1]:g}; band: 95 % interval" if scored else _DERIVED
    pads = _pads(frame, means, scale, radius)
    return Lane(title, says, (), span, sum(pads) + _PLOT * frame.size + below)


def _pads(frame: Frame, means: list[Mean | None], scale: tuple[float, float], radius: float) -> tuple[float, float]:
    """Give the room above and below the scale that the captions of the points at its ends need."""
    plot = _PLOT * frame.size
    need = [radius + 1.0, radius + 1.0]
    for at, mean in enumerate(means):
        if mean is None:
            continue
        above = _above(at, means)
        end = mean.ci_high if above else mean.ci_low
        reach = _label_height(frame) + 2.5
        for value, more in ((mean.value, radius), (end, 0.0)):
            share = (value - scale[0]) / ((scale[1] - scale[0]) or 1.0)
            inside = plot * ((1 - share) if above else share)
            side = 0 if above else 1
            need[side] = max(need[side], reach + more - inside)
    return need[0], need[1]


def _label_height(frame: Frame) -> float:
    """Give the height of a caption: in narrow columns the interval stands below the mean, in one or two lines."""
    lines = 1 if frame.column > 14.0 * frame.size else 2 if frame.column > 9.5 * frame.size else 3
    return frame.size * LEADING * lines + 2.0


def _lowest(frame: Frame, at: int) -> Piece:
    """Name the touchpoint that customers rate lowest, where there are several to choose from."""
    known = [pair for pair in frame.stages[at].touchpoint_scores if pair[1].customers >= frame.minimum]
    narrow = frame.room < _NARROW * frame.size
    if len(frame.stages[at].touchpoint_scores) < 2 or not known or narrow:  # noqa: PLR2004 - one is not the lowest
        return Piece((), 0.0)
    name, mean = known[0]
    words = f"lowest: {name} {mean.value:.1f} (n {amounts.count(mean.n)})"
    return setting(frame, words, frame.x(at), 0.0, frame.room, color=frame.theme.muted, align="center", role="lowest")


def _curve(
    frame: Frame, means: list[Mean | None], scale: tuple[float, float], height: float, radius: float, *, is_share: bool
) -> list[Mark]:
    theme = frame.theme
    low, high = scale
    above_scale, below_scale = _pads(frame, means, scale, radius)
    top, bottom = above_scale, height - below_scale

    def y_of(value: float) -> float:
        return bottom - (value - low) / ((high - low) or 1.0) * (bottom - top)

    marks = _axis(frame, scale, y_of(low), y_of(high), is_share=is_share)
    points: list[Point | None] = [
        None if mean is None else (frame.middle(at), y_of(mean.value)) for at, mean in enumerate(means)
    ]
    marks += _line(frame, points)
    for at, mean in enumerate(means):
        point = points[at]
        if mean is None or point is None:
            words = "no scores" if not is_share else "nothing mature"
            y = (top + bottom) / 2 - frame.size * 0.6
            said = setting(frame, words, frame.x(at), y, frame.room, color=frame.pale, align="center", role="no score")
            wide = min(text.width(words, frame.size, frame.theme, narrow=True), frame.room)
            sheet = rounded(frame.middle(at) - wide / 2 - 2, y, wide + 4, said.height, 2.0)
            marks += [Shape(sheet, fill=theme.band, layer=28, role="label"), *said.marks]
            continue
        thin = mean.customers < frame.minimum
        share = (mean.value - low) / ((high - low) or 1.0)
        color = _mood_color(frame, share)
        wide = radius * 3.6
        band_top, band_bottom = y_of(mean.ci_high), y_of(mean.ci_low)
        marks.append(
            Shape(
                rounded(point[0] - wide / 2, band_top, wide, max(band_bottom - band_top, 0.6), 1.5),
                fill="none" if thin else blend(color, theme.paper, 0.68),
                color=color if thin else "none",
                width=0.7 if thin else 0.0,
                dash=DASH if thin else (),
                layer=30,
                role="interval",
            )
        )
        shown = blend(color, theme.paper, 0.35 * thin)
        if is_share:  # nobody was asked, so nobody smiles
            dot = rounded(point[0] - radius * 0.7, point[1] - radius * 0.7, radius * 1.4, radius * 1.4, radius * 0.7)
            marks.append(Shape(dot, fill=shown, color=theme.paper, width=1.2, layer=40, role="dot"))
        else:
            marks += face(point[0], point[1], radius, 2 * share - 1, theme, shown)
        above = _above(at, means)
        edge = min(band_top, point[1] - radius) if above else max(band_bottom, point[1] + radius)
        marks += _caption(frame, at, mean, edge, above=above, is_share=is_share, thin=thin)
    return marks


def _mood_color(frame: Frame, share: float) -> str:
    """Give the colour of a place on the scale: loss below, success above, neither in the middle."""
    theme = frame.theme
    if share < 0.5:  # noqa: PLR2004 - the middle of the scale
        return blend(theme.dropped, theme.muted, min(share / 0.5, 1.0) * 0.8)
    return blend(theme.muted, theme.converted, 0.2 + 0.8 * (share - 0.5) / 0.5)


def _above(at: int, means: list[Mean | None]) -> bool:
    """Say whether a caption stands above its point: on the side that the line does not come from."""
    mean = means[at]
    beside = [means[near] for near in (at - 1, at + 1) if 0 <= near < len(means)]
    values = [other.value for other in beside if other is not None]
    return mean is None or not values or mean.value >= sum(values) / len(values)


def _caption(frame: Frame, at: int, mean: Mean, edge: float, *, above: bool, is_share: bool, thin: bool) -> list[Mark]:
    theme, size = frame.theme, frame.size
    if is_share:
        value, ends = amounts.share(mean.value, 0), f"{mean.ci_low * 100:.0f}–{mean.ci_high * 100:.0f} %"  # noqa: RUF001
    else:
        digits = 1 if abs(mean.value) < 10 else 0  # noqa: PLR2004 - three signs are enough
        value = f"{mean.value:.{digits}f}"
        ends = f"{mean.ci_low:.{digits}f}–{mean.ci_high:.{digits}f}"  # noqa: RUF001 - a range
    words = f"({ends})" if is_share else f"({ends}), n {amounts.count(mean.n)}"
    big = size * 1.15
    middle, color = frame.middle(at), frame.pale if thin else theme.ink
    first = text.width(value, big, theme, bold=True)
    beside = first + 3.0 + text.width(words, size, theme, narrow=True)
    marks: list[Mark] = []
    if beside <= frame.column - 4.0:
        height, wide = size * LEADING, beside
        top = edge - height - 1.0 if above else edge + 1.5
        left = middle - beside / 2
        marks.append(Words(left, top + size, value, big, color, bold=not thin, role="score"))
        marks.append(Words(left + first + 3.0, top + size, words, size, theme.muted, narrow=True, role="score n"))
    else:
        parts = text.wrap(words, frame.column - 2.0, size, theme, narrow=True)
        height = size * LEADING * (1 + len(parts))
        top = edge - height - 1.0 if above else edge + 1.5
        wide = max(first, *(text.width(part, size, theme, narrow=True) for part in parts))
        marks.append(Words(middle, top + size, value, big, color, bold=not thin, align="center", role="score"))
        marks += [
            Words(middle, top + size * (0.95 + LEADING * (number + 1)), part, size, theme.muted, narrow=True,
                  align="center", role="score n")
            for number, part in enumerate(parts)
        ]  # fmt: skip
    # The band behind, so that the line does not run through the numbers.
    sheet = rounded(middle - wide / 2 - 2, top, wide + 4, height, 2.0)
    return [Shape(sheet, fill=theme.band, layer=28, role="label"), *marks]


def _axis(frame: Frame, scale: tuple[float, float], y_low: float, y_high: float, *, is_share: bool) -> list[Mark]:
    theme = frame.theme
    marks: list[Mark] = []
    right = frame.width - MARGIN
    for part in (0.0, 0.5, 1.0):
        value = scale[0] + part * (scale[1] - scale[0])
        y = y_low + part * (y_high - y_low)
        marks.append(
            Shape(polyline((frame.left, y), (right, y)), color=blend(theme.band_line, theme.muted, 0.25), width=0.5,
                  dash=(1.5, 2.0), layer=5, role="grid")
        )  # fmt: skip
        words = amounts.share(value, 0) if is_share else f"{value:g}"
        marks.append(
            Words(frame.left - 4.0, y + theme.smallest * 0.36, words, theme.smallest, theme.muted, narrow=True,
                  align="right", role="tick")
        )  # fmt: skip
    return marks


def _line(frame: Frame, points: list[Point | None]) -> list[Mark]:
    """Draw a line that neither overshoots nor invents a valley; where a stage has no point it is dashed."""
    theme = frame.theme
    known = [(at, point) for at, point in enumerate(points) if point is not None]
    slopes = _slopes([point for _, point in known])
    marks: list[Mark] = []
    for number, ((at, one), (after, other)) in enumerate(pairwise(known)):
        third = (other[0] - one[0]) / 3
        curve = (
            one,
            (one[0] + third, one[1] + slopes[number] * third),
            (other[0] - third, other[1] - slopes[number + 1] * third),
            other,
        )
        broken = after - at > 1
        marks.append(
            Shape(
                Outline(curve, (1, 4, 4, 4)),
                color=blend(theme.ink, theme.paper, 0.55 if broken else 0.2),
                width=1.2 if broken else 2.0,
                dash=(4.0, 3.0) if broken else (),
                layer=25,
                role="curve",
            )
        )
    return marks


def _slopes(points: list[Point]) -> list[float]:
    """Give the slope at each point of a monotone cubic (Fritsch and Butland, 1984): level at every peak and valley."""
    if len(points) < 2:  # noqa: PLR2004 - one point has no line
        return [0.0] * len(points)
    steps = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
    inner = [0.0 if one * other <= 0 else 2 * one * other / (one + other) for one, other in pairwise(steps)]
    return [steps[0] * 0.5, *inner, steps[-1] * 0.5]
