"""Commands over a large store within a memory limit: seconds and peak memory, each in a process of its own.

`python benchmarks/limited.py --events 100M --memory-limit 2GB` asks the store that `run.py --tasks store` made.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bounded import run_bounded
from machine import describe_machine
from sizes import parse_events, parse_megabytes, told_events

if TYPE_CHECKING:
    from bounded import Outcome

HERE: Final = Path(__file__).parent
COMMANDS: Final = (
    ("transitions",),
    ("transitions", "--by", "region"),
    ("transitions", "--by", "lifecycle"),
    ("touchpoints", "--by", "lifecycle"),
    ("dropoff", "--by", "region"),
    ("outcomes", "--by", "lifecycle"),
    ("funnel", "--step", "product", "--step", "cart", "--step", "order", "--window", "7d"),
    ("paths", "--by", "device"),
    ("painpoints", "--by", "region"),
    ("map", "--by", "region"),
)
_MOST_SECONDS: Final = 3600.0


def main() -> None:
    """Run the commands in turn, print the table, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=parse_events, default=10_000_000, help="the size of the store, such as 100M")
    parser.add_argument("--memory-limit", default="2GB", help="the most memory for each process")
    parser.add_argument(
        "--only", nargs="+", default=[], help="the commands to run, such as map; all of them unless said"
    )
    parser.add_argument("--keep", action="store_true", help="keep the table in benchmarks/results/")
    chosen = parser.parse_args()
    size = f"{told_events(chosen.events)}-ordered"
    store = HERE / "data" / "stores" / size / "journeymap.duckdb"
    if not store.is_file():
        parser.error(
            f"there is no store of {size}: python benchmarks/run.py --events ... --tasks store --only journeymap"
        )
    lines = [describe_machine(), "", f"{size}, each command within --memory-limit {chosen.memory_limit}:", "", *_HEAD]
    for words in COMMANDS:
        if not chosen.only or words[0] in chosen.only:
            lines.append(row(words, run(words, store, chosen.memory_limit), chosen.memory_limit))
            print(lines[-1], flush=True)
    if chosen.keep:
        name = f"{datetime.now(UTC):%Y-%m-%d}-{size}-questions-within-{chosen.memory_limit}.md"
        (HERE / "results" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(words: tuple[str, ...], store: Path, memory_limit: str) -> Outcome:
    """Run a command as its user would; pictures go to a folder that is taken away."""
    folder = Path(tempfile.mkdtemp(prefix="limited-"))
    try:
        pictures = ["--out", str(folder)] if words[0] == "map" else []
        command = [sys.executable, "-m", "journeymap", words[0], str(store), *words[1:], *pictures]
        return run_bounded([*command, "--memory-limit", memory_limit], most_mb=1e6, most_seconds=_MOST_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_HEAD: Final = ("| command | seconds | CPU seconds | peak MB | peak / limit | |", "|---|---|---|---|---|---|")


def row(words: tuple[str, ...], outcome: Outcome, memory_limit: str) -> str:
    """Write what a command took, and how it ended where it failed."""
    limit_mb = parse_megabytes(memory_limit)
    failed = "" if outcome.status == "done" else (outcome.error.strip().splitlines() or [outcome.status])[0]
    return (
        f"| `{' '.join(words)}` | {outcome.seconds:.1f} | {outcome.cpu_seconds:.1f} | {outcome.peak_mb:,.0f} "
        f"| {outcome.peak_mb / limit_mb:.2f} | {failed} |"
    )


if __name__ == "__main__":
    main()
