"""How a flow fits its page: the bands of each step, what is gathered, and where everything stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from journeymap.model.names import CONVERTED, DROPPED, ENDED, ENDS, OPEN, START
from journeymap.render import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from journeymap.model.flow_map import FlowMap
    from journeymap.render.theme import Theme

OTHER: Final = "(other)"
BEYOND: Final = "(beyond)"
"""What leads past the last step, or comes from before the first."""
EXITS: Final = (BEYOND, CONVERTED, ENDED, OPEN, DROPPED, START)
"""The order of what ends or begins at a band, from above."""

NAME, FACT = 7.4, 7.0
LINE = 1.22
LARGEST = 1.35
ROOMY_BLOCK = 78.0
"""How wide a band is for each size of letters, that names do not wrap where they need not."""
MOST_BANDS = 10
SMALLEST_SHARE = 0.01
"""Below this share of the flow a band is gathered, where it is not alone."""
GAP = 5.0
LEAST_BLOCK, MOST_BLOCK = 74.0, 150.0
LEAST_GAP, MOST_GAP = 26.0, 150.0
STUB = 9.0
INSET = 12.0
"""How much narrower a label is than its band."""
FULL, LEAST_FULL = 0.5, 0.3
"""How much of the height all journeys should take, and must at the least: the rest is for letters and gaps."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on a band: the lines of its name, its numbers, and whether they stand beside the name."""

    name: tuple[str, ...]
    numbers: str
    is_one_line: bool
    height: float


@dataclass(frozen=True, slots=True)
class Band:
    """A touchpoint at a step, or what is gathered there.

    Attributes
    ----------
    column
        From 0 at the left.
    name
        The touchpoint, or ``(other)``.
    journeys, share
        As of the nodes in it.
    gathered
        How many touchpoints are in it, where it is ``(other)``; else 0.
    label
        What is written on it.
    y, height
        Where it is, and how tall: in proportion to its journeys.
    slot_y, slot_height
        The room that it has with its label.
    """

    column: int
    name: str
    journeys: int
    share: float
    gathered: int
    label: Label | None = None
    y: float = 0.0
    height: float = 0.0
    slot_y: float = 0.0
    slot_height: float = 0.0


@dataclass(frozen=True, slots=True)
class Away:
    """The journeys that are not at any touchpoint at a step: they ended earlier, or begin later.

    Attributes
    ----------
    column
        From 0 at the left.
    what
        The end, or ``(start)``.
    journeys
        How many.
    y, height
        Where they are: one on the other, on the bottom of the picture.
    """

    column: int
    what: str
    journeys: int
    y: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Layout:
    """A flow with every band in its place, within a room from (0, 0).

    Attributes
    ----------
    steps
        The step of each column.
    bands
        By column and name.
    away
        By column and what; none where nobody is away.
    moves
        Journeys by (column, source, target): both are bands.
    exits
        Journeys by (column, band, what): what is an end, ``(start)`` or ``(beyond)``.
    lefts
        The left edge of each column.
    block
        The width of bands.
    letters
        How much larger than the smallest the letters are.
    per_journey
        Points of height.
    bottom
        The lower edge of everything.
    """

    steps: tuple[int, ...]
    bands: dict[tuple[int, str], Band]
    away: dict[tuple[int, str], Away]
    moves: Counter[tuple[int, str, str]]
    exits: Counter[tuple[int, str, str]]
    lefts: tuple[float, ...]
    block: float
    letters: float
    per_journey: float
    bottom: float

    def column(self, at: int) -> list[Band]:
        """Give the bands of a column, from above."""
        return sorted((band for band in self.bands.values() if band.column == at), key=lambda band: band.slot_y)


