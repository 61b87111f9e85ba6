"""What the README shows can be typed."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli.console import commands, first_difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def typed() -> list[str]:
    """Give the commands that stand in the text and in its blocks, once each."""
    found = re.findall(r"`(journeymap [^`]+)`", README)
    for block in re.findall(r"^```(?:sh|console)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE):
        found += re.findall(r"^(?:\$ )?(journeymap .+)$", block, re.MULTILINE)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("line", typed())
def test_every_command_is_one(line: str, journeymap: Callable[..., Result]) -> None:
    # Words are parsed before help is shown: a command or an option that is not there is told.
    assert journeymap(*shlex.split(line)[1:], "--help").exit_code == 0


@pytest.mark.parametrize(
    "line", ["funnel shop.duckdb --stepp cart", "segments shop.duckdb profile region --imagee x", "funel shop.duckdb"]
)
def test_one_that_is_none_would_be_noticed(line: str, journeymap: Callable[..., Result]) -> None:
    assert journeymap(*shlex.split(line), "--help").exit_code == 2


def test_the_blocks_do_what_they_say(
    tmp_path: Path, sample: Path, journeymap: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(sample, tmp_path / "sample_events")
    monkeypatch.chdir(tmp_path)
    shown = list(commands(README))
    assert shown
    for command in shown:
        result = journeymap(*command.words[1:])
        difference = first_difference(command.expected, result.output.splitlines())
        assert difference is None, f"{' '.join(command.words)}: {difference}"
    (block,) = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own text
    assert (tmp_path / "south.svg").read_text(encoding="utf-8").startswith("<?xml")
