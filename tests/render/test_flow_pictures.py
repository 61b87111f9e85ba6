"""What must be true of the flow, the step matrix, the matrix and the funnel, whatever the value."""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from render import cases, flow_cases
from render.looking import area, bounds, outside, overlapping, said, shapes, words

from journeymap.errors import QuestionError
from journeymap.model.names import ENDS, OPEN, START
from journeymap.render import STYLES, MissingGlyphWarning, Theme, draw, save
from journeymap.render.amounts import count
from journeymap.render.flow_bands import OTHER
from journeymap.render.flow_layout import arrange_flow
from journeymap.render.heat import share_color
from journeymap.render.matrix import grid_of as matrix_grid
from journeymap.render.registry import renderer_of
from journeymap.render.steps import grid_of as steps_grid
from journeymap.render.theming import theme_from
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from pathlib import Path

    from journeymap.model.flow_map import FlowMap
    from journeymap.model.funnel_map import FunnelMap
    from journeymap.model.matrix_map import MatrixMap
    from journeymap.render.flow_bands import Layout

THEME = Theme.default
PAGES = {"slide": (960.0, 540.0), "a4": (841.89, 595.28)}
LOGS = {name: make() for name, make in flow_cases.LOGS.items()}
FILLED = [name for name in LOGS if name != "empty"]


def _flow(name: str, **how: Any) -> FlowMap:
    return flow_cases.flow_map(*LOGS[name], **how)


def _values() -> dict[str, tuple[str, Any]]:
    """Give every value under a name, with the style that draws it."""
    found: dict[str, tuple[str, Any]] = {}
    for name, log in LOGS.items():
        found[f"flow of {name}"] = ("flow", flow_cases.flow_map(*log))
        found[f"steps of {name}"] = ("steps", flow_cases.flow_map(*log, steps=12))
        found[f"matrix of {name}"] = ("matrix", flow_cases.matrix_map(*log))
    for way, anchor in (("after", "Cart"), ("before", "Order confirmed"), ("after", "Nowhere " * 12)):
        found[f"flow {way} {anchor[:8]}"] = ("flow", _flow("shop", **{way: anchor}))
        found[f"steps {way} {anchor[:8]}"] = ("steps", _flow("shop", **{way: anchor}))
    found["flow of 20 steps"] = ("flow", _flow("shop", steps=20))
    found["steps of 100 steps"] = ("steps", _flow("shop", steps=100))
    found |= {f"funnel of {name}": ("funnel", make()) for name, make in flow_cases.FUNNELS.items()}
    return found


VALUES = _values()
SCENES = {name: STYLES[style].draw(value, THEME, PAGES["slide"]) for name, (style, value) in VALUES.items()}


@pytest.mark.parametrize("name", VALUES)
def test_words_stand_on_the_page_large_enough_and_apart(name: str) -> None:
    scene = SCENES[name]
    assert outside(scene) == []
    assert overlapping(scene) == []
    assert min(word.size for word in words(scene)) >= 7.0 - 1e-9
    assert scene.width / scene.height == pytest.approx(16 / 9)


@pytest.mark.parametrize("name", [name for name in VALUES if not re.search("20 steps|fifty|twelve_steps", name)])
def test_what_a_slide_has_room_for_stays_a_slide(name: str) -> None:
    assert (SCENES[name].width, SCENES[name].height) == PAGES["slide"]


@pytest.mark.parametrize("name", ["flow of shop", "steps of shop", "matrix of twelve_stages", "funnel of four_by_five"])
def test_other_pages_and_larger_letters(name: str) -> None:
    style, value = VALUES[name]
    large = Theme(smallest=9.0, body=10.0)
    for theme, page in ((THEME, PAGES["a4"]), (large, PAGES["slide"])):
        scene = STYLES[style].draw(value, theme, page)
        assert outside(scene, theme) == []
        assert overlapping(scene, theme) == []
        assert min(word.size for word in words(scene)) >= theme.smallest - 1e-9
        assert scene.width / scene.height == pytest.approx(page[0] / page[1])


def layout_of(value: FlowMap) -> Layout:
    found = arrange_flow(value, THEME, 916.0, 330.0)
    assert not isinstance(found, float)
    return found


