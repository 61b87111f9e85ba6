"""The types of columns: what DuckDB calls them, what Spark does, and what travels between the two."""

from __future__ import annotations

import re
from typing import Final

import sqlglot
from sqlglot import exp

_CARRIERS: Final = {
    "UTINYINT": "SMALLINT",
    "USMALLINT": "INTEGER",
    "UINTEGER": "BIGINT",
    "UBIGINT": "DECIMAL(20,0)",
    "HUGEINT": "DECIMAL(38,0)",
    "UHUGEINT": "DECIMAL(38,0)",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
    '"NULL"': "INTEGER",
}
_AS_TEXT: Final = re.compile(r"(TIME|TIME_NS|TIME WITH TIME ZONE|INTERVAL|UUID|BIT|BIGNUM|ENUM\(.*|UNION\(.*|VARIANT)")
_FROM_SPARK: Final = {
    "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT", "float": "FLOAT",
    "double": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR", "binary": "BLOB", "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP", "void": "INTEGER",
}  # fmt: skip


def carrier(kind: str) -> str:
    """Give the DuckDB type in which values of a type travel to Spark and lie in its tables.

    Parameters
    ----------
    kind
        A type, as DuckDB calls it.

    Returns
    -------
    str
        The type itself where Spark has a counterpart; the next wider one; or text where it has none.

    Examples
    --------
    >>> carrier("BIGINT"), carrier("HUGEINT"), carrier("UUID"), carrier("UTINYINT[]")
    ('BIGINT', 'DECIMAL(38,0)', 'VARCHAR', 'SMALLINT[]')
    """
    if kind.endswith("[]"):
        return carrier(kind[:-2]) + "[]"
    if _AS_TEXT.fullmatch(kind):
        return "VARCHAR"
    return _CARRIERS.get(kind, kind)


def spark_type(kind: str) -> str:
    """Give Spark's name of the type in which values of a DuckDB type lie in its tables.

    Examples
    --------
    >>> spark_type("VARCHAR"), spark_type("TIMESTAMP"), spark_type("HUGEINT"), spark_type("DOUBLE[]")
    ('STRING', 'TIMESTAMP_NTZ', 'DECIMAL(38, 0)', 'ARRAY<DOUBLE>')
    """
    tree = sqlglot.parse_one(carrier(kind), read="duckdb", into=exp.DataType)
    return tree.sql(dialect="spark")


def duckdb_type(kind: str) -> str:
    """Give DuckDB's name of a type of Spark (as ``simpleString`` writes it).

    Examples
    --------
    >>> duckdb_type("bigint"), duckdb_type("timestamp"), duckdb_type("decimal(38,9)"), duckdb_type("array<string>")
    ('BIGINT', 'TIMESTAMP WITH TIME ZONE', 'DECIMAL(38,9)', 'VARCHAR[]')
    """
    if kind in _FROM_SPARK:
        return _FROM_SPARK[kind]
    if kind.startswith("array<"):
        return duckdb_type(kind[len("array<") : -1]) + "[]"
    if kind.startswith("decimal("):
        return kind.upper()
    return sqlglot.parse_one(kind, read="spark", into=exp.DataType).sql(dialect="duckdb")
