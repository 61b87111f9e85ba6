"""Move a store between DuckDB's file and a folder of Parquet tables, which Spark reads. The rows stream."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from journeymap.errors import OutputError, QuestionError, SourceNotFoundError, StoreError
from journeymap.store.duckdb_engine import DuckdbEngine
from journeymap.store.files import locked, writing
from journeymap.store.hashing import hash_paths_as
from journeymap.store.local_folder import (
    append_manifest,
    expect_free,
    left_over,
    read_manifest,
    remove_empty,
    row_files,
)
from journeymap.store.manifest import (
    SORTED_BY,
    TableFolders,
    Version,
    named_folders,
    new_run,
    retired_folders,
    versions_in_order,
)
from journeymap.store.spark_types import carrier
from journeymap.store.sql import identifier, text_literal
from journeymap.store.store import Store, expect_known_version

if TYPE_CHECKING:
    from collections.abc import Callable

_TABLES: Final = (
    "settings", "touchpoints", "channels", "ingests", "customers", "journeys", "events", "lines", "rejected",
)  # fmt: skip
_FILE_SIZE: Final = "256MB"


def export_store(store: Store, folder: str | Path, *, told: Callable[[float], None] | None = None) -> Version:
    """Write a store to a folder of Parquet tables.

    Parameters
    ----------
    store
        An open store of DuckDB's.
    folder
        Where to; a folder that is a store already gets a new version, and its readers go on reading theirs.
    told
        Is told the share done.

    Returns
    -------
    Version
        What was written.

    Raises
    ------
    QuestionError
        When the store is Spark's: it is such a folder.
    OutputError, StoreBusyError
        When the folder holds something else, cannot be written, or is being written.
    """
    if store.engine.kind != "duckdb":
        raise QuestionError(f"{store.name} is a folder of Parquet tables already.", hint="Copy the folder.")
    if "://" in str(folder):
        raise QuestionError(
            f"{folder} is not on this machine's disk.", hint="Export to a local folder, and copy that: all of it."
        )
    root = Path(folder).absolute()
    if not root.parent.is_dir():
        raise OutputError(f"There is no folder {root.parent}.", hint="Make it first, or name another place.")
    with locked(root.parent / f".{root.name}.lock", root):
        rows = read_manifest(root)
        expect_free(root, rows)
        for left in left_over(root, named_folders(rows)):
            shutil.rmtree(root / left, ignore_errors=True)
        chain = versions_in_order(rows)
        before = chain[-1] if chain else Version()
        run = new_run()
        written: dict[str, TableFolders] = {}
        try:
            names = [name for name in _TABLES if store.engine.has_tables(name)]
            for at, name in enumerate(names):
                share = _portion(told, at, len(names))
                written[name] = _export_table(store, name, root, f"{name}/{run}-000", share)
            version = Version(before.number + 1, run, before.run, time.time_ns() // 1000, written)
            append_manifest(root, version)
        except BaseException:
            for name in _TABLES:
                shutil.rmtree(root / f"{name}/{run}-000", ignore_errors=True)
            remove_empty(root)
            raise
        for retired in retired_folders(read_manifest(root)):
            shutil.rmtree(root / retired, ignore_errors=True)
        return version


def import_store(
    folder: str | Path,
    into: str | Path,
    *,
    sample: float | None = None,
    memory_limit: str | None = None,
    told: Callable[[float], None] | None = None,
) -> None:
    """Write a folder of Parquet tables, as Spark or an export wrote it, to a store of DuckDB's.

    Parameters
    ----------
    folder
        The store's folder, on this machine's disk.
    into
        A file that is not there yet.
    sample
        The share of customers to take, over 0 and up to 1, with all that is theirs; None: all. Who is taken depends
        on the customer's id alone, so that a larger share holds the customers of a smaller one.
    memory_limit
        The most memory to use, such as ``2GB``; larger work is set aside on disk.
    told
        Is told the share done.

    Raises
    ------
    SourceNotFoundError
        When the folder is no store.
    QuestionError
        When the share is none.
    OutputError
        When the file is there already, or cannot be written.
    StoreError, StoreVersionError
        When the folder is damaged, or a newer journeymap wrote it.
    """
    if sample is not None and not 0 < sample <= 1:
        raise QuestionError(f"A sample of {sample:g} is no share of the customers.", hint="Give such as 0.1.")
    root, path = Path(folder), Path(into)
    chain = versions_in_order(read_manifest(root))
    if not chain:
        far = "Copy it here first, all of it." if "://" in str(folder) else "Name the folder that Spark wrote."
        raise SourceNotFoundError(f"{folder} holds no store of Parquet tables.", hint=far)
    if path.exists():
        raise OutputError(f"{path} is there already.", hint="Name a new file, or remove that one.")
    with writing(path) as copy:
        engine = DuckdbEngine(copy, memory_limit=memory_limit, spill_folder=Path(f"{copy}.tmp"))
        store = Store(engine, path)
        try:
            tables = chain[-1].tables
            # Customers come first: a sample is theirs.
            for at, name in enumerate(sorted(tables, key=lambda name: (name != "customers", name))):
                kept = "" if sample is None else _sampled(name, sample)
                _import_table(store, name, root, tables[name], kept, _portion(told, at, len(tables)))
            expect_known_version(store, folder)
            hash_paths_as(store, "duckdb")
            engine.execute("CHECKPOINT")
        finally:
            store.close()


def _portion(told: Callable[[float], None] | None, at: int, of: int) -> Callable[[float], None] | None:
    return None if told is None else lambda share: told((at + share) / of)


def _sampled(name: str, sample: float) -> str:
    if name == "customers":
        return f" WHERE md5_number_lower(customer_id) % 1000000 < {round(sample * 1_000_000)}"
    if name in {"events", "lines", "journeys"}:
        return " WHERE customer_key IN (SELECT customer_key FROM customers)"
    if name == "settings":
        return " WHERE name <> 'customers_file'"  # what it says of the customers is of all of them
    return ""


def _export_table(
    store: Store, name: str, root: Path, folder: str, told: Callable[[float], None] | None
) -> TableFolders:
    # What Spark has no type for is text there, and so it is after the way back.
    columns = tuple((column, carrier(kind)) for column, kind in store.engine.columns(name))
    listed = ", ".join(f"CAST({identifier(column)} AS {kind}) AS {identifier(column)}" for column, kind in columns)
    target = root / folder
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{root} cannot be written: {error.strerror}.", hint="Name another place.") from None
    store.engine.execute_long(
        f"COPY (SELECT {listed} FROM {identifier(name)}) TO {text_literal(str(target))} "
        f"(FORMAT parquet, COMPRESSION zstd, FILE_SIZE_BYTES '{_FILE_SIZE}')",
        progress=told,
    )
    return TableFolders(columns, (folder,))


def _import_table(
    store: Store, name: str, root: Path, at: TableFolders, kept: str, told: Callable[[float], None] | None
) -> None:
    listed = ", ".join(f"CAST({identifier(column)} AS {kind}) AS {identifier(column)}" for column, kind in at.columns)
    files = ", ".join(text_literal(str(file)) for file in row_files(root, at))
    order = f" ORDER BY {', '.join(SORTED_BY[name])}" if name in SORTED_BY else ""
    try:
        store.engine.execute_long(
            f"CREATE TABLE {identifier(name)} AS SELECT {listed} "
            f"FROM read_parquet([{files}], union_by_name = true){kept}{order}",
            progress=told,
        )
    except duckdb.Error as error:
        raise StoreError(
            f"{root} is damaged: its table '{name}' cannot be read: {str(error).splitlines()[0]}",
            hint="Is the folder there as a whole? Copy or export it again.",
        ) from None
