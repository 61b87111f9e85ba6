"""A store's folder on this machine's own disk: its manifest and small tables, without Spark."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from journeymap.errors import OutputError
from journeymap.store.manifest import MANIFEST, MANIFEST_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from journeymap.store.manifest import TableFolders, Version

_KINDS: Final = {"INTEGER": pa.int32(), "BIGINT": pa.int64(), "VARCHAR": pa.string()}
MANIFEST_SCHEMA: Final = pa.schema([(name, _KINDS[kind]) for name, kind in MANIFEST_COLUMNS])


def manifest_table(version: Version) -> pa.Table:
    """Give a version's rows of the manifest as an Arrow table."""
    rows = [dict(zip(MANIFEST_SCHEMA.names, row, strict=True)) for row in version.rows()]
    return pa.Table.from_pylist(rows, schema=MANIFEST_SCHEMA)


def read_manifest(root: Path) -> list[tuple[Any, ...]]:
    """Read the manifest of a folder; there are no rows where there is none."""
    rows: list[tuple[Any, ...]] = []
    for file in sorted((root / MANIFEST).glob("[!._]*.parquet")):
        rows += [tuple(row.values()) for row in pq.read_table(file, schema=MANIFEST_SCHEMA).to_pylist()]
    return rows


def append_manifest(root: Path, version: Version) -> None:
    """Make a version: one file more in the manifest, there as a whole or not at all."""
    folder = root / MANIFEST
    try:
        folder.mkdir(parents=True, exist_ok=True)
        waiting = folder / f".{version.run}.writing"
        pq.write_table(manifest_table(version), waiting)
        waiting.replace(folder / f"{version.number:06d}-{version.run}.parquet")
    except OSError as error:
        raise OutputError(f"{root} cannot be written: {error.strerror}.", hint="Is there space, and may you?") from None


def row_files(root: Path, at: TableFolders) -> list[Path]:
    """Give the files of a table, in order."""
    return [file for folder in at.folders for file in sorted((root / folder).glob("[!._]*.parquet"))]


def read_small(root: Path, at: TableFolders) -> pa.Table:
    """Read a small table as a whole."""
    return pa.concat_tables([pq.read_table(file) for file in row_files(root, at)]).select(
        [name for name, _ in at.columns]
    )


def write_small(root: Path, folder: str, table: pa.Table) -> None:
    """Write a small table to a folder that is not there yet."""
    try:
        (root / folder).mkdir(parents=True)
        pq.write_table(table, root / folder / "part-0.parquet")
    except OSError as error:
        raise OutputError(f"{root} cannot be written: {error.strerror}.", hint="Is there space, and may you?") from None


def left_over(root: Path, named: set[str]) -> list[str]:
    """Give the folders that writes which failed have left: no version names them. Only for who holds the lock."""
    if not root.is_dir():
        return []
    tables = [table for table in root.iterdir() if table.is_dir() and table.name != MANIFEST]
    found = [f"{table.name}/{run.name}" for table in tables for run in table.iterdir()]
    return sorted(folder for folder in found if folder not in named)


def expect_free(root: Path, rows: Sequence[object]) -> None:
    """Refuse a folder that holds something else than a store; what a write that failed has left empty is nothing."""
    if root.is_file() or (not rows and root.is_dir() and any(not item.is_dir() for item in root.rglob("*"))):
        raise OutputError(
            f"{root} is there already, and is no store of Parquet tables.", hint="Name a new folder, or an empty one."
        )


def remove_empty(root: Path) -> None:
    """Remove the folders below a folder that hold nothing, and itself where it holds nothing then."""
    below = sorted((item for item in root.rglob("*") if item.is_dir()), reverse=True)
    for folder in (*below, root):
        with suppress(OSError):  # something is in it
            folder.rmdir()
