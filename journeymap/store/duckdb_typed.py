"""Sources whose columns have types, Parquet and Arrow, as staging relations: they are read where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from journeymap.errors import SourceError
from journeymap.store.sql import identifier, text_literal
from journeymap.store.staged_part import StagedPart

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from journeymap.store.engine import Engine


def stage_parquet(engine: Engine, path: Path) -> StagedPart:
    """Look at a Parquet file where it lies; nothing is copied."""
    source = f"read_parquet({text_literal(str(path))}, file_row_number = true)"
    try:
        described = engine.columns(f"SELECT * EXCLUDE (file_row_number) FROM {source}")
    except duckdb.Error as error:
        raise SourceError(
            f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}",
            hint="Write the file again, or give it the ending of the format it has.",
        ) from None
    selected = "".join(f", {_plain(name, kind)} AS c{at}" for at, (name, kind) in enumerate(described))
    n_rows = int(engine.execute(f"SELECT count(*) FROM {source}")[0][0])
    return StagedPart(
        relation=f"SELECT file_row_number + 1 AS row_number{selected} FROM {source}",
        columns=tuple((name, _plain_type(kind)) for name, kind in described),
        sources=(str(path),),
        n_rows=n_rows,
        last_row=n_rows,
    )


def stage_arrow(engine: Engine, name: str, table: pa.Table) -> StagedPart:
    """Look at an Arrow table in memory; nothing is copied."""
    import numpy as np
    import pyarrow as pa

    renamed = table.rename_columns([f"c{at}" for at in range(table.num_columns)])
    numbered = renamed.append_column("row_number", pa.array(np.arange(1, table.num_rows + 1)))
    engine.register(name, numbered)
    described = engine.columns(f"SELECT * FROM {name}")[:-1]
    selected = "".join(f", {_plain(column, kind)} AS {column}" for column, kind in described)
    return StagedPart(
        relation=f"SELECT row_number{selected} FROM {name}",
        columns=tuple(
            (str(original), _plain_type(kind))
            for original, (_, kind) in zip(table.column_names, described, strict=True)
        ),
        sources=("data frame",),
        n_rows=table.num_rows,
        last_row=table.num_rows,
    )


def _plain(column: str, kind: str) -> str:
    """Read a column as a plain type: nested values as JSON text, nanoseconds as microseconds, NaN as null."""
    quoted = identifier(column)
    if kind in {"DOUBLE", "FLOAT"}:
        # pandas writes NaN where there is nothing. isnan() is not asked: DuckDB 2.0 answers it from a Parquet file's
        # statistics, which leave NaN out.
        return f"CASE WHEN isfinite({quoted}) OR isinf({quoted}) THEN {quoted} END"
    if _plain_type(kind) == kind:
        return quoted
    if kind.endswith(("]", ")")) and not kind.startswith("DECIMAL"):
        return f"CAST(to_json({quoted}) AS VARCHAR)"
    return f"CAST({quoted} AS {_plain_type(kind)})"


def _plain_type(kind: str) -> str:
    if kind.startswith(("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")):
        return "TIMESTAMPTZ"
    if kind.startswith("TIMESTAMP"):
        return "TIMESTAMP"
    if kind.startswith("DECIMAL") or kind in _PLAIN_TYPES:
        return kind
    return "VARCHAR"


_PLAIN_TYPES = frozenset(
    {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DATE", "VARCHAR"}
    | {"UTINYINT", "USMALLINT", "UINTEGER"}
)
