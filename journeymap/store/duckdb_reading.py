"""Sources into staging tables, with DuckDB's readers. Types are given to the readers, never guessed by them.

Whatever its format, a source becomes one staging relation with ``row_number`` and one
column per source column, named ``c0``, ``c1`` ... so that no name of a source can be in the way. Text formats give
VARCHAR columns; values are converted later, where a bad one can be set aside with its reason.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from journeymap.errors import SourceError
from journeymap.store.sql import text_literal
from journeymap.store.staged_part import StagedPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from journeymap.store.engine import Engine

MAX_RECOVERIES = 10_000
_MAX_LINE_BYTES = 8 * 1024 * 1024
_BUFFER_BYTES = 2 * _MAX_LINE_BYTES
"""What a thread reads at once: small, so that files of some ten megabytes keep all of them busy."""


def stage_text(
    engine: Engine,
    table: str,
    path: Path,
    header: Sequence[str],
    *,
    delimiter: str,
    encoding: str,
    progress: Callable[[float], None] | None = None,
) -> StagedPart:
    """Read a delimited text file, every column as text."""
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(header)))
    options = (
        f"columns = {{{columns}}}, auto_detect = false, delim = {text_literal(delimiter)}, quote = '\"', "
        f"escape = '\"', encoding = {text_literal(encoding)}, store_rejects = true, rejects_limit = 0, "
        f"max_line_size = {_MAX_LINE_BYTES}, buffer_size = {_BUFFER_BYTES}"
    )
    names = ", ".join(f"c{at}" for at in range(len(header)))

    def read(file: Path, *, first: bool, compression: str) -> list[tuple[int, str, str]]:
        engine.execute("DROP TABLE IF EXISTS reject_errors")
        engine.execute("DROP TABLE IF EXISTS reject_scans")
        verb = f"CREATE TEMP TABLE {table} AS" if first else f"INSERT INTO {table}"
        engine.execute_long(
            f"{verb} SELECT {names} FROM read_csv({text_literal(str(file))}, header = {str(first).lower()}, "
            f"compression = {text_literal(compression)}, {options})",
            progress=progress,
        )
        found = engine.execute(
            "SELECT line, any_value(csv_line), string_agg(DISTINCT error_type, ', ' ORDER BY error_type) "
            "FROM reject_errors GROUP BY line ORDER BY line"
        )
        # The reader hands over a refused row with the line ends before it.
        return [(int(line), str(raw).lstrip("\r\n"), str(kind)) for line, raw, kind in found]

    with _readable(path), TemporaryDirectory() as folder:
        try:
            rejects = read(path, first=True, compression=_compression(path))
        except duckdb.InvalidInputException as error:
            if "state machine" not in str(error):
                raise
            # Lines that end in \r\n and in \n within one file: read a copy in which they are alike.
            engine.execute(f"DROP TABLE IF EXISTS {table}")
            plain = _with_plain_newlines(path, Path(folder) / "plain.csv")
            rejects = read(plain, first=True, compression="none")
        scratch = Path(folder) / "again.csv"

        def read_again(text: str) -> tuple[int, list[tuple[int, str, str]]]:
            # A rejected text is UTF-8 whatever the file was; the reader expects the file's encoding.
            scratch.write_bytes(text.encode(encoding, errors="replace"))
            before = count()
            return before, read(scratch, first=False, compression="none")

        def count() -> int:
            return int(engine.execute(f"SELECT count(*) FROM {table}")[0][0])

        broken, bounds = place_rows([(line - 1, raw, kind) for line, raw, kind in rejects], read_again)
    relation = _numbered(engine, table, names, bounds)
    last = engine.execute(f"SELECT max(row_number) FROM ({relation})")[0][0] if bounds != [(1, 0)] else count()
    last_row = max(last or 0, *(row for row, _, _ in broken), 0)
    return StagedPart(
        relation, tuple((name, "VARCHAR") for name in header), (str(path),), count(), last_row,
        broken=_set_aside(engine, table, broken), n_broken=len(broken),
    )  # fmt: skip


def _set_aside(engine: Engine, table: str, broken: list[tuple[int, str, str]]) -> str | None:
    """Keep the rows that could not be parsed, and give the select that has them."""
    if not broken:
        return None
    import pyarrow as pa

    rows, raws, reasons = zip(*broken, strict=True)
    name = f"{table}_broken"
    kept = {"row_number": pa.array(rows, pa.int64()), "raw": pa.array(raws), "reason": pa.array(reasons)}
    engine.register(name, pa.table(kept))
    return f"SELECT row_number, raw, reason FROM {name}"


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise SourceError(
            f"{path} cannot be read: {str(error).splitlines()[0]}",
            hint="Is it whole, and is it of the format that its ending says?",
        ) from None


def _numbered(engine: Engine, table: str, names: str, bounds: list[tuple[int, int]]) -> str:
    """Write the select that gives a table's rows the numbers that they had in their file."""
    if bounds == [(1, 0)]:
        return f"SELECT rowid + 1 AS row_number, {names} FROM {table}"
    rows = ", ".join(f"({index}, {offset})" for index, offset in bounds)
    engine.execute(f"CREATE TEMP TABLE {table}_bounds AS SELECT * FROM (VALUES {rows}) b(index, offset_rows)")
    return (
        f"SELECT index_row + offset_rows AS row_number, {names} FROM (SELECT rowid + 1 AS index_row, * "
        f"FROM {table}) ASOF JOIN {table}_bounds ON index_row >= {table}_bounds.index"
    )


