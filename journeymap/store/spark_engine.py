"""Apache Spark: the same statements, where the events lie on many machines.

Every statement is in DuckDB's dialect. A DuckDB database in memory stands beside Spark: it has the small tables
(settings, touchpoints, channels, ingests) themselves, and an empty table for each large one. So it knows the names and
types of all columns, says what is wrong with a statement in its own words before Spark is asked, and gives frames the
types that they have where DuckDB did the work. What reads a large table is translated and run by Spark.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import StoreError
from journeymap.store.spark_answers import back_in_duckdb, cast_rows, collect, select_rows, work_watched
from journeymap.store.spark_errors import spark_errors
from journeymap.store.spark_names import ANSWER, SMALL_TABLES, SparkNames
from journeymap.store.spark_rows import CachedRows
from journeymap.store.spark_session import end_session
from journeymap.store.spark_types import duckdb_type
from journeymap.store.sql import Query, identifier, printed_values
from journeymap.store.statements import Statement, read_statements, rows_that_stay, rows_with_column

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from journeymap.store.spark_rows import Rows

_MOST_REGISTERED: Final = 1_000_000


class SparkEngine:
    """One session of Spark, and the way statements run on it.

    Parameters
    ----------
    session
        A session of our own (:func:`journeymap.store.spark_session.own_session`).
    path
        Where the store lies; None: nowhere, its tables last as long as the engine.
    rows
        Where the rows of large tables are kept; None: in Spark's cache.
    """

    kind = "spark"

    def __init__(self, session: Any, path: str | None = None, *, rows: Rows | None = None) -> None:  # noqa: ANN401 - pyspark is no dependency
        self.session = session
        self.path: Path | str | None = path
        self.listeners: list[Callable[[str], None]] = []
        self._rows: Rows = rows if rows is not None else CachedRows()
        self._names = SparkNames(session)
        self._local = self._names.local

    # What an engine offers

    def execute(self, sql: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and fetch what it gives."""
        given: list[tuple[Any, ...]] = []
        for statement in self._read(sql):
            given = self._carry_out(statement, dict(values or {}))
        return given

    def execute_long(
        self,
        sql: str,
        values: Mapping[str, object] | None = None,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Run a statement that may take long: its share done is told, and Ctrl-C cancels it."""
        return work_watched(self.session, lambda: self.execute(sql, values), progress)

    def frame(self, query: Query) -> pd.DataFrame:
        """Run a question and give its rows as a pandas frame, with the types that DuckDB would give."""
        self._tell(query)
        (statement,) = self._read(query.text())
        values = query.used_values()
        if not self._is_large(statement):
            return self._local.frame(Query((), statement.text, values))
        return self._local.frame(self._answer(statement, values))

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        """Run a question and give its rows as tuples."""
        self._tell(query)
        return self.execute(query.text(), query.used_values())

    @contextmanager
    def kept(self, name: str, query: Query) -> Iterator[None]:
        """Keep the rows of a question in a temporary table while the block lasts."""
        self._tell(query)
        self.keep(name, query)
        try:
            yield
        finally:
            self.execute(f"DROP TABLE temp.{identifier(name)}")

    def keep(self, name: str, query: Query) -> None:
        """Keep the rows of a question in a temporary table until it is dropped; nothing is told to the listeners."""
        self.execute(f"CREATE TEMP TABLE {identifier(name)} AS {query.text()}", query.used_values())

    def write_file(self, query: Query, path: Path, options: str) -> None:
        """Write the rows of a question to a file on this machine, through its memory; the options are DuckDB's."""
        (statement,) = self._read(query.text())
        if self._is_large(statement):
            query = self._answer(statement, query.used_values())
        self._local.write_file(query, path, options)

    def columns(self, relation: str, values: Mapping[str, object] | None = None) -> list[tuple[str, str]]:
        """Give the names and types of what a select or table gives, in order."""
        return self._local.columns(relation, values)

    def has_tables(self, *names: str) -> bool:
        """Say whether there are tables of all these names."""
        return self._local.has_tables(*names)

    def drop_temporary(self, *, keep: Collection[str] = ()) -> None:
        """Drop temporary tables and views but those named, and let go of registered frames."""
        self._names.forget_temporary(keep=keep)

    def memory_bytes(self) -> int | None:
        """Give None: Spark sets aside what does not fit into the memory of its processes."""
        return None

    def register(self, name: str, table: pa.Table) -> None:
        """Let statements read an Arrow table under a name.

        Raises
        ------
        StoreError
            When it has more rows than should go from one machine to Spark.
        """
        if table.num_rows > _MOST_REGISTERED:
            raise StoreError(
                f"{table.num_rows:,} rows lie in this process's memory; the Spark engine takes {_MOST_REGISTERED:,} "
                "at the most from there.",
                hint="Write them to Parquet files and name those; or move a sample of the store to DuckDB: "
                "journeymap store import FOLDER --sample 0.1 --into sample.duckdb",
            )
        self._local.register(name, table)
        self._names.note_local(name, temporary=True)

    def close(self) -> None:
        """Let go of tables and views; the session that was given goes on."""
        self._names.close()
        self._rows.close()
        end_session(self.session)

    # What Spark alone offers

    def adopt(self, name: str, rows: Any, kinds: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - a DataFrame of Spark
        """Let statements read a Spark data frame under a name, as a temporary view.

        Parameters
        ----------
        name
            A plain lower-case name.
        rows
            A ``pyspark.sql.DataFrame`` of this engine's session.
        kinds
            DuckDB's types of its columns; None: those that correspond to Spark's.
        """
        with spark_errors():
            found = {field.name: duckdb_type(field.dataType.simpleString()) for field in rows.schema.fields}
        self._names.shadow(name, list((kinds or found).items()), temporary=True)
        self._names.place(name, rows, temporary=True)

    def take_stored(self, name: str, rows: Any, kinds: list[tuple[str, str]]) -> None:  # noqa: ANN401 - as above
        """Make the rows of a stored table known, as they lie in the store."""
        if name in SMALL_TABLES:
            self._names.shadow(name, kinds, temporary=False)
            self._names.insert_locally(name, rows)
            self._names.note_taken(name)
        else:
            self._names.shadow(name, kinds, temporary=False)
            self._names.place(name, rows, temporary=False)

    def has_changed(self, name: str) -> bool:
        """Say whether a small table is another than was taken from the store."""
        return not self._names.is_as_taken(name)

    def small_table(self, name: str) -> pa.Table:
        """Give the rows of a small table, in types that Spark has."""
        return self._names.carried(name)

    def spark_sql(self, sql: str, values: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - as above
        """Translate a select and give its rows as a data frame of Spark; nothing runs until it is asked for them.

        Parameters
        ----------
        sql
            In DuckDB's dialect, such as a question that was told to a listener.
        values
            What is bound; None: what the question says at its top.
        """
        (statement,) = self._read(sql)
        return self._select(statement, dict(printed_values(sql) if values is None else values))

    # How a statement is carried out

    def _read(self, sql: str) -> tuple[Statement, ...]:
        return read_statements(sql)

    def _tell(self, query: Query) -> None:
        for listener in self.listeners:
            listener(query.printable())

    def _is_large(self, statement: Statement) -> bool:
        return self._names.any_held(statement.reads)

    def _carry_out(self, statement: Statement, values: dict[str, object]) -> list[tuple[Any, ...]]:
        name = statement.name.lower()
        if statement.kind == "set":
            self._local.execute(statement.text)
            if statement.name == "timezone":
                self.session.conf.set("spark.sql.session.timeZone", statement.given)
            return []
        if statement.kind == "select":
            if not self._is_large(statement):
                return self._local.execute(statement.text, values)
            answer = self._answer(statement, values)
            return self._local.execute(answer.text())
        if statement.kind in {"create", "view"}:
            self._create(statement, name, values)
        elif statement.kind == "drop":
            self._drop(statement, name)
        elif statement.kind == "other":
            raise StoreError(
                f"The Spark engine does not carry out '{statement.text.split()[0]}'.",
                hint="It takes selects, and what makes, fills, changes and drops tables.",
            )
        else:
            self._change(statement, name, values)
        return []

    def _create(self, statement: Statement, name: str, values: dict[str, object]) -> None:
        temporary = statement.is_temporary
        stays_small = name in SMALL_TABLES and not temporary
        if statement.rows is None or not self._is_large(statement):
            is_large = not temporary and not stays_small
            if temporary and self._names.holds_temporary(name):
                self._names.forget(name)
                self._local.drop_relation(name)
            self._local.execute(statement.text, values)
            if is_large:
                kinds = self._names.kinds(statement.name)
                rows = self._names.mirror(name)
                self._local.execute(f"DELETE FROM {identifier(statement.name)}")
                self._names.place(name, self._rows.keep(name, rows, kinds, temporary=False), temporary=False)
            else:
                self._names.note_local(name, temporary=temporary, is_view=statement.kind == "view")
            return
        kinds = self._local.columns(statement.rows.sql(dialect="duckdb"), values)
        rows = cast_rows(self._select(statement, values, unordered=not stays_small), kinds)
        if stays_small:
            arrow = collect(self.session, rows)
            self._names.shadow(name, kinds, temporary=False)
            self._names.insert_locally(name, arrow)
            return
        if statement.kind == "create":
            rows = self._rows.keep(name, rows, kinds, temporary=temporary)
        self._names.shadow(statement.name, kinds, temporary=temporary)
        self._names.place(name, rows, temporary=temporary)

    def _change(self, statement: Statement, name: str, values: dict[str, object]) -> None:
        """Insert rows, delete some, or change columns."""
        if not self._names.holds(name):
            if statement.kind != "insert" or not self._is_large(statement):
                self._local.execute(statement.text, values)
                self._names.note_local(name, temporary=self._names.is_temporary(name))
                return
            if name in SMALL_TABLES and not self._names.is_temporary(name):
                self._names.insert_locally(name, collect(self.session, self._inserted(statement, values)))
                return
            self._names.lift(name)
        temporary = self._names.is_temporary(name)
        if statement.kind == "insert":
            added = self._inserted(statement, values)
            rows = self._rows.add(name, self._names.rows(name), added, self._names.kinds(name), temporary=temporary)
        elif statement.kind == "delete":
            rows = self._rows.keep(
                name, self.spark_sql(rows_that_stay(statement), values), self._names.kinds(name), temporary=temporary
            )
        else:
            changed = self.spark_sql(rows_with_column(statement, [column for column, _ in self._names.kinds(name)]), {})
            self._local.execute(statement.text)
            rows = self._rows.alter(name, changed, self._names.kinds(name), temporary=temporary)
        self._names.place(name, rows, temporary=temporary)

    def _drop(self, statement: Statement, name: str) -> None:
        if self._names.is_temporary(name):
            self._names.forget(name)
            self._local.drop_relation(name)
            return
        self._local.execute(statement.text)
        self._names.forget_stored(name)
        self._rows.drop(name)

    # Rows of Spark

    def _select(self, statement: Statement, values: dict[str, object], *, unordered: bool = False) -> Any:  # noqa: ANN401 - a DataFrame of Spark
        for read in statement.reads:
            if not self._names.holds(read):
                self._names.mirror(read)
        tree = statement.rows.copy()
        if unordered and tree.args.get("limit") is None:
            tree.set("order", None)
        return select_rows(self.session, tree, values)

    def _answer(self, statement: Statement, values: dict[str, object]) -> Query:
        """Collect the rows of a select, and write the question that gives them with DuckDB's types."""
        kinds = self._local.columns(statement.text, values)
        table, listed = back_in_duckdb(collect(self.session, self._select(statement, values)), kinds)
        self._local.register(ANSWER, table)
        return Query((), f"SELECT {listed} FROM {ANSWER}")

    def _inserted(self, statement: Statement, values: dict[str, object]) -> Any:  # noqa: ANN401 - as above
        """Give the rows of an insert with the columns and types of the table they go into."""
        kinds = self._names.kinds(statement.name)
        given = [name for name, _ in self._local.columns(statement.rows.sql(dialect="duckdb"), values)]
        if statement.columns:
            given = [name for name, _ in statement.columns]
        elif not statement.by_name:
            given = [name for name, _ in kinds][: len(given)]
        place = {name.lower(): at for at, name in enumerate(given)}
        places = [place.get(name.lower()) for name, _ in kinds]
        return cast_rows(self._select(statement, values), kinds, places)
