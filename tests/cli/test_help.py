"""Help that helps, and that is there at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from journeymap import __version__
from journeymap.cli import app
from journeymap.cli.options import Reading, Whom, takes_options

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from typer.testing import Result

COMMANDS = [
    "ingest", "check", "map", "outcomes", "touchpoints", "transitions", "dropoff", "funnel", "paths", "painpoints",
    "graph", "demo", "generate", "removal", "decisive", "whatif", "times", "compare",
    "periods", "watch", "variants",
]  # fmt: skip
HEAVY = ("pandas", "duckdb", "matplotlib", "numpy", "pyarrow", "sqlglot", "networkx", "scipy", "tomlkit", "pyspark")


def test_every_command_is_looked_at_here() -> None:
    assert sorted(str(command.name) for command in app.registered_commands) == sorted(COMMANDS)
    assert [group.name for group in app.registered_groups] == ["segments", "store"]


@pytest.mark.parametrize(
    "words",
    [[name] for name in COMMANDS]
    + [["segments"], ["segments", "x", "list"], ["segments", "x", "export"], ["segments", "x", "actions"], []]
    + [["store"], ["store", "export"], ["store", "import"]],
)
def test_help_says_what_it_does_with_an_example(words: list[str], journeymap: Callable[..., Result]) -> None:
    result = journeymap(*words, "--help", COLUMNS="80")
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert re.search(r"Example: journeymap \w+", text)
    assert max(len(line) for line in result.stdout.splitlines()) <= 80
    if len(words) == 1 and words[0] not in {"demo", "generate", "segments", "graph", "store"}:
        assert "rows" in text or "/" in text  # denominators are said


def test_the_example_is_a_command_that_parses(journeymap: Callable[..., Result]) -> None:
    for name in COMMANDS:
        text = " ".join(journeymap(name, "--help", COLUMNS="200").stdout.split())
        found = re.search(rf"Example: journeymap {name} ([^╭]*)", text)
        assert found is not None, name
        options = re.findall(r"--[a-z-]+", found.group(1))
        assert all(f"{option} " in text.replace(found.group(0), "") for option in options), name


def test_help_and_version_import_nothing_heavy(started: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    for words in (["--help"], ["--version"], ["funnel", "--help"], ["segments", "--help"], []):
        result = started(*words, PYTHONPROFILEIMPORTTIME="1")
        loaded = {
            line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")
        }
        assert "typer" in loaded
        assert not {name for name in loaded if name.partition(".")[0] in HEAVY}


def test_version(journeymap: Callable[..., Result]) -> None:
    result = journeymap("--version")
    assert (result.exit_code, result.stdout) == (0, f"journeymap {__version__}\n")


def test_a_process_of_its_own_ends_as_it_should(started: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    result = started("dropoff", "no-such.duckdb")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: There is no file no-such.duckdb.")


def test_options_keep_their_defaults() -> None:
    seen: list[object] = []

    @takes_options
    def command(whom: Whom, reading: Reading, more: int = 3) -> None:
        seen.extend([whom, reading, more])

    given = dict.fromkeys((*Whom.__annotations__, *Reading.__annotations__))
    command(**given | {"explain": False, "keep_duplicates": False, "more": 4, "goal": ["order"]})
    assert seen[0] == Whom()
    assert seen[1] == Reading(goal=["order"])
    assert Reading(goal=["order"], memory_limit="1GB").given() == ["--goal"]
