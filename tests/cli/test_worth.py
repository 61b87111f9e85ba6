"""removal, decisive, whatif and times as they look at the prompt, and what they say to mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from journeymap.cli.cells import duration, points, table_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--to", "0.1", "--to-best", "--by", "region"], "Give one of the two: --to SHARE, or --to-best"),
        ([], "Give one of the two"),
        (["--to-best"], "or segments, to take the best level's (--to-best --by SEGMENT)"),
        (["--to", "10"], "--to"),
    ],
)
def test_what_whatif_needs(words: list[str], part: str, store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("whatif", store, "--at", "cart", *words, COLUMNS="200")
    assert (result.exit_code, result.stdout) == (2, "")
    assert part in result.stderr
    assert "Traceback" not in result.stderr


def test_a_slip_of_the_pen(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("whatif", store, "--at", "delivry", "--to", 0.1)
    assert result.exit_code == 2
    assert "--at: there is no touchpoint 'delivry'. Did you mean 'delivery'?" in result.stderr


def test_the_assumption_is_said_once_and_stands_in_json(store: Path, journeymap: Callable[..., Result]) -> None:
    words = ("whatif", store, "--at", "cart", "--to-best", "--by", "region")
    table = journeymap(*words)
    assert table.stderr.count("If the drop-off at cart fell to 1.8 % of its visits, as in west, those who stayed") == 1
    assert "If the drop-off" not in table.stdout
    assert journeymap(*words, "--format", "json").stdout.count("If the drop-off") == 5


def test_where_nothing_can_be_said_that_is_said(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    source = tmp_path / "e.csv"
    source.write_text(
        "customer_id,timestamp,event,kind\nA,2026-01-01,trap,x\nB,2026-01-01,order,y\nC,2026-05-01,order,z\n",
        encoding="utf-8",
    )
    result = journeymap("whatif", source, "--goal", "order", "--at", "trap", "--to", 0, "--by", "kind")
    assert result.exit_code == 0, result.output
    assert "Nothing can be said where nobody comes, or everybody drops: kind x: trap; kind y: trap." in result.stderr
    assert len(result.stdout.splitlines()) == 3


def test_where_the_chain_does_not_hold_that_is_said(
    tmp_path: Path, store: Path, journeymap: Callable[..., Result]
) -> None:
    """Who comes to the meeting by an advert orders, who comes by a letter never does."""
    rows = [
        f"{name}{at},2026-01-0{day},{event}"
        for at in range(20)
        for name, way in (("a", ("advert", "meeting", "order")), ("b", ("letter", "meeting")))
        for day, event in enumerate(way, start=1)
    ]
    source = tmp_path / "e.csv"
    source.write_text("\n".join(["customer_id,timestamp,event", *rows, "z,2026-05-01,x"]), encoding="utf-8")
    said = journeymap("removal", source, "--goal", "order").stderr
    assert "Note: advert: by the chain 50.0 % of the conversions come by it, by the count 100.0 %." in said
    assert "by the chain" not in journeymap("removal", store, "--by", "region").stderr


def test_nobody_is_no_fault(store: Path, journeymap: Callable[..., Result]) -> None:
    for words in (["removal"], ["decisive"], ["whatif", "--at", "cart", "--to", "0"], ["times"]):
        result = journeymap(words[0], store, *words[1:], "--until", "2020-01-01")
        assert (result.exit_code, result.stdout) == (0, ""), result.output
        assert "There are no " in result.stderr


def test_without_a_goal(events: Path, journeymap: Callable[..., Result]) -> None:
    source = events.with_name("without.csv")
    source.write_text(events.read_text(encoding="utf-8").replace("order", "tea"), encoding="utf-8")
    for words in (["whatif", "--at", "café", "--to", "0"], ["times"]):
        result = journeymap(words[0], source, *words[1:])
        assert result.exit_code == 2
        assert "has no goal, so no journey in it converts." in result.stderr
    assert journeymap("times", source, "--event", "return").exit_code == 0


def test_an_interval_looks_as_its_column_does_and_is_one_column() -> None:
    records = [
        {"change": 0.1, "change_low": 0.05, "change_high": 0.15, "seconds": 60.0, "seconds_low": 30.0,
         "seconds_high": None},
        {"change": None, "change_low": None, "change_high": None, "seconds": 60.0, "seconds_low": None,
         "seconds_high": 7200.0},
    ]  # fmt: skip
    columns = table_columns(list(records[0]), records, n_levels=0)
    assert [column.heading for column in columns] == ["change", "95 % interval", "time", "95 % interval"]
    assert [column.cells for column in columns] == [
        [points(0.1), ""], ["+5.0 to +15.0 pp", ""], [duration(60)] * 2, ["over 30 s", "up to 2.0 h"],
    ]  # fmt: skip
