"""Spark's errors as ours: one line, and what to do."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from journeymap.errors import ResourceError, SourceNotFoundError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def spark_errors(doing: str = "Spark could not do this") -> Iterator[None]:
    """Turn Spark's errors into ours: one line, and no trace of Java."""
    try:
        from py4j.protocol import Py4JError
    except ImportError:  # the client of Spark Connect alone comes without it
        Py4JError = ()  # noqa: N806 - stands for the class
    from pyspark.errors import PySparkException
    from pyspark.logger import PySparkLogger

    # Pyspark writes each error to stderr as well, with all of Java's trace.
    # It must be of pyspark's own class, which takes more than a logger does.
    log = PySparkLogger.getLogger("SQLQueryContextLogger")
    was_disabled, log.disabled = log.disabled, True
    try:
        yield
    except (PySparkException, Py4JError) as error:
        said = first_line(error)
        if "[PATH_NOT_FOUND]" in said:
            raise SourceNotFoundError(f"{doing}: {said}", hint="Is it there, and may Spark read it?") from None
        if re.search(r"OutOfMemory|maxResultSize|No space left", str(error)):
            raise ResourceError(
                f"{doing}: it did not fit: {said}",
                hint="Give Spark more: spark.driver.memory, spark.executor.memory, spark.local.dir, "
                "spark.driver.maxResultSize.",
            ) from None
        if "stopped SparkContext" in str(error) or ("session" in said.lower() and "closed" in said.lower()):
            raise StoreError(f"{doing}: the session has been stopped.", hint="Open the store again.") from None
        raise StoreError(f"{doing}: {said}") from None
    finally:
        log.disabled = was_disabled


def first_line(error: BaseException) -> str:
    """Give the line of Spark's message that says what is wrong."""
    text = str(error).strip()
    causes = (
        re.findall(r"(?:Caused by: |: )[\w.$]*(?:Exception|Error): (.+)", text) if "An error occurred" in text else []
    )
    line = causes[-1] if causes else text.splitlines()[0] if text else type(error).__name__
    return re.sub(r"\s*SQLSTATE: \w+.*$", "", line).strip()
