"""DuckDB: where the SQL runs. The only file that opens a DuckDB connection."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from journeymap.store.duckdb_errors import opening_errors, statement_errors
from journeymap.store.memory_limit import dense_bits_within, duckdb_part, limit_bytes
from journeymap.store.sql import identifier, text_literal
from journeymap.store.waiting import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from journeymap.store.sql import Query

_DENSE_KEY_BITS = (12, 22)
"""Keys of small whole numbers that fit into so many bits together are counted in an array and not in a hash table: by
DuckDB's own limit, and by ours for many rows, which is some 4 million places and 32 MB a thread."""

_GIVEN_BACK_SOON = {"allocator_flush_threshold": "16MB", "allocator_bulk_deallocation_flush_threshold": "32MB"}
"""Memory that DuckDB no longer counts is given back to the machine sooner than it would by itself: the loops of 100
million events within 2GB peak at 1,737 MB in place of 1,976."""

_Answer = TypeVar("_Answer")

_SHARED = "rows of all connections"
"""A database in memory beside the store's: every connection sees its tables."""


class DuckdbEngine:
    """One connection, and the way statements run on it (see :class:`journeymap.store.engine.Engine`).

    Parameters
    ----------
    path
        The database file; None: a database in memory.
    read_only
        Whether the file is only read.
    memory_limit
        The most memory that the process is to use, such as ``2GB``; DuckDB is told what remains beside Python. None:
        DuckDB's own limit (80 % of the machine's).
    spill_folder
        Where larger work is set aside on disk.
    beside
        An engine whose database is used by one more connection, with its limits; None: the database is opened.
    """

    kind = "duckdb"

    def __init__(
        self,
        path: Path | None = None,
        *,
        read_only: bool = False,
        memory_limit: str | None = None,
        spill_folder: Path | None = None,
        beside: DuckdbEngine | None = None,
    ) -> None:
        config: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        self._memory_bytes = None if memory_limit is None else duckdb_part(limit_bytes(memory_limit))
        if self._memory_bytes is not None:
            config |= {"memory_limit": f"{self._memory_bytes}B", **_GIVEN_BACK_SOON}
        if spill_folder is not None:
            config["temp_directory"] = str(spill_folder)
        self.path: Path | str | None = path
        self._memory_limit = memory_limit
        self._dense_key_bits = _DENSE_KEY_BITS[0]
        self._shares_rows = False
        self._one_at_a_time = RLock()
        self.listeners: list[Callable[[str], None]] = []
        if beside is not None:
            self._connection = beside.further_connection()
            return
        with opening_errors(path, memory_limit):
            # Connecting to a file that this process has open would give the state that was opened first, also when a
            # writer has put a new one in its place: a reader attaches it to an instance of its own.
            attached = path is not None and read_only
            self._connection = duckdb.connect(str(":memory:" if attached else path or ":memory:"), config=config)
            if attached:
                self._connection.execute(f"ATTACH {text_literal(str(path))} AS store (READ_ONLY); USE store")
            _set_up(self._connection)

    def execute(self, sql: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and fetch what it gives."""
        with self._one_at_a_time, statement_errors(self._memory_limit):
            return self._connection.execute(sql, dict(values) if values else None).fetchall()

    def execute_long(
        self,
        sql: str,
        values: Mapping[str, object] | None = None,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Run a statement that may take long: its share done is told, and Ctrl-C interrupts it."""
        return watched(
            lambda: self.execute(sql, values),
            share_done=lambda: max(0.0, self._connection.query_progress()) / 100,
            interrupt=self.interrupt,
            progress=progress,
        )

    def interrupt(self) -> None:
        """Stop the statement that runs, if one does; it raises KeyboardInterrupt where it was called."""
        self._connection.interrupt()

    def frame(self, query: Query) -> pd.DataFrame:
        """Run a question and give its rows as a pandas frame."""
        self._tell(query)
        return self._ask(lambda: self._connection.execute(query.text(), query.used_values()).df())

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        """Run a question and give its rows as tuples."""
        self._tell(query)
        return self._ask(lambda: self._connection.execute(query.text(), query.used_values()).fetchall())

    @contextmanager
    def kept(self, name: str, query: Query) -> Iterator[None]:
        """Keep the rows of a question in a temporary table while the block lasts."""
        self._tell(query)
        self.keep(name, query)
        ((n,),) = self.execute(f"SELECT count(*) FROM temp.{identifier(name)}")
        before = self._dense_key_bits
        try:
            # An array of counts is worth its while where it is no larger than what is counted.
            self._count_densely(max(before, min(int(n).bit_length(), self._most_dense_bits())))
            yield
        finally:
            self._count_densely(before)
            self.execute(f"DROP TABLE temp.{identifier(name)}")

    def keep(self, name: str, query: Query) -> None:
        """Keep the rows of a question in a temporary table until it is dropped; nothing is told to the listeners."""
        statement = f"CREATE TEMP TABLE {identifier(name)} AS {query.text()}"
        self._ask(lambda: self._connection.execute(statement, query.used_values()))

    def write_file(self, query: Query, path: Path, options: str) -> None:
        """Write the rows of a question to a file; the options are those of COPY."""
        self.execute_long(f"COPY (\n{query.text()}\n) TO {text_literal(str(path))} ({options})", query.used_values())

    def _most_dense_bits(self) -> int:
        """Say how large arrays of counts may be, which DuckDB does not count as memory that it uses."""
        if self._memory_limit is None:
            return _DENSE_KEY_BITS[1]
        return min(_DENSE_KEY_BITS[1], dense_bits_within(self.memory_bytes(), self.n_threads()))

    def _count_densely(self, bits: int) -> None:
        if bits != self._dense_key_bits:
            self.execute(f"SET perfect_ht_threshold = {bits}")
            self._dense_key_bits = bits

    def columns(self, relation: str, values: Mapping[str, object] | None = None) -> list[tuple[str, str]]:
        """Give the names and types of what a select or table gives, in order."""
        described = self.execute(f"DESCRIBE {relation}", values)
        return [(str(row[0]), str(row[1])) for row in described]

    def has_tables(self, *names: str) -> bool:
        """Say whether there are tables of all these names."""
        found = self.execute(
            "SELECT table_name FROM duckdb_tables() WHERE list_contains($names, table_name) "
            "UNION SELECT view_name FROM duckdb_views() WHERE NOT internal AND list_contains($names, view_name)",
            {"names": list(names)},
        )
        return len(found) == len(set(names))

    def arrow(self, sql: str) -> pa.Table:
        """Run a select and give its rows as an Arrow table."""
        return self._connection.sql(sql).to_arrow_table()

    def shared(self, name: str) -> str:
        """Say how a statement calls a temporary table that it makes for all :meth:`connections`."""
        if not self._shares_rows:
            # Temporary tables are their connection's alone; those of a database in memory are everyone's.
            self.execute(f"ATTACH ':memory:' AS {identifier(_SHARED)}")
            self._shares_rows = True
            self.execute(self._search_path())
        return f"TABLE {identifier(_SHARED)}.{identifier(name)}"

    def _search_path(self) -> str:
        own = str(self.execute("SELECT current_database()")[0][0])
        places = ",".join(f"{identifier(place)}.main" for place in ((own, _SHARED) if self._shares_rows else (own,)))
        return f"SET search_path = {text_literal(places)}"

    def n_threads(self) -> int:
        """Say how many threads work on a statement, at most."""
        return int(self.execute("SELECT current_setting('threads')")[0][0])

    @contextmanager
    def connections(self, n: int) -> Iterator[list[DuckdbEngine]]:
        """Give further connections to the same database while the block lasts.

        Each has temporary tables and transactions of its own, and may be used by a thread of its own.
        """
        # What is packed last is packed while a transaction is committed, and that is done by one at a time.
        with self._setting("write_buffer_row_group_count", "2"):
            others = [DuckdbEngine(memory_limit=self._memory_limit, beside=self) for _ in range(n)]
            try:
                yield others
            finally:
                for other in others:
                    other.close()

    def further_connection(self) -> duckdb.DuckDBPyConnection:
        """Give one more connection to the same database, set up as this one."""
        connection = self._connection.cursor()
        _set_up(connection)
        connection.execute(self._search_path())
        return connection

    def drop_relation(self, name: str) -> None:
        """Drop a temporary table or view of that name, if there is one."""
        for (view,) in self.execute(
            "SELECT TRUE FROM duckdb_views() WHERE temporary AND NOT internal AND lower(view_name) = lower($name) "
            "UNION ALL SELECT FALSE FROM duckdb_tables() WHERE temporary AND lower(table_name) = lower($name)",
            {"name": name},
        ):
            self.execute(f"DROP {'VIEW' if view else 'TABLE'} temp.{identifier(name)}")

    def drop_temporary(self, *, keep: Collection[str] = ()) -> None:
        """Drop temporary tables and views but those named, and let go of registered frames."""
        for kind, name in self.execute(
            "SELECT 'VIEW', view_name FROM duckdb_views() WHERE temporary AND NOT internal "
            "UNION ALL SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary OR database_name = $shared",
            {"shared": _SHARED},
        ):
            if name not in keep:
                self.execute(f"DROP {kind} IF EXISTS {identifier(str(name))}")
        if self._shares_rows and not keep:
            self._shares_rows = False
            self.execute(self._search_path())
            self.execute(f"DETACH {identifier(_SHARED)}")

    def memory_bytes(self) -> int:
        """Give the most memory that statements may use."""
        if self._memory_bytes is not None:
            return self._memory_bytes
        return limit_bytes(str(self.execute("SELECT current_setting('memory_limit')")[0][0]))

    def _tell(self, query: Query) -> None:
        for listener in self.listeners:
            listener(query.printable())

    def _ask(self, ask: Callable[[], _Answer]) -> _Answer:
        """Run a question; where memory is short, run it once more and set aside more of it on disk."""
        with self._one_at_a_time, statement_errors(self._memory_limit):
            try:
                return ask()
            except duckdb.OutOfMemoryException:
                # DuckDB 2.0 goes to disk by itself, but now and then too late, when the memory is taken.
                with self._setting("debug_force_external", "true"):
                    return ask()

    @contextmanager
    def _setting(self, name: str, value: str) -> Iterator[None]:
        """Set what DuckDB may or may not know by that name."""
        # Some are known that duckdb_settings() does not list.
        with suppress(duckdb.CatalogException):
            self._connection.execute(f"SET GLOBAL {name} = {value}")
        try:
            yield
        finally:
            with suppress(duckdb.CatalogException):
                self._connection.execute(f"RESET GLOBAL {name}")

    def register(self, name: str, table: pa.Table) -> None:
        """Let statements read an Arrow table under a name."""
        self._connection.register(name, table)

    def close(self) -> None:
        """Close the connection; further statements fail."""
        self._connection.close()


def _set_up(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB counts its progress only when a bar is asked for; the bar itself is ours to draw. Within a notebook
    # it refuses where a widget library is missing: then no progress is told.
    with suppress(duckdb.Error):
        connection.execute("SET enable_progress_bar_print = false; SET enable_progress_bar = true")
