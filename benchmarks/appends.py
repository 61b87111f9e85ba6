"""What a day costs: a full ingest, then days that touch 1 % of the customers, by statement; then the questions' times.

Each day has new events of 1 % of the customers, late rows of theirs, new customers, and rows that are in the store
already. The copy of the file that a writer works on is timed apart: where the disk shares blocks it costs nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from event_data import make_shop
from machine import describe_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
FIRST_DAY = datetime(2026, 7, 1, tzinfo=UTC)  # the day after the generated shop's last
SHOWN = 12


def main() -> None:
    """Run each part in a process of its own, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=500_000, help="500,000 make about 10 million events")
    parser.add_argument("--days", type=int, default=30, help="days appended before the questions are asked again")
    parser.add_argument("--repeats", type=int, default=3, help="appends of the first day to a copy of the fresh store")
    parser.add_argument("--memory-limit", default=None)
    parser.add_argument("--keep", action="store_true", help="keep the table in benchmarks/results/")
    parser.add_argument("--label", default="appends", help="how the kept table's file name ends")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    data = make_shop(HERE / "data", chosen.customers)
    if chosen.one:
        part, store, *sources = chosen.one
        print(json.dumps(PARTS[part](data, Path(store), [Path(source) for source in sources], chosen.memory_limit)))
        return
    folder = data / "appends"
    folder.mkdir(exist_ok=True)
    days = [make_day(data, folder / f"day-{at:02}.parquet", at) for at in range(chosen.days)]
    fresh, grown = folder / "fresh.duckdb", folder / "grown.duckdb"

    def run(part: str, store: Path, sources: list[Path]) -> dict[str, float]:
        command = [sys.executable, __file__, "--customers", str(chosen.customers)]
        command += ["--memory-limit", chosen.memory_limit] if chosen.memory_limit else []
        done = subprocess.run(
            [*command, "--one", part, str(store), *map(str, sources)], check=True, capture_output=True, text=True
        )
        result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return result

    fresh.unlink(missing_ok=True)
    full = run("ingest", fresh, sorted(data.glob("events*.parquet")))
    before = run("ask", fresh, [])
    firsts = []
    for _ in range(chosen.repeats):
        shutil.copyfile(fresh, grown)
        firsts.append(run("ingest", grown, days[:1]))
    shutil.copyfile(fresh, grown)
    each = [run("ingest", grown, [day]) for day in days]
    after = run("ask", grown, [])
    once = folder / "once.duckdb"
    once.unlink(missing_ok=True)
    run("ingest", once, [*sorted(data.glob("events*.parquet")), *days])
    at_once = run("ask", once, [])
    table = "\n".join(_report(full, firsts, each, before, after, at_once, (fresh, grown, once)))
    print(table)
    for path in (fresh, grown, once):
        path.unlink()
    if chosen.keep:
        name = f"{datetime.now(UTC):%Y-%m-%d}-{chosen.customers}-customers-{chosen.label}.md"
        (HERE / "results" / name).write_text(table + "\n", encoding="utf-8")


def make_day(data: Path, path: Path, at: int) -> Path:
    """Write a day's rows: 1 % of the customers, a tenth of the rows late, some new customers, some rows repeated."""
    import duckdb

    start = (FIRST_DAY + timedelta(days=at)).strftime("%Y-%m-%d")
    source = f"read_parquet('{data}/events*.parquet')"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"""
            COPY (
                WITH chosen AS (
                    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY timestamp, event_id) AS nth
                    FROM {source}
                    WHERE timestamp >= TIMESTAMPTZ '2026-06-01' AND customer_id IS NOT NULL AND event_id IS NOT NULL
                    AND hash(customer_id) % 100 = {at * 37 % 100}
                ),
                fresh AS (
                    SELECT * REPLACE (
                        event_id + {(at + 1) * 1_000_000_000} AS event_id,
                        TIMESTAMPTZ '{start}' - CASE WHEN hash(event_id) % 10 = 0 THEN INTERVAL 45 DAY
                            ELSE INTERVAL 0 DAY END
                            + to_seconds(CAST(hash(customer_id, {at}) % 80000 + nth * 200 AS BIGINT)) AS timestamp,
                        CASE WHEN hash(customer_id, {at}) % 20 = 0 THEN customer_id || '-{at}' ELSE customer_id END
                            AS customer_id
                    ) FROM chosen WHERE nth <= 5
                )
                SELECT * EXCLUDE (nth) FROM fresh UNION ALL SELECT * EXCLUDE (nth) FROM chosen WHERE nth = 6
            ) TO '{path}' (FORMAT parquet)
        """)
    return path


def ingest(data: Path, store: Path, sources: list[Path], memory_limit: str | None) -> dict[str, object]:
    """Read sources into a store, statement by statement."""
    import journeymap as jm
    import journeymap.api.opening  # the start of the process is no part of a day

    with _timed_statements() as (statements, copies):
        began, cpu = time.perf_counter(), _cpu_seconds()
        settings = jm.load_settings(data / "journeymap.toml")
        files = [str(path) for path in sources]
        with jm.ingest(files, into=store, settings=settings, memory_limit=memory_limit) as shop:
            seconds, cpu_seconds = time.perf_counter() - began, _cpu_seconds() - cpu
            report = shop.report
    copied = sum(wall for wall, _ in copies), sum(cpu for _, cpu in copies)
    return {
        "seconds": seconds - copied[0], "cpu_seconds": cpu_seconds - copied[1], "copy_seconds": copied[0],
        "peak_mb": _peak_mb(), "read": report.read, "accepted": report.accepted, "duplicates": report.duplicates,
        "store_mb": store.stat().st_size / 1e6,
        "statements": sorted(statements.items(), key=lambda item: -item[1][0]),
    }  # fmt: skip


