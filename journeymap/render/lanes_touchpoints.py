"""The lanes of what is visited: touchpoints in their channels, channels, and where journeys come from and go to."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, DROPPED, ENDED, ENDS, OPEN, START
from journeymap.render import amounts, text
from journeymap.render.furniture import Piece
from journeymap.render.icons import icon
from journeymap.render.lanes_frame import DASH, LEADING, Lane, setting
from journeymap.render.scene import Shape, Words, polyline, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from journeymap.model.journey_map import MapNode
    from journeymap.model.map_stage import MapStage
    from journeymap.render.lanes_frame import Frame
    from journeymap.render.scene import Mark

_CHANNELS = 3
_TOLD = 3
"""How many channels and ways in or out are told in words."""
_LEAST_TOLD = 0.02
_WIDE = 24.0
"""In a column wider than this many letters' sizes, touchpoints stand side by side."""


def touchpoint_lane(frame: Frame) -> Lane:
    """List the touchpoints of each stage, grouped by the channel they are most used in."""
    largest = max(node.visits for node in frame.value.nodes)
    cells = []
    for at, stage in enumerate(frame.stages):
        nodes = in_channels([node for node in frame.value.nodes if node.stage == stage.stage])
        most = frame.detail.touchpoints * _side_by_side(frame)
        shown, hidden = nodes, []
        if len(nodes) > most:
            kept = {node.touchpoint for node in sorted(nodes, key=lambda node: (-node.visits, node.touchpoint))[:most]}
            shown = [node for node in nodes if node.touchpoint in kept]
            hidden = [node for node in nodes if node.touchpoint not in kept]
        cells.append(_touchpoints(frame, at, stage, shown, hidden, largest))
    marked = any(node.channel for node in frame.value.nodes)
    says = "visits, by the channel that each is most used in" if marked else "visits"
    return Lane("Touchpoints", says, tuple(cells))


def in_channels(nodes: list[MapNode]) -> list[MapNode]:
    """Order touchpoints by channel, the most visited channel first, and by visits within."""
    visits: dict[str, int] = {}
    for node in nodes:
        visits[node.channel] = visits.get(node.channel, 0) + node.visits
    return sorted(nodes, key=lambda node: (-visits[node.channel], node.channel, -node.visits, node.touchpoint))


def _side_by_side(frame: Frame) -> int:
    return max(1, int(frame.room / (_WIDE * frame.size)))


