"""Rows of a timeline: what stands in them, how wide it is, and where lines break."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from journeymap.render import amounts, text

if TYPE_CHECKING:
    from journeymap.model.timeline import TimelineJourney, TimelineRow
    from journeymap.render.theme import Theme

NAME: Final = 46.0
"""The room of a touchpoint's name below its disc, in points."""
DISC: Final = 4.6
LINE: Final = 1.16
ABOVE: Final = 17.0
"""The room above the middle of a disc: for the length of a silence, or how many visits it stands for."""
MOST: Final = 44
"""How many discs a row shows; of a longer one the middle is left out, and that is said."""
LAST: Final = 14
BETWEEN: Final = 5.0


@dataclass(frozen=True, slots=True)
class Item:
    """A disc or a pill of a row.

    Attributes
    ----------
    kind
        "visit", "end" (the status of a journey) or "left out".
    name, stage, lines
        The words, the stage of a visit, and a visit's name in lines.
    times
        How many visits in a row the disc stands for.
    is_goal, begins_journey
        Whether it is success, and whether it is the first of another journey.
    silence
        The length of the silence before it, where that is worth words.
    wide
        Its width in points.
    x, y
        Its middle.
    """

    kind: str
    name: str
    stage: str = ""
    lines: tuple[str, ...] = ()
    times: int = 1
    is_goal: bool = False
    begins_journey: bool = False
    silence: str = ""
    wide: float = 0.0
    x: float = 0.0
    y: float = 0.0

    @property
    def half(self) -> float:
        """Half of what of it lies on the line between items: the disc, or the pill."""
        return DISC if self.kind == "visit" else self.wide / 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row with everything at its place; ``left_out`` visits are not shown."""

    items: tuple[Item, ...]
    width: float
    height: float
    said: str
    left_out: int


def lay_row(row: TimelineRow, room: float, theme: Theme) -> Row:
    """Give everything in a customer's row its place, in lines no wider than ``room``."""
    items: list[Item] = []
    for journey in row.journeys:
        items += _items(journey, theme)
    items, left_out = _shortened(items, theme)
    n_visits = sum(len(journey.visits) for journey in row.journeys)
    first, last = row.journeys[0].visits[0].at_us, max(journey.visits[-1].at_us for journey in row.journeys)
    said = f"{amounts.count(n_visits)} visit{'s' if n_visits > 1 else ''}"
    if last > first:
        said += f" in {amounts.duration((last - first) / 1e6)}"
    size = theme.smallest
    placed: list[Item] = []
    line: list[Item] = []
    x = y = needed = 0.0
    for number, item in enumerate(items):
        before = items[number - 1] if line else None
        step = item.wide / 2 if before is None else (before.wide + item.wide) / 2 + BETWEEN
        if item.silence:
            needed = text.width(item.silence, size, theme, narrow=True) + 8.0
            half = 0.0 if before is None else before.half
            step = max(step, needed + half + item.half)
        if line and x + step + item.wide / 2 > room:
            placed += line
            y += _height(line, theme)
            line, x = [], 0.0
            # A silence before the first of a line stands in that line.
            step = max(item.wide / 2, item.half + (needed if item.silence else 0.0))
        x += step
        line.append(replace(item, x=x, y=y + ABOVE))
    placed += line
    return Row(tuple(placed), room, y + _height(line, theme), said, left_out)


def _height(line: list[Item], theme: Theme) -> float:
    lines = max(len(item.lines) for item in line)
    return ABOVE + DISC + 4.0 + theme.smallest * (LINE * lines + 0.3)


def _items(journey: TimelineJourney, theme: Theme) -> list[Item]:
    items: list[Item] = []
    for number, visit in enumerate(journey.visits):
        same = number > 0 and items[-1].name == visit.touchpoint and not visit.begins_session
        if same:
            items[-1] = replace(items[-1], times=items[-1].times + 1)
            continue
        silence = visit.gap_seconds if number else journey.silence_seconds
        is_long = visit.begins_session and silence is not None
        lines = text.wrap(visit.touchpoint, NAME, theme.smallest, theme, bold=visit.is_goal, narrow=True)
        wide = max(text.width(line, theme.smallest, theme, bold=visit.is_goal, narrow=True) for line in lines)
        items.append(
            Item(
                "visit",
                visit.touchpoint,
                visit.stage,
                lines,
                is_goal=visit.is_goal,
                begins_journey=number == 0 and silence is not None,
                silence=amounts.duration(silence) if is_long else "",
                wide=max(wide, 4 * DISC),
            )
        )
    return [*items, _pill("end", journey.status, theme)]


def _pill(kind: str, words: str, theme: Theme) -> Item:
    wide = text.width(words, theme.smallest, theme, bold=kind == "end", narrow=True) + 10.0
    return Item(kind, words, wide=wide)


def _shortened(items: list[Item], theme: Theme) -> tuple[list[Item], int]:
    if len(items) <= MOST:
        return items, 0
    out = items[MOST - LAST : -LAST]
    n_visits = sum(item.times for item in out if item.kind == "visit")
    words = f"… {amounts.count(n_visits)} visits …"
    return [*items[: MOST - LAST], _pill("left out", words, theme), *items[-LAST:]], n_visits
