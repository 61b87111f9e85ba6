"""Heights: in which order and how high everything stands in its column.

The columns are given. Long edges pass a column through a channel, which has a place in its order as boxes have. The
order is found by barycentres and then untangled; the room that a page has is imposed on it last, so that the same order
fits a slide or a poster.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from journeymap.render.untangle import Tangle, joined, untangle

SWEEPS = 6
"""How often barycentres are taken, to the right and to the left in turn."""
APART = 40.0
"""How far apart things stand before they are given a room, in points."""


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
        Key -> the height that it would have, were there room.
    crossings
        How often edges cross; see :func:`journeymap.render.untangle.crossings`.
    """

    order: tuple[tuple[Key, ...], ...]
    wish: dict[Key, float]
    crossings: int


Key = tuple[int, str | int]
"""(-1, name) of a box, (number of a link, column) of a link's channel."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Edges that are no links, and yet cross some.

    Attributes
    ----------
    within
        (source, target) pairs of the edges within a column.
    down, up
        (item, edges) pairs: how many edges lead from it to the ends at the bottom, and to the one on top.
    """

    within: tuple[tuple[str, str], ...] = ()
    down: tuple[tuple[str, int], ...] = ()
    up: tuple[tuple[str, int], ...] = ()


@lru_cache(maxsize=512)
def stack(items: tuple[Item, ...], links: tuple[Link, ...], beside: Beside, kicks: int = 0) -> Stacks:
    """Order the items of each column and the channels of the links with few crossings of all that is drawn.

    Parameters
    ----------
    items, links
        What stands in columns, and the edges between them.
    beside
        What else is drawn.
    kicks
        How often to look further; see :func:`journeymap.render.untangle.untangle`.

    Returns
    -------
    Stacks
        The order; the same for the same input.
    """
    keys, column_of, chains = _numbered(items, links)
    tangle = Tangle(
        joined(chains, column_of),
        tuple((keys[-1, one], keys[-1, other]) for one, other in beside.within),
        tuple((keys[-1, name], n_edges) for name, n_edges in beside.down),
        tuple((keys[-1, name], n_edges) for name, n_edges in beside.up),
    )
    weights = [1.0 + link.width for link in links]
    begun = _by_barycentres(column_of, list(zip(chains, weights, strict=True)))
    found, n_crossings = untangle(tuple(map(tuple, begun)), tangle, kicks)
    named = list(keys)
    deepest = max(map(len, found))
    wish = {
        named[number]: (at + 0.5) / len(order) * deepest * APART for order in found for at, number in enumerate(order)
    }
    return Stacks(tuple(tuple(named[number] for number in column) for column in found), wish, n_crossings)


def _numbered(items: tuple[Item, ...], links: tuple[Link, ...]) -> tuple[dict[Key, int], list[int], list[list[int]]]:
    """Give items and channels numbers; return these, the column of each, and what each link passes."""
    at = {item.name: item.column for item in items}
    keys: dict[Key, int] = {(-1, item.name): number for number, item in enumerate(items)}
    column_of = [item.column for item in items]
    chains = []
    for number, link in enumerate(links):
        chain = [keys[-1, link.source]]
        for column in _between(at[link.source], at[link.target]):
            keys[number, column] = len(column_of)
            chain.append(len(column_of))
            column_of.append(column)
        chains.append([*chain, keys[-1, link.target]])
    return keys, column_of, chains


def _by_barycentres(column_of: list[int], chains: list[tuple[list[int], float]]) -> list[list[int]]:
    """Order every column by the mean place of what is joined to it in the column before, then in the one behind.

    References
    ----------
    Sugiyama, K., Tagawa, S. and Toda, M. (1981): Methods for visual understanding of hierarchical system structures.
    IEEE Transactions on Systems, Man, and Cybernetics 11(2), 109-125.
    """
    columns: list[list[int]] = [[] for _ in range(max(column_of) + 1)]
    for number, column in enumerate(column_of):
        columns[column].append(number)
    near: tuple[list[list[tuple[int, float]]], ...] = tuple([[] for _ in column_of] for _ in range(2))
    for chain, weight in chains:
        for one, other in pairwise(chain):
            left, right = (one, other) if column_of[one] < column_of[other] else (other, one)
            near[0][right].append((left, weight))
            near[1][left].append((right, weight))
    place = {number: (at + 0.5) / len(members) for members in columns for at, number in enumerate(members)}
    for turn in range(SWEEPS):
        for members in columns if turn % 2 == 0 else reversed(columns):
            mean = {number: _mean(near[turn % 2][number], place, place[number]) for number in members}
            members.sort(key=mean.__getitem__)
            place.update({number: (at + 0.5) / len(members) for at, number in enumerate(members)})
    return columns


def _mean(pulls: list[tuple[int, float]], place: dict[int, float], otherwise: float) -> float:
    total = sum(weight for _, weight in pulls)
    return sum(place[number] * weight for number, weight in pulls) / total if total else otherwise


def _between(source: int, target: int) -> range:
    return range(source + 1, target) if source < target else range(source - 1, target, -1)


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
    """Give every key its height within ``room``: near what was found, and edges as straight as can be.

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
    near: dict[Key, list[tuple[Key, float]]] = defaultdict(list)
    for link, chain in zip(links, _chains(links, stacks), strict=True):
        for one, other in pairwise(chain):
            weight = 1.0 + link.width
            near[one].append((other, weight))
            near[other].append((one, weight))
    return near


def _chains(links: tuple[Link, ...], stacks: Stacks) -> list[list[Key]]:
    """Give what each link passes, from its source over its channels to its target."""
    passed: dict[int, list[Key]] = defaultdict(list)
    for at, keys in enumerate(stacks.order):
        for key in keys:
            if key[0] >= 0:
                passed[key[0]].append((key[0], at))
    column = {key[1]: at for at, keys in enumerate(stacks.order) for key in keys if key[0] < 0}
    return [
        [
            (-1, link.source),
            *(passed[number] if column[link.source] < column[link.target] else passed[number][::-1]),
            (-1, link.target),
        ]
        for number, link in enumerate(links)
    ]


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
