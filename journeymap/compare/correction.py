"""Many looks are corrected for."""

from __future__ import annotations

from scipy import stats


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
