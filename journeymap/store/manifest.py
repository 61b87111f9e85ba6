"""The manifest of a store that is a folder of Parquet tables: which folders make up which version.

The folder holds ``manifest/`` and one folder per table, in which each write has a folder of its own. A commit adds one
small file to the manifest, which is the one step that makes a version; nothing is ever written over. A version names
the one before it, so that of two writers who began with the same version only the first counts.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

MANIFEST: Final = "manifest"
MANIFEST_COLUMNS: Final = (
    ("version", "INTEGER"),
    ("run", "VARCHAR"),
    ("parent", "VARCHAR"),
    ("committed_at_us", "BIGINT"),
    ("table_name", "VARCHAR"),
    ("columns", "VARCHAR"),
    ("folders", "VARCHAR"),
)
SORTED_BY: Final = {
    "events": ("customer_key", "position"),
    "lines": ("customer_key", "at_us", "arrival"),
    "journeys": ("customer_key", "journey_key"),
    "customers": ("customer_key",),
}
"""How rows are sorted within each file, so that readers pass over what they do not need, and files are small."""


@dataclass(frozen=True, slots=True)
class TableFolders:
    """Where a table lies.

    Attributes
    ----------
    columns
        (name, type as DuckDB calls it) in order.
    folders
        Of its rows, below the store's folder.
    """

    columns: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a store.

    Attributes
    ----------
    number
        Counts the states from 1; 0 is a store that is not there yet.
    run
        Names the write that made it.
    parent
        The run of the state before it.
    committed_at_us
        When it was written, in microseconds UTC, by the writer's clock.
    tables
        Where each table lies.
    """

    number: int = 0
    run: str = ""
    parent: str = ""
    committed_at_us: int = 0
    tables: Mapping[str, TableFolders] = field(default_factory=dict)

    def rows(self) -> list[tuple[object, ...]]:
        """Give its rows in the manifest, with :data:`MANIFEST_COLUMNS`."""
        return [
            (
                self.number,
                self.run,
                self.parent,
                self.committed_at_us,
                name,
                json.dumps(at.columns),
                json.dumps(at.folders),
            )
            for name, at in sorted(self.tables.items())
        ]


def new_run() -> str:
    """Name a write as no other is named."""
    return uuid.uuid4().hex[:16]


def versions_in_order(rows: Iterable[Sequence[object]]) -> list[Version]:
    """Read the manifest.

    Parameters
    ----------
    rows
        With :data:`MANIFEST_COLUMNS`, in any order.

    Returns
    -------
    list of Version
        From the first to the one that counts now. Where two name the same one as before them, the earlier counts.

    Examples
    --------
    >>> first = Version(1, "a", "", 5, {"events": TableFolders((("step", "INTEGER"),), ("events/a-0",))})
    >>> late, later = (Version(2, run, "a", at, first.tables) for run, at in (("b", 7), ("c", 8)))
    >>> [version.run for version in versions_in_order([*later.rows(), *first.rows(), *late.rows()])]
    ['a', 'b']
    """
    tables: dict[tuple[int, str, str, int], dict[str, TableFolders]] = {}
    for number, run, parent, at_us, name, columns, folders in rows:
        key = (int(str(number)), str(run), str(parent), int(str(at_us)))
        listed = tuple((str(column), str(kind)) for column, kind in json.loads(str(columns)))
        tables.setdefault(key, {})[str(name)] = TableFolders(listed, tuple(json.loads(str(folders))))
    found = [Version(*key, tables=known) for key, known in tables.items()]
    chain: list[Version] = []
    while True:
        before = chain[-1].run if chain else ""
        following = [version for version in found if version.parent == before and version.number == len(chain) + 1]
        if not following:
            return chain
        chain.append(min(following, key=lambda version: (version.committed_at_us, version.run)))


def retired_folders(rows: Sequence[Sequence[object]]) -> list[str]:
    """Give the folders that only versions before the former one name, or such as lost to another writer."""
    chain = versions_in_order(rows)
    kept = {folder for version in chain[-2:] for at in version.tables.values() for folder in at.folders}
    return sorted(named_folders(rows) - kept)


def named_folders(rows: Iterable[Sequence[object]]) -> set[str]:
    """Give all folders that any version names."""
    return {folder for row in rows for folder in json.loads(str(row[6]))}


def is_folder_store(path: Path) -> bool:
    """Say whether a local folder holds a store of Parquet tables."""
    return any((path / MANIFEST).glob("*.parquet")) if (path / MANIFEST).is_dir() else False
