"""A store of customers of two plain kinds, made once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import journeymap as jm
from journeymap.settings import JourneySettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from journeymap.api import Journeys

SHOPPER = ("home", "product", "cart", "order")
READER = ("home", "blog", "product", "blog", "product", "blog")


def two_kinds(n_each: int, first: int = 0) -> pd.DataFrame:
    """Give shoppers and readers by turns, each a little different: every fifth shopper leaves before the order."""
    import pandas as pd

    rows = []
    for at in range(first, first + 2 * n_each):
        path = SHOPPER if at % 2 == 0 else READER
        if at % 10 == 0:
            path = path[:-1]
        if at % 14 == 1:
            path = (*path, "home")
        for step, name in enumerate(path):
            rows.append((f"c{at:04}", pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(minutes=at + step), name))
    # Somebody late, so that all others' journeys are over.
    rows += [(f"late{first}", pd.Timestamp("2026-06-01", tz="UTC"), name) for name in SHOPPER[:3]]
    return pd.DataFrame(rows, columns=["customer", "timestamp", "event"])


SETTINGS = jm.Settings(journey=JourneySettings(goal=("order",)))


@pytest.fixture(scope="session")
def made_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kinds") / "kinds.duckdb"
    jm.ingest(two_kinds(60), into=path, settings=SETTINGS).close()
    return path


@pytest.fixture
def kinds_path(made_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made_path, tmp_path))


@pytest.fixture
def kinds(kinds_path: Path) -> Iterator[Journeys]:
    with jm.open(kinds_path) as store:
        yield store


@pytest.fixture(scope="session")
def sample_shop() -> Iterator[Journeys]:
    with jm.open(Path(__file__).parents[2] / "sample_events") as shop:
        yield shop
