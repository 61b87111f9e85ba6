"""What Apache Spark says otherwise than DuckDB, where sqlglot's own translation does not know it.

Questions are written in DuckDB's dialect; sqlglot translates them. Some things it passes through that Spark does not
have, or has under the same name with another meaning: those are put right here, in the tree, before it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlglot
from sqlglot import exp

from journeymap.store import spark_values as values

if TYPE_CHECKING:
    from collections.abc import Callable

_RENAMED: Final = {"hash": "XXHASH64"}
_WIDER: Final = {
    exp.DataType.Type.UTINYINT: "SMALLINT",
    exp.DataType.Type.USMALLINT: "INT",
    exp.DataType.Type.UINT: "BIGINT",
    exp.DataType.Type.UBIGINT: "DECIMAL(20, 0)",
    exp.DataType.Type.INT128: "DECIMAL(38, 0)",
    exp.DataType.Type.UINT128: "DECIMAL(38, 0)",
}


def to_spark(sql: str) -> str:
    """Translate a question from DuckDB's dialect to Spark's.

    Parameters
    ----------
    sql
        One statement. Bound values stay bound: ``$name`` becomes ``:name``, and a list of values becomes an array.

    Returns
    -------
    str
        The statement as Spark SQL.

    Raises
    ------
    ValueError
        When the statement cannot be parsed, or orders a list in a way that Spark cannot.

    Examples
    --------
    >>> to_spark('SELECT quantile_cont(gap_us, 0.5) AS "median" FROM t WHERE k = $key')
    'SELECT PERCENTILE(gap_us, 0.5) AS `median` FROM t WHERE k = :key'
    >>> to_spark("SELECT sum(gap_us) AS total_us, sum(n) AS n FROM t")
    'SELECT SUM(CAST(gap_us AS DECIMAL(38, 0))) AS total_us, SUM(n) AS n FROM t'
    >>> to_spark("SELECT (hash(x) >> 1) AS h, lead(x) OVER w - x AS gap FROM t WINDOW w AS (ORDER BY x)")
    'SELECT (SHIFTRIGHT(XXHASH64(x), 1)) AS h, (LEAD(x) OVER w) - x AS gap FROM t WINDOW w AS (ORDER BY x NULLS LAST)'
    """
    return translate(sqlglot.parse_one(sql, read="duckdb"))


def translate(tree: exp.Expr) -> str:
    """Write a parsed question as Spark SQL; see :func:`to_spark`. The tree is changed on the way."""
    # From the leaves up, so that what is put right within a call is there when the call is.
    for node in reversed(list(tree.walk())):
        rewrite = next((found for kind, found in _REWRITES.items() if isinstance(node, kind)), None)
        if rewrite is not None:
            node.replace(rewrite(node))
    return tree.sql(dialect="spark", comments=False)


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _percentile(node: exp.Expr) -> exp.Expr:
    """``PERCENTILE`` interpolates as ``quantile_cont`` does; ``PERCENTILE_CONT`` is called in another way there."""
    return _call("PERCENTILE", node.this, node.expression)


def _renamed(node: exp.Expr) -> exp.Expr:
    """``HASH`` is there, but has 32 bits."""
    called = str(node.this).lower()
    if called == "epoch_us":
        return values.instant_us(node.expressions[0])
    if called == "isfinite":
        return values.is_finite(node.expressions[0])
    name = _RENAMED.get(called)
    return node if name is None else _call(name, *node.expressions)


def _ordered_list(node: exp.Expr) -> exp.Expr:
    """``COLLECT_LIST`` has no order and leaves nulls out: collect pairs, sort them, and take the items out again."""
    inner, keys = node.this, []
    descends: set[bool] = set()
    if isinstance(inner, exp.Order):
        keys = [ordered.this for ordered in inner.expressions]
        descends = {bool(ordered.args.get("desc")) for ordered in inner.expressions}
        inner = inner.this
    if len(descends) > 1 or isinstance(inner, exp.Distinct):
        raise ValueError(f"Spark has no counterpart of {node.sql('duckdb')}.")
    fields = [part for at, key in enumerate(keys) for part in (exp.Literal.string(f"key{at}"), key)]
    collected: exp.Expr = _call("COLLECT_LIST", _call("NAMED_STRUCT", *fields, exp.Literal.string("item"), inner))
    if keys:
        collected = _call("SORT_ARRAY", collected, exp.Boolean(this=descends == {False}))
    item = exp.Lambda(this=exp.column("item", table="pair"), expressions=[exp.to_identifier("pair")])
    return _call("TRANSFORM", collected, item)


def _named_window(node: exp.Expr) -> exp.Expr:
    """Put a call over a named window in parentheses within a term: Spark needs them there."""
    named = node.args.get("alias") is not None
    within = isinstance(node.parent, (exp.Binary, exp.Unary)) and not isinstance(node.parent, exp.Paren)
    return exp.Paren(this=node.copy()) if named and within else node


def _truncated(node: exp.Expr) -> exp.Expr:
    """``TRUNC`` is of dates there."""
    if node.args.get("decimals") is not None:
        return node
    towards_zero = exp.If(
        this=exp.LT(this=node.this.copy(), expression=exp.Literal.number(0)), true=_call("CEIL", node.this.copy())
    )
    return exp.Case(ifs=[towards_zero], default=_call("FLOOR", node.this.copy()))


def _wider_type(node: exp.Expr) -> exp.Expr:
    wider = _WIDER.get(node.this)
    return node if wider is None else exp.DataType.build(wider, dialect="spark")


def _cast(node: exp.Expr) -> exp.Expr:
    """Casts between texts and numbers or times, where the inner type is written out."""
    to, inner = node.args["to"].this, node.this
    if isinstance(node, exp.TryCast):
        return values.number_of_text(inner) if to == exp.DataType.Type.DOUBLE else node
    if to not in exp.DataType.TEXT_TYPES:
        return node
    if isinstance(inner, exp.JSONObject):
        return values.json_of([(pair.this, pair.expression) for pair in inner.expressions])
    kind = inner.args["to"].this if isinstance(inner, exp.Cast) else None
    if kind in {exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT}:
        return values.text_of_float(inner)
    return values.text_of_instant(inner) if kind == exp.DataType.Type.TIMESTAMPTZ else node


def _wide_sum(node: exp.Expr) -> exp.Expr:
    """``SUM`` has 64 bits, and DuckDB's 128: microseconds may need more than the first."""
    added = node.this
    if not isinstance(added, exp.Column) or not added.name.endswith("_us"):
        return node
    return exp.Sum(this=exp.cast(added.copy(), exp.DataType.build("DECIMAL(38, 0)", dialect="spark")))


_REWRITES: Final[dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]]] = {
    exp.PercentileCont: _percentile,
    exp.Sum: _wide_sum,
    exp.ArrayAgg: _ordered_list,
    exp.Window: _named_window,
    exp.Trunc: _truncated,
    exp.TryCast: _cast,
    exp.Cast: _cast,
    exp.DataType: _wider_type,
    exp.ArgMin: lambda node: values.first_by(node.this, node.expression),
    exp.IsInf: lambda node: values.is_infinite(node.this),
    exp.Trim: lambda node: node if node.expression else values.trimmed(node.this),
    exp.Anonymous: _renamed,
}
