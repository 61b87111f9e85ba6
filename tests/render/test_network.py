"""What must be true of every picture of the journey graph, whatever the map."""

from __future__ import annotations

import dataclasses
import warnings
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from render import cases
from render.looking import area, bounds, overlaps, words

from journeymap.model.names import ENDS, START
from journeymap.render import MissingGlyphWarning, Theme, draw
from journeymap.render.arrows import ribbon
from journeymap.render.fit import best_plan, place
from journeymap.render.fonts import shown
from journeymap.render.labels import Area
from journeymap.render.network import network
from journeymap.render.routes import drains, routes
from journeymap.render.scene import Shape

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.fit import Placed
    from journeymap.render.scene import Scene

SLIDE = (960.0, 540.0)
THEME = Theme.default


NAMES = tuple(cases.CASES)


@pytest.fixture(scope="module")
def maps() -> dict[str, JourneyMap]:
    return {name: make() for name, make in cases.CASES.items()}


@pytest.fixture(scope="module")
def scenes(maps: dict[str, JourneyMap]) -> dict[str, Scene]:
    return {name: network(value, THEME, SLIDE) for name, value in maps.items()}


@pytest.mark.parametrize("name", NAMES)
def test_no_text_overlaps_another_or_leaves_the_page(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes[name]
    areas = [area(word) for word in words(scene)]
    assert overlaps(areas) == []
    assert min(item.left for item in areas) >= 0
    assert min(item.top for item in areas) >= 0
    assert max(item.right for item in areas) <= scene.width
    assert max(item.bottom for item in areas) <= scene.height


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_smaller_than_seven_points(scenes: dict[str, Scene], name: str) -> None:
    assert min(word.size for word in words(scenes[name])) >= 7.0 - 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_the_page_keeps_its_shape(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes[name]
    assert scene.width / scene.height == pytest.approx(16 / 9)
    assert scene.width >= SLIDE[0]


@pytest.mark.parametrize("name", ["shop", "three", "one_stage", "one_event", "no_conversions", "thin", "empty"])
def test_what_a_slide_has_room_for_stays_a_slide(scenes: dict[str, Scene], name: str) -> None:
    assert (scenes[name].width, scenes[name].height) == SLIDE


@pytest.mark.parametrize("name", NAMES)
def test_boxes_do_not_overlap_and_hold_their_text(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes[name]
    boxes = [bounds(mark) for mark in scene.marks if isinstance(mark, Shape) and mark.role in ("node", "end")]
    assert overlaps(boxes) == []
    for word in words(scene):
        if word.role in ("name", "fact"):
            inside = area(word)
            assert any(
                box.left <= inside.left
                and inside.right <= box.right
                and box.top <= inside.top
                and inside.bottom <= box.bottom
                for box in boxes
            ), word


@pytest.mark.parametrize("name", NAMES)
def test_labels_stand_clear_of_boxes_and_of_each_other(scenes: dict[str, Scene], name: str) -> None:
    marks = [mark for mark in scenes[name].marks if isinstance(mark, Shape)]
    solid = [bounds(mark) for mark in marks if mark.role in ("node", "end", "goal", "marker")]
    labels = [bounds(mark) for mark in marks if mark.role == "label"]
    assert overlaps(labels) == []
    assert [pair for label in labels for pair in ((label, box) for box in solid) if pair[0].meets(pair[1])] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_written_whole(maps: dict[str, JourneyMap], scenes: dict[str, Scene], name: str) -> None:
    written = "".join("".join(word.text.split()) for word in words(scenes[name]) if word.role == "name")
    assert written == "".join("".join(node.touchpoint.split()) for node in maps[name].nodes)


@pytest.mark.parametrize("name", NAMES)
def test_every_stage_is_named(maps: dict[str, JourneyMap], scenes: dict[str, Scene], name: str) -> None:
    written = "".join(word.text for word in words(scenes[name]) if word.role == "stage")
    assert written == "".join(maps[name].stages)


def placed(value: JourneyMap) -> Placed:
    room = (916.0, 380.0)
    return place(best_plan(value, THEME, room), room)


WITH_NODES = [name for name in NAMES if name != "empty"]


@pytest.mark.parametrize("name", WITH_NODES)
def test_every_edge_touches_its_boxes(maps: dict[str, JourneyMap], name: str) -> None:
    put = placed(maps[name])
    ways = routes(put.ways, put.boxes, put.sides)
    assert len(ways) == sum(1 for edge in maps[name].edges if edge.target not in ENDS)
    for way in ways:
        for point, box in (
            (way.curves[0][0], put.boxes[way.edge.source]),
            (way.curves[-1][3], put.boxes[way.edge.target]),
        ):
            x, y = point
            on_side = x == pytest.approx(box.x) or x == pytest.approx(box.right)
            on_level = y == pytest.approx(box.y) or y == pytest.approx(box.bottom)
            assert box.x - 1e-6 <= x <= box.right + 1e-6
            assert box.y - 1e-6 <= y <= box.bottom + 1e-6
            assert on_side or on_level
        assert ribbon(way)[1].points[0] == way.curves[-1][3]
        for one, other in pairwise(way.curves):
            assert one[3] == other[0]


@pytest.mark.parametrize("name", WITH_NODES)
def test_every_edge_into_an_end_leaves_its_box_and_every_lane_reaches_its_end(
    maps: dict[str, JourneyMap], name: str
) -> None:
    put = placed(maps[name])
    pieces = drains(put.ways, put.boxes, put.lanes, put.ends, put.plan.per_count)
    stubs = [piece for piece in pieces if piece.edge is not None]
    into_ends = [edge for edge in maps[name].edges if edge.target in ENDS]
    assert {(piece.edge.source, piece.edge.target) for piece in stubs if piece.edge} == {
        (edge.source, edge.target) for edge in into_ends
    }
    for piece in stubs:
        assert piece.edge is not None
        box = put.boxes[piece.edge.source]
        assert piece.curve[0][0] == pytest.approx(box.right)
        assert box.y <= piece.curve[0][1] <= box.bottom
    for end, box in put.ends.items():
        last = [piece for piece in pieces if piece.end == end][-1]
        assert last.curve[3] == pytest.approx((box.x, box.middle))


@pytest.mark.parametrize("name", WITH_NODES)
def test_columns_run_from_start_over_the_stages_to_the_ends(maps: dict[str, JourneyMap], name: str) -> None:
    value = maps[name]
    put = placed(value)
    order = [value.stages.index(node.stage) for node in value.nodes]
    for (one, left), (other, right) in combinations(zip(order, value.nodes, strict=True), 2):
        if one < other:
            assert put.boxes[left.touchpoint].right < put.boxes[right.touchpoint].x
    assert put.boxes[START].right < min(put.boxes[node.touchpoint].x for node in value.nodes)
    for box in put.ends.values():
        assert box.x > max(put.boxes[node.touchpoint].right for node in value.nodes)


@pytest.mark.parametrize("name", WITH_NODES)
def test_no_long_edge_runs_through_a_box(maps: dict[str, JourneyMap], name: str) -> None:
    put = placed(maps[name])
    for way in put.ways:
        for column, height in way.channels:
            for box in put.boxes.values():
                if box.column == column:
                    assert not box.y < height < box.bottom, (way.edge.source, way.edge.target, box.name)


def test_the_header_and_footer_say_what_the_map_holds(maps: dict[str, JourneyMap], scenes: dict[str, Scene]) -> None:
    said = " ".join(word.text for word in words(scenes["shop"]))
    summary = maps["shop"].summary
    for part in (
        "Customer journeys",
        "region = north",
        f"{summary.customers:,}",
        f"{summary.journeys:,}",
        f"of {summary.mature:,} mature",
        "goal: Order confirmed",
        "2024-01-01 to 2024-06-30",
        "100 % of journeys",
        "immature journeys are too young to judge",
        "rates use mature units only",
        "abandonment after Cart no Order confirmed: 63 % of 1,204",
        "1.3x all, 41.2 k at risk",
        "worst 3 of 4",
    ):
        assert part in said


def test_labels_without_room_are_counted(maps: dict[str, JourneyMap], scenes: dict[str, Scene]) -> None:
    labels = sum(1 for mark in scenes["shop"].marks if isinstance(mark, Shape) and mark.role == "label")
    edges = sum(1 for edge in maps["shop"].edges if edge.target not in ENDS)
    said = " ".join(word.text for word in words(scenes["shop"]))
    assert f"{edges - labels} labels of smaller transitions found no room" in said


def test_thin_data_is_marked(scenes: dict[str, Scene]) -> None:
    assert "thin data: 3 customers" in [word.text for word in words(scenes["thin"])]
    assert not any("thin data" in word.text for word in words(scenes["shop"]))


def test_uncertain_rates_have_a_dashed_border(maps: dict[str, JourneyMap], scenes: dict[str, Scene]) -> None:
    dashed = [mark for mark in scenes["thin"].marks if isinstance(mark, Shape) and mark.role == "node" and mark.dash]
    assert len(dashed) == sum(1 for node in maps["thin"].nodes if node.drop_off.denominator < 30)


def test_findings_are_marked_at_their_touchpoints(scenes: dict[str, Scene]) -> None:
    markers = [mark for mark in scenes["shop"].marks if isinstance(mark, Shape) and mark.role == "marker"]
    assert len(markers) == 6  # three in the list and three on the map


def test_an_empty_level_says_so(scenes: dict[str, Scene]) -> None:
    said = [word.text for word in words(scenes["empty"])]
    assert "No journeys in this level." in said
    assert "region = west" in said


def test_the_drawn_text_is_where_it_was_measured(maps: dict[str, JourneyMap]) -> None:
    figure = draw(maps["long_names"])
    figure.set_dpi(200)
    canvas = FigureCanvasAgg(figure)
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in figure.axes[0].texts]
    assert len(boxes) > 100
    pixels = figure.bbox
    for box in boxes:
        assert box.x0 >= pixels.x0
        assert box.x1 <= pixels.x1
        assert box.y0 >= pixels.y0
        assert box.y1 <= pixels.y1
    ordered = [Area(box.x0 + 1, box.y0, box.x1 - 1, box.y1) for box in boxes]
    # Boxes of whole lines touch each other above and below; letters must not overlap by more than that.
    low = [Area(item.left, item.top + 0.3 * (item.bottom - item.top), item.right, item.bottom) for item in ordered]
    assert overlaps(low) == []


def test_missing_letters_are_one_warning_that_names_a_font() -> None:
    theme = Theme(families=("DejaVu Sans",))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure = draw(cases.world_names(), theme=theme)
        FigureCanvasAgg(figure).draw()
    assert [item.category for item in caught] == [MissingGlyphWarning]
    assert "Noto Sans CJK" in str(caught[0].message)
    assert shown("购a", theme) == "\N{WHITE SQUARE}a"
    assert caught[0].filename == __file__


def test_signs_of_mathtext_are_letters(scenes: dict[str, Scene]) -> None:
    names = " ".join(word.text for word in words(scenes["odd_names"]) if word.role == "name")
    assert "cart_$total$" in names
    figure = draw(cases.odd_names())
    FigureCanvasAgg(figure).draw()  # a formula that cannot be parsed would be an error here


def test_a_finding_whose_place_is_hidden_says_so(maps: dict[str, JourneyMap]) -> None:
    lost = dataclasses.replace(maps["shop"], findings=(cases.finding("Elsewhere", "Elsewhere"),))
    said = " ".join(word.text for word in words(network(lost, THEME, SLIDE)))
    assert "(not on this map)" in said


def test_a_theme_with_larger_letters_is_kept(maps: dict[str, JourneyMap]) -> None:
    large = Theme(smallest=9.0, body=10.0)
    scene = network(maps["shop"], large, SLIDE)
    assert min(word.size for word in words(scene)) >= 9.0 - 1e-9
    assert scene.width > SLIDE[0]


def test_several_findings_at_one_touchpoint_stand_side_by_side(maps: dict[str, JourneyMap]) -> None:
    found = (cases.finding("Cart", "Cart"),) * 3
    scene = network(dataclasses.replace(maps["shop"], findings=found), THEME, SLIDE)
    markers = [bounds(mark) for mark in scene.marks if isinstance(mark, Shape) and mark.role == "marker"]
    assert len(markers) == 6
    assert overlaps(markers) == []


@pytest.mark.parametrize("repeat", [1, 6])
def test_long_titles_levels_goals_and_findings_wrap(maps: dict[str, JourneyMap], repeat: int) -> None:
    long = "A title that is as long as people write them in a hurry " * repeat
    value = dataclasses.replace(
        maps["shop"],
        title=long,
        levels=(("customer lifetime segment", "gold members since before the move"),) * repeat,
        findings=(cases.finding("Cart", f"after {cases.LONG} no {cases.LONG_WORD}"),) * 3,
        summary=dataclasses.replace(maps["shop"].summary, goals=(cases.LONG,) * repeat),
    )
    scene = network(value, THEME, SLIDE)
    areas = [area(word) for word in words(scene)]
    assert overlaps(areas) == []
    assert max(item.right for item in areas) <= scene.width
    assert max(item.bottom for item in areas) <= scene.height
