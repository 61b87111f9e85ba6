"""What the Spark engine reads, shuffles and works for an ingest and for each question, by the number of events.

Each size is ingested and asked in a process of its own, in ``local[2]``; the sums come from Spark's event log.
``--keep`` writes ``benchmarks/results/`` and the page ``docs/scale.md``, which extrapolates from them.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from event_data import make_shop
from machine import describe_machine
from scale_page import page
from sizes import customers_of, parse_events, told_events
from spark_metrics import Work, read_log, work_between

if TYPE_CHECKING:
    from collections.abc import Callable

    import journeymap as jm

HERE: Final = Path(__file__).parent
SIZES: Final = (1_000_000, 10_000_000, 100_000_000)
FUNNEL: Final = ("product", "cart", "checkout", "order")
ASKED: Final[dict[str, Callable[[jm.Journeys], object]]] = {
    "transitions": lambda shop: shop.transitions(),
    "transitions by region": lambda shop: shop.transitions(by="region"),
    "drop-off": lambda shop: shop.dropoff(),
    "funnel of 4 steps, 7 days": lambda shop: shop.funnel(FUNNEL, window="7d"),
    "20 most frequent paths": lambda shop: shop.paths(),
    "outcomes by region": lambda shop: shop.outcomes(by="region"),
}


def main() -> None:
    """Run the sizes in turn, print the table, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=parse_events, nargs="+", default=SIZES, help="such as 1M 10M")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="where the events are, or are made")
    parser.add_argument("--memory", default="4g", help="memory of Spark's one process")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/ and docs/scale.md")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(make_shop(chosen.data, customers_of(chosen.one)), chosen.memory)))
        return
    found = []
    for events in chosen.events:
        make_shop(chosen.data, customers_of(events))
        command = [
            sys.executable,
            __file__,
            "--one",
            str(events),
            "--memory",
            chosen.memory,
            "--data",
            str(chosen.data),
        ]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
        print(f"{told_events(events)}: {found[-1]['work']['ingest']['seconds']:.0f} s to ingest", flush=True)
    if chosen.keep:
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        (HERE / "results" / f"{day}-spark-scale.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        told = page(found, machine=f"{describe_machine()}, pyspark {_pyspark()}, local[2], {chosen.memory} memory")
        (HERE.parent / "docs" / "scale.md").write_text(told, encoding="utf-8")
    else:
        print(page(found, machine=describe_machine()))


def measure(data: Path, memory: str) -> dict[str, Any]:
    """Ingest and ask one size; give its events, the bytes of its files and of its store, and the work of each part."""
    import journeymap as jm

    scratch = Path(tempfile.mkdtemp(prefix="spark-scale-"))
    try:
        session = _session(scratch, memory)
        files = sorted(data.glob("events-*.parquet"))
        times: dict[str, tuple[float, float]] = {}

        def timed(name: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked
            begin = time.time()
            given = ask()
            times[name] = (begin, time.time())
            return given

        store = scratch / "shop"
        shop = timed(
            "ingest", lambda: jm.ingest(files, into=store, customers=data / "customers.parquet", engine=session)
        )
        n_events = shop.report.events
        for name, ask in ASKED.items():
            timed(name, lambda ask=ask: ask(shop))  # type: ignore[misc]  # the default binds the loop's name
        session.stop()
        log = read_log(scratch / "log")
        work = {name: work_between(log, begin * 1000, end * 1000) for name, (begin, end) in times.items()}
        return {
            "events": n_events,
            "raw_bytes": sum(path.stat().st_size for path in files),
            "store_bytes": sum(path.stat().st_size for path in store.rglob("*.parquet")),
            "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000,
            "work": {name: told(work[name], times[name]) for name in times},
        }
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def told(work: Work, window: tuple[float, float]) -> dict[str, float]:
    """Give the work with its wall-clock seconds."""
    return {**asdict(work), "seconds": window[1] - window[0]}


def _session(scratch: Path, memory: str) -> Any:  # noqa: ANN401 - pyspark is no dependency
    from pyspark.sql import SparkSession

    log = scratch / "log"
    log.mkdir()
    chosen = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": memory,
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": log.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.local.dir": str(scratch / "spill"),
        "spark.sql.shuffle.partitions": "16",
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in chosen.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _pyspark() -> str:
    import pyspark

    return str(pyspark.__version__)


if __name__ == "__main__":
    main()
