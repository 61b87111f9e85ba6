"""Sources into staging tables, with Spark's readers: the counterpart of ``duckdb_reading``.

Files of one kind and with one header are read together, however many they are. Nothing is collected but the number of
lines of each block of a file, the names of columns, and counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import JourneymapError, SourceError
from journeymap.store.spark_lines import (
    Numbered,
    escape_glob,
    join_lines,
    number_lines,
    plain_path,
    read_lines,
)
from journeymap.store.spark_session import spark_errors
from journeymap.store.spark_types import duckdb_type
from journeymap.store.spark_values import text_of_float_sql
from journeymap.store.staged_part import StagedPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from journeymap.store.spark_engine import SparkEngine

_MOST_QUOTES: Final = 1000
_BROKEN_LINE: Final = "journeymap_broken_line"
_NUMBER_KINDS: Final = {"float", "double"}


def stage_text(
    engine: SparkEngine,
    table: str,
    paths: Sequence[str],
    header: Sequence[str],
    *,
    delimiter: str,
    encoding: str,
    progress: Callable[[float], None] | None = None,
) -> StagedPart:
    """Read delimited text files that share a header, every column as text.

    Parameters
    ----------
    engine
        The engine.
    table
        How the staging tables' names begin.
    paths
        The files, in order.
    header
        Their columns.
    delimiter, encoding
        How they are written.
    progress
        Is told the share done.
    """
    whole = _whole_sql(delimiter)
    lines = read_lines(engine, paths, encoding)
    _keep(engine, f"{table}_lines", _parsed(lines, len(header), delimiter, whole), progress)
    numbered = number_lines(engine, f"{table}_lines", paths, first=0)
    if engine.execute(f"SELECT count(*) FROM {table}_lines WHERE is_odd AND NOT is_whole")[0][0]:
        marked = lines.selectExpr("*", f"{whole} AS is_whole", f"{_n_quotes_sql()} % 2 = 1 AS is_odd")
        _keep(engine, f"{table}_raw", marked, None)
        records = join_lines(engine, f"{table}_raw", numbered, whole)
        _keep(engine, f"{table}_lines", _parsed(records, len(header), delimiter, whole), progress)
    names = ", ".join(f"c{at}" for at in range(len(header)))
    return _part(
        engine, f"{table}_lines", numbered, paths, names, tuple((name, "VARCHAR") for name in header), has_header=True
    )


def _keep(engine: SparkEngine, name: str, rows: Any, progress: Callable[[float], None] | None) -> None:  # noqa: ANN401 - a DataFrame of Spark
    engine.adopt(f"{name}_read", rows)
    engine.execute_long(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {name}_read", progress=progress)


def _n_quotes_sql() -> str:
    return "(length(line) - length(replace(line, '\"', '')))"


def _whole_sql(delimiter: str) -> str:
    """Write whether each field that begins with a quote ends with one; escaped quotes are doubled."""
    field = rf'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^{_in_class(delimiter)}]*+)'
    pattern = f"(?s)^{field}(?:{re.escape(delimiter)}{field})*+$"
    # Very many quotes would go too deep in Java's matcher; such a field is JSON, written by a program.
    return (
        f"CASE WHEN NOT contains(line, '\"') THEN TRUE WHEN {_n_quotes_sql()} > {_MOST_QUOTES} "
        f"THEN {_n_quotes_sql()} % 2 = 0 ELSE line RLIKE {_literal(pattern)} END"
    )


def _parsed(lines: Any, n_columns: int, delimiter: str, whole: str) -> Any:  # noqa: ANN401 - a DataFrame of Spark
    """Divide each line into its fields, and say why it is broken where it is."""
    sign = re.escape(delimiter)
    quoted = rf'(?s)(?<=^|{sign})("[^"]*+(?:""[^"]*+)*+"|[^{_in_class(delimiter)}]*+)(?={sign}|$)'
    schema = ", ".join(f"c{at} STRING" for at in range(n_columns + 1))
    by_reader = (
        f"from_csv(line, '{schema}', map('sep', {_literal(delimiter)}, 'quote', '\"', 'escape', '\"', "
        f"'maxCharsPerColumn', '-1'))"
    )
    listed = ", ".join(f"{by_reader}.c{at}" for at in range(n_columns + 1))
    fields = (
        f"CASE WHEN NOT contains(line, '\"') THEN split(line, {_literal(sign)}, -1) "
        f"WHEN {_n_quotes_sql()} > {_MOST_QUOTES} THEN "
        f"slice(array({listed}), 1, {n_columns} + CASE WHEN {by_reader}.c{n_columns} IS NULL THEN 0 ELSE 1 END) "
        f"ELSE transform(regexp_extract_all(line, {_literal(quoted)}, 1), f -> CASE WHEN startswith(f, '\"') "
        "THEN replace(substring(f, 2, length(f) - 2), '\"\"', '\"') ELSE f END) END"
    )
    reason = f"""CASE
        WHEN NOT is_text THEN 'bytes that are not in the file''s encoding (see --encoding)'
        WHEN line = '' THEN ''
        WHEN NOT is_whole THEN 'a quote that is not closed'
        WHEN size(fields) < {n_columns} THEN 'fewer fields than the header'
        WHEN size(fields) > {n_columns} THEN 'more fields than the header'
    END""".replace("''s", "\\'s")
    read = lines.selectExpr("*", f"{whole} AS is_whole", f"{fields} AS fields").selectExpr("*", f"{reason} AS reason")
    # An empty text is nothing, as DuckDB's reader has it.
    return read.selectExpr(
        "file_path", "block_start", "line_at", "is_whole", f"{_n_quotes_sql()} % 2 = 1 AS is_odd", "reason",
        "CASE WHEN reason IS NOT NULL THEN line END AS raw",
        *(f"nullif(CASE WHEN reason IS NULL THEN fields[{at}] END, '') AS c{at}" for at in range(n_columns)),
    )  # fmt: skip


def _part(
    engine: SparkEngine,
    table: str,
    numbered: Numbered,
    paths: Sequence[str],
    names: str,
    columns: tuple[tuple[str, str], ...],
    *,
    has_header: bool,
) -> StagedPart:
    """Give a table of read lines the numbers of its rows. A reason is null for a row, empty for a line that is none."""
    placed = (
        f"FROM {table} l JOIN {numbered.blocks} b ON b.file_path = l.file_path AND b.block_start = l.block_start "
        + ("WHERE l.line_at + b.row_offset > 0 AND " if has_header else "WHERE ")
    )
    place = "b.file_at, l.line_at + b.row_offset AS row_number, l.line_at + b.place_offset AS place"
    listed = "".join(f", l.{name}" for name in names.split(", ") if name)
    broken = f"SELECT {place}, l.raw, l.reason {placed} l.reason <> ''"
    n_rows, n_broken = engine.execute(
        f"SELECT count(*) FILTER (WHERE l.reason IS NULL), count(*) FILTER (WHERE l.reason <> '') {placed} TRUE"
    )[0]
    return StagedPart(
        relation=f"SELECT {place}{listed} {placed} l.reason IS NULL",
        columns=columns,
        sources=tuple(paths),
        n_rows=int(n_rows),
        last_row=numbered.last_place,
        broken=broken if n_broken else None,
        n_broken=int(n_broken),
    )


def stage_json_lines(
    engine: SparkEngine,
    table: str,
    paths: Sequence[str],
    *,
    encoding: str = "utf-8",
    progress: Callable[[float], None] | None = None,
) -> StagedPart:
    """Read JSON lines: objects within objects become columns with dotted names, every value as text."""
    from pyspark.sql.types import StructType

    schema = _json_schema(engine, paths, encoding)
    leaves = list(_leaves(schema))
    # Within an array, so that what follows an object on its line spoils it.
    objects = f"from_json(concat('[', line, ']'), {_literal(f'ARRAY<{_as_texts(schema).simpleString()}>')}, " \
        "map('allowSingleQuotes', 'false'))"  # fmt: skip
    lines = read_lines(engine, paths, encoding)
    with _own_case(engine, schema if isinstance(schema, StructType) else StructType()):
        read = lines.selectExpr(
            "*", f"CASE WHEN is_text AND ltrim(line) LIKE '{{%' THEN {objects} END AS objects"
        ).selectExpr("*", "CASE WHEN size(objects) = 1 THEN objects[0] END AS object")
        reason = (
            "CASE WHEN NOT is_text THEN 'bytes that are not in the file\\'s encoding (see --encoding)' "
            "WHEN trim(line) = '' THEN '' WHEN object IS NULL THEN 'not a JSON object' END"
        )
        rows = read.selectExpr(
            "file_path", "block_start", "line_at", f"{reason} AS reason",
            f"CASE WHEN ({reason}) IS NOT NULL THEN line END AS raw",
            *(f"{_json_text('object' + access)} AS c{at}" for at, (_, access) in enumerate(leaves)),
        )  # fmt: skip
        _keep(engine, f"{table}_lines", rows, progress)
    numbered = number_lines(engine, f"{table}_lines", paths, first=1)
    names = ", ".join(f"c{at}" for at in range(len(leaves)))
    columns = tuple((name, "VARCHAR") for name, _ in leaves)
    return _part(engine, f"{table}_lines", numbered, paths, names, columns, has_header=False)


def _json_schema(engine: SparkEngine, paths: Sequence[str], encoding: str) -> Any:  # noqa: ANN401 - a type of Spark
    reader = engine.session.read.option("primitivesAsString", "true").option("allowSingleQuotes", "false")
    reader = reader.option("columnNameOfCorruptRecord", _BROKEN_LINE)
    if encoding == "latin-1":
        reader = reader.option("encoding", "ISO-8859-1").option("lineSep", "\n")
    elif encoding == "utf-16":
        reader = reader.option("encoding", "UTF-16LE").option("lineSep", "\n")
    with spark_errors(f"{paths[0]} cannot be read"):
        found = reader.json([escape_glob(path) for path in paths]).schema
    return type(found)([field for field in found.fields if field.name != _BROKEN_LINE])


def _leaves(schema: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - as above
    """Give (dotted name, access in SQL) of each value that is no object."""
    for field in schema.fields:
        inner = (*names, field.name)
        if hasattr(field.dataType, "fields"):
            yield from _leaves(field.dataType, inner)
        else:
            yield ".".join(inner), "".join("." + _quoted(name) for name in inner)


def _as_texts(schema: Any) -> Any:  # noqa: ANN401 - as above
    """Read each value that is no object as text: a list as its JSON."""
    from pyspark.sql.types import StringType, StructField, StructType

    return StructType(
        [
            StructField(
                field.name, _as_texts(field.dataType) if hasattr(field.dataType, "fields") else StringType()
            )
            for field in schema.fields
        ]
    )


def _json_text(value: str) -> str:
    """Write a number that Spark gives as ``1.2E7`` as it was meant."""
    number = text_of_float_sql(f"CAST({value} AS DOUBLE)")
    return f"CASE WHEN {value} RLIKE '^-?[0-9][.][0-9]+E-?[0-9]+$' THEN {number} ELSE {value} END"


def stage_parquet(engine: SparkEngine, table: str, paths: Sequence[str]) -> list[StagedPart]:
    """Look at Parquet files where they lie; nothing is copied. Files whose columns do not fit are parts of their own."""
    groups = _alike(engine, paths)
    return [
        _parquet_part(engine, f"{table}_{at}" if len(groups) > 1 else table, group, zones)
        for at, (group, zones) in enumerate(groups)
    ]


def _alike(engine: SparkEngine, paths: Sequence[str]) -> list[tuple[list[str], dict[str, bool]]]:
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
            nanos = {name: kind.tz is not None for name, kind in kinds if pa.types.is_timestamp(kind) and kind.unit == "ns"}
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
            found = reader.parquet(*(escape_glob(path) for path in paths))
            fields = [(field.name, field.dataType.simpleString()) for field in found.schema.fields]
    except JourneymapError as error:
        raise _no_parquet(paths[0], error) from None
    return _typed_part(engine, table, found, fields, nanos, paths)


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
            f"Spark has no table {name}: {error.message}", hint="Name it as the session does: table:catalog.schema.name"
        ) from None
    return _typed_part(engine, table, found, fields, {}, [f"table:{name}"])


def _typed_part(
    engine: SparkEngine,
    table: str,
    found: Any,  # noqa: ANN401 - a DataFrame of Spark
    fields: Sequence[tuple[str, str]],
    nanos: dict[str, bool],
    sources: Sequence[str],
) -> StagedPart:
    plain = [_plain(name, kind, nanos.get(name)) for name, kind in fields]
    listed = [f"{sql} AS c{at}" for at, (sql, _) in enumerate(plain)]
    place = "_metadata.file_path AS file_path", "CAST(0 AS BIGINT) AS block_start", "_metadata.row_index AS line_at"
    try:
        with spark_errors():
            rows = found.selectExpr(*place, *listed)
            rows.schema  # noqa: B018 - asks whether Spark knows places in files
    except JourneymapError:
        unplaced = "'' AS file_path", "CAST(0 AS BIGINT) AS block_start", "monotonically_increasing_id() AS line_at"
        rows = found.selectExpr(*unplaced, *listed)
        _keep(engine, f"{table}_rows", rows, None)
    else:
        engine.adopt(f"{table}_rows", rows)
    counted = engine.execute(f"SELECT file_path, 0, 0, count(*) FROM {table}_rows GROUP BY file_path ORDER BY 1")
    is_files = not sources[0].startswith("table:")
    numbered = _numbered_files(engine, f"{table}_blocks", sources if is_files else None, counted)
    names = "".join(f", l.c{at}" for at in range(len(fields)))
    n_rows = sum(int(row[3]) for row in counted)
    return StagedPart(
        relation=f"SELECT b.file_at, l.line_at + b.row_offset AS row_number, l.line_at + b.place_offset AS place{names} "
        f"FROM {table}_rows l JOIN {numbered.blocks} b ON b.file_path = l.file_path",
        columns=tuple((name, kind) for (name, _), (_, kind) in zip(fields, plain, strict=True)),
        sources=tuple(sources),
        n_rows=n_rows,
        last_row=n_rows,
    )


def _numbered_files(
    engine: SparkEngine, name: str, paths: Sequence[str] | None, counted: list[tuple[Any, ...]]
) -> Numbered:
    """Number rows by file; those of a table count as one file."""
    import pyarrow as pa

    n_rows = {str(path): int(n) for path, _, _, n in counted}
    order = sorted(n_rows)
    file_at = {path: 0 for path in order}
    if paths is not None:
        at = {plain_path(path): position for position, path in enumerate(paths)}
        file_at = {path: at[plain_path(path)] for path in order}
        order = sorted(order, key=lambda path: file_at[path])
    places, place = [], 0
    for path in order:
        places.append(place)
        place += n_rows[path]
    rows = {
        "file_path": pa.array(order, pa.string()),
        "file_at": pa.array([file_at[path] for path in order], pa.int32()),
        "row_offset": pa.array([1 if paths is not None else 1 + before for before in places], pa.int64()),
        "place_offset": pa.array([1 + before for before in places], pa.int64()),
    }
    with spark_errors():
        engine.adopt(name, engine.session.createDataFrame(pa.table(rows)))
    return Numbered(name, place)


def _plain(name: str, kind: str, nanos_zoned: bool | None) -> tuple[str, str]:  # noqa: FBT001 - None is a third answer
    """Give the SQL and DuckDB's type of a column as a plain type, as ``duckdb_reading`` has it."""
    column = _quoted(name)
    if nanos_zoned is not None:
        moment = f"timestamp_micros(CAST(floor({column} / 1000D) AS BIGINT))".replace("/ 1000D", "DIV 1000")
        return (moment, "TIMESTAMPTZ") if nanos_zoned else (_naive(moment), "TIMESTAMP")
    if kind in _NUMBER_KINDS:
        return f"CASE WHEN NOT isnan({column}) THEN {column} END", duckdb_type(kind)
    if kind == "timestamp":
        return column, "TIMESTAMPTZ"
    if kind == "binary":
        printable = f"conv(hex(substring({column}, at, 1)), 16, 10)"
        return (
            f"array_join(transform(CASE WHEN length({column}) = 0 THEN array() ELSE sequence(1, length({column})) END, "
            f"at -> CASE WHEN {printable} BETWEEN 32 AND 126 AND {printable} <> 92 AND {printable} NOT IN (34, 39) "
            f"THEN chr(CAST({printable} AS BIGINT)) ELSE concat('\\\\x', hex(substring({column}, at, 1))) END), '')",
            "VARCHAR",
        )
    if kind.startswith(("struct<", "array<", "map<")):
        return f"to_json({column}, map('ignoreNullFields', 'false'))", "VARCHAR"
    if kind in {"variant", "void"} or "interval" in kind or kind.startswith("time("):
        return f"CAST({column} AS STRING)", "VARCHAR"
    return column, duckdb_type(kind)


def _naive(moment: str) -> str:
    return f"timestampadd(MICROSECOND, unix_micros({moment}), TIMESTAMP_NTZ '1970-01-01 00:00:00')"


def _own_case(engine: SparkEngine, schema: Any) -> Any:  # noqa: ANN401 - a context manager
    """Tell names apart by their case while a block lasts, where an object has two that differ in nothing else."""
    from contextlib import contextmanager

    @contextmanager
    def told_apart() -> Iterator[None]:
        engine.session.conf.set("spark.sql.caseSensitive", "true")
        try:
            yield
        finally:
            engine.session.conf.set("spark.sql.caseSensitive", "false")

    from contextlib import nullcontext

    return told_apart() if _clashes(schema) else nullcontext()


def _clashes(schema: Any) -> bool:  # noqa: ANN401 - a type of Spark
    names = [field.name.lower() for field in schema.fields]
    inner = [field.dataType for field in schema.fields if hasattr(field.dataType, "fields")]
    return len(set(names)) < len(names) or any(_clashes(kind) for kind in inner)


def _in_class(delimiter: str) -> str:
    return re.escape(delimiter)


def _literal(text: str) -> str:
    """Write a text as a literal of Spark's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