def arrange_flow(flow_map: FlowMap, theme: Theme, width: float, height: float) -> Layout | float:
    """Find the bands that fit with the largest letters, or say how many times too small the room is."""
    steps = tuple(sorted({node.step for node in flow_map.nodes}))
    n = len(steps)
    inner = width - 2 * STUB
    least = theme.smallest / FACT
    block = min(0.6 * width / n, MOST_BLOCK, (inner - (n - 1) * LEAST_GAP * least) / n)
    if block < LEAST_BLOCK * least:
        return ((n * LEAST_BLOCK + (n - 1) * LEAST_GAP) * least + 2 * STUB) / width
    gap = min((inner - n * block) / (n - 1), MOST_GAP) if n > 1 else 0.0

    def fit(most: int, letters: float) -> float:
        return _fit(_columns(flow_map, steps, most), flow_map.journeys, theme, block, height, letters)

    enough = FULL * height / flow_map.journeys
    most = next((most for most in range(MOST_BANDS, 2, -1) if fit(most, least) >= enough), 3)
    scale, letters = fit(most, least), least
    if scale < LEAST_FULL * height / flow_map.journeys:
        return 1.15
    names = {band.name for bands, _ in _columns(flow_map, steps, most) for band in bands}
    for larger in (LARGEST, 1.25, 1.15, 1.08):
        size = NAME * least * larger
        longest = max(text.longest_part(name, size, theme, bold=True, narrow=True) for name in names)
        roomy = larger <= block / ROOMY_BLOCK and longest <= block - INSET
        tried = fit(most, least * larger) if roomy else 0.0
        if tried >= max(0.88 * scale, LEAST_FULL * height / flow_map.journeys):
            letters, scale = least * larger, tried
            break
    left = (width - n * block - (n - 1) * gap) / 2
    lefts = tuple(left + at * (block + gap) for at in range(n))
    bands, away = _placed(_columns(flow_map, steps, most), scale, theme, block, letters, height)
    moves, exits = _flows(flow_map, steps, bands)
    return Layout(steps, bands, away, moves, exits, lefts, block, letters, scale, height)


def _columns(flow_map: FlowMap, steps: tuple[int, ...], most: int) -> list[tuple[list[Band], list[Away]]]:
    """Choose the bands of each step: the largest, in one order for all steps, and the others gathered."""
    over_steps: Counter[str] = Counter()
    for node in flow_map.nodes:
        over_steps[node.touchpoint] += node.journeys
    columns = []
    for column, step in enumerate(steps):
        nodes = [node for node in flow_map.nodes if node.step == step]
        kept = [node for at, node in enumerate(nodes) if at < most and node.share >= SMALLEST_SHARE]
        if len(kept) == len(nodes) - 1:  # gathering one saves nothing
            kept = nodes
        kept_names = {node.touchpoint for node in kept}
        bands = [Band(column, node.touchpoint, node.journeys, node.share, 0) for node in kept]
        bands.sort(key=lambda band: (-over_steps[band.name], band.name))
        small = [node for node in nodes if node.touchpoint not in kept_names]
        if small:
            journeys = sum(node.journeys for node in small)
            bands.append(Band(column, OTHER, journeys, journeys / flow_map.journeys, len(small)))
        columns.append((bands, _away(flow_map, column, step)))
    return columns


def _away(flow_map: FlowMap, column: int, step: int) -> list[Away]:
    """Count who ended before a step, by the end, or begins after it; from above."""
    counts: Counter[str] = Counter()
    for link in flow_map.links:
        if flow_map.direction == "after" and link.target in ENDS and link.step < step:
            counts[link.target] += link.journeys
        elif flow_map.direction == "before" and link.source == START and link.step >= step:
            counts[START] += link.journeys
    return [Away(column, what, counts[what]) for what in EXITS if counts[what]]


def away_words(journeys: int, direction: str) -> str:
    """Say how many are away."""
    return f"{text.count(journeys)} {'ended earlier' if direction == 'after' else 'begin later'}"


