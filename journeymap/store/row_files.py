"""Many rows, from questions into a file: they stay in the engine, so that they need not fit into Python's memory."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

import duckdb

from journeymap.errors import OutputError
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from journeymap.store.sql import Query
    from journeymap.store.store import Store

RowFormat = Literal["csv", "parquet"]
_OPTIONS: Final[dict[RowFormat, str]] = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd"}


@contextmanager
def kept_rows(store: Store, name: str, queries: Sequence[Query]) -> Iterator[None]:
    """Keep the rows of questions, one after the other, as a temporary table while the block lasts.

    Parameters
    ----------
    store
        The open store; its own tables stay as they are.
    name
        What the table is called.
    queries
        They give the same columns.
    """
    table = identifier(name)
    engine = store.engine
    try:
        for at, query in enumerate(queries):
            for listener in engine.listeners:
                listener(query.printable())
            head = f"INSERT INTO temp.{table}" if at else f"CREATE TEMP TABLE {table} AS"
            engine.execute_long(f"{head}\n{query.text()}", query.used_values())
        yield
    finally:
        engine.execute(f"DROP TABLE IF EXISTS temp.{table}")


@contextmanager
def lent_rows(store: Store, name: str, rows: pa.Table) -> Iterator[None]:
    """Let questions read an Arrow table under a name while the block lasts."""
    store.engine.register(name, rows)
    try:
        yield
    finally:
        store.engine.execute(f"DROP VIEW IF EXISTS {identifier(name)}")


def expect_place(path: Path) -> None:
    """Refuse a file that cannot be written, before the work is done.

    Raises
    ------
    OutputError
        When there is no such folder, or it is a folder itself.
    """
    if not path.parent.is_dir():
        raise OutputError(f"{path} cannot be written: there is no folder {path.parent}.", hint="Make it first.")
    if path.is_dir():
        raise OutputError(f"{path} cannot be written: it is a folder.", hint="Name a file in it.")


def write_rows(store: Store, query: Query, path: Path, *, form: RowFormat) -> None:
    """Write the rows of a question to a file, which is then either whole or as it was.

    Parameters
    ----------
    store
        The open store.
    query
        The question.
    path
        The file; one that is there is replaced.
    form
        ``csv`` (UTF-8, commas, a header, what is missing is empty) or ``parquet``.

    Raises
    ------
    OutputError
        When it cannot be written; nothing of it is left.
    """
    for listener in store.engine.listeners:
        listener(query.printable())
    with _whole_file(path) as part:
        try:
            store.engine.write_file(query, part, _OPTIONS[form])
        except duckdb.IOException as error:
            reason = str(error).strip().splitlines()[0].replace(str(part), str(path))
            raise OutputError(f"{path} cannot be written: {reason}", hint="Is there room on the disk?") from None


@contextmanager
def _whole_file(path: Path) -> Iterator[Path]:
    """Give a file beside the one to be written, which takes its place when the block ends well."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.touch(exist_ok=False)
        yield part
        part.replace(path)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.", hint="Name a file in a folder where you may write."
        ) from None
    finally:
        part.unlink(missing_ok=True)
