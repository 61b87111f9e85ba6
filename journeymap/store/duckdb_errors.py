"""What DuckDB fails with, in words for the one who asked."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import duckdb

from journeymap.errors import OutputError, ResourceError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOT_WRITTEN: Final = (
    "No space left", "File too large", "Disk quota", "Could not write", "async write failed", "Async write failed",
)  # fmt: skip
"""How DuckDB says that a disk is full, or that no more may be written to it."""


@contextmanager
def opening_errors(path: Path | None, memory_limit: str | None) -> Iterator[None]:
    """Say why a database cannot be opened.

    Raises
    ------
    StoreError
        When the file is no database, damaged, or in use.
    ResourceError
        When the memory limit is too small to begin with.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise _out_of_memory(error, memory_limit) from None
    except duckdb.Error as error:
        raise StoreError(
            f"{_shown(path)} cannot be opened: {_first_line(error).replace(str(path), _shown(path))}",
            hint="A store is a file that 'journeymap ingest ... --into' wrote.",
        ) from None


@contextmanager
def statement_errors(memory_limit: str | None) -> Iterator[None]:
    """Say what a statement failed for, where that is the machine or the user.

    Raises
    ------
    ResourceError
        When it did not fit into memory.
    OutputError
        When a file could not be written, as on a full disk.
    StoreError
        When the store has been closed.
    KeyboardInterrupt
        When Ctrl-C ended it.
    """
    try:
        yield
    except duckdb.ConnectionException as error:
        if "closed" not in str(error):
            raise
        raise StoreError("The store is closed.", hint="Open it again: jm.open(...).") from None
    except duckdb.OutOfMemoryException as error:
        raise _out_of_memory(error, memory_limit) from None
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        if not any(said in str(error) for said in _NOT_WRITTEN):
            raise
        raise OutputError(
            f"A file could not be written: {_first_line(error)}",
            hint="Free space where it lies, or name another place. Nothing has changed.",
        ) from None
    except RuntimeError as error:
        raise _interrupted(error) from None


def _out_of_memory(error: Exception, memory_limit: str | None) -> ResourceError:
    limit = f"memory limit of {memory_limit}" if memory_limit is not None else "memory limit"
    return ResourceError(
        f"The work did not fit into the {limit}: {_first_line(error)}",
        hint="Raise --memory-limit (such as 4GB), or free space where the store lies: larger work is set aside there.",
    )


def _shown(path: Path | None) -> str:
    """Name a store as its user does: a writer's working copy by the name of the store."""
    if path is None:
        return "The database in memory"
    return str(path.with_name(path.name.removeprefix(".").removesuffix(".writing"))) if _is_copy(path) else str(path)


def _is_copy(path: Path) -> bool:
    return path.name.startswith(".") and path.name.endswith(".writing")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _interrupted(error: RuntimeError) -> BaseException:
    """DuckDB takes a Ctrl-C during a short statement for itself, and tells of it in this way."""
    return KeyboardInterrupt() if "interrupted" in str(error).lower() else error