def _label(band: Band, theme: Theme, room: float, letters: float, height: float) -> Label:
    """Write a band's label: in one line where the band is thin and it fits."""
    name = f"{band.gathered} others" if band.gathered else band.name
    lines = text.wrap(name, room, NAME * letters, theme, bold=True, narrow=True)
    full = LINE * letters * (NAME * len(lines) + FACT) + 2.0
    if len(lines) == 1 and height < full:
        short = text.count(band.journeys)
        used = text.width(name, NAME * letters, theme, bold=True, narrow=True)
        if used + text.width(f"  {short}", FACT * letters, theme, narrow=True) <= room:
            return Label(lines, short, is_one_line=True, height=LINE * letters * NAME)
    return Label(lines, f"{text.count(band.journeys)} · {text.share(band.share)}", is_one_line=False, height=full)


def _fit(
    columns: list[tuple[list[Band], list[Away]]],
    journeys: int,
    theme: Theme,
    block: float,
    height: float,
    letters: float,
) -> float:
    """Return the most points per journey with which every column fits the height; 0 where the letters alone do not."""
    room = block - INSET

    def tall(scale: float) -> float:
        found = 0.0
        for bands, away in columns:
            high = [scale * band.journeys for band in bands]
            labels = [_label(band, theme, room, letters, tall).height for band, tall in zip(bands, high, strict=True)]
            used = sum(max(one, other) + GAP for one, other in zip(high, labels, strict=True))
            found = max(found, used + _away_slot(away, scale, letters))
        return found

    low, high = 0.0, height / journeys
    if tall(low) > height:
        return 0.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if tall(middle) <= height else (low, middle)
    return low


def _away_slot(away: list[Away], scale: float, letters: float) -> float:
    if not away:
        return 0.0
    return max(scale * sum(item.journeys for item in away), LINE * FACT * letters) + GAP


def _placed(
    columns: list[tuple[list[Band], list[Away]]],
    scale: float,
    theme: Theme,
    block: float,
    letters: float,
    height: float,
) -> tuple[dict[tuple[int, str], Band], dict[tuple[int, str], Away]]:
    bands: dict[tuple[int, str], Band] = {}
    gone: dict[tuple[int, str], Away] = {}
    for column, away in columns:
        y = 0.0
        for band in column:
            high = scale * band.journeys
            label = _label(band, theme, block - INSET, letters, high)
            slot = max(high, label.height)
            bands[band.column, band.name] = replace(
                band, label=label, y=y + (slot - high) / 2, height=high, slot_y=y, slot_height=slot
            )
            y += slot + GAP
        y = height
        for item in reversed(away):
            y -= scale * item.journeys
            gone[item.column, item.what] = replace(item, y=y, height=scale * item.journeys)
    return bands, gone


def _flows(
    flow_map: FlowMap, steps: tuple[int, ...], bands: Iterable[tuple[int, str]]
) -> tuple[Counter[tuple[int, str, str]], Counter[tuple[int, str, str]]]:
    """Gather the links into those between bands, and those that end, begin or lead beyond at a band."""
    there = set(bands)
    place = {step: column for column, step in enumerate(steps)}
    moves: Counter[tuple[int, str, str]] = Counter()
    exits: Counter[tuple[int, str, str]] = Counter()
    for link in flow_map.links:
        source, target = place.get(link.step), place.get(link.step + 1)
        one = "" if source is None else link.source if (source, link.source) in there else OTHER
        other = "" if target is None else link.target if (target, link.target) in there else OTHER
        if flow_map.direction == "after" and source is not None:
            if link.target in ENDS:
                exits[source, one, link.target] += link.journeys
            elif target is None:
                exits[source, one, BEYOND] += link.journeys
            else:
                moves[source, one, other] += link.journeys
        elif flow_map.direction == "before" and target is not None:
            if link.source == START:
                exits[target, other, START] += link.journeys
            elif source is None:
                exits[target, other, BEYOND] += link.journeys
            else:
                moves[source, one, other] += link.journeys
    return moves, exits
