"""Watches a store: the last periods against those before them, with limits, for cron."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import exp, log
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import stats

from journeymap.compare.differences import clustered_differences
from journeymap.compare.drift import mix_drift
from journeymap.compare.tests import benjamini_hochberg
from journeymap.errors import QuestionError
from journeymap.measure.interval import jackknife_interval
from journeymap.measure.jackknife import jackknife_variance
from journeymap.model.names import ALL_LEVELS
from journeymap.model.watched import WatchCheck
from journeymap.painpoints.baseline import expect_split, worse_than
from journeymap.profiles.over_time import name_of
from journeymap.profiles.pains_over_time import find_pains
from journeymap.profiles.period_counts import count_periods

if TYPE_CHECKING:
    import numpy.typing as npt

    from journeymap.model.finding import Finding
    from journeymap.model.period import Period
    from journeymap.profiles.period_counts import PeriodCounts
    from journeymap.segments.question import Question
    from journeymap.settings import WatchSettings
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

SIGNIFICANT: Final = 0.05
COLUMNS: Final = tuple(field.name for field in fields(WatchCheck))
_DAY_US: Final = 86_400_000_000
_LEAST_JOURNEYS: Final = 1


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watch looked at.

    Attributes
    ----------
    checks
        Everything that was looked at, alerts first.
    notes
        What could not be looked at, and why.
    examined
        The pain points of the last mature period, those that do not stand up included: to be kept as a baseline, so
        that one which only just did not is not new later. Empty where it was not asked for.
    """

    checks: tuple[WatchCheck, ...]
    notes: tuple[str, ...] = ()
    examined: tuple[Finding, ...] = ()

    @property
    def alerts(self) -> tuple[WatchCheck, ...]:
        """The checks whose limit is exceeded, by more than chance."""
        return tuple(check for check in self.checks if check.is_alert)

    def to_frame(self) -> pd.DataFrame:
        """Give all checks as a pandas frame, one row each, with the attributes of ``WatchCheck`` as columns."""
        frame = pd.DataFrame(
            [{name: getattr(check, name) for name in COLUMNS} for check in self.checks], columns=list(COLUMNS)
        )
        numbers = ["was", "now", "change", "ci_low", "ci_high", "p_value", "q_value", "limit"]
        return frame.astype(dict.fromkeys(numbers, "float64"))


def watch(
    store: Store,
    question: Question,
    limits: WatchSettings,
    *,
    baseline: str | None = None,
    origin: str = "the baseline",
    finds_pains: bool = False,
) -> Watched:
    """Hold the last period against those before it.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments whose levels are looked at too.
    limits
        How long a period is, and what is allowed.
    baseline
        The text of a baseline of pain points (:mod:`journeymap.painpoints.baseline`): what is new or worse than in it
        in the last mature period is an alert.
    origin
        What the baseline is called.
    finds_pains
        Whether to look for pain points without a baseline too, for ``examined``.

    Returns
    -------
    Watched
        Conversion (journeys converted within one horizon of their start / mature journeys) of the last mature period,
        the whole and each level; the number of journeys, the share of each level and the drift of their mix in the last
        complete period. Each is held against up to ``periods_before`` periods of its kind before it, taken together.

    Raises
    ------
    QuestionError
        When no two periods can be compared, or the baseline is none, or one of other segments.

    Notes
    -----
    An alert is beyond its limit and no chance: q at the most 0.05 after correction over all checks (Benjamini and
    Hochberg, 1995). Rates and shares are tested by :func:`journeymap.compare.differences.clustered_differences`, a mix
    by :func:`journeymap.compare.drift.mix_drift`, a volume by a delete-a-group jackknife of the logarithm of its ratio.
    Not looked at: levels with fewer customers than the minimum of the settings in both. What comes with the seasons is
    no chance either: let a period be one that is like those before it.
    """
    if baseline is not None:
        expect_split(baseline, question.by, origin=origin)
    counted = count_periods(store, question, limits.period)
    whole = count_periods(store, question.split(()), limits.period) if question.by else counted
    complete = [at for at, period in enumerate(whole.periods) if period.is_complete]
    mature = [at for at in complete if whole.periods[at].is_mature]
    if len(complete) < 2:  # noqa: PLR2004 - one has nothing before it
        raise QuestionError(
            f"The data reach over {len(complete) or 'no'} whole {limits.period}{'' if len(complete) == 1 else 's'}: "
            "there are no two to compare.",
            hint="Take a shorter --period.",
        )
    watcher = _Watcher(limits, store.settings.journey.minimum_customers)
    notes = _not_compared(store, whole, mature, limits.period)
    parts = [whole, counted] if question.by else [whole]
    checks: list[WatchCheck] = []
    if len(mature) > 1 and whole.counts["in_time"].any():
        for part in parts:
            checks += watcher.conversions(part, mature)
    for part in parts:
        checks += watcher.volumes(part, complete)
    if question.by:
        checks += watcher.mix(counted, complete)
    checks = _judged(checks, limits)
    found: tuple[Finding, ...] = ()
    if (baseline is not None or finds_pains) and mature:
        period = whole.periods[mature[-1]]
        found = find_pains(store, question, period)
        if baseline is not None:
            checks += _pains([item for item in found if item.is_reported], baseline, origin, period)
    return Watched(tuple(sorted(checks, key=lambda check: not check.is_alert)), notes, found)


