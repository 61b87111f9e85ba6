"""A team's own colours, fonts and logo, from the settings or a style sheet."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.font_manager import fontManager
from matplotlib.image import AxesImage, imread
from PIL import Image
from render import cases

import journeymap as jm
from journeymap.errors import SettingsError, SourceNotFoundError
from journeymap.model.shown import Shown
from journeymap.render import MissingGlyphWarning, Theme, draw, fonts_told_once, load_theme, save
from journeymap.render import scene as scenes
from journeymap.render.network import network
from journeymap.render.theming import theme_from, theme_of
from journeymap.settings import Settings, ThemeSettings, load_settings, parse_settings
from journeymap.settings.theme import contrast

if TYPE_CHECKING:
    from pathlib import Path

SLIDE = (960.0, 540.0)


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.png"
    Image.new("RGB", (300, 100), "#FF00FF").save(path)
    return path


def test_without_settings_it_is_our_own() -> None:
    assert theme_from(ThemeSettings()) is not None
    assert theme_from(ThemeSettings()) == Theme.default == theme_of(cases.three())


def test_entries_stand_for_what_they_say() -> None:
    theme = theme_from(
        ThemeSettings(
            accent="#00539F", loss="#AA0066", line="#808080", back="#336633", palette=("#112233",),
            scale=("#FFFFFF", "#000000"), smallest_size=9.0, font=("DejaVu Serif",),
        )
    )  # fmt: skip
    assert (theme.converted, theme.dropped, theme.line, theme.back) == ("#00539F", "#AA0066", "#808080", "#336633")
    assert (theme.palette, theme.drop_off, theme.smallest) == (("#112233",), ("#FFFFFF", "#000000"), 9.0)
    assert theme.families[0] == "DejaVu Serif"
    assert theme.body > theme.smallest
    assert contrast(theme.back_ink, theme.band) >= 4.5


@pytest.mark.parametrize(("text", "paper"), [("#FFFFFF", "#101820"), ("#202020", "#FFF8E7"), ("#000", "#ABCDEF")])
def test_everything_that_is_read_can_be_read_on_any_paper(text: str, paper: str) -> None:
    theme = theme_from(ThemeSettings(text=text, paper=paper, accent="#FFE066", loss="#FF8080"))
    for ink in (theme.ink, theme.muted, theme.back_ink):
        assert contrast(ink, theme.band) >= 4.4
        assert contrast(ink, theme.paper) >= 4.4
    for color in (theme.converted, theme.dropped, theme.ended):
        assert contrast(theme.readable(color), theme.paper) >= 4.5
    for ground in (*theme.drop_off, *theme.shares, theme.converted):
        assert contrast(theme.on(ground), ground) >= 4.0


def test_colors_of_the_theme_are_on_the_picture() -> None:
    theme = theme_from(ThemeSettings(accent="#00539F", paper="#FFF8E7"))
    figure = draw(cases.three(), theme=theme)
    colors = {to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches}
    colors |= {to_hex(patch.get_edgecolor()) for patch in figure.axes[0].patches}
    assert {"#00539f", "#fff8e7"} <= colors
    assert not {Theme.default.converted.lower(), Theme.default.drop_off[-1].lower()} & colors
    assert to_hex(figure.get_facecolor()) == "#fff8e7"


def test_a_value_brings_its_theme_and_one_that_is_given_has_precedence(tmp_path: Path) -> None:
    value = dataclasses.replace(cases.three(), theme=ThemeSettings(paper="#FFF8E7"))
    assert to_hex(draw(value).get_facecolor()) == "#fff8e7"
    assert to_hex(draw(value, theme=Theme.default).get_facecolor()) == "#ffffff"
    assert to_hex(draw(value, theme="dark_background").get_facecolor()) == "#000000"
    house = tmp_path / "house.toml"
    house.write_text('[theme]\npaper = "#ABCDEF"\ntext = "#000000"\n', encoding="utf-8")
    assert "#abcdef" in save(value, tmp_path / "x.svg", theme=house).read_text(encoding="utf-8")


def test_what_is_taken_from_a_style_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "house.mplstyle"
    sheet.write_text(
        "font.family: serif\nfont.serif: Nowhere Serif, DejaVu Serif\ntext.color: 112233\nfigure.facecolor: fdfcf5\n"
        "axes.prop_cycle: cycler('color', ['00539F', 'E4003A', '00539F'])\nlines.linewidth: 9\nno.such.key: 3\n",
        encoding="utf-8",
    )
    theme = load_theme(sheet)
    assert (theme.ink, theme.paper, theme.palette) == ("#112233", "#fdfcf5", ("#00539f", "#e4003a"))
    assert theme.converted == "#00539f"
    assert theme.named == ("Nowhere Serif", "DejaVu Serif")
    over = theme_from(ThemeSettings(style=str(sheet), accent="#123456"))
    assert (over.converted, over.ink) == ("#123456", "#112233")


@pytest.mark.parametrize("style", ["ggplot", "dark_background", "Solarize_Light2", "grayscale", "seaborn-v0_8"])
def test_styles_that_matplotlib_brings(style: str) -> None:
    theme = load_theme(style)
    assert contrast(theme.ink, theme.paper) >= 4.5
    assert theme.converted != theme.dropped
    assert theme.smallest >= 7


def test_styles_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no style 'gplot'\. Did you mean 'ggplot'"):
        load_theme("gplot")
    with pytest.raises(SourceNotFoundError, match="no style sheet"):
        load_theme(tmp_path / "none.mplstyle")
    with pytest.raises(SourceNotFoundError, match="no settings file"):
        load_theme(tmp_path / "none.toml")
    bad = tmp_path / "bad.mplstyle"
    bad.write_text("text.color: fuxia\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"line 1.*fuxia"):
        load_theme(bad)
    bad.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_theme(bad)
    with pytest.raises(SettingsError, match="'teal' is no colour"):
        theme_from(ThemeSettings(accent="teal"))


def test_the_logo_stands_in_the_corner_clear_of_the_words(logo: Path) -> None:
    theme = dataclasses.replace(Theme.default, logo=str(logo))
    picture = network(cases.shop(), theme, SLIDE)
    (image,) = [mark for mark in picture.marks if isinstance(mark, scenes.Image)]
    assert image.width / image.height == pytest.approx(3.0)
    assert image.x + image.width == pytest.approx(SLIDE[0] - 22.0)
    for word in (mark for mark in picture.marks if isinstance(mark, scenes.Words)):
        if word.y - word.size < image.y + image.height:
            assert word.x < image.x - 10
    (drawn,) = draw(cases.shop(), theme=theme).axes[0].images
    assert isinstance(drawn, AxesImage)


@pytest.mark.parametrize("shape", [(1000, 20), (20, 1000), (4000, 4000), (1, 1)])
def test_logos_of_any_shape_keep_it_and_fit_their_room(tmp_path: Path, shape: tuple[int, int]) -> None:
    path = tmp_path / "logo.jpg"
    Image.new("RGB", shape, "#FF00FF").save(path)
    picture = network(cases.three(), dataclasses.replace(Theme.default, logo=str(path)), SLIDE)
    (image,) = [mark for mark in picture.marks if isinstance(mark, scenes.Image)]
    assert image.width <= 120 + 1e-6
    assert image.height <= 32 + 1e-6
    assert image.width / image.height == pytest.approx(shape[0] / shape[1], rel=0.3)


@pytest.mark.parametrize(("suffix", "sign"), [(".png", b"PNG"), (".svg", b"<image"), (".pdf", b"/Image")])
def test_the_logo_is_in_every_format_and_the_bytes_are_steady(
    logo: Path, tmp_path: Path, suffix: str, sign: bytes
) -> None:
    theme = dataclasses.replace(Theme.default, logo=str(logo))
    one = save(cases.one_event(), tmp_path / f"one{suffix}", theme=theme).read_bytes()
    assert one == save(cases.one_event(), tmp_path / f"two{suffix}", theme=theme).read_bytes()
    assert sign in one
    if suffix == ".png":
        picture = imread(tmp_path / "one.png")
        magenta = np.all(np.abs(picture[..., :3] - [1, 0, 1]) < 0.02, axis=-1)
        assert magenta[:200, -420:].sum() > 10_000


def test_logos_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\[theme\] logo: there is no file"):
        draw(cases.three(), theme=dataclasses.replace(Theme.default, logo=str(tmp_path / "no.png")))
    (tmp_path / "text.png").write_text("no picture", encoding="utf-8")
    with pytest.raises(SettingsError, match="is no picture that can be read"):
        draw(cases.three(), theme=dataclasses.replace(Theme.default, logo=str(tmp_path / "text.png")))


def test_files_of_a_theme_are_looked_for_beside_the_settings(tmp_path: Path, logo: Path) -> None:
    file = tmp_path / "journeymap.toml"
    file.write_text('[theme]\nlogo = "logo.png"\nstyle = "ggplot"\n', encoding="utf-8")
    assert load_settings(file).theme == ThemeSettings(logo=str(logo), style="ggplot")
    file.write_text('[theme]\nstyle = "none.mplstyle"\n\nlogo = "nologo.png"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="2 faults") as raised:
        load_settings(file)
    assert "line 2: [theme] style: there is no file" in str(raised.value)
    assert "line 4: [theme] logo: there is no file" in str(raised.value)
    assert parse_settings('[theme]\nlogo = "nologo.png"').theme.logo == "nologo.png"


def test_a_font_that_is_not_installed_is_said_with_what_to_install() -> None:
    theme = theme_from(ThemeSettings(font=("Quite Unknown Grotesk",)))
    with pytest.warns(MissingGlyphWarning, match=r"Install the font 'Quite Unknown Grotesk'") as caught:
        draw(cases.three(), theme=theme)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    near = theme_from(ThemeSettings(font=("DejaVu Sanz",)))
    with pytest.warns(MissingGlyphWarning, match=r"Did you mean 'DejaVu Sans"):
        draw(cases.three(), theme=near)


@pytest.mark.parametrize("font", [("dejavu serif",), ("Quite Unknown Grotesk", "DejaVu Serif"), ("serif",)])
def test_a_font_with_a_substitute_that_is_there_needs_no_warning(font: tuple[str, ...]) -> None:
    draw(cases.three(), theme=theme_from(ThemeSettings(font=font)))  # warnings are errors here


def test_the_fonts_are_those_of_the_theme() -> None:
    figure = draw(cases.three(), theme=theme_from(ThemeSettings(font=("DejaVu Serif",))))
    FigureCanvasAgg(figure).draw()
    assert {text.get_fontfamily()[0] for text in figure.axes[0].texts} == {"DejaVu Serif"}
    assert "DejaVu Serif" in {entry.name for entry in fontManager.ttflist}


def test_many_pictures_are_one_warning_that_names_every_font() -> None:
    theme = Theme(families=("DejaVu Sans",))
    arabic = cases.renamed(cases.three(), {"Visit": "\N{TIBETAN LETTER KA}"})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with fonts_told_once():
            for value in (cases.world_names(), arabic, cases.world_names(), cases.three()):
                draw(value, theme=theme)
    (only,) = caught
    assert only.category is MissingGlyphWarning
    assert only.filename == __file__
    for font in ("'Noto Sans CJK'", "'Noto Emoji'", "'Noto Sans Tibetan'"):
        assert font in str(only.message)


def test_a_loop_is_told_once_by_pythons_own_rule() -> None:
    theme = Theme(families=("DejaVu Sans",))
    first = cases.renamed(cases.three(), {"Visit": "\N{TIBETAN LETTER KA}"})
    second = cases.renamed(cases.three(), {"Visit": "\N{TIBETAN LETTER NGA} \N{TIBETAN LETTER KA}"})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for value in (first, second, first):
            draw(value, theme=theme)
    assert len(caught) == 1


def test_settings_of_a_store_reach_its_maps(log: object) -> None:
    shop = log("A 0d a\nA 1d b\n", settings=Settings(theme=ThemeSettings(paper="#FFF8E7")))  # type: ignore[operator]
    values = (shop.map(), shop.flow_map(), shop.matrix_map(), shop.funnel_map(["a", "b"]), shop.timeline())
    for value in values:
        assert value.theme == ThemeSettings(paper="#FFF8E7")
        assert isinstance(value, Shown)
    assert to_hex(draw(shop.map()).get_facecolor()) == "#fff8e7"


def test_ingesting_again_takes_a_new_theme_and_keeps_the_old_where_none_is_given(tmp_path: Path) -> None:
    source, store = tmp_path / "log.csv", tmp_path / "shop.duckdb"
    source.write_text("user_id,ts,event\nA,2026-01-01,home\nA,2026-01-02,order\n", encoding="utf-8")
    for given, kept in (("#FFF8E7", "#FFF8E7"), (None, "#FFF8E7"), ("#EEEEEE", "#EEEEEE")):
        with jm.ingest(source, into=store, settings=Settings(theme=ThemeSettings(paper=given))) as shop:
            assert shop.map().theme == ThemeSettings(paper=kept)
