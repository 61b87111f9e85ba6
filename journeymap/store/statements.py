"""What a statement does, and which tables it reads: the little that an engine has to know to carry it out itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import sqlglot
from sqlglot import exp

from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["select", "create", "view", "insert", "delete", "add", "change", "drop", "set", "other"]

_SELECTS: Final = (exp.Query, exp.Values)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in DuckDB's dialect.

    Attributes
    ----------
    kind
        ``create`` is of a table, ``add`` and ``change`` are of a column; ``other`` is what questions have no use for.
    text
        The statement itself.
    name
        The table or view that it makes, changes or drops; or the setting.
    reads
        The tables that it reads, in lower case; its own named steps are not among them.
    rows
        The select whose rows are given, kept or inserted; or None.
    condition
        Which rows are deleted; None: all.
    columns
        What an insert names; (name, type) of what a table is made of; the column that is added or changed.
    given
        The expression that gives a changed column its values.
    is_temporary, by_name, if_exists
        As said in the statement.
    """

    kind: Kind
    text: str
    name: str = ""
    reads: frozenset[str] = frozenset()
    rows: Any = None
    condition: Any = None
    columns: tuple[tuple[str, str], ...] = ()
    given: Any = None
    is_temporary: bool = False
    by_name: bool = False
    if_exists: bool = False


@lru_cache(maxsize=2048)
def read_statements(sql: str) -> tuple[Statement, ...]:
    """Read one or more statements.

    Parameters
    ----------
    sql
        In DuckDB's dialect, divided by semicolons.

    Raises
    ------
    ValueError
        When it cannot be parsed.

    Examples
    --------
    >>> (made,) = read_statements("CREATE TEMP TABLE few AS WITH a AS (SELECT * FROM events) SELECT * FROM a")
    >>> made.kind, made.name, sorted(made.reads), made.is_temporary
    ('create', 'few', ['events'], True)
    """
    parsed = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    if len(parsed) == 1:
        return (_read(parsed[0], sql),)
    return tuple(_read(tree, tree.sql(dialect="duckdb")) for tree in parsed)


def tables_read(tree: exp.Expr) -> frozenset[str]:
    """Give the names of the tables that a tree reads, in lower case, its own named steps left out."""
    steps = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    named = {table.name.lower() for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)}
    return frozenset(named - steps)


def rows_that_stay(deletion: Statement) -> str:
    """Write the select of the rows that a deletion leaves: those for which the condition is false or unknown.

    Examples
    --------
    >>> (statement,) = read_statements("DELETE FROM people WHERE age > 3")
    >>> rows_that_stay(statement)
    'SELECT * FROM "people" WHERE NOT coalesce(age > 3, FALSE)'
    """
    if deletion.condition is None:
        return f"SELECT * FROM {identifier(deletion.name)} WHERE FALSE"
    condition = deletion.condition.sql(dialect="duckdb")
    return f"SELECT * FROM {identifier(deletion.name)} WHERE NOT coalesce({condition}, FALSE)"


def rows_with_column(change: Statement, columns: Sequence[str]) -> str:
    """Write the select of the rows of a table to which a column is added, or whose column is changed.

    Parameters
    ----------
    change
        Of kind ``add`` or ``change``.
    columns
        The names of the table's columns, in order.

    Examples
    --------
    >>> (statement,) = read_statements("ALTER TABLE people ADD COLUMN age INTEGER")
    >>> rows_with_column(statement, ["name"])
    'SELECT "name", CAST(NULL AS INT) AS "age" FROM "people"'
    """
    ((changed, kind),) = change.columns
    given = "NULL" if change.given is None else change.given.sql(dialect="duckdb")
    fresh = f"CAST({given} AS {kind}) AS {identifier(changed)}"
    listed = [fresh if column.lower() == changed.lower() else identifier(column) for column in columns]
    if change.kind == "add":
        listed.append(fresh)
    return f"SELECT {', '.join(listed)} FROM {identifier(change.name)}"


