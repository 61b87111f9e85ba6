"""Run journeymap and its peers on the same questions, in turn, in one run; write times, ratios and memory.

Every contestant runs in a process of its own, and every peer in an environment of its own. Repeats take turns. The
answers are compared. Each task of a size and shape is a result of its own; the page is written from all that are there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmark_page import write_page
from bounded import run_bounded
from environments import NotInstalledError, environment_python
from event_data import SHAPES
from machine import machine, memory_gb
from sizes import parse_events, parse_megabytes, told_events
from tasks import OURS, QUESTIONS, STORE, TASKS, TEXT, Entry, check, entries

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
KEPT = HERE / "results" / "peers"
UNKEPT = HERE / "results" / "unkept"
PACKAGE = HERE.parent


def main() -> None:
    """Run what is asked for."""
    chosen = _arguments()
    out = KEPT if chosen.keep else UNKEPT
    out.mkdir(parents=True, exist_ok=True)
    for events in chosen.events if not chosen.only_write else ():
        for shape in chosen.shape:
            made = _make_data(chosen.data, events, shape, text=TEXT in chosen.tasks)
            for task in chosen.tasks:
                runner = Runner(chosen, events, shape, made)
                result = runner.run(task)
                path = out / f"{told_events(events)}-{shape}-{task}.json"
                path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.glob("*.json"))]
    for path in write_page(results, HERE.parent / "docs" if chosen.keep else UNKEPT):
        print(path)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=_listed(parse_events), default=[10_000_000], help="such as 1M,10M,50M,100M")
    parser.add_argument("--shape", type=_listed(_one_of(SHAPES)), default=["ordered"], help=", ".join(SHAPES))
    parser.add_argument("--tasks", type=_listed(_one_of(TASKS)), default=list(TASKS), help=", ".join(TASKS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", type=_listed(str), help="only contestants whose names begin so, and journeymap")
    parser.add_argument("--memory-limit", help="journeymap's and DuckDB's limit, such as 2GB; theirs unless given")
    parser.add_argument(
        "--most-memory", type=parse_megabytes, default=800 * memory_gb() or float("inf"),
        help="what a contestant may hold, such as 16GB; four fifths of the machine unless given",
    )  # fmt: skip
    parser.add_argument("--most-minutes", type=float, default=20.0, help="how long a contestant may run")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="where the events are, or are made")
    parser.add_argument("--keep", action="store_true", help="keep the results, and write docs/benchmarks.md")
    parser.add_argument("--only-write", action="store_true", help="write the page from the results that are there")
    chosen = parser.parse_args()
    chosen.data = chosen.data.resolve()
    return chosen


def _listed(read: Any) -> Any:  # noqa: ANN401 - a reader of one, as a reader of many
    def read_all(text: str) -> list[Any]:
        return [read(part) for part in text.split(",")]

    read_all.__name__ = "list"
    return read_all


def _one_of(names: Sequence[str]) -> Any:  # noqa: ANN401 - a reader
    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"{text!r}: choose of {', '.join(names)}.")
        return text

    return read


def _make_data(data: Path, events: int, shape: str, *, text: bool) -> dict[str, Any]:
    """Make the events in a process of its own, so that this one stays small: a child's peak memory begins with it."""
    print(f"{told_events(events)} {shape}: data ...", file=sys.stderr)
    command = [sys.executable, str(HERE / "event_data.py"), str(events), shape, "--data", str(data)]
    done = subprocess.run(
        [*command, *(["--text"] if text else [])], check=True, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PACKAGE)}


