"""Attributes of customers, from a file of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.errors import ColumnError, SourceError
from journeymap.ingest.checking import text_sql
from journeymap.ingest.columns import find_customer
from journeymap.ingest.known_file import keep_known, known_file, state_of
from journeymap.ingest.sources import find_files
from journeymap.ingest.staging import stage_files, stage_table
from journeymap.settings import EventSettings
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from journeymap.ingest.known_file import KnownFile
    from journeymap.ingest.staging import Column
    from journeymap.store.store import Store

_MANY_CHANGED = 0.2
"""The share of customers with changed attributes from which writing all of them again is less work."""


@dataclass(frozen=True, slots=True)
class _Attribute:
    """A column of the customers file: its name, its place in ``attributes``, and its values in their type."""

    name: str
    column: str
    sql: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Plan:
    """The SQL of the customers' columns: as the file gives those that it has (a), and all as they are stored (c)."""

    given: Mapping[str, str]
    stored: Mapping[str, str]
    is_same_shape: bool


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
    files = find_files([source], engine=engine) if isinstance(source, str) else []
    state = state_of(store, files, (customer, events_customer, encoding))
    if isinstance(source, str):
        staged = stage_files(
            engine,
            files,
            EventSettings(encoding=encoding),
            first_arrival=1,
            name="customers_file",
        )
    else:
        staged = stage_table(engine, source, first_arrival=1)
    names = [column.name for column in staged.columns]
    key = find_customer(names, named=customer, events_customer=events_customer)
    held = _kinds_held(store)
    chosen = _typed(store, [column for column in staged.columns if column.name != key], held)
    plan = _plan(store, chosen, held)
    known = known_file(store, state) if plan.is_same_shape else None
    total, repeated, unseen = _match(store, text_sql(staged.column(key)), chosen, plan, known)
    if total == 0:
        raise SourceError(
            f"{staged.sources[0]} has no customers: there is no row below the header.",
            hint="A customers file has a row for each customer; or leave it out.",
        )
    if unseen == total - repeated:
        raise ColumnError(
            f"Not one of the {total:,} customers in {staged.sources[0]} (column '{key}') has an event. "
            f"It has these columns: {', '.join(names)}.",
            hint='Name the column with the customer\'s id: [customers] customer = "COLUMN" in the settings.',
        )
    if not (plan.is_same_shape and _write_changed(store, plan)):
        _write_all(store, plan)
    keep_known(store, state, total=total, repeated=repeated, unseen=unseen)
    notes = list(staged.notes)
    if repeated:
        notes.append(f"Rows of the customers file that repeat a customer: {repeated:,}. The first row of each counts.")
    if unseen:
        notes.append(f"Customers of the customers file that have no events: {unseen:,}. They are not in the store.")
    if staged.n_broken:
        notes.append(f"Rows of the customers file that could not be parsed: {staged.n_broken:,}.")
    return tuple(notes)


def _kinds_held(store: Store) -> dict[str, str]:
    """Give the types of the stored attributes that have a value, by their names in lower case."""
    columns = store.customer_columns()
    counts = ", ".join(f"count({identifier(name)})" for name, _ in columns)
    filled = store.engine.execute(f"SELECT {counts} FROM customers")[0] if columns else ()
    return {name.lower(): kind for (name, kind), n in zip(columns, filled, strict=True) if n}


def _plan(store: Store, chosen: Sequence[_Attribute], held: Mapping[str, str]) -> _Plan:
    """Give the customers of the file what it says; the others, and attributes that it has not, stay as they are."""
    old = dict(store.customer_columns())
    by_lower = {name.lower(): name for name in old}
    stored = {name: f"c.{identifier(name)}" for name in old}
    given: dict[str, str] = {}
    is_same_shape = True
    for item in chosen:
        name = _free_name(item.name)
        before = by_lower.setdefault(name.lower(), name)
        if before in given:
            continue
        kind = item.kind if held.get(before.lower(), item.kind) == item.kind else "VARCHAR"
        is_same_shape = is_same_shape and old.get(before) == kind
        given[before] = f"CAST(a.{item.column} AS {kind})"
        stored[before] = f"CAST({f'c.{identifier(before)}' if before in old else 'NULL'} AS {kind})"
    return _Plan(given, stored, is_same_shape)


