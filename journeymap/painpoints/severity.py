"""How severe a finding is."""

from __future__ import annotations

from math import sqrt


def severity(customers: int, n_level_customers: int, ci_low: float | None) -> float:
    """Weigh a finding: the square root of reach times the rate's lower bound, 0 to 1.

    Reach is the share of the level's customers who are hit. The lower bound holds both the effect and its certainty.

    Examples
    --------
    >>> severity(50, 200, 0.36), severity(50, 200, None)
    (0.3, 0.0)
    """
    reach = customers / n_level_customers if n_level_customers else 0.0
    return min(1.0, sqrt(max(0.0, reach * (ci_low or 0.0))))
