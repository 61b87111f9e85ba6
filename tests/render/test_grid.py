"""What must be true of every grid of maps."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING

import pytest
from render import cases
from render.looking import area, bounds, overlaps, shapes, words

from journeymap.model.map_grid import MapGrid
from journeymap.render import Theme
from journeymap.render.grid import grid
from journeymap.render.grid_layout import inner_edges

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.scene import Scene

SLIDE = (960.0, 540.0)
THEME = Theme.default


def of(whole: JourneyMap, n: int, n_levels: int | None = None, **changes: object) -> MapGrid:
    """Make a grid of n levels, each with a part of the whole's numbers."""
    maps = []
    for at in range(n):
        part = 1 / (at + 1)
        journeys = int(whole.summary.journeys * part)
        edges = tuple(
            dataclasses.replace(edge, count=max(1, int(edge.count * part)))
            for number, edge in enumerate(whole.edges)
            if at == 0 or number % (at + 3)
        )
        nodes = whole.nodes if at % 2 == 0 else whole.nodes[:-1]
        names = {node.touchpoint for node in nodes}
        maps.append(
            dataclasses.replace(
                whole,
                levels=(("region", f"level {at}"),),
                summary=dataclasses.replace(whole.summary, journeys=journeys, thin=at == 1),
                nodes=nodes,
                edges=tuple(
                    edge
                    for edge in edges
                    if (edge.source in names or edge.source[0] == "(")
                    and (edge.target in names or edge.target[0] == "(")
                ),
            )
        )
    made = MapGrid("Customer journeys by region", ("region",), whole, tuple(maps), n_levels or n)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


GRIDS = {
    "four of a shop": lambda: of(cases.shop(), 4),
    "twelve of a shop": lambda: of(cases.shop(), 12, 17),
    "one": lambda: of(cases.three(), 1),
    "two small": lambda: of(cases.three(), 2),
    "sixty touchpoints": lambda: of(cases.many(60, 5, keep=130), 6),
    "twelve stages": lambda: of(cases.many(30, 12, keep=70), 5),
    "one stage": lambda: of(cases.many(12, 1, keep=34), 3),
    "long names": lambda: of(cases.long_names(), 9),
    "odd names": lambda: of(cases.odd_names(), 2),
    "one event": lambda: of(cases.one_event(), 3),
    "no journeys": lambda: of(cases.empty(), 0),
    "empty levels": lambda: of(cases.empty(), 2),
}


@cache
def made_of(name: str) -> MapGrid:
    return GRIDS[name]()


@pytest.fixture(scope="module")
def scenes() -> dict[str, Scene]:
    return {name: grid(made_of(name), THEME, SLIDE) for name in GRIDS}


