"""Figures, files, formats and errors."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from render import cases

from journeymap.errors import JourneymapError, OutputError, QuestionError, UnknownNameError
from journeymap.render import STYLES, draw, save

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap


@pytest.fixture(scope="module")
def shop() -> JourneyMap:
    return cases.shop()


@pytest.fixture(scope="module")
def three() -> JourneyMap:
    return cases.three()


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_suffix_says_the_format_and_the_bytes_are_the_same_each_time(
    tmp_path: Path, suffix: str, start: bytes
) -> None:
    make = cases.shop if suffix == ".svg" else cases.three  # large pictures are the same only where small ones are
    one = save(make(), tmp_path / f"one{suffix}")
    other = save(make(), str(tmp_path / f"other{suffix.upper()}"))
    assert one == tmp_path / f"one{suffix}"
    assert one.read_bytes().startswith(start)
    assert one.read_bytes() == other.read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted([one, other])


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_bytes_do_not_depend_on_the_process(shop: JourneyMap, tmp_path: Path, hash_seed: str) -> None:
    here = save(shop, tmp_path / "here.svg")
    cases_file = Path(__file__).with_name("cases.py")
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('cases', {str(cases_file)!r})\n"
        "cases = importlib.util.module_from_spec(spec)\n"
        "sys.modules['cases'] = cases\n"
        "spec.loader.exec_module(cases)\n"
        "from journeymap.render import save\n"
        f"save(cases.shop(), {str(tmp_path / 'there.svg')!r})\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        check=True,
        cwd=root,
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)},
    )
    assert here.read_bytes() == (tmp_path / "there.svg").read_bytes()


def test_what_the_user_set_in_matplotlib_changes_nothing_and_is_not_changed(shop: JourneyMap, tmp_path: Path) -> None:
    plain = save(shop, tmp_path / "plain.svg").read_bytes()
    with mpl.rc_context({"savefig.bbox": "tight", "svg.fonttype": "none", "font.size": 30, "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        assert save(shop, tmp_path / "set.svg").read_bytes() == plain
        assert dict(mpl.rcParams) == before


def test_a_png_fills_a_slide(shop: JourneyMap, tmp_path: Path) -> None:
    picture = imread(save(shop, tmp_path / "map.png"))
    assert picture.shape[:2] == (1500, 2667) or picture.shape[:2] == (1500, 2666)


@pytest.mark.parametrize(("page", "shape"), [("16:9", 16 / 9), ("a4", 841.89 / 595.28), ("a3", 1190.55 / 841.89)])
def test_pages(shop: JourneyMap, tmp_path: Path, page: str, shape: float) -> None:
    picture = imread(save(shop, tmp_path / "map.png", page=page))
    assert picture.shape[1] / picture.shape[0] == pytest.approx(shape, rel=0.002)


def test_a_format_that_is_not_known_lists_those_that_are(shop: JourneyMap, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"map\.gif") as raised:
        save(shop, tmp_path / "map.gif")
    assert raised.value.hint == "End its name in one of: .png, .svg, .pdf."
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_is_not_known(shop: JourneyMap, tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="There is no page 'a44'"):
        save(shop, tmp_path / "map.png", page="a44")


def test_a_style_that_is_not_known(shop: JourneyMap, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'network'"):
        draw(shop, style="netwrok")
    with pytest.raises(UnknownNameError):
        save(shop, tmp_path / "map.png", style="pie")


def test_a_folder_that_is_not_there(shop: JourneyMap, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as raised:
        save(shop, tmp_path / "nowhere" / "map.png")
    assert raised.value.hint
    assert isinstance(raised.value, JourneymapError)


def test_nothing_half_written_is_left(shop: JourneyMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "map.png"
    target.write_bytes(b"before")

    def fail(_: Figure, part: Path, **__: object) -> None:
        Path(part).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(OutputError, match="No space left"):
        save(shop, target)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_draw_returns_a_figure_of_a_slides_size(shop: JourneyMap) -> None:
    figure = draw(shop)
    assert tuple(figure.get_size_inches()) == pytest.approx((13.333, 7.5), abs=0.001)


def test_draw_draws_into_the_users_axes(shop: JourneyMap) -> None:
    figure = Figure(figsize=(10, 8))
    left, right = figure.subplots(1, 2)
    right.plot([1, 2], [3, 4])
    count = len(right.get_children())
    assert draw(shop, ax=left) is left
    assert len(left.patches) > 100
    assert len(right.get_children()) == count
    assert figure.axes == [left, right]


def letters_in_pixels(figure: Figure) -> list[float]:
    """Draw, and give the height of the letters of the first axes in pixels."""
    FigureCanvasAgg(figure).draw()
    return [text.get_fontsize() * figure.dpi / 72 for text in figure.axes[0].texts]


@pytest.mark.parametrize("layout", [None, "tight", "constrained", "compressed"])
def test_layouts_may_move_the_axes_and_the_picture_follows(three: JourneyMap, layout: str | None) -> None:
    figure = Figure(figsize=(14, 9), layout=layout)
    first, second = figure.subplots(2, 1)
    assert draw(three, ax=first) is first
    second.plot([0, 1e9], [0, 1])
    second.set_ylabel("a long label\nof several lines\n" * 3)
    figure.suptitle("above", fontsize=40)
    FigureCanvasAgg(figure).draw()
    if layout is None:
        figure.tight_layout()
        FigureCanvasAgg(figure).draw()
    frame = first.get_window_extent()
    for text in first.texts:
        box = text.get_window_extent()
        assert frame.x0 - 1 <= box.x0
        assert box.x1 <= frame.x1 + 1
        assert frame.y0 - 1 <= box.y0
        assert box.y1 <= frame.y1 + 1
    per_unit = first.transData.transform([(0, 0), (1, 1)])
    wide, high = per_unit[1] - per_unit[0]
    assert wide == pytest.approx(-high, rel=1e-6)  # boxes keep their shape
    assert max(letters_in_pixels(figure)) == pytest.approx(17 * wide, rel=1e-6)  # and the title its size in them


def test_small_axes_show_the_whole_picture_reduced(three: JourneyMap) -> None:
    figure = Figure(figsize=(2, 1.5))
    axes = figure.subplots(2, 2)
    for row in axes:
        for one in row:
            draw(three, ax=one)
    assert max(letters_in_pixels(figure)) < 8
    assert len(axes[0][0].texts) == len(axes[1][1].texts) > 40


def test_zooming_enlarges_letters_too(three: JourneyMap) -> None:
    figure = Figure(figsize=(8, 4.5))
    axes = figure.add_axes((0, 0, 1, 1))
    draw(three, ax=axes)
    before = letters_in_pixels(figure)
    axes.set_xlim(0, 480)
    axes.set_ylim(270, 0)
    assert letters_in_pixels(figure) == pytest.approx([2 * size for size in before])


def test_axes_with_a_title_and_of_a_subfigure_are_kept(three: JourneyMap, tmp_path: Path) -> None:
    figure = Figure(figsize=(10, 5), layout="constrained")
    left, _ = figure.subfigures(1, 2)
    axes = left.subplots()
    axes.set_title("ours")
    assert draw(three, ax=axes) is axes
    figure.savefig(tmp_path / "x.png", bbox_inches="tight")
    assert axes.get_title() == "ours"


def test_axes_that_share_their_limits_are_refused(three: JourneyMap) -> None:
    first, _ = Figure().subplots(1, 2, sharex=True)
    with pytest.raises(QuestionError, match="share their limits"):
        draw(three, ax=first)


def test_a_notebook_shows_a_value_as_a_picture_of_moderate_size(shop: JourneyMap) -> None:
    import journeymap as jm

    assert callable(jm.open)  # the facade says who draws
    data, facts = DisplayFormatter().format(shop, include=["image/png", "text/plain"])
    assert data["image/png"].startswith(b"\x89PNG")
    assert len(data["image/png"]) < 200_000
    assert facts["image/png"] == {"width": 960, "height": 540}
    assert imread(BytesIO(data["image/png"])).shape[:2] == (900, 1600)


def test_values_alone_load_no_drawing() -> None:
    code = (
        "import sys, journeymap.model.journey_map as m\n"
        "assert m.JourneyMap._repr_png_(None) is None\n"
        "import journeymap as jm; jm.open\n"
        "print([name for name in ('matplotlib', 'PIL') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=root, capture_output=True, text=True)  # noqa: S603 - our own code
    assert done.stdout.strip() == "[]"


def test_axes_of_no_figure() -> None:
    figure = Figure()
    axes = figure.add_subplot()
    axes.remove()
    if axes.get_figure() is None:
        with pytest.raises(QuestionError):
            draw(cases.three(), ax=axes)


def test_the_registry_names_every_style() -> None:
    assert list(STYLES) == [
        "network", "lanes", "flow", "steps", "matrix", "funnel", "difference", "timeline", "grid", "profile",
    ]  # fmt: skip
