"""A plant: one pain point that a simulated shop has, at a known place, level and size.

The shop without a plant has no difference between levels and no change over time. A plant changes one thing there: what
comes next after one touchpoint, how long one step takes, how long one page loads, or the score at one touchpoint; for
one level of one attribute, or for everybody on some days. What follows from it further down is unavoidable: ``also``
lists the other kinds and touchpoints where the same plant may rightly be found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from journeymap.datasets.planted_rows import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

Measure = Literal["next", "gap", "load", "score"]

_MOST_OFTEN: Final = 0.95
_LOWEST_SCORE: Final = 1.2


@dataclass(frozen=True, slots=True)
class Plant:
    """One pain point in a simulated shop.

    Attributes
    ----------
    kind
        The detector that should find it.
    place
        Where it hurts, in words: a touchpoint, or touchpoints with arrows between them.
    segment, level
        Whom it hurts; empty: everybody, on the days.
    effect
        The number there: a probability (``next``), a factor of the time (``gap``) or of the loading time (``load``), or
        a mean score.
    usual
        The same number everywhere else.
    measure
        What changes: ``next``, the probability that one of the targets comes next after the source; ``gap``, the time
        from the source to the targets; ``load``, the page's loading time at the source; ``score``, the score there.
    source
        The touchpoint where it changes.
    targets
        What comes next; ``(away)`` is leaving.
    touchpoints
        Where a finding of it may stand on a map; each of them is the right place.
    mentions
        The touchpoints that the finding's place has to name; empty: the one it stands at.
    words
        The effect in a sentence, with ``{effect}`` and ``{usual}``.
    days
        The first and the last day (0 is the shop's first), where it holds on some days only.
    also
        (kind, touchpoint) pairs of its consequences; an empty kind is any kind, an empty touchpoint anywhere.
    """

    kind: str
    place: str
    segment: str
    level: str
    effect: float
    usual: float
    measure: Measure
    source: str
    targets: tuple[str, ...]
    touchpoints: tuple[str, ...]
    words: str
    mentions: tuple[str, ...] = ()
    days: tuple[int, int] | None = None
    also: tuple[tuple[str, str], ...] = ()

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        """The levels as a finding has them; none for everybody."""
        return ((self.segment, self.level),) if self.segment else ()

    def describe(self) -> str:
        """Say the effect in words and numbers.

        Examples
        --------
        >>> from journeymap.datasets.plants import PLANTS
        >>> PLANTS["abandonment"].describe()
        'after cart, region south leaves with probability 0.65 instead of 0.45'
        """
        return self.words.format(effect=f"{self.effect:g}", usual=f"{self.usual:g}")

    def scaled(self, factor: float) -> Plant:
        """Give the same plant with an effect so many times as large.

        The difference is multiplied; of a factor of time, its logarithm. A probability ends at 0.95, a mean score at
        1.2.

        Examples
        --------
        >>> from journeymap.datasets.plants import PLANTS
        >>> PLANTS["slow_step"].scaled(0.5).effect
        2.0
        """
        if self.measure in {"gap", "load"}:
            return replace(self, effect=(self.effect / self.usual) ** factor * self.usual)
        effect = round(self.usual + factor * (self.effect - self.usual), 9)
        return replace(self, effect=max(effect, _LOWEST_SCORE) if self.measure == "score" else min(effect, _MOST_OFTEN))

    def is_hit(
        self,
        kind: str,
        place: str,
        touchpoint: str,
        levels: Sequence[tuple[str, str]],
        *,
        began: str = "",
        ended: str = "",
    ) -> bool:
        """Say whether a finding is this plant: of its kind, at its place and about its level.

        Parameters
        ----------
        kind, place, touchpoint, levels, began, ended
            Of the finding. Where the plant holds on some days only, one of them has to lie from ``began`` to ``ended``.

        Examples
        --------
        >>> from journeymap.datasets.plants import PLANTS
        >>> plant = PLANTS["failed_search"]
        >>> plant.is_hit("failed_search", "search", "search", [("device", "tablet")])
        True
        >>> plant.is_hit("failed_search", "search_engine", "search_engine", [("device", "tablet")])
        False
        """
        named = self.mentions or (touchpoint,)
        return (
            kind == self.kind
            and touchpoint in self.touchpoints
            and all(_names(place, name) for name in named)
            and tuple(levels) == self.levels
            and self._holds_within(began, ended)
        )

    def _holds_within(self, began: str, ended: str) -> bool:
        if self.days is None:
            return True
        first, last = ((FIRST_DAY + timedelta(days=day)).isoformat() for day in self.days)
        return bool(began) and bool(ended) and began <= last and first <= ended

    def is_consequence(self, kind: str, touchpoint: str, levels: Sequence[tuple[str, str]]) -> bool:
        """Say whether a finding, where it is no hit, follows from the plant: at its level, and in ``also``."""
        if tuple(levels) != self.levels:
            return False
        listed = any(what in {"", kind} and where in {"", touchpoint} for what, where in self.also)
        return listed or (kind == self.kind and touchpoint in self.touchpoints)


def _names(place: str, touchpoint: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(touchpoint)}(?!\w)", place) is not None