@pytest.mark.parametrize("how", [{}, {"after": "Cart"}, {"before": "Order confirmed"}, {"steps": 1}])
def test_bands_and_who_is_away_are_all_journeys_at_every_step(how: dict[str, Any]) -> None:
    value = _flow("shop", **how)
    layout = layout_of(value)
    for column, step in enumerate(layout.steps):
        bands = layout.column(column)
        away = [item.journeys for item in layout.away.values() if item.column == column]
        assert sum(band.journeys for band in bands) + sum(away) == value.journeys
        there = {node.touchpoint: node.journeys for node in value.nodes if node.step == step}
        named = [band for band in bands if not band.gathered]
        assert all(there[band.name] == band.journeys for band in named)
        (gathered,) = [band for band in bands if band.gathered] or [None]
        assert len(there) - len(named) == (gathered.gathered if gathered else 0)
        # As tall as they are many, and none over another.
        for one, other in pairwise(bands):
            assert one.slot_y + one.slot_height <= other.slot_y + 1e-9
        for band in bands:
            assert band.height == pytest.approx(band.journeys * layout.per_journey)
            assert band.slot_y - 1e-9 <= band.y
            assert band.y + band.height <= band.slot_y + band.slot_height + 1e-9


@pytest.mark.parametrize("how", [{}, {"after": "Cart"}, {"before": "Order confirmed"}])
def test_what_flows_into_a_band_flows_out_of_it(how: dict[str, Any]) -> None:
    value = _flow("shop", **how)
    layout = layout_of(value)
    leaves: Counter[tuple[int, str]] = Counter()
    comes: Counter[tuple[int, str]] = Counter()
    for (column, source, target), journeys in layout.moves.items():
        leaves[column, source] += journeys
        comes[column + 1, target] += journeys
    for (column, name, _), journeys in layout.exits.items():
        (comes if value.direction == "before" else leaves)[column, name] += journeys
    last = len(layout.steps) - 1
    for key, band in layout.bands.items():
        if value.direction == "after":
            assert leaves[key] == band.journeys
            if key[0]:
                assert comes[key] == band.journeys
        else:
            assert comes[key] == band.journeys
            if key[0] < last:
                assert leaves[key] == band.journeys


@pytest.mark.parametrize("name", ["flow of shop", "flow after Cart", "flow before Order co", "flow of three"])
def test_no_ribbon_leaves_a_band_outside_of_it(name: str) -> None:
    _, value = VALUES[name]
    scene = SCENES[name]
    boxes = [bounds(mark) for role in ("block", "away") for mark in shapes(scene, role)]
    ribbons = shapes(scene, "ribbon")
    assert len(ribbons) > 5
    for mark in ribbons:
        points = mark.outline.points
        for x, top, bottom in ((points[0][0], points[0][1], points[7][1]), (points[3][0], points[3][1], points[4][1])):
            assert any(
                min(abs(x - box.left), abs(x - box.right)) < 1e-6
                and box.top - 1e-6 <= top
                and bottom <= box.bottom + 1e-6
                for box in boxes
            )
    assert value.journeys


def test_the_flow_says_the_numbers_of_its_value() -> None:
    value = VALUES["flow of shop"][1]
    text = said(SCENES["flow of shop"])
    ends = Counter()
    for link in value.links:
        if link.target in ENDS:
            ends[link.step, link.target] += link.journeys
    assert len({step for step, _ in ends}) == 6
    for (step, end), journeys in ends.items():
        assert f"{count(journeys)} {end.strip('()')}" in text, step
    for step in range(1, 7):
        there = sum(node.journeys for node in value.nodes if node.step == step)
        assert there == value.journeys - sum(journeys for (at, _), journeys in ends.items() if at < step)
        assert f"Step {step}" in text
        assert count(there) in text
    ended = sum(journeys for (at, _), journeys in ends.items() if at < 6)
    assert f"{count(ended)} ended earlier" in text


def test_what_is_gathered_is_said() -> None:
    value = VALUES["flow of three_hundred"][1]
    layout_said = said(SCENES["flow of three_hundred"])
    found = re.search(r"Shows ([\d.]+) % of the visits in these steps; ([\d.]+) % are gathered as others", layout_said)
    assert found is not None
    assert float(found.group(1)) + float(found.group(2)) == pytest.approx(100, abs=0.11)
    others = [int(number) for number in re.findall(r"(\d+) others", layout_said)]
    assert len(others) == 6
    assert others[0] < len({node.touchpoint for node in value.nodes if node.step == 1})


def test_one_small_touchpoint_is_not_gathered_alone() -> None:
    journeys = [(["a", "b"], "(dropped)")] * 300 + [(["c"], "(dropped)")]
    layout = layout_of(flow_cases.flow_map(journeys, dict.fromkeys("abc", "s")))
    assert OTHER not in {name for _, name in layout.bands}


