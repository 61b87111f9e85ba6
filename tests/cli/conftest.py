"""A command line to type at, and one small store to ask."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from journeymap.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result

    from journeymap.api import Journeys

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_events"


@pytest.fixture
def journeymap() -> Callable[..., Result]:
    """Type a command: ``journeymap("dropoff", store)``; what stands in ``env`` is set for it."""
    runner = CliRunner()

    def run(*words: object, **env: str) -> Result:
        return runner.invoke(app, [str(word) for word in words], prog_name="journeymap", env=env)

    return run


@pytest.fixture
def started() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Start the program as a process of its own."""

    def run(*words: object, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "journeymap", *(str(word) for word in words)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            cwd=ROOT,
            env={**os.environ, **env},
        )

    return run


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the sample's store once."""
    from journeymap import api

    path = tmp_path_factory.mktemp("sample") / "shop.duckdb"
    api.ingest(SAMPLE, into=path).close()
    return path


@pytest.fixture(scope="session")
def shop(store: Path) -> Iterator[Journeys]:
    """Open the same store from Python."""
    from journeymap import api

    with api.open(store) as journeys:
        yield journeys


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Write four events of two customers, with letters of other scripts."""
    path = tmp_path / "événements.csv"
    path.write_text(
        "customer_id,timestamp,event,channel\n"
        "José,2026-01-01T10:00:00Z,café,web\n"
        "José,2026-01-01T10:05:00Z,order,web\n"
        "東京,2026-01-02T10:00:00Z,café,app\n"
        "東京,2026-01-02T11:00:00Z,購入,app\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="session")
def sample() -> Path:
    """Give the folder with the sample shop."""
    return SAMPLE
