"""Rows that one question made and the next ones would make again: which journeys, and which of their levels."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

    from journeymap.store.engine import Engine
    from journeymap.store.sql import Query

_MOST_TABLES: Final = 4
_NUMBERS: Final = count(1)


class KeptRows:
    """The rows of the latest steps that were worth keeping, in temporary tables of an engine.

    The tables of a map all ask for the same journeys and levels, and those may take longer than all that is counted of
    them. Spark keeps none: its rows would take the memory of its tasks from one question to the next.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tables: dict[Hashable, str] = {}

    def used_by(self, query: Query) -> Query:
        """Give the question over rows that are kept, once they are, where it has a step that is worth it."""
        rows = query.rows_worth_keeping() if self._engine.kind == "duckdb" else None
        if rows is None:
            return query
        asked = rows.identity()
        # Taken out and put in again, so that the first one is the one that was not used for longest.
        table = self._tables.pop(asked, None) or self._keep(rows)
        self._tables[asked] = table
        return query.with_kept_rows(table)

    def drop(self) -> None:
        """Drop all of them."""
        while self._tables:
            self._drop_first()

    def _keep(self, rows: Query) -> str:
        while len(self._tables) >= _MOST_TABLES:
            self._drop_first()
        table = f"kept_rows_{next(_NUMBERS)}"
        self._engine.keep(table, rows)
        return table

    def _drop_first(self) -> None:
        table = self._tables.pop(next(iter(self._tables)))
        self._engine.execute(f"DROP TABLE IF EXISTS temp.{table}")
