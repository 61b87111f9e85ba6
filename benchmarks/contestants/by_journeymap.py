"""journeymap itself, through its public names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from job import FUNNEL, LONG_FUNNEL, records, run
from store_summary import summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from job import Clock, Job, Record

    from journeymap.settings import Settings


def raw(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Raw Parquet to a complete store and its transitions; then further questions on the store."""
    _import()
    import journeymap as jm

    _remove(job)
    settings = _settings(job)
    with clock.step("transitions"):
        shop = jm.ingest(job.event_files(), into=job.store, settings=settings, memory_limit=job.memory_limit)
        moves = shop.transitions()
    shop.close()
    # A day later: the store is there.
    with clock.step("later"):
        shop = jm.open(job.store, memory_limit=job.memory_limit)
        shop.transitions(by="region")
    by_region = clock.ask("by region", lambda: shop.transitions(by="region"))
    funnel = clock.ask("funnel", lambda: shop.funnel(list(FUNNEL)))
    funnel["reached"] = funnel["entered"] + funnel["immature"]
    return {
        "transitions": records(moves),
        "by region": records(by_region[["region", "source", "target", "count", "customers"]]),
        "funnel": records(funnel[["touchpoint", "reached"]]),
    }


def store(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Raw Parquet to a complete store: every table, rejected rows kept, quality counted."""
    _import()
    import journeymap as jm

    _remove(job)
    settings = _settings(job)
    with clock.step("store"):
        jm.ingest(job.event_files(), into=job.store, settings=settings, memory_limit=job.memory_limit)
    return {"store": summary(job.store)}


def questions(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """One question on the store, the frame included."""
    _import()
    import journeymap as jm

    shop = jm.open(job.store, memory_limit=job.memory_limit)
    ways: dict[str, Callable[[], Any]] = {
        "transitions": shop.transitions,
        "transitions by region": lambda: shop.transitions(by="region"),
        "drop-off": shop.dropoff,
        "funnel": lambda: shop.funnel(list(LONG_FUNNEL), window="7d"),
        "paths": shop.paths,
    }
    name = job.question or ""
    return {name: records(clock.ask(name, ways[name]))}


def text(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Read a text file, or the Parquet files with the same rows, into a complete store."""
    _import()
    import journeymap as jm

    _remove(job)
    settings = _settings(job)
    given = job.event_files() if job.source is None else str(job.source)
    with clock.step("store"):
        jm.ingest(given, into=job.store, settings=settings, memory_limit=job.memory_limit)
    answer = {"store": summary(job.store)}
    job.store.unlink()
    return answer


def _settings(job: Job) -> Settings:
    import journeymap as jm

    settings = jm.load_settings(job.data / "journeymap.toml")
    if job.cut:
        return settings
    # As the peers count: whole histories, and rows that are there twice are counted twice.
    return replace(
        settings,
        journey=replace(settings.journey, gap_us=None),
        events=replace(settings.events, keep_duplicates=True),
    )


def _remove(job: Job) -> None:
    job.store.unlink(missing_ok=True)


def _import() -> None:
    """Import everything before the clock runs, as for every contestant."""
    import duckdb  # noqa: F401
    import pandas as pd  # noqa: F401
    import pyarrow as pa  # noqa: F401
    import scipy.special  # noqa: F401

    import journeymap.api  # noqa: F401


if __name__ == "__main__":
    run({"raw": raw, "store": store, "questions": questions, "text": text}, ("duckdb", "pandas", "pyarrow"))
