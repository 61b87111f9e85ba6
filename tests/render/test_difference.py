"""What must be true of every picture of a difference."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING

import pytest
from matplotlib.colors import to_rgb
from render import cases
from render.looking import area, bounds, overlaps, shapes, words

from journeymap.errors import QuestionError
from journeymap.model.difference_map import ComparedSide, Comparison, DifferenceMap
from journeymap.model.names import DROPPED, ENDS, START
from journeymap.model.rate import Rate
from journeymap.render import Theme, draw, load_theme, save
from journeymap.render.difference import LEAST_WIDTH, difference
from journeymap.render.eyes import LEAST_APART, apart
from journeymap.render.labels import Area
from journeymap.render.scene import Words
from journeymap.render.text import width
from journeymap.render.theme import blend
from journeymap.render.theming import theme_from
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from pathlib import Path

    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.scene import Scene

SLIDE = (960.0, 540.0)
THEME = Theme.default


def compared(what: str, place: str, target: str, difference: float, *, is_clear: bool) -> Comparison:
    rate = 0.5 + difference / 2
    return Comparison(
        what, place, target, rate, 0.5 - difference / 2, 400, 900, difference, difference - 0.05, difference + 0.05,
        effect_size=2.2 * difference, q_value=0.001 if is_clear else 0.4, is_clear=is_clear,
    )  # fmt: skip


def differing(
    both: JourneyMap, share: float = 0.3, seed: int = 1, names: tuple[str, str] = ("north", "(rest)")
) -> DifferenceMap:
    """Let a share of everything on a map differ clearly, by up to 40 points in either direction."""
    chance = random.Random(seed)  # noqa: S311 - cases, not secrets

    def some(what: str, place: str, target: str = "") -> Comparison:
        is_clear = chance.random() < share
        return compared(
            what,
            place,
            target,
            chance.choice([-1, 1]) * chance.uniform(0.05, 0.4) if is_clear else 0.01,
            is_clear=is_clear,
        )

    found = [some("outcome", "converted"), some("outcome", "abandoned")]
    for node in both.nodes:
        found += [some("visit", node.touchpoint), some("dropoff", node.touchpoint)]
    found += [some("transition", edge.source, edge.target) for edge in both.edges if edge.target != DROPPED]
    found.sort(key=lambda item: (not item.is_clear, -abs(item.effect_size or 0)))
    rate = Rate(380, 1000, 0.38, 0.34, 0.42)
    sides = [ComparedSide(name, 1204, 1530, 1000, rate) for name in names]
    nobody = not both.nodes
    return DifferenceMap(
        f"What differs: {names[0]} against {names[1]}", "region", *sides, dataclasses.replace(both, findings=()),
        () if nobody else tuple(found), None if nobody else 0.001, 0.1,
    )  # fmt: skip


MAPS = {
    "shop": lambda: differing(cases.shop()),
    "everything": lambda: differing(cases.shop(), share=1.0),
    "nothing_clear": lambda: differing(cases.shop(), share=0.0),
    "three": lambda: differing(cases.three(), share=1.0),
    "long_names": lambda: differing(
        cases.long_names(), names=("gold members since before the move " * 3, "everybody else there is " * 4)
    ),
    "one_event": lambda: differing(cases.one_event(), share=1.0, names=("100 % $\\alpha$", "a_b^c")),
    "empty": lambda: differing(cases.empty()),
}


@pytest.fixture(scope="module")
def maps() -> dict[str, DifferenceMap]:
    return {name: make() for name, make in MAPS.items()}


@pytest.fixture(scope="module")
def scenes(maps: dict[str, DifferenceMap]) -> dict[str, Scene]:
    return {name: difference(value, THEME, SLIDE) for name, value in maps.items()}


def said(scene: Scene) -> str:
    return " ".join(word.text for word in words(scene))


@pytest.mark.parametrize("name", MAPS)
def test_no_text_overlaps_leaves_the_page_or_is_too_small(scenes: dict[str, Scene], name: str) -> None:
    expect_text_to_fit(scenes[name])


@pytest.mark.slow
@pytest.mark.parametrize(("touchpoints", "keep"), [(60, 130), (300, 520)])
def test_text_fits_where_there_are_many_touchpoints(touchpoints: int, keep: int) -> None:
    expect_text_to_fit(difference(differing(cases.many(touchpoints, 5, keep=keep, journeys=2500)), THEME, SLIDE))


def expect_text_to_fit(scene: Scene) -> None:
    areas = [area(word) for word in words(scene)]
    assert overlaps(areas) == []
    assert min(item.left for item in areas) >= 0
    assert min(item.top for item in areas) >= 0
    assert max(item.right for item in areas) <= scene.width
    assert max(item.bottom for item in areas) <= scene.height
    assert min(word.size for word in words(scene)) >= 7.0 - 1e-9
    assert scene.width / scene.height == pytest.approx(16 / 9)


@pytest.mark.parametrize("name", MAPS)
def test_boxes_hold_their_text_and_labels_stand_clear(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes[name]
    boxes = [bounds(mark) for role in ("node", "end") for mark in shapes(scene, role)]
    labels = [bounds(mark) for mark in shapes(scene, "label")]
    assert overlaps(boxes) == []
    assert overlaps(labels) == []
    assert not [(label, box) for label in labels for box in boxes if label.meets(box)]
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


@pytest.mark.parametrize("name", ["shop", "three", "nothing_clear", "one_event"])
def test_what_a_slide_has_room_for_stays_a_slide(scenes: dict[str, Scene], name: str) -> None:
    assert (scenes[name].width, scenes[name].height) == SLIDE


def test_only_what_clearly_differs_has_a_colour(maps: dict[str, DifferenceMap], scenes: dict[str, Scene]) -> None:
    hues = {*THEME.more_a, *THEME.more_b}
    for name in ("shop", "everything", "nothing_clear"):
        value, scene = maps[name], scenes[name]
        drawn = {(edge.source, edge.target) for edge in value.both.edges}
        inner = [
            item for item in value.clear
            if item.what == "transition" and (item.place, item.target) in drawn and item.target not in ENDS
        ]  # fmt: skip
        colored = [mark for mark in shapes(scene, "edge") if mark.color in hues]
        assert len(colored) == len(inner)
        assert all(mark.width >= LEAST_WIDTH for mark in colored)
        more_a = sum(1 for mark in colored if mark.color in THEME.more_a)
        assert more_a == sum(1 for item in inner if (item.difference or 0) > 0)
        visits = {item.place for item in value.clear if item.what == "visit"}
        filled = [mark for mark in shapes(scene, "node") if mark.fill != THEME.paper]
        assert len(filled) == len(visits)
        stubs = {mark.color for mark in shapes(scene, "drain") if mark.color in hues}
        ends = [item for item in value.clear if item.what == "dropoff" or item.target in ENDS]
        assert bool(stubs) == bool(ends)
    grey = {mark.color for mark in shapes(scenes["nothing_clear"], "edge")}
    assert grey == {THEME.same}


def test_strength_is_the_size_of_the_effect() -> None:
    both = cases.three()
    edge = next(edge for edge in both.edges if edge.source != START and edge.target not in ENDS)
    for effect, strength in ((0.12, 0), (-0.3, 1), (0.9, 2)):
        told = dataclasses.replace(
            compared("transition", edge.source, edge.target, effect / 3, is_clear=True), effect_size=effect
        )
        value = dataclasses.replace(differing(both, share=0.0), comparisons=(told,))
        shades = THEME.more_a if effect > 0 else THEME.more_b
        colors = [mark.color for mark in shapes(difference(value, THEME, SLIDE), "edge") if mark.color != THEME.same]
        assert colors == [shades[strength]]


def test_labels_say_the_difference_in_points(maps: dict[str, DifferenceMap], scenes: dict[str, Scene]) -> None:
    value = maps["shop"]
    labels = [word.text for word in words(scenes["shop"]) if word.layer == 40]
    assert labels
    drawn = {(edge.source, edge.target): edge for edge in value.both.edges if edge.target not in ENDS}
    numbers = {round((item.difference or 0) * 100) for item in value.clear if (item.place, item.target) in drawn}
    for label in labels:
        number = float(label.removesuffix(" pp").replace("\N{MINUS SIGN}", "-"))
        assert label[0] in "+\N{MINUS SIGN}"
        assert any(abs(number - other) <= 1 for other in numbers)


def test_the_words_say_both_sides_and_how_it_was_tested(
    maps: dict[str, DifferenceMap], scenes: dict[str, Scene]
) -> None:
    text = said(scenes["shop"])
    for part in (
        "What differs: north against (rest)",
        "north: 1,204 customers, 1,530 journeys, conversion 38 %",
        "(rest): 1,204 customers",
        "of 1,000 mature",
        f"What differs most (4 of {len(maps['shop'].clear)})",
        "more in north",
        "more in (rest)",
        "Benjamini-Hochberg",
        "The customer is the unit",
        "p = 0.001 (permutation)",
        "Width is the count of both sides together",
        "rates use mature units only",
    ):
        assert part in text


def test_no_clear_difference_and_nobody_say_so(scenes: dict[str, Scene]) -> None:
    assert "No clear difference" in said(scenes["nothing_clear"])
    assert "Nothing is significant and large enough after correction for" in said(scenes["nothing_clear"])
    assert "No journeys on either side." in said(scenes["empty"])


def test_thin_sides_are_marked(maps: dict[str, DifferenceMap]) -> None:
    value = maps["three"]
    thin = dataclasses.replace(value, b=dataclasses.replace(value.b, customers=3, thin=True))
    assert "(thin data)" in said(difference(thin, THEME, SLIDE))


def luminance(color: str) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_text_stands_out_from_what_is_behind_it() -> None:
    for shades in (THEME.more_a, THEME.more_b):
        assert contrast(shades[-1], THEME.band) >= 4.5
        for shade in shades:
            assert contrast(THEME.ink, blend(shade, THEME.paper, 0.5)) >= 4.5
        steps = [luminance(shade) for shade in shades]
        assert steps == sorted(steps, reverse=True)  # strength reads in grey too


PALETTE = ("#7A1FA2", "#7B2AA0", "#0F8A5F")
THEMES = {
    "dark": load_theme("dark_background"),
    "grey": load_theme("ggplot"),
    "house": theme_from(ThemeSettings(palette=PALETTE, paper="#FFFDF5")),
    "red and green": theme_from(ThemeSettings(palette=("#C04040", "#40A040"))),
}


@pytest.mark.parametrize("name", THEMES)
def test_it_follows_the_theme_and_every_eye_tells_the_sides_apart(maps: dict[str, DifferenceMap], name: str) -> None:
    theme = THEMES[name]
    scene = difference(maps["everything"], theme, SLIDE)
    colors = {mark.color for mark in shapes(scene, "edge")}
    assert colors <= {*theme.more_a, *theme.more_b, theme.same}
    assert colors & {*theme.more_a}
    assert colors & {*theme.more_b}
    assert {mark.fill for mark in shapes(scene, "swatch")} & {theme.more_a[1], theme.more_b[1]}
    assert apart(theme.more_a[1], theme.more_b[1]) >= LEAST_APART
    for shades in (theme.more_a, theme.more_b):
        assert contrast(theme.readable(shades[-1], theme.band), theme.band) >= 4.5
        away = [contrast(shade, theme.paper) for shade in shades]
        assert away == sorted(away)  # the stronger, the farther from the paper


def test_a_palette_gives_its_first_two_colours_that_can_be_told_apart() -> None:
    house = THEMES["house"]
    assert (house.more_a[1], house.more_b[1]) == ("#7A1FA2", "#0F8A5F")
    mixed = THEMES["red and green"]
    assert (mixed.more_a[1], mixed.more_b[1]) == (THEME.more_a[1], THEME.more_b[1])
    assert theme_from(ThemeSettings(accent="#00539F")).more_a == THEME.more_a


def test_it_is_saved_like_a_map(maps: dict[str, DifferenceMap], tmp_path: Path) -> None:
    one, other = (save(maps["three"], tmp_path / f"{name}.svg") for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()
    assert b"What differs: north against (rest)" in one.read_bytes()
    assert draw(maps["three"], style="difference").get_size_inches().tolist() == pytest.approx([13.333, 7.5], abs=0.01)


def test_a_style_shows_its_own_values_only(maps: dict[str, DifferenceMap]) -> None:
    with pytest.raises(QuestionError, match="The style 'network' shows a JourneyMap, and this is a DifferenceMap"):
        draw(maps["three"], style="network")
    with pytest.raises(QuestionError, match="The style 'difference' shows a DifferenceMap, and this is a JourneyMap"):
        draw(maps["three"].both, style="difference")
    with pytest.raises(QuestionError, match="A int cannot be drawn"):
        draw(3)  # type: ignore[arg-type]


def test_measured_widths_are_used() -> None:
    """The helper that these tests share measures as the renderer does."""
    assert area(Words(0, 0, "mm", 10, "#000000")) == Area(0, -7.5, width("mm", 10, THEME) / 1.03, 2.0)
