"""Open a store, or read events."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeymap.api.journeys import Journeys
from journeymap.errors import QuestionError
from journeymap.ingest.given import given_customers, given_sources, settings_for
from journeymap.ingest.load import ingest as ingest_sources
from journeymap.segments.question import Question
from journeymap.settings.durations import SECOND_US, parse_duration
from journeymap.store.manifest import is_folder_store
from journeymap.store.moving import import_store as move_store
from journeymap.store.opening import is_spark, is_store_of, memory_store, open_store, writable_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from journeymap.model.ingest_report import IngestReport
    from journeymap.settings import Settings

    Told = Callable[[str, float], None]


_LOG = logging.getLogger("journeymap")


def open(  # noqa: A001 - jm.open is the name that people expect
    source: str | Path | pd.DataFrame | Any,  # noqa: ANN401 - an Arrow table has no type here
    *,
    settings: Settings | str | Path | None = None,
    customers: str | Path | pd.DataFrame | None = None,
    memory_limit: str | None = None,
    engine: Any = None,  # noqa: ANN401 - a session of Spark has no type here
    told: Told | None = None,
) -> Journeys:
    """Open a store, or read raw events into memory.

    Parameters
    ----------
    source
        A store's file (its folder, for Spark); or a file, folder or glob of events, a pandas frame or an Arrow table.
    settings
        Settings, or their file, for raw events. None: ``journeymap.toml`` beside the files, or the defaults.
    customers
        A file or frame with one row per customer, for raw events.
    memory_limit
        The most memory to use, such as ``2GB``.
    engine
        Where the work is done: None or ``duckdb``; ``spark`` (the active session, or a new one on this machine); the
        address of a Spark Connect server, ``sc://host:port``; or a ``SparkSession``, which stays as it is.
    told
        Is told what is being done, and the share done.

    Returns
    -------
    Journeys
        What to ask.

    Raises
    ------
    SourceNotFoundError, StoreError, SourceError
        When it is not there, or is neither a store nor events.

    Examples
    --------
    >>> import journeymap as jm
    >>> shop = jm.open("sample_events/*.csv")
    >>> shop.report.rejected
    15
    """
    if isinstance(source, (str, Path)) and is_store_of(source, engine):
        if settings is not None or customers is not None:
            raise QuestionError(
                f"{source} is a store: it was built with its own settings and customers.",
                hint="Give settings and customers when ingesting.",
            )
        return Journeys(open_store(source, memory_limit=memory_limit, engine=engine), Question())
    if isinstance(source, (str, Path)) and (str(source).endswith((".duckdb", ".db")) or is_folder_store(Path(source))):
        open_store(source)  # raises: it is missing, or no store, or one for Spark
    chosen = settings_for(source, settings)
    store = memory_store(memory_limit=memory_limit, engine=engine)
    report = ingest_sources(store, given_sources(source), chosen, customers=given_customers(customers), told=told)
    _say(report)
    return Journeys(store, Question(), report)


def ingest(
    source: str | Path | Sequence[str | Path] | pd.DataFrame | Any,  # noqa: ANN401 - an Arrow table has no type here
    *,
    into: str | Path,
    settings: Settings | str | Path | None = None,
    customers: str | Path | pd.DataFrame | None = None,
    memory_limit: str | None = None,
    engine: Any = None,  # noqa: ANN401 - as above
    wait: str | None = None,
    told: Told | None = None,
) -> Journeys:
    """Read events into a store; what is there already is not added again.

    Parameters
    ----------
    source
        Files, folders or globs of events, a pandas frame or an Arrow table.
    into
        The store's file, or its folder for Spark; it is made where there is none.
    settings
        Settings, or their file. None: ``journeymap.toml`` beside the files, or the defaults.
    customers
        A file or frame with one row per customer.
    memory_limit
        The most memory to use, such as ``2GB``; larger work is set aside on disk.
    wait
        How long to wait for another writer to be done, such as ``10m``; None: not at all.
    engine
        Where the work is done, as for :func:`open`.
    told
        Is told what is being done, and the share done of the whole, 0 to 1.

    Returns
    -------
    Journeys
        The store, open for questions; ``report`` says what was read.

    Raises
    ------
    JourneymapError
        The store is then as it was.
    """
    chosen = settings_for(source, settings)
    wait_seconds = parse_duration(wait, what="--wait") / SECOND_US if wait is not None else 0.0
    with writable_store(into, memory_limit=memory_limit, engine=engine, wait_seconds=wait_seconds) as store:
        report = ingest_sources(store, given_sources(source), chosen, customers=given_customers(customers), told=told)
    _say(report)
    if is_spark(engine):
        memory_limit = None  # Spark has been started with it
    return Journeys(open_store(into, memory_limit=memory_limit, engine=engine), Question(), report)


def import_store(
    folder: str | Path,
    *,
    into: str | Path,
    sample: float | None = None,
    memory_limit: str | None = None,
    told: Callable[[float], None] | None = None,
) -> Journeys:
    """Write a folder of Parquet tables, as Spark or :meth:`Journeys.export_store` wrote it, to a store in a file.

    Parameters
    ----------
    folder
        The store's folder, on this machine's disk.
    into
        A file that is not there yet.
    sample
        The share of customers to take, over 0 and up to 1; None: all.
    memory_limit
        The most memory to use, such as ``2GB``; larger work is set aside on disk.
    told
        Is told the share done.

    Returns
    -------
    Journeys
        The store, open for questions.

    Raises
    ------
    SourceNotFoundError, OutputError, StoreError
        When the folder is no store, or the file is there already.
    """
    move_store(folder, into, sample=sample, memory_limit=memory_limit, told=told)
    return Journeys(open_store(into, memory_limit=memory_limit), Question())


def _say(report: IngestReport) -> None:
    """Say what was guessed: without further set-up, Python's logging writes warnings to stderr."""
    for note in report.notes:
        _LOG.warning(note)
