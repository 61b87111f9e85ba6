"""Decks, read back with the library that people's own programs use."""

from __future__ import annotations

import dataclasses
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.image import imread
from pptx import Presentation
from pptx.util import Inches
from render import cases

from journeymap.errors import OutputError, QuestionError
from journeymap.model.map_grid import MapGrid
from journeymap.render import MissingGlyphWarning, save_slides
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from pathlib import Path


def shapes(slide: Any) -> dict[str, Any]:
    return {shape.name: shape for shape in slide.shapes}


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("deck")
    found = tuple(dataclasses.replace(item, opportunity=None) for item in cases.SHOP_FINDINGS) * 2
    first = dataclasses.replace(cases.three(), findings=found, levels=(("region", "north"),))
    plain = dataclasses.replace(cases.one_event(), levels=(("region", "south"), ("device", "phone")))
    values = [first, plain, cases.empty()]
    return Presentation(str(save_slides(values, folder / "deck.pptx")))


def test_the_same_values_are_the_same_bytes(tmp_path: Path) -> None:
    one = save_slides([cases.empty()], tmp_path / "one.pptx")
    two = save_slides([cases.empty()], str(tmp_path / "two.PPTX"))
    assert one.read_bytes() == two.read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted([one, two])


def test_one_slide_a_level_with_a_title(deck: Any) -> None:
    assert (deck.slide_width, deck.slide_height) == (Inches(13.333), Inches(7.5))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    summary = cases.three().summary
    assert titles[0].startswith("region = north: ")
    assert titles[0].endswith(f"% of {summary.mature:,} mature journeys convert")
    assert titles[1].startswith("region = south, device = phone: ")
    assert titles[2] == "region = west"


def test_the_picture_is_sharp_keeps_its_shape_and_has_a_text_for_those_who_cannot_see_it(deck: Any) -> None:
    for slide in deck.slides:
        image = shapes(slide)["Journey map"]
        assert imread(BytesIO(image.image.blob)).shape[1] >= 2600
        assert image.width / image.height == pytest.approx(16 / 9, rel=1e-3)
        described = image._element.nvPicPr.cNvPr.get("descr")
        assert described == slide.shapes.title.text_frame.text


def test_nothing_leaves_the_slide_or_covers_another(deck: Any) -> None:
    for slide in deck.slides:
        boxes = [(shape.left, shape.top, shape.left + shape.width, shape.top + shape.height) for shape in slide.shapes]
        for left, top, right, bottom in boxes:
            assert left >= 0
            assert top >= 0
            assert right <= deck.slide_width
            assert bottom <= deck.slide_height
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
                assert apart


def test_the_worst_pain_points_are_a_table(deck: Any) -> None:
    table = shapes(deck.slides[0])["Pain points"].table
    rows = [[cell.text_frame.text for cell in row.cells] for row in table.rows]
    assert rows[0] == ["", "Pain point", "Rate (95 %)", "At risk"]
    assert len(rows) == 6
    assert rows[1] == ["1", "abandonment after Cart no Order confirmed", "63 %\v59.4–67.2 %", "41.2 k"]  # noqa: RUF001 - as printed
    assert rows[2][1] == "drop off at Payment failed"
    assert rows[3][3] == ""
    assert "Pain points" not in shapes(deck.slides[1])


def test_the_notes_hold_counts_and_definitions(deck: Any) -> None:
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides]
    summary = cases.three().summary
    for part in (
        f"{summary.customers:,} customers, {summary.journeys:,} journeys",
        f"Of {summary.mature:,} mature journeys {summary.converted:,} converted",
        f"{summary.journeys - summary.mature} are too young to judge",
        "1. abandonment after Cart no Order confirmed: 63 % of 1,204 attempts",
        "3 more pain points were found",
        "clustered by customer",
    ):
        assert part in notes[0]
    assert "0 customers, 0 journeys" in notes[2]


def test_every_kind_of_value_and_the_theme(tmp_path: Path) -> None:
    whole = cases.one_event()
    value = MapGrid("Customer journeys by region", ("region",), whole, (whole,), 1, ThemeSettings(paper="#FFF8E7"))
    deck = Presentation(str(save_slides([value], tmp_path / "x.pptx", style="grid")))
    (slide,) = deck.slides
    assert str(slide.background.fill.fore_color.rgb) == "FFF8E7"
    assert slide.shapes.title.text_frame.text.startswith("Customer journeys by region: ")
    house = tmp_path / "house.toml"
    house.write_text('[theme]\nfont = "Quite Unknown Grotesk"\ntext = "#112233"\n', encoding="utf-8")
    with pytest.warns(MissingGlyphWarning, match="Quite Unknown"):
        save_slides([whole], tmp_path / "y.pptx", theme=house)
    run = Presentation(str(tmp_path / "y.pptx")).slides[0].shapes.title.text_frame.paragraphs[0].runs[0]
    assert (run.font.name, str(run.font.color.rgb)) == ("Quite Unknown Grotesk", "112233")


def test_names_that_xml_cannot_hold(tmp_path: Path) -> None:
    odd = dataclasses.replace(
        cases.one_event(),
        levels=(("region", "a\x00b <&> \x1b[31m 購"),),
        findings=(cases.finding("Visit", "Visit \x07"),),
    )
    with pytest.warns(MissingGlyphWarning):
        deck = Presentation(str(save_slides([odd], tmp_path / "x.pptx")))
    assert deck.slides[0].shapes.title.text_frame.text.startswith("region = ab <&> [31m 購: ")


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match=r"End its name in \.pptx"):
        save_slides([cases.three()], tmp_path / "x.ppt")
    with pytest.raises(OutputError, match="cannot be written"):
        save_slides([], tmp_path / "nowhere" / "x.pptx")
    with pytest.raises(QuestionError, match="shows a Timeline"):
        save_slides([cases.three()], tmp_path / "x.pptx", style="timeline")
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(OutputError, match="python-pptx, which is not installed") as raised:
        save_slides([cases.three()], tmp_path / "x.pptx")
    assert raised.value.hint == "Install it: pip install 'journeymap[slides]'"
    assert list(tmp_path.iterdir()) == []
