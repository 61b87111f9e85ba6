"""Transitions that do not fit into memory together are those that do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pandas.testing import assert_frame_equal

import journeymap as jm
from journeymap.measure import transitions

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open("sample_events/*.csv", memory_limit="2GB") as opened:
        yield opened


# Spark sees to its memory by itself.
pytestmark = pytest.mark.not_on("spark", "there are no portions")


@pytest.mark.parametrize("gaps", [1, 5_000, 20_000])
@pytest.mark.parametrize(
    ("by", "conditions", "choice"),
    [((), (), {}), (("region", "device"), (), {}), (("region",), ("age > 40",), {}), ((), (), {"end_at": "goal"})],
)
def test_portions_make_the_whole(
    shop: jm.Journeys,
    gaps: int,
    by: tuple[str, ...],
    conditions: tuple[str, ...],
    choice: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Room for one gap makes a portion of each touchpoint, for 5,000 or 20,000 of several."""
    asked = shop.where(*conditions, **choice)
    statements: list[str] = []
    asked.store.engine.listeners.append(statements.append)
    try:
        whole = asked.transitions(by=by)
        assert sum("moves AS" in statement for statement in statements) == 1
        memory = asked.store.engine.memory_bytes()
        assert memory is not None
        monkeypatch.setattr(transitions, "_BYTES_OF_A_GAP", memory * transitions._SHARE_OF_GAPS / gaps)
        in_portions = asked.transitions(by=by)
    finally:
        asked.store.engine.listeners.remove(statements.append)
    assert_frame_equal(in_portions, whole)
    counted = sum("moves AS" in statement for statement in statements) - 1
    assert counted > 10 if gaps == 1 else 1 <= counted <= 10


def test_a_touchpoint_without_gaps_has_its_ends(shop: jm.Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "_BYTES_OF_A_GAP", 1e12)
    frame = shop.transitions()
    assert frame.groupby("source")["probability"].sum().tolist() == pytest.approx([1.0] * frame["source"].nunique())
