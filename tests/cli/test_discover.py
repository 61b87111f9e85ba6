"""``segments STORE discover``, ``assign`` and ``rank`` as they are typed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

import journeymap as jm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Typed = Callable[..., Result]

FEW = ("--clusters", "2", "--resamples", "0", "--where", "region=south")


@pytest.fixture
def own(store: Path, tmp_path: Path) -> Path:
    """Give a store to write to."""
    path = tmp_path / "shop.duckdb"
    shutil.copy(store, path)
    return path


def test_the_table_is_that_of_python(store: Path, journeymap: Typed) -> None:
    result = journeymap("segments", store, "discover", *FEW, "--format", "json")
    assert result.exit_code == 0, result.output
    records = json.loads(result.stdout)
    with jm.open(store) as shop:
        frame = shop.where(region="south").discover(n_clusters=2, n_resamples=0).to_frame()
    assert [record["cluster"] for record in records] == frame["cluster"].tolist()
    assert [record["conversion_rate"] for record in records] == frame["conversion_rate"].tolist()
    assert [record["path"] for record in records] == frame["path"].tolist()
    assert {record["stability"] for record in records} == {None}
    assert "By BIC there would be 1" in result.stderr


def test_clusters_are_saved_asked_and_assigned_anew(own: Path, tmp_path: Path, journeymap: Typed) -> None:
    model = tmp_path / "model.json"
    saved = journeymap("segments", own, "discover", *FEW, "--save", "behaviour", "--save-model", model)
    assert saved.exit_code == 0, saved.output
    assert "--by behaviour" in saved.stderr
    asked = json.loads(journeymap("outcomes", own, "--by", "behaviour", "--format", "json").stdout)
    assert [record["behaviour"][:6] for record in asked][-1] == "(none)"
    assert sum(record["customers"] for record in asked) == 2999
    assigned = journeymap("segments", own, "assign", "behaviour", "--format", "json")
    counts = json.loads(assigned.stdout)
    assert (counts["customers"], counts["changed"]) == (2999, 0)
    assert counts["new"] == asked[-1]["customers"]
    again = journeymap("segments", own, "discover", "--model", model, "--save", "old", "--format", "json")
    assert again.exit_code == 0, again.output
    assert sum(record["customers"] for record in json.loads(again.stdout)) == 2999
    levels = [json.loads(journeymap("outcomes", own, "--by", name, "--format", "json").stdout) for name in
              ("old", "behaviour")]  # fmt: skip
    assert [one["customers"] for one in levels[0]] == [one["customers"] for one in levels[1]]


MISTAKES = {
    "a number that is none": (("discover", "--clusters", "few"), "neither a number nor 'auto'"),
    "no clusters": (("discover", "--clusters", "0"), "number from 1 on"),
    "a name that is taken": (("discover", "--save", "region"), "'region' is taken"),
    "a name of a fact": (("discover", "--save", "purchases"), "'purchases' is taken"),
    "a model that is not there": (("discover", "--model", "none.json"), "There is no file none.json"),
    "a model and a number": (("discover", "--model", "none.json", "--clusters", "2"), "number of clusters"),
    "a folder that is not there": (("discover", *FEW, "--save-model", "no/such/m.json"), "cannot be written"),
    "clusters that are not kept": (("assign", "behaviour"), "No clusters are kept as 'behaviour'"),
    "a segment that is not there": (("rank", "regoin"), "Did you mean 'region'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_end_with_a_message(mistake: str, own: Path, journeymap: Typed) -> None:
    words, said = MISTAKES[mistake]
    state = own.read_bytes()
    result = journeymap("segments", own, *words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stdout == ""
    assert own.read_bytes() == state


def test_raw_files_have_nowhere_to_save(events: Path, journeymap: Typed) -> None:
    result = journeymap("segments", events, "discover", "--save", "behaviour")
    assert result.exit_code == 2
    assert "in memory" in result.stderr
    assert "journeymap ingest" in result.stderr


def test_the_ranking_is_that_of_python(store: Path, journeymap: Typed) -> None:
    words = ("region", "gender", "--permutations", "20", "--rank-by", "paths")
    result = journeymap("segments", store, "rank", *words, "--format", "json")
    assert result.exit_code == 0, result.output
    with jm.open(store) as shop:
        found = shop.rank_segments("region", "gender", n_permutations=20, rank_by="paths")
    assert [record["path_p"] for record in json.loads(result.stdout)] == [one.path_p for one in found.effects]
    table = journeymap("segments", store, "rank", *words).stdout
    assert "path q" in table
    assert "path p" not in table


@pytest.mark.parametrize("command", ["discover", "assign", "rank"])
def test_help_says_what_it_does_with_an_example(command: str, journeymap: Typed) -> None:
    result = journeymap("segments", "x", command, "--help", COLUMNS="80")
    assert result.exit_code == 0, result.output
    assert f"Example: journeymap segments shop.duckdb {command}" in " ".join(result.stdout.split())
    assert max(len(line) for line in result.stdout.splitlines()) <= 80
