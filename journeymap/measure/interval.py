"""The 95 % interval of a rate whose units come in clusters: visits of the same customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

CONFIDENCE: Final = 0.95
_TAIL: Final = 1 - (1 - CONFIDENCE) / 2


def clustered_interval(
    numerators: npt.ArrayLike, denominators: npt.ArrayLike, n_customers: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Give the intervals of rates from their counts per customer group.

    The variance of each rate comes from a delete-a-group jackknife (Kott, 2001) over the groups that have units. It is
    turned into an effective sample size, and that into a Wilson interval (Korn and Graubard, 1998, with Wilson's
    interval in place of Clopper and Pearson's), so that the interval stays within 0 and 1 and is not empty where the
    rate is 0 or 1: there the number of customers is the effective sample size.

    Parameters
    ----------
    numerators, denominators
        Counts, shape (rates, groups).
    n_customers
        Distinct customers behind each denominator, shape (rates,).

    Returns
    -------
    low, high : arrays of float, shape (rates,)
        Within 0 and 1; NaN where the denominator is 0.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = clustered_interval(np.tile([1, 2], 50)[None, :], np.full((1, 100), 10), [1000])
    >>> bool(low[0] < 0.15 < high[0])
    True
    """
    hits = np.atleast_2d(np.asarray(numerators, dtype=np.float64))
    units = np.atleast_2d(np.asarray(denominators, dtype=np.float64))
    customers = np.asarray(n_customers, dtype=np.float64)
    n_hits, n_units = hits.sum(axis=1), units.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = n_hits / n_units
        filled = units > 0
        n_groups = filled.sum(axis=1)
        without = np.where(filled, (n_hits[:, None] - hits) / (n_units[:, None] - units), np.nan)
        centred = np.where(filled, without - rate[:, None], 0.0)
        variance = np.nansum(centred**2, axis=1) * (n_groups - 1) / n_groups
        size = rate * (1 - rate) / variance
        # Few groups know their variance badly: Student's t says how badly.
        quantile = special.stdtrit(np.maximum(n_groups - 1, 1), _TAIL)
        normal = special.ndtri(_TAIL)
        size = size * (normal / quantile) ** 2
    usable = np.isfinite(size) & (n_groups > 1) & (variance > 0)
    size = np.where(usable, np.minimum(size, n_units), np.minimum(customers, n_units))
    return wilson_interval(rate, size)


def wilson_interval(rate: npt.ArrayLike, size: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Give Wilson's score interval (Wilson, 1927) of rates with (effective) sample sizes.

    Examples
    --------
    >>> low, high = wilson_interval([0.5], [100])
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.4038, 0.5962)
    """
    share = np.asarray(rate, dtype=np.float64)
    n = np.asarray(size, dtype=np.float64)
    z = special.ndtri(_TAIL)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
        low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    # Rounding must not put the rate itself outside.
    return np.fmin(low, share), np.fmax(high, share)


def jackknife_interval(estimate: npt.ArrayLike, without: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Give the intervals of any estimates from what they are without each customer group (Kott, 2001).

    Parameters
    ----------
    estimate
        The estimates, shape (estimates,).
    without
        The same, each time without one group, shape (estimates, groups); NaN for groups that have nothing.

    Returns
    -------
    low, high : arrays of float, shape (estimates,)
        By Student's t with one degree of freedom less than there are groups; NaN where fewer than two groups have
        something, or none of them changes the estimate.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = jackknife_interval([2.0], [[1.0, 2.0, 3.0]])
    >>> bool(low[0] < 2.0 < high[0])
    True
    """
    centre = np.atleast_1d(np.asarray(estimate, dtype=np.float64))
    left = np.atleast_2d(np.asarray(without, dtype=np.float64))
    filled = np.isfinite(left)
    n_groups = filled.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(filled, left - centre[:, None], 0.0)
        variance = (moved**2).sum(axis=1) * (n_groups - 1) / n_groups
        half = special.stdtrit(np.maximum(n_groups - 1, 1), _TAIL) * np.sqrt(variance)
    half = np.where((n_groups > 1) & (variance > 0), half, np.nan)
    return centre - half, centre + half


def clustered_mean_interval(
    sums: npt.ArrayLike, counts: npt.ArrayLike, n_customers: npt.ArrayLike, *, bounds: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Give the intervals of means of scores from their sums and counts per customer group.

    A delete-a-group jackknife. Where it knows nothing (one group, or the same mean in all), the mean is taken as a
    share of the scale and gets Wilson's interval with the number of customers as its sample size: a score within
    bounds varies at the most as much as one that is always at one of them.

    Parameters
    ----------
    sums, counts
        Shape (means, groups).
    n_customers
        Distinct customers behind each mean, shape (means,).
    bounds
        The lowest and highest score possible.

    Returns
    -------
    low, high : arrays of float, shape (means,)
        Within the bounds; NaN where the count is 0.

    Examples
    --------
    >>> low, high = clustered_mean_interval([[5.0, 3.0]], [[1, 1]], [2], bounds=(1, 5))
    >>> low.tolist(), high.tolist()
    ([1.0], [5.0])
    >>> low, high = clustered_mean_interval([[5.0, 5.0]], [[1, 1]], [2], bounds=(1, 5))
    >>> low.round(2).tolist(), high.tolist()
    ([2.37], [5.0])
    """
    totals = np.atleast_2d(np.asarray(sums, dtype=np.float64))
    units = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    total, count = totals.sum(axis=1), units.sum(axis=1)
    least, most = bounds
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / count
        without = np.where(units > 0, (total[:, None] - totals) / (count[:, None] - units), np.nan)
    low, high = jackknife_interval(mean, without)
    width = most - least
    if width > 0:
        sure_low, sure_high = wilson_interval((mean - least) / width, np.asarray(n_customers, dtype=np.float64))
        low = np.where(np.isnan(low), least + width * sure_low, low)
        high = np.where(np.isnan(high), least + width * sure_high, high)
    else:
        low, high = np.where(np.isnan(low), mean, low), np.where(np.isnan(high), mean, high)
    # Rounding must not put the mean itself outside.
    return np.fmin(np.clip(low, least, most), mean), np.fmax(np.clip(high, least, most), mean)
