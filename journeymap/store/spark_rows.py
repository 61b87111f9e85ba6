"""Where the rows of Spark's large tables are kept while a store is open."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    Kinds = Sequence[tuple[str, str]]


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

    def forget(self, rows: Any) -> None:  # noqa: ANN401 - as above
        """Let go of rows that nothing reads any more."""
        ...

    def drop(self, name: str) -> None:
        """Let go of a stored table."""
        ...

    def close(self) -> None:
        """Let go of everything that lasts no longer than the engine."""
        ...


class CachedRows:
    """Keeps rows in Spark's cache: in memory, and on disk where that is too small. They are made when first read."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def keep(self, name: str, rows: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401, ARG002 - see Rows
        """See :class:`Rows`."""
        kept = rows.persist()
        self._kept.append(kept)
        return kept

    def add(self, name: str, before: Any, added: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - see Rows
        """See :class:`Rows`."""
        return self.keep(name, before.unionAll(added), kinds, temporary=temporary)

    def alter(self, name: str, rows: Any, kinds: Kinds, *, temporary: bool) -> Any:  # noqa: ANN401 - see Rows
        """See :class:`Rows`."""
        return self.keep(name, rows, kinds, temporary=temporary)

    def forget(self, rows: Any) -> None:  # noqa: ANN401 - see Rows
        """See :class:`Rows`."""
        for at, kept in enumerate(self._kept):
            if kept is rows:
                del self._kept[at]
                rows.unpersist()
                return

    def drop(self, name: str) -> None:
        """See :class:`Rows`; what is in memory ends with the engine, since other rows may be made of it."""

    def close(self) -> None:
        """See :class:`Rows`."""
        for rows in self._kept:
            with suppress(Exception):  # the session may have been stopped
                rows.unpersist()
        self._kept.clear()
