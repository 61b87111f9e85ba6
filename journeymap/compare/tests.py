"""Is a level's rate another than the rest's? The customer is the unit; many looks are corrected for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    import numpy.typing as npt


def jackknife_difference(
    hits: npt.ArrayLike, units: npt.ArrayLike, rest_hits: npt.ArrayLike, rest_units: npt.ArrayLike
) -> float | None:
    """Test the difference of two rates whose units cluster by customer.

    The variance of the difference comes from a delete-a-group jackknife (Kott, 2001) over customer groups; a customer
    may have units on both sides. The statistic is compared with Student's t.

    Parameters
    ----------
    hits, units
        Counts per customer group of the one side, shape (groups,).
    rest_hits, rest_units
        The same of the other.

    Returns
    -------
    float or None
        The two-sided p-value; None where a side has no units or there are fewer than two groups.

    Examples
    --------
    >>> import numpy as np
    >>> same = np.tile([1, 2, 3], 30)
    >>> jackknife_difference(same, np.full(90, 10), same[::-1], np.full(90, 10))
    1.0
    """
    counts = [np.asarray(side, dtype=np.float64) for side in (hits, units, rest_hits, rest_units)]
    totals = [side.sum() for side in counts]
    filled = (counts[1] > 0) | (counts[3] > 0)
    n_groups = int(filled.sum())
    if totals[1] == 0 or totals[3] == 0 or n_groups < 2:  # noqa: PLR2004 - one group has no variance
        return None
    without = [total - side[filled] for total, side in zip(totals, counts, strict=True)]
    if (without[1] == 0).any() or (without[3] == 0).any():
        return None
    difference = totals[0] / totals[1] - totals[2] / totals[3]
    replicates = without[0] / without[1] - without[2] / without[3]
    variance = (n_groups - 1) / n_groups * np.sum((replicates - difference) ** 2)
    if variance == 0:
        return 1.0 if difference == 0 else None
    return float(2 * stats.t.sf(abs(difference) / np.sqrt(variance), df=n_groups - 1))


def benjamini_hochberg(p_values: list[float | None]) -> list[float | None]:
    """Correct p-values for their number (Benjamini and Hochberg, 1995); a missing one stays missing.

    Examples
    --------
    >>> benjamini_hochberg([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    known = [value for value in p_values if value is not None]
    if not known:
        return list(p_values)
    corrected = iter(stats.false_discovery_control(known).tolist())
    return [None if value is None else float(next(corrected)) for value in p_values]
