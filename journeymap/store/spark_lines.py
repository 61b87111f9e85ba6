"""Lines of text files in Spark: numbered in the order of their files, and put together where a quote spans several.

Spark reads a file in blocks, on many machines. Only the number of lines of each block comes to the driver: from these
numbers every line gets its place in its file, without a sort.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from journeymap.errors import SourceError, StoreError
from journeymap.store.spark_errors import spark_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from journeymap.store.spark_engine import SparkEngine

MOST_LINES: Final = 1000
"""How many lines a value in quotes may span."""

_CHARSETS: Final = {"latin-1": "ISO-8859-1", "utf-16": "UTF-16LE"}


@dataclass(frozen=True, slots=True)
class Numbered:
    """Lines with their places.

    Attributes
    ----------
    blocks
        A relation with ``file_path``, ``block_start``, ``file_at`` (from 0), ``row_offset`` and ``place_offset``: what
        is added to a line's ``line_at`` to give its number in the file, and among all files. A file's first line has
        the number that :func:`number_lines` was given.
    last_place
        The largest place of a line.
    """

    blocks: str
    last_place: int


def escape_glob(path: str) -> str:
    """Write a path so that Spark takes no sign in it for a pattern.

    Examples
    --------
    >>> escape_glob("/logs/a[1].csv") == "/logs/a" + chr(92) + "[1" + chr(92) + "].csv"
    True
    """
    return re.sub(r"([\[\]{}*?\\,])", r"\\\1", path)


def told_path(path: str) -> str:
    """Write a path that Spark tells of a row as :func:`given_path` writes it.

    Examples
    --------
    >>> told_path("file:/logs/a%20b.csv"), told_path("s3a://bucket/a.csv")
    ('/logs/a b.csv', 's3a://bucket/a.csv')
    """
    return given_path(unquote(path))


def given_path(path: str) -> str:
    """Write a path that a user gave as files are compared: whole, and without the scheme of local files.

    Examples
    --------
    >>> given_path("file:///logs/a.csv"), given_path("/logs/../a.csv")
    ('/logs/a.csv', '/a.csv')
    """
    if path.startswith("file:"):
        return "/" + path.removeprefix("file:").lstrip("/")
    return path if "://" in path else os.path.abspath(path)  # noqa: PTH100 - Spark leaves out what .. leads back from, too


def places(paths: Sequence[str]) -> list[str]:
    """Write paths for Spark's readers; those without a scheme are of this machine, whatever Spark takes for default."""
    return [escape_glob(path if "://" in path else f"file://{given_path(path)}") for path in paths]


_WITHOUT_MARK: Final = "CASE WHEN startswith(line, '\ufeff') THEN substring(line, 2) ELSE line END"


def read_lines(engine: SparkEngine, paths: Sequence[str], encoding: str) -> Any:  # noqa: ANN401 - a DataFrame of Spark
    """Read text files line by line.

    Returns
    -------
    pyspark.sql.DataFrame
        ``file_path``, ``block_start``, ``line_at`` (grows within a block by one a line), ``line``, and ``is_text``:
        whether its bytes are text in the encoding.
    """
    reader = engine.session.read
    value, is_text = "value", "is_valid_utf8(value)"
    if encoding in _CHARSETS:
        value, is_text = f"decode(CAST(value AS BINARY), '{_CHARSETS[encoding]}')", "TRUE"
    if encoding == "utf-16":
        reader = reader.option("encoding", "UTF-16LE").option("lineSep", "\n")
        value = f"rtrim('\\r', {value})"
    with readable(paths):
        return (
            reader.text(places(paths))
            .selectExpr(
                "_metadata.file_path AS file_path",
                "_metadata.file_block_start AS block_start",
                "monotonically_increasing_id() AS line_at",
                f"{value} AS line",
                f"{is_text} AS is_text",
            )
            .selectExpr("file_path", "block_start", "line_at", f"{_WITHOUT_MARK} AS line", "is_text")
        )


def number_lines(engine: SparkEngine, table: str, paths: Sequence[str], *, first: int) -> Numbered:
    """Count the lines of each block of a table of lines, and say what makes numbers of them.

    Parameters
    ----------
    engine
        The engine; ``table`` is one of its tables, with the columns of :func:`read_lines`.
    table
        The table.
    paths
        The files, in order.
    first
        The number of a file's first line: 0 where that is its header.
    """
    counted = engine.execute(
        f"SELECT file_path, block_start, min(line_at), count(*) FROM {table} GROUP BY file_path, block_start"
    )
    return _offsets(engine, f"{table}_blocks", paths, counted, first=first)


