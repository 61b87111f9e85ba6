"""How often the 95 % intervals of the chain hold the truth, where customers come back and differ from one another."""

from __future__ import annotations

import numpy as np
import pytest

from journeymap.graph.absorbing import Absorption, solve
from journeymap.graph.counts import ChainCounts
from journeymap.measure.jackknife import interval_of_amount, interval_of_share

REPETITIONS = 600
NAMES = ("cart", "checkout", "home")
CART, CHECKOUT, HOME, CONVERTED, DROPPED = 0, 1, 2, 3, 5
EDGES = [
    (-1, HOME), (-1, CART), (HOME, HOME), (HOME, CART), (HOME, DROPPED), (CART, HOME), (CART, CHECKOUT),
    (CART, DROPPED), (CHECKOUT, CART), (CHECKOUT, CONVERTED), (CHECKOUT, DROPPED),
]  # fmt: skip
PLACE = np.full((3, 7), -1)
for _at, (_source, _target) in enumerate(EDGES):
    if _source >= 0:
        PLACE[_source, _target] = _at
ASKED = np.array([CART, CHECKOUT, HOME])


def simulate(rng: np.random.Generator, n_customers: int, mean_journeys: float, keen: float) -> Absorption:
    """Let customers walk a geometric number of journeys, each with an own inclination to drop."""
    owner = np.repeat(np.arange(n_customers), rng.geometric(1 / mean_journeys, n_customers))
    inclined = rng.beta(2, 2, n_customers)[owner] * 2 * keen
    counts = np.zeros((100, len(EDGES)))
    place = np.where(rng.random(len(owner)) < 0.8, HOME, CART)
    walking = np.arange(len(owner))
    np.add.at(counts, (owner % 100, np.where(place == HOME, 0, 1)), 1)
    while len(walking):
        at, back = place[walking], rng.random(len(walking))
        drops = rng.random(len(walking)) < np.array([0.5, 0.5, 0.6])[at] * inclined[walking]
        onward = np.select(
            [at == HOME, at == CART],
            [np.where(back < 0.5, HOME, CART), np.where(back < 0.3, HOME, CHECKOUT)],
            np.where(back < 0.3, CART, CONVERTED),
        )
        to = np.where(drops, DROPPED, onward)
        np.add.at(counts, (owner[walking] % 100, PLACE[at, to]), 1)
        place[walking] = to
        walking = walking[to < CONVERTED]
    sources, targets = np.array(EDGES).T
    return solve(
        ChainCounts(NAMES, sources, targets, counts, np.full(3, 9.0), np.zeros(3), 9.0, np.zeros(100), np.zeros(100))
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("n_customers", [50, 200, 1000])
@pytest.mark.parametrize(("mean_journeys", "keen", "rate"), [(1.2, 0.3, 0.05), (4, 0.3, 0.05), (4, 0.9, 0.2)])
def test_coverage(n_customers: int, mean_journeys: float, keen: float, rate: float) -> None:
    rng = np.random.default_rng([n_customers, round(mean_journeys * 10), round(keen * 10)])
    rates = np.full(3, rate)
    truth = simulate(rng, 500_000, mean_journeys, keen)
    gains, effects, chances = truth.gains(ASKED, rates)[0], truth.removal_effects()[0], truth.chances[0]
    held = []
    for _ in range(REPETITIONS):
        chain = simulate(rng, n_customers, mean_journeys, keen)
        low, high = interval_of_amount(chain.gains(ASKED, rates), chain.n_groups)
        of_gains = (low <= gains) & (gains <= high)
        shares = [
            interval_of_share(values, n_groups=chain.n_groups, n_customers=np.full(3, n_customers), most=np.inf)
            for values in (chain.removal_effects(), chain.chances)
        ]
        (low, high), (chance_low, chance_high) = shares
        of_home = (low[HOME] <= effects[HOME]) & (effects[HOME] <= high[HOME])  # without the others nothing converts
        held.append([*of_gains, of_home, *((chance_low <= chances) & (chances <= chance_high))])
    shares_held = np.mean(held, axis=0)
    assert (shares_held > 0.91).all(), shares_held
    assert (shares_held < 0.985).all(), shares_held
