"""Files on any file system that Spark reads: which there are, how they begin, and their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.errors import JourneymapError, SourceNotFoundError
from journeymap.store.spark_errors import spark_errors
from journeymap.store.spark_lines import escape_glob, given_path

if TYPE_CHECKING:
    from journeymap.store.spark_engine import SparkEngine

_FIRST_LINES = 20


def list_files(engine: SparkEngine, source: str) -> list[str]:
    """List the files of a folder (and of the folders in it), of a glob of Hadoop's kind, or the one file itself.

    Raises
    ------
    SourceNotFoundError
        When there is none, or Spark cannot reach the place.
    """
    listed = engine.session.read.format("binaryFile").option("recursiveFileLookup", "true")
    try:
        with spark_errors():
            found = [str(row.path) for row in listed.load(source).select("path").collect()]
    except JourneymapError as error:
        raise SourceNotFoundError(
            f"Spark finds no file {source}: {error.message.removeprefix('Spark could not do this: ')}",
            hint="Check the path, and that the session can reach the place.",
        ) from None
    if len(found) == 1 and given_path(found[0]) == given_path(source):
        return [source]
    scheme = source.startswith("file:")
    return [f"file://{given_path(path)}" if scheme else path for path in found]


def first_bytes(engine: SparkEngine, path: str, encoding: str) -> bytes:
    """Give the first lines of a text file."""
    with spark_errors(f"{path} cannot be read"):
        reader = engine.session.read
        if encoding == "utf-16":
            reader = reader.option("encoding", "UTF-16LE").option("lineSep", "\n")
        lines = reader.text(escape_glob(path)).selectExpr("CAST(value AS BINARY) AS value").limit(_FIRST_LINES)
        end = b"\n\0" if encoding == "utf-16" else b"\n"
        return b"".join(bytes(row.value) + end for row in lines.collect())


def file_state(engine: SparkEngine, path: str) -> str:
    """Give a text that changes with a file: its length and the time of its last change."""
    listed = engine.session.read.format("binaryFile").load(escape_glob(path)).select("length", "modificationTime")
    with spark_errors():
        return ";".join(f"{row.length} {row.modificationTime.isoformat()}" for row in listed.collect())
