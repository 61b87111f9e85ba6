"""The bands of a flow: the touchpoints of each step, what is gathered, who is away, and what leads to what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from journeymap.model.names import CONVERTED, DROPPED, ENDED, ENDS, OPEN, START
from journeymap.render import amounts
from journeymap.render.flow_words import away_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from journeymap.model.flow_map import FlowMap

OTHER: Final = "\x00other"
"""The name of what is gathered: no touchpoint is called so."""
BEYOND: Final = "(beyond)"
"""What leads past the last step, or comes from before the first."""
EXITS: Final = (BEYOND, CONVERTED, ENDED, OPEN, DROPPED, START)
"""The order of what ends or begins at a band, from above."""

SMALLEST_SHARE = 0.01
"""Below this share of the flow a band is gathered, where it is not alone."""
STUB = 9.0
"""The length of what leads beyond the steps."""


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
        The touchpoint, or ``OTHER``.
    journeys, share
        As of the nodes in it.
    gathered
        How many touchpoints are in it, where it is ``OTHER``; else 0.
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


def choose_bands(flow_map: FlowMap, steps: tuple[int, ...], most: int) -> list[list[Band]]:
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
        columns.append(bands)
    return columns


def away_of(flow_map: FlowMap, steps: tuple[int, ...]) -> list[list[Away]]:
    """Give who is away at each step, from above."""
    found = []
    for column, step in enumerate(steps):
        counts = away_at(flow_map, step)
        found.append([Away(column, what, counts[what]) for what in EXITS if counts[what]])
    return found


def away_words(journeys: int, direction: str) -> str:
    """Say how many are away."""
    return f"{amounts.count(journeys)} {'ended earlier' if direction == 'after' else 'begin later'}"


def flows(
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
