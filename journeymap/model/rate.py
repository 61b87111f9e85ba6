"""A rate with what it was made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of units, with its counts and its 95 % interval.

    Attributes
    ----------
    numerator
        The units that count.
    denominator
        The mature units looked at.
    rate
        numerator / denominator, 0 to 1, or None where the denominator is 0.
    ci_low, ci_high
        The 95 % interval, clustered by customer, or None where there is no rate.
    """

    numerator: int
    denominator: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with what it was made from.

    Attributes
    ----------
    value
        The mean.
    n
        The units that it is over.
    customers
        Distinct customers behind them.
    ci_low, ci_high
        The 95 % interval, clustered by customer.
    """

    value: float
    n: int
    customers: int
    ci_low: float
    ci_high: float
