"""Run the contestants in turn in one run, and write times, ratios and peak memory as a table."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from contestants import CONTESTANTS

HERE = Path(__file__).parent
NAMES = ("journeymap", "by hand")


def main() -> None:
    """Make the data where it is missing, run everything, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=500_000, help="500,000 make about 10 million events")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="keep the table in benchmarks/results/")
    chosen = parser.parse_args()
    data = make_data(chosen.customers)
    lines = [describe_machine(), ""]
    lines += ["| question | contestant | median s | all s | peak MB | rows |", "|---|---|---|---|---|---|"]
    ratios = []
    for question in CONTESTANTS:
        results: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
        for _ in range(chosen.repeats):
            for at, name in enumerate(NAMES):
                # Both ask the store that journeymap wrote; each writes a store of its own.
                store = data / ("by-hand.duckdb" if question == "ingest" and at else "shop.duckdb")
                results[name].append(run_one(question, at, data, store))
        rows = {name: {int(result["rows"]) for result in found} for name, found in results.items()}
        if rows[NAMES[0]] != rows[NAMES[1]]:
            raise SystemExit(f"{question}: the contestants do not agree: {rows}")
        for name, found in results.items():
            times = [result["seconds"] for result in found]
            peak = max(result["peak_mb"] for result in found)
            listed = ", ".join(f"{seconds:.2f}" for seconds in times)
            lines.append(
                f"| {question} | {name} | {median(times):.2f} | {listed} | {peak:,.0f} | {int(found[0]['rows']):,} |"
            )
        pairs = zip(results[NAMES[0]], results[NAMES[1]], strict=True)
        each = [first["seconds"] / second["seconds"] for first, second in pairs]
        ratios.append(f"{question}: journeymap / by hand = {median(each):.2f} (each repeat: "
                      + ", ".join(f"{ratio:.2f}" for ratio in each) + ")")  # fmt: skip
    lines += ["", *ratios]
    table = "\n".join(lines)
    print(table)
    if chosen.keep:
        name = f"{datetime.now(UTC):%Y-%m-%d}-{chosen.customers}-customers.md"
        (HERE / "results" / name).write_text(table + "\n", encoding="utf-8")


def make_data(customers: int) -> Path:
    """Make the sample shop of that size as Parquet, where it is not there yet."""
    from journeymap.datasets import generate_shop

    folder = HERE / "data" / f"{customers}-customers"
    if not (folder / "stories.json").exists():
        folder.parent.mkdir(exist_ok=True)
        generate_shop(folder, customers=customers, file_format="parquet")
    return folder


def run_one(question: str, which: int, data: Path, store: Path) -> dict[str, float]:
    """Run one contestant in a process of its own."""
    command = [sys.executable, str(HERE / "contestants.py"), question, str(which), str(data), str(store)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def describe_machine() -> str:
    """Say what the table was measured with."""
    import os

    libraries = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pyarrow", "pandas"))
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {libraries}"


if __name__ == "__main__":
    main()
