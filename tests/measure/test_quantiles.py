"""Quantiles of more values than fit are those of values that do, and numpy's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import journeymap as jm
from journeymap.measure import quantiles
from journeymap.measure.activity import goal_times
from journeymap.measure.quantiles import quantiles_of
from journeymap.store.opening import memory_store
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open("sample_events/*.csv") as opened:
        yield opened


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let no values fit from then on."""
    return lambda: monkeypatch.setattr(quantiles, "values_fit", lambda _: False)


ASKED: dict[str, Callable[[jm.Journeys, tuple[str, ...]], Any]] = {
    "transitions": lambda shop, by: shop.transitions(by=by),
    "stages": lambda shop, by: shop.stages(by=by),
    "outcomes": lambda shop, by: shop.outcomes(by=by),
    "goal times": lambda shop, by: goal_times(shop.store, shop.question.split(by)),
    "paths": lambda shop, by: shop.paths(by=by),
    "paths after": lambda shop, by: shop.paths(from_="cart", by=by),
    "funnel": lambda shop, by: shop.funnel(["product", "cart", "order"], window="7d", by=by),
    "funnel in any order": lambda shop, by: shop.funnel(["product", "cart", "order"], order="any", by=by),
}
CASES: list[tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]]] = [
    ((), (), {}),
    (("region", "device"), (), {}),
    (("region",), ("age > 40",), {}),
    ((), (), {"end_at": "goal"}),
    (("lifecycle",), (), {"as_of": "2026-05-01"}),
    ((), ("age > 1000",), {}),
]


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(("by", "conditions", "choice"), CASES)
def test_the_same_whether_they_fit_or_not(
    shop: jm.Journeys,
    apart: Callable[[], None],
    name: str,
    by: tuple[str, ...],
    conditions: tuple[str, ...],
    choice: dict[str, Any],
) -> None:
    asked = shop.where(*conditions, **choice)
    heard: list[str] = []
    asked.explain_to(heard.append)
    whole = ASKED[name](asked, by)
    assert any("quantile_cont" in statement for statement in heard)
    heard.clear()
    apart()
    assert_frame_equal(ASKED[name](asked, by), whole, check_exact=True)
    assert not any("quantile_cont" in statement for statement in heard)
    asked.store.engine.listeners.clear()


def test_slow_steps_are_the_same(shop: jm.Journeys, apart: Callable[[], None]) -> None:
    whole = list(shop.pain_points(by="region", kinds="slow_step", examined=True))
    apart()
    assert list(shop.pain_points(by="region", kinds="slow_step", examined=True)) == whole
    assert any(" to " in finding.place for finding in whole)


VALUES = st.lists(st.one_of(st.none(), st.integers(0, 3), st.integers(0, 4 * 10**12)), max_size=25)


@given(st.lists(VALUES, max_size=4), st.booleans())
def test_they_are_numpys(groups: list[list[int | None]], grouped: bool) -> None:
    """Ties, one value, no values, nulls, gaps of microseconds and of months."""
    shares = (0.5, 0.9, 0.0, 1.0, 0.3)
    rows = [(at, value) for at, values in enumerate(groups) for value in values]
    ways = []
    for fit in (True, False):
        with memory_store() as store, pytest.MonkeyPatch.context() as patch:
            patch.setattr(quantiles, "values_fit", lambda _, fit=fit: fit)
            listed = "\nUNION ALL\n".join(
                f"SELECT {at} AS g, CAST({'NULL' if value is None else value} AS BIGINT) AS v" for at, value in rows
            )
            of = Step("numbers", listed or "SELECT 1 AS g, CAST(2 AS BIGINT) AS v WHERE FALSE")
            found = quantiles_of(store, "numbers", "v", shares, keys={"g": "g"} if grouped else {})
            group = ("g, ", " GROUP BY g") if grouped else ("", "")
            counts = Step("counts", f"SELECT {group[0]}{found.aggregate}count(v) AS n FROM numbers{group[1]}")
            select = f"SELECT {group[0]}n, {', '.join(found.columns)} FROM counts {found.join}"
            got = {row[:-6]: row[-6:] for row in store.rows(Query((of, counts, *found.steps), select))}
        ways.append(got)
        wanted = {(at,): [v for v in values if v is not None] for at, values in enumerate(groups) if values}
        if not grouped:
            wanted = {(): [value for _, value in rows if value is not None]}
        assert set(got) == set(wanted)
        for key, values in wanted.items():
            assert got[key][0] == len(values)
            if values:
                assert list(got[key][1:]) == pytest.approx(np.quantile(values, shares).tolist(), rel=1e-15, abs=0.01)
            else:
                assert set(got[key][1:]) == {None}
    assert ways[0] == ways[1]


def test_a_memory_limit_and_the_number_of_events_decide(shop: jm.Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    store = shop.store
    ((n_events,),) = store.engine.execute("SELECT count(*) FROM events")
    memory = store.engine.memory_bytes()
    if memory is None:
        for most in (n_events, n_events - 1):
            monkeypatch.setattr(quantiles, "_MOST_ON_SPARK", most)
            assert quantiles.values_fit(store) == (most == n_events)
        return
    for most in (n_events + 0.5, n_events - 0.5):
        monkeypatch.setattr(quantiles, "_BYTES_OF_A_VALUE", memory * quantiles._SHARE_OF_VALUES / most)
        assert quantiles.values_fit(store) == (most > n_events)
