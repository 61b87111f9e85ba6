"""Customers: a key for each, and their attributes from a file of their own."""

from __future__ import annotations

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
    import pyarrow as pa

    from journeymap.ingest.staging import Column
    from journeymap.store.store import Store

_HEX = "0123456789abcdef"


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
    chosen = {column.name: _attribute(store, column) for column in attributes}
    id_sql = text_sql(staged.column(key))
    listed = "".join(f", {sql} AS {column.sql}" for column, (sql, _) in zip(attributes, chosen.values(), strict=True))
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE attributes AS SELECT * FROM (SELECT {id_sql} AS customer{listed}, row_number() "
        f"OVER (PARTITION BY {id_sql} ORDER BY arrival) AS nth FROM staged) WHERE customer IS NOT NULL"
    )
    total, extra, unseen, matched = engine.execute(
        "SELECT count(*), count(*) FILTER (WHERE nth > 1), "
        "count(*) FILTER (WHERE nth = 1 AND customer_key IS NULL), "
        "count(customer_key) FROM attributes LEFT JOIN customers ON customer_id = customer"
    )[0]
    if matched == 0:
        raise ColumnError(
            f"Not one of the {total:,} customers in {staged.sources[0]} (column '{key}') has an event. "
            f"It has these columns: {', '.join(names)}.",
            hint='Name the column with the customer\'s id: [customers] customer = "COLUMN" in the settings.',
        )
    _replace_attributes(store, attributes, chosen)
    notes = []
    if extra:
        notes.append(f"Rows of the customers file that repeat a customer: {extra:,}. The first row of each counts.")
    if unseen:
        notes.append(f"Customers of the customers file that have no events: {unseen:,}. They are not in the store.")
    if staged.n_broken:
        notes.append(f"Rows of the customers file that could not be parsed: {staged.n_broken:,}.")
    return tuple(notes)


def _replace_attributes(store: Store, attributes: list[Column], chosen: dict[str, tuple[str, str]]) -> None:
    old = dict(store.customer_columns())
    by_lower = {name.lower(): name for name in old}
    selected, seen = [], set()
    for column in attributes:
        name = _free_name(column.name)
        _, kind = chosen[column.name]
        before = by_lower.get(name.lower())
        if before is not None:
            kind = kind if old[before] == kind else "VARCHAR"
            value = (
                f"CASE WHEN a.customer IS NULL THEN CAST(c.{identifier(before)} AS {kind}) "
                f"ELSE CAST(a.{column.sql} AS {kind}) END"
            )
        else:
            value = f"a.{column.sql}"
        if name.lower() not in seen:
            selected.append(f"{value} AS {identifier(name)}")
            seen.add(name.lower())
    kept = [f"c.{identifier(name)}" for name in old if name.lower() not in seen]
    columns = ", ".join(["c.customer_key", "c.customer_id", *kept, *selected])
    store.engine.execute(
        f"CREATE OR REPLACE TABLE customers AS SELECT {columns} "
        "FROM customers c LEFT JOIN attributes a ON a.customer = c.customer_id AND a.nth = 1"
    )


def _free_name(name: str) -> str:
    """Keep the store's own names free."""
    return f"source_{name}" if name.lower() in {"customer_key", "customer_id"} else name


def _attribute(store: Store, column: Column) -> tuple[str, str]:
    """Give the SQL and type of an attribute: a column of texts that are all numbers is a column of numbers."""
    if column.kind != "VARCHAR":
        return column.sql, column.kind
    text = f"nullif(trim({column.sql}), '')"
    filled, numbers, whole, padded = store.engine.execute(
        f"SELECT count({text}), count(TRY_CAST({text} AS DOUBLE)), "
        f"count(TRY_CAST({text} AS BIGINT)) FILTER (WHERE regexp_matches({text}, '^[+-]?[0-9]+$')), "
        f"count(*) FILTER (WHERE starts_with({text}, '0') AND TRY_CAST({text} AS DOUBLE) >= 1) "
        "FROM staged"
    )[0]
    if not filled or padded:  # 01234 is a postal code, not the number 1234
        return text, "VARCHAR"
    if filled == whole:
        return f"TRY_CAST({text} AS BIGINT)", "BIGINT"
    if filled == numbers:
        return f"TRY_CAST({text} AS DOUBLE)", "DOUBLE"
    return text, "VARCHAR"