@pytest.mark.parametrize("name", GRIDS)
def test_words_are_on_the_page_readable_and_apart(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes[name]
    areas = [area(word) for word in words(scene)]
    assert overlaps(areas) == []
    assert min(item.left for item in areas) >= 0
    assert min(item.top for item in areas) >= 0
    assert max(item.right for item in areas) <= scene.width
    assert max(item.bottom for item in areas) <= scene.height
    assert min(word.size for word in words(scene)) >= 7.0
    assert scene.width / scene.height == pytest.approx(16 / 9)


@pytest.mark.parametrize("name", GRIDS)
def test_boxes_are_apart_and_hold_their_words(scenes: dict[str, Scene], name: str) -> None:
    boxes = [bounds(mark) for mark in shapes(scenes[name], "node", "absent")]
    assert overlaps(boxes) == []
    for word in words(scenes[name], "name"):
        inside = area(word)
        assert any(
            box.left <= inside.left
            and inside.right <= box.right
            and box.top <= inside.top
            and inside.bottom <= box.bottom
            for box in boxes
        ), word


@pytest.mark.parametrize("name", ["four of a shop", "twelve of a shop", "two small", "one", "one event"])
def test_what_a_slide_has_room_for_stays_a_slide(scenes: dict[str, Scene], name: str) -> None:
    assert scenes[name].width <= SLIDE[0] * 1.1


def test_every_level_has_every_box_at_the_same_place(scenes: dict[str, Scene]) -> None:
    for name in ("four of a shop", "twelve of a shop", "sixty touchpoints"):
        made = made_of(name)
        n = len(made.whole.nodes)
        boxes = [bounds(mark) for mark in shapes(scenes[name], "node", "absent")]
        assert len(boxes) == n * len(made.maps)
        cells = [boxes[at * n : at * n + n] for at in range(len(made.maps))]
        for cell in cells:
            dx, dy = cell[0].left - cells[0][0].left, cell[0].top - cells[0][0].top
            for box, first in zip(cell, cells[0], strict=True):
                assert (box.left - dx, box.top - dy) == pytest.approx((first.left, first.top), abs=1e-6)
        absent = sum(n - len(item.nodes) for item in made.maps)
        assert len(shapes(scenes[name], "absent")) == absent


def test_every_transition_of_a_level_is_drawn_as_wide_as_its_count_per_journey(scenes: dict[str, Scene]) -> None:
    made = made_of("four of a shop")
    lines = shapes(scenes["four of a shop"], "edge")
    shares = [
        sorted((edge.count / item.summary.journeys for edge in inner_edges(item)), reverse=True) for item in made.maps
    ]
    assert len(lines) == sum(map(len, shares))
    largest = max(row[0] for row in shares)
    at = 0
    for row in shares:
        drawn = [line.width for line in lines[at : at + len(row)]]
        assert drawn == pytest.approx([max(0.4, 6.0 * share / largest) for share in row])
        at += len(row)


def test_one_scale_of_colors(scenes: dict[str, Scene]) -> None:
    made = made_of("two small")
    low = dataclasses.replace(
        made.maps[1],
        nodes=tuple(
            dataclasses.replace(node, drop_off=cases.rate(node.drop_off.numerator // 4, node.drop_off.denominator))
            for node in made.maps[1].nodes
        ),
    )
    scene = grid(dataclasses.replace(made, maps=(made.maps[0], low)), THEME, SLIDE)
    said = [word.text for word in words(scene)]
    assert said.count("0 %") == 1
    fills = [mark.fill for mark in shapes(scene, "node")]
    assert fills[0] != fills[3]
    assert fills[:3] == [mark.fill for mark in shapes(scenes["two small"], "node")][:3]


def test_levels_and_their_numbers_are_said(scenes: dict[str, Scene]) -> None:
    made = made_of("twelve of a shop")
    said = " ".join(word.text for word in words(scenes["twelve of a shop"]))
    for item in made.maps:
        assert f"region = {item.levels[0][1]}" in said
        assert f"{item.summary.journeys:,} journeys" in said
    assert "12 of 17 levels, those with the most journeys; 5 left out" in said
    assert "thin data" in said
    assert "left out" not in " ".join(word.text for word in words(scenes["four of a shop"]))


def test_every_touchpoint_is_named_in_its_box_or_in_the_key(scenes: dict[str, Scene]) -> None:
    for name, scene in scenes.items():
        made = made_of(name)
        names = ["".join(node.touchpoint.split()) for node in made.whole.nodes]
        in_key = "".join("".join(word.text.split()) for word in words(scene, "key name"))
        in_boxes = "".join("".join(word.text.split()) for word in words(scene, "name"))
        if in_key:
            assert in_key == "".join(names)
            assert [word.text for word in words(scene, "key number")] == [str(at + 1) for at in range(len(names))]
        else:
            assert in_boxes == "".join(names) * len(made.maps)
    assert words(scenes["twelve of a shop"], "key name")
    assert not words(scenes["two small"], "key name")


def test_nothing_to_compare_is_said(scenes: dict[str, Scene]) -> None:
    for name in ("no journeys", "empty levels"):
        assert "No journeys to compare." in [word.text for word in words(scenes[name])]