def _not_compared(store: Store, counted: PeriodCounts, mature: list[int], length: str) -> tuple[str, ...]:
    """Say why conversion is not compared, or which periods are too young for it."""
    if not counted.counts["in_time"].any():
        why = "no journey converted within one horizon of its start" if _has_goal(store) else "the store has no goal"
        return (f"Conversion is not compared, since {why}.",)
    if len(mature) < 2:  # noqa: PLR2004 - one has nothing before it
        n_mature = f"{len(mature) or 'no'} whole {length}{'' if len(mature) == 1 else 's'}"
        why = f"{n_mature} of the data {'is' if len(mature) == 1 else 'are'} mature"
        need = "each journey that starts in one needs a horizon until the data end"
        return (f"Conversion is not compared, since {why}: {need}. Take a shorter --period, or wait.",)
    young = [period.name for period in counted.periods[mature[-1] + 1 :] if period.is_complete]
    if not young:
        return ()
    watched = counted.periods[mature[-1]].name
    return (f"Conversion is that of {watched}: journeys of {_from_to(young)} are too young to judge.",)


def _from_to(names: list[str]) -> str:
    """Name several periods.

    Examples
    --------
    >>> _from_to(["2026-03", "2026-04", "2026-05"]), _from_to(["2026-03"])
    ('2026-03 to 2026-05', '2026-03')
    """
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _has_goal(store: Store) -> bool:
    return bool(store.engine.execute("SELECT count(*) FROM touchpoints WHERE is_goal")[0][0])


@dataclass(frozen=True, slots=True)
class _Watcher:
    """Makes checks whose q-values and verdicts are still to come."""

    limits: WatchSettings
    minimum: int

    def conversions(self, counted: PeriodCounts, mature: list[int]) -> list[WatchCheck]:
        now, before = self._periods(mature)
        a, b = counted.rates("in_time", [now]), counted.rates("in_time", before)
        found = clustered_differences(a, b)
        enough = (np.minimum(a.customers, b.customers) >= self.minimum) & (b.n_hits > 0)
        return [
            self._check(
                "conversion", counted, at, (now, before), was=b.rate[at], now=a.rate[at], change=found.difference[at],
                interval=(found.ci_low[at], found.ci_high[at]), p_value=found.p_value[at],
                limit=self.limits.conversion_drop,
            )
            for at in np.flatnonzero(enough).tolist()
        ]  # fmt: skip

    def mix(self, counted: PeriodCounts, complete: list[int]) -> list[WatchCheck]:
        now, before = self._periods(complete)
        a, b = counted.shares([now]), counted.shares(before)
        drift = mix_drift(a.hits, b.hits)
        if drift is None:
            return []
        found = clustered_differences(a, b)
        checks = [
            self._check(
                "share", counted, at, (now, before), was=b.rate[at], now=a.rate[at], change=found.difference[at],
                interval=(found.ci_low[at], found.ci_high[at]), p_value=found.p_value[at],
                limit=self.limits.share_change,
            )
            for at in range(len(counted.levels))
            if min(a.customers[at], b.customers[at]) >= self.minimum
        ]  # fmt: skip
        whole = self._check(
            "drift", counted, None, (now, before), was=None, now=drift.index, change=None, interval=(None, None),
            p_value=drift.p_value, limit=self.limits.drift,
        )  # fmt: skip
        return [whole, *checks]

    def volumes(self, counted: PeriodCounts, complete: list[int]) -> list[WatchCheck]:
        now, before = self._periods(complete)
        journeys, customers = counted.journeys(), counted.counts["all_customers"]
        days = [(period.end_us - period.start_us) / _DAY_US for period in counted.periods]
        scale = days[now] / sum(days[at] for at in before)
        checks = []
        for at in range(len(counted.levels)):
            a, b = journeys[at, now], journeys[at, before].sum(axis=0)
            if b.sum() < _LEAST_JOURNEYS or customers[at, before].sum() < self.minimum:
                continue
            low, high, p_value = _ratio_test(a, b, scale)
            was = float(b.sum() * scale)
            checks.append(
                self._check(
                    "volume", counted, at, (now, before), was=was, now=a.sum(), change=a.sum() / was - 1,
                    interval=(low, high), p_value=p_value, limit=self.limits.volume_drop,
                )
            )  # fmt: skip
        return checks

    def _periods(self, usable: list[int]) -> tuple[int, list[int]]:
        """Give the last usable period, and those before it."""
        return usable[-1], usable[-1 - self.limits.periods_before : -1]

    def _check(
        self,
        what: str,
        counted: PeriodCounts,
        at: int | None,
        periods: tuple[int, list[int]],
        *,
        was: float | None,
        now: float,
        change: float | None,
        interval: tuple[float | None, float | None],
        p_value: float | None,
        limit: float,
    ) -> WatchCheck:
        watched, before = periods
        return WatchCheck(
            what=what,  # type: ignore[arg-type]  # one of the four
            level=ALL_LEVELS if at is None else name_of(counted.levels[at]),
            place="",
            period=counted.periods[watched].name,
            before=_from_to([counted.periods[number].name for number in before]),
            was=_known(was),
            now=float(now),
            change=_known(change),
            ci_low=_known(interval[0]),
            ci_high=_known(interval[1]),
            p_value=_known(p_value),
            q_value=None,
            limit=limit,
            is_relative=what in {"conversion", "volume"},
            is_alert=False,
        )


