"""Heights: in which order and how high everything stands in its column, through the layout engine.

The engine minimises crossings and finds the channels in which long edges pass columns. The columns are given
to it, and the room that a page has is imposed on what it returns, so that the same order fits a slide or a
poster.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import graphlay

DIRECTION = "leftright"


@dataclass(frozen=True, slots=True)
class Item:
    """What stands in a column: its name, its column and its size in points."""

    name: str
    column: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """An edge between two items of different columns, with its width in points and its weight."""

    source: str
    target: str
    width: float
    weight: float


@dataclass(frozen=True, slots=True)
class Gaps:
    """The least distances in a column: between boxes, and of an edge's channel from what is next to it."""

    box: float = 13.0
    channel: float = 5.0


@dataclass(frozen=True, slots=True)
class Stacks:
    """The order in each column: ("", name) of a box or (number of a link, column), with heights as found.

    Attributes
    ----------
    order
        For each column the keys from top to bottom.
    wish
        Key -> the height that the engine gave it.
    crossings
        How many pairs of edges cross.
    """

    order: tuple[tuple[Key, ...], ...]
    wish: dict[Key, float]
    crossings: int


Key = tuple[int, str | int]
"""(-1, name) of a box, (number of a link, column) of a link's channel."""


@lru_cache(maxsize=256)
def stack(items: tuple[Item, ...], links: tuple[Link, ...], effort: str = "balanced") -> Stacks:
    """Order the items of each column and the channels of the links between them."""
    graph = graphlay.Graph()
    column = {item.name: item.column for item in items}
    for item in items:
        graph.node(item.name, width=item.width, height=item.height, rank={"fixed": item.column})
    for link in links:
        graph.edge(link.source, link.target, weight=link.weight, thickness=link.width)
    # The engine sets parts that nothing joins apart from the rest: they hang on the first item by a thread.
    for name in _loose(items, links):
        graph.edge(items[0].name, name, weight=0.01, thickness=0.1)
    found = graphlay.layout(
        graph,
        preset="layered",
        options={
            "direction": DIRECTION,
            "effort": effort,
            "spacing": {"node_gap": 14.0, "dummy_gap": 8.0, "layer_gap": 44.0, "port_gap": 3.0},
            "routing": {"bundle_parallel": False},
        },
    )
    wish: dict[Key, float] = {}
    middle: dict[int, float] = {}
    for item, node in zip(items, found.nodes[: len(items)], strict=True):
        wish[-1, item.name] = node["center"]["y"]
        middle[item.column] = node["center"]["x"]
    for number, (link, edge) in enumerate(zip(links, found.edges, strict=False)):
        points = [(point["x"], point["y"]) for point in edge["points"]]
        for between in _between(column[link.source], column[link.target]):
            wish[number, between] = _height_at(points, middle[between])
    stacks: dict[int, list[Key]] = defaultdict(list)
    for key in wish:
        stacks[column[str(key[1])] if key[0] < 0 else int(key[1])].append(key)
    order = tuple(
        tuple(sorted(stacks[at], key=lambda key: (wish[key], key[0], str(key[1]))))
        for at in range(max(column.values()) + 1)
    )
    return Stacks(order, wish, int(found.metrics()["crossings"]))


def _between(source: int, target: int) -> range:
    return range(source + 1, target) if source < target else range(source - 1, target, -1)


def _loose(items: tuple[Item, ...], links: tuple[Link, ...]) -> list[str]:
    """Return one item of each part that is not joined to the first item."""
    group = {item.name: item.name for item in items}

    def root(name: str) -> str:
        while group[name] != name:
            group[name] = group[group[name]]
            name = group[name]
        return name

    for link in links:
        group[root(link.source)] = root(link.target)
    loose = []
    for item in items[1:]:
        if item.column != items[0].column and root(item.name) != root(items[0].name):
            loose.append(item.name)
            group[root(item.name)] = root(items[0].name)
    return loose


