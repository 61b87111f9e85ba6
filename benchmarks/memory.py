"""A full ingest within a memory limit: peak memory, what was set aside on disk, by statement; and the progress told.

`python benchmarks/memory.py --customers 5000000 --memory-limit 2GB` puts 100 million events through 2 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from event_data import make_shop
from machine import describe_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SHOWN = 14
_POLL_SECONDS = 0.05


def main() -> None:
    """Ingest in a process of its own, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=500_000, help="500,000 make about 10 million events")
    parser.add_argument("--memory-limit", default="2GB", help="the most memory for the process")
    parser.add_argument("--data", type=Path, default=None, help="a folder of such events that is there already")
    parser.add_argument("--keep", action="store_true", help="keep the table in benchmarks/results/")
    parser.add_argument("--one", type=Path, default=None, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    data = chosen.data or make_shop(HERE / "data", chosen.customers)
    if chosen.one:
        print(json.dumps(ingest(data, chosen.one, chosen.memory_limit)))
        return
    folder = HERE / "data" / "memory"
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, "--data", str(data), "--memory-limit", chosen.memory_limit]
    done = subprocess.run(
        [*command, "--one", str(folder / "shop.duckdb")], check=True, stdout=subprocess.PIPE, text=True
    )
    table = "\n".join(report(json.loads(done.stdout.splitlines()[-1]), chosen.memory_limit))
    shutil.rmtree(folder)
    print(table)
    if chosen.keep:
        name = f"{datetime.now(UTC):%Y-%m-%d}-{data.name}-within-{chosen.memory_limit}.md"
        (HERE / "results" / name).write_text(table + "\n", encoding="utf-8")


def ingest(data: Path, store: Path, memory_limit: str) -> dict[str, Any]:
    """Read everything into a new store; the process measures itself."""
    import journeymap as jm
    import journeymap.api.opening

    store.unlink(missing_ok=True)
    told: list[tuple[float, float]] = []
    with _watched(store) as statements:
        began, cpu = time.perf_counter(), _cpu_seconds()
        with jm.ingest(
            sorted(str(path) for path in data.glob("events*.parquet")),
            into=store,
            settings=jm.load_settings(data / "journeymap.toml"),
            memory_limit=memory_limit,
            told=lambda _, share: told.append((time.perf_counter() - began, share)),
        ) as shop:
            seconds = time.perf_counter() - began
            events = shop.report.events
    shares = [share for _, share in told]
    return {
        "events": events, "seconds": seconds, "cpu_seconds": _cpu_seconds() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "store_mb": store.stat().st_size / 1e6, "statements": statements,
        "rises": shares == sorted(shares),
        "told": [next((at for at, share in told if share >= tenth / 10), seconds) / seconds for tenth in range(1, 10)],
    }  # fmt: skip


@contextmanager
def _watched(store: Path) -> Iterator[list[dict[str, Any]]]:
    """Note seconds, peak memory and megabytes on disk of each statement, those that begin alike together."""
    from journeymap.store.duckdb_engine import DuckdbEngine

    run, over = DuckdbEngine.execute, threading.Event()
    spill = store.with_name(f".{store.name}.writing.tmp")
    now = {"rss_mb": 0.0, "spill_mb": 0.0}
    found: dict[str, dict[str, Any]] = {}

    def watch() -> None:
        while not over.wait(_POLL_SECONDS):
            with suppress(OSError):
                now["rss_mb"] = max(now["rss_mb"], _rss_mb())
                now["spill_mb"] = max(now["spill_mb"], sum(item.stat().st_size for item in spill.iterdir()) / 1e6)

    def execute(self: DuckdbEngine, sql: str, values: object = None) -> object:
        now.update(rss_mb=_rss_mb(), spill_mb=0.0)
        began, cpu = time.perf_counter(), _cpu_seconds()
        try:
            return run(self, sql, values)  # type: ignore[arg-type]  # any values pass through
        finally:
            name = " ".join(sql.split())[:60]
            row = found.setdefault(name, {"sql": name, "n": 0, "seconds": 0, "cpu": 0, "rss_mb": 0, "spill_mb": 0})
            row["n"] += 1
            row["seconds"] += time.perf_counter() - began
            row["cpu"] += _cpu_seconds() - cpu
            row["rss_mb"], row["spill_mb"] = (max(row[item], now[item]) for item in ("rss_mb", "spill_mb"))

    DuckdbEngine.execute = execute  # type: ignore[method-assign]  # a stopwatch around it
    watching = threading.Thread(target=watch)
    watching.start()
    statements: list[dict[str, Any]] = []
    try:
        yield statements
    finally:
        over.set()
        watching.join()
        DuckdbEngine.execute = run  # type: ignore[method-assign]  # a stopwatch around it
        statements += sorted(found.values(), key=lambda row: -row["seconds"])[:SHOWN]


def report(run: dict[str, Any], memory_limit: str) -> list[str]:
    """Write the tables."""
    limit_mb = _megabytes(memory_limit)
    spilled = max(row["spill_mb"] for row in run["statements"])
    lines = [describe_machine(), "", f"{run['events']:,} events within --memory-limit {memory_limit}:", ""]
    lines += ["| seconds | CPU seconds | peak MB | peak / limit | most on disk besides, MB | store MB |"]
    lines += ["|---|---|---|---|---|---|"]
    peak_mb = run["peak_mb"]
    cells = [f"{run['seconds']:,.1f}", f"{run['cpu_seconds']:,.1f}", f"{peak_mb:,.0f}", f"{peak_mb / limit_mb:.2f}"]
    lines += ["| " + " | ".join([*cells, f"{spilled:,.0f}", f"{run['store_mb']:,.0f}"]) + " |"]
    rises = "It only rises." if run["rises"] else "It falls at times!"
    lines += [
        "",
        f"The share told. {rises}",
        "",
        "| told | " + " | ".join(f"{at / 10:.1f}" for at in range(1, 10)) + " |",
    ]
    lines += ["|---" * 10 + "|", "| of the time | " + " | ".join(f"{at:.2f}" for at in run["told"]) + " |", ""]
    lines += ["| statement | times | seconds | CPU seconds | peak MB | on disk MB |", "|---|---|---|---|---|---|"]
    return lines + [
        f"| `{row['sql']}` | {row['n']} | {row['seconds']:.1f} | {row['cpu']:.1f} | {row['rss_mb']:,.0f} "
        f"| {row['spill_mb']:,.0f} |"
        for row in run["statements"]
    ]


def _megabytes(limit: str) -> float:
    units = {"KB": 1e-3, "MB": 1.0, "GB": 1e3, "MiB": 1.048576, "GiB": 1073.741824}
    unit = next(unit for unit in units if limit.endswith(unit))
    return float(limit.removesuffix(unit)) * units[unit]


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system


if __name__ == "__main__":
    main()
