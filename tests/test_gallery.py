"""The gallery shows every style, and its page is what the builder writes."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from matplotlib.image import imread
from typer.main import get_command

from journeymap.cli import app
from journeymap.render import STYLES

if TYPE_CHECKING:
    from types import ModuleType

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gallery_build", GALLERY / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["gallery_build"] = module
    spec.loader.exec_module(module)
    return module


def test_every_style_is_shown(builder: ModuleType) -> None:
    assert {entry.style for entry in builder.ENTRIES} == set(STYLES)
    assert len({entry.name for entry in builder.ENTRIES}) == len(builder.ENTRIES)


def test_the_page_is_what_the_builder_writes(builder: ModuleType) -> None:
    assert (GALLERY / "README.md").read_text(encoding="utf-8") == builder.page_text()


def test_pictures_are_there_and_small(builder: ModuleType) -> None:
    for entry in builder.ENTRIES:
        path = GALLERY / f"{entry.name}.png"
        assert path.stat().st_size <= 250_000
        assert imread(path).shape[1] == pytest.approx(1600, abs=2)
    shown = {f"{entry.name}.png" for entry in builder.ENTRIES}
    assert {path.name for path in GALLERY.glob("*.png")} == shown | {"logo.png"}


def test_the_commands_have_options_that_there_are(builder: ModuleType) -> None:
    for entry in builder.ENTRIES:
        command = get_command(app).commands[entry.command]  # type: ignore[attr-defined]
        known = {option for parameter in command.params for option in parameter.opts}
        given = {word for word in shlex.split(entry.options) if word.startswith("--")}
        assert given <= known
        assert entry.style in ("network", "difference") or f"--style {entry.style}" in entry.options