def ask(_data: Path, store: Path, _sources: list[Path], memory_limit: str | None) -> dict[str, object]:
    """Ask a few questions, each five times, and give the medians."""
    import journeymap as jm

    questions = {
        "transitions": lambda shop: shop.transitions(),
        "transitions by region": lambda shop: shop.transitions(by="region"),
        "drop-off": lambda shop: shop.dropoff(),
        "funnel": lambda shop: shop.funnel(["product", "cart", "checkout", "order"], window="7d"),
        "touchpoints since 1 July": lambda shop: shop.where(since="2026-06-25").touchpoints(),
    }
    found: dict[str, object] = {}
    with jm.open(store, memory_limit=memory_limit) as shop:
        for name, question in questions.items():
            times = []
            for _ in range(6):
                began = _cpu_seconds()
                question(shop)
                times.append(_cpu_seconds() - began)
            found[name] = median(times[1:])
    return found


PARTS = {"ingest": ingest, "ask": ask}


@contextmanager
def _timed_statements() -> Iterator[tuple[dict[str, tuple[float, float]], list[tuple[float, float]]]]:
    """Note the wall and CPU seconds of each statement, by its beginning, and of the copy of the store's file."""
    from journeymap.store import files
    from journeymap.store.duckdb_engine import DuckdbEngine

    run, copy = DuckdbEngine.execute, files.copy_file
    spent: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    copies: list[tuple[float, float]] = []

    def execute(self: DuckdbEngine, sql: str, values: object = None) -> object:
        began, cpu = time.perf_counter(), _cpu_seconds()
        try:
            return run(self, sql, values)  # type: ignore[arg-type]  # any values pass through
        finally:
            name = " ".join(re.sub(r"\s+", " ", sql).split(" "))[:70]
            wall, used = spent[name]
            spent[name] = wall + time.perf_counter() - began, used + _cpu_seconds() - cpu

    def copied(source: Path, target: Path) -> None:
        began, cpu = time.perf_counter(), _cpu_seconds()
        copy(source, target)
        # What the copy leaves to be written later would be waited for at the next checkpoint.
        with target.open("rb+") as file:
            os.fsync(file.fileno())
        copies.append((time.perf_counter() - began, _cpu_seconds() - cpu))

    DuckdbEngine.execute, files.copy_file = execute, copied  # type: ignore[method-assign]  # a stopwatch around it
    try:
        yield spent, copies
    finally:
        DuckdbEngine.execute, files.copy_file = run, copy  # type: ignore[method-assign]  # a stopwatch around it


def _report(
    full: dict, firsts: list[dict], each: list[dict], before: dict, after: dict, at_once: dict, paths: tuple[Path, ...]
) -> list[str]:
    """Write the tables."""
    lines = [describe_machine(), "", "| what | rows read | seconds | CPU seconds | copy seconds | peak MB | store MB |"]
    lines += ["|---|---|---|---|---|---|---|"]
    named = [("full ingest", full), *((f"a day, once more {at + 1}", run) for at, run in enumerate(firsts))]
    named += [(f"day {at + 1}", each[at]) for at in sorted({0, len(each) // 2, len(each) - 1})]
    lines += [
        f"| {name} | {run['read']:,} | {run['seconds']:.2f} | {run['cpu_seconds']:.2f} | {run['copy_seconds']:.2f} "
        f"| {run['peak_mb']:,.0f} | {run['store_mb']:,.0f} |"
        for name, run in named
    ]
    for what in ("seconds", "cpu_seconds"):
        ratios = [run[what] / full[what] for run in firsts]
        days = [run[what] / full[what] for run in each]
        listed = ", ".join(f"{ratio:.3f}" for ratio in ratios)
        in_turn = f"{len(days)} days one after another: median {median(days):.3f}, most {max(days):.3f}"
        lines += ["", f"a day / full ingest, {what}: {median(ratios):.3f} (each repeat: {listed}; {in_turn})"]
    lines += ["", f"| question, CPU seconds | fresh | after {len(each)} days | the same at once | ratio |"]
    lines += ["|---|---|---|---|---|"]
    lines += [
        f"| {name} | {before[name]:.3f} | {after[name]:.3f} | {at_once[name]:.3f} | {after[name] / at_once[name]:.2f} |"
        for name in before
    ]
    sizes = ", ".join(f"{path.stem} {path.stat().st_size / 1e6:,.0f} MB" for path in paths)
    lines += ["", f"Files: {sizes}."]
    for name, run in (("the full ingest", full), ("a day", firsts[0])):
        lines += ["", f"The longest statements of {name}:", ""]
        lines += ["| statement | seconds | CPU seconds |", "|---|---|---|"]
        lines += [f"| `{sql}` | {wall:.2f} | {cpu:.2f} |" for sql, (wall, cpu) in run["statements"][:SHOWN]]
    return lines


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
