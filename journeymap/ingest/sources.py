"""From what a user names (files, folders, globs) to the files to read, with the format of each."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

from journeymap.errors import SourceError, SourceNotFoundError, suggest_path
from journeymap.store.files import is_store

if TYPE_CHECKING:
    from journeymap.store.engine import Engine
    from journeymap.store.spark_engine import SparkEngine

Format = Literal["text", "json", "parquet", "table"]

TABLE: Final = "table:"
"""How the name of a table of Spark's catalog begins, where it is a source."""

_ENDINGS: Final[dict[str, Format]] = {
    ".csv": "text", ".tsv": "text", ".tab": "text", ".txt": "text",
    ".jsonl": "json", ".ndjson": "json", ".json": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_PACKED: Final = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_DELIMITERS: Final = (",", ";", "\t", "|")
_SNIFF_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read.

    Attributes
    ----------
    path
        Where it is; the name of a table.
    kind
        How it is written.
    header
        The column names of a text file; empty for others.
    delimiter
        Between the fields of a text file.
    renamed
        (name in the file, name in the header) of the columns of a text file whose name another one has before them.
    """

    path: Path | str
    kind: Format
    header: tuple[str, ...] = ()
    delimiter: str = ","
    renamed: tuple[tuple[str, str], ...] = ()


def is_far(source: str | Path) -> bool:
    """Say whether a source is read by Spark alone: a path with a scheme, or a table of its catalog.

    Examples
    --------
    >>> is_far("s3a://bucket/logs"), is_far("table:lake.events"), is_far("logs/a.csv")
    (True, True, False)
    """
    return isinstance(source, str) and ("://" in source or source.startswith(TABLE))


def find_files(
    sources: list[str | Path], *, leave_out: tuple[Path, ...] = (), engine: Engine | None = None
) -> list[Path | str]:
    """Expand files, folders and globs to files, each once, in order.

    Parameters
    ----------
    sources
        What the user named.
    leave_out
        Files that are not events, such as the customers file that the settings name.
    engine
        Spark's engine lists what lies on other file systems.

    Raises
    ------
    SourceNotFoundError
        When there is no such file, or a folder or glob has none that can be read.
    SourceError
        When only Spark can read it, and this is another engine.
    """
    left_out = {path.resolve() for path in leave_out}
    found: dict[Path | str, None] = {}
    for source in sources:
        if not str(source).strip():
            raise SourceNotFoundError(
                "A source is an empty text.", hint="Name files, folders or globs; is a variable of the shell not set?"
            )
        if is_far(source):
            found.update(dict.fromkeys(_expand_far(str(source), engine)))
            continue
        for path in _expand(source):
            if path.resolve() not in left_out:
                found.setdefault(path)
    if not found:
        raise SourceNotFoundError(
            "There are no files of events in " + ", ".join(str(source) for source in sources) + ".",
            hint="Files end in .csv, .tsv, .jsonl or .parquet; text may be packed (.gz, .zst).",
        )
    return list(found)


def _expand_far(source: str, engine: Engine | None) -> list[str]:
    if engine is None or engine.kind != "spark":
        what = "a table of Spark" if source.startswith(TABLE) else "no file of this machine"
        raise SourceError(
            f"{source} is {what}.", hint="Read it with Spark: --engine spark; or name files that lie on this machine."
        )
    if source.startswith(TABLE):
        return [source]
    from journeymap.store.spark_files import list_files

    found = list_files(cast("SparkEngine", engine), source)
    if found == [source]:
        return found
    return sorted(path for path in found if _is_named_like_events(Path(path.rsplit("/", 1)[-1])))


def _expand(source: str | Path) -> list[Path]:
    path = Path(source)
    if path.is_dir():
        return sorted(item for item in path.rglob("*") if _looks_like_events(item))
    if path.is_file():
        return [path]
    if has_magic(str(source)):
        # A glob takes events only: what stands beside them (settings, a README) is passed over.
        return sorted(
            Path(item)
            for item in glob(str(source), recursive=True)  # noqa: PTH207 - a user's pattern may be absolute
            if _looks_like_events(Path(item))
        )
    raise SourceNotFoundError(f"There is no file {path}. {suggest_path(path)}", hint="Check the name and the folder.")


def _looks_like_events(path: Path) -> bool:
    """Pass over what often lies beside events: hidden files, notes (.txt) and settings of other tools (.json)."""
    return _is_named_like_events(path) and path.is_file()


def _is_named_like_events(path: Path) -> bool:
    plain = path.with_suffix("") if path.suffix.lower() in _PACKED else path
    taken = _kind_of_name(path) is not None and plain.suffix.lower() not in {".txt", ".json"}
    return taken and not path.name.startswith(".")


def _kind_of_name(path: Path) -> Format | None:
    endings = [ending.lower() for ending in path.suffixes]
    if endings and endings[-1] in _PACKED:
        endings.pop()
        return _ENDINGS.get(endings[-1], None) if endings and _ENDINGS.get(endings[-1]) != "parquet" else None
    return _ENDINGS.get(endings[-1]) if endings else None


def look_at(
    path: Path | str, *, delimiter: str | None = None, encoding: str = "utf-8", engine: Engine | None = None
) -> SourceFile:
    """Find out how a file is written, and a text file's header.

    Raises
    ------
    SourceError
        When the file is empty, binary, of an unknown format, or not in the encoding.
    """
    if str(path).startswith(TABLE):
        return SourceFile(str(path).removeprefix(TABLE), "table")
    kind = _kind_of_name(Path(path))
    if isinstance(path, str):
        if kind == "parquet":
            return SourceFile(path, "parquet")
        from journeymap.store.spark_files import first_bytes

        start = first_bytes(cast("SparkEngine", engine), path, encoding)
    else:
        start = _first_bytes(path)
    if not start.strip():
        raise SourceError(f"{path} is empty.", hint="A file of events has a header line and at least one row.")
    if start.startswith(b"PAR1"):
        return SourceFile(path, "parquet")
    if isinstance(path, Path) and is_store(path):
        raise SourceError(f"{path} is a journey store, not a file of events.", hint="Ask it: journeymap map STORE")
    if kind == "parquet":
        raise SourceError(f"{path} is not a Parquet file.", hint="Give it the ending of the format that it has.")
    text = _decoded(start, path, encoding)
    if kind == "json" or (kind is None and text.lstrip().startswith("{")):
        if text.lstrip().startswith("["):
            raise SourceError(
                f"{path} is one JSON array; journeymap reads JSON lines, one object a line.",
                hint="Convert it, for example: jq -c '.[]' FILE > FILE.jsonl",
            )
        return SourceFile(path, "json")
    if text.lstrip().startswith("<"):
        raise SourceError(
            f"{path} looks like XML (such as an XES log).", hint="Export it as CSV or Parquet and read that."
        )
    delimiter = delimiter or _delimiter_of(path, text)
    if not text.split("\n", 1)[0].strip():
        raise SourceError(f"{path}: the first line is empty.", hint="The names of the columns stand in the first line.")
    header, renamed = _header_of(text, delimiter)
    return SourceFile(path, "text", header, delimiter, renamed)


def _first_bytes(path: Path) -> bytes:
    import pyarrow as pa

    # One read of a packed stream gives what one block holds; ask until there is enough.
    parts: list[bytes] = []
    try:
        with pa.input_stream(str(path), compression=_PACKED.get(path.suffix.lower())) as stream:
            while sum(map(len, parts)) < _SNIFF_BYTES and (part := stream.read(_SNIFF_BYTES)):
                parts.append(part)
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(
            f"{path} cannot be read: {str(error).splitlines()[0]}",
            hint="Is it whole, and is it of the format that its ending says?",
        ) from None
    return b"".join(parts)


def _decoded(start: bytes, path: Path | str, encoding: str) -> str:
    marked_utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    if encoding == "utf-8" and marked_utf16:
        raise SourceError(f"{path} is written in UTF-16.", hint="Read it with --encoding utf-16.")
    if start.startswith(b"\xfe\xff"):
        raise SourceError(
            f"{path} is written in UTF-16 with the large byte first.",
            hint="Convert it, for example: iconv -f UTF-16 -t UTF-8 FILE > FILE.csv",
        )
    if encoding != "utf-16" and b"\0" in start[:4096]:
        raise SourceError(
            f"{path} is a binary file, not text.", hint="journeymap reads CSV, TSV, JSON lines and Parquet."
        )
    header_line = start.split(b"\n", 1)[0]
    try:
        header_line.decode(encoding if encoding != "utf-16" else "latin-1")
        return start.decode(encoding, errors="replace").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise SourceError(
            f"{path} is not written in {encoding}: its first line cannot be read.",
            hint="Name its encoding: --encoding latin-1 or --encoding utf-16.",
        ) from None


def _delimiter_of(path: Path | str, text: str) -> str:
    if any(ending.lower() in {".tsv", ".tab"} for ending in Path(path).suffixes):
        return "\t"
    line = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=line.count)


def _header_of(text: str, delimiter: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Give the names of the columns, each one's own, and which were given another."""
    fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    names: list[str] = []
    renamed: list[tuple[str, str]] = []
    for at, field in enumerate(fields, start=1):
        name = plain = field.strip() or f"column_{at}"
        copy = 2
        while name in names:
            name, copy = f"{plain}_{copy}", copy + 1
        names.append(name)
        if name != plain:
            renamed.append((plain, name))
    return tuple(names), tuple(renamed)