def place_rows(
    rejects: list[tuple[int, str, str]],
    read_again: Callable[[str], tuple[int, list[tuple[int, str, str]]]],
) -> tuple[list[tuple[int, str, str]], list[tuple[int, int]]]:
    """Find where each row stood in its file, and read again what an unterminated quote swallowed.

    Parameters
    ----------
    rejects
        (row, raw text, kind of error) of the rows that the reader refused, in order; a row that swallowed the
        lines after it counts as one.
    read_again
        Reads a text without a header, adds its rows at the table's end, and gives how many the table had before,
        and the text's own rejects.

    Returns
    -------
    broken : list of (int, str, str)
        (row number in the file, raw text, reason), in the file's order.
    bounds : list of (int, int)
        (index, offset) pairs: from that row of the table on, the row number is the index plus the offset.
    """
    broken: list[tuple[int, str, str]] = []
    bounds: list[tuple[int, int]] = []
    waiting = [(0, 0, rejects)]
    while waiting:
        before, base, found = waiting.pop(0)
        bounds.append((before + 1, base - before))
        swallowed = 0
        for at, (row, raw, kind) in enumerate(found):
            place = base + row + swallowed
            shown = raw
            first, _, rest = raw.partition("\n")
            if "UNQUOTED" in kind and rest.strip() and len(broken) < MAX_RECOVERIES:
                swallowed += len(rest.rstrip("\r\n").split("\n"))
                table_rows, again = read_again(rest)
                waiting.append((table_rows, place, again))
                shown = first
            broken.append((place, shown.rstrip("\r\n"), _EXPLAINED.get(kind.split(", ")[0], kind.lower())))
            bounds.append((before + row - at, base - before + at + 1 + swallowed))
    return sorted(broken), sorted(dict(bounds).items())


_EXPLAINED = {
    "MISSING COLUMNS": "fewer fields than the header",
    "TOO MANY COLUMNS": "more fields than the header",
    "UNQUOTED VALUE": "a quote that is not closed",
    "INVALID ENCODING": "bytes that are not in the file's encoding (see --encoding)",
    "LINE SIZE OVER MAXIMUM": "a line that is too long",
}


def _with_plain_newlines(path: Path, target: Path) -> Path:
    import pyarrow as pa

    packed = _compression(path).replace("none", "") or None
    with pa.input_stream(str(path), compression=packed) as read, target.open("wb") as write:
        tail = b""
        while chunk := read.read(8 * 1024 * 1024):
            data = tail + chunk
            tail = b"\r" if data.endswith(b"\r") else b""
            write.write(data[: len(data) - len(tail)].replace(b"\r\n", b"\n"))
        write.write(tail)
    return target


