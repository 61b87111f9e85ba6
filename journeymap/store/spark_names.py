"""What each name stands for while a store is open in Spark: rows of Spark, or a table of the DuckDB beside it."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from journeymap.store.duckdb_engine import DuckdbEngine
from journeymap.store.spark_answers import back_in_duckdb, collect, declared, quoted
from journeymap.store.spark_errors import spark_errors
from journeymap.store.spark_session import is_remote
from journeymap.store.spark_types import carrier, spark_type
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pyarrow as pa

    from journeymap.store.spark_rows import Kinds

SMALL_TABLES: Final = frozenset({"settings", "touchpoints", "channels", "ingests"})
"""Stored tables that do not grow with events or customers."""

ANSWER: Final = "answer_of_spark"
"""Under which name DuckDB reads rows that were fetched."""


class SparkNames:
    """The names of tables and views, and where their rows are.

    A large table is rows of Spark under a temporary view, and an empty table of DuckDB that has its columns. A small
    one is DuckDB's; Spark gets its rows when a statement reads it together with a large one, and anew when it has
    changed. As in DuckDB, a temporary name goes before a stored one.

    Parameters
    ----------
    session
        A session of Spark.

    Attributes
    ----------
    local
        The DuckDB beside it.
    """

    def __init__(self, session: Any) -> None:  # noqa: ANN401 - pyspark is no dependency
        self.session = session
        self.local = DuckdbEngine()
        self._stored: dict[str, Any] = {}
        self._temporary: dict[str, Any] = {}
        self._local_temporary: set[str] = set()
        self._local_views: set[str] = set()
        self._changes: dict[str, int] = {}
        self._n_changes = 0
        self._taken: dict[str, int] = {}
        self._mirrored: dict[str, tuple[int, Any]] = {}

    def kinds(self, name: str) -> list[tuple[str, str]]:
        """Give the columns of a table and DuckDB's types of them."""
        return self.local.columns(identifier(name))

    def holds(self, name: str) -> bool:
        """Say whether the rows that a name stands for are Spark's."""
        return name in self._temporary or (name in self._stored and name not in self._local_temporary)

    def holds_temporary(self, name: str) -> bool:
        """Say whether the rows that a name stands for are Spark's, and temporary."""
        return name in self._temporary

    def any_held(self, names: Iterable[str]) -> bool:
        """Say whether the rows of any of some names are Spark's."""
        return any(self.holds(name) for name in names)

    def is_temporary(self, name: str) -> bool:
        """Say whether a name stands for temporary rows, of Spark or of DuckDB."""
        return name in self._temporary or name in self._local_temporary

    def rows(self, name: str) -> Any:  # noqa: ANN401 - a DataFrame of Spark
        """Give the rows of Spark that a name stands for."""
        return self._temporary[name] if name in self._temporary else self._stored[name]

    def is_as_taken(self, name: str) -> bool:
        """Say whether a small table is as it was taken from the store."""
        return self._taken.get(name) == self._changes.get(name)

    # Rows of Spark

    def place(self, name: str, rows: Any, *, temporary: bool) -> None:  # noqa: ANN401 - as above
        """Let a name stand for rows of Spark."""
        name = name.lower()
        kept = self._temporary if temporary else self._stored
        kept[name] = rows
        if temporary:
            self._local_temporary.discard(name)
        if temporary or name not in self._temporary:
            with spark_errors():
                rows.createOrReplaceTempView(name)
        self._mirrored.pop(name, None)

    def shadow(self, name: str, kinds: Kinds, *, temporary: bool) -> None:
        """Make the empty table that stands for a large one."""
        listed = ", ".join(f"{identifier(column)} {declared(kind)}" for column, kind in kinds)
        word = "TEMP TABLE" if temporary else "TABLE"
        if temporary:
            self.local.drop_relation(name)
        self.local.execute(f"CREATE OR REPLACE {word} {identifier(name)} ({listed})")

    def lift(self, name: str) -> None:
        """Hand a local temporary table over to Spark: it is about to get more rows than should be here."""
        kinds = self.kinds(name)
        rows = self.mirror(name)
        self.shadow(name, kinds, temporary=True)
        self.place(name, rows, temporary=True)

    # Rows of DuckDB

    def insert_locally(self, name: str, rows: Any) -> None:  # noqa: ANN401 - rows of Spark, or an Arrow table
        """Add rows to a small table."""
        arrow = collect(self.session, rows) if hasattr(rows, "toArrow") else rows
        numbered, listed = back_in_duckdb(arrow, self.kinds(name))
        self.local.register(ANSWER, numbered)
        self.local.execute(f"INSERT INTO {identifier(name)} SELECT {listed} FROM {ANSWER}")
        self.note_local(name, temporary=False)

    def note_local(self, name: str, *, temporary: bool, is_view: bool = False) -> None:
        """Note that a name stands for rows of DuckDB, and that they are new."""
        name = name.lower()
        (self._local_views.add if is_view else self._local_views.discard)(name)
        if temporary:
            self._temporary.pop(name, None)
            self._local_temporary.add(name)
        self._n_changes += 1
        self._changes[name] = self._n_changes

    def note_taken(self, name: str) -> None:
        """Note that a small table is now as the store has it."""
        self._taken[name] = self._changes[name]

    def mirror(self, name: str) -> Any:  # noqa: ANN401 - a DataFrame of Spark
        """Give Spark the rows of a local table or view, unless it has them as they are now."""
        name = name.lower()
        known = self._mirrored.get(name)
        state = self._n_changes if name in self._local_views else self._changes.get(name, 0)
        if known is not None and known[0] == state:
            return known[1]
        kinds = self.kinds(name)
        arrow = self.carried(name)
        schema = ", ".join(f"{quoted(column)} {spark_type(kind)}" for column, kind in kinds)
        with spark_errors(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = self.session.createDataFrame(arrow, schema=schema)
            if not self.holds(name):
                rows.createOrReplaceTempView(name)
        self._mirrored[name] = (state, rows)
        return rows

    def carried(self, name: str) -> pa.Table:
        """Give the rows of a local table, in types that Spark has."""
        listed = ", ".join(
            f"CAST({identifier(column)} AS {carrier(kind)}) AS {identifier(column)}"
            for column, kind in self.kinds(name)
        )
        return self.local.arrow(f"SELECT {listed} FROM {identifier(name)}")

    # Names that go

    def forget(self, name: str) -> None:
        """Let a temporary name, or else a stored one, stand for nothing; a stored table behind it is there again."""
        self._local_temporary.discard(name)
        self._mirrored.pop(name, None)
        self._temporary.pop(name, None)
        with spark_errors():
            self.session.catalog.dropTempView(name)
            if name in self._stored:
                self._stored[name].createOrReplaceTempView(name)

    def forget_stored(self, name: str) -> None:
        """Let the name of a stored table stand for nothing."""
        if self._stored.pop(name, None) is not None:
            self.session.catalog.dropTempView(name)

    def forget_temporary(self, *, keep: Collection[str] = ()) -> None:
        """Let all temporary names but those stand for nothing, and let go of registered frames."""
        for name in [*self._temporary, *self._local_temporary]:
            if name not in keep:
                self.forget(name)
        self.local.drop_temporary(keep=keep)

    def close(self) -> None:
        """Let all names stand for nothing."""
        if not is_remote(self.session):  # there they end with the session
            with suppress(Exception):  # which may have been stopped
                for name in [*self._temporary, *self._stored]:
                    self.session.catalog.dropTempView(name)
        self.local.close()