def _height_at(points: list[tuple[float, float]], x: float) -> float:
    """Return how high a polyline is where it passes ``x``."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if min(x0, x1) <= x <= max(x0, x1) and x0 != x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[len(points) // 2][1]


def least_height(stacks: Stacks, tall: dict[Key, float], gaps: Gaps) -> float:
    """Return how much height the fullest column needs."""
    return max((_reach(keys, tall, gaps)[-1] + tall[keys[0]] for keys in stacks.order if keys), default=0.0)


def _reach(keys: tuple[Key, ...], tall: dict[Key, float], gaps: Gaps) -> list[float]:
    """Return the least distance of each key's centre from the first, the last key's half height added."""
    at = [0.0]
    for above, below in pairwise(keys):
        gap = gaps.box if above[0] < 0 and below[0] < 0 else gaps.channel
        at.append(at[-1] + (tall[above] + tall[below]) / 2 + gap)
    return [*at[:-1], at[-1], at[-1] + tall[keys[-1]] / 2 - tall[keys[0]] / 2]


def settle(
    stacks: Stacks, links: tuple[Link, ...], tall: dict[Key, float], room: float, gaps: Gaps, rounds: int = 24
) -> dict[Key, float]:
    """Give every key its height within ``room``: near what the engine found, and edges as straight as can be.

    In each column the heights are the closest ones to those wished for that keep order and distance (isotonic
    regression by pooling). The wishes then move towards the neighbours, so that long edges run straight.
    """
    if not stacks.wish:
        return {}
    low, high = min(stacks.wish.values()), max(stacks.wish.values())
    inner = room - 40.0
    factor = inner / (high - low) if high > low else 0.0
    height = {key: 20.0 + (value - low) * factor if factor else room / 2 for key, value in stacks.wish.items()}
    near = _neighbours(links, stacks)
    for turn in range(rounds):
        for keys in stacks.order if turn % 2 == 0 else reversed(stacks.order):
            if not keys:
                continue
            wished = []
            for key in keys:
                pulls = near.get(key, ())
                total = sum(weight for _, weight in pulls)
                mean = sum(height[other] * weight for other, weight in pulls) / total if total else height[key]
                # Boxes keep more of their place than channels do, or all would sink to the middle.
                pull = 0.0 if turn == 0 else 0.85 if key[0] >= 0 else 0.25
                wished.append(height[key] * (1 - pull) + mean * pull)
            height.update(zip(keys, _spaced(keys, wished, tall, room, gaps), strict=True))
    return height


def _neighbours(links: tuple[Link, ...], stacks: Stacks) -> dict[Key, list[tuple[Key, float]]]:
    passed: dict[int, list[Key]] = defaultdict(list)
    for at, keys in enumerate(stacks.order):
        for key in keys:
            if key[0] >= 0:
                passed[key[0]].append((key[0], at))
    near: dict[Key, list[tuple[Key, float]]] = defaultdict(list)
    column = {key[1]: at for at, keys in enumerate(stacks.order) for key in keys if key[0] < 0}
    for number, link in enumerate(links):
        ways = passed[number] if column[link.source] < column[link.target] else passed[number][::-1]
        chain: list[Key] = [(-1, link.source), *ways, (-1, link.target)]
        for one, other in pairwise(chain):
            weight = 1.0 + link.width
            near[one].append((other, weight))
            near[other].append((one, weight))
    return near


def _spaced(keys: tuple[Key, ...], wished: list[float], tall: dict[Key, float], room: float, gaps: Gaps) -> list[float]:
    """Return the heights closest to those wished for (least squares) that keep order and distances."""
    reach = _reach(keys, tall, gaps)
    blocks: list[list[float]] = []  # mean, weight, length
    for key, value, offset in zip(keys, wished, reach, strict=False):
        weight = 4.0 if key[0] < 0 else 1.0
        blocks.append([value - offset, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, heavy, length = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + mean * heavy) / (last[1] + heavy)
            last[1] += heavy
            last[2] += length
    level = [mean for mean, _, length in blocks for _ in range(int(length))]
    least = tall[keys[0]] / 2
    most = max(least, room - reach[-1] - tall[keys[0]] / 2)
    return [min(max(value, least), most) + offset for value, offset in zip(level, reach, strict=False)]
