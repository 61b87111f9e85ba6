"""The sample shop, read once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.api import Journeys


@pytest.fixture(scope="package")
def shop() -> Iterator[Journeys]:
    """Open the sample shop."""
    import journeymap as jm

    with jm.open(Path(__file__).parents[2] / "sample_events") as opened:
        yield opened
