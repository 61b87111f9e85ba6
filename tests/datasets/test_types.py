"""Customers of known types are what is said of them."""

from __future__ import annotations

import numpy as np
import pytest

from journeymap.datasets.types import draw_customers, events_of, make_types, most_likely_types
from journeymap.errors import QuestionError


def test_chains_are_probabilities_and_as_separate_as_stated() -> None:
    types = make_types(3, n_touchpoints=5, separation=0.25, mean_steps=4, shares=(2, 1, 1), seed=1)
    assert types.shares.tolist() == [0.5, 0.25, 0.25]
    assert types.moves.shape == (3, 5, 6)
    assert types.moves.sum(axis=2) == pytest.approx(np.ones((3, 5)))
    assert types.starts.sum(axis=1) == pytest.approx(np.ones(3))
    assert (types.moves[:, :, -1] == 0.25).all()
    apart = np.abs(types.moves[0] - types.moves[1]).sum(axis=1) / 2
    assert (apart <= 0.25).all()
    assert np.abs(make_types(2, separation=0).moves[0] - make_types(2, separation=0).moves[1]).max() == 0


def test_customers_are_drawn_as_the_chains_say() -> None:
    types = make_types(2, n_touchpoints=3, separation=1, mean_steps=5, shares=(0.8, 0.2), seed=2)
    drawn = draw_customers(types, 20_000, seed=3)
    assert (drawn.types == 0).mean() == pytest.approx(0.8, abs=0.01)
    of_first = drawn.paths[drawn.types == 0]
    assert (of_first >= 0).sum(axis=1).mean() == pytest.approx(5, abs=0.1)
    at, following = of_first[:, 0], of_first[:, 1]
    for touchpoint in range(3):
        share = (following[at == touchpoint] == 2).mean()
        assert share == pytest.approx(types.moves[0, touchpoint, 2], abs=0.02)
    assert np.array_equal(drawn.paths, draw_customers(types, 20_000, seed=3).paths)
    assert draw_customers(types, 4, n_steps=3).paths.min() >= 0


def test_bayes_rule_by_hand() -> None:
    types = make_types(2, n_touchpoints=2, separation=1, mean_steps=3, seed=4)
    path = [0, 1, 1]
    likelihood = []
    for one in range(2):
        moves = types.moves[one]
        likelihood.append(types.shares[one] * types.starts[one, 0] * moves[0, 1] * moves[1, 1] * moves[1, 2])
    assert most_likely_types(types, np.array([[*path, -1]])).tolist() == [int(np.argmax(likelihood))]


def test_events_are_the_paths() -> None:
    types = make_types(1, n_touchpoints=2)
    drawn = draw_customers(types, 40, seed=1)
    events = events_of(types, drawn)
    assert len(events) == (drawn.paths >= 0).sum()
    third = events[events["customer"] == "c0000003"]
    assert third["event"].tolist() == [f"touchpoint {step + 1:02}" for step in drawn.paths[2] if step >= 0]
    assert third["timestamp"].is_monotonic_increasing
    assert str(third["timestamp"].iloc[0]) == "2026-01-03 00:00:00+00:00"


@pytest.mark.parametrize("wrong", [{"n_types": 0}, {"separation": 1.5}, {"mean_steps": 0.5}, {"shares": (1.0,)}])
def test_numbers_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(QuestionError):
        make_types(**{"n_types": 2, **wrong})  # type: ignore[arg-type]