def steps_asked_again(tree: exp.Expr) -> list[str]:
    """Give the named steps that a step which refers to itself reads each time anew, in order.

    Examples
    --------
    >>> sql = "WITH RECURSIVE a AS (SELECT 1 AS x), b AS (SELECT x FROM a UNION ALL SELECT x FROM b, a) "
    >>> steps_asked_again(sqlglot.parse_one(sql + "SELECT * FROM b", read="duckdb"))
    ['a']
    """
    within = tree.args.get("with_")
    if within is None or not within.args.get("recursive"):
        return []
    reads = {
        cte.alias: {table.name for table in cte.this.find_all(exp.Table) if isinstance(table.this, exp.Identifier)}
        for cte in within.expressions
    }
    asked = set().union(*(found for name, found in reads.items() if name in found))
    return [name for name, found in reads.items() if name in asked and name not in found]


def step_alone(tree: exp.Expr, name: str) -> exp.Expr:
    """Give the question that has a named step's rows: the steps before it, and a select of all its rows."""
    steps = list(tree.args["with_"].expressions)
    at = next(at for at, cte in enumerate(steps) if cte.alias == name)
    alone: exp.Expr = steps[at].this.copy()
    if at:
        alone.set("with_", exp.With(expressions=[step.copy() for step in steps[:at]]))
    return alone


def take_step_from(tree: exp.Expr, name: str, table: str) -> None:
    """Let a question read a table in place of one of its named steps."""
    within = tree.args["with_"]
    within.set("expressions", [cte for cte in within.expressions if cte.alias != name])
    for read in list(tree.find_all(exp.Table)):
        if isinstance(read.this, exp.Identifier) and read.name == name:
            alias = read.alias or name
            read.replace(exp.alias_(exp.to_table(table), alias, table=True))


def _read(tree: exp.Expr, text: str) -> Statement:
    if isinstance(tree, _SELECTS):
        return Statement("select", text, reads=tables_read(tree), rows=tree)
    for kind, read in _READERS.items():
        if isinstance(tree, kind):
            return read(tree, text)
    return Statement("other", text)


def _create(tree: exp.Expr, text: str) -> Statement:
    properties = tree.args.get("properties")
    is_temporary = properties is not None and properties.find(exp.TemporaryProperty) is not None
    rows = tree.args.get("expression")
    target = tree.this
    columns = tuple((item.name, item.args["kind"].sql(dialect="duckdb")) for item in target.find_all(exp.ColumnDef))
    return Statement(
        "view" if tree.args["kind"] == "VIEW" else "create",
        text,
        name=target.find(exp.Table).name,
        reads=frozenset() if rows is None else tables_read(rows),
        rows=rows,
        columns=columns,
        is_temporary=is_temporary,
    )


def _insert(tree: exp.Expr, text: str) -> Statement:
    target, rows = tree.this, tree.args["expression"]
    columns = tuple((item.name, "") for item in target.expressions) if isinstance(target, exp.Schema) else ()
    return Statement(
        "insert", text, name=target.find(exp.Table).name, reads=tables_read(rows), rows=rows, columns=columns,
        by_name=bool(tree.args.get("by_name")),
    )  # fmt: skip


def _delete(tree: exp.Expr, text: str) -> Statement:
    where = tree.args.get("where")
    condition = None if where is None else where.this
    reads = frozenset() if condition is None else tables_read(condition)
    return Statement("delete", text, name=tree.this.name, reads=reads, condition=condition)


def _alter(tree: exp.Expr, text: str) -> Statement:
    (action,) = tree.args["actions"]
    if isinstance(action, exp.ColumnDef):
        added = (action.name, action.args["kind"].sql(dialect="duckdb"))
        return Statement("add", text, name=tree.this.name, columns=(added,))
    if isinstance(action, exp.AlterColumn):
        changed = (action.name, action.args["dtype"].sql(dialect="duckdb"))
        given = action.args.get("using") or exp.cast(exp.column(action.this.copy()), action.args["dtype"])
        return Statement("change", text, name=tree.this.name, columns=(changed,), given=given)
    return Statement("other", text)


def _drop(tree: exp.Expr, text: str) -> Statement:
    tables = tree.args.get("tables") or [tree.this]
    (table,) = tables
    return Statement(
        "drop", text, name=table.name, is_temporary=table.db == "temp", if_exists=bool(tree.args.get("exists"))
    )


def _set(tree: exp.Expr, text: str) -> Statement:
    item = tree.expressions[0].this
    return Statement("set", text, name=item.this.name.lower(), given=item.expression.name)


_READERS: Final = {
    exp.Create: _create,
    exp.Insert: _insert,
    exp.Delete: _delete,
    exp.Alter: _alter,
    exp.Drop: _drop,
    exp.Set: _set,
}