def _match(
    store: Store, customer: str, chosen: Sequence[_Attribute], plan: _Plan, known: KnownFile | None
) -> tuple[int, int, int]:
    """Find the customers of the file's rows, and count the rows: all, those that repeat one, those without events.

    ``matched`` then holds the first row of each customer by its ``arrival``, and whether it differs from what is
    stored; of a file that is ``known``, only of customers who came to the store later. Ids are compared here, once; the
    rest goes by numbers.
    """
    engine = store.engine
    listed = "".join(f", {item.sql} AS {item.column}" for item in chosen)
    engine.execute(
        f"CREATE OR REPLACE TEMP VIEW attributes AS SELECT {customer} AS customer, arrival{listed} FROM staged"
    )
    differs = "TRUE"  # as the few newcomers do whose row has been there
    if plan.is_same_shape and not known:
        compared = (f"{plan.stored[name]} IS DISTINCT FROM {given}" for name, given in plan.given.items())
        differs = " OR ".join(compared) or "FALSE"
    engine.execute_long(
        "CREATE OR REPLACE TEMP TABLE matched AS SELECT a.arrival, c.customer_key, "
        f"CASE WHEN c.customer_key IS NULL THEN a.customer END AS unseen_customer, {differs} AS differs "
        f"FROM attributes a {f'JOIN {known.newcomers}' if known else 'LEFT JOIN customers'} c "
        "ON c.customer_id = a.customer WHERE a.customer IS NOT NULL"
    )
    repeats = " UNION ALL ".join(
        f"SELECT m.arrival FROM matched m JOIN (SELECT {name}, min(arrival) AS first_arrival FROM matched "
        f"WHERE {name} IS NOT NULL GROUP BY {name} HAVING count(*) > 1) r ON r.{name} = m.{name} "
        "WHERE m.arrival > r.first_arrival"
        for name in ("customer_key", "unseen_customer")
    )
    engine.execute(f"CREATE OR REPLACE TEMP TABLE repeats AS {repeats}")
    total, repeated = engine.execute("SELECT (SELECT count(*) FROM matched), (SELECT count(*) FROM repeats)")[0]
    if repeated:
        engine.execute("DELETE FROM matched WHERE arrival IN (SELECT arrival FROM repeats)")
    if known:
        return known.total, known.repeated, known.unseen - (int(total) - int(repeated))
    unseen = engine.execute("SELECT count(unseen_customer) FROM matched")[0][0]
    return int(total), int(repeated), int(unseen)


def _write_changed(store: Store, plan: _Plan) -> bool:
    """Replace the customers whose attributes changed; or do nothing and say so, where they are many."""
    engine = store.engine
    n_changed, n_all = engine.execute(
        "SELECT (SELECT count(customer_key) FROM matched WHERE differs), (SELECT count(*) FROM customers)"
    )[0]
    if n_changed > _MANY_CHANGED * n_all:
        return False
    if n_changed:
        columns = "".join(
            f", {plan.given.get(name, stored)} AS {identifier(name)}" for name, stored in plan.stored.items()
        )
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE changed_customers AS SELECT c.customer_key, c.customer_id{columns} "
            "FROM matched m JOIN customers c USING (customer_key) JOIN attributes a ON a.arrival = m.arrival "
            "WHERE m.differs"
        )
        engine.execute("DELETE FROM customers WHERE customer_key IN (SELECT customer_key FROM changed_customers)")
        engine.execute("INSERT INTO customers BY NAME SELECT * FROM changed_customers")
    return True


def _write_all(store: Store, plan: _Plan) -> None:
    columns = "".join(
        f", {stored} AS {identifier(name)}"
        if name not in plan.given
        else f", CASE WHEN m.customer_key IS NULL THEN {stored} ELSE {plan.given[name]} END AS {identifier(name)}"
        for name, stored in plan.stored.items()
    )
    store.engine.execute_long(
        f"CREATE OR REPLACE TABLE customers AS SELECT c.customer_key, c.customer_id{columns} FROM customers c "
        "LEFT JOIN matched m ON m.customer_key = c.customer_key LEFT JOIN attributes a ON a.arrival = m.arrival"
    )


def _free_name(name: str) -> str:
    """Keep the store's own names free."""
    return f"source_{name}" if name.lower() in {"customer_key", "customer_id"} else name


def _typed(store: Store, columns: Sequence[Column], held: Mapping[str, str]) -> list[_Attribute]:
    """Give columns the types of attributes: texts that are all numbers are numbers, unless they are stored as text."""
    texts = {column.name: f"nullif(trim({column.sql}), '')" for column in columns if column.kind == "VARCHAR"}
    asked = {name: text for name, text in texts.items() if held.get(_free_name(name).lower()) != "VARCHAR"}
    counts = ", ".join(
        f"count({text}), count(TRY_CAST({text} AS DOUBLE)), "
        # What is no number is not looked at further: most texts are none.
        f"count(CASE WHEN TRY_CAST({text} AS DOUBLE) IS NULL THEN NULL "
        f"WHEN regexp_matches({text}, '^[+-]?[0-9]+$') THEN TRY_CAST({text} AS BIGINT) END), "
        f"count(CASE WHEN TRY_CAST({text} AS DOUBLE) >= 1 AND starts_with({text}, '0') THEN 1 END)"
        for text in asked.values()
    )
    found = iter(store.engine.execute(f"SELECT {counts} FROM staged")[0] if asked else ())
    chosen = []
    for column in columns:
        text, sql, kind = texts.get(column.name), column.sql, column.kind
        if text is not None:
            if column.name in asked:
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
