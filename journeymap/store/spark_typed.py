"""Sources with types of their own in Spark: Parquet files, and tables of the session's catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import JourneymapError, SourceError
from journeymap.store.spark_errors import spark_errors
from journeymap.store.spark_lines import Numbered, given_path, keep_read, places, quoted, told_path
from journeymap.store.spark_types import duckdb_type
from journeymap.store.staged_part import StagedPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.store.spark_engine import SparkEngine

_NUMBER_KINDS: Final = {"float", "double"}


def stage_parquet(engine: SparkEngine, table: str, paths: Sequence[str]) -> list[StagedPart]:
    """Look at Parquet files where they lie; nothing is copied. Files with other columns are parts of their own."""
    groups = _alike(paths)
    return [
        _parquet_part(engine, f"{table}_{at}" if len(groups) > 1 else table, group, zones)
        for at, (group, zones) in enumerate(groups)
    ]


def _alike(paths: Sequence[str]) -> list[tuple[list[str], dict[str, bool]]]:
    """Divide files into runs that can be read together, with the columns that hold nanoseconds (and have a zone)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if any("://" in path for path in paths):
        return [(list(paths), {})]
    groups: list[tuple[list[str], dict[str, bool]]] = []
    before: Any = None
    for path in paths:
        try:
            schema = pq.read_schema(path).remove_metadata()
        except (OSError, pa.ArrowInvalid) as error:
            raise _no_parquet(path, error) from None
        if before is not None and schema.equals(before):
            groups[-1][0].append(path)
        else:
            kinds = [(field.name, field.type) for field in schema]
            nanos = {
                name: kind.tz is not None for name, kind in kinds if pa.types.is_timestamp(kind) and kind.unit == "ns"
            }
            groups.append(([path], nanos))
        before = schema
    return groups


def _no_parquet(path: str, error: Exception) -> SourceError:
    return SourceError(
        f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}",
        hint="Write the file again, or give it the ending of the format it has.",
    )


def _parquet_part(engine: SparkEngine, table: str, paths: Sequence[str], nanos: dict[str, bool]) -> StagedPart:
    session = engine.session
    session.conf.set("spark.sql.legacy.parquet.nanosAsLong", "true")
    reader = session.read
    if len(paths) > 1:
        reader = reader.option("mergeSchema", "true")
    try:
        with spark_errors():
            found = reader.parquet(*places(paths))
            fields = [(field.name, field.dataType.simpleString()) for field in found.schema.fields]
    except JourneymapError as error:
        raise _no_parquet(paths[0], error) from None
    return _typed_part(engine, table, found, fields, paths, nanos)


def stage_table(engine: SparkEngine, table: str, name: str) -> StagedPart:
    """Look at a table of the session's catalog: Delta, Iceberg, or any other.

    Its rows have no order of their own: they are numbered by file and place in the file where Spark tells them, and
    otherwise as Spark reads them.
    """
    session = engine.session
    try:
        with spark_errors():
            found = session.table(name)
            fields = [(field.name, field.dataType.simpleString()) for field in found.schema.fields]
    except JourneymapError as error:
        raise SourceError(
            f"Spark has no table {name}: {error.message.removeprefix('Spark could not do this: ')}",
            hint="Name it as the session does: table:catalog.schema.name. A temporary view of another session is not "
            "seen; make it global, and name it table:global_temp.name.",
        ) from None
    return _typed_part(engine, table, found, fields, [f"table:{name}"], {})