def _touchpoints(
    frame: Frame, at: int, stage: MapStage, shown: list[MapNode], hidden: list[MapNode], largest: int
) -> Piece:
    n_beside = _side_by_side(frame)
    gap = 14.0
    room = (frame.room - gap * (n_beside - 1)) / n_beside
    rows = [
        (node, number == 0) for _, group in groupby(shown, lambda node: node.channel)
        for number, node in enumerate(group)
    ]  # fmt: skip
    per = -(-len(rows) // n_beside)
    marks: list[Mark] = []
    deepest = 0.0
    for beside in range(n_beside):
        y, x = 0.0, frame.x(at) + beside * (room + gap)
        for number, (node, is_first) in enumerate(rows[beside * per : (beside + 1) * per]):
            piece = _touchpoint(frame, node, x, y, room, largest=largest, is_first=is_first or number == 0)
            marks += piece.marks
            y += piece.height
        deepest = max(deepest, y)
    if hidden:
        visits = sum(node.visits for node in hidden)
        noun = "touchpoint" if len(hidden) == 1 else "touchpoints"
        words = f"+ {amounts.count(len(hidden))} more {noun} ({amounts.share(visits / stage.visits, 0)} of visits)"
        more = setting(frame, words, frame.x(at), deepest, frame.room, color=frame.theme.muted, role="more")
        marks += more.marks
        deepest += more.height
    return Piece(tuple(marks), deepest)


def _touchpoint(frame: Frame, node: MapNode, x: float, y: float, room: float, *, largest: int, is_first: bool) -> Piece:
    theme, size = frame.theme, frame.size
    thin = node.customers < frame.minimum
    sign = size * 1.25
    marks: list[Mark] = []
    indent = 0.0
    if any(other.channel for other in frame.value.nodes):
        indent = sign + 3.5
        if is_first:
            marks += icon(node.channel, x, y + size * 0.12, sign, theme)
    number = amounts.count(node.visits)
    wide = text.width(number, size, theme, narrow=True, bold=node.is_goal)
    color = frame.pale if thin else theme.ink
    left, pad = x + indent, 2.5
    full = room - indent
    inner = full - 2 * pad
    lines, beside = _name_lines(frame, node, inner, wide)
    marks += [
        Words(left + pad, y + size * (0.95 + LEADING * number), line, size, color, bold=node.is_goal, narrow=True,
              role="name")
        for number, line in enumerate(lines)
    ]  # fmt: skip
    rows = len(lines) - 1 if beside else len(lines)
    right = left + full - pad
    marks.append(
        Words(right - wide, y + size * (0.95 + LEADING * rows), number, size, color, narrow=True, role="visits",
              bold=node.is_goal)
    )  # fmt: skip
    high = size * LEADING * (rows + 1)
    if node.is_goal:
        marks += _goal_pill(frame, marks[-2], right - wide - 3.0 if beside else right)
    # The bar lies behind the name, so that a row needs one line.
    length = max(full * node.visits / largest, 1.4)
    if thin:
        line = polyline((left, y + high - 0.4), (left + length, y + high - 0.4))
        marks.append(Shape(line, color=theme.muted, width=0.6, dash=DASH, layer=14, role="bar"))
    else:
        fill = blend(theme.converted if node.is_goal else theme.line, theme.paper, 0.55)
        bar = rounded(left, y + 0.2, length, high - 0.6, 1.4)
        marks.append(Shape(bar, fill=fill, layer=14, role="bar"))
    return Piece(tuple(marks), high + 1.2)


def _name_lines(frame: Frame, node: MapNode, room: float, number: float) -> tuple[tuple[str, ...], bool]:
    """Break a name into lines, and say whether the number stands beside the last of them or below."""

    def wrapped(wide: float) -> tuple[str, ...]:
        return text.wrap(node.touchpoint, max(wide, 1.0), frame.size, frame.theme, bold=node.is_goal, narrow=True)

    lines = wrapped(room)
    last = text.width(lines[-1], frame.size, frame.theme, bold=node.is_goal, narrow=True)
    if last + number + 5.0 <= room:
        return lines, True
    if room - number - 5.0 > room / 2:  # where the number leaves most of the room, the name keeps clear of it
        beside = wrapped(room - number - 5.0)
        if len(beside) <= len(lines) + 1:
            return beside, True
    return lines, False


def _goal_pill(frame: Frame, last: Mark, right: float) -> list[Mark]:
    """Mark the goal behind its name, where there is room."""
    theme, size = frame.theme, frame.size
    if not isinstance(last, Words):  # pragma: no cover - a name has words
        return []
    left = last.x + text.width(last.text, size, theme, bold=True, narrow=True) + 4.0
    wide = text.width("goal", theme.smallest, theme, bold=True, narrow=True) + 6.0
    if left + wide > right:
        return []
    middle = last.y - size * 0.36
    high = theme.smallest * 1.12
    return [
        Shape(rounded(left, middle - high / 2, wide, high, 2.5), fill=theme.converted, layer=31),
        Words(left + wide / 2, middle + theme.smallest * 0.34, "goal", theme.smallest, theme.on(theme.converted),
              bold=True, narrow=True, align="center", layer=52, role="goal"),
    ]  # fmt: skip


def channel_lane(frame: Frame) -> Lane | None:
    """Say how much each channel is used in each stage."""
    if not any(channel for stage in frame.stages for channel, _ in stage.channels):
        return None
    cells = [_channels(frame, at, stage) for at, stage in enumerate(frame.stages)]
    return Lane("Channels", "share of the stage's visits", tuple(cells))


def _channels(frame: Frame, at: int, stage: MapStage) -> Piece:
    theme, size = frame.theme, frame.size
    sign, gap = size * 1.25, 7.0
    left, y = frame.x(at), 0.0
    x = left
    marks: list[Mark] = []
    shown = stage.channels if len(stage.channels) <= _CHANNELS + 1 else stage.channels[:_CHANNELS]
    rest = stage.channels[len(shown) :]
    items: list[tuple[str | None, str]] = [
        (channel, f"{channel or 'not known'} {amounts.share(visits / stage.visits, 0)}") for channel, visits in shown
    ]
    if rest:
        part = sum(visits for _, visits in rest) / stage.visits
        items.append((None, f"+ {len(rest)} more {amounts.share(part, 0)}"))
    color = frame.pale if stage.thin else theme.ink
    for channel, words in items:
        before = 0.0 if channel is None else sign + 2.5
        wide = before + text.width(words, size, theme, narrow=True)
        if x > left and x + wide > left + frame.room:
            x, y = left, y + size * (LEADING + 0.16)
        if channel is not None:
            marks += icon(channel, x, y, sign, theme)
        piece = setting(frame, words, x + before, y, max(frame.room - before, 1.0), color=color, role="channel")
        marks += piece.marks
        if piece.height > size * LEADING * 1.5:  # a name of several lines has them to itself
            x, y = left, y + piece.height + size * 0.1
        else:
            x += wide + gap
    return Piece(tuple(marks), y + (size * LEADING if x > left else 0.0) + size * 0.1)


def volume_lane(frame: Frame) -> Lane:
    """Say how many journeys visit each stage, where they come from and where they go."""
    cells = [_volume(frame, at, stage) for at, stage in enumerate(frame.stages)]
    return Lane("Volume", "journeys (share of all), where they come from and go to", tuple(cells))


def _volume(frame: Frame, at: int, stage: MapStage) -> Piece:
    theme, size = frame.theme, frame.size
    x = frame.x(at)
    noun = "journey" if stage.journeys == 1 else "journeys"
    words = f"{amounts.count(stage.journeys)} {noun} ({amounts.share(stage.journey_share, 0)})"
    head = setting(frame, words, x, 0.0, frame.room, bold=not stage.thin, color=frame.pale if stage.thin else "",
                   role="volume")  # fmt: skip
    marks: list[Mark] = list(head.marks)
    y = head.height + 1.0
    order = {name: number for number, name in enumerate(frame.value.stages)}
    here = order[stage.stage]
    label = max(text.width(word, size, theme, narrow=True) for word in ("in", "out")) + 3.0
    for word, moves in (("in", stage.moves_in), ("out", stage.moves_out)):
        marks.append(Words(x, y + size * 0.95, word, size, theme.muted, narrow=True))
        left, room = x + label, frame.room - label
        total = sum(count for _, count in moves)
        parts = sorted(moves, key=lambda move: _rank(move[0], order))
        for name, count in parts:
            wide = room * count / total
            fill = _color(frame, name, is_back=_is_back(name, word, order, here))
            box = rounded(left, y + size * 0.35, max(wide - 0.6, 0.4), size * 0.62, 0.8)
            pale = blend(fill, theme.paper, 0.5) if stage.thin else fill
            marks.append(Shape(box, fill=pale, layer=20, role=f"moves {word}"))
            left += wide
        told = [
            f"{'back: ' if _is_back(name, word, order, here) else ''}{_said(name)} {amounts.share(count / total, 0)}"
            for number, (name, count) in enumerate(moves)
            if number == 0 or (number < _TOLD and count / total >= _LEAST_TOLD)
        ]
        # What does not fit into one line is in the bar alone.
        while len(told) > 1 and text.width(", ".join(told), size, theme, narrow=True) > room:
            told.pop()
        y += size * LEADING
        piece = setting(frame, ", ".join(told), x + label, y, room, color=theme.muted, role=f"told {word}")
        marks += piece.marks
        y += piece.height + 0.8
    return Piece(tuple(marks), y)


def _rank(name: str, order: dict[str, int]) -> tuple[int, int]:
    """Order the parts of a bar: the start, the stages, the ends."""
    if name == START:
        return 0, 0
    return (2, ENDS.index(name)) if name in ENDS else (1, order.get(name, len(order)))


def _is_back(name: str, word: str, order: dict[str, int], here: int) -> bool:
    """Say whether a move leads against the order of the stages."""
    if name not in order or name == START or name in ENDS:
        return False
    return order[name] > here if word == "in" else order[name] < here


def _said(name: str) -> str:
    return name[1:-1] if name == START or name in ENDS else name


def _color(frame: Frame, name: str, *, is_back: bool) -> str:
    theme = frame.theme
    ends = {
        CONVERTED: theme.converted, DROPPED: theme.dropped, ENDED: theme.ended,
        OPEN: blend(theme.open, theme.paper, 0.6),
    }  # fmt: skip
    if name == START:
        return blend(theme.ink, theme.paper, 0.25)
    return ends.get(name) or (theme.back if is_back else theme.line)
