"""What frames a picture, whatever its kind: the header, the worst findings in words, and the footer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from journeymap.model.shown import Levelled, level_name
from journeymap.render import amounts, text
from journeymap.render.logo import logo
from journeymap.render.scene import Mark, Outline, Scene, Shape, Words, moved, polyline, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding
    from journeymap.model.journey_map import JourneyMap, MapSummary
    from journeymap.render.theme import Theme

Tile = tuple[str, tuple[str, ...]]
"""A large number, and the lines under it."""

MARGIN = 22.0
FINDINGS = 3
"""How many findings are told in words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Marks with the height that they take."""

    marks: tuple[Mark, ...]
    height: float


def paragraph(
    words: str,
    x: float,
    y: float,
    room: float,
    size: float,
    theme: Theme,
    *,
    color: str = "",
    bold: bool = False,
) -> Piece:
    """Set a text in lines no wider than ``room``; ``y`` is its upper edge."""
    lines = text.wrap(words, room, size, theme, bold=bold)
    marks = tuple(
        Words(x, y + size * (0.95 + 1.3 * number), line, size, color or theme.ink, bold=bold)
        for number, line in enumerate(lines)
    )
    return Piece(marks, size * 1.3 * len(lines))


class Headed(Levelled, Protocol):
    """What has a header: a title, the level, and the numbers of the level."""

    @property
    def title(self) -> str:
        """A line for the head of the picture."""

    @property
    def summary(self) -> MapSummary:
        """The numbers of the level."""


def tiles_of(summary: MapSummary) -> list[Tile]:
    """Give the large numbers of a header: customers, journeys and how they ended."""
    rate = summary.conversion
    tiles: list[Tile] = [
        (amounts.count(summary.customers), ("customers",)),
        (amounts.count(summary.journeys), ("journeys",)),
        (
            amounts.share(rate.rate),
            (
                f"conversion ({interval(rate.ci_low, rate.ci_high)})" if rate.ci_low is not None else "conversion",
                f"of {amounts.count(rate.denominator)} mature",
            ),
        ),
    ]
    for number, name in ((summary.abandoned, "abandoned"), (summary.ended, "ended"), (summary.open, "open")):
        if number or name == "abandoned":
            part = number / summary.mature if summary.mature else None
            tiles.append((amounts.share(part), (name, f"{amounts.count(number)} journeys")))
    return tiles


def interval(low: float | None, high: float | None) -> str:
    """Write a 95 % interval.

    Examples
    --------
    >>> interval(0.594, 0.672) == "59.4\N{EN DASH}67.2 %"
    True
    """
    if low is None or high is None:
        return "-"
    return f"{low * 100:.1f}–{high * 100:.1f} %"  # noqa: RUF001 - a range is written with an en dash


def header(pictured: Headed, width: float, theme: Theme, scale: float = 1.0, extra: tuple[str, ...] = ()) -> Piece:
    """Set the header of a map: title and level at the left, the numbers of the whole at the right."""
    summary = pictured.summary
    facts = []
    if summary.first_at and summary.data_end:
        facts.append(f"{summary.first_at[:10]} to {summary.data_end[:10]}")
    facts.append("goal: " + (", ".join(summary.goals) if summary.goals else "none known"))
    facts.append(f"a journey is over after {summary.horizon_days:g} days of silence")
    facts += extra
    plural = "customer" if summary.customers == 1 else "customers"
    thin = f"thin data: {amounts.count(summary.customers)} {plural}" if summary.thin else ""
    under = level_name(pictured)
    return heading(pictured.title, under, facts, tiles_of(summary), width, theme, scale=scale, thin=thin)


def heading(
    title_words: str,
    under: str,
    facts: Sequence[str],
    tiles: Sequence[Tile],
    width: float,
    theme: Theme,
    *,
    scale: float = 1.0,
    thin: str = "",
) -> Piece:
    """Set a title with a line and facts under it, large numbers with their captions, and a warning of thin data."""
    margin = MARGIN
    marks: list[Mark] = []
    right = width - margin
    image = logo(theme, right, 14.0, scale)
    if image is not None:
        marks.append(image)
        right = image.x - 20.0 * scale
    small, large = theme.smallest * scale, 13.0 * scale
    tiles_high = 0.0 if image is None else image.y + image.height
    for value, captions in reversed(tiles):
        wide = max(text.width(value, large, theme, bold=True), *(text.width(line, small, theme) for line in captions))
        marks.append(Words(right - wide, 18.0 + large, value, large, theme.ink, bold=True))
        marks += [
            Words(right - wide, 18.0 + large + small * (1.5 + 1.3 * number), line, small, theme.muted)
            for number, line in enumerate(captions)
        ]
        tiles_high = max(tiles_high, 18.0 + large + small * (1.9 + 1.3 * (len(captions) - 1)))
        right -= wide + 20.0 * scale
    room = right - margin
    if room < width * 0.3:  # the tiles would squeeze the title: it stands below them
        room = width - 2 * margin
        top = tiles_high + 6.0
    else:
        top = 14.0
    title = paragraph(title_words, margin, top, room, theme.title * scale, theme, bold=True)
    level = paragraph(under, margin, top + title.height, room, 11.0 * scale, theme, color=theme.ink)
    below = top + title.height + level.height + 1.0
    lines = paragraph(" · ".join(facts), margin, below, room, theme.body * scale, theme, color=theme.muted)
    marks += [*title.marks, *level.marks, *lines.marks]
    bottom = below + lines.height
    if thin:
        size = theme.body * scale
        wide = text.width(thin, size, theme, bold=True) + 12.0 * scale
        marks.append(
            Shape(
                rounded(margin, bottom + 3, wide, size * 1.7, 4.0),
                fill=theme.drop_off[1],
                color=theme.dropped,
                width=0.8,
            )
        )
        marks.append(
            Words(margin + 6.0 * scale, bottom + 3 + size * 1.2, thin, size, theme.ink, bold=True, role="thin")
        )
        bottom += size * 1.7 + 4
    return Piece(tuple(marks), max(bottom, tiles_high) + 6.0)


_SAYS_ITSELF: Final = frozenset(
    {"loop", "support_contact", "failed_search", "dead_end", "error", "low_score", "channel_switch", "regret",
     "sudden_change"}
)  # fmt: skip
"""Kinds whose places say what is wrong: ``low score of delivery``, ``from cart to home and back``."""


def named_place(finding: Finding) -> str:
    """Say what is wrong and where, without numbers: ``drop off at cart``, ``low score of delivery``."""
    kind = finding.kind.replace("_", " ").replace("-", " ")
    if finding.kind in _SAYS_ITSELF and finding.place != finding.touchpoint:
        return finding.place
    return f"{kind} {finding.place}" if finding.place.startswith("after ") else f"{kind} at {finding.place}"


def finding_words(finding: Finding) -> str:
    """Say a finding in one sentence, with its numbers.

    Returns
    -------
    str
        ``abandonment after cart: 63 % of 1,204 attempts (59.4-67.2 %), 1.3x all, 41.2 k at risk``.
    """
    said = named_place(finding)
    if finding.rate is not None:
        said += f": {amounts.share(finding.rate)} of {amounts.count(finding.n_units)} {finding.unit}"
        if finding.ci_low is not None:
            said += f" ({interval(finding.ci_low, finding.ci_high)})"
    else:
        said += f": {amounts.count(finding.customers)} customers"
    if finding.lift is not None:
        said += f", {finding.lift:.1f}x all"
    if finding.revenue_at_risk is not None:
        said += f", {amounts.short(finding.revenue_at_risk)} at risk"
    return said + (" (thin data)" if finding.thin else "")


def disc(x: float, y: float, radius: float) -> Outline:
    """Return a circle around (x, y)."""
    return rounded(x - radius, y - radius, 2 * radius, 2 * radius, radius)


def marker(number: int, x: float, y: float, theme: Theme, scale: float = 1.0) -> tuple[Mark, ...]:
    """Return a numbered disc that ties a finding to its place."""
    size = theme.smallest * scale
    return (
        Shape(disc(x, y, 5.6 * scale), fill=theme.ink, color=theme.paper, width=1.0, layer=60, role="marker"),
        Words(x, y + size * 0.36, str(number), size, theme.paper, bold=True, align="center", layer=61),
    )


def findings(journey_map: JourneyMap, x: float, room: float, theme: Theme, scale: float = 1.0) -> Piece:
    """Set the worst findings in words, numbered as on the picture; marks start at height 0."""
    if not journey_map.findings:
        return Piece((), 0.0)
    size = theme.body * scale
    shown = {node.touchpoint for node in journey_map.nodes}
    more = len(journey_map.findings) - FINDINGS
    head = "Where it hurts most" + (f" (worst {FINDINGS} of {FINDINGS + more})" if more > 0 else "")
    heading = paragraph(head, x, 0.0, room, size, theme, bold=True)
    marks: list[Mark] = list(heading.marks)
    y = heading.height + 3.0
    for number, item in enumerate(journey_map.findings[:FINDINGS], start=1):
        marks += marker(number, x + 6.0 * scale, y + size * 0.62, theme, scale)
        told = finding_words(item) + ("" if item.touchpoint in shown else " (not on this map)")
        words = paragraph(told, x + 16.0 * scale, y, room - 16.0 * scale, size, theme)
        marks += words.marks
        y += words.height + 3.5
    return Piece(tuple(marks), y)


def footer(
    journey_map: JourneyMap, width: float, theme: Theme, extra: tuple[str, ...] = (), scale: float = 1.0
) -> Piece:
    """Set what the picture shows of the whole, what it leaves out, and what its rates are of."""
    coverage, summary = journey_map.coverage, journey_map.summary
    said = []
    if coverage.all_transitions:
        said.append(
            f"Shows {amounts.share(coverage.transition_share)} of transitions "
            f"({amounts.count(coverage.shown_transitions)} of {amounts.count(coverage.all_transitions)} distinct), "
            f"{amounts.share(coverage.journey_share)} of journeys."
        )
    if coverage.hidden_touchpoints:
        said.append(f"{amounts.count(coverage.hidden_touchpoints)} touchpoints are not shown.")
    said.append(young(summary))
    said += extra
    return closing(said, width, theme, scale)


def young(summary: MapSummary) -> str:
    """Say how many journeys are too young to judge, and what rates are of."""
    number = summary.journeys - summary.mature
    rates = "ates use mature units only, with 95 % intervals."
    if not number:
        return f"R{rates}"
    plural = "1 immature journey is" if number == 1 else f"{amounts.count(number)} immature journeys are"
    return f"{plural} too young to judge; r{rates}"


def closing(said: Sequence[str], width: float, theme: Theme, scale: float = 1.0) -> Piece:
    """Set sentences under a rule at the foot of a picture."""
    size = theme.smallest * scale
    body = paragraph(" ".join(said), MARGIN, 5.0, width - 2 * MARGIN, size, theme, color=theme.muted)
    rule = Shape(polyline((MARGIN, 0.0), (width - MARGIN, 0.0)), color=theme.band_line, width=0.7)
    return Piece((rule, *body.marks), body.height + 5.0 + 10.0)


def nothing(
    head: Piece,
    foot: Piece,
    theme: Theme,
    page: tuple[float, float],
    words: str = "No journeys in this level.",
    more: str = "Nothing was measured, so there is nothing to draw.",
) -> Scene:
    """Say in the middle of a page that there is nothing to draw, and why."""
    middle = (head.height + page[1] - foot.height) / 2
    said = paragraph(words, 0.0, 0.0, page[0] * 0.8, 13.0, theme, bold=True)
    below = paragraph(more, 0.0, said.height, page[0] * 0.8, theme.heading, theme, color=theme.muted)
    marks = [
        replace(mark, x=page[0] / 2, y=mark.y + middle - said.height, align="center")
        for mark in (*said.marks, *below.marks)
        if isinstance(mark, Words)
    ]
    foot_marks = (moved(mark, 1.0, 0.0, page[1] - foot.height) for mark in foot.marks)
    return Scene(page[0], page[1], (*head.marks, *marks, *foot_marks))