def _typed_part(
    engine: SparkEngine,
    table: str,
    found: Any,  # noqa: ANN401 - a DataFrame of Spark
    fields: Sequence[tuple[str, str]],
    sources: Sequence[str],
    nanos: dict[str, bool],
) -> StagedPart:
    plain = [_plain(name, kind, nanos_zoned=nanos.get(name)) for name, kind in fields]
    listed = [f"{sql} AS c{at}" for at, (sql, _) in enumerate(plain)]
    place = "_metadata.file_path AS file_path", "CAST(0 AS BIGINT) AS block_start", "_metadata.row_index AS line_at"
    try:
        with spark_errors():
            rows = found.selectExpr(*place, *listed)
            rows.schema  # noqa: B018 - asks whether Spark knows places in files
    except JourneymapError:
        unplaced = "'' AS file_path", "CAST(0 AS BIGINT) AS block_start", "monotonically_increasing_id() AS line_at"
        rows = found.selectExpr(*unplaced, *listed)
        keep_read(engine, f"{table}_rows", rows, None)
    else:
        engine.adopt(f"{table}_rows", rows)
    counted = engine.execute(f"SELECT file_path, 0, 0, count(*) FROM {table}_rows GROUP BY file_path ORDER BY 1")
    is_files = not sources[0].startswith("table:")
    numbered = _numbered_files(engine, f"{table}_blocks", sources if is_files else None, counted)
    names = "".join(f", l.c{at}" for at in range(len(fields)))
    n_rows = sum(int(row[3]) for row in counted)
    return StagedPart(
        relation="SELECT b.file_at, l.line_at + b.row_offset AS row_number, l.line_at + b.place_offset AS place"
        f"{names} FROM {table}_rows l JOIN {numbered.blocks} b ON b.file_path = l.file_path",
        columns=tuple((name, kind) for (name, _), (_, kind) in zip(fields, plain, strict=True)),
        sources=tuple(sources),
        n_rows=n_rows,
        last_row=n_rows,
    )


def _numbered_files(
    engine: SparkEngine, name: str, paths: Sequence[str] | None, counted: list[tuple[Any, ...]]
) -> Numbered:
    """Give the rows of each file their places; those of a table count as one file."""
    import pyarrow as pa

    n_rows = {str(path): int(n) for path, _, _, n in counted}
    order = sorted(n_rows)
    file_at = dict.fromkeys(order, 0)
    if paths is not None:
        at = {given_path(path): position for position, path in enumerate(paths)}
        file_at = {path: at[told_path(path)] for path in order}
        order = sorted(order, key=lambda path: file_at[path])
    befores, place = [], 0
    for path in order:
        befores.append(place)
        place += n_rows[path]
    rows = {
        "file_path": pa.array(order, pa.string()),
        "file_at": pa.array([file_at[path] for path in order], pa.int32()),
        "row_offset": pa.array([1 if paths is not None else 1 + before for before in befores], pa.int64()),
        "place_offset": pa.array([1 + before for before in befores], pa.int64()),
    }
    with spark_errors():
        engine.adopt(name, engine.session.createDataFrame(pa.table(rows)))
    return Numbered(name, place)


def _plain(name: str, kind: str, *, nanos_zoned: bool | None) -> tuple[str, str]:
    """Give the SQL and DuckDB's type of a column as a plain type, as ``duckdb_typed`` has it."""
    column = quoted(name)
    if nanos_zoned is not None:
        moment = f"timestamp_micros(({column} + 500 - pmod({column} + 500, 1000)) DIV 1000)"
        return (moment, "TIMESTAMPTZ") if nanos_zoned else (_naive(moment), "TIMESTAMP")
    if kind in _NUMBER_KINDS:
        return f"CASE WHEN NOT isnan({column}) THEN {column} END", duckdb_type(kind)
    if kind == "timestamp":
        return column, "TIMESTAMPTZ"
    if kind == "binary":
        return _text_of_bytes(column), "VARCHAR"
    if kind.startswith(("struct<", "array<", "map<")):
        return f"to_json({column}, map('ignoreNullFields', 'false'))", "VARCHAR"
    if kind in {"variant", "void"} or "interval" in kind or kind.startswith("time("):
        return f"CAST({column} AS STRING)", "VARCHAR"
    return column, duckdb_type(kind)


def _naive(moment: str) -> str:
    return f"timestampadd(MICROSECOND, unix_micros({moment}), TIMESTAMP_NTZ '1970-01-01 00:00:00')"


def _text_of_bytes(column: str) -> str:
    """Write bytes as DuckDB does: ASCII as it is, others by their hexadecimal digits."""
    byte = f"CAST(conv(hex(substring({column}, at, 1)), 16, 10) AS BIGINT)"
    listed = f"CASE WHEN length({column}) = 0 THEN array() ELSE sequence(1, length({column})) END"
    return (
        f"array_join(transform({listed}, at -> CASE WHEN {byte} BETWEEN 32 AND 126 AND {byte} NOT IN (34, 39, 92) "
        f"THEN chr({byte}) ELSE concat('\\\\x', hex(substring({column}, at, 1))) END), '')"
    )
