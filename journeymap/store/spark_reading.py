"""Sources into staging tables, with Spark's readers: the counterpart of ``duckdb_reading``.

Files of one kind and with one header are read together, however many they are. Nothing is collected but the number of
lines of each block of a file, the names of columns, and counts.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import SourceError
from journeymap.store.spark_lines import (
    Numbered,
    join_lines,
    keep_read,
    literal,
    number_lines,
    places,
    quoted,
    read_lines,
    readable,
)
from journeymap.store.spark_values import text_of_float_sql
from journeymap.store.staged_part import StagedPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from journeymap.store.spark_engine import SparkEngine

_MOST_QUOTES: Final = 1000
_BROKEN_LINE: Final = "journeymap_broken_line"


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
    with readable(paths):
        keep_read(engine, f"{table}_lines", _parsed(lines, len(header), delimiter, whole), progress)
    numbered = number_lines(engine, f"{table}_lines", paths, first=0)
    if engine.execute(f"SELECT count(*) FROM {table}_lines WHERE is_odd AND NOT is_whole")[0][0]:
        with readable(paths):
            marked = lines.selectExpr("*", f"{whole} AS is_whole", f"{_n_quotes_sql()} % 2 = 1 AS is_odd")
            keep_read(engine, f"{table}_raw", marked, None)
            records = join_lines(engine, f"{table}_raw", numbered, whole)
            keep_read(engine, f"{table}_lines", _parsed(records, len(header), delimiter, whole), progress)
        numbered = number_lines(engine, f"{table}_lines", paths, first=0)
    names = ", ".join(f"c{at}" for at in range(len(header)))
    return _part(
        engine, f"{table}_lines", numbered, paths, names, tuple((name, "VARCHAR") for name in header), has_header=True
    )


def _n_quotes_sql() -> str:
    return "(length(line) - length(replace(line, '\"', '')))"


def _whole_sql(delimiter: str) -> str:
    """Write whether each field that begins with a quote ends with one; escaped quotes are doubled."""
    field = rf'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^{_in_class(delimiter)}]*+)'
    pattern = f"(?s)^{field}(?:{re.escape(delimiter)}{field})*+$"
    # Very many quotes would go too deep in Java's matcher; such a field is JSON, written by a program.
    return (
        f"CASE WHEN NOT contains(line, '\"') THEN TRUE WHEN {_n_quotes_sql()} > {_MOST_QUOTES} "
        f"THEN {_n_quotes_sql()} % 2 = 0 ELSE line RLIKE {literal(pattern)} END"
    )


def _parsed(lines: Any, n_columns: int, delimiter: str, whole: str) -> Any:  # noqa: ANN401 - a DataFrame of Spark
    """Divide each line into its fields, and say why it is broken where it is."""
    sign = re.escape(delimiter)
    quoted = rf'(?s)(?<=^|{sign})("[^"]*+(?:""[^"]*+)*+"|[^{_in_class(delimiter)}]*+)(?={sign}|$)'
    schema = ", ".join(f"c{at} STRING" for at in range(n_columns + 1))
    by_reader = (
        f"from_csv(line, '{schema}', map('sep', {literal(delimiter)}, 'quote', '\"', 'escape', '\"', "
        f"'maxCharsPerColumn', '-1'))"
    )
    listed = ", ".join(f"{by_reader}.c{at}" for at in range(n_columns + 1))
    fields = (
        f"CASE WHEN NOT contains(line, '\"') THEN split(line, {literal(sign)}, -1) "
        f"WHEN {_n_quotes_sql()} > {_MOST_QUOTES} THEN "
        f"slice(array({listed}), 1, {n_columns} + CASE WHEN {by_reader}.c{n_columns} IS NULL THEN 0 ELSE 1 END) "
        f"ELSE transform(regexp_extract_all(line, {literal(quoted)}, 1), f -> CASE WHEN startswith(f, '\"') "
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
    schema = _json_schema(engine, paths, encoding)
    leaves = list(_leaves(schema))
    # Within an array, so that what follows an object on its line spoils it.
    kind = literal(f"ARRAY<{_as_texts(schema)}>")
    objects = f"from_json(concat('[', line, ']'), {kind}, map('allowSingleQuotes', 'false'))"
    lines = read_lines(engine, paths, encoding)
    with _own_case(engine, schema), readable(paths):
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
        keep_read(engine, f"{table}_lines", rows, progress)
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
        raise SourceError(
            f"{paths[0]} is to be read as JSON in UTF-16, which Spark does not read.",
            hint="Convert it, for example: iconv -f UTF-16 -t UTF-8 FILE > FILE.jsonl",
        )
    with readable(paths):
        found = reader.json(places(paths)).schema
    return type(found)([field for field in found.fields if field.name != _BROKEN_LINE])


def _leaves(schema: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - as above
    """Give (dotted name, access in SQL) of each value that is no object."""
    for field in schema.fields:
        inner = (*names, field.name)
        if hasattr(field.dataType, "fields"):
            yield from _leaves(field.dataType, inner)
        else:
            yield ".".join(inner), "".join("." + quoted(name) for name in inner)


def _as_texts(schema: Any) -> str:  # noqa: ANN401 - as above
    """Write the type of objects whose values are objects in turn, or texts: a list is its JSON."""
    inner = [
        f"{quoted(field.name)}: {_as_texts(field.dataType) if hasattr(field.dataType, 'fields') else 'STRING'}"
        for field in schema.fields
    ]
    return f"STRUCT<{', '.join(inner)}>"


def _json_text(value: str) -> str:
    """Write a number that Spark gives as ``1.2E7`` as it was meant."""
    number = text_of_float_sql(f"CAST({value} AS DOUBLE)")
    return f"CASE WHEN {value} RLIKE '^-?[0-9][.][0-9]+E-?[0-9]+$' THEN {number} ELSE {value} END"


@contextmanager
def _own_case(engine: SparkEngine, schema: Any) -> Iterator[None]:  # noqa: ANN401 - a type of Spark
    """Tell names apart by their case while a block lasts, where an object has two that differ in nothing else."""
    if _clashes(schema):
        engine.session.conf.set("spark.sql.caseSensitive", "true")
    try:
        yield
    finally:
        engine.session.conf.set("spark.sql.caseSensitive", "false")


def _clashes(schema: Any) -> bool:  # noqa: ANN401 - a type of Spark
    names = [field.name.lower() for field in schema.fields]
    inner = [field.dataType for field in schema.fields if hasattr(field.dataType, "fields")]
    return len(set(names)) < len(names) or any(_clashes(kind) for kind in inner)


def _in_class(delimiter: str) -> str:
    return re.escape(delimiter)
