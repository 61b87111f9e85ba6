"""Several files or frames, as one relation of raw rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.ingest.sources import SourceFile, look_at
from journeymap.store.duckdb_reading import stage_arrow, stage_json_lines, stage_parquet, stage_text
from journeymap.store.sql import text_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pyarrow as pa

    from journeymap.settings import EventSettings
    from journeymap.store.duckdb_engine import DuckdbEngine
    from journeymap.store.duckdb_reading import StagedPart


@dataclass(frozen=True, slots=True)
class Column:
    """A source column in the staged relation: its name in the source, its name there, and its type."""

    name: str
    sql: str
    kind: str


@dataclass(frozen=True, slots=True)
class Staged:
    """Raw rows, ready to be checked.

    Attributes
    ----------
    relation
        The name of a view with ``file_key``, ``row_number``, ``arrival`` and the columns.
    columns
        The source's columns.
    sources
        What each ``file_key`` was called.
    broken
        (source, row number, raw text, reason) of rows that could not be parsed.
    n_rows
        Rows read, broken ones included.
    next_arrival
        The first arrival number that no row of these has.
    """

    relation: str
    columns: tuple[Column, ...]
    sources: tuple[str, ...]
    broken: tuple[tuple[str, int, str, str], ...]
    n_rows: int
    next_arrival: int

    def column(self, name: str) -> Column:
        """Give the column of that name."""
        return next(column for column in self.columns if column.name == name)


def stage_files(
    engine: DuckdbEngine,
    paths: Sequence[Path],
    settings: EventSettings,
    *,
    first_arrival: int,
    name: str = "events_file",
    progress: Callable[[float], None] | None = None,
) -> Staged:
    """Read files, in order, into one relation of raw rows. ``name`` is how the staging tables' names begin."""
    files = [look_at(path, delimiter=settings.delimiter, encoding=settings.encoding) for path in paths]
    parts = []
    for at, file in enumerate(files):
        told = None if progress is None else _portion(progress, at, len(files))
        parts.append(_stage(engine, f"{name}_{at}", file, settings.encoding, told))
    return _together(engine, parts, [str(path) for path in paths], first_arrival)


def stage_table(engine: DuckdbEngine, table: pa.Table, *, first_arrival: int) -> Staged:
    """Take an Arrow table as one source of raw rows."""
    return _together(engine, [stage_arrow(engine, "staged_frame", table)], ["data frame"], first_arrival)


def _portion(progress: Callable[[float], None], at: int, of: int) -> Callable[[float], None]:
    return lambda share: progress((at + share) / of)


def _stage(
    engine: DuckdbEngine,
    table: str,
    file: SourceFile,
    encoding: str,
    progress: Callable[[float], None] | None,
) -> StagedPart:
    if file.kind == "parquet":
        return stage_parquet(engine, file.path)
    if file.kind == "json":
        return stage_json_lines(engine, table, file.path, encoding=encoding, progress=progress)
    return stage_text(
        engine, table, file.path, file.header, delimiter=file.delimiter, encoding=encoding, progress=progress
    )


def _together(engine: DuckdbEngine, parts: Sequence[StagedPart], sources: Sequence[str], first_arrival: int) -> Staged:
    kinds: dict[str, str] = {}
    for part in parts:
        for name, kind in part.columns:
            known = one_line(name)
            kinds[known] = _common_kind(kinds.get(known, kind), kind)
    columns = tuple(Column(name, f"s{at}", kind) for at, (name, kind) in enumerate(kinds.items()))
    selects, broken, arrival, n_rows = [], [], first_arrival, 0
    for key, (part, source) in enumerate(zip(parts, sources, strict=True)):
        own = {one_line(name): (f"c{at}", kind) for at, (name, kind) in enumerate(part.columns)}
        listed = "".join(
            f", {cast_sql(*own.get(item.name, ('NULL', item.kind)), to=item.kind)} AS {item.sql}" for item in columns
        )
        selects.append(
            f"SELECT {key} AS file_key, row_number, row_number + {arrival - 1} AS arrival{listed} "
            f"FROM ({part.relation})"
        )
        broken += [(source, row, raw, reason) for row, raw, reason in part.broken]
        arrival += part.last_row
        n_rows += part.n_rows + len(part.broken)
    engine.execute("CREATE OR REPLACE TEMP VIEW staged AS " + " UNION ALL ".join(selects))
    listed_sources = ", ".join(f"({key}, {text_literal(source)})" for key, source in enumerate(sources))
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE staged_sources AS SELECT * FROM (VALUES {listed_sources}) s(file_key, source)"
    )
    return Staged("staged", columns, tuple(sources), tuple(broken), n_rows, arrival)


_WHOLE_KINDS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})


def _common_kind(one: str, other: str) -> str:
    """Give the type of a column that may have another in another file: text, unless both are whole numbers."""
    if one == other:
        return one
    return "BIGINT" if {one, other} <= _WHOLE_KINDS else "VARCHAR"


def cast_sql(sql: str, kind: str, *, to: str) -> str:
    """Write the SQL that gives a value of one type as another; whole numbers become text without a point.

    Examples
    --------
    >>> cast_sql("c1", "INTEGER", to="BIGINT")
    'CAST(c1 AS BIGINT)'
    """
    if to == "VARCHAR" and kind in {"DOUBLE", "FLOAT"}:
        return (
            f"CASE WHEN {sql} = trunc({sql}) AND abs({sql}) < 1e15 THEN CAST(CAST({sql} AS BIGINT) AS VARCHAR) "
            f"ELSE CAST({sql} AS VARCHAR) END"
        )
    return f"CAST({sql} AS {to})"


def one_line(name: str) -> str:
    r"""Write a column's name in one line; a line break within it would not survive the laying out of SQL.

    Examples
    --------
    >>> one_line("order\n value")
    'order value'
    """
    return " ".join(name.split()) if "\n" in name or "\r" in name else name
