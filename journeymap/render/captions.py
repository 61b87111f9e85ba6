"""What is written on edges: count and median time, on as many as there is room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.render import amounts, text
from journeymap.render.fit import FACT
from journeymap.render.labels import Area, Room, place
from journeymap.render.scene import Mark, Shape, Words, rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.render.fit import Placed
    from journeymap.render.routes import Drain, Route
    from journeymap.render.scene import Mark, Point
    from journeymap.render.theme import Theme

SIZE = FACT
"""The size of the labels of edges, in points before enlarging."""

_MOST_COVERED = 60.0
"""How much of other lines a label may cover that is more important than they."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What is written on an edge.

    Attributes
    ----------
    forms
        The ways to write it, each in lines, the preferred first.
    color
        Of the letters.
    rank
        The higher, the sooner it gets a place.
    may_stand_beside
        Whether it may stand next to its line, or over others, where it finds no room else.
    """

    forms: tuple[tuple[str, ...], ...]
    color: str
    rank: float
    may_stand_beside: bool = False


def edge_labels(
    ways: list[Route],
    pieces: list[Drain],
    placed: Placed,
    theme: Theme,
    told: list[str],
    say: Callable[[Route], Saying | None],
) -> tuple[list[Mark], int]:
    """Write on the edges wherever there is room, those of the highest rank first."""
    room = _room_left(ways, placed, told)
    for number, piece in enumerate(pieces):
        start, end = piece.curve[0], piece.curve[3]
        steps = [
            (start[0] + (end[0] - start[0]) * at / 12, start[1] + (end[1] - start[1]) * at / 12) for at in range(13)
        ]
        room.pass_through(steps, piece.width, -1 - number)
    samples = [way.sample(16) for way in ways]
    for number, way in enumerate(ways):
        room.pass_through(samples[number], way.width, number)
        if way.kind == "loop":
            # A label fits above a loop, never inside it.
            top = min(y for _, y in samples[number])
            samples[number] = [((way.curves[0][0][0] + way.curves[0][3][0]) / 2, top - SIZE * 1.3)]
    marks: list[Mark] = []
    left_out = 0
    said = [say(way) for way in ways]
    sayings = {number: saying for number, saying in enumerate(said) if saying is not None}
    for number in sorted(sayings, key=lambda number: (-sayings[number].rank, number)):
        way, forms = ways[number], sayings[number].forms
        sizes = [
            (
                max(text.width(line, SIZE, theme, narrow=True) for line in form) + 3.0,
                SIZE * 1.15 * len(form) + 1.5,
            )
            for form in forms
        ]
        found = place(room, number, samples[number], sizes, 0.0 if way.kind == "loop" else way.width)
        if found is None and sayings[number].may_stand_beside:
            points = [*samples[number], *_beside(samples[number], way.width, sizes)]
            found = place(room, number, points, sizes, 0.0, most=_MOST_COVERED)
        if found is None:
            left_out += 1
            continue
        area, form = found
        marks += _label(area, forms[form], sayings[number].color, theme)
    return marks, left_out


def _room_left(ways: list[Route], placed: Placed, told: list[str]) -> Room:
    """Take what boxes, markers, goals, loops and heads of arrows stand on."""
    right = max([side[1] for side in placed.sides] + [box.right for box in placed.ends.values()])
    room = Room(Area(0.0, placed.plan.head - 4.0, right, placed.height))
    for box in (*placed.boxes.values(), *placed.ends.values()):
        room.take(Area(box.x, box.y, box.right, box.bottom))
        markers = told.count(box.name)
        if markers:
            room.take(Area(box.x - 6.0, box.y - 8.0, box.x + 12.0 * markers, box.y + 6.0))
    for box in (placed.boxes[goal] for goal in placed.plan.goals):
        room.take(Area(box.right - 32.0, box.bottom, box.right, box.bottom + 10.0))
    for name, box in placed.boxes.items():
        if any(way.kind == "loop" and way.edge.source == name for way in ways):
            room.take(Area(box.right - 26.0, box.y - 13.0, box.right - 8.0, box.y))
    for way in ways:
        tip, half = way.curves[-1][3], 2.4 + way.width * 0.5
        back = (tip[0] - way.head[0] * 5.0, tip[1] - way.head[1] * 5.0)
        room.take(
            Area(
                min(tip[0], back[0]) - half * abs(way.head[1]),
                min(tip[1], back[1]) - half * abs(way.head[0]),
                max(tip[0], back[0]) + half * abs(way.head[1]),
                max(tip[1], back[1]) + half * abs(way.head[0]),
            )
        )
    return room


def _beside(points: list[Point], width: float, sizes: list[tuple[float, float]]) -> list[Point]:
    """Give places next to a line: at its left and right, above and below."""
    wide, high = sizes[-1]
    across, down = (wide + width) / 2 + 2.0, (high + width) / 2 + 2.0
    return [
        (x + dx, y + dy) for x, y in points for dx, dy in ((across, 0.0), (-across, 0.0), (0.0, -down), (0.0, down))
    ]


def count_and_time(way: Route, color: str) -> Saying:
    """Say an edge's count and its median time, the larger counts first."""
    number, span = amounts.count(way.edge.count), amounts.duration(way.edge.median_seconds)
    forms = ((f"{number} · {span}",), (number, span)) if span else ((number,),)
    return Saying(forms, color, way.edge.count)


def _label(area: Area, lines: tuple[str, ...], color: str, theme: Theme) -> list[Mark]:
    marks: list[Mark] = [
        Shape(
            rounded(area.left, area.top, area.right - area.left, area.bottom - area.top, 2.0),
            fill=theme.band,
            layer=20,
            role="label",
        )
    ]
    for number, line in enumerate(lines):
        y = area.top + SIZE * (0.95 + 1.15 * number)
        marks.append(Words((area.left + area.right) / 2, y, line, SIZE, color, narrow=True, align="center", layer=40))
    return marks
