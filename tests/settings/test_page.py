"""The page about the settings: its example can be read, and it leaves no entry out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from journeymap.settings import parse_settings
from journeymap.settings.faults import TABLES
from journeymap.settings.schema import CUSTOMERS, EVENTS, JOURNEY, SEGMENT, THEME, TOUCHPOINT_TABLES, WATCH

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")


def test_the_example_can_be_read() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    settings = parse_settings(example)
    assert settings.journey.goal == ("order",)
    assert [name for name, _ in settings.segments] == ["region", "age", "spend", "place", "loyalty"]
    for name in TABLES:
        assert re.search(rf"^\[+{name}\b", example, re.MULTILINE), name


@pytest.mark.parametrize(
    ("heading", "entries"),
    [
        ("events", EVENTS),
        ("customers", CUSTOMERS),
        ("journey", JOURNEY),
        ("segments.NAME", SEGMENT),
        ("theme", THEME),
        ("watch", WATCH),
    ],
)
def test_every_entry_is_explained(heading: str, entries: dict[str, object]) -> None:
    section = PAGE.split(f"\n## `[{heading}]`")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(entries)


def test_every_way_to_touchpoints_is_explained() -> None:
    section = PAGE.split("\n## `[touchpoints]`")[1].split("\n## ")[0]
    for name in TOUCHPOINT_TABLES:
        assert re.search(rf"^\| `(\[*touchpoints\.)?{name}\]*` \|", section, re.MULTILINE), name
