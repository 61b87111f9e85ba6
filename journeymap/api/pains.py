"""What hurts, what stands behind it, and whether it came back."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from journeymap.api.whom import Whom, texts
from journeymap.errors import QuestionError, suggest
from journeymap.painpoints.abandonment import DEFAULT_WINDOW_US
from journeymap.painpoints.baseline import read_baseline
from journeymap.painpoints.evidence import Evidence, evidence_of
from journeymap.painpoints.examine import examine, examine_pair
from journeymap.painpoints.table import PainPoints
from journeymap.profiles.pains_over_time import pains_over_time
from journeymap.profiles.watch import Watched, watch
from journeymap.segments.overview import usable_segments
from journeymap.settings import Settings, WatchSettings, check_settings, parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from journeymap.api.whom import By
    from journeymap.model.finding import Finding
    from journeymap.settings import PeriodLength


class Pains(Whom):
    """What hurts, what stands behind it, and whether it came back."""

    def pain_points(
        self,
        *,
        after: str | None = None,
        without: str | Sequence[str] | None = None,
        within: str | None = None,
        by: By = None,
        each: By = None,
        kinds: By = None,
        examined: bool = False,
    ) -> PainPoints:
        """Find pain points, worst first; see :mod:`journeymap.painpoints`.

        Reported is what stands up: corrected for everything that was looked at, and large enough to matter.

        Parameters
        ----------
        after, without, within
            Look for one abandonment: after this touchpoint none of those (None: the goal) within that time (None:
            7 days).
        by
            The segments that split it together.
        each
            Segments that split it one at a time, in one go; ``all`` for every segment with 2 to 12 levels.
        kinds
            The detectors to run; None for all.
        examined
            Give everything that was looked at; ``is_reported`` says what stands up.
        """
        question = self._by(by)
        if after is None and without is None and within is None:
            all_of_them = each == "all"
            segments = tuple(usable_segments(self._store, question)) if all_of_them else self._named(each)
            found = examine(self._store, question, each=segments, kinds=texts(kinds))
            shown = [finding for finding in found.findings if examined or finding.is_reported]
            return PainPoints(shown, question.by, each=segments, skipped=found.skipped, n_examined=len(found.findings))
        if each is not None or kinds is not None:
            raise QuestionError(
                "One pair of touchpoints is looked at by --by, not by --each or --kind.",
                hint="Leave out --after, --without and --within, or the others.",
            )
        window_us = DEFAULT_WINDOW_US if within is None else parse_duration(within, what="within")
        pair = examine_pair(self._store, question, after=after, without=texts(without), window_us=window_us)
        return PainPoints(pair, question.by, n_examined=len(pair))

    def evidence(self, finding: Finding) -> Evidence:
        """Gather what stands behind a finding; see :func:`journeymap.painpoints.evidence.evidence_of`."""
        return evidence_of(self._store, self._question, finding, segments=usable_segments(self._store, self._question))

    def pains_over_time(
        self, by: By = None, *, period: PeriodLength = "month", kinds: By = None, last: int | None = None
    ) -> pd.DataFrame:
        """Find pain points in each period; see :func:`journeymap.profiles.pains_over_time.pains_over_time`."""
        return pains_over_time(self._store, self._by(by), length=period, kinds=texts(kinds), last=last)

    def watch(
        self,
        by: By = None,
        *,
        against: str | Path | None = None,
        finds_pains: bool = False,
        **limits: Any,  # noqa: ANN401 - each has its own type
    ) -> Watched:
        """Hold the last period against those before it.

        Parameters
        ----------
        by
            The segments whose levels are looked at too.
        against
            The file of a baseline of pain points.
        finds_pains
            Whether to look for pain points without a baseline too.
        **limits
            What to take in place of ``[watch]`` of the settings: see :class:`journeymap.settings.WatchSettings`, such
            as ``period="month"`` or ``conversion_drop=0.2``.

        Returns
        -------
        Watched
            See :func:`journeymap.profiles.watch.watch`: ``alerts``, ``checks``, ``notes``, ``to_frame()``.

        Raises
        ------
        QuestionError, SettingsError
            When no two periods can be compared, or a limit is none.

        Examples
        --------
        >>> import pandas as pd
        >>> import journeymap as jm
        >>> days = pd.date_range("2026-01-05", "2026-01-18 23:00", freq="h")
        >>> log = {"customer": [str(at) for at in range(len(days))], "timestamp": days, "event": "visit"}
        >>> found = jm.open(pd.DataFrame(log)).watch()
        >>> found.alerts, [(check.what, check.was, check.now) for check in found.checks]
        ((), [('volume', 168.0, 168.0)])
        """
        known = [field.name for field in fields(WatchSettings)]
        for name in limits:
            if name not in known:
                raise QuestionError(f"There is no limit '{name}'. {suggest(name, known)}")
        asked = replace(self.settings.watch, **limits)
        check_settings(Settings(watch=asked), origin="The limits")
        return watch(
            self._store,
            self._by(by),
            asked,
            baseline=None if against is None else read_baseline(against),
            origin="the baseline" if against is None else str(against),
            finds_pains=finds_pains,
        )