class Runner:
    """Runs the tasks on one size and shape of events."""

    def __init__(self, chosen: argparse.Namespace, events: int, shape: str, made: dict[str, Any]) -> None:
        self._chosen = chosen
        self._made = made
        self._events = events
        self._shape = shape
        self._stores = chosen.data / "stores" / f"{told_events(events)}-{shape}"
        self._stores.mkdir(parents=True, exist_ok=True)

    def run(self, task: str) -> dict[str, Any]:
        """Run a task's contestants in turn, and compare their answers."""
        entrants = [entry for entry in entries(task) if self._wanted(entry)]
        if task == QUESTIONS and not self._store(OURS).exists():
            self._one(STORE, entries(STORE)[0], Path(os.devnull))
        runs: list[dict[str, Any]] = []
        answers: dict[tuple[str, str], Any] = {}
        given_up: set[tuple[str, str]] = set()
        with TemporaryDirectory() as folder:
            path = Path(folder) / "answers.json"
            for repeat in range(self._chosen.repeats):
                for entry in entrants:
                    key = (entry.case, entry.name)
                    if key in given_up:
                        continue
                    run = self._one(task, entry, path) | {"repeat": repeat}
                    runs.append(run)
                    self._tell(task, run)
                    if run["status"] != "done":
                        given_up.add(key)
                    elif repeat == 0:
                        answers[key] = json.loads(path.read_text(encoding="utf-8"))
        return {
            "task": task, "events": self._events, "shape": self._shape, "rows": self._made["rows"],
            "date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(),
            "bounds": {"memory_mb": self._chosen.most_memory, "minutes": self._chosen.most_minutes},
            "memory_limit": self._chosen.memory_limit, "runs": runs, "agreement": check(task, answers),
        }  # fmt: skip

    def _wanted(self, entry: Entry) -> bool:
        only = self._chosen.only
        return only is None or entry.name.startswith((OURS, *only))

    def _store(self, name: str) -> Path:
        return self._stores / f"{name.split(',', maxsplit=1)[0].lower().replace(' ', '-')}.duckdb"

    def _one(self, task: str, entry: Entry, answers: Path) -> dict[str, Any]:
        """Run one contestant once."""
        told: dict[str, Any] = {"case": entry.case, "contestant": entry.name}
        try:
            python = sys.executable if entry.environment is None else environment_python(entry.environment)
        except NotInstalledError as error:
            return told | {"status": "not installed", "said": str(error)}
        # What questions are asked of is journeymap's store; other tasks write one, and only "store" leaves it there.
        store = self._store(OURS) if task in (STORE, QUESTIONS) else self._stores / "written.duckdb"
        if task == STORE and entry.name != OURS:
            store = self._store(entry.name)
        job = {"task": task, "data": self._made["folder"], "store": str(store)}
        job |= {"memory_limit": self._chosen.memory_limit} | dict(entry.job)
        if "source" in job:
            job["source"] = self._made["texts"][job["source"]]
        outcome = run_bounded(
            [python, str(HERE / "contestants" / entry.script), json.dumps(job), str(answers)],
            most_mb=self._chosen.most_memory, most_seconds=60 * self._chosen.most_minutes, environment=_environment(),
        )  # fmt: skip
        told |= {
            "status": outcome.status, "wall_seconds": outcome.seconds, "cpu_seconds": outcome.cpu_seconds,
            "peak_mb": outcome.peak_mb,
        }  # fmt: skip
        if task in (STORE, QUESTIONS) and store.exists():
            told["store_mb"] = store.stat().st_size / 1e6
        if store != self._store(OURS):
            store.unlink(missing_ok=True)
        if outcome.status == "done":
            return told | json.loads(outcome.out.splitlines()[-1])
        if outcome.status == "failed":
            print(outcome.error, file=sys.stderr)
        return told | {"said": outcome.error.strip().splitlines()[-1] if outcome.error.strip() else ""}

    def _tell(self, task: str, run: dict[str, Any]) -> None:
        steps = ", ".join(f"{name} {step['seconds']:.3f} s" for name, step in run.get("steps", {}).items())
        told = " ".join(part for part in (task, run["case"], run["contestant"]) if part)
        label = f"{told_events(self._events)} {self._shape}"
        print(f"{label}: {told}: {run['status']} {steps} {run.get('peak_mb', 0):,.0f} MB", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