def stage_json_lines(
    engine: Engine,
    table: str,
    path: Path,
    *,
    encoding: str = "utf-8",
    progress: Callable[[float], None] | None = None,
) -> StagedPart:
    """Read JSON lines: objects within objects become columns with dotted names, every value as text."""
    # Lines of one kind have the same names, or the same structure where objects lie within objects. CASE keeps the
    # order of its tests: json_type fails on what is no JSON, and what begins with a brace need not be asked.
    names = (
        "CASE WHEN line LIKE '%{%{%' THEN hash(CAST(json_structure(line) AS VARCHAR)) ELSE hash(json_keys(line)) END"
    )
    kind = (
        f"CASE WHEN json_valid(line) THEN CASE WHEN line LIKE '{{%' THEN {names} "
        f"WHEN json_type(line) = 'OBJECT' THEN {names} END END"
    )
    with _readable(path):
        engine.execute("DROP TABLE IF EXISTS reject_errors")
        engine.execute("DROP TABLE IF EXISTS reject_scans")
        engine.execute_long(
            f"CREATE TEMP TABLE {table}_lines AS SELECT line, {kind} AS kind FROM read_csv("
            f"{text_literal(str(path))}, header = false, columns = {{'line': 'VARCHAR'}}, auto_detect = false, "
            f"delim = '\\x01', quote = '', escape = '', encoding = {text_literal(encoding)}, "
            f"compression = {text_literal(_compression(path))}, strict_mode = false, null_padding = true, "
            f"store_rejects = true, rejects_limit = 0, "
            f"max_line_size = {_MAX_LINE_BYTES}, buffer_size = {_BUFFER_BYTES})",
            progress=progress,
        )
        refused = engine.execute(
            "SELECT line, any_value(csv_line), min(error_type) FROM reject_errors GROUP BY line ORDER BY line"
        )
    broken, bounds = place_rows(
        [(int(line), str(raw).lstrip("\r\n"), str(kind)) for line, raw, kind in refused], lambda _: (0, [])
    )
    lines = _numbered(engine, f"{table}_lines", "line, kind", bounds)
    structure = _structure(engine, f"{table}_lines", progress)
    paths = list(_leaves(json.loads(structure))) if structure else []
    # All fields of a line are taken at once: each call would parse the line anew.
    pointers = ", ".join(text_literal(pointer) for _, pointer in paths)
    taken = f"json_extract_string(line, [{pointers}]) AS fields" if paths else "line"
    order = "" if bounds == [(1, 0)] else " ORDER BY row_number"  # they lie so, unless a join has moved them
    selected = "".join(f", fields[{at + 1}] AS c{at}" for at in range(len(paths)))
    engine.execute_long(
        f"CREATE TEMP TABLE {table} AS SELECT row_number{selected} "
        f"FROM (SELECT row_number, {taken} FROM ({lines}) WHERE kind IS NOT NULL){order}",
        progress=progress,
    )
    others = engine.execute(f"SELECT row_number, line FROM ({lines}) WHERE kind IS NULL AND trim(line) <> ''")
    broken += [(int(row), str(line), "not a JSON object") for row, line in others]
    last_row = engine.execute(f"SELECT count(*) FROM {table}_lines")[0][0] + len(refused)
    engine.execute(f"DROP TABLE {table}_lines")
    return StagedPart(
        relation=f"SELECT * FROM {table}",
        columns=tuple((name, "VARCHAR") for name, _ in paths),
        sources=(str(path),),
        n_rows=int(engine.execute(f"SELECT count(*) FROM {table}")[0][0]),
        last_row=int(last_row),
        broken=_set_aside(engine, table, sorted(broken)),
        n_broken=len(broken),
    )


def _structure(engine: Engine, lines: str, progress: Callable[[float], None] | None) -> str | None:
    """Give the structure that all lines have together, as JSON; None where there is no good line.

    It is worked out in one thread, so that it is asked of one line of each kind.
    """
    found = engine.execute_long(
        f"SELECT json_structure('[' || string_agg(line, ',' ORDER BY place) || ']')->0 FROM {lines} "
        f"JOIN (SELECT min(rowid) AS place FROM {lines} WHERE kind IS NOT NULL GROUP BY kind) ON {lines}.rowid = place",
        progress=progress,
    )[0][0]
    return None if found is None else str(found)


def _leaves(structure: object, names: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Give (dotted name, JSON pointer) of each value that is no object."""
    if isinstance(structure, dict) and structure:
        for name, inner in structure.items():
            yield from _leaves(inner, (*names, str(name)))
    elif names:
        pointer = "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
        yield ".".join(names), pointer


def _compression(path: Path) -> str:
    return {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}.get(path.suffix.lower(), "none")
