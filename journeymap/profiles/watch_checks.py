"""The checks of a watch: one period against those before it, tested, corrected and held against limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

from journeymap.compare.correction import benjamini_hochberg
from journeymap.compare.differences import clustered_differences
from journeymap.compare.drift import mix_drift, share_changes
from journeymap.measure.interval import jackknife_interval
from journeymap.measure.jackknife import jackknife_variance
from journeymap.model.names import ALL_LEVELS
from journeymap.model.numbers import known_number
from journeymap.model.watched import WatchCheck
from journeymap.profiles.over_time import name_of
from journeymap.settings.durations import DAY_US

if TYPE_CHECKING:
    import numpy.typing as npt

    from journeymap.profiles.period_counts import PeriodCounts
    from journeymap.settings import WatchSettings

    Floats = npt.NDArray[np.float64]

SIGNIFICANT: Final = 0.05
_LEAST_JOURNEYS: Final = 1


@dataclass(frozen=True, slots=True)
class Watcher:
    """Makes checks whose q-values and verdicts are still to come."""

    limits: WatchSettings
    minimum: int

    def conversions(self, counted: PeriodCounts, mature: list[int]) -> list[WatchCheck]:
        """Check journeys converted in time / mature journeys of each level, in the last of some periods."""
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
        """Check the share of each level in the journeys of the last of some periods, and the drift of all shares."""
        now, before = self._periods(complete)
        a, b = counted.shares([now]), counted.shares(before)
        drift = mix_drift(a.hits, b.hits)
        if drift is None:
            return []
        found = share_changes(a, b)
        customers = np.maximum(counted.customers([now]), counted.customers(before))
        checks = [
            self._check(
                "share", counted, at, (now, before), was=b.rate[at], now=a.rate[at], change=found.difference[at],
                interval=(found.ci_low[at], found.ci_high[at]), p_value=found.p_value[at],
                limit=self.limits.share_change,
            )
            for at in range(len(counted.levels))
            if customers[at] >= self.minimum
        ]  # fmt: skip
        whole = self._check(
            "drift", counted, None, (now, before), was=None, now=drift.index, change=None, interval=(None, None),
            p_value=drift.p_value, limit=self.limits.drift,
        )  # fmt: skip
        return [whole, *checks]

    def volumes(self, counted: PeriodCounts, complete: list[int]) -> list[WatchCheck]:
        """Check the journeys of each level that start in the last of some periods, per day."""
        now, before = self._periods(complete)
        journeys, customers = counted.journeys(), counted.customers(before)
        days = [(period.end_us - period.start_us) / DAY_US for period in counted.periods]
        scale = days[now] / sum(days[at] for at in before)
        checks = []
        for at in range(len(counted.levels)):
            a, b = journeys[at, now], journeys[at, before].sum(axis=0)
            if b.sum() < _LEAST_JOURNEYS or customers[at] < self.minimum:
                continue
            low, high, p_value = ratio_test(a, b, scale, n_customers=float(customers[at]))
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
            before=from_to([counted.periods[number].name for number in before]),
            was=known_number(was),
            now=float(now),
            change=known_number(change),
            ci_low=known_number(interval[0]),
            ci_high=known_number(interval[1]),
            p_value=known_number(p_value),
            q_value=None,
            limit=limit,
            is_relative=what in {"conversion", "volume"},
            is_alert=False,
        )


def ratio_test(
    now: Floats, before: Floats, scale: float, *, n_customers: float
) -> tuple[float | None, float | None, float | None]:
    """Test whether a number of journeys is what it was; give the interval of now / before - 1, and the p-value.

    Without a journey now there is no logarithm: the p-value is then that of none of so many customers coming in the
    period. How often each of them came before says nothing more, since one customer's journeys are not independent.
    """
    n_now, n_before = now.sum(), before.sum()
    if n_now == 0:
        return None, None, float((1 / (1 + scale)) ** n_customers)
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


def judge_checks(checks: list[WatchCheck], limits: WatchSettings) -> list[WatchCheck]:
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


def from_to(names: list[str]) -> str:
    """Name several periods.

    Examples
    --------
    >>> from_to(["2026-03", "2026-04", "2026-05"]), from_to(["2026-03"])
    ('2026-03 to 2026-05', '2026-03')
    """
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
