from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import journeymap as jm

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shop() -> Iterator[jm.Journeys]:
    from pathlib import Path

    with jm.open(Path(__file__).parents[2] / "sample_events") as opened:
        yield opened