@pytest.mark.parametrize("name", FILLED)
def test_the_cells_of_the_matrix_are_its_transitions(name: str) -> None:
    value: MatrixMap = flow_cases.matrix_map(*LOGS[name])
    for most in (len(value.touchpoints), 4):
        grid = matrix_grid(value, most, THEME)
        sums: Counter[int] = Counter()
        for (row, _), cell in grid.cells.items():
            sums[row] += cell.share
        assert len(sums) == len(grid.rows)
        assert all(total == pytest.approx(1.0) for total in sums.values())
        total = sum(edge.count for edge in value.edges)
        if total < 50_000:
            assert sum(int(cell.forms[1][0].replace(",", "")) for cell in grid.cells.values()) == total
    whole = matrix_grid(value, len(value.touchpoints), THEME)
    assert [line.name for line in whole.rows] == [START, *(item.touchpoint for item in value.touchpoints)]
    ends = [line.name for line in whole.columns if line.name in ENDS]
    assert ends
    assert [line.name for line in whole.columns][-len(ends) :] == ends
    assert len(whole.cells) == len(value.edges)


def test_touchpoints_without_room_are_gathered_and_counted() -> None:
    text = said(SCENES["matrix of three_hundred"])
    found = re.search(r"Shows ([\d.]+) % of transitions by name; the (\d+) least visited touchpoints", text)
    assert found is not None
    hidden = int(found.group(2))
    assert f"{hidden} others" in text
    columns = words(SCENES["matrix of three_hundred"], "column")
    assert 240 <= hidden <= 280
    assert any(word.angle == 90 for word in columns)
    value: MatrixMap = VALUES["matrix of three_hundred"][1]
    ranked = sorted(value.touchpoints, key=lambda item: (-item.visits, item.touchpoint))
    kept = {item.touchpoint for item in ranked[: len(ranked) - hidden]}
    shown = sum(edge.count for edge in value.edges if edge.source in {START, *kept} and edge.target in {*ENDS, *kept})
    assert float(found.group(1)) / 100 == pytest.approx(shown / sum(edge.count for edge in value.edges), abs=0.001)
    assert "Shows 100 % of transitions, 100 % of journeys" in said(SCENES["matrix of twelve_stages"])


@pytest.mark.parametrize("name", FILLED)
@pytest.mark.parametrize("most", [3, 1000])
def test_the_columns_of_the_step_matrix_add_up(name: str, most: int) -> None:
    value = _flow(name, steps=8)
    grid = steps_grid(value, most, THEME)
    sums: Counter[int] = Counter()
    for (_, column), cell in grid.cells.items():
        sums[column] += cell.share
    assert len(sums) == len(grid.columns)
    assert all(total == pytest.approx(1.0) for total in sums.values())


def test_before_an_anchor_who_begins_later_is_a_row() -> None:
    value = _flow("shop", before="Order confirmed")
    grid = steps_grid(value, 1000, THEME)
    assert grid.rows[-1].name == "to begin"
    assert [line.name for line in grid.columns][-2:] == ["1 step before", "First visit"]
    for column in range(len(grid.columns)):
        total = sum(cell.share for (_, at), cell in grid.cells.items() if at == column)
        assert total == pytest.approx(1.0)


def test_the_bars_of_the_funnel_are_as_tall_as_its_shares() -> None:
    value: FunnelMap = VALUES["funnel of four_by_five"][1]
    scene = SCENES["funnel of four_by_five"]
    bars, lost = shapes(scene, "bar"), shapes(scene, "lost")
    assert len(bars) == 20
    assert len(lost) == 16
    steps = [step for level in value.funnels for step in level.steps]
    full = bounds(bars[0]).bottom - bounds(bars[0]).top
    for bar, step in zip(bars, steps, strict=True):
        box = bounds(bar)
        assert (box.bottom - box.top) / full == pytest.approx(step.overall.rate)
    text = said(scene)
    for step in steps:
        assert f"{count(step.entered)} customers" in text
    assert "4 Payment" in text
    # The greatest loss of each level is bold: of south it is at the payment.
    strong = [word.text for word in words(scene, "lost") if word.bold]
    assert strong == ["↓ 32.7 % (210)", "↓ 61 % (180)", "↓ 36.1 % (199)", "↓ 34.2 % (148)"]


def test_a_funnel_of_one_level_names_it_and_has_its_numbers_in_the_header() -> None:
    value = flow_cases.funnel_map({"north": (1, 0)}, flow_cases.FIVE[:2])
    text = said(STYLES["funnel"].draw(value, THEME, PAGES["slide"]))
    for part in (
        "region = north",
        "41 customers",
        "came to step 1 and 3 too late to judge",
        "1 customer",
        "↓ 100 % (1)",
    ):
        assert part in text


def test_levels_in_which_nobody_entered_say_so() -> None:
    text = said(SCENES["funnel of some_nobody"])
    assert "no customer of this level came to Product page early enough to judge" in text
    assert "Thin data: south, west" in text
    assert "1 customer" in [word.text for word in words(SCENES["funnel of some_nobody"])]
    assert "No customer came to Product page early enough to judge." in said(SCENES["funnel of nobody"])
    assert "No customer came to Product page." in said(SCENES["funnel of no_levels"])


