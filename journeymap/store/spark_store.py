"""Open a store that is a folder of Parquet tables with Spark, and write it."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from journeymap.errors import OutputError, SourceNotFoundError, StoreBusyError, StoreError
from journeymap.store.files import is_store, locked
from journeymap.store.hashing import hash_paths_as
from journeymap.store.local_folder import expect_free, left_over
from journeymap.store.manifest import TableFolders, Version, named_folders, new_run, retired_folders, versions_in_order
from journeymap.store.spark_engine import SparkEngine
from journeymap.store.spark_folder import FolderRows, SparkFolder
from journeymap.store.spark_names import SMALL_TABLES
from journeymap.store.spark_session import end_session, ended_on_failure, own_session
from journeymap.store.spark_types import carrier
from journeymap.store.sql import identifier
from journeymap.store.store import Store, expect_known_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


def open_spark_store(path: str, engine: object, *, memory_limit: str | None = None) -> Store:
    """Open a folder of Parquet tables for reading; the version that counts now is read, whatever is written later.

    Parameters
    ----------
    path
        Any that Spark reads: local, ``hdfs://``, ``s3a://``, ``abfss://``.
    engine
        ``spark``, a session, or the address of a Spark Connect server.
    memory_limit
        The driver's memory where Spark is started here.

    Raises
    ------
    SourceNotFoundError
        When there is no store.
    StoreError, StoreVersionError
        When it is something else, or a newer journeymap wrote it; or Spark cannot be had.
    """
    session = own_session(engine, memory_limit=memory_limit)
    with ended_on_failure(session):
        folder = SparkFolder(session, path)
        _expect_no_duckdb(folder)
        chain = versions_in_order(folder.manifest())
        if not chain:
            raise SourceNotFoundError(
                f"{path} holds no store of Parquet tables.",
                hint=f"Make it with Spark: journeymap ingest SOURCE --engine spark --into {path}; or from a store in a "
                f"file: journeymap store export shop.duckdb --to {path}",
            )
        spark = SparkEngine(session, path)
        _take(spark, folder, chain[-1])
        store = Store(spark, path)
        expect_known_version(store, path)
        return store


def is_spark_store(path: str, engine: object) -> bool:
    """Say whether a path holds a store of Parquet tables; a store in a file is refused with what to do."""
    session = own_session(engine)
    try:
        folder = SparkFolder(session, path)
        _expect_no_duckdb(folder)
        return bool(versions_in_order(folder.manifest()))
    finally:
        end_session(session)


def spark_memory_store(engine: object, *, memory_limit: str | None = None) -> Store:
    """Make an empty store that lasts as long as its session of Spark."""
    session = own_session(engine, memory_limit=memory_limit)
    with ended_on_failure(session):
        store = Store(SparkEngine(session), None)
        store.create_tables()
        return store


@contextmanager
def writable_spark_store(
    path: str, engine: object, *, memory_limit: str | None = None, wait_seconds: float = 0.0
) -> Iterator[Store]:
    """Give a store to write to; what was written becomes the next version when the block ends well.

    Folders are written beside those of the old version, which readers go on reading. When the block fails they are
    named by no version, and the next writer on the same disk removes them.

    Raises
    ------
    StoreBusyError
        When another process writes to it, or has written to it meanwhile: nothing of this write counts then.
    StoreError, StoreVersionError, OutputError
        As :func:`open_spark_store`, and when the folder cannot be written.
    """
    session = own_session(engine, memory_limit=memory_limit)
    with ended_on_failure(session), _to_write(session, path, wait_seconds) as folder:
        rows = folder.manifest()
        chain = versions_in_order(rows)
        before = chain[-1] if chain else Version()
        if folder.local is not None:
            expect_free(folder.local, rows)
            folder.remove(left_over(folder.local, named_folders(rows)))
        run = new_run()
        kept = FolderRows(folder, run, dict(before.tables))
        spark = SparkEngine(session, path, rows=kept)
        store = Store(spark, path)
        try:
            if before.number:
                _take(spark, folder, before)
                expect_known_version(store, path)
                hash_paths_as(store, "spark")
            else:
                store.create_tables()
                store.write_setting("hashed_by", "spark")
            yield store
            _commit(spark, folder, kept, before, run)
        finally:
            store.close()


def _take(spark: SparkEngine, folder: SparkFolder, version: Version) -> None:
    for name, at in version.tables.items():
        rows = folder.read_small(at) if name in SMALL_TABLES else folder.read(at)
        spark.take_stored(name, rows, list(at.columns))


def _commit(spark: SparkEngine, folder: SparkFolder, kept: FolderRows, before: Version, run: str) -> None:
    kept.write_pending()
    for name in sorted(SMALL_TABLES):
        if spark.has_tables(name) and spark.has_changed(name):
            at = f"{name}/{run}-000"
            kinds = [(column, carrier(kind)) for column, kind in spark.columns(identifier(name))]
            folder.write_small(at, spark.small_table(name), kinds)
            kept.tables[name] = TableFolders(tuple(kinds), (at,))
    version = Version(before.number + 1, run, before.run, time.time_ns() // 1000, kept.tables)
    if _newest(folder).run != before.run:
        _lost(folder)
    folder.append_manifest(version)
    rows = folder.manifest()
    if versions_in_order(rows)[-1].run != run:
        _lost(folder)
    folder.remove(retired_folders(rows))


def _newest(folder: SparkFolder) -> Version:
    chain = versions_in_order(folder.manifest())
    return chain[-1] if chain else Version()


def _lost(folder: SparkFolder) -> None:
    raise StoreBusyError(
        f"Another process has written to {folder.path} meanwhile, and came first; nothing was added.",
        hint="Run it again.",
    )


@contextmanager
def _to_write(session: object, path: str, wait_seconds: float) -> Iterator[SparkFolder]:
    folder = SparkFolder(session, path)
    _expect_no_duckdb(folder)
    with _alone(folder, wait_seconds):
        yield folder


def _alone(folder: SparkFolder, wait_seconds: float) -> AbstractContextManager[None]:
    """Keep other writers out, where a lock on this machine's disk can; elsewhere the first to commit counts."""
    if folder.local is None:
        return nullcontext()
    parent: Path = folder.local.parent
    if not parent.is_dir():
        raise OutputError(f"There is no folder {parent}.", hint="Make it first, or name another place for the store.")
    return locked(parent / f".{folder.local.name}.lock", folder.local, wait_seconds=wait_seconds)


def _expect_no_duckdb(folder: SparkFolder) -> None:
    if folder.local is not None and is_store(folder.local):
        raise StoreError(
            f"{folder.local} is a store in a file, which DuckDB reads; Spark reads folders.",
            hint=f"Move it: journeymap store export {folder.local} --to FOLDER; or leave --engine out.",
        )
