"""All detectors over a large store, five segments at once: seconds, peak memory, and the ratio to the least possible.

The least that counting asks for is one pass over the events per look and segment, with the grouping that intervals
need: touchpoint, level and customer group. That pass is timed in the same run, as a statement written by hand.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from machine import describe_machine
from sizes import EVENTS_PER_CUSTOMER, told_events

HERE = Path(__file__).parent
SEGMENTS = ("region", "device", "education", "lifecycle", "household")
BARE = """
    SELECT e.touchpoint_key, c.region, e.customer_key % 100 AS customer_group, count(*) AS n, sum(e.gap_us) AS gap_us
    FROM events e JOIN customers c ON c.customer_key = e.customer_key
    GROUP BY e.touchpoint_key, c.region, e.customer_key % 100
"""


def main() -> None:
    """Run both in processes of their own, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=500_000, help="500,000 make about 10 million events")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory-limit", default="1500MB", help="DuckDB's part; Python and numpy take theirs besides")
    parser.add_argument("--keep", action="store_true", help="keep the table in benchmarks/results/")
    parser.add_argument("--one", choices=("pains", "bare"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    size = told_events(EVENTS_PER_CUSTOMER * chosen.customers)
    store = HERE / "data" / "stores" / f"{size}-ordered" / "journeymap.duckdb"
    if chosen.one:
        print(json.dumps(pains(store, chosen.memory_limit) if chosen.one == "pains" else bare(store)))
        return
    if not store.exists():
        raise SystemExit(f"There is no store yet: run benchmarks/run.py --events {size} --tasks store first.")
    found: dict[str, list[dict[str, float]]] = {"pains": [], "bare": []}
    for _ in range(chosen.repeats):
        for name, runs in found.items():
            command = [sys.executable, __file__, "--one", name, "--customers", str(chosen.customers)]
            command += ["--memory-limit", chosen.memory_limit]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    lines = [
        describe_machine(),
        "",
        "| what | seconds | CPU seconds | peak MB | looks | findings |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in found.items():
        lines += [
            f"| {name} | {run['seconds']:.2f} | {run['cpu_seconds']:.1f} | {run['peak_mb']:,.0f} "
            f"| {run.get('looks', '')} | {run.get('findings', '')} |"
            for run in runs
        ]
    ratios = [
        one["seconds"] / (two["seconds"] * one["looks"] * len(SEGMENTS))
        for one, two in zip(found["pains"], found["bare"], strict=True)
    ]
    lines += ["", "pains / (bare pass x looks x segments) = " + ", ".join(f"{ratio:.2f}" for ratio in ratios)]
    table = "\n".join(lines)
    print(table)
    if chosen.keep:
        path = HERE / "results" / f"{datetime.now(UTC):%Y-%m-%d}-{chosen.customers}-customers-pains.md"
        path.write_text(table + "\n", encoding="utf-8")


def pains(store: Path, memory_limit: str) -> dict[str, float]:
    """Every detector, every place, five segments one at a time."""
    import journeymap as jm
    from journeymap.painpoints.look import Skipped, site_of
    from journeymap.painpoints.registry import detectors
    from journeymap.segments.population import choose_population

    with jm.open(store, memory_limit=memory_limit) as shop:
        began, cpu = time.perf_counter(), time.process_time()
        findings = shop.pain_points(each=list(SEGMENTS), examined=True)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
        site = site_of(shop.store, choose_population(shop.store, shop.question))
        looks = [detector.look(site) for detector in detectors().values()]
        n_looks = sum(len(found) for found in looks if not isinstance(found, Skipped))
    return {
        "seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mb": _peak_mb(), "looks": n_looks,
        "findings": len(list(findings)),
    }  # fmt: skip


def bare(store: Path) -> dict[str, float]:
    """One pass by hand."""
    import duckdb

    with duckdb.connect(str(store), read_only=True) as connection:
        began, cpu = time.perf_counter(), time.process_time()
        connection.execute(BARE).fetchall()
        return {
            "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu,
            "peak_mb": _peak_mb(),
        }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
