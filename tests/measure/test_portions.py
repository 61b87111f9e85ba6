"""What does not fit into memory together is what does: transitions, stages and slow steps in portions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import journeymap as jm
from journeymap.measure import portions
from journeymap.measure.portions import portions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open("sample_events/*.csv", memory_limit="2GB") as opened:
        yield opened


# Spark sees to its memory by itself.
pytestmark = pytest.mark.not_on("spark", "there are no portions")

CASES: list[tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]]] = [
    ((), (), {}),
    (("region", "device"), (), {}),
    (("region",), ("age > 40",), {}),
    ((), (), {"end_at": "goal"}),
    (("lifecycle",), (), {"as_of": "2026-05-01"}),
]


def allow(monkeypatch: pytest.MonkeyPatch, store: Any, values: float) -> None:
    """Let so many values fit."""
    memory = store.engine.memory_bytes()
    monkeypatch.setattr(portions, "_BYTES_OF_A_VALUE", memory * portions._SHARE_OF_VALUES / values)


def statements(shop: jm.Journeys, ask: Callable[[], Any], step: str) -> tuple[Any, int]:
    """Ask, and count the statements with a step."""
    heard: list[str] = []
    shop.store.engine.listeners.append(heard.append)
    try:
        return ask(), sum(f"{step} AS (" in statement for statement in heard)
    finally:
        shop.store.engine.listeners.remove(heard.append)


@pytest.mark.parametrize("values", [1, 5_000, 20_000])
@pytest.mark.parametrize(("by", "conditions", "choice"), CASES)
def test_transitions_in_portions(
    shop: jm.Journeys,
    values: int,
    by: tuple[str, ...],
    conditions: tuple[str, ...],
    choice: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Room for one gap makes a portion of each touchpoint, for 5,000 or 20,000 of several."""
    asked = shop.where(*conditions, **choice)
    whole, n_whole = statements(asked, lambda: asked.transitions(by=by), "moves")
    allow(monkeypatch, asked.store, values)
    apart, n_apart = statements(asked, lambda: asked.transitions(by=by), "moves")
    assert_frame_equal(apart, whole)
    assert n_whole == 1
    assert n_apart > 10 if values == 1 else 1 <= n_apart <= 10


@pytest.mark.parametrize("values", [1, 8_000])
@pytest.mark.parametrize(("by", "conditions", "choice"), CASES)
def test_stages_in_portions(
    shop: jm.Journeys,
    values: int,
    by: tuple[str, ...],
    conditions: tuple[str, ...],
    choice: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = shop.where(*conditions, **choice)
    whole, n_whole = statements(asked, lambda: asked.stages(by=by), "times")
    allow(monkeypatch, asked.store, values)
    apart, n_apart = statements(asked, lambda: asked.stages(by=by), "times")
    assert_frame_equal(apart, whole)
    assert n_whole == 1
    assert n_apart == whole["stage"].nunique() if values == 1 else 1 <= n_apart < 5


def test_slow_steps_in_portions(shop: jm.Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> jm.PainPoints:
        return shop.pain_points(by="region", kinds="slow_step", examined=True)

    whole, n_whole = statements(shop, ask, "frequent_moves")
    allow(monkeypatch, shop.store, 5_000)
    apart, n_apart = statements(shop, ask, "frequent_moves")
    assert n_whole == 1 < n_apart
    assert list(apart) == list(whole)
    assert any(" to " in finding.place for finding in apart)


def test_nobody_has_no_portions(shop: jm.Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = shop.where("age > 1000")
    whole = nobody.stages(), nobody.transitions(), list(nobody.pain_points(kinds="slow_step"))
    allow(monkeypatch, shop.store, 1)
    apart = nobody.stages(), nobody.transitions(), list(nobody.pain_points(kinds="slow_step"))
    assert_frame_equal(apart[0], whole[0])
    assert_frame_equal(apart[1], whole[1])
    assert apart[2] == whole[2]


def test_a_touchpoint_without_gaps_has_its_ends(shop: jm.Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "_BYTES_OF_A_VALUE", 1e12)
    frame = shop.transitions()
    assert frame.groupby("source")["probability"].sum().tolist() == pytest.approx([1.0] * frame["source"].nunique())


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(0, 80))
def test_portions_hold_every_key_once_and_no_more_than_fit(sizes: list[int], most: int) -> None:
    found = portions_of(enumerate(sizes), most)
    assert sorted(key for keys in found for key in keys) == list(range(len(sizes)))
    assert all(len(keys) == 1 or sum(sizes[key] for key in keys) <= most for keys in found)
