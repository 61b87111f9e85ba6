"""Apache Spark: the same statements, where the events lie on many machines.

Every statement is in DuckDB's dialect. A DuckDB database in memory stands beside Spark: it has the small tables
(settings, touchpoints, channels, ingests) themselves, and an empty table for each large one. So it knows the names and
types of all columns, says what is wrong with a statement in its own words before Spark is asked, and gives frames the
types that they have where DuckDB did the work. What reads a large table is translated and run by Spark.
"""

from __future__ import annotations

import re
import uuid
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from journeymap.errors import ResourceError, StoreError
from journeymap.store.duckdb_engine import DuckdbEngine
from journeymap.store.spark_dialect import translate
from journeymap.store.spark_rows import CachedRows
from journeymap.store.spark_session import is_remote, spark_errors
from journeymap.store.spark_types import carrier, duckdb_type, spark_type
from journeymap.store.sql import Query, identifier
from journeymap.store.statements import Statement, read_statements, step_alone, steps_asked_again, take_step_from
from journeymap.store.waiting import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from journeymap.store.spark_rows import Rows

    Result = TypeVar("Result")

SMALL_TABLES: Final = frozenset({"settings", "touchpoints", "channels", "ingests"})
"""Stored tables that do not grow with events or customers."""

_MOST_REGISTERED: Final = 1_000_000
_MOST_COLLECTED: Final = 2_000_000
"""Answers are small tables; more rows than these are one for each customer or event, and belong in no one's memory."""

