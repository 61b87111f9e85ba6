"""Do levels divide conversion and paths? Customers change their levels with one another to see what chance does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import special, stats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    Floats = NDArray[np.float64]
    Integers = NDArray[np.integer[Any]]
    Counts = sparse.csr_array[np.float64]


LEAST_TIMES: Final = 20
"""Transitions gone less often are not tested by themselves."""


@dataclass(frozen=True, slots=True)
class Effect:
    """How much the levels of a segment divide something.

    Attributes
    ----------
    observed
        The statistic as it was found.
    by_chance
        Its mean where customers change their levels with one another: many levels divide more by chance.
    p_value
        The probability of at least the observed under chance; None where nothing can change.
    """

    observed: float
    by_chance: float
    p_value: float | None


class Exchange:
    """Ways for customers to change their levels with one another.

    A customer takes over the levels of another with as many journeys, all of them in their order. So the levels of
    one customer's journeys stay together, and who is active more does not pass for who behaves otherwise.

    Parameters
    ----------
    customers
        The customer of each journey; equal ones stand together, shape (journeys,).
    """

    def __init__(self, customers: Integers) -> None:
        begins = np.flatnonzero(np.r_[True, customers[1:] != customers[:-1]]) if len(customers) else np.zeros(0, int)
        sizes = np.diff(np.r_[begins, len(customers)])
        self.n_journeys = len(customers)
        self._groups = [(begins[sizes == size], np.arange(size)) for size in np.unique(sizes)]

    def orders(self, n: int, seed: int) -> Iterator[Integers]:
        """Give for each exchange whose level each journey takes: places of journeys, shape (journeys,)."""
        random = np.random.default_rng(seed)
        for _ in range(n):
            order = np.empty(self.n_journeys, dtype=np.int64)
            for begins, steps in self._groups:
                taken = random.permutation(begins)
                order[(begins[:, None] + steps).ravel()] = (taken[:, None] + steps).ravel()
            yield order


def measure_effects(
    levels: Integers, exchange: Exchange, statistics: Callable[[Integers], Floats], *, n: int, seed: int
) -> list[Effect]:
    """Test statistics of levels by exchanging the levels.

    Parameters
    ----------
    levels
        The level of each journey, from 0.
    exchange
        Who may change with whom.
    statistics
        Gives numbers for levels, larger the more they divide.
    n
        How many exchanges.
    seed
        Of the exchanges.

    Returns
    -------
    list of Effect
        One per number. Its p-value is read from the gamma distribution with the mean and variance of the exchanges,
        so that few exchanges do for small ones: the statistics are like chi-squares of dependent observations
        (Satterthwaite, 1946; Rao and Scott, 1984).
    """
    chance = np.array([statistics(levels[order]) for order in exchange.orders(n, seed)])
    return [
        Effect(float(observed), float(drawn.mean()), _tail(float(observed), drawn))
        for observed, drawn in zip(statistics(levels), chance.T, strict=True)
    ]


def any_of(effects: Sequence[Effect]) -> tuple[float | None, int]:
    """Test whether any of several effects is there.

    Returns
    -------
    p_value : float or None
        The smallest p-value, corrected for the number of effects (Šidák, 1967); None where none can be tested.
    place : int
        Which effect has it.

    Examples
    --------
    >>> p_value, place = any_of([Effect(1, 1, 0.5), Effect(2, 1, 0.1), Effect(0, 0, None)])
    >>> round(p_value, 4), place
    (0.19, 1)
    """
    tested = [(effect.p_value, at) for at, effect in enumerate(effects) if effect.p_value is not None]
    if not tested:
        return None, 0
    smallest, place = min(tested)
    return float(-np.expm1(len(tested) * np.log1p(-min(smallest, 1 - 1e-16)))), place


def _tail(observed: float, drawn: Floats) -> float | None:
    mean = float(drawn.mean())
    variance = float(drawn.var(ddof=1)) if len(drawn) > 1 else 0.0
    if not (mean > 0 and variance > (1e-9 * mean) ** 2):
        return None
    p_value = float(stats.gamma.sf(observed, a=mean**2 / variance, scale=variance / mean))
    return max(p_value, float(np.finfo(np.float64).tiny))


def cramers_v_squared(levels: Integers, converted: Floats, mature: Floats) -> float:
    """Give the square of Cramér's V (1946) between levels and conversion.

    Parameters
    ----------
    levels
        The level of each journey, from 0.
    converted, mature
        1 where the journey is so, else 0, shape (journeys,); converted ones are mature.

    Returns
    -------
    float
        0, the same rate everywhere, to 1. The variance of the rate between levels over its whole variance.

    Examples
    --------
    >>> ones = np.ones(4)
    >>> cramers_v_squared(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 0.0, 0.0]), ones)
    1.0
    """
    units = np.bincount(levels, mature)
    hits = np.bincount(levels, converted)
    n_units, n_hits = units.sum(), hits.sum()
    if n_hits in (0, n_units):
        return 0.0
    rate = n_hits / n_units
    filled = units > 0
    between = ((hits[filled] / units[filled] - rate) ** 2 * units[filled]).sum()
    return float(between / (n_units * rate * (1 - rate)))


class PathDivergence:
    """How much the levels say about where customers go next.

    The divergence is that of Jensen and Shannon (Lin, 1991) between the levels' distributions of what follows a
    touchpoint, weighted by their transitions: the mutual information of level and target, given the source. It is the
    likelihood-ratio statistic of one Markov chain for all levels (Anderson and Goodman, 1957) over 2 n ln 2.

    Parameters
    ----------
    counts
        Transitions of each journey, shape (journeys, transitions).
    sources
        The number of each transition's source, from 0.

    Attributes
    ----------
    tested
        The transitions that can be tested one by one: gone ``LEAST_TIMES`` at least, and not the only way.
    """

    def __init__(self, counts: Counts, sources: Integers) -> None:
        self._counts, self._sources = counts, sources
        self._n_sources = int(sources.max()) + 1 if len(sources) else 0
        totals = np.asarray(counts.sum(axis=0), dtype=np.float64).reshape(1, -1)
        self._n_transitions = float(totals.sum())
        self.tested = np.flatnonzero((totals[0] >= LEAST_TIMES) & (totals < self._visits(totals))[0])
        self._parts, self._whole = self._informations(totals)

    def __call__(self, levels: Integers) -> Floats:
        """Measure the divergence.

        Parameters
        ----------
        levels
            The level of each journey, from 0.

        Returns
        -------
        array of float, shape (tested transitions + 1,)
            For each tested transition the divergence of whether it is gone from its source or another, then that of all
            targets of all sources, from 0 to the logarithm of the number of levels: in bits, per transition of all.
        """
        if not self._n_transitions:
            return np.zeros(1)
        from scipy import sparse

        n = len(levels)
        belongs = sparse.csr_array(
            (np.ones(n), levels.astype(np.int32), np.arange(n + 1, dtype=np.int32)), shape=(n, int(levels.max()) + 1)
        )
        parts, whole = self._informations((belongs.T @ self._counts).toarray())
        found = np.maximum(np.append(parts - self._parts, whole - self._whole), 0.0)
        return np.asarray(found / (self._n_transitions * np.log(2)))

    def _visits(self, table: Floats) -> Floats:
        rows = [np.bincount(self._sources, row, minlength=self._n_sources) for row in table]
        return np.stack(rows).astype(np.float64)[:, self._sources]

    def _informations(self, table: Floats) -> tuple[Floats, float]:
        """Add up n log(n / visits) over rows: of each tested transition against the rest, and of all of them."""
        visits = self._visits(table)
        whole = special.xlogy(table, table) - special.xlogy(table, visits)
        gone, visited = table[:, self.tested], visits[:, self.tested]
        others = visited - gone
        parts = special.xlogy(gone, gone) + special.xlogy(others, others) - special.xlogy(visited, visited)
        return np.asarray(parts.sum(axis=0), dtype=np.float64), float(whole.sum())
