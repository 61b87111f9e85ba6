"""Shares and percentiles, where 'nothing to divide by' is None."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MICROSECONDS = 1_000_000


def ratio(part: float | None, whole: float | None) -> float | None:
    if part is None or whole is None or whole == 0:
        return None
    return part / whole


def mean_seconds(durations_us: Sequence[int]) -> float | None:
    if not durations_us:
        return None
    return sum(durations_us) / len(durations_us) / MICROSECONDS


def percentile_seconds(durations_us: Sequence[int], percent: int) -> float | None:
    """Interpolate linearly between the two nearest values, as SQL's quantile_cont does."""
    if not durations_us:
        return None
    ordered = sorted(durations_us)
    below, hundredths = divmod((len(ordered) - 1) * percent, 100)
    above = min(below + 1, len(ordered) - 1)
    return (ordered[below] * (100 - hundredths) + ordered[above] * hundredths) / 100 / MICROSECONDS


def median_seconds(durations_us: Sequence[int]) -> float | None:
    return percentile_seconds(durations_us, 50)
