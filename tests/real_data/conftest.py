"""Real logs, read where they lie. Their folder is named by JOURNEYMAP_REAL_DATA; without it these tests are skipped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import journeymap as jm
from journeymap.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "JOURNEYMAP_REAL_DATA"


@pytest.fixture(scope="session")
def real_data() -> Path:
    named = os.environ.get(_NAME)
    if not named:
        pytest.skip(f"{_NAME} does not name the folder of the real logs")
    folder = Path(named)
    if not folder.is_dir():
        pytest.skip(f"there is no folder {folder}, which {_NAME} names")
    return folder


def _log(folder: Path, path: str) -> Path:
    found = folder / path
    if not found.exists():
        pytest.skip(f"the real logs have no {path}")
    return found


@pytest.fixture(scope="session")
def loans(real_data: Path) -> Iterator[jm.Journeys]:
    settings = parse_settings('[journey]\ngap = "none"\nhorizon = "30d"\ngoal = "A_ACTIVATED"')
    with jm.open(_log(real_data, "bpic2012/bpic2012.csv.gz"), settings=settings) as shop:
        yield shop


@pytest.fixture(scope="session")
def loans_path(real_data: Path) -> Path:
    return _log(real_data, "bpic2012/bpic2012.csv.gz")


_RULES = """
[events]
value = "Quantity*UnitPrice"
{more}
[journey]
goal = "purchase"
[[touchpoints.rule]]
name = "cancel"
when = "InvoiceNo LIKE 'C%'"
[[touchpoints.rule]]
name = "purchase"
when = "InvoiceNo NOT LIKE 'C%'"
"""


@pytest.fixture(scope="session")
def lines(real_data: Path) -> Iterator[jm.Journeys]:
    """Give each line of an order as an event."""
    path = _log(real_data, "online_retail/online_retail.csv.gz")
    with jm.open(path, settings=parse_settings(_RULES.format(more=""))) as shop:
        yield shop


@pytest.fixture(scope="session")
def invoices(real_data: Path) -> Iterator[jm.Journeys]:
    """Give each invoice as an event, its lines added up as they stand."""
    path = _log(real_data, "online_retail/online_retail.csv.gz")
    more = 'one_event_per = "InvoiceNo"\nkeep_duplicates = true'
    with jm.open(path, settings=parse_settings(_RULES.format(more=more))) as shop:
        yield shop


@pytest.fixture(scope="session")
def groceries(real_data: Path) -> Iterator[jm.Journeys]:
    folder = _log(real_data, "complete_journey")
    with jm.open(folder / "events_derived.parquet", customers=folder / "demographics.parquet") as shop:
        yield shop
