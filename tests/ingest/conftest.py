"""Small logs as files, read into a store in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from on_spark import ENGINE, spark

from journeymap.ingest.load import ingest
from journeymap.settings import parse_settings
from journeymap.store.opening import memory_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.model.ingest_report import IngestReport
    from journeymap.store.store import Store

NOW_US = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp()) * 1_000_000


@dataclass(frozen=True)
class Taken:
    """A store after an ingest, with the report."""

    store: Store
    report: IngestReport

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        return self.store.engine.execute(text)

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Read, accepted, duplicates, filtered, rejected."""
        report = self.report
        return report.read, report.accepted, report.duplicates, report.filtered, report.rejected

    @property
    def events(self) -> list[tuple[str, str, str]]:
        """Give (customer, time, touchpoint) in the order of arrival; times without their zeros."""
        rows = self.sql(
            "SELECT customer_id, at_us, touchpoint FROM events JOIN customers USING (customer_key) "
            "JOIN touchpoints USING (touchpoint_key) ORDER BY arrival"
        )
        return [(customer, written(at_us), touchpoint) for customer, at_us, touchpoint in rows]

    @property
    def customers(self) -> list[str]:
        return [row[0] for row in self.sql("SELECT customer_id FROM customers ORDER BY customer_id")]

    @property
    def rejected(self) -> list[tuple[int, str]]:
        return self.sql("SELECT row_number, reason_code FROM rejected ORDER BY source, row_number")

    def kinds(self, table: str = "events") -> dict[str, str]:
        """Give the types of the columns that came with the source."""
        columns = self.store.event_columns() if table == "events" else self.store.customer_columns()
        return dict(columns)

    def values(self, column: str = "value") -> list[Any]:
        return [row[0] for row in self.sql(f'SELECT "{column}" FROM events ORDER BY arrival')]


def written(at_us: int) -> str:
    moment = datetime.fromtimestamp(at_us // 1_000_000, UTC).replace(microsecond=at_us % 1_000_000)
    return moment.isoformat().replace("+00:00", "").removesuffix("T00:00:00")


@dataclass
class Ingests:
    """Writes files and reads them."""

    folder: Path
    stores: list[Store]

    def file(self, content: str | bytes, name: str = "log.csv") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def __call__(
        self,
        *sources: Any,
        settings: str = "",
        customers: Any = None,
        into: Taken | None = None,
        name: str = "log.csv",
    ) -> Taken:
        """Ingest texts and bytes (one file), paths, or a frame; ``settings`` is a settings file's text."""
        store = into.store if into is not None else _memory_store()
        if into is None:
            self.stores.append(store)
        given: Any = [
            self.file(source, name)
            if isinstance(source, bytes) or (isinstance(source, str) and "\n" in source)
            else source
            for source in sources
        ]
        if len(sources) == 1 and not isinstance(sources[0], (str, bytes, Path)):
            given = sources[0]
        if isinstance(customers, Path):
            customers = str(customers)
        chosen = parse_settings(settings, folder=self.folder)
        return Taken(store, ingest(store, given, chosen, customers=customers, now_us=NOW_US))


def _memory_store() -> Store:
    """Make the store on the engine that the tests are run for."""
    if ENGINE != "spark":
        return memory_store()
    return memory_store(engine=spark())


@pytest.fixture
def take(tmp_path: Path) -> Iterator[Ingests]:
    ingests = Ingests(tmp_path, [])
    try:
        yield ingests
    finally:
        for store in ingests.stores:
            store.close()
