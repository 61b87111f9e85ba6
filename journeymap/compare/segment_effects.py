"""What segments divide, as values: one segment's effects, and all of them in order."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from journeymap.model.shown import Tabled

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class SegmentEffect:
    """What a segment divides.

    Attributes
    ----------
    segment, unit
        Its name, and whether customers or journeys have a level.
    levels
        How many levels it has, ``(none)`` included.
    conversion_effect
        Cramér's V between level and conversion of mature journeys, 0 to 1, less what as many levels do by chance.
    lowest, lowest_rate, highest, highest_rate
        The levels with the lowest and the highest conversion (converted / mature journeys), of those with enough
        customers; None where there are none.
    conversion_p, conversion_q
        Of the hypothesis that levels have nothing to do with conversion; q is corrected over all segments and both
        questions. None where nothing can be tested.
    path_divergence
        The Jensen-Shannon divergence between the levels of what follows a touchpoint, in bits per transition, less what
        as many levels do by chance.
    differs_at
        The transition for which it is least likely that the levels go it equally often by chance; "" where none is
        gone often enough to be tested.
    path_p, path_q
        Of the hypothesis that levels have nothing to do with what follows any touchpoint: the smallest p-value of the
        transitions, corrected for their number. Else as for the conversion.
    """

    segment: str
    unit: str
    levels: int
    conversion_effect: float
    lowest: str | None
    lowest_rate: float | None
    highest: str | None
    highest_rate: float | None
    conversion_p: float | None
    conversion_q: float | None
    path_divergence: float
    differs_at: str
    path_p: float | None
    path_q: float | None


@dataclass(frozen=True, slots=True, repr=False)
class SegmentRanking(Tabled):
    """Segments in the order of what they divide.

    Attributes
    ----------
    effects
        The segments, the strongest first.
    skipped
        (segment, reason) of those that were not looked at.
    n_customers, n_sampled
        How many customers there are, and how many were looked at.
    """

    effects: tuple[SegmentEffect, ...]
    skipped: tuple[tuple[str, str], ...]
    n_customers: int
    n_sampled: int

    def to_frame(self) -> pd.DataFrame:
        """Give one row per segment, with the columns of :class:`SegmentEffect`; a missing number is NaN."""
        import pandas as pd

        names = [item.name for item in fields(SegmentEffect)]
        frame = pd.DataFrame([[getattr(one, name) for name in names] for one in self.effects], columns=names)
        numbers = [name for name in names if name.endswith(("_p", "_q", "_rate", "_effect", "_divergence"))]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what a reader should know: who was sampled, what was left out and why."""
        notes = []
        if self.n_sampled < self.n_customers:
            notes.append(f"From a sample of {self.n_sampled:,} of {self.n_customers:,} customers.")
        reasons: dict[str, list[str]] = {}
        for name, reason in self.skipped:
            reasons.setdefault(reason, []).append(name)
        notes += [f"Not compared, {reason}: {', '.join(names)}." for reason, names in reasons.items()]
        return tuple(notes)
