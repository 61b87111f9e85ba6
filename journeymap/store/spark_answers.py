"""Run a translated select on Spark, give its rows the types that they have in DuckDB, and fetch them."""

from __future__ import annotations

import re
import uuid
import warnings
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import ResourceError
from journeymap.store.spark_dialect import translate
from journeymap.store.spark_errors import spark_errors
from journeymap.store.spark_session import is_remote
from journeymap.store.spark_types import spark_type
from journeymap.store.sql import identifier
from journeymap.store.statements import step_alone, steps_asked_again, take_step_from
from journeymap.store.waiting import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from journeymap.store.spark_rows import Kinds

_MOST_COLLECTED: Final = 2_000_000
"""Answers are small tables; more rows than these are one for each customer or event, and belong in no one's memory."""


def select_rows(session: Any, tree: Any, values: dict[str, object]) -> Any:  # noqa: ANN401 - pyspark is no dependency
    """Translate a select and give its rows; nothing runs until they are asked for.

    Parameters
    ----------
    session
        A session of Spark that knows the tables by their names.
    tree
        The select as sqlglot has read it; it is changed on the way.
    values
        What is bound, by name; those that the select does not name are left out.

    Returns
    -------
    pyspark.sql.DataFrame
        The rows.
    """
    # Spark Connect looks names up when rows are asked for, which is after this.
    again = [] if is_remote(session) else steps_asked_again(tree)
    kept = [_keep_step(session, tree, name, values) for name in again]
    try:
        return _ask(session, tree, values)
    finally:
        for name in kept:  # the plan has them
            session.catalog.dropTempView(name)


def _ask(session: Any, tree: Any, values: dict[str, object]) -> Any:  # noqa: ANN401 - as above
    text = translate(tree)
    used = {name: value for name, value in values.items() if re.search(rf":{name}\b", text)}
    with spark_errors():
        return session.sql(text, args=used) if used else session.sql(text)


def _keep_step(session: Any, tree: Any, name: str, values: dict[str, object]) -> str:  # noqa: ANN401 - as above
    """Make the rows of a step once, where Spark would make them anew in each round of a recursive step."""
    view = f"kept_{name}"
    with spark_errors():
        _ask(session, step_alone(tree, name), values).localCheckpoint().createOrReplaceTempView(view)
    take_step_from(tree, name, view)
    return view


def cast_rows(rows: Any, kinds: Kinds, places: Sequence[int | None] | None = None) -> Any:  # noqa: ANN401 - as above
    """Give the columns of rows the names and types that DuckDB gives them.

    Parameters
    ----------
    rows
        A data frame of Spark, whose own names do not count.
    kinds
        Names and DuckDB's types.
    places
        Which of the columns each of them is, None where it is null; None: in their order.
    """
    found = range(len(kinds)) if places is None else places
    with spark_errors():
        plain = rows.toDF(*(f"c{at}" for at in range(len(rows.columns))))
        return plain.selectExpr(
            *(
                f"CAST({'NULL' if at is None else f'c{at}'} AS {spark_type(kind)}) AS {quoted(name)}"
                for at, (name, kind) in zip(found, kinds, strict=True)
            )
        )


def collect(session: Any, rows: Any) -> pa.Table:  # noqa: ANN401 - as above
    """Fetch rows into this process.

    Raises
    ------
    ResourceError
        When they are more than an answer has.
    """
    with spark_errors(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # One more than may come: an answer that is too long is refused without being fetched whole.
            table: pa.Table = rows.limit(_MOST_COLLECTED + 1).toArrow()
        except KeyboardInterrupt:
            session.interruptAll()
            raise
    if table.num_rows > _MOST_COLLECTED:
        raise ResourceError(
            f"The answer has more than {_MOST_COLLECTED:,} rows, which is the most that the Spark engine takes to "
            "this process.",
            hint="Narrow the question, or ask a sample in a file: journeymap store import FOLDER --sample 0.1 "
            "--into sample.duckdb",
        )
    return table


def back_in_duckdb(table: pa.Table, kinds: Kinds) -> tuple[pa.Table, str]:
    """Give fetched rows with numbered columns, and the select list that gives these DuckDB's names and types again."""
    numbered = table.rename_columns([f"c{at}" for at in range(len(kinds))])
    listed = ", ".join(
        f"CAST(c{at} AS {declared(kind)}) AS {identifier(name)}" for at, (name, kind) in enumerate(kinds)
    )
    return numbered, listed


def declared(kind: str) -> str:
    """Give the type that a column is declared with: one of nulls alone has none."""
    return "INTEGER" if kind == '"NULL"' else kind


def quoted(name: str) -> str:
    """Quote a name as Spark does.

    Examples
    --------
    >>> print(quoted("a`b"))
    `a``b`
    """
    return "`" + name.replace("`", "``") + "`"


def work_watched(
    session: Any,  # noqa: ANN401 - as above
    work: Callable[[], list[tuple[Any, ...]]],
    progress: Callable[[float], None] | None,
) -> list[tuple[Any, ...]]:
    """Do work while its share done is told, where the session can be asked for it."""
    if progress is None or is_remote(session):
        given = work()
        if progress is not None:
            progress(1.0)
        return given
    context = session.sparkContext
    group, tracker = uuid.uuid4().hex, context.statusTracker()

    def grouped() -> list[tuple[Any, ...]]:
        context.setJobGroup(group, "journeymap")
        return work()

    return watched(
        grouped,
        share_done=lambda: _share_done(tracker, group),
        interrupt=session.interruptAll,
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