def _offsets(
    engine: SparkEngine, name: str, paths: Sequence[str], counted: list[tuple[Any, ...]], *, first: int
) -> Numbered:
    import pyarrow as pa

    by_file: dict[str, list[tuple[int, int, int, str]]] = {}
    for file_path, block_start, line_at, n_lines in counted:
        found = by_file.setdefault(told_path(str(file_path)), [])
        found.append((int(block_start), int(line_at), int(n_lines), str(file_path)))
    rows: list[tuple[str, int, int, int, int]] = []
    place = 0
    for file_at, path in enumerate(paths):
        blocks = sorted(by_file.pop(given_path(path), []))
        if not blocks:
            raise SourceError(
                f"{path} gave no line to Spark.",
                hint="Spark passes over files whose names begin with _ or a point; rename it.",
            )
        before = 0
        for block_start, line_at, n_lines, file_path in blocks:
            offset = before + first - line_at
            rows.append((file_path, block_start, file_at, offset, offset + place))
            before += n_lines
        place += before - 1 + first
    names = ("file_path", "block_start", "file_at", "row_offset", "place_offset")
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    types = (pa.string(), pa.int64(), pa.int32(), pa.int64(), pa.int64())
    arrays = [pa.array(list(given), kind) for given, kind in zip(columns, types, strict=True)]
    with spark_errors():
        engine.adopt(name, engine.session.createDataFrame(pa.table(dict(zip(names, arrays, strict=True)))))
    return Numbered(name, place)


def join_lines(engine: SparkEngine, table: str, numbered: Numbered, whole: str) -> Any:  # noqa: ANN401 - a DataFrame of Spark
    r"""Put lines together that a quoted value with line breaks spans.

    A line with an open quote and the next line with an odd number of quotes make one record where what lies between
    them is then well formed. Otherwise the quote is one that nobody closed: that line is broken, and the next is read
    on its own. All files are worked on at once, each line once.

    Parameters
    ----------
    engine
        The engine.
    table
        The lines, with ``is_whole`` (well formed by itself) and ``is_odd`` (an odd number of quotes).
    numbered
        Their places.
    whole
        SQL of whether the column ``line`` is well formed.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of :func:`read_lines`; a record of several lines counts as one.
    """
    steps = f"""
        WITH placed AS (
            SELECT l.*, b.file_at, l.line_at + b.row_offset AS n
            FROM {table} l JOIN {numbered.blocks} b ON b.file_path = l.file_path AND b.block_start = l.block_start
        ),
        odd AS (
            SELECT file_at, n, is_whole, lead(n) OVER (PARTITION BY file_at ORDER BY n) AS until_n
            FROM placed WHERE is_odd
        ),
        opened AS (
            SELECT file_at, n, explode(sequence(n, until_n)) AS inner_n
            FROM odd WHERE NOT is_whole AND until_n - n < {MOST_LINES}
        ),
        joined AS (
            SELECT o.file_at, o.n, max(o.inner_n) AS until_n,
                array_join(transform(sort_array(collect_list(struct(o.inner_n, p.line))), it -> it.line), '\\n') AS line
            FROM opened o JOIN placed p ON p.file_at = o.file_at AND p.n = o.inner_n
            GROUP BY o.file_at, o.n
        ),
        fits AS (SELECT *, {whole} AS does FROM joined),
        tried AS (
            SELECT o.file_at, o.n, coalesce(f.does, FALSE) AS does, f.until_n, f.line,
                row_number() OVER (PARTITION BY o.file_at ORDER BY o.n) AS at
            FROM odd o LEFT JOIN fits f ON f.file_at = o.file_at AND f.n = o.n
        ),
        runs AS (
            SELECT *, at - coalesce(max(CASE WHEN NOT does THEN at END) OVER (
                PARTITION BY file_at ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 0) AS nth
            FROM tried
        ),
        records AS (SELECT file_at, n, until_n, line FROM runs WHERE does AND nth % 2 = 1),
        taken AS (SELECT file_at, explode(sequence(n, until_n)) AS n FROM records)
    """
    with spark_errors():
        return engine.session.sql(
            f"""{steps}
            SELECT p.file_path, p.block_start,
                CAST(row_number() OVER (
                    PARTITION BY p.file_path, p.block_start ORDER BY p.line_at
                ) AS BIGINT) AS line_at,
                coalesce(r.line, p.line) AS line, p.is_text
            FROM placed p
            LEFT JOIN records r ON r.file_at = p.file_at AND r.n = p.n
            LEFT JOIN taken t ON t.file_at = p.file_at AND t.n = p.n
            WHERE t.n IS NULL OR r.n IS NOT NULL
            """
        )


@contextmanager
def readable(paths: Sequence[str]) -> Iterator[None]:
    """Say which file it was that Spark could not read.

    Raises
    ------
    SourceError
        With Spark's reason, in one line.
    """
    try:
        with spark_errors():
            yield
    except StoreError as error:
        named = paths[0] if len(paths) == 1 else f"One of {len(paths):,} files ({paths[0]} and others)"
        raise SourceError(
            f"{named} cannot be read: {error.message.removeprefix('Spark could not do this: ')}",
            hint="Is it whole, and is it of the format that its ending says?",
        ) from None


def keep_read(engine: SparkEngine, name: str, rows: Any, progress: Callable[[float], None] | None) -> None:  # noqa: ANN401 - a DataFrame of Spark
    """Keep what was read as a temporary table, so that it is read once."""
    engine.adopt(f"{name}_read", rows)
    engine.execute_long(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {name}_read", progress=progress)


def literal(text: str) -> str:
    """Write a text as a literal of Spark's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted(name: str) -> str:
    """Quote a name of a column for Spark's SQL."""
    return "`" + name.replace("`", "``") + "`"
