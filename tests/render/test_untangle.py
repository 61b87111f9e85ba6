"""Crossings are those that a count by hand finds, and sifting never adds any."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from journeymap.render.layout import Beside, Item, Link, stack
from journeymap.render.untangle import Tangle, crossings, joined, untangle


def inside(place: dict[int, int], key: int, one: int, other: int) -> bool:
    low, high = sorted((place[one], place[other]))
    return low < place[key] < high


def counted(order: tuple[tuple[int, ...], ...], tangle: Tangle) -> int:
    """Count crossings one by one, from what stands above what."""
    place = {key: at for column in order for at, key in enumerate(column)}
    column_of = {key: at for at, column in enumerate(order) for key in column}
    segments = [pair for gutter in tangle.segments for pair in gutter]
    found = 0
    for (a, b), (c, d) in combinations(segments, 2):
        if column_of[a] == column_of[c]:
            found += (place[a] - place[c]) * (place[b] - place[d]) < 0
    drains = [key for key, n_edges in (*tangle.down, *tangle.up) for _ in range(n_edges)]
    for source, target in tangle.within:
        side = 0 if place[source] < place[target] else 1
        between = {key for key in place if column_of[key] == column_of[source] and inside(place, key, source, target)}
        found += sum(pair[side] in between for pair in segments)
        found += sum(key in between for key in drains) if side == 0 else 0
    for (a, b), (c, d) in combinations(tangle.within, 2):
        if column_of[a] == column_of[c] and (place[a] < place[b]) == (place[c] < place[d]) and len({a, b, c, d}) == 4:
            found += inside(place, c, a, b) != inside(place, d, a, b)
    for key, n_edges in tangle.down:
        found += n_edges * sum(column_of[a] == column_of[key] and place[a] > place[key] for a, _ in segments)
    for key, n_edges in tangle.up:
        found += n_edges * sum(column_of[a] == column_of[key] and place[a] < place[key] for a, _ in segments)
    return found


def random_case(seed: int) -> tuple[tuple[tuple[int, ...], ...], Tangle]:
    draw = random.Random(seed)  # noqa: S311 - cases, not secrets
    columns, number = [], 0
    for _ in range(draw.randint(2, 4)):
        size = draw.randint(1, 6)
        columns.append(tuple(range(number, number + size)))
        number += size
    segments = tuple(
        tuple((draw.choice(left), draw.choice(right)) for _ in range(draw.randint(0, 9)))
        for left, right in pairwise(columns)
    )
    within = tuple(
        tuple(draw.sample(column, 2)) for column in columns for _ in range(draw.randint(0, 2)) if len(column) > 1
    )
    keys = [key for column in columns for key in column]
    down = tuple((key, draw.randint(1, 2)) for key in draw.sample(keys, min(3, len(keys))))
    up = tuple((key, 1) for key in draw.sample(keys, min(2, len(keys))))
    return tuple(columns), Tangle(segments, within, down, up)


@pytest.mark.parametrize("seed", range(40))
def test_crossings_are_those_counted_one_by_one(seed: int) -> None:
    order, tangle = random_case(seed)
    assert crossings(order, tangle) == counted(order, tangle)
    found, n_crossings = untangle(order, tangle, kicks=2)
    assert n_crossings == counted(found, tangle) <= counted(order, tangle)
    assert [sorted(column) for column in found] == [sorted(column) for column in order]
    assert untangle(order, tangle, kicks=2) == (found, n_crossings)


def test_what_can_be_drawn_without_crossings_is() -> None:
    order = ((0, 1, 2), (5, 4, 3))
    tangle = Tangle((((0, 3), (1, 4), (2, 5)),))
    assert crossings(order, tangle) == 3
    assert untangle(order, tangle)[1] == 0


def test_a_box_that_leads_to_the_bottom_goes_there() -> None:
    order = ((0, 1), (2, 3))
    tangle = Tangle((((0, 2), (1, 3)),), down=((0, 1),))
    assert crossings(order, tangle) == 1
    assert untangle(order, tangle, kicks=9) == (((1, 0), (3, 2)), 0)


def test_segments_are_found_whatever_the_direction_of_a_chain() -> None:
    assert joined([(2, 1, 0)], [0, 1, 2]) == (((0, 1),), ((1, 2),))


def test_long_links_pass_every_column_between_and_parts_that_nothing_joins_stand_too() -> None:
    items = (Item("a", 0, 9, 9), Item("b", 1, 9, 9), Item("c", 2, 9, 9), Item("alone", 1, 9, 9))
    links = (Link("a", "c", 1, 5), Link("c", "a", 1, 5), Link("a", "b", 1, 1))
    found = stack(items, links, Beside())
    assert [len(column) for column in found.order] == [1, 4, 1]
    assert {(0, 1), (1, 1), (-1, "b"), (-1, "alone")} == set(found.order[1])
    for column in found.order:
        heights = [found.wish[key] for key in column]
        assert heights == sorted(heights)
