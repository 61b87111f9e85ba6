"""The difference of two rates at many places at once: interval, effect size and test, all clustered by customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from journeymap.measure.interval import clustered_interval

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """What one side counted at each place.

    Attributes
    ----------
    hits, units
        Per customer group, shape (places, groups).
    customers
        Distinct customers behind the units, shape (places,).
    immature
        Units too young to count, shape (places,).
    """

    hits: Floats
    units: Floats
    customers: Floats
    immature: Floats

    @property
    def n_hits(self) -> Floats:
        """The hits of all groups, shape (places,)."""
        return np.asarray(self.hits.sum(axis=1))

    @property
    def n_units(self) -> Floats:
        """The units of all groups, shape (places,)."""
        return np.asarray(self.units.sum(axis=1))

    @property
    def rate(self) -> Floats:
        """Hits / units, 0 to 1; NaN where there are no units."""
        return _divide(self.n_hits, self.n_units)


@dataclass(frozen=True, slots=True)
class Differences:
    """How the rates of side a differ from those of side b; every array has the shape (places,).

    Attributes
    ----------
    difference
        rate of a - rate of b, -1 to 1; NaN where a side has no units.
    ci_low, ci_high
        Its 95 % interval.
    ratio
        rate of a / rate of b; NaN where that of b is 0.
    effect_size
        Cohen's h (Cohen, 1988): 2 arcsin(sqrt(rate of a)) - 2 arcsin(sqrt(rate of b)). 0.2 is small, 0.8 large.
    p_value
        Two-sided.
    """

    difference: Floats
    ci_low: Floats
    ci_high: Floats
    ratio: Floats
    effect_size: Floats
    p_value: Floats


def clustered_differences(a: Counts, b: Counts) -> Differences:
    """Compare two sides at every place.

    Parameters
    ----------
    a, b
        The counts of the sides, at the same places and over the same customer groups. A customer may be on both sides.

    Returns
    -------
    Differences
        With one element per place.

    Notes
    -----
    The statistic is the difference over its standard error, and compared with Student's t with the number of customer
    groups less 1. The variance is the larger of two. One is that of a delete-a-group jackknife of the difference (Kott,
    2001), which knows of customers on both sides. It is too small where a side has few hits, and 0 where it has none.
    There the other one holds: that of the pooled rate without a difference, widened by its design effect (Rao and
    Scott, 1992), which the customers of both sides tell together. The interval puts those of both rates together
    (Newcombe, 1998), so that it stays within -1 and 1 and is not empty where rates are 0 or 1.

    Examples
    --------
    >>> few, many = np.tile([1.0, 2.0], (1, 50)), np.tile([4.0, 3.0], (1, 50))
    >>> units, customers = np.full((1, 100), 10.0), np.array([500.0])
    >>> found = clustered_differences(*(Counts(hits, units, customers, 0 * customers) for hits in (few, many)))
    >>> found.difference.round(3).tolist(), bool(found.p_value[0] < 0.001)
    ([-0.2], True)
    """
    rate_a, rate_b = a.rate, b.rate
    difference = rate_a - rate_b
    a_low, a_high = clustered_interval(a.hits, a.units, a.customers)
    b_low, b_high = clustered_interval(b.hits, b.units, b.customers)
    low = difference - np.hypot(rate_a - a_low, b_high - rate_b)
    high = difference + np.hypot(a_high - rate_a, rate_b - b_low)
    effect_size = 2 * np.arcsin(np.sqrt(rate_a)) - 2 * np.arcsin(np.sqrt(rate_b))
    n_groups = ((a.units > 0) | (b.units > 0)).sum(axis=1)
    variance = np.fmax(_jackknife_variance(a, b, difference), _pooled_variance(a, b))
    statistic = np.where(difference == 0, 0.0, np.abs(_divide(difference, np.sqrt(variance))))
    p_value = 2 * stats.t.sf(statistic, df=np.maximum(n_groups - 1, 1))
    p_value = np.where((n_groups > 1) & np.isfinite(difference), p_value, np.nan)
    return Differences(
        difference,
        np.clip(low, -1, 1),
        np.clip(high, -1, 1),
        _divide(rate_a, rate_b),
        effect_size,
        p_value,
    )


def _jackknife_variance(a: Counts, b: Counts, difference: Floats) -> Floats:
    """Leave each customer group out on both sides at once; NaN where that leaves a side empty."""
    filled = (a.units > 0) | (b.units > 0)
    n_groups = filled.sum(axis=1)
    replicates = _rate_without(a) - _rate_without(b)
    centred = np.where(filled, replicates - difference[:, None], 0.0)
    return np.asarray((centred**2).sum(axis=1) * _divide(n_groups - 1.0, n_groups))


def _pooled_variance(a: Counts, b: Counts) -> Floats:
    both = Counts(a.hits + b.hits, a.units + b.units, a.customers + b.customers, a.immature)
    rate, n_units = both.rate, both.n_units
    filled = both.units > 0
    n_groups = filled.sum(axis=1)
    centred = np.where(filled, _rate_without(both) - rate[:, None], 0.0)
    clustered = np.nansum(centred**2, axis=1) * _divide(n_groups - 1.0, n_groups)
    plain = rate * (1 - rate)
    design_effect = np.fmax(_divide(clustered * n_units, plain), 1.0)
    return np.asarray(plain * design_effect * (_divide(1.0, a.n_units) + _divide(1.0, b.n_units)))


def _rate_without(side: Counts) -> Floats:
    """Give the rate without each customer group, shape (places, groups)."""
    return _divide(side.n_hits[:, None] - side.hits, side.n_units[:, None] - side.units)


def _divide(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Floats:
    """Divide; NaN where the denominator is 0."""
    over = np.asarray(denominator, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(over == 0, np.nan, np.asarray(numerator, dtype=np.float64) / over))
