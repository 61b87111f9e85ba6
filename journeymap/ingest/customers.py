"""Customers: a key for each, and their attributes from a file of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.errors import ColumnError
from journeymap.ingest.checking import text_sql
from journeymap.ingest.columns import find_customer
from journeymap.ingest.sources import find_files
from journeymap.ingest.staging import stage_files, stage_table
from journeymap.settings import EventSettings
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from journeymap.ingest.staging import Column
    from journeymap.store.store import Store

_HEX = "0123456789abcdef"
_MANY_CHANGED = 0.2
"""The share of customers with changed attributes from which writing all of them again is less work."""


@dataclass(frozen=True, slots=True)
class _Attribute:
    """A column of the customers file: its name, its place in ``attributes``, and its values in their type."""

    name: str
    column: str
    sql: str
    kind: str


def customer_group_sql(customer: str) -> str:
    """Write the jackknife group of a customer id, 0 to 99: from its MD5, so that every engine and every day agrees.

    The first four hexadecimal digits, modulo 100; a group's share is within 0.2 % of another's.
    """
    digits = [f"(strpos('{_HEX}', substr(md5({customer}), {at}, 1)) - 1)" for at in range(1, 5)]
    number = f"((({digits[0]} * 16 + {digits[1]}) * 16 + {digits[2]}) * 16 + {digits[3]})"
    return f"CAST({number} % {N_GROUPS} AS INTEGER)"


def add_customers(store: Store, customers: str) -> None:
    """Give each customer of a relation (one column, ``customer``) that is new a key.

    A key is the customer's number within its group, times 100, plus the group.
    """
    store.engine.execute_long(
        f"""
        INSERT INTO customers (customer_key, customer_id)
        WITH new_customers AS (
            SELECT DISTINCT customer FROM ({customers}) ANTI JOIN customers ON customer_id = customer
        ),
        grouped AS (SELECT customer, {customer_group_sql("customer")} AS customer_group FROM new_customers),
        taken AS (
            SELECT customer_key % {N_GROUPS} AS customer_group, max(customer_key // {N_GROUPS}) + 1 AS n_taken
            FROM customers GROUP BY customer_key % {N_GROUPS}
        )
        SELECT
            CAST(
                (row_number() OVER (PARTITION BY customer_group ORDER BY customer) - 1 + coalesce(n_taken, 0))
                * {N_GROUPS} + customer_group AS INTEGER
            ),
            customer
        FROM grouped LEFT JOIN taken USING (customer_group)
        """
    )


def add_attributes(
    store: Store, source: str | pa.Table, customer: str | None, events_customer: str, *, encoding: str = "utf-8"
) -> tuple[str, ...]:
    """Bring the attributes of customers from a file or an Arrow table into the store.

    Parameters
    ----------
    store
        The store being written, with its customers.
    source
        A file with one row per customer, or an Arrow table.
    customer
        The column with the customer's id; None: recognised, or named as in the events.
    events_customer
        The column of the events that holds the customer.
    encoding
        How a text file is written: as the events are.

    Returns
    -------
    tuple of str
        What looks odd: customers without events, customers that stand twice.

    Raises
    ------
    ColumnError
        When no column holds the customer, or none of the ids is in the events.
    """
    engine = store.engine
    if isinstance(source, str):
        staged = stage_files(
            engine,
            find_files([source], engine=engine),
            EventSettings(encoding=encoding),
            first_arrival=1,
            name="customers_file",
        )
    else:
        staged = stage_table(engine, source, first_arrival=1)
    names = [column.name for column in staged.columns]
    key = find_customer(names, named=customer, events_customer=events_customer)
    attributes = [column for column in staged.columns if column.name != key]
    chosen = _typed(store, attributes)
    total, extra, unseen, matched = _read_attributes(store, text_sql(staged.column(key)), chosen)
    if matched == 0:
        raise ColumnError(
            f"Not one of the {total:,} customers in {staged.sources[0]} (column '{key}') has an event. "
            f"It has these columns: {', '.join(names)}.",
            hint='Name the column with the customer\'s id: [customers] customer = "COLUMN" in the settings.',
        )
    _write_attributes(store, chosen)
    notes = []
    if extra:
        notes.append(f"Rows of the customers file that repeat a customer: {extra:,}. The first row of each counts.")
    if unseen:
        notes.append(f"Customers of the customers file that have no events: {unseen:,}. They are not in the store.")
    if staged.n_broken:
        notes.append(f"Rows of the customers file that could not be parsed: {staged.n_broken:,}.")
    return tuple(notes)


def _read_attributes(store: Store, customer: str, chosen: Sequence[_Attribute]) -> tuple[int, ...]:
    """Leave the file's rows in ``attributes``, and count them: all, repeated, without events, with events."""
    engine = store.engine
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE repeated_customers AS SELECT customer, min(arrival) AS first_arrival "
        f"FROM (SELECT {customer} AS customer, arrival FROM staged) WHERE customer IS NOT NULL "
        "GROUP BY customer HAVING count(*) > 1"
    )
    listed = "".join(f", {item.sql} AS {item.column}" for item in chosen)
    engine.execute(
        "CREATE OR REPLACE TEMP VIEW attributes AS "
        "SELECT a.*, r.customer IS NULL OR a.arrival = r.first_arrival AS is_first "
        f"FROM (SELECT {customer} AS customer, arrival{listed} FROM staged) a "
        "LEFT JOIN repeated_customers r ON r.customer = a.customer WHERE a.customer IS NOT NULL"
    )
    found = engine.execute(
        "SELECT count(*), count(*) FILTER (WHERE NOT is_first), "
        "count(*) FILTER (WHERE is_first AND customer_key IS NULL), count(customer_key) "
        "FROM attributes LEFT JOIN customers ON customer_id = customer"
    )[0]
    return tuple(int(n) for n in found)


