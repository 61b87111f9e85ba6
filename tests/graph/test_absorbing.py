"""The absorbing chain: by hand, from the literature, by solving anew, by walking at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from graph.chains import Path, chance_by_solving, counts_of_paths, journeys
from hypothesis import given, settings
from hypothesis import strategies as st

from journeymap.errors import QuestionError
from journeymap.graph import absorbing
from journeymap.graph.absorbing import solve
from journeymap.graph.counts import ChainCounts
from journeymap.graph.levels import counts_by_level
from journeymap.model.names import CONVERTED, DROPPED, ENDS, START

if TYPE_CHECKING:
    import journeymap as jm
    from journeymap.graph.counts import Floats, Places

YES, NO = ("order", CONVERTED), (DROPPED,)


@pytest.fixture(scope="module")
def sample(shop: jm.Journeys) -> ChainCounts:
    return counts_by_level(shop.store, shop.question)[()]


def test_three_states_by_hand() -> None:
    """From home half go to the cart and half drop; from the cart half order, a quarter goes home, a quarter drops."""
    paths: list[Path] = [
        ("home", "cart", *YES), ("home", "cart", *YES), ("home", "cart", "home", *NO), ("home", "cart", *NO),
        ("home", *NO), ("home", *NO), ("home", *NO),
    ]  # fmt: skip
    chain = solve(counts_of_paths([paths]))
    # h(cart) = 1/2 + 1/4 h(home), h(home) = 1/2 h(cart): h(cart) = 4/7, h(home) = 2/7.
    assert chain.chances[0] == pytest.approx([4 / 7, 2 / 7, 1])  # cart, home, order
    assert chain.from_start[0] == pytest.approx(2 / 7)  # the two of seven that ordered
    assert chain.stays[0] == pytest.approx([8 / 7, 8 / 7, 1])  # the way home and back has the chance of 1/8
    assert chain.visits[0] == pytest.approx([4 / 7, 8 / 7, 2 / 7])
    assert chain.removal_effects()[0] == pytest.approx([1, 1, 1])
    assert chain.drop_rates[0] == pytest.approx([1 / 4, 1 / 2, 0])
    # Nobody drops at the cart any more: two thirds order, one third goes home; h(cart) = 2/3 + 1/6 h(cart).
    gain = chain.gains(np.array([0]), np.array([0.0]))[0]
    assert gain == pytest.approx([1 / 2 * 4 / 5 - 2 / 7])


def test_the_textbook_example_of_removal_effects() -> None:
    """Paths C1 C2 C3 with a conversion, C1 without, and C2 C3 without: a third converts; removing C1 halves it."""
    groups: list[list[Path]] = [[("c1", "c2", "c3", CONVERTED)], [("c1", *NO)], [("c2", "c3", *NO)]]
    chain = solve(counts_of_paths(groups))
    assert chain.from_start[0] == pytest.approx(1 / 3)
    assert chain.removal_effects()[0] == pytest.approx([0.5, 1, 1])


@given(journeys(), st.integers(0, 3), st.sampled_from([0.0, 0.2, 0.9]))
def test_against_solving_the_whole_chain_anew(groups: list[list[Path]], which: int, rate: float) -> None:
    counts = counts_of_paths(groups)
    chain = solve(counts)
    expected = chance_by_solving(counts)
    assert chain.from_start[0] == pytest.approx(expected[START])
    assert chain.chances[0] == pytest.approx([expected[name] for name in counts.touchpoints])
    n_converted = sum(path[-1] == CONVERTED for group in groups for path in group)
    assert expected[START] == pytest.approx(n_converted / sum(map(len, groups)))  # what is observed
    for name, effect in zip(counts.touchpoints, chain.removal_effects()[0], strict=True):
        if n_converted:
            left = chance_by_solving(counts, removed=name)[START]
            assert effect == pytest.approx(1 - left / expected[START])
        else:
            assert np.isnan(effect)
    place = which % len(counts.touchpoints)
    gain = chain.gains(np.array([place]), np.array([rate]))[0, 0]
    if chain.drop_rates[0, place] == 1:
        assert np.isnan(gain)
        return
    try:
        changed = chance_by_solving(counts, {counts.touchpoints[place]: rate})[START]
    except np.linalg.LinAlgError:  # who stays goes round for ever
        assert np.isnan(gain) or gain == 0
    else:
        assert np.isnan(gain) or gain == pytest.approx(changed - expected[START], abs=1e-9)
        assert not np.isnan(gain) or rate == 0


@settings(max_examples=8)
@given(journeys())
def test_replicates_are_the_chains_of_the_other_groups(groups: list[list[Path]]) -> None:
    counts = counts_of_paths(groups)
    chain = solve(counts)
    assert len(chain.from_start) == 1 + len(groups)
    for out in range(len(groups)):
        others = counts_of_paths([group for at, group in enumerate(groups) if at != out])
        rest = solve(others)
        places = [counts.touchpoints.index(name) for name in others.touchpoints]
        assert chain.from_start[1 + out] == pytest.approx(rest.from_start[0])
        assert chain.chances[1 + out, places] == pytest.approx(rest.chances[0])
        assert chain.visits[1 + out, places] == pytest.approx(rest.visits[0])
        assert chain.n_journeys[1 + out] == rest.n_journeys[0]


def test_against_walking_at_random(sample: ChainCounts) -> None:
    """200,000 walks from the start, and as many with fewer drops at a touchpoint."""
    at = sample.touchpoints.index("email_open")
    chain = solve(sample)
    before = walked(sample)
    after = walked(sample, at, 0.0)
    gain = chain.gains(np.array([at]), np.array([0.0]))[0, 0]
    assert before[0] == pytest.approx(chain.from_start[0], abs=0.005)
    assert before[1][at] == pytest.approx(chain.visits[0, at], rel=0.02)
    assert after[0] - before[0] == pytest.approx(gain, abs=0.007)
    assert gain > 0.01


def walked(
    counts: ChainCounts, at: int | None = None, rate: float = 0.0, n: int = 200_000
) -> tuple[float, list[float]]:
    m = len(counts.touchpoints)
    shares = np.zeros((m + 1, m + len(ENDS)))
    np.add.at(shares, (counts.sources, counts.targets), counts.counts.sum(axis=0))
    shares /= shares.sum(axis=1, keepdims=True)
    if at is not None:
        shares[at] *= (1 - rate) / (1 - shares[at, m + ENDS.index(DROPPED)])
        shares[at, m + ENDS.index(DROPPED)] = rate
    steps = np.cumsum(shares, axis=1)
    rng = np.random.default_rng(7)
    place = np.full(n, m)
    visits, converted = np.zeros(m), 0
    while len(place):
        place = (rng.random(len(place))[:, None] > steps[place]).sum(axis=1)
        converted += int((place == m + ENDS.index(CONVERTED)).sum())
        place = place[place < m]
        visits += np.bincount(place, minlength=m)
    return converted / n, (visits / n).tolist()


def test_the_sample_converts_as_observed_and_each_way_out_is_weighed(sample: ChainCounts) -> None:
    chain = solve(sample)
    converted = sample.leaving(CONVERTED).sum()
    assert chain.from_start[0] == pytest.approx(converted / sample.n_journeys, abs=1e-12)
    assert chain.visits[0] * sample.n_journeys == pytest.approx(sample.visits)
    for at, name in enumerate(sample.touchpoints):
        assert chain.removal_effects()[0, at] == pytest.approx(
            1 - chance_by_solving(sample, removed=name)[START] / chain.from_start[0]
        )


def test_where_nothing_converts_chances_are_nought() -> None:
    chain = solve(counts_of_paths([[("home", *NO)], [("home", "home", *NO), ("cart", "(open)")]]))
    assert not chain.chances.any()
    assert np.isnan(chain.removal_effects()).all()
    assert chain.gains(np.array([0]), np.array([0.0]))[0] == 0


def test_where_all_drop_nothing_is_known_of_who_would_stay() -> None:
    chain = solve(counts_of_paths([[("trap", *NO), ("home", *YES)], [("trap", *NO), ("home", *YES)]]))
    names = ("home", "order", "trap")
    assert np.isnan(chain.gains(np.array([names.index("trap")]), np.array([0.1]))).all()


def test_who_would_stay_and_never_leave() -> None:
    """From a the ways lead to b and to a drop, from b back to a alone: without the drop nobody leaves."""
    paths: list[Path] = [("a", "b", "a", *NO), ("a", *NO), ("c", *YES)]
    chain = solve(counts_of_paths([paths, paths]))
    gain = chain.gains(np.array([0, 0]), np.array([0.0, 0.1]))
    assert gain[0].tolist() == [0, 0]  # no goal is reached from there either way
    paths = [("a", "b", "a", *NO), ("a", *NO), ("a", *YES)]
    more = solve(counts_of_paths([paths, paths])).gains(np.array([0]), np.array([0.0]))[0]
    assert more[0] == pytest.approx(1 - 1 / 3)  # all that stay come to the order in the end


def test_counts_that_are_no_whole_journeys_and_go_round_for_ever() -> None:
    whole = counts_of_paths([[("a", "b", "a", *NO)]])
    stuck = ChainCounts(
        whole.touchpoints, np.array([-1, 0, 1]), np.array([0, 1, 0]), np.full((100, 3), 2.0), whole.customers,
        whole.converted_through, 0.0, whole.goals, whole.values,
    )  # fmt: skip
    with pytest.raises(QuestionError, match="come to a, b go round for ever"):
        solve(stuck)


def test_nobody_at_all() -> None:
    nobody = counts_of_paths([])
    chain = solve(nobody)
    assert (nobody.touchpoints, nobody.n_journeys, chain.from_start.tolist()) == ((), 0, [0.0])
    assert chain.removal_effects().shape == (1, 0)


@pytest.mark.parametrize("m", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_many_touchpoints_in_batches(m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as a large site has, whose replicates are solved in several batches."""
    monkeypatch.setattr(absorbing, "_BATCH_CELLS", 10 * m * m)
    rng = np.random.default_rng(1)
    sources, targets = np.nonzero(rng.random((m, m)) < 6 / m)
    sources = np.concatenate([sources, np.arange(m), np.arange(5), np.full(m, -1)])
    targets = np.concatenate([targets, np.full(m, m + ENDS.index(DROPPED)), np.full(5, m), np.arange(m)])
    counts = np.zeros((100, len(sources)))
    counts[:41] = rng.poisson(2.0, (41, len(sources)))
    large = many(m, sources, targets, counts)
    chain = solve(large)
    assert chain.chances.shape == (42, m)
    for out in (0, 19, 40):
        rest = counts.copy()
        rest[out] = 0
        assert chain.chances[1 + out] == pytest.approx(solve(many(m, sources, targets, rest)).chances[0])
    gains = chain.gains(np.arange(m), np.full(m, 0.01))[0]
    for at in (0, m // 2, m - 1):
        expected = chance_by_solving(large, {large.touchpoints[at]: 0.01})[START] - chain.from_start[0]
        assert gains[at] == pytest.approx(expected, abs=1e-12)


def many(m: int, sources: Places, targets: Places, counts: Floats) -> ChainCounts:
    names = tuple(f"t{at:03}" for at in range(m))
    return ChainCounts(names, sources, targets, counts, np.full(m, 9.0), np.zeros(m), 9.0, np.zeros(100), np.zeros(100))
