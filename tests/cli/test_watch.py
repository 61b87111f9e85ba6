"""``periods``, ``watch`` and ``variants`` at the prompt: what they print, how they end, and people's mistakes."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from journeymap.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from journeymap.api import Journeys


def test_periods_are_the_same_numbers_as_in_python(
    store: Path, shop: Journeys, journeymap: Callable[..., Result]
) -> None:
    printed = json.loads(
        journeymap("periods", store, "--by", "region", "--period", "month", "--format", Format.JSON).stdout
    )
    frame = shop.over_time("region", period="month")
    assert [row["share"] for row in printed] == pytest.approx(frame["share"].tolist())
    assert [row["in_time"] for row in printed] == frame["in_time"].tolist()
    young = next(row for row in printed if row["state"] == "maturing")
    assert young["in_time_rate"] is None
    moved = list(
        csv.DictReader(
            io.StringIO(
                journeymap(
                    "periods", store, "--by", "region", "--period", "month", "--show", "migration", "--format", "csv"
                ).stdout
            )
        )
    )
    assert [int(row["customers"]) for row in moved] == shop.migration("region", last=1)["customers"].tolist()


def test_no_alert_prints_nothing_for_cron(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("watch", store, "--by", "region", "--period", "month")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "18 checks, no alert" in result.stderr
    assert journeymap("watch", store, "--format", "json").stdout == "[]\n"


def test_an_alert_is_one_line_and_exit_status_1(store: Path, shop: Journeys, journeymap: Callable[..., Result]) -> None:
    asked = ("watch", store, "--by", "lifecycle", "--period", "month", "--max-share-change", "0.1")
    result = journeymap(*asked)
    assert result.exit_code == 1
    heading, *lines = result.stdout.splitlines()
    assert heading.split("  ")[0] == "what"
    assert len(lines) == 1
    assert lines[0].split()[:3] == ["share", "new", "2026-06"]
    every = json.loads(journeymap(*asked, "--all", "--format", "json").stdout)
    assert len(every) == 15
    (record,) = [row for row in every if row["is_alert"]]
    (check,) = shop.watch("lifecycle", period="month", share_change=0.1).alerts
    assert (record["change"], record["q_value"], record["limit"]) == (check.change, check.q_value, 0.1)
    assert every[0] == record


def test_a_baseline_that_is_kept_and_held_against(
    store: Path, tmp_path: Path, journeymap: Callable[..., Result]
) -> None:
    file = tmp_path / "pains.json"
    kept = journeymap("watch", store, "--save-baseline", file)
    assert kept.exit_code == 0
    assert "places and levels is in" in kept.stderr
    assert '"kind": "failed_search", "place": "search without a find"' in file.read_text(encoding="utf-8")
    file.write_text('{"format": "journeymap pain points 1", "findings": []}', encoding="utf-8")
    result = journeymap("watch", store, "--against", file)
    assert result.exit_code == 1
    assert "pain point  failed_search: search without a find" in result.stdout


def test_a_sample_ratio_is_warned_of(store: Path, journeymap: Callable[..., Result]) -> None:
    asked = ("variants", store, "--variant", "gender", "--control", "female", "--treatment", "male")
    result = journeymap(*asked)
    assert result.exit_code == 0
    assert "Sample ratio mismatch: 1,451 customers should have been given 'male', and 1,340 were." in result.stderr
    assert "mismatch" not in journeymap(*asked, "--ratio", "1562:1340").stderr
    by = journeymap(*asked, "--by", "region", "--format", "json")
    assert [row["region"] for row in json.loads(by.stdout)] == ["(all)", "east", "north", "south", "west", "(none)"]
    assert "Whether it makes the same difference in every level: p 0." in by.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["periods", "--by", "regoin"], "There is no segment 'regoin'. Did you mean"),
        (["periods", "--show", "drift"], "A mix is of the levels of a segment."),
        (["periods", "--show", "migration"], "Customers move between the levels of a segment."),
        (
            ["periods", "--show", "drift", "--period", "quarter", "--by", "region", "--since", "2026-04-01"],
            "one quarter",
        ),
        (["periods", "--among", "active"], "--among is about customers who move."),
        (["periods", "--kind", "error"], "--kind is about pain points."),
        (["watch", "--period", "quarter"], "1 whole quarter: there are no two to compare."),
        (["watch", "--since", "2027-01-01"], "There are no events between these dates."),
        (["watch", "--against", "nowhere.json"], "The baseline nowhere.json cannot be read"),
        (["variants", "--variant", "regoin"], "There is no segment 'regoin'. Did you mean"),
        (["variants", "--variant", "region"], "'region' gives 4 variants, and two are compared: east, north, south"),
        (["variants", "--variant", "lifecycle"], "follows from what customers do"),
        (
            ["variants", "--variant", "gender", "--control", "men", "--treatment", "male"],
            "no customer the variant 'men'",
        ),
        (["variants", "--variant", "gender", "--ratio", "half"], "--ratio: 'half' is no ratio."),
        (
            ["variants", "--variant", "gender", "--where", "gender=male"],
            "only gives 'male': two variants are compared.",
        ),
    ],
)
def test_mistakes_are_said_once_and_plainly(
    words: list[str], said: str, store: Path, journeymap: Callable[..., Result]
) -> None:
    result = journeymap(words[0], store, *words[1:])
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_too_few_mature_periods_are_said(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("watch", store, "--period", "month", "--as-of", "2026-05-31T23:59")
    assert result.exit_code == 2  # April alone: May lacks its last minute
    result = journeymap("watch", store, "--period", "month", "--as-of", "2026-06-01")
    assert result.exit_code == 0
    assert "Conversion is not compared, since 1 whole month of the data is mature" in result.stderr
