"""How a map fits its page: the columns and boxes that let its letters be largest, and where each stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, ENDS, START
from journeymap.render import text
from journeymap.render.columns import ASTRAY, Columns, columns, kind
from journeymap.render.layout import Beside, Gaps, Item, Key, Link, Stacks, least_height, settle, stack
from journeymap.render.routes import ARC, END_ORDER, TRACK, WIDEST_ARC, WIDEST_LANE, Box, Way, tracks

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.theme import Theme

NAME, FACT, STAGE, PAD = 7.4, 7.0, 8.0, 5.0
"""Sizes in a box in points, before it is enlarged to what the page has room for."""
LINE = 1.22
LOOP_ROOM = 15.0
LARGEST = 1.4
"""How much larger than the smallest text a small map's letters may become."""
WIDEST, LEAST_WIDEST = 8.0, 4.0
"""The width of the edge with the largest count, at the most and at the least."""
AGAINST = 0.6
"""What a share of volume against the reading direction may cost in size of letters."""
CROSSED = 0.08
"""What crossings may cost: times the square root of their number, since one more among many is hardly seen."""
GROWN = 2.0
"""What it costs that the page has to grow, beside the smaller letters."""
KICKS = 40
FINALISTS = 3
"""How far to look for few crossings in a map of 60 transitions, and in how many of the best columns."""
LARGE = 80
"""Touchpoints from which fewer ways to stand are tried."""
PLAIN_BOX = (80.0, 44.0)
LANE = 11.0
START_WIDTH, ENDS_WIDTH = 36.0, 66.0
GAPS = Gaps()
ROOMY = (Gaps(40.0, 13.0), Gaps(34.0, 11.0), Gaps(28.0, 9.0), Gaps(23.0, 8.0), Gaps(18.0, 6.5), GAPS)
"""Distances to try where a page leaves room, the widest first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A map's columns with everything in them measured, before heights are settled."""

    columns: Columns
    ways: tuple[Way, ...]
    items: tuple[Item, ...]
    links: tuple[Link, ...]
    stacks: Stacks
    names: dict[str, tuple[str, ...]]
    box_width: float
    gaps: tuple[float, ...]
    ends: tuple[str, ...]
    heads: tuple[tuple[str, ...], ...]
    stage: float
    goals: tuple[str, ...]
    width: float
    height: float
    per_count: float

    @property
    def head(self) -> float:
        """The height that the stage names take above the bands' boxes."""
        return max(len(lines) for lines in self.heads) * self.stage * LINE + 8.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A map with every box at its place, in points before enlarging."""

    plan: Plan
    scale: float
    width: float
    height: float
    boxes: dict[str, Box]
    ends: dict[str, Box]
    lanes: dict[str, float]
    sides: tuple[tuple[float, float], ...]
    ways: tuple[Way, ...]
    graph: tuple[float, float]


def plan(
    journey_map: JourneyMap, grid: Columns, theme: Theme, box_width: float, stage: float = STAGE, *, kicks: int = 0
) -> Plan:
    """Measure a map in given columns; ``kicks`` says how far to look for fewer crossings."""
    per_count = points_per_count(journey_map)
    ways = tuple(
        Way(edge, kind(edge, grid.of), max(0.7, min(edge.count * per_count, WIDEST_LANE))) for edge in journey_map.edges
    )
    loops = {way.edge.source for way in ways if way.kind == "loop"}
    names = {
        node.touchpoint: text.wrap(node.touchpoint, box_width - 2 * PAD, NAME, theme, bold=True, narrow=True)
        for node in journey_map.nodes
    }
    tall = {
        name: 2 * PAD + len(lines) * NAME * LINE + 2 * FACT * LINE + (LOOP_ROOM if name in loops else 0.0)
        for name, lines in names.items()
    }
    items = (
        Item(START, 0, START_WIDTH, 40.0),
        *(
            Item(node.touchpoint, grid.of[node.touchpoint], box_width, tall[node.touchpoint])
            for node in journey_map.nodes
        ),
    )
    links = tuple(
        Link(way.edge.source, way.edge.target, way.width, float(way.edge.count))
        for way in ways
        if way.kind in ("forward", "back")
    )
    # One order for boxes of every width: it is what takes the time.
    plain = tuple(replace(item, width=PLAIN_BOX[0], height=PLAIN_BOX[1]) for item in items)
    stacks = stack(plain, links, _beside(ways), kicks)
    used = tracks(ways, grid.of)
    gutters = [
        max((n + 1 for (at, _), n in used.items() if at == column), default=0) for column in range(grid.count + 1)
    ]
    is_arched = any(way.kind == "column" and grid.of[way.edge.source] == grid.count for way in ways)
    last = 16.0 + TRACK * gutters[-1] + (WIDEST_ARC - ARC if is_arched and gutters[-1] else 0.0)
    gaps = (30.0, *(32.0 + TRACK * number for number in gutters[1:-1]), last)
    ends = tuple(end for end in reversed(END_ORDER) if any(way.edge.target == end for way in ways))
    sizes: dict[Key, float] = heights_of(items, links, stacks)
    below = [end for end in ends if end != CONVERTED]
    heads = tuple(
        text.wrap(name, (last - first + 1) * (box_width + 20.0) - 14.0, stage, theme, bold=True)
        for name, first, last in grid.stages
    )
    above = max(len(lines) for lines in heads) * stage * LINE + 8.0 + (LANE if CONVERTED in ends else 0.0)
    height = least_height(stacks, sizes, GAPS) + LANE * len(below) + above + 20.0
    goals = tuple(node.touchpoint for node in journey_map.nodes if node.is_goal)
    width = START_WIDTH + sum(gaps) + grid.count * box_width + (ENDS_WIDTH if ends else 0.0)
    return Plan(
        grid,
        ways,
        items,
        links,
        stacks,
        names,
        box_width,
        gaps,
        ends,
        heads,
        stage,
        goals,
        width,
        max(height, 150.0),
        per_count,
    )


def _beside(ways: tuple[Way, ...]) -> Beside:
    """Give the edges within columns, and how many lead from each box to the ends at the bottom and on top."""
    ends = [(way.edge.source, way.edge.target == CONVERTED) for way in ways if way.kind == "end"]
    down, up = (Counter(source for source, is_top in ends if is_top == top) for top in (False, True))
    within = tuple((way.edge.source, way.edge.target) for way in ways if way.kind == "column")
    return Beside(within, tuple(down.items()), tuple(up.items()))


def widest_count(journey_map: JourneyMap) -> int:
    """Return the largest count of a transition to another touchpoint, which has the widest line."""
    return max(
        (edge.count for edge in journey_map.edges if edge.target not in ENDS and edge.target != edge.source),
        default=1,
    )


def points_per_count(journey_map: JourneyMap) -> float:
    """Return how many points of width an edge has per transition: one scale for edges and common lanes."""
    largest = widest_count(journey_map)
    # Lanes gather much; where they would drown the edges, they stop at their greatest width instead.
    return max(LEAST_WIDEST / largest, min(WIDEST / largest, WIDEST_LANE / widest_lane(journey_map)))


def widest_lane(journey_map: JourneyMap) -> int:
    """Return how many transitions the lane into the most frequent end gathers, 1 at the least."""
    lanes = [sum(edge.count for edge in journey_map.edges if edge.target == end) for end in ENDS]
    return max(*lanes, 1)


def heights_of(items: tuple[Item, ...], links: tuple[Link, ...], stacks: Stacks) -> dict[Key, float]:
    """Return how tall every box and every channel is."""
    sizes: dict[Key, float] = {(-1, item.name): item.height for item in items}
    sizes.update({key: links[key[0]].width for key in stacks.wish if key[0] >= 0})
    return sizes


def best_plan(journey_map: JourneyMap, theme: Theme, room: tuple[float, float], stage: float = STAGE) -> Plan:
    """Try several columns and widths of boxes, look further for few crossings in the best, and keep what fits best."""
    large = len(journey_map.nodes) > LARGE
    widths = (78.0,) if large else (72.0, 80.0, 92.0)
    tried: list[tuple[float, int, Columns]] = []
    for number, grid in enumerate(_columns_to_try(journey_map, large=large)):
        best = max(_worth(plan(journey_map, grid, theme, width, stage), room) for width in widths)
        tried.append((-best, number, grid))
    kicks = max(KICKS * 60 // max(len(journey_map.edges), 60), 1)
    drafts = [
        plan(journey_map, grid, theme, width, stage, kicks=0 if large else kicks)
        for _, _, grid in sorted(tried, key=lambda item: item[:2])[:FINALISTS]
        for width in widths
    ]
    return max(drafts, key=lambda draft: round(_worth(draft, room), 9))


def _columns_to_try(journey_map: JourneyMap, *, large: bool) -> list[Columns]:
    """Give the columns of several depths, each once."""
    stages = Counter(node.stage for node in journey_map.nodes)
    deepest = max(stages.values())
    depths = sorted({min(deepest, depth) for depth in ((10, 14, 18, 24) if large else range(2, 9))})
    if large:
        depths = sorted({max(depth, ceil(deepest / 12)) for depth in depths})
    found = [columns(journey_map, depth, astray) for depth in depths for astray in (ASTRAY[:1] if large else ASTRAY)]
    return list({tuple(grid.of.items()): grid for grid in found}.values())


def _worth(draft: Plan, room: tuple[float, float]) -> float:
    """Say how well a plan fits: large letters, few crossings, wide boxes, and much of the volume to the right."""
    scale = min(room[0] / draft.width, room[1] / draft.height, LARGEST)
    scale -= GROWN * max(1.0 - scale, 0.0)
    value = scale - CROSSED * sqrt(draft.stacks.crossings) + 0.0005 * draft.box_width
    return value - AGAINST * _against(draft)


def _against(chosen: Plan) -> float:
    """Return the share of the volume between touchpoints that does not go to the right."""
    inner = [way for way in chosen.ways if way.kind in ("forward", "back", "column")]
    total = sum(way.edge.count for way in inner)
    return sum(way.edge.count for way in inner if way.kind != "forward") / total if total else 0.0


def place(chosen: Plan, room: tuple[float, float], least: float = 1.0) -> Placed:
    """Give every box its place in a room of this width and height in points."""
    scale = min(room[0] / chosen.width, room[1] / chosen.height, LARGEST * least)
    width, height = room[0] / scale, room[1] / scale
    # What is left over widens the gaps, up to what the eye still follows, then the margins.
    spare = width - chosen.width
    wider = min(spare / len(chosen.gaps), 90.0)
    left = (spare - wider * len(chosen.gaps)) / 2
    sides = [(left, left + START_WIDTH)]
    for gap in chosen.gaps[:-1]:
        start = sides[-1][1] + gap + wider
        sides.append((start, start + chosen.box_width))
    ends_left = sides[-1][1] + chosen.gaps[-1] + wider
    below = [end for end in chosen.ends if end != CONVERTED]
    top = chosen.head + (LANE + 6.0 if CONVERTED in chosen.ends else 6.0)
    bottom = height - LANE * len(below) - (12.0 if below else 6.0)
    sizes = heights_of(chosen.items, chosen.links, chosen.stacks)
    gaps = next((gaps for gaps in ROOMY if least_height(chosen.stacks, sizes, gaps) <= bottom - top), GAPS)
    found = settle(chosen.stacks, chosen.links, sizes, bottom - top, gaps)
    loops = {way.edge.source for way in chosen.ways if way.kind == "loop"}
    boxes = {}
    for item in chosen.items:
        extra = LOOP_ROOM if item.name in loops else 0.0
        y = top + found[-1, item.name] - item.height / 2 + extra
        boxes[item.name] = Box(item.name, item.column, sides[item.column][0], y, item.width, item.height - extra)
    channels = _channels(chosen, found, top)
    lanes = {end: height - 13.0 - LANE * (len(below) - number - 1) for number, end in enumerate(below)}
    if CONVERTED in chosen.ends:
        lanes[CONVERTED] = chosen.head + LANE / 2
    return Placed(
        chosen,
        scale,
        width,
        height,
        boxes,
        _end_boxes(lanes, ends_left, height),
        lanes,
        tuple(sides),
        tuple(channels),
        (top, bottom),
    )


def _channels(chosen: Plan, found: dict[Key, float], top: float) -> list[Way]:
    ways: list[Way] = []
    number = 0
    for way in chosen.ways:
        if way.kind not in ("forward", "back"):
            ways.append(way)
            continue
        at = chosen.columns.of
        source = at.get(way.edge.source, 0)
        target = at[way.edge.target]
        steps = range(source + 1, target) if source < target else range(source - 1, target, -1)
        ways.append(Way(way.edge, way.kind, way.width, tuple((step, top + found[number, step]) for step in steps)))
        number += 1
    return ways


def _end_boxes(lanes: dict[str, float], left: float, height: float) -> dict[str, Box]:
    """Stack the ends at the right: success on top, the others from the bottom up, near their lanes."""
    high = 24.0
    boxes: dict[str, Box] = {}
    if CONVERTED in lanes:
        boxes[CONVERTED] = Box(CONVERTED, -1, left, lanes[CONVERTED] - high / 2, ENDS_WIDTH, high)
    bottom = height - 1.0
    for end in (end for end in END_ORDER if end in lanes and end != CONVERTED):
        boxes[end] = Box(end, -1, left, bottom - high, ENDS_WIDTH, high)
        bottom -= high + 5.0
    return {end: boxes[end] for end in ENDS if end in boxes}
