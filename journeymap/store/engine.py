"""What an engine offers: where the SQL of the questions runs, and in which form its answers come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from journeymap.store.sql import Query


class Engine(Protocol):
    """Runs statements in DuckDB's dialect, on whatever it is.

    Attributes
    ----------
    kind
        ``duckdb`` or ``spark``.
    path
        Where the store lies; None where it is in memory.
    listeners
        Each is given the printed SQL of every question before it runs.
    """

    kind: str
    path: Path | str | None
    listeners: list[Callable[[str], None]]

    def execute(self, sql: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and fetch what it gives; nothing is told to the listeners."""
        ...

    def execute_long(
        self,
        sql: str,
        values: Mapping[str, object] | None = None,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Run a statement that may take long: its share done is told, and Ctrl-C interrupts it."""
        ...

    def frame(self, query: Query) -> pd.DataFrame:
        """Run a question and give its rows as a pandas frame; the types are DuckDB's, whatever the engine."""
        ...

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        """Run a question and give its rows as tuples."""
        ...

    def kept(self, name: str, query: Query) -> AbstractContextManager[None]:
        """Keep the rows of a question in a temporary table while the block lasts."""
        ...

    def keep(self, name: str, query: Query) -> None:
        """Keep the rows of a question in a temporary table until it is dropped; nothing is told to the listeners."""
        ...

    def write_file(self, query: Query, path: Path, options: str) -> None:
        """Write the rows of a question to a file on this machine; the options are those of DuckDB's COPY."""
        ...

    def columns(self, relation: str, values: Mapping[str, object] | None = None) -> list[tuple[str, str]]:
        """Give the names and types (as DuckDB calls them) of what a select or table gives, in order."""
        ...

    def has_tables(self, *names: str) -> bool:
        """Say whether there are tables of all these names."""
        ...

    def drop_temporary(self, *, keep: Collection[str] = ()) -> None:
        """Drop temporary tables and views but those named, and let go of registered frames."""
        ...

    def memory_bytes(self) -> int | None:
        """Give the most memory that statements may use; None where an engine sees to it by itself."""
        ...

    def register(self, name: str, table: pa.Table) -> None:
        """Let statements read an Arrow table under a name."""
        ...

    def close(self) -> None:
        """Let go of what the engine holds; further statements fail."""
        ...
