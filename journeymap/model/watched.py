"""What a watch looked at, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal["conversion", "share", "drift", "volume", "pain_point"]


@dataclass(frozen=True, slots=True)
class WatchCheck:
    """One number of a period, held against those before it.

    Attributes
    ----------
    what
        ``conversion`` (journeys converted within one horizon of their start / mature journeys), ``share`` (of a level
        in the journeys of the period), ``drift`` (population stability index of all levels), ``volume`` (journeys that
        start) or ``pain_point`` (its rate).
    level
        The level that it is about; ``(all)`` for the whole.
    place
        Where a pain point is; "" otherwise.
    period
        The period that is watched.
    before
        What it is held against: a period, the first and the last of several, or the baseline's file.
    was, now
        The number before and now. For a volume the one before is scaled to the days of the period. The number before is
        None for a drift, whose number compares the two, and for a pain point that is new.
    change
        now - was of a conversion, share or pain point; now / was - 1 of a volume; None otherwise.
    ci_low, ci_high
        The 95 % interval of the change, clustered by customer; of a pain point that of its rate. None where there is
        none.
    p_value
        Two-sided; the customer is the unit. None where too few customers stand behind it, and for pain points.
    q_value
        The same, corrected for all checks of the watch (Benjamini and Hochberg, 1995).
    limit
        What was allowed: of a conversion the relative fall (or that in points, where it is what was exceeded), of a
        volume the relative fall, of a share the move either way; None for a pain point.
    is_relative
        Whether the limit of a fall is a share of the number before, and not of the whole.
    is_alert
        Whether the limit is exceeded, and by more than chance: q at the most 0.05. A pain point is one where it is new
        or worse than in the baseline.
    """

    what: What
    level: str
    place: str
    period: str
    before: str
    was: float | None
    now: float
    change: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    q_value: float | None
    limit: float | None
    is_relative: bool
    is_alert: bool
