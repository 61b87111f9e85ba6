"""A store's folder, on any path that Spark reads: its manifest and its tables' rows."""

from __future__ import annotations

import shutil
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import SourceNotFoundError, StoreError
from journeymap.store.local_folder import append_manifest, manifest_table, read_manifest, read_small, write_small
from journeymap.store.manifest import MANIFEST, MANIFEST_COLUMNS, SORTED_BY, TableFolders
from journeymap.store.spark_errors import spark_errors
from journeymap.store.spark_lines import escape_glob
from journeymap.store.spark_rows import CachedRows
from journeymap.store.spark_session import is_remote
from journeymap.store.spark_types import spark_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from journeymap.store.manifest import Version
    from journeymap.store.spark_rows import Kinds

SCRATCH: Final = "scratch"
"""Below the store's folder: what a write sets aside while it lasts."""

_MOST_FOLDERS: Final = 8
"""A table that lies in more folders than these is written anew as one."""


class SparkFolder:
    """A folder that Spark reads and writes.

    Parameters
    ----------
    session
        A session of Spark.
    path
        Such as ``/data/shop``, ``s3a://bucket/shop`` or ``hdfs:///shop``.
    """

    def __init__(self, session: Any, path: str) -> None:  # noqa: ANN401 - pyspark is no dependency
        self.session = session
        self.local = _local_path(session, path)
        # Hadoop takes a path as it is: a blank that is written %20 would be another folder.
        self.path = (f"file://{self.local}" if self.local is not None else path).rstrip("/")

    def manifest(self) -> list[tuple[Any, ...]]:
        """Read the manifest; there are no rows where there is no store yet."""
        if self.local is not None:
            return read_manifest(self.local)
        schema = ", ".join(f"{name} {spark_type(kind)}" for name, kind in MANIFEST_COLUMNS)
        try:
            with spark_errors(f"{self.path} cannot be read"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                table = self.session.read.schema(schema).parquet(f"{self.path}/{MANIFEST}").toArrow()
        except SourceNotFoundError:
            return []
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def append_manifest(self, version: Version) -> None:
        """Make a version: one file more in the manifest."""
        if self.local is not None:
            append_manifest(self.local, version)
            return
        with spark_errors(f"{self.path} cannot be written"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = self.session.createDataFrame(manifest_table(version))
            rows.coalesce(1).write.mode("append").parquet(f"{self.path}/{MANIFEST}")

    def read(self, at: TableFolders) -> Any:  # noqa: ANN401 - a DataFrame of Spark
        """Give the rows of a table."""
        schema = ", ".join(f"`{name.replace('`', '``')}` {spark_type(kind)}" for name, kind in at.columns)
        with spark_errors(f"{self.path} cannot be read"):
            if not at.folders:
                return self.session.createDataFrame([], schema=schema)
            root = self.path if self.local is None else escape_glob(self.path)
            return self.session.read.schema(schema).parquet(*(f"{root}/{folder}" for folder in at.folders))

    def read_small(self, at: TableFolders) -> Any:  # noqa: ANN401 - an Arrow table, or a DataFrame of Spark
        """Give the rows of a small table."""
        return read_small(self.local, at) if self.local is not None else self.read(at)

    def write_small(self, folder: str, table: pa.Table, kinds: Kinds) -> None:
        """Write a small table to a folder that is not there yet."""
        if self.local is not None:
            write_small(self.local, folder, table)
            return
        schema = ", ".join(f"`{name}` {spark_type(kind)}" for name, kind in kinds)
        with spark_errors(f"{self.path} cannot be written"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = self.session.createDataFrame(table, schema=schema)
            rows.coalesce(1).write.parquet(f"{self.path}/{folder}")

    def write(self, folder: str, rows: Any, sort: Sequence[str] = ()) -> None:  # noqa: ANN401 - as above
        """Write rows to a folder that is not there yet."""
        with spark_errors(f"{self.path} cannot be written"):
            ordered = rows.sortWithinPartitions(*sort) if sort else rows
            ordered.write.parquet(f"{self.path}/{folder}")

    def remove(self, folders: Sequence[str]) -> None:
        """Remove folders, where the file system can be reached from here."""
        for folder in folders:
            if self.local is not None:
                shutil.rmtree(self.local / folder, ignore_errors=True)
            elif not is_remote(self.session):
                with spark_errors(f"{self.path} cannot be written"):
                    context = self.session.sparkContext
                    target = context._jvm.org.apache.hadoop.fs.Path(f"{self.path}/{folder}")  # noqa: SLF001 - pyspark has no other way to files
                    target.getFileSystem(context._jsc.hadoopConfiguration()).delete(target, True)  # noqa: SLF001


class FolderRows(CachedRows):
    """Keeps the rows of stored tables in a store's folder, and temporary ones in a folder of this write beside them.

    Parameters
    ----------
    folder
        The store's.
    run
        Names this write.
    tables
        The tables of the version that is written upon.
    """

    def __init__(self, folder: SparkFolder, run: str, tables: dict[str, TableFolders]) -> None:
        self.tables = tables
        self._folder = folder
        self._run = run
        self._n_written = 0
        self._pending: dict[str, Any] = {}

    def keep(self, name: str, rows: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - see Rows
        """See :class:`Rows`."""
        if temporary:
            at = TableFolders(tuple(kinds), (self._write(f"{SCRATCH}/{self._run}/{name}", rows),))
            return self._folder.read(at)
        self._pending.pop(name, None)
        at = TableFolders(tuple(kinds), (self._write(name, rows),))
        self.tables[name] = at
        return self._folder.read(at)

    def add(self, name: str, before: Any, added: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - see Rows
        """See :class:`Rows`."""
        at = self.tables.get(name)
        if temporary or at is None or name in self._pending or len(at.folders) >= _MOST_FOLDERS:
            return super().add(name, before, added, kinds, temporary=temporary)
        at = TableFolders(tuple(kinds), (*at.folders, self._write(name, added)))
        self.tables[name] = at
        return self._folder.read(at)

    def alter(self, name: str, rows: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - see Rows
        """See :class:`Rows`; a stored table is written when the rest is, if nothing has written it until then."""
        # Spark Connect looks names up when rows are asked for: under this one there would be the new rows by then.
        if temporary or is_remote(self._folder.session):
            return self.keep(name, rows, kinds, temporary=temporary)
        self._pending[name] = (rows, tuple(kinds))
        return rows

    def drop(self, name: str) -> None:
        """See :class:`Rows`."""
        self.tables.pop(name, None)
        self._pending.pop(name, None)

    def close(self) -> None:
        """See :class:`Rows`."""
        with suppress(StoreError, OSError):  # the next writer removes them
            self._folder.remove([f"{SCRATCH}/{self._run}"])

    def write_pending(self) -> None:
        """Write the tables whose columns were changed and that nothing has written since."""
        for name, (rows, kinds) in list(self._pending.items()):
            self.keep(name, rows, kinds, temporary=False)

    def _write(self, name: str, rows: Any) -> str:  # noqa: ANN401 - a DataFrame of Spark
        folder = f"{name}/{self._run}-{self._n_written:03d}"
        self._n_written += 1
        self._folder.write(folder, rows, SORTED_BY.get(name, ()))
        return folder


def _local_path(session: Any, path: str) -> Path | None:  # noqa: ANN401 - pyspark is no dependency
    """Give the path of a folder on this machine's own disk; None where it is elsewhere, or that cannot be known."""
    if path.startswith("file:"):
        return Path("/" + path.removeprefix("file:").lstrip("/"))
    if "://" in path or is_remote(session):
        return None
    default = session.sparkContext._jsc.hadoopConfiguration().get("fs.defaultFS", "file:///")  # noqa: SLF001 - pyspark has no other way to ask
    return Path(path).absolute() if str(default).startswith("file:") else None