def test_empty_levels_and_anchors_that_nobody_visits_say_so() -> None:
    for style in ("flow", "steps", "matrix"):
        assert "No journeys in this level." in said(SCENES[f"{style} of empty"])
    assert "No journey visits Nowhere" in said(SCENES["flow after Nowhere "])
    assert "This level has 900 journeys." in said(SCENES["steps after Nowhere "])


def test_names_are_written_whole() -> None:
    text = "".join(said(SCENES["matrix of long_names"]).split())
    for name in (cases.LONG, cases.LONG_WORD):
        assert "".join(name.split()) in text
    written = "".join("".join(word.text.split()) for word in words(SCENES["flow of long_names"], "name"))
    assert "".join(cases.LONG.split()) in written


def test_the_text_that_is_drawn_is_where_it_was_measured() -> None:
    for name in ("matrix of twelve_stages", "flow of odd_names", "funnel of two_steps"):
        style, value = VALUES[name]
        figure = draw(value, style=style)
        figure.set_dpi(100)
        canvas = FigureCanvasAgg(figure)
        height = figure.bbox.height
        for text, word in zip(
            figure.axes[0].texts, sorted(words(SCENES[name]), key=lambda word: word.layer), strict=True
        ):
            box = text.get_window_extent(canvas.get_renderer())
            place = area(word)
            scale = height / SCENES[name].height
            slack = 4.0 + 0.04 * (place.right - place.left + place.bottom - place.top)
            assert box.x0 / scale >= place.left - slack
            assert box.x1 / scale <= place.right + slack
            assert (height - box.y1) / scale >= place.top - slack
            assert (height - box.y0) / scale <= place.bottom + slack


def test_other_scripts_are_one_warning() -> None:
    value = flow_cases.flow_map(*flow_cases.renamed("world"))
    theme = Theme(families=("DejaVu Sans",))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        draw(value, style="steps", theme=theme)
    assert [item.category for item in caught] == [MissingGlyphWarning]


@pytest.mark.parametrize("name", ["flow of three", "matrix of three", "funnel of one"])
def test_the_same_value_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    style, value = VALUES[name]
    one = save(value, tmp_path / "one.svg", style=style)
    other = save(dataclasses.replace(value), tmp_path / "other.svg")
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_other_formats(suffix: str, start: bytes, tmp_path: Path) -> None:
    path = save(VALUES["flow of one_event"][1], tmp_path / f"flow.{suffix}")
    assert path.read_bytes().startswith(start)


def test_the_type_of_a_value_chooses_its_style() -> None:
    chosen = {style: renderer_of(value).__name__ for style, value in VALUES.values()}
    assert chosen == {"flow": "flow", "steps": "flow", "matrix": "matrix", "funnel": "funnel"}
    with pytest.raises(QuestionError, match="The style 'network' shows a JourneyMap, and this is a FlowMap") as raised:
        draw(VALUES["flow of three"][1], style="network")
    assert raised.value.hint == "Choose a style of: flow, steps."
    with pytest.raises(QuestionError, match="A dict cannot be drawn"):
        draw({})  # type: ignore[arg-type]  # what a notebook's user passes


def contrast(one: str, other: str) -> float:
    def light(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_on_the_darkest_cells_can_be_read() -> None:
    assert contrast(THEME.ink, share_color(1.0, THEME)) >= 4.5
    for hue in (THEME.converted, THEME.ended, THEME.dropped, THEME.open):
        assert contrast(THEME.ink, share_color(1.0, THEME, hue)) >= 4.5
    scene = SCENES["matrix of shop"]
    inks = {word.color for word in words(scene, "column")}
    assert THEME.open not in inks
    assert OPEN in said(scene)
    assert all(contrast(ink, THEME.paper) >= 4.5 for ink in inks)


@pytest.mark.parametrize(("ink", "paper"), [("#FFFFFF", "#101820"), ("#202020", "#FFF8E7"), ("#000000", "#ABCDEF")])
def test_text_on_cells_can_be_read_on_any_paper(ink: str, paper: str) -> None:
    theme = theme_from(ThemeSettings(text=ink, paper=paper, accent="#FFE066", loss="#FF8080"))
    for name in ("steps of three", "matrix of shop"):
        style, value = VALUES[name]
        scene = STYLES[style].draw(value, theme, PAGES["slide"])
        cells = [(bounds(shape), shape.fill) for shape in shapes(scene, "cell")]
        told = words(scene, "cell")
        assert told
        for word in told:
            (fill,) = [fill for box, fill in cells if box.meets(area(word, theme))]
            assert contrast(word.color, fill) >= 4.0
    flow = STYLES["flow"].draw(VALUES["flow of shop"][1], theme, PAGES["slide"])
    for block in shapes(flow, "block"):
        assert contrast(theme.ink, block.fill) >= 4.5
