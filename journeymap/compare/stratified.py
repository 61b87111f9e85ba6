"""Two rates compared within strata, so that who stands farther along is compared with others as far along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Differences:
    """What the comparisons gave; arrays of shape (comparisons,), NaN where a side has no units.

    Attributes
    ----------
    difference
        The rate minus the rest's, over strata as Mantel and Haenszel weigh them, -1 to 1.
    standard_error
        Of the difference, by the jackknife.
    p_value
        Two-sided.
    """

    difference: Floats
    standard_error: Floats
    p_value: Floats


def stratified_difference(
    hits: npt.ArrayLike, units: npt.ArrayLike, rest_hits: npt.ArrayLike, rest_units: npt.ArrayLike
) -> Differences:
    """Test the differences of rates within strata, whose units cluster by customer.

    The difference is that of Mantel and Haenszel (Greenland and Robins, 1985): each stratum counts as far as both sides
    have units in it. Its variance comes from a delete-a-group jackknife (Kott, 2001) over customer groups. Groups
    without a hit say little about the variance: Student's t has as many degrees of freedom as there are groups with
    one, less one. The variance is never taken to be smaller than that of independent units with one common rate, as in
    a score test: a side of which all units are hit has none of its own.

    Parameters
    ----------
    hits, units
        Counts of the one side, shape (comparisons, strata, groups).
    rest_hits, rest_units
        The same of the other side.

    Returns
    -------
    Differences
        One number per comparison.

    Examples
    --------
    >>> import numpy as np
    >>> some, more = np.tile([1.0, 3.0], (1, 1, 50)), np.tile([4.0, 2.0], (1, 1, 50))
    >>> found = stratified_difference(more, np.full((1, 1, 100), 10.0), some, np.full((1, 1, 100), 10.0))
    >>> round(float(found.difference[0]), 2), bool(found.p_value[0] < 0.001)
    (0.1, True)
    """
    sides = [np.asarray(side, dtype=np.float64) for side in (hits, units, rest_hits, rest_units)]
    totals = [side.sum(axis=2) for side in sides]
    difference = _mantel_haenszel(*totals)
    with np.errstate(invalid="ignore"):
        filled = ((sides[1] > 0) | (sides[3] > 0)).any(axis=1)
        struck = ((sides[0] > 0) | (sides[2] > 0)).any(axis=1)
        without = _mantel_haenszel(*[(total[:, :, None] - side) for total, side in zip(totals, sides, strict=True)])
        n_groups = filled.sum(axis=1)
        centred = np.where(filled, without - difference[:, None], 0.0)
        variance = (n_groups - 1) / np.maximum(n_groups, 1) * np.sum(centred**2, axis=1)
        error = np.sqrt(np.maximum(variance, _chance_variance(*totals)))
        error = np.where(error > 0, error, np.nan)
        freedom = np.maximum(struck.sum(axis=1) - 1, 1)
        p_value = 2 * special.stdtr(freedom, -np.abs(difference) / error)
    # Where nothing varies, the rates are surely equal.
    p_value = np.where(np.isnan(error) & (difference == 0), 1.0, p_value)
    return Differences(difference, error, np.where(n_groups > 1, p_value, np.nan))


def expected_rate(units: npt.ArrayLike, all_hits: npt.ArrayLike, all_units: npt.ArrayLike) -> Floats:
    """Give the rate that units would have if each stratum had the rate of all (indirect standardisation).

    Parameters
    ----------
    units
        Counts, shape (comparisons, strata).
    all_hits, all_units
        Counts of all that they are compared with, shape (comparisons, strata).

    Returns
    -------
    array of float, shape (comparisons,)
        Expected hits over units, 0 to 1; NaN where there are no units.

    Examples
    --------
    >>> expected_rate([[30, 10]], [[10, 40]], [[100, 100]]).tolist()
    [0.175]
    """
    own = np.asarray(units, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.asarray(all_hits, dtype=np.float64) / np.asarray(all_units, dtype=np.float64)
        expected: Floats = np.nansum(own * rates, axis=1) / own.sum(axis=1)
    # One stratum needs no rounding: the rate of all.
    return np.where(own.sum(axis=1) > 0, rates[:, 0], np.nan) if own.shape[1] == 1 else expected


def _chance_variance(hits: Floats, units: Floats, rest_hits: Floats, rest_units: Floats) -> Floats:
    both = units + rest_units
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (hits + rest_hits) / both
        weight = np.where(both > 0, units * rest_units / both, 0.0)
        variance: Floats = np.nansum(weight * rate * (1 - rate), axis=1) / weight.sum(axis=1) ** 2
    return variance


def _mantel_haenszel(hits: Floats, units: Floats, rest_hits: Floats, rest_units: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        both = units + rest_units
        above = np.where(both > 0, (hits * rest_units - rest_hits * units) / both, 0.0).sum(axis=1)
        weight = np.where(both > 0, units * rest_units / both, 0.0).sum(axis=1)
        difference: Floats = above / weight
    return difference
