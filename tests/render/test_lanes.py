"""What must be true of every picture in lanes, whatever the map."""

from __future__ import annotations

import dataclasses
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from render import lanes_cases
from render.looking import area, bounds, overlaps, shapes, words

import journeymap as jm
from journeymap.render import MissingGlyphWarning, Theme, save
from journeymap.render.amounts import count, share
from journeymap.render.icons import face, icon, icon_name
from journeymap.render.lanes import lanes
from journeymap.render.lanes_told import profile_words
from journeymap.render.scene import Shape, Words

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.scene import Scene

SLIDE = (960.0, 540.0)
THEME = Theme.default


NAMES = tuple(lanes_cases.CASES)
DRAWN = tuple(name for name in NAMES if name not in ("empty", "unmeasured"))


@pytest.fixture(scope="module")
def maps() -> dict[str, JourneyMap]:
    return {name: make() for name, make in lanes_cases.CASES.items()}


@pytest.fixture(scope="module")
def scenes(maps: dict[str, JourneyMap]) -> dict[str, Scene]:
    return {name: lanes(value, THEME, SLIDE) for name, value in maps.items()}


def joined(found: list[Words]) -> str:
    return "".join("".join(word.text.split()) for word in found)


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
def test_text_is_at_least_seven_points_on_the_slide_asked_for(scenes: dict[str, Scene], name: str) -> None:
    assert min(word.size for word in words(scenes[name])) >= 7.0 - 1e-9
    assert (scenes[name].width, scenes[name].height) == SLIDE


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_said_of_a_stage_stays_in_its_column(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes[name]
    bands = sorted((bounds(band) for band in shapes(scene, "band")), key=lambda band: band.left)
    own = {"name", "visits", "channel", "volume", "told in", "told out", "drop-off", "drop-off n", "time", "time n",
           "pain", "pain n", "opportunity", "note", "named", "more", "lowest", "stage", "thin stage"}  # fmt: skip
    for word in words(scene):
        if word.role in own:
            found = area(word)
            assert any(band.left <= found.left and found.right <= band.right + 0.5 for band in bands), word
    cards = [bounds(card) for role in ("pain", "opportunity", "note") for card in shapes(scene, role)]
    assert overlaps(cards) == []


@pytest.mark.parametrize("name", DRAWN)
def test_touchpoints_are_named_whole_or_counted(
    maps: dict[str, JourneyMap], scenes: dict[str, Scene], name: str
) -> None:
    value, scene = maps[name], scenes[name]
    shown = [int(word.text.replace(",", "")) for word in words(scene, "visits")]
    hidden = [int(found.group(1)) for word in words(scene, "more")
              if (found := re.match(r"\+ (\d+) more touchp|\+ (\d+) more$", word.text)) and found.group(1)]  # fmt: skip
    assert len(shown) <= len(value.nodes)
    if name in ("three", "one_event", "no_conversions", "one_stage", "twelve"):
        assert len(shown) == len(value.nodes)
        assert joined(words(scene, "name")) == joined_names(value)
    elif name != "three_hundred":  # its narrow columns break that line
        assert len(shown) + sum(hidden) == len(value.nodes)
    for written in shown:
        assert any(node.visits == written for node in value.nodes)
    letters = joined(words(scene, "name"))
    largest = max(value.nodes, key=lambda node: node.visits)
    assert "".join(largest.touchpoint.split()) in letters


def joined_names(value: JourneyMap) -> str:
    from journeymap.render.lanes_touchpoints import in_channels

    ordered = [
        node for stage in value.stages for node in in_channels([item for item in value.nodes if item.stage == stage])
    ]
    return "".join("".join(node.touchpoint.split()) for node in ordered)


@pytest.mark.parametrize("name", DRAWN)
def test_the_numbers_are_those_of_the_map(maps: dict[str, JourneyMap], scenes: dict[str, Scene], name: str) -> None:
    value, scene = maps[name], scenes[name]
    facts = value.stage_facts
    assert joined(words(scene, "stage")) == "".join("".join(stage.stage.split()) for stage in facts)
    for stage in facts:
        assert f"{count(stage.journeys)}journ" in joined(words(scene, "volume"))
    drops = [word.text for word in words(scene, "drop-off")]
    assert drops == [share(stage.drop_off.rate) if stage.drop_off.denominator else "none mature yet" for stage in facts]
    counts = joined(words(scene, "drop-off n"))
    for stage in facts:
        if stage.drop_off.denominator:
            assert f"{count(stage.drop_off.numerator)}of{count(stage.drop_off.denominator)}(" in counts
    for way, word in (("in", "moves_in"), ("out", "moves_out")):
        assert len(shapes(scene, f"moves {way}")) == sum(len(getattr(stage, word)) for stage in facts)
    scored = [stage.score for stage in facts if stage.score is not None]
    if scored:
        digits = [1 if abs(mean.value) < 10 else 0 for mean in scored]
        assert [word.text for word in words(scene, "score")] == [
            f"{mean.value:.{places}f}" for mean, places in zip(scored, digits, strict=True)
        ]
        assert len(shapes(scene, "face")) == len(scored)
        assert len(words(scene, "no score")) == len(facts) - len(scored)


def lane_titles(scene: Scene) -> str:
    return " ".join(word.text for word in words(scene, "lane"))


def test_lanes_are_titled_and_those_with_nothing_are_left_out(scenes: dict[str, Scene]) -> None:
    assert lane_titles(scenes["shop"]).startswith("Touchpoints Channels Volume Experience Drop-off Time in stage Pain")
    assert "Owners" in lane_titles(scenes["shop"])
    bare = lane_titles(scenes["no_channels"])
    assert "Channels" not in bare
    three = lane_titles(scenes["three"])
    for lane in ("Pain", "Opportunities", "Voices", "KPIs", "Owners"):
        assert lane not in three


def test_what_is_derived_says_so_and_has_no_face(scenes: dict[str, Scene]) -> None:
    scene = scenes["derived"]
    assert "(derived)" in lane_titles(scene)
    assert "DERIVED" in " ".join(word.text for word in words(scene, "says"))
    assert "Derived experience = " in " ".join(word.text for word in words(scene))
    assert shapes(scene, "face") == []
    assert len(shapes(scene, "dot")) == 5
    assert [word.text for word in words(scene, "tick")] == ["0 %", "50 %", "100 %"]


def test_the_scale_of_the_scores_is_on_the_axis(scenes: dict[str, Scene]) -> None:
    assert [word.text for word in words(scenes["shop"], "tick")] == ["1", "3", "5"]
    assert [word.text for word in words(scenes["promoters"], "tick")] == ["-100", "0", "100"]


@pytest.mark.parametrize("name", ["shop", "promoters", "twelve"])
def test_the_curve_goes_through_its_points_within_their_intervals(
    maps: dict[str, JourneyMap], scenes: dict[str, Scene], name: str
) -> None:
    scene = scenes[name]
    scored = [stage.score for stage in maps[name].stage_facts if stage.score is not None]
    faces = [bounds(found) for found in shapes(scene, "face")]
    grid = sorted(bounds(found).top for found in shapes(scene, "grid"))
    profile = maps[name].profile
    assert profile is not None
    assert profile.score_scale is not None
    low, high = profile.score_scale

    def y_of(value: float) -> float:
        return grid[-1] - (value - low) / (high - low) * (grid[-1] - grid[0])

    for mean, found, band in zip(scored, faces, shapes(scene, "interval"), strict=True):
        assert (found.top + found.bottom) / 2 == pytest.approx(y_of(mean.value))
        assert bounds(band).top == pytest.approx(y_of(mean.ci_high))
        assert bounds(band).bottom == pytest.approx(max(y_of(mean.ci_low), bounds(band).top + 0.6))
    for curve in shapes(scene, "curve"):
        ends = (curve.outline.points[0][1], curve.outline.points[3][1])
        # No handle lies outside of what it joins: the curve invents no peak.
        assert all(min(ends) - 1e-6 <= y <= max(ends) + 1e-6 for _, y in curve.outline.points)
    broken = [curve for curve in shapes(scene, "curve") if curve.dash]
    assert bool(broken) == (name != "shop")


def test_the_worst_pain_points_stand_in_their_stage(maps: dict[str, JourneyMap], scenes: dict[str, Scene]) -> None:
    scene = scenes["derived"]
    said = " ".join(word.text for word in words(scene, "pain"))
    assert said.index("after Cart") < said.index("Payment failed") < said.index("Password reset")
    assert len(shapes(scene, "pain")) == 4
    everything = " ".join(word.text for word in words(scenes["shop"]))
    assert "kind of its own" not in everything  # it is not reported
    assert "1 pain point belongs to no stage" in everything
    assert maps["shop"].findings


def test_a_larger_page_tells_more(maps: dict[str, JourneyMap]) -> None:
    slide, sheet = lanes(maps["shop"], THEME, SLIDE), lanes(maps["shop"], THEME, (1190.55, 841.89))
    assert (sheet.width, sheet.height) == (1190.55, 841.89)
    assert len(words(sheet)) > len(words(slide))
    assert len(words(sheet, "note")) > 4
    assert overlaps([area(word) for word in words(sheet)]) == []


def test_thin_data_are_pale_and_dashed(scenes: dict[str, Scene], maps: dict[str, JourneyMap]) -> None:
    thin = [node for node in maps["thin"].nodes if node.customers < 5]
    dashed = [bar for bar in shapes(scenes["thin"], "bar") if bar.dash]
    assert len(dashed) == len(thin) > 3
    assert any(band.dash for band in shapes(scenes["thin"], "interval"))
    small = dataclasses.replace(
        maps["three"],
        stage_facts=tuple(dataclasses.replace(stage, thin=True, customers=2) for stage in maps["three"].stage_facts),
    )
    scene = lanes(small, THEME, SLIDE)
    assert [word.text for word in words(scene, "thin stage")] == ["thin data: 2 customers"] * 3
    assert all(step.dash for step in shapes(scene, "step"))


def test_opportunities_are_told_in_few_words_before_they_are_left_out(maps: dict[str, JourneyMap]) -> None:
    places = [node.touchpoint for node in maps["three"].nodes]

    def told(n_words: int) -> str:
        gains = tuple(
            dataclasses.replace(
                maps["shop"].findings[0], touchpoint=place, thin=False, is_reported=True, opportunity=100.0 + at,
                revenue_at_risk=50.0, assumption="if all was well", action="mend it " * n_words,
            )
            for at, place in enumerate(places)
        )  # fmt: skip
        scene = lanes(dataclasses.replace(maps["three"], findings=gains), THEME, SLIDE)
        return " ".join(word.text for word in words(scene, "opportunity"))

    for at, place in enumerate(places):
        assert f"{place}: +{100 + at}, 50 at risk" in told(1_000)
        assert f"{place}: 50 at risk; +{100 + at} if all was well. Mend it" in told(1)


@pytest.mark.parametrize("n", [1, 6, 8])
def test_names_of_stages_are_not_broken_where_there_is_a_way(maps: dict[str, JourneyMap], n: int) -> None:
    (fact,) = maps["one_stage"].stage_facts
    names = tuple(f"Gesundheitspruefung{at}" for at in range(n))
    facts = tuple(dataclasses.replace(fact, stage=name) for name in names)
    scene = lanes(dataclasses.replace(maps["one_stage"], stages=names, stage_facts=facts), THEME, SLIDE)
    assert [word.text for word in words(scene, "stage")] == list(names)
    assert min(word.size for word in words(scene, "stage")) >= THEME.smallest
    assert scene.width <= SLIDE[0] * 1.26 + 1e-9


def test_what_is_left_out_is_counted(maps: dict[str, JourneyMap], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journeymap.render.lanes._MORE", ())
    gains = tuple(dataclasses.replace(item, opportunity=9.0, thin=False) for item in maps["shop"].findings)
    scene = lanes(dataclasses.replace(maps["shop"], findings=gains), THEME, SLIDE)
    said = " ".join(word.text for word in words(scene))
    n_stages = set(maps["shop"].stages)
    placed = {node.touchpoint for node in maps["shop"].nodes if node.stage in n_stages} | n_stages
    n = sum(item.is_reported and item.touchpoint in placed for item in gains)
    assert n > 1
    assert f"{n} opportunities found no room; a larger page has more." in said
    assert "notes found no room" in said


def test_nothing_says_so(scenes: dict[str, Scene]) -> None:
    assert "No journeys in this level." in [word.text for word in words(scenes["empty"])]
    assert "The stages of this map were not measured." in [word.text for word in words(scenes["unmeasured"])]


def test_the_head_says_what_the_level_is_like(maps: dict[str, JourneyMap]) -> None:
    assert profile_words(maps["shop"]) == (
        "25.1 % of all customers, 24.8 % of all journeys · a journey has 17.0 touchpoints (mean) · "
        "lasts 11.9 d (median) · value 17.8 k, 1.85 per customer · most visits: chat 21 %, web 13 %"
    )
    summary = dataclasses.replace(maps["shop"].summary, narrowed=("device = app",))
    narrowed = profile_words(dataclasses.replace(maps["shop"], summary=summary))
    assert narrowed.startswith("25.1 % of these customers, 24.8 % of these journeys · ")
    assert profile_words(maps["one_stage"]).startswith("A journey has")  # the whole is no share of itself
    assert profile_words(maps["unmeasured"]) == ""


@pytest.mark.parametrize(
    ("channel", "name"),
    [("web", "web"), ("Mobile App", "app"), ("call_centre", "call"), ("E-Mail", "email"), ("live chat", "chat"),
     ("paid search ads", "ads"), ("DHL courier", "courier"), ("carrier pigeon", ""), ("", "")],
)  # fmt: skip
def test_icons(channel: str, name: str) -> None:
    assert icon_name(channel) == name
    marks = icon(channel, 10.0, 20.0, 9.0, THEME)
    assert marks
    for mark in marks:
        if isinstance(mark, Shape):
            box = bounds(mark)
            assert box.left >= 9.0
            assert box.right <= 20.0
            assert box.top >= 19.0
            assert box.bottom <= 30.0
        else:
            assert mark.text == "C"


def test_a_happy_face_smiles() -> None:
    def bend(mood: float) -> float:
        mouth = face(0.0, 0.0, 10.0, mood, THEME, "#000000")[1]
        assert isinstance(mouth, Shape)
        return mouth.outline.points[1][1] - mouth.outline.points[0][1]

    assert bend(1.0) > 0 > bend(-1.0)
    assert bend(9.0) == bend(1.0)


def test_the_same_map_gives_the_same_bytes(tmp_path: Path) -> None:
    one = save(lanes_cases.shop(), tmp_path / "one.svg", style="lanes")
    other = save(lanes_cases.shop(), tmp_path / "other.svg", style="lanes")
    assert one.read_bytes() == other.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingGlyphWarning)
        save(lanes_cases.CASES["world_names"](), tmp_path / "world.pdf", style="lanes", page="a4")


def test_a_map_of_real_measures(tmp_path: Path) -> None:
    with jm.open(Path(__file__).parents[2] / "sample_events") as shop:
        found = shop.where(region="south").map()
        empty = shop.where(since="2030-01-01").map()
    for value in (found, empty):
        scene = lanes(value, THEME, SLIDE)
        assert overlaps([area(word) for word in words(scene)]) == []
        assert scene.width == SLIDE[0]
    assert "No journeys in this level." in [word.text for word in words(scene)]
    assert save(empty, tmp_path / "empty.png", style="lanes").stat().st_size > 0
