"""What the documentation shows is what the commands print."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli.console import commands, first_difference

from journeymap.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "page",
    [
        "docs/cli.md",
        "docs/painpoints.md",
        "docs/worth.md",
        "docs/segments.md",
        "docs/discover.md",
        "docs/compare.md",
        "docs/reach.md",
        "docs/profile.md",
        "docs/watch.md",
    ],
)
def test_pages_show_what_is_printed(
    page: str, sample: Path, tmp_path: Path, journeymap: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(sample, tmp_path / "sample_events")
    monkeypatch.chdir(tmp_path)
    typed = list(commands((ROOT / page).read_text(encoding="utf-8")))
    assert typed
    for command in typed:
        assert command.words[0] == "journeymap"
        if command.words[1] == "demo":
            continue  # what it prints, and what it leaves, is in test_files.py
        result = journeymap(*command.words[1:])
        difference = first_difference(command.expected, result.output.splitlines())
        assert difference is None, f"{' '.join(command.words)}: {difference}"


def test_every_command_is_on_the_page() -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    shown = {command.words[1] for command in commands(page)}
    names = {str(command.name) for command in app.registered_commands} | {"segments", "store"}
    assert names <= shown
    for name in names:
        assert f"## {name}\n" in page
