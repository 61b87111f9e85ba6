"""``journeymap compare``."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from journeymap.compare.levels import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from journeymap.api import Journeys


def test_levels_are_several_words(store: Path, shop: Journeys, journeymap: Callable[..., Result]) -> None:
    result = journeymap(
        "compare", store, "--segment", "region", "--levels", "north", "south", "--format", "json", "--top", 1000
    )
    assert result.exit_code == 0, result.output
    records = json.loads(result.stdout)
    frame = shop.compare("region", ["north", "south"])
    assert len(records) == len(frame)
    assert tuple(records[0]) == COLUMNS
    for record, row in zip(records, frame.to_dict("records"), strict=True):
        assert (record["what"], record["place"], record["target"]) == (row["what"], row["place"], row["target"])
        assert record["hits_a"] is None or record["hits_a"] == row["hits_a"]
        assert record["difference"] is None or record["difference"] == row["difference"]
    assert records[0]["verdict"] == "differs"


def test_the_table_is_for_people(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("compare", store, "--segment=region", "--levels", "south", "--top", 3)
    lines = result.stdout.splitlines()
    assert len(lines) == 4
    assert "-46.2 pp" in lines[2]
    assert "-50.5 to -41.6 pp" in lines[2]
    assert "40.2 %" in lines[2]
    assert "south against (rest): 262 places were looked at, 17 differ clearly. 260 rows are" in result.stderr
    assert "all of them: --top 263." in result.stderr
    assert "Still open are 14.6 % of the mature journeys of 'south' and 9.5 % of those of '(rest)'" in result.stderr


def test_periods_steps_and_the_least_effect(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap(
        "compare", store, "--before", "2026-05-11", "--until", "2026-05-18", "--step", "cart", "--step", "order",
        "--least-effect", 0.5, "--format", "csv", "--top", 1000,
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    clear = [(row["place"], row["target"]) for row in rows if row["verdict"] in ("higher", "lower")]
    assert clear == [("payment", "payment_error"), ("payment", "order"), ("open", "")]
    assert [row["target"] for row in rows if row["what"] == "step"] == ["order"]


def test_mix_effects(store: Path, journeymap: Callable[..., Result]) -> None:
    words = ("compare", store, "--segment", "region", "--levels", "south", "--within", "device")
    records = json.loads(journeymap(*words, "--format", "json").stdout)
    assert [record["level"] for record in records] == ["desktop", "mobile", "tablet", "(none)", "(all)"]
    whole = records[-1]
    assert whole["mix_effect"] + whole["rate_effect"] == pytest.approx(whole["difference"])
    assert not whole["is_reversed"]
    table = journeymap(*words).stdout.splitlines()
    assert table[0].split()[:1] == ["level"]
    assert "-17.3 pp" in table[-1]


def test_the_paradox_is_told(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    lines, people = ["customer_id,timestamp,event"], ["customer_id,side,size"]
    for side, size, good, everyone in (("a", "s", 8, 9), ("a", "l", 19, 26), ("b", "s", 23, 27), ("b", "l", 5, 8)):
        for at in range(everyone):
            name = f"{side}{size}{at}"
            people.append(f"{name},{side},{size}")
            lines.append(f"{name},2026-01-01T10:00:00Z,visit")
            lines += [f"{name},2026-01-02T10:00:00Z,order"] if at < good else []
    lines.append("z,2026-06-01T10:00:00Z,visit")
    (tmp_path / "events.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "people.csv").write_text("\n".join(people), encoding="utf-8")
    result = journeymap(
        "compare", tmp_path / "events.csv", "--customers", tmp_path / "people.csv", "--segment", "side", "--levels",
        "a", "b", "--within", "size",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Simpson's paradox: 'a' converts 2.9 points worse than 'b', but in no level of 'size' so." in result.stderr
    assert "yes" in result.stdout.splitlines()[-1]


def test_a_segment_can_be_defined_on_the_spot(store: Path, shop: Journeys, journeymap: Callable[..., Result]) -> None:
    words = ("compare", store, "--segment", "years=age: 25, 60", "--levels", "under 25", "--format", "json", "--top", 9)
    records = json.loads(journeymap(*words).stdout)
    frame = shop.define("years", "age: 25, 60").compare("years", "under 25")
    assert {(record["a"], record["b"]) for record in records} == {("under 25", "(rest)")}
    assert [record["difference"] for record in records[1:]] == frame["difference"].tolist()[1:9]
    apart = journeymap(*words, "--segment", "region", "--levels", "south")
    assert "The segment 'region' has no level 'under 25'" in apart.stderr
    within = journeymap(
        "compare", store, "--segment", "region", "--levels", "south", "--segment", "years=age: 25, 60", "--within",
        "years",
    )  # fmt: skip
    assert [line.split("  ")[0] for line in within.stdout.splitlines()[1:]] == [
        "under 25", "25 to 59", "60 and over", "(none)", "(all)",
    ]  # fmt: skip


def test_a_picture_is_drawn(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    path = tmp_path / "south.svg"
    result = journeymap("compare", store, "--segment", "region", "--levels", "south", "--top", 1, "--out", path)
    assert result.exit_code == 0, result.output
    assert f"Wrote {path}." in result.stderr
    assert "What differs: south against (rest)" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "neither was named"),
        (["--segment", "region", "--before", "2026-05-11"], "not both"),
        (["--segment", "region", "--levels", "nort"], "Did you mean 'north'"),
        (["--segment", "region", "--levels", "north", "north"], "cannot be compared"),
        (["--segment", "region", "--levels", "north", "--within", "region"], "what is compared"),
        (
            ["--segment", "region", "--levels", "north", "--within", "device", "--out", "x.png"],
            "takes the conversion apart",
        ),
        (["--segment", "region", "--levels", "a", "b", "c", "--within", "device"], "not 3"),
        (["--segment", "region", "--segment", "device"], "2 are named: region, device"),
        (["--after", "May"], "'May' is no date"),
        (["--segment", "region", "--out", "x.png"], "levels, and two sides are compared"),
        (["--segment", "region", "--within", "device"], "levels, and two sides are compared"),
        (["--segment", "region", "--window", "7d"], "--window is what a funnel may take"),
    ],
)
def test_mistakes(
    store: Path, journeymap: Callable[..., Result], words: list[str], said: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result = journeymap("compare", store, *words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert not list(tmp_path.iterdir())


def test_the_style_of_maps_points_here(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("map", store, "--style", "difference", "--out", tmp_path / "maps")
    assert result.exit_code == 2
    assert "journeymap compare STORE --segment" in result.stderr