def _write_attributes(store: Store, chosen: Sequence[_Attribute]) -> None:
    """Give the customers of the file what it says; the others, and attributes that it has not, stay as they are."""
    engine = store.engine
    old = dict(store.customer_columns())
    by_lower = {name.lower(): name for name in old}
    kept = {name: f"c.{identifier(name)}" for name in old}
    values: dict[str, str] = {}
    is_same_shape = True
    for item in chosen:
        name = _free_name(item.name)
        before = by_lower.setdefault(name.lower(), name)
        if before in values:
            continue
        kind = item.kind if old.get(before, item.kind) == item.kind or _is_empty(store, before) else "VARCHAR"
        is_same_shape = is_same_shape and old.get(before) == kind
        values[before] = f"CAST(a.{item.column} AS {kind})"
        kept[before] = f"CAST({f'c.{identifier(before)}' if before in old else 'NULL'} AS {kind})"
    if is_same_shape and _write_changed(store, list(old), values):
        return
    columns = "".join(
        f", CASE WHEN a.customer IS NULL THEN {value} ELSE {values[name]} END AS {identifier(name)}"
        if name in values
        else f", {value}"
        for name, value in kept.items()
    )
    engine.execute_long(
        f"CREATE OR REPLACE TABLE customers AS SELECT c.customer_key, c.customer_id{columns} "
        "FROM customers c LEFT JOIN attributes a ON a.customer = c.customer_id AND a.is_first"
    )


def _is_empty(store: Store, attribute: str) -> bool:
    return not store.engine.execute(f"SELECT count({identifier(attribute)}) FROM customers")[0][0]


def _write_changed(store: Store, names: Sequence[str], values: Mapping[str, str]) -> bool:
    """Replace the customers whose attributes changed; or do nothing and say so, where they are many."""
    engine = store.engine
    differs = " OR ".join(f"c.{identifier(name)} IS DISTINCT FROM {value}" for name, value in values.items())
    columns = "".join(f", {values.get(name, f'c.{identifier(name)}')} AS {identifier(name)}" for name in names)
    engine.execute_long(
        f"CREATE OR REPLACE TEMP TABLE changed_customers AS SELECT c.customer_key, c.customer_id{columns} "
        f"FROM customers c JOIN attributes a ON a.customer = c.customer_id AND a.is_first WHERE {differs or 'FALSE'}"
    )
    n_changed, n_all = engine.execute(
        "SELECT (SELECT count(*) FROM changed_customers), (SELECT count(*) FROM customers)"
    )[0]
    if n_changed > _MANY_CHANGED * n_all:
        return False
    if n_changed:
        engine.execute("DELETE FROM customers WHERE customer_key IN (SELECT customer_key FROM changed_customers)")
        listed = ", ".join(["customer_key", "customer_id", *(identifier(name) for name in names)])
        engine.execute(f"INSERT INTO customers ({listed}) SELECT {listed} FROM changed_customers")
    return True


def _free_name(name: str) -> str:
    """Keep the store's own names free."""
    return f"source_{name}" if name.lower() in {"customer_key", "customer_id"} else name


def _typed(store: Store, columns: Sequence[Column]) -> list[_Attribute]:
    """Give columns the types of attributes: a column of texts that are all numbers is a column of numbers."""
    texts = {column.name: f"nullif(trim({column.sql}), '')" for column in columns if column.kind == "VARCHAR"}
    counts = ", ".join(
        f"count({text}), count(TRY_CAST({text} AS DOUBLE)), "
        # What is no number is not looked at further: most texts are none.
        f"count(CASE WHEN TRY_CAST({text} AS DOUBLE) IS NULL THEN NULL "
        f"WHEN regexp_matches({text}, '^[+-]?[0-9]+$') THEN TRY_CAST({text} AS BIGINT) END), "
        f"count(CASE WHEN TRY_CAST({text} AS DOUBLE) >= 1 AND starts_with({text}, '0') THEN 1 END)"
        for text in texts.values()
    )
    found = iter(store.engine.execute(f"SELECT {counts} FROM staged")[0] if texts else ())
    chosen = []
    for column in columns:
        text, sql, kind = texts.get(column.name), column.sql, column.kind
        if text is not None:
            filled, numbers, whole, padded = (int(next(found)) for _ in range(4))
            kind = _kind_of_texts(filled, numbers, whole, padded)
            sql = text if kind == "VARCHAR" else f"TRY_CAST({text} AS {kind})"
        chosen.append(_Attribute(column.name, column.sql, sql, kind))
    return chosen


def _kind_of_texts(filled: int, numbers: int, whole: int, padded: int) -> str:
    if not filled or padded:  # 01234 is a postal code, not the number 1234
        return "VARCHAR"
    if filled == whole:
        return "BIGINT"
    return "DOUBLE" if filled == numbers else "VARCHAR"
