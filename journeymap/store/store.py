"""A journey store that is open: its questions, its settings, and the time that it covers."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import duckdb

from journeymap.errors import ResourceError, StoreError, StoreVersionError
from journeymap.settings import settings_from_json
from journeymap.store.kept_rows import KeptRows
from journeymap.store.schema import CREATE_TABLES, EVENT_COLUMNS, SCHEMA_VERSION
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from journeymap.settings import Settings
    from journeymap.store.engine import Engine
    from journeymap.store.sql import Query

_MOST_IN_MEMORY = 1_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """The time that the store's events cover, in microseconds UTC; both None where there are none."""

    first_us: int | None
    last_us: int | None


class Store:
    """An open journey store.

    Attributes
    ----------
    engine
        Where its SQL runs.
    path
        Its file, or its folder where Spark reads it; None where it is in memory.
    """

    def __init__(self, engine: Engine, path: str | Path | None) -> None:
        self.engine = engine
        self.path = path
        self._settings: Settings | None = None
        self._span: Span | None = None
        self._remembered: dict[Hashable, Any] = {}
        self._kept_rows = KeptRows(engine)

    @property
    def chosen_engine(self) -> object:
        """What to open it with again: None for DuckDB, or the session of Spark."""
        return getattr(self.engine, "session", None)

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(self.path) if self.path else "the events in memory"

    def frame(self, query: Query) -> pd.DataFrame:
        """Run a question and give its rows as a pandas frame."""
        return self.engine.frame(self._kept_rows.used_by(query))

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        """Run a question and give its rows as tuples."""
        return self.engine.rows(self._kept_rows.used_by(query))

    def remember(self, key: Hashable, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever was found out
        """Give what was found out under a key before, or find it out: a store that is read stays as it is."""
        if key not in self._remembered:
            self._remembered[key] = ask()
        return self._remembered[key]

    def has_tables(self) -> bool:
        """Say whether the tables of a store are there."""
        return self.engine.has_tables("events", "journeys", "settings")

    def create_tables(self) -> None:
        """Make the tables of an empty store, but for ``events``, whose columns depend on the source."""
        for statement in CREATE_TABLES:
            self.engine.execute(statement)
        self.write_setting("schema_version", str(SCHEMA_VERSION))

    def setting(self, name: str) -> str | None:
        """Give a text that the store keeps about itself."""
        found = self.engine.execute("SELECT value FROM settings WHERE name = $name", {"name": name})
        return str(found[0][0]) if found else None

    def write_setting(self, name: str, value: str) -> None:
        """Keep a text about the store."""
        self.engine.execute("DELETE FROM settings WHERE name = $name", {"name": name})
        self.engine.execute("INSERT INTO settings VALUES ($name, $value)", {"name": name, "value": value})
        self._settings = None
        self._remembered.clear()
        self._kept_rows.drop()

    @property
    def settings(self) -> Settings:
        """What the store was built with."""
        if self._settings is None:
            self._settings = settings_from_json(self.setting("settings") or "{}")
        return self._settings

    @property
    def column_roles(self) -> dict[str, str]:
        """Which columns of the events are their own id (``event_id``), name journeys, or make one event of rows."""
        roles = json.loads(self.setting("columns") or "{}")
        return {role: name for role, name in roles.items() if name is not None}

    def touchpoint_keys(self) -> dict[str, int]:
        """Give the key of each touchpoint by its name."""
        return {
            str(name): int(key)
            for name, key in self.engine.execute("SELECT touchpoint, touchpoint_key FROM touchpoints")
        }

    @property
    def span(self) -> Span:
        """The first and the last accepted time."""
        if self._span is None:
            first, last = self.engine.execute("SELECT min(start_us), max(end_us) FROM journeys")[0]
            self._span = Span(first, last)
        return self._span

    def customer_columns(self) -> list[tuple[str, str]]:
        """Give (name, type) of the attributes of customers."""
        return [column for column in self.engine.columns("customers") if column[0] not in _CUSTOMER_CORE]

    def event_columns(self) -> list[tuple[str, str]]:
        """Give (name, type) of the columns that came with the events and are none of journeymap's own."""
        core = {name for name, _ in EVENT_COLUMNS}
        return [column for column in self.engine.columns("events") if column[0] not in core]

    def expect_few_customers(self, n_customers: int, doing: str) -> None:
        """Refuse what looks at every customer in this process's memory, where the engine is there for more than fit.

        Parameters
        ----------
        n_customers
            How many there are.
        doing
            What would be done, to begin a sentence with.

        Raises
        ------
        ResourceError
            When the engine is Spark's and they are more than a million.
        """
        if self.engine.kind == "spark" and n_customers > _MOST_IN_MEMORY:
            raise ResourceError(
                f"{doing} takes every customer into this process's memory: {n_customers:,}, and "
                f"{_MOST_IN_MEMORY:,} are the most with Spark.",
                hint="Take a sample of the customers to a file: journeymap store import "
                f"{self.name} --sample 0.1 --into sample.duckdb",
            )

    @contextmanager
    def set_aside(self, name: str, query: Query) -> Iterator[None]:
        """Keep the rows of a question as a table while the block lasts, for questions that would ask it again.

        Parameters
        ----------
        name
            What the table is called; a plain lower-case name that no other table has.
        query
            What gives its rows.
        """
        with self.engine.kept(name, self._kept_rows.used_by(query)):
            yield

    @contextmanager
    def lent_attribute(self, name: str, levels: pa.Table) -> Iterator[None]:
        """Give customers one more attribute while the block lasts; the store itself stays as it is.

        Parameters
        ----------
        name
            What it is called; no attribute may be called so.
        levels
            ``key`` (of customers) and ``level``; who is not in it has none.
        """
        self.engine.register("lent_levels", levels)
        # A temporary table goes before the stored one of its name.
        self.engine.execute(
            f"CREATE TEMP TABLE customers AS SELECT c.*, l.level AS {identifier(name)} "
            "FROM customers c LEFT JOIN lent_levels l ON l.key = c.customer_key"
        )
        known, self._remembered = self._remembered, {}
        kept, self._kept_rows = self._kept_rows, KeptRows(self.engine)
        try:
            yield
        finally:
            self._kept_rows.drop()
            self._remembered, self._kept_rows = known, kept
            self.engine.execute("DROP TABLE temp.customers; DROP VIEW lent_levels")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; further questions fail."""
        self.engine.close()


_CUSTOMER_CORE = frozenset({"customer_key", "customer_id"})


def expect_known_version(store: Store, path: str | Path) -> None:
    """Refuse what is no journey store, or one that a newer journeymap wrote; it is closed then."""
    try:
        version = store.setting("schema_version") if store.has_tables() else None
    except duckdb.Error:
        version = None
    if version is None or not version.isdigit():
        store.close()
        raise StoreError(
            f"{path} is a DuckDB database, but no journey store."
            if store.engine.kind == "duckdb"
            else f"{path} is damaged: the settings of a journey store are missing.",
            hint="Name a file that 'journeymap ingest ... --into' wrote, or a new name.",
        )
    if int(version) > SCHEMA_VERSION:
        store.close()
        raise StoreVersionError(
            f"{path} was written by a newer journeymap (store version {version}; this one reads {SCHEMA_VERSION}).",
            hint="Update journeymap, or ingest the sources again with this one.",
        )
