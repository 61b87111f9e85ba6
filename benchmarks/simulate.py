"""Measure the detectors on shops whose pain points are known: recall, false findings, coverage of intervals.

Each run draws a shop, opens it in memory and looks for pain points. What was run is kept and not run again, unless the
code has changed. The page and the picture in docs are written from all that is there.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence import write_evidence
from simulated_run import EVERY_PLANT, NOTHING, PERMUTED, Task, run, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "simulation"
DOCS = HERE.parent / "docs"
SIZES = (1000, 10_000)
EFFECTS = (0.5, 2.0)


def main() -> None:
    """Run what is missing, then write the page."""
    chosen = parse()
    mark = stamp()
    wanted = plan(chosen)
    notes = read_notes(mark, any_code=chosen.any_code)
    missing = [task for task in wanted if task not in notes]
    print(f"{len(wanted):,} runs wanted, {len(wanted) - len(missing):,} of them there (code {mark}).", flush=True)
    failures: list[str] = []
    if missing and not chosen.only_write:
        failures = run_all(missing, notes, mark, processes=chosen.processes, minutes=chosen.minutes)
    folder = HERE / "results" if chosen.quick else DOCS
    written = write_evidence(list(notes.values()), folder, customers=chosen.customers)
    print(f"Written: {', '.join(str(path) for path in written)}")
    left = sum(task not in notes for task in wanted)
    if left:
        print(f"{left:,} of {len(wanted):,} runs are still missing; the same command goes on with them.")
    for failure in failures:
        print(f"Failed: {failure}")
    if failures:
        raise SystemExit(1)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="runs of each plant")
    parser.add_argument("--null-seeds", type=int, default=400, help="runs with nothing planted")
    parser.add_argument("--permuted-seeds", type=int, default=200, help="runs with permuted customer labels")
    parser.add_argument("--side-seeds", type=int, default=50, help="runs of each plant at other sizes and effects")
    parser.add_argument(
        "--kinds", help=f"plants, with commas between them: {', '.join(EVERY_PLANT)}, nothing, permuted"
    )
    parser.add_argument("--customers", type=int, default=3000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no further run after so long")
    parser.add_argument("--quick", action="store_true", help="a few runs of each; the page goes to benchmarks/results/")
    parser.add_argument("--any-code", action="store_true", help="take runs that other code made, too")
    parser.add_argument("--only-write", action="store_true", help="run nothing, write the page from what is there")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.seeds, chosen.null_seeds, chosen.permuted_seeds, chosen.side_seeds = 4, 8, 4, 1
    chosen.kinds = tuple(chosen.kinds.split(",")) if chosen.kinds else (*EVERY_PLANT, NOTHING, PERMUTED)
    unknown = set(chosen.kinds) - {*EVERY_PLANT, NOTHING, PERMUTED}
    if unknown:
        parser.error(f"There is no plant {', '.join(sorted(unknown))}.")
    return chosen


def plan(chosen: argparse.Namespace) -> list[Task]:
    """List what is to be run, seed by seed, so that whatever is broken off has all kinds about equally often."""
    many = max(chosen.seeds, chosen.null_seeds, chosen.permuted_seeds, chosen.side_seeds)
    return list(dict.fromkeys(task for seed in range(many) for task in _of_seed(chosen, seed)))


def _of_seed(chosen: argparse.Namespace, seed: int) -> Iterator[Task]:
    plants = [name for name in chosen.kinds if name in EVERY_PLANT]
    for name, seeds in ((NOTHING, chosen.null_seeds), (PERMUTED, chosen.permuted_seeds)):
        if name in chosen.kinds and seed < seeds:
            yield Task(name, chosen.customers, 0.0, seed)
    for name in plants:
        if seed < chosen.seeds:
            yield Task(name, chosen.customers, 1.0, seed)
        if seed < chosen.side_seeds:
            yield from (Task(name, size, 1.0, seed) for size in SIZES)
            yield from (Task(name, chosen.customers, effect, seed) for effect in EFFECTS)


def read_notes(mark: str, *, any_code: bool) -> dict[Task, dict[str, Any]]:
    """Read what was run; a line that was broken off counts as not run."""
    paths = sorted(RESULTS.glob("*.jsonl"), key=lambda path: path.stat().st_mtime) if any_code else []
    paths.append(RESULTS / f"{mark}.jsonl")
    notes: dict[Task, dict[str, Any]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                note = json.loads(line)
            except ValueError:
                continue
            notes[Task(note["name"], note["customers"], note["effect"], note["seed"])] = note
    return notes


def run_all(
    missing: list[Task], notes: dict[Task, dict[str, Any]], mark: str, *, processes: int, minutes: float
) -> list[str]:
    """Run tasks in several processes, keep each note as it comes, and say what failed."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = RESULTS / f"{mark}.jsonl"
    began = told = time.monotonic()
    failures: list[str] = []
    n_done = 0
    coming = iter(missing)
    # A DuckDB connection must not cross a fork.
    with (
        ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool,
        kept.open("a", encoding="utf-8") as file,
    ):
        if kept.stat().st_size and not kept.read_bytes().endswith(b"\n"):
            file.write("\n")  # the last line was broken off
        running: dict[Future[dict[str, Any]], Task] = {}
        while True:
            if time.monotonic() - began < 60 * minutes:
                for task in islice(coming, 2 * processes - len(running)):
                    running[pool.submit(run, task)] = task
            if not running:
                return failures
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(done)
                n_done += 1
                if (error := done.exception()) is not None:
                    failures.append(f"{task}: {error!r}")
                    print(f"failed: {failures[-1]}", flush=True)
                    continue
                notes[task] = done.result()
                file.write(json.dumps(notes[task], separators=(",", ":")) + "\n")
                file.flush()
            if time.monotonic() - told > 15:
                told = time.monotonic()
                each = (told - began) / n_done
                left = each * (len(missing) - n_done) / 60
                print(f"{n_done:,} of {len(missing):,} runs, {each:.2f} s each, {left:.0f} minutes left", flush=True)


if __name__ == "__main__":
    main()
