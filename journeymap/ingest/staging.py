"""Several files or frames, as one relation of raw rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, cast

from journeymap.ingest.sources import SourceFile, look_at
from journeymap.store.sql import plain_text, text_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from journeymap.settings import EventSettings
    from journeymap.store.engine import Engine
    from journeymap.store.spark_engine import SparkEngine
    from journeymap.store.staged_part import StagedPart

    Told = Callable[[float], None]


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
    n_broken
        Rows that could not be parsed. Where there are any, the view ``staged_broken`` has them: ``file_key``,
        ``row_number``, ``raw`` and ``reason``.
    n_rows
        Rows read, broken ones included.
    next_arrival
        The first arrival number that no row of these has.
    notes
        What was decided for the user about the columns, to be told.
    """

    relation: str
    columns: tuple[Column, ...]
    sources: tuple[str, ...]
    n_broken: int
    n_rows: int
    next_arrival: int
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Give the column of that name."""
        return next(column for column in self.columns if column.name == name)


def stage_files(
    engine: Engine,
    paths: Sequence[Path | str],
    settings: EventSettings,
    *,
    first_arrival: int,
    name: str = "events_file",
    progress: Told | None = None,
) -> Staged:
    """Read files, in order, into one relation of raw rows. ``name`` is how the staging tables' names begin."""
    files = [look_at(path, delimiter=settings.delimiter, encoding=settings.encoding, engine=engine) for path in paths]
    if engine.kind == "spark":
        parts = _stage_by_spark(cast("SparkEngine", engine), name, files, settings.encoding, progress)
    else:
        parts = _stage_by_duckdb(engine, name, files, settings.encoding, progress)
    renamed = dict.fromkeys(pair for file in files for pair in file.renamed)
    notes = tuple(f"More than one column is called '{plain}': a later one is '{name}'." for plain, name in renamed)
    return replace(_together(engine, parts, first_arrival), notes=notes)


def stage_table(engine: Engine, table: pa.Table, *, first_arrival: int) -> Staged:
    """Take an Arrow table as one source of raw rows."""
    from journeymap.store.duckdb_typed import stage_arrow

    return _together(engine, [stage_arrow(engine, "staged_frame", table)], first_arrival)


def _portion(progress: Told | None, at: int, of: int) -> Told | None:
    return None if progress is None else lambda share: progress((at + share) / of)


def _stage_by_duckdb(
    engine: Engine, name: str, files: Sequence[SourceFile], encoding: str, progress: Told | None
) -> list[StagedPart]:
    """Read each file on its own."""
    from journeymap.store.duckdb_reading import stage_json_lines, stage_text
    from journeymap.store.duckdb_typed import stage_parquet

    parts = []
    for at, file in enumerate(files):
        told, table, path = _portion(progress, at, len(files)), f"{name}_{at}", Path(file.path)
        if file.kind == "parquet":
            parts.append(stage_parquet(engine, path))
        elif file.kind == "json":
            parts.append(stage_json_lines(engine, table, path, encoding=encoding, progress=told))
        else:
            parts.append(
                stage_text(engine, table, path, file.header, delimiter=file.delimiter, encoding=encoding, progress=told)
            )
    return parts


def _stage_by_spark(
    engine: SparkEngine, name: str, files: Sequence[SourceFile], encoding: str, progress: Told | None
) -> list[StagedPart]:
    """Read files that follow one another and are written alike together, however many they are."""
    from journeymap.store.spark_reading import stage_json_lines, stage_text
    from journeymap.store.spark_typed import stage_parquet, stage_table

    runs = [list(run) for _, run in groupby(files, key=lambda file: (file.kind, file.header, file.delimiter))]
    parts: list[StagedPart] = []
    for at, run in enumerate(runs):
        told, table = _portion(progress, at, len(runs)), f"{name}_{at}"
        paths = [str(file.path) for file in run]
        if run[0].kind == "table":
            parts += [stage_table(engine, f"{table}_{nth}", path) for nth, path in enumerate(paths)]
        elif run[0].kind == "parquet":
            parts += stage_parquet(engine, table, paths)
        elif run[0].kind == "json":
            parts.append(stage_json_lines(engine, table, paths, encoding=encoding, progress=told))
        else:
            parts.append(
                stage_text(
                    engine, table, paths, run[0].header, delimiter=run[0].delimiter, encoding=encoding, progress=told
                )
            )
    return parts


def _together(engine: Engine, parts: Sequence[StagedPart], first_arrival: int) -> Staged:
    kinds: dict[str, str] = {}
    for part in parts:
        for name, kind in part.columns:
            known = one_line(name)
            kinds[known] = _common_kind(kinds.get(known, kind), kind)
    columns = tuple(Column(name, f"s{at}", kind) for at, (name, kind) in enumerate(kinds.items()))
    selects: list[str] = []
    broken: list[str] = []
    sources: list[str] = []
    arrival = first_arrival
    for part in parts:
        own = {one_line(name): (f"c{at}", kind) for at, (name, kind) in enumerate(part.columns)}
        listed = "".join(
            f", {cast_sql(*own.get(item.name, ('NULL', item.kind)), to=item.kind)} AS {item.sql}" for item in columns
        )
        several = len(part.sources) > 1
        file_key = f"{len(sources)} + file_at" if several else str(len(sources))
        place = "place" if several else "row_number"
        selects.append(
            f"SELECT {file_key} AS file_key, row_number, {place} + {arrival - 1} AS arrival{listed} "
            f"FROM ({part.relation})"
        )
        if part.broken is not None:
            broken.append(f"SELECT {file_key} AS file_key, row_number, raw, reason FROM ({part.broken})")
        sources += part.sources
        arrival += part.last_row
    engine.execute("CREATE OR REPLACE TEMP VIEW staged AS " + " UNION ALL ".join(selects))
    if broken:
        engine.execute("CREATE OR REPLACE TEMP VIEW staged_broken AS " + " UNION ALL ".join(broken))
    listed_sources = ", ".join(f"({key}, {text_literal(source)})" for key, source in enumerate(sources))
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE staged_sources AS SELECT * FROM (VALUES {listed_sources}) s(file_key, source)"
    )
    n_broken = sum(part.n_broken for part in parts)
    n_rows = sum(part.n_rows for part in parts) + n_broken
    return Staged("staged", columns, tuple(sources), n_broken, n_rows, arrival)


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
    return plain_text(sql, kind) if to == "VARCHAR" else f"CAST({sql} AS {to})"


def one_line(name: str) -> str:
    r"""Write a column's name in one line; a line break within it would not survive the laying out of SQL.

    Examples
    --------
    >>> one_line("order\n value")
    'order value'
    """
    return " ".join(name.split()) if "\n" in name or "\r" in name else name
