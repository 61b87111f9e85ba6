"""Where the rows of Spark's large tables are kept while a store is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from journeymap.store.spark_session import is_remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    Kinds = Sequence[tuple[str, str]]


_CONSTRAINTS = "spark.sql.constraintPropagation.enabled"


class Rows(Protocol):
    """Keeps rows; every call takes and gives data frames of Spark."""

    def keep(self, name: str, rows: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - a DataFrame of Spark
        """Keep the rows of a table; they take the place of what was kept under its name."""
        ...

    def add(self, name: str, before: Any, added: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - as above
        """Keep more rows of a table."""
        ...

    def alter(self, name: str, rows: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - as above
        """Keep the rows of a table whose columns have changed."""
        ...

    def drop(self, name: str) -> None:
        """Let go of a stored table."""
        ...

    def close(self) -> None:
        """Let go of everything that lasts no longer than the engine."""
        ...


class CachedRows:
    """Keeps rows in Spark's memory, and on its disks where that is too small.

    They are made at once and for good (a local checkpoint): a question about them starts from them, and not from all
    the questions that they came from.
    """

    def keep(self, name: str, rows: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401, ARG002 - see Rows
        """See :class:`Rows`."""
        return _made(rows)

    def add(self, name: str, before: Any, added: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - see Rows
        """See :class:`Rows`."""
        settings = before.sparkSession.conf
        # Spark 4 fails on what it knows of the rows of two checkpoints together (key not found): it is not to look.
        settings.set(_CONSTRAINTS, "false")
        try:
            return self.keep(name, before.unionAll(added), kinds, temporary=temporary)
        finally:
            settings.set(_CONSTRAINTS, "true")

    def alter(self, name: str, rows: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - see Rows
        """See :class:`Rows`."""
        return self.keep(name, rows, kinds, temporary=temporary)

    def drop(self, name: str) -> None:
        """See :class:`Rows`; Spark frees what nothing refers to any more."""

    def close(self) -> None:
        """See :class:`Rows`."""


def _made(rows: Any) -> Any:  # noqa: ANN401 - a DataFrame of Spark
    """Make rows at once and for good."""
    session = rows.sparkSession
    if not is_remote(session):
        return rows.localCheckpoint()
    # The client of Spark Connect hands them to the session of this thread that was made first, whoever asked.
    active = type(session)._active_session  # noqa: SLF001 - pyspark has no other way to say which
    first = getattr(active, "session", None)
    active.session = session
    try:
        return rows.localCheckpoint()
    finally:
        active.session = first
