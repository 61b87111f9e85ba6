"""``journeymap segments STORE profile``: what it prints, the records, and the pictures it draws."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import journeymap as jm
from journeymap.cli import profile as profile_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from journeymap.model.level_profile import LevelProfile
    from journeymap.render import Appearance


EVENTS = "customer_id,timestamp,event,channel,plan\n" + "".join(
    f"{plan}{at},2026-01-{at + 1:02}T10:{minute:02}:00Z,{event},web,{plan}\n"
    for plan, events in (("basic", "home call"), ("plus!", "home order"))
    for at in range(20)
    for minute, event in enumerate(events.split())
)


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    """Write two plans: who has the one calls, who has the other orders; and somebody late."""
    path = tmp_path / "plans.csv"
    path.write_text(EVENTS + "late,2026-06-01T10:00:00Z,home,web,\n", encoding="utf-8")
    return path


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Note what would be drawn, level and file, and draw nothing."""
    noted: list[tuple[str, str]] = []

    def save_many(pictures: list[tuple[LevelProfile, Path]], appearance: Appearance) -> list[Path]:
        noted.extend((item.level, path.name) for item, path in pictures)
        assert appearance.page == "16:9"
        return [path for _, path in pictures]

    monkeypatch.setattr("journeymap.render.save_many", save_many)
    return noted


def test_what_is_printed(plans: Path, journeymap: Callable[..., Result], saved: list[tuple[str, str]]) -> None:
    result = journeymap("segments", plans, "profile", "plan", "--goal", "order", "--image", "x.svg", "--top", 1)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line for line in lines if line.startswith("plan = ") and " has " not in line] == [
        "plan = basic", "plan = plus!", "plan = (none)",
    ]  # fmt: skip
    assert max(map(len, lines)) <= 100
    assert "plan = basic has 20 journeys, 48.8 % of all, by 20 customers. They convert less often" in result.stdout
    assert re.search(r"^conversion +0\.0 % +0\.0–\d+\.\d % +100\.0 % +-100\.0 pp", result.stdout, re.MULTILINE)  # noqa: RUF001 - as printed
    assert "Too few customers to compare with all others." in result.stdout
    assert saved == [("basic", "x-basic.svg"), ("plus!", "x-plus.svg"), ("(none)", "x-none.svg")]
    assert "Wrote x-plus.svg." in result.stderr
    assert "more differ clearly; all of them: --top " in result.stderr


def test_records_are_those_of_python(plans: Path, journeymap: Callable[..., Result]) -> None:
    words = ("segments", plans, "profile", "plan", "--level", "basic", "--until", "2026-01-15")
    result = journeymap(*words, "--format", "json")
    with jm.open(plans) as journeys:
        found = journeys.where(until="2026-01-15").profile("plan", "basic")
    assert json.loads(result.stdout) == found.records()
    assert found["basic"].summary.journeys == 14


def test_levels_of_like_names_get_files_of_their_own(tmp_path: Path, saved: list[tuple[str, str]]) -> None:
    found = [SimpleNamespace(level=level) for level in ("basic", "Basic", "*", "+")]
    profile_module._draw(found, tmp_path / "p.svg", profile_module.Page.SLIDE)  # type: ignore[arg-type]
    assert [name for _, name in saved] == ["p-basic.svg", "p-Basic-2.svg", "p-x.svg", "p-x-2.svg"]
    assert profile_module._draw(found[:1], tmp_path / "p.svg", profile_module.Page.SLIDE) == [tmp_path / "p.svg"]  # type: ignore[arg-type]


def test_what_is_refused(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    unknown = journeymap("segments", store, "profile", "region", "--level", "sout")
    assert unknown.exit_code == 2
    assert "The segment 'region' has no level 'sout'. Did you mean 'south'?" in unknown.stderr
    for by in ((), ("--by", "region,device")):
        several = journeymap("map", store, "--style", "profile", *by, "--out", tmp_path / "maps")
        assert several.exit_code == 2
        assert "A profile is of the levels of one segment" in several.stderr
    option = journeymap("map", store, "--style", "profile", "--by", "region", "--steps", 3, "--out", tmp_path / "maps")
    assert "'profile' has no options of its own" in option.stderr
