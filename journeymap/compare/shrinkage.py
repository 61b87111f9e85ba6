"""Rates of small levels, drawn towards the others' as far as they say little themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def shrink_rates(rates: npt.ArrayLike, sizes: npt.ArrayLike) -> Floats:
    """Shrink rates by an empirical-Bayes beta-binomial.

    The levels' true rates are taken to come from one beta distribution, whose mean and spread are estimated by the
    method of moments (Kleinman, 1973). Each rate becomes the mean of its posterior.

    Parameters
    ----------
    rates
        Shape (levels,), 0 to 1; NaN where nothing is known.
    sizes
        Effective sample sizes, shape (levels,).

    Returns
    -------
    array of float, shape (levels,)
        Between each rate and the mean of all; where the levels differ no more than chance makes them, the mean itself.
        NaN stays NaN.

    Examples
    --------
    >>> [round(rate, 3) for rate in shrink_rates([0.2, 0.5, 1.0], [1000, 1000, 3]).tolist()]
    [0.201, 0.499, 0.63]
    """
    share = np.asarray(rates, dtype=np.float64)
    n = np.asarray(sizes, dtype=np.float64)
    known = np.isfinite(share) & (n > 0)
    n_levels = int(known.sum())
    if n_levels < 2:  # noqa: PLR2004 - nothing to draw towards
        return share.copy()
    weight = np.where(known, n, 0.0)
    filled = np.where(known, share, 0.0)
    mean = float((weight * filled).sum() / weight.sum())
    spread = float((weight * np.where(known, filled - mean, 0.0) ** 2).sum())
    chance = mean * (1 - mean)
    # What the weighted spread would be by chance alone is chance * (levels - 1); the rest is true difference.
    scale = float(weight.sum() - (weight**2).sum() / weight.sum()) - (n_levels - 1)
    between = (spread - chance * (n_levels - 1)) / scale if scale > 0 else 0.0
    if between <= 0 or chance == 0:
        return np.where(known, mean, np.nan)
    strength = max(chance / between - 1, 0.0)
    with np.errstate(invalid="ignore"):
        return np.where(known, (n * share + strength * mean) / (n + strength), np.nan)
