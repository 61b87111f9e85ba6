"""Spark for tests: one small local session a process, and stores that are moved to it."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import journeymap as jm
from journeymap.segments.question import Question
from journeymap.store.opening import open_store

if TYPE_CHECKING:
    from journeymap.api import Journeys
    from journeymap.store.store import Store

ENGINE = os.environ.get("JOURNEYMAP_ENGINE", "duckdb")
"""On which engine the tests ask their questions; logs are always read by DuckDB, and moved."""

# Many small questions: compiling them well costs more than running them.
_SETTINGS = {"spark.sql.shuffle.partitions": "1", "spark.sql.codegen.wholeStage": "false"}

_QUICK = {"spark.sql.adaptive.enabled": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
"""For the hundreds of stores of a whole run: no plan is made twice, and no expression compiled. A third of the time."""

_START = {
    "spark.buffer.pageSize": "256k",
    "spark.ui.retainedJobs": "20",
    "spark.ui.retainedStages": "20",
    "spark.ui.retainedTasks": "100",
    "spark.sql.ui.retainedExecutions": "5",
}


@cache
def spark() -> Any:
    """Give the session of this process: two cores, no server of pages."""
    from journeymap.store.spark_session import own_session

    os.environ.setdefault("SPARK_MASTER", "local[2]")
    # So many questions fill the 48 MB that the simple compiler alone has for its code; then it stops for good.
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=400m -XX:+UseSerialGC")
    conf = " ".join(f"--conf {name}={value}" for name, value in _START.items())
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", f"{conf} pyspark-shell")
    session = own_session("spark", memory_limit="1200MB")
    for name, value in _SETTINGS.items():
        session.conf.set(name, value)
    return session


@cache
def _folder() -> Path:
    import atexit

    folder = Path(tempfile.mkdtemp(prefix="journeymap-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def hurry(store: Store) -> None:
    """Let a store's session spend no time on making many small questions faster."""
    session: Any = store.chosen_engine
    for name, value in _QUICK.items():
        session.conf.set(name, value)


def moved(journeys: Journeys, *, quickly: bool = False) -> Journeys:
    """Give the same store on Spark, asked as users ask it unless quickly; the one that was given is closed."""
    folder = Path(tempfile.mkdtemp(dir=_folder())) / "store"
    with journeys:
        journeys.export_store(folder)
    store = open_store(folder, engine=spark())
    if quickly:
        hurry(store)
    return jm.Journeys(store, Question(), journeys.report)
