from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from journeymap.ingest.load import ingest
from journeymap.settings import Settings
from journeymap.store.opening import writable_store

if TYPE_CHECKING:
    from pathlib import Path

LOG = "user_id,ts,event\nA,2026-01-01,home\nA,2026-01-02,order\nB,2026-01-01,home\n"


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


@pytest.fixture
def store_file(tmp_path: Path, log_file: Path) -> Path:
    """Give a small store in a file."""
    path = tmp_path / "shop.duckdb"
    with writable_store(path) as store:
        ingest(store, [log_file], Settings())
    return path
