"""Levels, periods and variants beside each other, and segments over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.api.whom import Whom, texts, window_us_of
from journeymap.compare.levels import LEAST_EFFECT, compare_sides
from journeymap.compare.mix import mix_effects
from journeymap.compare.rank_segments import N_PERMUTATIONS, rank_segments
from journeymap.compare.variants import compare_variants
from journeymap.profiles.migration import migration
from journeymap.profiles.over_time import drift, over_time
from journeymap.segments.overview import every_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.api.whom import By, When
    from journeymap.compare.rank_segments import RankBy
    from journeymap.compare.segment_effects import SegmentRanking
    from journeymap.compare.variants import VariantTest
    from journeymap.measure.funnel import Order
    from journeymap.profiles.migration import Among
    from journeymap.segments.question import Sides
    from journeymap.settings import PeriodLength


class Comparisons(Whom):
    """Levels, periods and variants beside each other, and segments over time."""

    def compare(
        self,
        segment: str | None = None,
        levels: str | Sequence[str] | None = None,
        *,
        after: When = None,
        before: When = None,
        steps: Sequence[str] = (),
        window: str | None = None,
        order: Order = "ordered",
        least_effect: float = LEAST_EFFECT,
    ) -> pd.DataFrame:
        """Compare levels, a level and the rest, or two periods, at every place.

        Parameters
        ----------
        segment, levels
            A segment and its levels: one is compared with the rest, of several every two; None: each with the rest.
        after, before
            Or two periods: journeys that start at or after the one date, and those that start before the other; one
            alone stands for both.
        steps, window, order
            A funnel whose steps are compared too.
        least_effect
            The least effect size (Cohen's h) that counts as a difference.

        Returns
        -------
        DataFrame
            See :func:`journeymap.compare.levels.compare_sides`.
        """
        if segment is not None and levels is None and after is None and before is None:
            compared: list[Sides] = every_level(self._store, self._named(segment)[0], self._question)
        else:
            compared = [self._sides(segment, levels, after, before)]
        return compare_sides(
            self._store, self._question, compared, steps=texts(steps), window_us=window_us_of(window), order=order,
            least_effect=least_effect,
        )  # fmt: skip

    def mix_effects(
        self,
        segment: str | None = None,
        levels: str | Sequence[str] | None = None,
        *,
        within: str,
        after: When = None,
        before: When = None,
    ) -> pd.DataFrame:
        """Take a difference of conversion apart; see :func:`journeymap.compare.mix.mix_effects`.

        ``within`` is the segment that may be mixed otherwise; the rest is as for :meth:`compare`.
        """
        sides = self._two_sides(segment, levels, after, before)
        return mix_effects(self._store, self._question, sides, within=self._named(within)[0])

    def rank_segments(
        self,
        *names: str,
        rank_by: RankBy = "conversion",
        n_permutations: int = N_PERMUTATIONS,
        seed: int = 0,
    ) -> SegmentRanking:
        """Rank segments by what they divide; see :func:`journeymap.compare.rank_segments.rank_segments`."""
        known = self._named(names)
        return rank_segments(
            self._store, self._question, names=known, rank_by=rank_by, n_permutations=n_permutations, seed=seed
        )

    def variants(
        self,
        variant: str,
        *,
        control: str | None = None,
        treatment: str | None = None,
        ratio: tuple[float, float] = (1.0, 1.0),
        by: By = None,
    ) -> VariantTest:
        """Compare two variants; see :func:`journeymap.compare.variants.compare_variants`."""
        (known,) = self._named(variant)
        return compare_variants(self._store, self._by(by), known, control=control, treatment=treatment, ratio=ratio)

    def over_time(self, by: By = None, *, period: PeriodLength = "week") -> pd.DataFrame:
        """Count and rate journeys by calendar period; see :func:`journeymap.profiles.over_time.over_time`."""
        return over_time(self._store, self._by(by), length=period)

    def drift(self, by: By, *, period: PeriodLength = "week") -> pd.DataFrame:
        """Say how a mix changed from period to period; see :func:`journeymap.profiles.over_time.drift`."""
        return drift(self._store, self._by(by), length=period)

    def migration(
        self, by: By, *, period: PeriodLength = "month", among: Among | None = None, last: int | None = None
    ) -> pd.DataFrame:
        """Count how customers move between levels; see :func:`journeymap.profiles.migration.migration`."""
        return migration(self._store, self._by(by), length=period, among=among, last=last)
