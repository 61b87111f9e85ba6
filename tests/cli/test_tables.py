"""Tables on a terminal: what fits, what is folded, what is left out."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING

import pytest

from journeymap.cli.cells import table_columns
from journeymap.cli.filenames import file_stems, slug
from journeymap.cli.fitting import BETWEEN, fit_columns
from journeymap.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

TERMINAL = {"FORCE_COLOR": "1", "COLUMNS": "80", "TERM": "xterm"}


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    "words",
    [
        ["outcomes", "--by", "region"], ["touchpoints"], ["transitions"], ["dropoff", "--by", "region,device"],
        ["funnel", "--step", "product,cart,checkout,order", "--by", "age_band"], ["paths", "--top", "40"],
        ["painpoints", "--by", "region"], ["segments"],
    ],
)  # fmt: skip
def test_eighty_columns_are_enough(words: list[str], store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap(words[0], store, *words[1:], **TERMINAL)
    assert result.exit_code == 0, result.output
    text = plain(result.stdout)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "…" not in text
    assert "\x1b[1m" in result.stdout


def test_names_stay_whole(store: Path, journeymap: Callable[..., Result]) -> None:
    text = plain(journeymap("transitions", store, **TERMINAL).stdout)
    for name in ("return_request", "newsletter_signup", "voucher_problem"):
        assert name in text


def test_what_is_left_out_is_said(store: Path, journeymap: Callable[..., Result]) -> None:
    narrow = journeymap("painpoints", store, "--by", "region", **TERMINAL)
    assert "left out: kind," in narrow.stderr
    wide = journeymap("painpoints", store, "--by", "region", **TERMINAL | {"COLUMNS": "200"})
    assert "left out" not in wide.stderr


def test_the_immature_are_always_there(store: Path, journeymap: Callable[..., Result]) -> None:
    for words in (["outcomes"], ["funnel", "--step", "product,cart,order"]):
        text = plain(journeymap(words[0], store, *words[1:], "--by", "region", **TERMINAL).stdout)
        assert "immature" in text


def test_numbers_are_never_cut() -> None:
    records = [{"place": "x" * 100, "customers": 1234567, "rate": 0.5, "ci_low": None, "ci_high": None}]
    columns = table_columns(list(records[0]), records, n_levels=0)
    for width in (5, 30, 60, 200):
        fitted = fit_columns(columns, width)
        widths = {column.name: chosen for column, chosen in fitted.columns}
        assert widths["customers"] == 9
        assert widths["place"] >= 12
        if width >= 60:
            assert sum(widths.values()) + BETWEEN * (len(widths) - 1) <= width


def test_a_level_may_have_the_name_of_a_field() -> None:
    records = [{"kind": "0.5", "rate": 0.5}]
    columns = table_columns(["kind", "rate"], records, n_levels=1)
    assert [(column.cells, column.is_number) for column in columns] == [(["0.5"], False), (["50.0 %"], True)]
    assert [column.name for column, _ in fit_columns(columns, 10).columns] == ["kind", "rate"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("north", "north"), ("60 and over", "60-and-over"), ("São Paulo/SP", "São-Paulo-SP"), ("東京", "東京"),
        ("हिन्दी", "हिन्दी"), ("a\x00b\n", "a-b"), ("..", "x"), ("CON:", "CON"), ("e\u0301", "é"), ("< 5 %", "5"),
    ],
)  # fmt: skip
def test_slugs(text: str, name: str) -> None:
    assert slug(text) == name


def test_no_two_levels_share_a_file() -> None:
    levels = ["a/b", "a b", "A-B", "a-b-2", "x" * 300, "x" * 301]
    stems = file_stems([(("segment", level),) for level in levels])
    assert len({stem.casefold() for stem in stems}) == len(levels)
    assert max(len(stem.encode()) for stem in stems) < 200
    assert file_stems([(("region", "north"), ("device", "app"))]) == ["region-north_device-app"]


def test_a_bar_on_a_terminal_and_silence_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, shown in ((Screen(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress() as told:
            assert (told is not None) == shown
            if told is not None:
                told("reading [files]", 0.5)
        assert ("reading [files]" in stream.getvalue()) == shown