_ANSWER: Final = "answer_of_spark"


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
        self._local = DuckdbEngine()
        self._stored: dict[str, Any] = {}
        self._temporary: dict[str, Any] = {}
        self._local_temporary: set[str] = set()
        self._changes: dict[str, int] = {}
        self._n_changes = 0
        self._unchanged: dict[str, int] = {}
        self._local_views: set[str] = set()
        self._mirrored: dict[str, tuple[int, Any]] = {}

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
        return self._watched(lambda: self.execute(sql, values), progress)

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
        table = identifier(name)
        self.execute(f"CREATE TEMP TABLE {table} AS {query.text()}", query.used_values())
        try:
            yield
        finally:
            self.execute(f"DROP TABLE temp.{table}")

    def columns(self, relation: str, values: Mapping[str, object] | None = None) -> list[tuple[str, str]]:
        """Give the names and types of what a select or table gives, in order."""
        return self._local.columns(relation, values)

    def has_table(self, name: str) -> bool:
        """Say whether there is a table of that name."""
        return self._local.has_table(name)

    def drop_temporary(self, *, keep: Collection[str] = ()) -> None:
        """Drop temporary tables and views but those named, and let go of registered frames."""
        for name in [*self._temporary, *self._local_temporary]:
            if name not in keep:
                self._forget(name)
        self._local.drop_temporary(keep=keep)

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
        self._note_local(name, temporary=True)

    def close(self) -> None:
        """Let go of tables and views; the session that was given goes on."""
        with suppress(Exception):  # the session may have been stopped
            for name in [*self._temporary, *self._stored]:
                self.session.catalog.dropTempView(name)
        self._rows.close()
        self._local.close()

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
        self._shadow(name, list((kinds or found).items()), temporary=True)
        self._place(name, rows, temporary=True)

    def take_stored(self, name: str, rows: Any, kinds: list[tuple[str, str]]) -> None:  # noqa: ANN401 - as above
        """Make the rows of a stored table known, as they lie in the store."""
        if name in SMALL_TABLES:
            self._shadow(name, kinds, temporary=False)
            self._insert_locally(name, rows)
            self._unchanged[name] = self._changes[name]
        else:
            self._shadow(name, kinds, temporary=False)
            self._place(name, rows, temporary=False)

    def has_changed(self, name: str) -> bool:
        """Say whether a small table is another than was taken from the store."""
        return self._unchanged.get(name) != self._changes.get(name)

    def small_table(self, name: str) -> pa.Table:
        """Give the rows of a small table, in types that Spark has."""
        return self._carried(self.columns(identifier(name)), name)

    def spark_sql(self, sql: str, values: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - as above
        """Translate a select and give its rows as a data frame of Spark; nothing runs until it is asked for them."""
        (statement,) = self._read(sql)
        return self._select(statement, dict(values or {}))

    # How a statement is carried out

    def _read(self, sql: str) -> tuple[Statement, ...]:
        return read_statements(sql)

    def _tell(self, query: Query) -> None:
        for listener in self.listeners:
            listener(query.printable())

    def _is_large(self, statement: Statement) -> bool:
        return any(name in self._temporary or self._is_stored_large(name) for name in statement.reads)

    def _is_stored_large(self, name: str) -> bool:
        return name in self._stored and name not in self._local_temporary

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
        elif statement.kind != "other":
            self._change(statement, name, values)
        return []

    def _create(self, statement: Statement, name: str, values: dict[str, object]) -> None:
        temporary = statement.is_temporary
        stays_small = name in SMALL_TABLES and not temporary
        if statement.rows is None or not self._is_large(statement):
            is_large = not temporary and not stays_small
            if temporary and name in self._temporary:
                self._forget(name)
                self._local.drop_relation(name)
            self._local.execute(statement.text, values)
            if is_large:
                kinds = self.columns(identifier(statement.name))
                rows = self._mirror(name)
                self._local.execute(f"DELETE FROM {identifier(statement.name)}")
                self._place(name, self._rows.keep(name, rows, kinds, temporary=False), temporary=False)
            else:
                self._note_local(name, temporary=temporary, is_view=statement.kind == "view")
            return
        kinds = self._local.columns(statement.rows.sql(dialect="duckdb"), values)
        rows = self._cast(self._select(statement, values, unordered=not stays_small), kinds)
        if stays_small:
            arrow = self._collect(rows)
            self._shadow(name, kinds, temporary=False)
            self._insert_locally(name, arrow)
            return
        if statement.kind == "create":
            rows = self._rows.keep(name, rows, kinds, temporary=temporary)
        self._shadow(statement.name, kinds, temporary=temporary)
        self._place(name, rows, temporary=temporary)

    def _change(self, statement: Statement, name: str, values: dict[str, object]) -> None:
        """Insert rows, delete some, or change columns."""
        if not self._holds(name):
            if statement.kind != "insert" or not self._is_large(statement):
                self._local.execute(statement.text, values)
                self._note_local(name, temporary=name in self._local_temporary)
                return
            if name in SMALL_TABLES and name not in self._local_temporary:
                self._insert_locally(name, self._collect(self._inserted(statement, values)))
                return
            self._lift(name)
        temporary = name in self._temporary
        before = self._temporary[name] if temporary else self._stored[name]
        if statement.kind == "insert":
            added = self._inserted(statement, values)
            rows = self._rows.add(name, before, added, self.columns(identifier(name)), temporary=temporary)
        elif statement.kind == "delete":
            rows = self._rows.keep(
                name, self._survivors(statement, values), self.columns(identifier(name)), temporary=temporary
            )
        else:
            changed = self._with_column(statement, name)
            self._local.execute(statement.text)
            rows = self._rows.alter(name, changed, self.columns(identifier(name)), temporary=temporary)
        self._place(name, rows, temporary=temporary)

    def _drop(self, statement: Statement, name: str) -> None:
        if name in self._temporary or name in self._local_temporary:
            self._forget(name)
            self._local.drop_relation(name)
            return
        self._local.execute(statement.text)
        if self._stored.pop(name, None) is not None:
            self.session.catalog.dropTempView(name)
        self._rows.drop(name)

    # Rows of Spark

    def _select(self, statement: Statement, values: dict[str, object], *, unordered: bool = False) -> Any:  # noqa: ANN401 - a DataFrame of Spark
        for read in statement.reads:
            if not self._holds(read):
                self._mirror(read)
        tree = statement.rows.copy()
        if unordered and tree.args.get("limit") is None:
            tree.set("order", None)
        # Spark Connect looks names up when rows are asked for, which is after this.
        again = [] if is_remote(self.session) else steps_asked_again(tree)
        kept = [self._keep_step(tree, name, values) for name in again]
        try:
            return self._ask(tree, values)
        finally:
            for name in kept:  # the plan has them
                self.session.catalog.dropTempView(name)

    def _ask(self, tree: Any, values: dict[str, object]) -> Any:  # noqa: ANN401 - a tree of sqlglot; a DataFrame of Spark
        text = translate(tree)
        used = {name: value for name, value in values.items() if re.search(rf":{name}\b", text)}
        with spark_errors():
            return self.session.sql(text, args=used) if used else self.session.sql(text)

    def _keep_step(self, tree: Any, name: str, values: dict[str, object]) -> str:  # noqa: ANN401 - as above
        """Make the rows of a step once, where Spark would make them anew in each round of a recursive step."""
        view = f"kept_{name}"
        with spark_errors():
            self._ask(step_alone(tree, name), values).localCheckpoint().createOrReplaceTempView(view)
        take_step_from(tree, name, view)
        return view

    def _cast(self, rows: Any, kinds: list[tuple[str, str]]) -> Any:  # noqa: ANN401 - as above
        """Give the columns of rows the names and types that DuckDB gives them."""
        with spark_errors():
            plain = rows.toDF(*(f"c{at}" for at in range(len(kinds))))
            return plain.selectExpr(
                *(f"CAST(c{at} AS {spark_type(kind)}) AS {_quoted(name)}" for at, (name, kind) in enumerate(kinds))
            )

    def _answer(self, statement: Statement, values: dict[str, object]) -> Query:
        """Collect the rows of a select, and write the question that gives them with DuckDB's types."""
        kinds = self._local.columns(statement.text, values)
        arrow = self._collect(self._select(statement, values))
        self._local.register(_ANSWER, arrow.rename_columns([f"c{at}" for at in range(len(kinds))]))
        return Query((), f"SELECT {', '.join(_back(at, *kind) for at, kind in enumerate(kinds))} FROM {_ANSWER}")

    def _collect(self, rows: Any) -> pa.Table:  # noqa: ANN401 - as above
        with spark_errors(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                # One more than may come: an answer that is too long is refused without being fetched whole.
                table: pa.Table = rows.limit(_MOST_COLLECTED + 1).toArrow()
            except KeyboardInterrupt:
                self.session.interruptAll()
                raise
        if table.num_rows > _MOST_COLLECTED:
            raise ResourceError(
                f"The answer has more than {_MOST_COLLECTED:,} rows, which is the most that the Spark engine takes to "
                "this process.",
                hint="Narrow the question, or ask a sample in a file: journeymap store import FOLDER --sample 0.1 "
                "--into sample.duckdb",
            )
        return table

    def _inserted(self, statement: Statement, values: dict[str, object]) -> Any:  # noqa: ANN401 - as above
        """Give the rows of an insert with the columns and types of the table they go into."""
        kinds = self.columns(identifier(statement.name))
        given = [name for name, _ in self._local.columns(statement.rows.sql(dialect="duckdb"), values)]
        if statement.columns:
            given = [name for name, _ in statement.columns]
        elif not statement.by_name:
            given = [name for name, _ in kinds][: len(given)]
        place = {name.lower(): at for at, name in enumerate(given)}
        with spark_errors():
            rows = self._select(statement, values).toDF(*(f"c{at}" for at in range(len(given))))
            return rows.selectExpr(
                *(
                    f"CAST({f'c{place[name.lower()]}' if name.lower() in place else 'NULL'} AS {spark_type(kind)}) "
                    f"AS {_quoted(name)}"
                    for name, kind in kinds
                )
            )

    def _survivors(self, statement: Statement, values: dict[str, object]) -> Any:  # noqa: ANN401 - as above
        if statement.condition is None:
            text = f"SELECT * FROM {identifier(statement.name)} WHERE FALSE"
        else:
            condition = statement.condition.sql(dialect="duckdb")
            text = f"SELECT * FROM {identifier(statement.name)} WHERE NOT coalesce({condition}, FALSE)"
        (kept,) = self._read(text)
        return self._select(kept, values)

    def _with_column(self, statement: Statement, name: str) -> Any:  # noqa: ANN401 - as above
        ((changed, kind),) = statement.columns
        given = "NULL" if statement.given is None else statement.given.sql(dialect="duckdb")
        fresh = f"CAST({given} AS {kind}) AS {identifier(changed)}"
        old = [column for column, _ in self.columns(identifier(name))]
        listed = [fresh if column.lower() == changed.lower() else identifier(column) for column in old]
        if statement.kind == "add":
            listed.append(fresh)
        (select,) = self._read(f"SELECT {', '.join(listed)} FROM {identifier(name)}")
        return self._select(select, {})

    # Names

    def _holds(self, name: str) -> bool:
        """Say whether the rows that a name stands for are Spark's."""
        return name in self._temporary or self._is_stored_large(name)

    def _place(self, name: str, rows: Any, *, temporary: bool) -> None:  # noqa: ANN401 - as above
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

    def _shadow(self, name: str, kinds: list[tuple[str, str]], *, temporary: bool) -> None:
        """Make the empty table that stands for a large one."""
        listed = ", ".join(f"{identifier(column)} {_declared(kind)}" for column, kind in kinds)
        word = "TEMP TABLE" if temporary else "TABLE"
        if temporary:
            self._local.drop_relation(name)
        self._local.execute(f"CREATE OR REPLACE {word} {identifier(name)} ({listed})")

    def _insert_locally(self, name: str, rows: Any) -> None:  # noqa: ANN401 - rows of Spark, or an Arrow table
        arrow = rows if not hasattr(rows, "toArrow") else self._collect(rows)
        kinds = self.columns(identifier(name))
        self._local.register(_ANSWER, arrow.rename_columns([f"c{at}" for at in range(len(kinds))]))
        listed = ", ".join(_back(at, *kind) for at, kind in enumerate(kinds))
        self._local.execute(f"INSERT INTO {identifier(name)} SELECT {listed} FROM {_ANSWER}")
        self._note_local(name, temporary=False)

    def _note_local(self, name: str, *, temporary: bool, is_view: bool = False) -> None:
        """Note that a name stands for rows of DuckDB, and that they are new."""
        name = name.lower()
        (self._local_views.add if is_view else self._local_views.discard)(name)
        if temporary:
            self._temporary.pop(name, None)
            self._local_temporary.add(name)
        self._n_changes += 1
        self._changes[name] = self._n_changes

    def _mirror(self, name: str) -> Any:  # noqa: ANN401 - a DataFrame of Spark
        """Give Spark the rows of a local table or view, unless it has them as they are now."""
        name = name.lower()
        known = self._mirrored.get(name)
        state = self._n_changes if name in self._local_views else self._changes.get(name, 0)
        if known is not None and known[0] == state:
            return known[1]
        kinds = self.columns(identifier(name))
        arrow = self._carried(kinds, name)
        schema = ", ".join(f"{_quoted(column)} {spark_type(kind)}" for column, kind in kinds)
        with spark_errors(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = self.session.createDataFrame(arrow, schema=schema)
            if not self._holds(name):
                rows.createOrReplaceTempView(name)
        self._mirrored[name] = (state, rows)
        return rows

    def _carried(self, kinds: list[tuple[str, str]], name: str) -> pa.Table:
        listed = ", ".join(
            f"CAST({identifier(column)} AS {carrier(kind)}) AS {identifier(column)}" for column, kind in kinds
        )
        return self._local.arrow(f"SELECT {listed} FROM {identifier(name)}")

    def _lift(self, name: str) -> None:
        """Hand a local temporary table over to Spark: it is about to get more rows than should be here."""
        kinds = self.columns(identifier(name))
        rows = self._mirror(name)
        self._shadow(name, kinds, temporary=True)
        self._place(name, rows, temporary=True)

    def _forget(self, name: str) -> None:
        """Let a temporary name, or else a stored one, stand for nothing; a stored table behind it is there again."""
        self._local_temporary.discard(name)
        self._mirrored.pop(name, None)
        self._temporary.pop(name, None)
        with spark_errors():
            self.session.catalog.dropTempView(name)
            if name in self._stored:
                self._stored[name].createOrReplaceTempView(name)

    # Waiting

    def _watched(
        self, work: Callable[[], list[tuple[Any, ...]]], progress: Callable[[float], None] | None
    ) -> list[tuple[Any, ...]]:
        """Do work while its share done is told."""
        if progress is None or is_remote(self.session):
            given = work()
            if progress is not None:
                progress(1.0)
            return given
        context = self.session.sparkContext
        group, tracker = uuid.uuid4().hex, context.statusTracker()

        def grouped() -> list[tuple[Any, ...]]:
            context.setJobGroup(group, "journeymap")
            return work()

        return watched(
            grouped,
            share_done=lambda: _share_done(tracker, group),
            interrupt=self.session.interruptAll,
            progress=progress,
        )


def _share_done(tracker: Any, group: str) -> float:  # noqa: ANN401 - Spark's status tracker
    """Give the share of tasks that are done, among those of the stages that are under way."""
    tasks = completed = 0
    for job in tracker.getJobIdsForGroup(group):
        known = tracker.getJobInfo(job)
        for stage in known.stageIds if known is not None else ():
            found = tracker.getStageInfo(stage)
            if found is not None:
                tasks += found.numTasks
                completed += found.numCompletedTasks
    return completed / tasks if tasks else 0.0


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _declared(kind: str) -> str:
    return "INTEGER" if kind == '"NULL"' else kind


def _back(at: int, name: str, kind: str) -> str:
    return f"CAST(c{at} AS {_declared(kind)}) AS {identifier(name)}"
