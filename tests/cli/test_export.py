"""``segments STORE export`` and ``actions``: files, notes, and what goes wrong."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

CART = ("--after", "cart", "--within", "24h", "--last", "7d")


def test_the_file_and_stdout_hold_the_same(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    path = tmp_path / "south.csv"
    asked = (*CART, "--where", "region=south", "--where", "used('email_open')", "--not-since", "order")
    written = journeymap("segments", store, "export", path, *asked)
    assert (written.exit_code, written.stdout) == (0, f"{path}\n"), written.output
    printed = journeymap("segments", store, "export", "-", *asked)
    assert printed.stdout == path.read_bytes().decode()
    assert printed.stderr == written.stderr
    assert [item.name for item in tmp_path.iterdir()] == ["south.csv"]
    rows = list(csv.DictReader(io.StringIO(printed.stdout)))
    assert written.stderr.splitlines() == [
        "Note: Levels, --where and --last are as of the data end, 2026-06-30 23:44 UTC.",
        "Note: 3 attempts are too young to judge and are not counted.",
        f"{len(rows)} customers.",
    ]
    assert list(rows[0]) == ["customer", "reason", "last_at", "times", "value", "next_action"]
    assert rows[0]["reason"] == f"abandoned: cart without order within 1d, {rows[0]['last_at'][:10]}"


def test_levels_by_segment_and_columns(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap(
        "segments", store, "export", "-", "--by", "lifecycle", "--level", "region=south", "--level", "region=east",
        "--columns", "customer,region", "--columns", "lifecycle,age,email", "--hash",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "there is no column 'email'" in result.stderr
    result = journeymap(
        "segments", store, "export", "-", "--by", "lifecycle", "--level", "region=south", "--level", "region=east",
        "--columns", "customer,region", "--columns", "lifecycle,age", "--hash",
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == ["customer", "region", "lifecycle", "age"]
    assert {row["region"] for row in rows} == {"south", "east"}
    assert {len(row["customer"]) for row in rows} == {64}
    assert "Note: Fewer than 5 customers, left out: lifecycle is loyal, region is east." in result.stderr


def test_reasons_of_one_customer_are_rows(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("segments", store, "export", "-", "--pain", "loop", "--at", "product", "--where", "age < 25")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len({row["customer"] for row in rows}) < len(rows)
    assert result.stderr.splitlines()[-1].endswith(f" customers in {len(rows)} rows, one per reason.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--level", "region"), "--level: 'region' is no level of a segment."),
        (("--level", "region=wets"), "The segment 'region' has no level 'wets'. Did you mean 'west'?"),
        (("--pain", "abandonment", "--at", "kart"), "Did you mean 'cart'?"),
        (("--pain", "anger"), "There is no pain point 'anger'."),
        (("--after", "cart", "--last", "7d"), "None of the 233 attempts of the last 7d can be judged yet"),
        (("--level", "lifecycle=lapsed"), "Nobody is in this audience."),
        (("--where", "customer_age > 3"), "names 'customer_age', which is not known."),
        (("--minimum", "4000"), "Fewer than 4000 customers are in '(all)'"),
    ],
)
def test_mistakes_write_nothing(
    words: tuple[str, ...], said: str, store: Path, tmp_path: Path, journeymap: Callable[..., Result]
) -> None:
    result = journeymap("segments", store, "export", tmp_path / "a.csv", *words)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    for name, said in (("none/a.csv", "there is no folder"), ("a.xls", "ends in neither .csv nor .parquet")):
        result = journeymap("segments", store, "export", tmp_path / name, "--level", "region=south")
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr
    assert not list(tmp_path.iterdir())


def test_actions(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("segments", store, "actions", "lifecycle", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["lifecycle"] for row in rows] == ["new", "prospect", "one-time", "repeat", "loyal", "at risk"]
    assert result.stderr == "Note: Fewer than 5 customers stand behind: loyal.\n"
    assert rows[3]["next_action"].endswith("for lifecycle repeat: 262 customers, 36.5 % of value")


def test_explain_shows_every_question(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("segments", store, "export", "-", *CART, "--explain")
    assert result.exit_code == 0
    assert "-- $window_us = 86400000000" in result.stderr
    assert "FROM audience_rows a" in result.stderr
