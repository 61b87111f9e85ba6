"""What every contestant shares: the job it is given, a clock, and what it hands back.

Standard library only, since it runs in every environment.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Record = dict[str, Any]

MOST_ASKS, LEAST_ASKS = 7, 3
ENOUGH_SECONDS, LONG_SECONDS = 2.0, 12.0
FUNNEL = ("product", "cart", "order")
LONG_FUNNEL = ("product", "cart", "checkout", "payment", "order")
GAP_US = 30 * 86_400_000_000
TIMEOUT_US = 30 * 60_000_000
WINDOW_US = 7 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """What a contestant is to do.

    Attributes
    ----------
    task
        ``raw``, ``store``, ``questions`` or ``text``.
    data
        The folder with ``events*.parquet``, ``customers.parquet`` and ``journeymap.toml``.
    store
        The database file to write, or to ask.
    source
        The text file to read, for ``text``.
    question
        The question, for ``questions``.
    cut
        Whether histories are cut into journeys at 30 days of silence.
    memory_limit
        DuckDB's limit, such as ``2GB``; None: its own.
    """

    task: str
    data: Path
    store: Path
    source: Path | None = None
    question: str | None = None
    cut: bool = True
    memory_limit: str | None = None

    def event_files(self) -> list[str]:
        """Give the Parquet files with the events, in order."""
        return sorted(str(path) for path in self.data.glob("events*.parquet"))


@dataclass(slots=True)
class Clock:
    """Seconds, processor seconds and memory of each step."""

    steps: dict[str, dict[str, float]] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a block that is run once."""
        began, cpu = time.perf_counter(), time.process_time()
        yield
        self.steps[name] = {
            "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu,
            "peak_mb": peak_mb(),
        }

    def ask(self, name: str, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is answered
        """Time a question: the first ask, and the median of those that follow.

        It is asked again while two seconds last, and twice in any case, unless the first answer took long.
        """
        seconds, cpus = [], []
        began = time.perf_counter()
        answer = None
        least = LEAST_ASKS
        while len(seconds) < least or (len(seconds) < MOST_ASKS and time.perf_counter() - began < ENOUGH_SECONDS):
            started, cpu = time.perf_counter(), time.process_time()
            answer = question()
            seconds.append(time.perf_counter() - started)
            cpus.append(time.process_time() - cpu)
            if seconds[0] > LONG_SECONDS:
                least = 1
        self.steps[name] = {
            "seconds": median(seconds[1:] or seconds),
            "first_seconds": seconds[0],
            "cpu_seconds": median(cpus[1:] or cpus),
            "peak_mb": peak_mb(),
            "n_asks": len(seconds),
        }
        return answer


def peak_mb() -> float:
    """Give the most memory that this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def versions(*names: str) -> dict[str, str]:
    """Give the versions of packages that are installed here."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def records(frame: Any) -> list[Record]:  # noqa: ANN401 - pandas is not imported here
    """Give a pandas frame as records of plain values, with None for what is missing."""
    columns = [(name, frame[name].tolist()) for name in frame.columns]
    n_rows = len(frame)
    return [{name: plain(values[at]) for name, values in columns} for at in range(n_rows)]


def plain(value: Any) -> Any:  # noqa: ANN401 - any cell
    """Give a cell as what JSON can hold."""
    if hasattr(value, "total_seconds"):
        value = value.total_seconds()
    elif hasattr(value, "tolist"):
        value = value.tolist()
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN alone differs from itself


def run(tasks: Mapping[str, Callable[[Job, Clock], dict[str, list[Record]]]], packages: tuple[str, ...]) -> None:
    """Do the job that the command line gives as JSON; write the answers beside it and print what it took.

    The first argument is the job, the second the file for the answers.
    """
    given = json.loads(sys.argv[1])
    paths = {name: Path(given[name]) for name in ("data", "store", "source") if given.get(name)}
    clock = Clock()
    answers = tasks[given["task"]](Job(**{**given, **paths}), clock)
    Path(sys.argv[2]).write_text(json.dumps(answers), encoding="utf-8")
    print(json.dumps({"steps": clock.steps, "versions": versions(*packages)}))
