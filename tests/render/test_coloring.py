"""What the colours of the network say, and its happy path."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.colors import to_rgb
from render import cases, lanes_cases
from render.looking import area, bounds, outside, overlapping, said, shapes, words

import journeymap as jm
from journeymap.errors import QuestionError, UnknownNameError
from journeymap.model.journey_map import HappyPath
from journeymap.model.names import ENDS
from journeymap.render import STYLES, Theme, draw, load_theme, save
from journeymap.render.coloring import COLORINGS, coloring, line_ramp
from journeymap.render.network import network
from journeymap.render.scales import ramp
from journeymap.settings.theme import READABLE, contrast

if TYPE_CHECKING:
    from pathlib import Path

    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.scene import Scene

SLIDE = (960.0, 540.0)
THEME = Theme.default
HAPPY = HappyPath(("Ad click", "Product page", "Cart", "Checkout: address"), 120, 900)
PAGES = [(name, color) for name in ("three", "thin") for color in COLORINGS] + [("long_names", "satisfaction")]


def scored(value: JourneyMap, **changes: Any) -> JourneyMap:
    """Give a map scores, and a happy path where it has the touchpoints of one."""
    made = lanes_cases.staged(value, **changes)
    names = {node.touchpoint for node in made.nodes}
    return dataclasses.replace(made, happy_path=HAPPY if set(HAPPY.touchpoints) <= names else None)


@pytest.fixture(scope="module")
def shop() -> JourneyMap:
    return scored(cases.shop())


@pytest.fixture(scope="module")
def scenes() -> dict[tuple[str, str], Scene]:
    maps = {name: scored(cases.CASES[name]()) for name in dict(PAGES)}
    return {(name, color): network(maps[name], THEME, SLIDE, color=color) for name, color in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=" by ".join)
def test_text_is_on_the_page_apart_and_large_enough(
    scenes: dict[tuple[str, str], Scene], page: tuple[str, str]
) -> None:
    scene = scenes[page]
    assert overlapping(scene) == []
    assert outside(scene) == []
    assert min(word.size for word in words(scene)) >= 7.0 - 1e-9
    boxes = [bounds(mark) for mark in shapes(scene, "node")]
    for word in words(scene):
        if word.role in ("name", "fact"):
            place = area(word)
            assert any(
                box.left <= place.left and place.right <= box.right and box.holds((word.x, word.y)) for box in boxes
            )


def test_every_colouring_names_its_unit_and_its_range(shop: JourneyMap) -> None:
    for color, unit, ends in (
        ("drop-off", "drop-off: share of mature visits", ("0 %", "50 %")),
        ("volume", "volume: visits of a touchpoint (above), count of a transition (below)", ("0", None)),
        ("time", "median time from touchpoint to touchpoint", (None, None)),
        ("satisfaction", "satisfaction: mean score of a touchpoint's visits that have one", ("1", "5")),
    ):
        scene = network(shop, THEME, SLIDE, color=color)
        assert unit in said(scene)
        ticks = [word.text for word in words(scene, "tick")]
        assert len(ticks) == 3
        for tick, end in zip((ticks[0], ticks[-1]), ends, strict=True):
            assert end is None or tick == end
    top = max(node.visits for node in shop.nodes)
    assert f"{top:,}" in [word.text for word in words(network(shop, THEME, SLIDE, color="volume"), "tick")]


def test_colours_follow_the_numbers(shop: JourneyMap) -> None:
    volume, time = coloring(shop, "volume", THEME), coloring(shop, "time", THEME)
    nodes = sorted(shop.nodes, key=lambda node: node.visits)
    assert contrast(volume.box(nodes[0]).color, "#FFFFFF") < contrast(volume.box(nodes[-1]).color, "#FFFFFF")
    timed = sorted((edge for edge in shop.edges if edge.median_seconds), key=lambda edge: edge.median_seconds or 0)
    first, last = time.arrow(timed[0]), time.arrow(timed[-1])
    assert (first, last) == (line_ramp(THEME.back, THEME)[0], line_ramp(THEME.back, THEME)[-1])
    start = next(edge for edge in shop.edges if edge.median_seconds is None and edge.target not in ENDS)
    assert time.arrow(start) == THEME.line
    drawn = {mark.color for mark in shapes(network(shop, THEME, SLIDE, color="time"), "edge")}
    assert drawn == {time.arrow(edge) for edge in shop.edges if edge.target not in ENDS}


def test_satisfaction_is_the_mean_score_with_its_number(shop: JourneyMap) -> None:
    means = {name: mean for stage in shop.stage_facts for name, mean in stage.touchpoint_scores}
    assert means
    facts = [word.text for word in words(network(shop, THEME, SLIDE, color="satisfaction"), "fact")]
    for mean in means.values():
        assert f"{mean.value:.2f} · n {mean.n:,}" in facts
    assert facts.count("no score") == len(shop.nodes) - len(means)
    chosen = coloring(shop, "satisfaction", THEME)
    for node in shop.nodes:
        filled = chosen.box(node)
        mean = means.get(node.touchpoint)
        assert filled.is_sure == (mean is not None and mean.customers >= 5)
        if mean is not None and filled.is_sure:
            red, _, blue = to_rgb(filled.color)
            assert (red > blue) == (mean.value < 3.0)


def test_without_scores_satisfaction_says_what_there_is_instead(tmp_path: Path) -> None:
    bare = scored(cases.three(), scale=None)
    with pytest.raises(QuestionError, match="no scores, and so no satisfaction") as caught:
        save(bare, tmp_path / "map.png", color="satisfaction")
    assert "Choose drop-off, volume or time" in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(QuestionError, match="no satisfaction"):
        draw(cases.three(), color="satisfaction")


def test_a_level_without_scores_in_a_store_that_has_some_is_drawn() -> None:
    value = scored(cases.three())
    none = tuple(dataclasses.replace(stage, touchpoint_scores=()) for stage in value.stage_facts)
    scene = network(dataclasses.replace(value, stage_facts=none), THEME, SLIDE, color="satisfaction")
    assert "no visit of this level has a score" in said(scene)


def test_a_map_without_times_says_so() -> None:
    scene = network(cases.one_event(), THEME, SLIDE, color="time")
    assert "No transition between touchpoints has a time." in said(scene)
    assert words(scene, "tick") == []


def test_what_there_is_no_colouring_for_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="There is no colouring 'volum'"):
        draw(cases.three(), color="volum")
    with pytest.raises(QuestionError, match="The style 'lanes' has no other colours"):
        draw(scored(cases.three()), style="lanes", color="volume")
    assert STYLES["network"].colors == tuple(COLORINGS)


@pytest.mark.parametrize("style", ["dark_background", "ggplot"])
def test_colours_follow_the_theme_and_lines_are_seen(shop: JourneyMap, style: str) -> None:
    theme = load_theme(style)
    for name in COLORINGS:
        chosen = coloring(shop, name, theme)
        for node in shop.nodes:
            ground = chosen.box(node).color
            assert contrast(theme.on(ground), ground) >= READABLE
    for color in (theme.shares[-1], theme.back):
        steps = [contrast(ramp(line_ramp(color, theme), at / 4), theme.band) for at in range(5)]
        assert steps[0] > 1.25
        assert steps[-1] > 4


def test_the_happy_path_lies_under_its_lines_and_boxes_and_is_told(shop: JourneyMap) -> None:
    scene = network(shop, THEME, SLIDE)
    drawn = {(edge.source, edge.target) for edge in shop.edges}
    under = shapes(scene, "happy")
    on_map = sum(move in drawn for move in HAPPY.moves)
    assert len(under) == on_map + len(HAPPY.touchpoints) + 1
    assert (
        "happy path: the widest way to the goal; at each step 120 of 900 converted journeys (13.3 %) or more"
        in said(scene)
    )
    colors = [mark.color for mark in shapes(scene, "edge")]
    assert colors.count(THEME.converted) == on_map
    boxes = [bounds(mark) for mark in shapes(scene, "node", "end")]
    for mark in under[:on_map]:
        assert min(box.top for box in boxes) - 30 <= bounds(mark).top


def test_without_conversions_there_is_no_happy_path_and_it_is_said() -> None:
    scene = network(cases.no_conversions(), THEME, SLIDE)
    assert shapes(scene, "happy") == []
    assert "no happy path: no journey converted" in said(scene)
    assert "no happy path: no goal is known" in said(network(cases.one_event(), THEME, SLIDE))


def test_real_measures_are_drawn_in_every_colouring(log: Any) -> None:
    text = "A 0d ad web - 5\nA 1d cart web - -\nA 2d order web 9 2\nB 0d ad web - 3\nB 0d cart web - -"
    columns = ("customer", "timestamp", "event", "channel", "value", "score")
    value = log(text, columns=columns, goal=("order",)).map()
    assert value.happy_path.touchpoints == ("ad", "cart", "order")
    for color in ("time", "satisfaction"):
        scene = network(value, THEME, SLIDE, color=color)
        assert overlapping(scene) == []
        assert "1 of 1 converted journeys (100 %)" in said(scene)
    assert "4.00 · n 2" in said(network(value, THEME, SLIDE, color="satisfaction"))
    assert isinstance(value, jm.JourneyMap)
