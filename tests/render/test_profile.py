"""What must be true of every picture of a level's profile."""

from __future__ import annotations

import dataclasses
import importlib.util
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.figure import Figure
from render.looking import area, bounds, outside, overlapping, said, shapes, words

from journeymap.errors import QuestionError
from journeymap.model.level_profile import Contrast, LevelProfile
from journeymap.model.level_profile import Figure as Mean
from journeymap.model.rate import Rate
from journeymap.profiles.paragraph import write_paragraph
from journeymap.render import Theme, draw, save
from journeymap.render.profile import profile
from journeymap.render.scene import Shape
from journeymap.render.theming import theme_from
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from types import ModuleType

    from journeymap.render.scene import Scene

SLIDE, A4 = (960.0, 540.0), (841.89, 595.28)
THEME = Theme.default


def _load_cases() -> ModuleType:
    spec = importlib.util.spec_from_file_location("render_cases", Path(__file__).with_name("cases.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cases = _load_cases()
SUMMARY = cases.three().summary


def rate(part: float | None, n: int = 400) -> Rate:
    if part is None:
        return Rate(0, 0, None, None, None)
    return Rate(round(part * n), n, part, max(part - 0.05, 0.0), min(part + 0.05, 1.0))


def contrast(
    what: str, place: str, here: float | None, others: float | None, target: str = "", *, clear: bool = True
) -> Contrast:
    if here is None or others is None:
        return Contrast(what, place, target, rate(here), rate(others), None, None, None, None, None, None, False)
    apart = here - others
    return Contrast(
        what, place, target, rate(here), rate(others), apart, max(apart - 0.04, -1.0), min(apart + 0.04, 1.0),
        here / others if others else None, 2 * apart, 0.001, clear,
    )  # fmt: skip


def mean(name: str, here: float | None, others: float | None, *, clear: bool = False) -> Mean:
    one = (here, None, None) if here is None else (here, here * 0.9, here * 1.1)
    two = (others, None, None) if others is None else (others, others * 0.97, others * 1.03)
    return Mean(name, *one, *two, 30, 300, None, None, None, 0.01, clear)


def value(**changes: Any) -> LevelProfile:
    base = LevelProfile(
        title="Segment profile",
        levels=(("region", "south"),),
        unit="customer",
        summary=SUMMARY,
        mature_customers=603,
        customer_share=0.251,
        journey_share=0.248,
        value=17_778.4,
        seconds_to_goal=9.1 * 86_400,
        others_seconds_to_goal=6.5 * 86_400,
        figures=(
            mean("goal_value", 73.77, 78.77),
            mean("visits_per_customer", 22.9, 21.1, clear=True),
            mean("active_days_per_customer", 5.6, 5.4),
        ),
        contrasts=(
            contrast("transition", "shipping_info", 0.402, 0.864, "checkout"),
            contrast("channel", "app", 0.34, 0.12),
            contrast("visit", "payment", 0.261, 0.449),
            contrast("dropoff", "shipping_info", 0.065, 0.012),
            contrast("outcome", "converted", 0.262, 0.436),
            contrast("channel", "web", 0.64, 0.86, clear=False),
            contrast("channel", "", 0.02, 0.02, clear=False),
        ),
        n_looked_at=1312,
        findings=cases.SHOP_FINDINGS[:2],
        support=(cases.finding("delivery", "support after delivery", "support_contact"),),
        paragraph="",
    )
    made = dataclasses.replace(base, **changes)
    return made if made.paragraph else dataclasses.replace(made, paragraph=write_paragraph(made))


NAMES = (cases.LONG, cases.LONG_WORD, "cart_$total$", r"pay \frac{1}{2} $", "購入手続き", "order", "Übersicht/größe")
NOBODY = dataclasses.replace(
    SUMMARY, customers=0, journeys=0, mature=0, converted=0, abandoned=0, ended=0, open=0,
    conversion=rate(None),
)  # fmt: skip
THIN = dataclasses.replace(SUMMARY, customers=3, thin=True)
VALUES = {
    "plain": value,
    "empty": lambda: value(summary=NOBODY, contrasts=(), figures=(), findings=(), support=(), value=None),
    "thin": lambda: value(
        summary=THIN, contrasts=(contrast("visit", "x", 0.2, None),), figures=(), findings=(), support=()
    ),
    "no conversions": lambda: value(
        contrasts=(contrast("outcome", "converted", 0.0, 0.436), contrast("visit", "a", 0.1, 0.5)),
        figures=(mean("goal_value", None, 70.0), mean("visits_per_customer", 3.0, 4.0)),
        value=None,
        seconds_to_goal=None,
    ),
    "nothing stands out": lambda: value(
        contrasts=(contrast("visit", "home", 0.5, 0.51, clear=False),), findings=(), support=()
    ),
    "long names": lambda: value(
        levels=(("a segment with a long name of several words", "level-" * 14),),
        contrasts=tuple(
            contrast(what, name, 0.7 - at / 10, 0.3, target)
            for at, name in enumerate(NAMES)
            for what, target in (("visit", ""), ("channel", ""), ("transition", NAMES[at - 1]), ("dropoff", ""))
        ),
        findings=tuple(cases.finding(name, f"after {name} no {cases.LONG}") for name in NAMES),
        support=tuple(cases.finding(name, f"support after {name}", "support_contact") for name in NAMES),
    ),
    "much of everything": lambda: value(
        contrasts=tuple(
            contrast(what, f"place {at}", 0.9 - at / 400, 0.2, "next" if what == "transition" else "")
            for what in ("visit", "channel", "transition", "dropoff")
            for at in range(300)
        ),
        findings=cases.SHOP_FINDINGS * 9,
    ),
    "far apart": lambda: value(
        contrasts=(
            contrast("visit", "everyone", 1.0, 0.0), contrast("visit", "nobody", 0.0, 1.0),
            contrast("visit", "hardly", 0.0002, 0.0001),
        ),
        figures=(mean("goal_value", 123_456_789.0, 2.0), mean("visits_per_customer", 98_765.4, 0.1)),
        value=9.87e12,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def scenes() -> dict[str, Scene]:
    return {name: profile(make(), THEME, SLIDE) for name, make in VALUES.items()}


@pytest.mark.parametrize("name", VALUES)
def test_words_are_on_the_page_readable_and_apart(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes[name]
    assert overlapping(scene) == []
    assert outside(scene) == []
    assert min(word.size for word in words(scene)) >= 7.0
    assert scene.width / scene.height == pytest.approx(16 / 9)


@pytest.mark.parametrize("name", VALUES)
def test_marks_stand_clear_of_words(scenes: dict[str, Scene], name: str) -> None:
    """Bars, dots and intervals lie between the labels and the numbers."""
    scene = scenes[name]
    drawn = [bounds(mark) for role in ("bar", "interval", "dot") for mark in shapes(scene, role)]
    texts = [word for word in words(scene) if word.role in ("label", "number", "head")]
    assert [(one, word.text) for one in drawn for word in texts if one.meets(area(word))] == []
    assert all(one.left >= 0 and one.right <= scene.width for one in drawn)


def test_one_page_is_enough_for_a_usual_level(scenes: dict[str, Scene]) -> None:
    for name in ("plain", "thin", "empty", "no conversions", "nothing stands out"):
        assert (scenes[name].width, scenes[name].height) == SLIDE


def test_it_says_what_the_value_says(scenes: dict[str, Scene]) -> None:
    made, text = VALUES["plain"](), said(scenes["plain"])
    assert " ".join(made.paragraph.split()) in text
    for part in (
        "region = south", "customers, 25.1 % of all", "603 with a mature journey", "17.8 k", "26.2 %", "43.6 %",
        "73.77", "9.1 d", "6.5 d", "shipping_info → checkout", "40.2 %", "86.4 %", "All 4 clear differences",
        "correction for 1,312 comparisons", "63 % of attempts after Cart no Order confirmed", "(none)",
    ):  # fmt: skip
        assert part in text, part
    bold = [word.text for word in words(scenes["plain"], "label") if word.bold]
    assert " ".join(bold) == "conversion visits per customer app"


def test_bars_and_dots_are_as_long_as_their_numbers(scenes: dict[str, Scene]) -> None:
    bars = [bounds(mark) for mark in shapes(scenes["plain"], "bar")]
    conversion = [bar.right - bar.left for bar in bars[:2]]
    assert conversion[0] / conversion[1] == pytest.approx(0.262 / 0.436)
    channels = [bar.right - bar.left for bar in bars[10:]]
    assert [length / channels[0] for length in channels] == pytest.approx(
        [part / 0.64 for part in (0.64, 0.86, 0.34, 0.12, 0.02, 0.02)]
    )
    middles = [(mark.left + mark.right) / 2 for mark in map(bounds, shapes(scenes["plain"], "dot"))]
    ticks = {word.text: word.x for word in words(scenes["plain"], "axis")}
    shown, x = next((shown, x) for shown, x in ticks.items() if shown != "0")
    unit = (x - ticks["0"]) / (float(shown.replace("\N{MINUS SIGN}", "-")) / 100)
    differences = [(x - ticks["0"]) / unit for x in middles]
    assert differences == pytest.approx([0.22, -0.188, -0.462, 0.053])


def test_what_is_too_much_is_counted(scenes: dict[str, Scene]) -> None:
    text = said(scenes["much of everything"])
    assert len(shapes(scenes["much of everything"], "dot")) == 14
    assert "The 14 largest of 1,200 clear differences, of 1,200 looked at." in text
    assert "and 32 more" in text
    assert "292 more channels" in text


def test_what_is_not_there_is_said(scenes: dict[str, Scene]) -> None:
    assert "No journeys in this level." in said(scenes["empty"])
    assert shapes(scenes["empty"], "bar") == []
    assert "Too few customers to compare." in said(scenes["thin"])
    assert "thin data: 3 customers" in said(scenes["thin"])
    assert "Of 1 rate that was looked at, none stands out." in said(scenes["nothing stands out"])
    assert "None stands out." in said(scenes["nothing stands out"])
    assert len(shapes(scenes["no conversions"], "bar")) == 2 + 1 + 2 + 1
    long = said(scenes["long names"]).replace(" ", "")
    assert all("".join(name.split()) in long for name in NAMES)


def test_themes_and_pages_are_followed(tmp_path: Path) -> None:
    dark = theme_from(
        ThemeSettings(paper="#101820", text="#F5F5F5", palette=("#FFB000", "#648FFF"), smallest_size=10.0)
    )
    scene = profile(VALUES["plain"](), dark, A4)
    assert {mark.fill for mark in shapes(scene, "dot")} == {"#FFB000"}
    assert min(word.size for word in words(scene)) >= 10.0
    assert overlapping(scene, dark) == []
    assert outside(scene, dark) == []
    assert scene.width / scene.height == pytest.approx(A4[0] / A4[1])
    assert all(isinstance(mark, Shape) for mark in shapes(scene, "bar"))
    assert save(VALUES["plain"](), tmp_path / "x.pdf", theme=dark, page="a4").stat().st_size > 1000


def test_axes_and_notebooks() -> None:
    figure = Figure(figsize=(5, 9))
    axes = figure.add_subplot()
    assert draw(value(), ax=axes) is axes
    for name in ("plain", "long names", "empty"):
        narrow = profile(VALUES[name](), THEME, (960.0, 1800.0))
        assert overlapping(narrow) == []
        assert outside(narrow) == []
    import_module("journeymap.api")  # says how a notebook shows values
    assert value(theme=ThemeSettings(accent="#00539F"))._repr_png_() is not None
    with pytest.raises(QuestionError, match="'profile' shows a LevelProfile, and this is a JourneyMap"):
        draw(cases.three(), style="profile")
