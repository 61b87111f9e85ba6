"""Whatever goes wrong: one clear message on stderr, the right exit status, and the store as it was."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import pytest

from journeymap.datasets import generate_shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

HEADER = "customer_id,timestamp,event\n"
BAD_SOURCES: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "is empty"),
    "header.csv": (HEADER.encode(), "no row below the header"),
    "binary.csv": (bytes(range(256)) * 20, "binary file"),
    "binary.parquet": (bytes(range(256)) * 20, "not a Parquet file"),
    "wrong.csv": ("kéy,timestamp,event\n1,2026-01-01,a\n".encode("latin-1"), "--encoding latin-1"),
    "utf16.csv": ((HEADER + "1,2026-01-01,a\n").encode("utf-16"), "--encoding utf-16"),
    "columns.csv": (b"a,b\n1,2\n", "--customer COLUMN"),
    "ragged.csv": ((HEADER + "1\n2\n").encode(), "not one of 2 rows"),
    "never.csv": ((HEADER + "A,never,cart\n").encode(), "bad_time"),
}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def expect_message(result: Result, *parts: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith(("Error: ", "Settings: ", "Note: ")), result.stderr
    assert sum(line.startswith("Error: ") for line in result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr
    for part in parts:
        assert part in result.stderr


@pytest.fixture
def small(events: Path, journeymap: Callable[..., Result]) -> Path:
    path = events.with_name("small.duckdb")
    assert journeymap("ingest", events, "--into", path).exit_code == 0
    return path


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(name: str, small: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    content, part = BAD_SOURCES[name]
    source = tmp_path / name
    source.write_bytes(content)
    before, files = digest(small), sorted(tmp_path.iterdir())
    expect_message(journeymap("ingest", source, "--into", small), part)
    assert digest(small) == before
    expect_message(journeymap("ingest", source, "--into", tmp_path / "new.duckdb"), part)
    expect_message(journeymap("check", source), part)
    expect_message(journeymap("dropoff", source), part)
    left = [path for path in tmp_path.iterdir() if path not in files and not path.name.endswith(".lock")]
    assert left == []


def test_missing_sources(small: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    for missing in ("nope.csv", "nope/*.csv", "no.duckdb"):
        expect_message(journeymap("ingest", tmp_path / missing, "--into", small), "here ")
        expect_message(journeymap("dropoff", tmp_path / missing), "here ")
    expect_message(journeymap("dropoff", tmp_path / "no.duckdb"), "journeymap ingest SOURCE --into")
    for option in ("--customers", "--settings"):
        expect_message(journeymap("ingest", small.with_name("événements.csv"), option, "nope", "--into", small), "nope")


def test_stores_that_are_none(small: Path, events: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    text = tmp_path / "text.duckdb"
    text.write_text("hello", encoding="utf-8")
    other = tmp_path / "other.duckdb"
    duckdb.connect(str(other)).execute("CREATE TABLE x AS SELECT 1 AS a").close()
    newer = tmp_path / "newer.duckdb"
    newer.write_bytes(small.read_bytes())
    with duckdb.connect(str(newer)) as connection:
        connection.execute("UPDATE settings SET value = '99' WHERE name = 'schema_version'")
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(small.read_bytes()[:100])
    cases = ((text, "no journey store"), (other, "no journey store"), (newer, "newer"), (damaged, "cannot be opened"))
    for path, part in cases:
        before = digest(path)
        expect_message(journeymap("outcomes", path), part)
        expect_message(journeymap("ingest", events, "--into", path), part)
        assert digest(path) == before
    expect_message(journeymap("ingest", events, "--into", tmp_path), "is a folder")
    expect_message(journeymap("check", small), "is a journey store")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["dropoff", "--by", "regoin"], "Did you mean 'region'?"),
        (["dropoff", "--where", "region=nroth"], "Did you mean 'north'"),
        (["dropoff", "--where", "region = 'nroth'"], "Did you mean 'north'"),
        (["dropoff", "--where", "regoin=north"], "Did you mean 'region'?"),
        (["dropoff", "--where", "age >"], "--where"),
        (["funnel", "--step", "crat", "--step", "order"], "Did you mean 'cart'?"),
        (["funnel", "--step", "cart"], "two steps"),
        (["funnel", "--step", "cart,order", "--window", "soon"], "no length of time"),
        (["paths", "--from", "crat"], "Did you mean 'cart'?"),
        (["painpoints", "--after", "crat"], "Did you mean 'cart'?"),
        (["painpoints", "--after", "cart", "--without", "ordre"], "Did you mean 'order'?"),
        (["segments", "list", "regoin"], "Did you mean 'region'?"),
        (["outcomes", "--since", "yesterday"], "no date or time"),
        (["outcomes", "--since", "2026-05-01", "--until", "2026-04-01"], "before until"),
        (["outcomes", "--by", "region,region"], "twice"),
        (["outcomes", "--goal", "order"], "is a store"),
        (["map", "--out", "x", "--style", "networks"], "Did you mean 'network'?"),
        (["map", "--out", "x", "--style", "funnel"], "A funnel needs its steps."),
        (["map", "--out", "x", "--style", "funnel", "--step", "cart"], "two steps or more"),
        (["map", "--out", "x", "--style", "funnel", "--step", "cart,ordr"], "Did you mean 'order'?"),
        (["map", "--out", "x", "--style", "matrix", "--steps", "3"], "--steps does not belong to the style 'matrix'"),
        (["map", "--out", "x", "--style", "flow", "--window", "7d"], "It is for --style funnel; 'flow' has --steps"),
        (["map", "--out", "x", "--after", "cart"], "--after does not belong to the style 'network'"),
        (["map", "--out", "x", "--style", "flow", "--after", "crat"], "Did you mean 'cart'?"),
        (["map", "--out", "x", "--style", "steps", "--after", "cart", "--before", "order"], "contradict each other"),
        (["graph", "--out", "x.png"], ".graphml"),
    ],
)
def test_slips_of_the_pen(
    words: list[str],
    part: str,
    store: Path,
    tmp_path: Path,
    journeymap: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = digest(store)
    expect_message(journeymap(words[0], store, *words[1:]), part)
    assert digest(store) == before


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--goal", "purchase"], "never happens"),
        (["--final", "ordr"], "Did you mean 'order'?"),
        (["--customer", "customer"], "Did you mean 'customer_id'?"),
        (["--journey-gap", "month"], "no length of time"),
        (["--horizon", "10d"], "horizon"),
        (["--touchpoint", "event", "--touchpoint-name", "x"], "one of the two"),
        (["--encoding", "klingon"], "encoding"),
        (["--timezone", "Europe/Atlantis"], "timezone"),
        (["--value", "1; DROP TABLE events"], "--value"),
        (["--memory-limit", "much"], "2GB"),
    ],
)
def test_options_of_reading(
    words: list[str], part: str, events: Path, small: Path, journeymap: Callable[..., Result]
) -> None:
    before = digest(small)
    expect_message(journeymap("ingest", events, "--into", small.with_name("new.duckdb"), *words), part)
    expect_message(journeymap("outcomes", events, *words), part)
    assert not small.with_name("new.duckdb").exists()
    assert journeymap("ingest", events, "--into", small, *words).exit_code == 2
    assert digest(small) == before


def test_folders_that_cannot_be_written(
    events: Path, small: Path, tmp_path: Path, journeymap: Callable[..., Result]
) -> None:
    expect_message(journeymap("ingest", events, "--into", tmp_path / "no" / "s.duckdb"), "no folder")
    for words in (["map", small, "--out", events], ["map", small, "--out", events / "maps"]):
        expect_message(journeymap(*words), "--out")
    expect_message(journeymap("graph", small, "--out", tmp_path / "no" / "g.dot"), "cannot be written")
    expect_message(journeymap("generate", "--out", events), "cannot be written")
    expect_message(journeymap("demo", "--out", events), "cannot be made")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_leave_to_write(events: Path, small: Path, journeymap: Callable[..., Result]) -> None:
    before = digest(small)
    small.parent.chmod(0o555)
    try:
        expect_message(journeymap("ingest", events, "--into", small), "cannot be written")
        expect_message(journeymap("map", small, "--out", small.parent), "cannot be written")
    finally:
        small.parent.chmod(0o755)
    assert digest(small) == before


def test_usage_errors(store: Path, journeymap: Callable[..., Result]) -> None:
    for words in (
        ["nope"], ["dropoff"], ["dropoff", store, "--format", "xml"], ["dropoff", store, "--fail-over", "2"],
        ["funnel", store], ["ingest", store], ["paths", store, "--top", "0"], ["dropoff", store, "--end-at", "never"],
    ):  # fmt: skip
        result = journeymap(*words)
        assert result.exit_code == 2, result.output
        assert "Usage: " in result.stderr
        assert result.stdout == ""


def test_checks_that_fail(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("painpoints", store, "--by", "region", "--fail-over", 0.6)
    assert result.exit_code == 1
    assert "region south: after cart" in result.stderr
    assert "region north" not in result.stderr
    assert "south" in result.stdout
    assert journeymap("painpoints", store, "--by", "region", "--fail-over", 0.9).exit_code == 0
    failed = journeymap("dropoff", store, "--fail-over", 0.05, "--format", "json")
    assert failed.exit_code == 1
    assert "Over the limit of 5 %: email_open: the drop rate is at least" in failed.stderr
    assert journeymap("dropoff", store, "--fail-over", 0.5).exit_code == 0


def test_a_bug_is_called_a_bug(store: Path, journeymap: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    from journeymap.api import Journeys

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh no")

    monkeypatch.setattr(Journeys, "dropoff", fail)
    result = journeymap("dropoff", store)
    assert result.exit_code == 3
    assert "This is a bug in journeymap" in result.stderr
    assert "ZeroDivisionError: oh no" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in journeymap("dropoff", store, JOURNEYMAP_DEBUG="1").stderr
    assert "Traceback" in journeymap("--debug", "dropoff", store).stderr


@pytest.mark.parametrize(
    ("error", "status", "part"),
    [
        (PermissionError(13, "Permission denied", "x.csv"), 2, "x.csv: Permission denied"),
        (OSError(28, "No space left on device"), 2, "No space left on device"),
        (MemoryError(), 2, "--memory-limit"),
        (KeyboardInterrupt(), 130, "Interrupted; the store is as it was."),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_what_the_machine_does(
    error: BaseException,
    status: int,
    part: str,
    store: Path,
    journeymap: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from journeymap.api import Journeys

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Journeys, "dropoff", fail)
    result = journeymap("dropoff", store)
    assert result.exit_code == status
    assert part in result.stderr
    assert "Traceback" not in result.stderr


def test_names_cannot_command_the_terminal(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    source = tmp_path / "e.csv"
    source.write_text(HEADER + "A,2026-01-01,\x1b[2J[red]cart\nA,2026-01-02,:smile:\n", encoding="utf-8")
    for env in ({}, {"FORCE_COLOR": "1", "COLUMNS": "80"}):
        result = journeymap("touchpoints", source, **env)
        assert r"\x1b[2J[red]cart" in result.stdout
        assert ":smile:" in result.stdout
        assert "\x1b[2J" not in result.output


@pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")
def test_a_reader_that_leaves_early_is_no_error(store: Path) -> None:
    command = [sys.executable, "-m", "journeymap", "transitions", str(store), "--by", "city", "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Error" not in process.stderr.read()
        assert process.wait(60) in {0, 141}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupting_an_ingest_leaves_the_store_as_it_was(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    files = generate_shop(tmp_path / "large", customers=20_000)
    store = tmp_path / "shop.duckdb"
    assert journeymap("ingest", files.events[0], "--into", store).exit_code == 0
    before = digest(store)
    command = [sys.executable, "-m", "journeymap", "ingest", str(files.folder), "--into", str(store)]
    writing = store.with_name(f".{store.name}.writing")
    # Where the tests run in the background of a shell, interrupts are ignored, and a child would inherit that.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 - our own
        signal.signal(signal.SIGINT, heard)
        end = time.monotonic() + 60
        while not writing.exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert "Interrupted; the store is as it was." in said
    assert "Traceback" not in said
    assert digest(store) == before
    assert not writing.exists()


def test_a_word_that_is_no_choice_is_answered_with_the_choices(journeymap: Callable[..., Result]) -> None:
    said = journeymap("outcomes", "shop.duckdb", "--end-at", "foo")
    assert said.exit_code == 2
    assert "'foo' is not one of 'journey', 'goal'." in " ".join(said.stderr.split())
    assert "Value error" not in said.stderr


def test_an_empty_source_is_not_the_folder(tmp_path: Path, events: Path, journeymap: Callable[..., Result]) -> None:
    expect_message(journeymap("ingest", "", "--into", tmp_path / "new.duckdb"), "A source is an empty text")
    expect_message(journeymap("outcomes", events, ""), "A source is an empty text")


def test_goals_with_a_comma_between(events: Path, journeymap: Callable[..., Result]) -> None:
    expect_message(journeymap("outcomes", events, "--goal", "café,order"), "Give the option once for each: --goal A")


@pytest.mark.parametrize(("words", "name"), [(["map"], "[theme]"), (["watch"], "[watch]")])
def test_help_keeps_what_stands_in_brackets(words: list[str], name: str, journeymap: Callable[..., Result]) -> None:
    assert name in journeymap(*words, "--help").stdout


def test_lanes_have_no_detail(small: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("map", small, "--style", "lanes", "--detail", "5", "--out", tmp_path / "maps")
    expect_message(result, "--detail")
    assert not (tmp_path / "maps").exists()