def _ratio_test(now: Floats, before: Floats, scale: float) -> tuple[float | None, float | None, float | None]:
    """Test whether a number of journeys is what it was; give the interval of now / before - 1, and the p-value.

    Without a journey now there is no logarithm: the p-value is then that of none of all journeys falling in the period.
    """
    n_now, n_before = now.sum(), before.sum()
    if n_now == 0:
        return None, None, float((1 / (1 + scale)) ** n_before)
    filled = (now > 0) | (before > 0)
    left, rest = n_now - now[filled], n_before - before[filled]
    if filled.sum() < 2 or min(left.min(), rest.min()) <= 0:  # noqa: PLR2004 - one group has no variance
        return None, None, None
    centre = log(n_now / (n_before * scale))
    without = np.log(left / (rest * scale))
    low, high = jackknife_interval([centre], without[None, :])
    error = float(np.sqrt(jackknife_variance(np.append(centre, without))))
    if error == 0:
        return None, None, 1.0 if centre == 0 else None
    p_value = float(2 * stats.t.sf(abs(centre) / error, df=int(filled.sum()) - 1))
    return exp(low[0]) - 1, exp(high[0]) - 1, p_value


def _judged(checks: list[WatchCheck], limits: WatchSettings) -> list[WatchCheck]:
    """Correct for the number of checks, and say which are alerts."""
    q_values = benjamini_hochberg([check.p_value for check in checks])
    return [_judge(replace(check, q_value=q), limits) for check, q in zip(checks, q_values, strict=True)]


def _judge(check: WatchCheck, limits: WatchSettings) -> WatchCheck:
    if check.q_value is None or check.q_value > SIGNIFICANT:
        return check
    if check.what == "conversion" and check.change is not None and check.was:
        points = limits.conversion_drop_points
        if -check.change / check.was > limits.conversion_drop:
            return replace(check, is_alert=True)
        if points is None or -check.change <= points:
            return check
        return replace(check, is_alert=True, limit=points, is_relative=False)
    if check.what == "drift":
        return replace(check, is_alert=check.now > limits.drift)
    if check.what == "share":
        return replace(check, is_alert=abs(check.change or 0) > limits.share_change)
    return replace(check, is_alert=-(check.change or 0) > limits.volume_drop)


def _pains(found: list[Finding], baseline: str, origin: str, period: Period) -> list[WatchCheck]:
    return [
        WatchCheck(
            what="pain_point",
            level=name_of(tuple(level for _, level in item.finding.levels)),
            place=f"{item.finding.kind}: {item.finding.place}",
            period=period.name,
            before=origin,
            was=item.was,
            now=item.finding.rate or 0.0,
            change=None if item.was is None or item.finding.rate is None else item.finding.rate - item.was,
            ci_low=item.finding.ci_low,
            ci_high=item.finding.ci_high,
            p_value=None,
            q_value=None,
            limit=None,
            is_relative=False,
            is_alert=True,
        )
        for item in worse_than(found, baseline, origin=origin)
    ]


def _known(number: float | None) -> float | None:
    return None if number is None or not np.isfinite(number) else float(number)
