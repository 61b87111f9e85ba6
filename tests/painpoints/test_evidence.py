"""Evidence counts what the finding counted, for every detector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import journeymap as jm
from journeymap.store.sql import printed_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.api import Journeys
    from journeymap.model.finding import Finding

KINDS = (
    "abandonment", "channel_switch", "dead_end", "drop_off", "error", "failed_search", "loop", "low_score", "regret",
    "slow_step", "sudden_change", "support_contact",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Iterator[Journeys]:
    with jm.open("sample_events") as opened:
        yield opened


def recounted(shop: Journeys, finding: Finding) -> tuple[int, ...]:
    """Run the SQL that the evidence prints: hits, units, those too young, customers, journeys."""
    printed = shop.evidence(finding).query
    ((_, *counts),) = shop.store.engine.execute(printed.rstrip().removesuffix(";"), printed_values(printed))
    return tuple(counts)


def counted(finding: Finding) -> tuple[int, ...]:
    return finding.n_hits, finding.n_units, finding.n_immature, finding.customers, finding.journeys


@pytest.mark.parametrize("kind", KINDS)
def test_evidence_counts_what_the_finding_counted(shop: Journeys, kind: str) -> None:
    """Each detector: the worst and the mildest of what was looked at."""
    found = shop.pain_points(by="region", kinds=[kind], examined=True)
    assert found
    for finding in (found[0], found[-1]):
        assert recounted(shop, finding) == counted(finding)


def test_evidence_of_a_pair_of_ones_own(shop: Journeys) -> None:
    found = shop.pain_points(after="delivery", without="review_written", within="14d", by="region")
    behind = shop.evidence(found[0])
    assert recounted(shop, found[0]) == counted(found[0])
    assert dict(behind.went) == dict(found[0].went_instead)
    assert len(behind.examples) == 5


def test_what_is_usual_is_that_of_everyone() -> None:
    """North is slow in 80 of its 200 steps: more than the tenth of everyone that is called slow."""
    rows = []
    for at in range(800):
        region = "north" if at < 200 else "south"
        seconds = 1_000 + at if region == "north" and at % 5 < 2 else 60 + at % 30
        begin = pd.Timestamp("2026-01-01") + pd.Timedelta(minutes=at)
        rows += [
            (f"c{at}", begin, "product", region),
            (f"c{at}", begin + pd.Timedelta(seconds=seconds), "order", region),
        ]
    log = pd.DataFrame(rows, columns=["customer", "timestamp", "event", "region"])
    with jm.open(log) as shop:
        found = shop.pain_points(by="region", kinds="slow_step", examined=True)
        (north,) = [item for item in found if dict(item.levels) == {"region": "north"}]
        assert (north.n_hits, north.n_units) == (80, 200)
        assert recounted(shop, north) == counted(north)
        assert sum(n for _, n in shop.evidence(north).went) == 80
