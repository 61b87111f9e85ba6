"""A store's file: a writer works on a copy and puts it in the old one's place when all is done."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from journeymap.errors import OutputError, StoreBusyError

if sys.platform != "win32":
    import fcntl
if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC_AT, _MAGIC = 8, b"DUCK"
_ASK_AGAIN_SECONDS = 0.1
_FICLONE = 0x40049409  # Linux: share the blocks of a file with its copy where the file system can


@contextmanager
def writing(path: Path, *, wait_seconds: float = 0.0) -> Iterator[Path]:
    """Give a working copy of a store's file that replaces it when the block ends well.

    Readers keep the file they opened. When the block fails, or the process dies, the store is as it was. A link stays
    one: what it leads to is written. Who may read the store may read the new one, and nobody else.

    Parameters
    ----------
    path
        The store; it may not exist yet.
    wait_seconds
        How long to wait for another writer to be done.

    Yields
    ------
    Path
        The working copy, in the same folder; it does not exist yet when the store does not.

    Raises
    ------
    OutputError
        When the folder or the store cannot be written.
    StoreBusyError
        When another process is writing to the store, and still is after the wait.
    """
    named, path = path, path.resolve()
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"There is no folder {folder}.", hint="Make it first, or name another place for the store.")
    copy = folder / f".{path.name}.writing"
    with locked(folder / f".{path.name}.lock", named, wait_seconds=wait_seconds):
        try:
            for left in (copy, Path(f"{copy}.wal")):
                left.unlink(missing_ok=True)  # of a writer that died
            if path.exists():
                if not os.access(path, os.W_OK):
                    raise OutputError(
                        f"The store {named} may only be read.", hint="Allow yourself to write it, or name another one."
                    )
                copy_file(path, copy)
            yield copy
            if copy.exists():
                copy.replace(path)
        finally:
            for left in (copy, Path(f"{copy}.wal")):
                left.unlink(missing_ok=True)
            shutil.rmtree(f"{copy}.tmp", ignore_errors=True)


@contextmanager
def locked(lock: Path, store: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold a store's lock file while the block lasts; refuse where another process holds it, after waiting for it."""
    handle = _take(lock, store, wait_seconds)
    try:
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _take(lock: Path, store: Path, wait_seconds: float) -> int:
    """Open and lock the lock file; one that its last owner has removed meanwhile is no lock."""
    until = time.monotonic() + wait_seconds
    while True:
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputError(
                f"The folder {lock.parent} cannot be written: {error.strerror}.",
                hint="Name a place for the store where you may write.",
            ) from None
        if sys.platform == "win32":
            return handle
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.stat().st_ino == os.fstat(handle).st_ino:
                return handle
        except FileNotFoundError:
            pass
        except BlockingIOError:
            left = until - time.monotonic()
            if left <= 0:
                os.close(handle)
                waited = f" It still was after {wait_seconds:g} seconds." if wait_seconds else ""
                raise StoreBusyError(
                    f"Another process is writing to {store}.{waited}",
                    hint='Try again when it is done, or wait for it: --wait 10m (wait="10m" in Python).',
                ) from None
            time.sleep(min(left, _ASK_AGAIN_SECONDS))
        os.close(handle)


def copy_file(source: Path, target: Path) -> None:
    """Copy a store's file; where the disk can, both share their blocks until one is written to.

    Raises
    ------
    OutputError
        When there is no room for it.
    """
    try:
        with source.open("rb") as read, target.open("wb") as write:
            shutil.copymode(source, target)  # before anything is in it
            if sys.platform == "linux":
                try:
                    fcntl.ioctl(write.fileno(), _FICLONE, read.fileno())
                except OSError:
                    shutil.copyfileobj(read, write, 16 * 1024 * 1024)
            else:
                shutil.copyfileobj(read, write, 16 * 1024 * 1024)
    except OSError as error:
        raise OutputError(
            f"The store {source} cannot be copied for writing: {error.strerror}.",
            hint="A writer needs as much free space as the store is large.",
        ) from None


def is_store(path: Path) -> bool:
    """Say whether a file is a database of the kind that a store is kept in."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC
