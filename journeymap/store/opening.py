"""Open a journey store, make one, or write to one, on the engine that is asked for."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from journeymap.errors import QuestionError, SourceNotFoundError, StoreError, suggest_path
from journeymap.store.duckdb_engine import DuckdbEngine
from journeymap.store.files import is_store, writing
from journeymap.store.manifest import is_folder_store
from journeymap.store.store import Store, expect_known_version

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_spark(engine: object) -> bool:
    """Say whether a choice of engine is one of Spark.

    Parameters
    ----------
    engine
        None or ``duckdb``; ``spark``, ``sc://host:port`` or a session of Spark.

    Raises
    ------
    QuestionError
        When it is none of these.

    Examples
    --------
    >>> is_spark(None), is_spark("spark"), is_spark("sc://localhost")
    (False, True, True)
    """
    if engine is None or engine == "duckdb":
        return False
    if isinstance(engine, str) and (engine == "spark" or engine.startswith("sc://")):
        return True
    if type(engine).__name__ == "SparkSession":
        return True
    said = f"'{engine}'" if isinstance(engine, str) else f"A {type(engine).__name__}"
    raise QuestionError(
        f"{said} is no engine.", hint="Engines are: duckdb, spark, sc://HOST:PORT (Spark Connect), or a SparkSession."
    )


def is_store_of(path: str | Path, engine: object) -> bool:
    """Say whether there is a store at a path, for an engine."""
    if is_spark(engine):
        from journeymap.store.spark_store import is_spark_store

        return is_spark_store(str(path), engine)
    return is_store(Path(path))


def open_store(path: str | Path, *, memory_limit: str | None = None, engine: object = None) -> Store:
    """Open a store for reading.

    Parameters
    ----------
    path
        The file that an ingest wrote; or the folder, for Spark.
    memory_limit
        The most memory to use, such as ``2GB``.
    engine
        None or ``duckdb``; ``spark``, ``sc://host:port`` or a session of Spark.

    Returns
    -------
    Store
        The open store. It goes on reading the same state while another process writes a new one.

    Raises
    ------
    SourceNotFoundError
        When there is no such file.
    StoreError
        When it is no journey store, or a damaged one.
    StoreVersionError
        When a newer journeymap wrote it.
    """
    if is_spark(engine):
        from journeymap.store.spark_store import open_spark_store

        return open_spark_store(str(path), engine, memory_limit=memory_limit)
    path = Path(path)
    _expect_store_file(path)
    opened = DuckdbEngine(path, read_only=True, memory_limit=memory_limit, spill_folder=_spill_folder())
    store = Store(opened, path)
    expect_known_version(store, path)
    return store


def memory_store(*, memory_limit: str | None = None, engine: object = None) -> Store:
    """Make an empty store in memory; with Spark, in its cache."""
    if is_spark(engine):
        from journeymap.store.spark_store import spark_memory_store

        return spark_memory_store(engine, memory_limit=memory_limit)
    store = Store(DuckdbEngine(memory_limit=memory_limit, spill_folder=_spill_folder()), None)
    store.create_tables()
    return store


@contextmanager
def writable_store(
    path: str | Path, *, memory_limit: str | None = None, engine: object = None, wait_seconds: float = 0.0
) -> Iterator[Store]:
    """Give a store to write to; it takes the old one's place when the block ends well, and is dropped otherwise.

    Parameters
    ----------
    path
        The store's file; it is made where there is none.
    memory_limit
        The most memory to use, such as ``2GB``.
    engine
        As for :func:`open_store`; the path is then that of a folder.
    wait_seconds
        How long to wait for another writer to be done.

    Yields
    ------
    Store
        The open store. Readers see what it was until the block has ended.

    Raises
    ------
    StoreError, StoreVersionError, StoreBusyError, OutputError
        As :func:`open_store`, and when another process writes to it or its folder cannot be written.
    """
    if is_spark(engine):
        from journeymap.store.spark_store import writable_spark_store

        with writable_spark_store(str(path), engine, memory_limit=memory_limit, wait_seconds=wait_seconds) as written:
            yield written
        return
    path = Path(path)
    if path.exists():
        _expect_store_file(path)
    with writing(path, wait_seconds=wait_seconds) as copy:
        is_new = not copy.exists()
        store = Store(DuckdbEngine(copy, memory_limit=memory_limit, spill_folder=Path(f"{copy}.tmp")), path)
        try:
            if is_new:
                store.create_tables()
            else:
                expect_known_version(store, path)
            yield store
            store.engine.execute("CHECKPOINT")
        finally:
            store.close()


def _spill_folder() -> Path:
    """Say where work that is larger than memory is set aside: never in the folder that a reader happens to be in."""
    return Path(gettempdir()) / f"journeymap-{os.getpid()}"


def _expect_store_file(path: Path) -> None:
    if is_folder_store(path):
        raise StoreError(
            f"{path} is a store of Parquet tables, which Spark reads.",
            hint=f'Add --engine spark (in Python: engine="spark"); or move it to a file: '
            f"journeymap store import {path} --into shop.duckdb",
        )
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a journey store.", hint="Name the file, such as shop.duckdb.")
    if not path.exists():
        raise SourceNotFoundError(
            f"There is no file {path}. {suggest_path(path)}",
            hint=f"Make it first: journeymap ingest SOURCE --into {path}",
        )
    if not is_store(path):
        raise StoreError(
            f"{path} is no journey store.",
            hint="Name a file that 'journeymap ingest ... --into' wrote, or a new name.",
        )
