"""``painpoints``: what stands behind one, baselines, several segments in one go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

ONE = ("--each", "region", "--kind", "abandonment")


def test_evidence_says_what_stands_behind(store: Path, journeymap: Callable[..., Result]) -> None:
    listed = json.loads(journeymap("painpoints", store, *ONE, "--format", "json").stdout)
    result = journeymap("painpoints", store, *ONE, "--evidence", "1")
    assert result.exit_code == 0, result.output
    head, _, query = result.stdout.partition("\n\n--")
    assert head.startswith(f"abandonment: region {listed[0]['level']}: {listed[0]['place']}")
    assert f"{listed[0]['customers']:,} customers, {listed[0]['journeys']:,} journeys" in head
    for said in ("Counts", "Rate", "Shrunken rate", "Compared with", "Certainty", "Revenue at risk", "Opportunity"):
        assert f"\n{said}" in head
    assert "free shipping over a threshold" in head
    assert "\nExamples" in head
    assert "WITH" in query
    assert "FROM visits" in query


def test_evidence_of_what_is_not_there(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("painpoints", store, *ONE, "--evidence", "99")
    assert result.exit_code == 2
    assert "the list has 1 pain points" in result.stderr


def test_a_baseline_holds_against_itself(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    file = tmp_path / "baseline.json"
    saved = journeymap("painpoints", store, *ONE, "--save-baseline", file)
    assert saved.exit_code == 0
    assert f"The baseline of 1 pain points is in {file}" in saved.stderr
    again = journeymap("painpoints", store, *ONE, "--against", file)
    assert again.exit_code == 0
    assert "Nothing is new or worse" in again.stderr
    text = file.read_text(encoding="utf-8")
    document = json.loads(text)
    document["findings"][0] |= {"rate": 0.5, "ci_high": 0.55}
    file.write_text(json.dumps(document), encoding="utf-8")
    worse = journeymap("painpoints", store, *ONE, "--against", file)
    assert worse.exit_code == 1
    assert "Worse than the baseline: abandonment, region south: after cart" in worse.stderr
    assert "was 50.0 %" in worse.stderr
    document["findings"] = []
    file.write_text(json.dumps(document), encoding="utf-8")
    new = journeymap("painpoints", store, *ONE, "--against", file)
    assert new.exit_code == 1
    assert "New since the baseline: abandonment, region south" in new.stderr


@pytest.mark.parametrize("text", ["", "{}", '{"format": "other", "findings": []}', "[1]", '{"format": 1}'])
def test_what_is_no_baseline_is_refused(
    store: Path, tmp_path: Path, journeymap: Callable[..., Result], text: str
) -> None:
    file = tmp_path / "b.json"
    file.write_text(text, encoding="utf-8")
    result = journeymap("painpoints", store, *ONE, "--against", file)
    assert result.exit_code == 2
    assert "is no baseline of pain points" in result.stderr
    assert "Traceback" not in result.output


def test_files_that_cannot_be_read_or_written(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    missing = journeymap("painpoints", store, *ONE, "--against", tmp_path / "none.json")
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)
    unwritten = journeymap("painpoints", store, *ONE, "--save-baseline", tmp_path)
    assert (unwritten.exit_code, "cannot be written" in unwritten.stderr) == (2, True)


def test_what_a_detector_lacks_is_said(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    events = tmp_path / "e.csv"
    events.write_text("customer_id,timestamp,event\nA,2026-01-01,home\nA,2026-01-02,order\n", encoding="utf-8")
    result = journeymap("painpoints", events, "--kind", "low_score")
    assert result.exit_code == 0
    assert "Not looked for: low_score, since no event has a score." in result.stderr
    unknown = journeymap("painpoints", events, "--kind", "lowscore")
    assert unknown.exit_code == 2
    assert "Did you mean 'low_score'?" in unknown.stderr


def test_evidence_is_of_one_and_a_check_of_the_list(
    store: Path, tmp_path: Path, journeymap: Callable[..., Result]
) -> None:
    for words in (
        ["--fail-over", "0.01"],
        ["--against", tmp_path / "b.json"],
        ["--save-baseline", tmp_path / "b.json"],
    ):
        result = journeymap("painpoints", store, *ONE, "--evidence", "1", *words)
        assert result.exit_code == 2
        assert "--evidence shows one pain point" in result.stderr
    assert not (tmp_path / "b.json").exists()


def test_a_baseline_of_other_segments_is_refused(
    store: Path, tmp_path: Path, journeymap: Callable[..., Result]
) -> None:
    kept = tmp_path / "b.json"
    asked = ("painpoints", store, "--kind", "abandonment", "--all")
    assert journeymap(*asked, "--save-baseline", kept).exit_code == 0
    result = journeymap(*asked, "--by", "region", "--against", kept)
    assert result.exit_code == 2
    assert "was kept with no --by, and this is asked with --by region" in result.stderr


def test_a_pair_that_nothing_looks_like(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("customer,timestamp,event\na,2026-01-01,read\na,2026-01-02,subscribe\n", encoding="utf-8")
    result = journeymap("painpoints", log, "--goal", "subscribe", "--within", "2d")
    assert result.exit_code == 2
    assert "No touchpoint looks like a cart" in result.stderr
    assert "--after TOUCHPOINT" in result.stderr
