"""The 95 % interval of what is no plain ratio of counts, from replicates that leave one customer group out each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

from journeymap.measure.interval import CONFIDENCE, wilson_interval

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_TAIL: Final = 1 - (1 - CONFIDENCE) / 2
_NO_DIFFERENCE: Final = 1e-24
"""Groups that differ by less than rounding do not differ."""


def jackknife_variance(values: npt.ArrayLike) -> Floats:
    """Give the delete-a-group jackknife's variance (Kott, 2001).

    Parameters
    ----------
    values
        Shape (1 + groups, ...): the estimate, then the estimates without each group that has anything.

    Returns
    -------
    array of float, shape (...)
        NaN where there are fewer than two groups, or a replicate is not known.

    Examples
    --------
    >>> import numpy as np
    >>> units = np.array([1.0, 2.0, 3.0, 6.0])  # the variance of a mean is that of the textbook
    >>> means = [units.mean(), *((units.sum() - unit) / 3 for unit in units)]
    >>> bool(np.isclose(jackknife_variance(means), units.var(ddof=1) / 4))
    True
    """
    every = np.asarray(values, dtype=np.float64)
    n_groups = len(every) - 1
    if n_groups < 2:  # noqa: PLR2004 - one group has no variance
        return np.full(every.shape[1:], np.nan)
    variance: Floats = (n_groups - 1) / n_groups * np.sum((every[1:] - every[0]) ** 2, axis=0)
    return variance


def interval_of_share(
    values: npt.ArrayLike, *, n_groups: npt.ArrayLike, n_customers: npt.ArrayLike, most: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Give the interval of shares: Wilson's, with the sample size that the jackknife's variance stands for.

    It is the way of :func:`journeymap.measure.interval.clustered_interval`, for shares that are not counted but worked
    out.

    Parameters
    ----------
    values
        Shape (1 + groups, shares), see :func:`jackknife_variance`; the shares are 0 to 1.
    n_groups
        Customer groups that know something of each share, shape (shares,).
    n_customers
        Distinct customers behind each share: the effective sample size where the groups do not differ.
    most
        The effective sample size at the most: the units that the shares were worked out from.

    Returns
    -------
    low, high : arrays of float, shape (shares,)
        Within 0 and 1; NaN where the share is.
    """
    share = np.asarray(values, dtype=np.float64)[0]
    groups, customers = np.asarray(n_groups, dtype=np.float64), np.asarray(n_customers, dtype=np.float64)
    variance = jackknife_variance(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = share * (1 - share) / variance * (special.ndtri(_TAIL) / _student(groups)) ** 2
    usable = np.isfinite(size) & (groups > 1) & (variance > _NO_DIFFERENCE)
    return wilson_interval(share, np.where(usable, np.minimum(size, most), customers))


def interval_of_amount(values: npt.ArrayLike, n_groups: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Give the interval of amounts that have no bounds: the estimate, give or take Student's t standard errors.

    Parameters
    ----------
    values
        Shape (1 + groups, amounts), see :func:`jackknife_variance`.
    n_groups
        Customer groups that know something of each amount, shape (amounts,).

    Returns
    -------
    low, high : arrays of float, shape (amounts,)
        NaN where fewer than two groups know something, or they do not differ and so say nothing of the doubt.
    """
    amount = np.asarray(values, dtype=np.float64)[0]
    groups = np.asarray(n_groups, dtype=np.float64)
    variance = jackknife_variance(values)
    usable = (groups > 1) & (variance > _NO_DIFFERENCE * amount**2)
    half = np.where(usable, _student(groups) * np.sqrt(np.where(usable, variance, 0.0)), np.nan)
    return amount - half, amount + half


def _student(n_groups: Floats) -> Floats:
    """Give Student's t: few groups know their variance badly, and it says how badly."""
    return np.asarray(special.stdtrit(np.maximum(n_groups - 1, 1), _TAIL), dtype=np.float64)
