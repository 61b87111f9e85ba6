"""Sudden change: a pain that came, and perhaps went, within the period.

What it is
    For some days something happens far more often than at other times: a faulty release, an incident, a courier on
    strike.
Why it hurts
    It is new, so it has a cause that can be found, and it may go on.
How it is measured
    Every other detector's units are counted by day. What is expected of a day is its units at the rates of the whole
    period, within the same stratum. The window of days with the most hits above that is found by a scan over all
    windows of up to half the period; its p-value counts that all windows were looked at (see
    :func:`journeymap.compare.scan.scan_windows`), and is corrected with all other findings. ``rate`` is that of the
    window, ``baseline`` that of the other days; ``began`` and ``ended`` are its days (UTC).
What can be set
    Nothing. Periods of fewer than 14 days are not looked at.
Known false alarms
    Holidays and campaigns. The interval is that of a window chosen because it is high.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from journeymap.compare.scan import scan_windows
from journeymap.measure.interval import clustered_interval
from journeymap.model.finding import Finding
from journeymap.painpoints.bases import with_base
from journeymap.painpoints.packing import HIT, IMMATURE
from journeymap.painpoints.severity import severity
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Query, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from journeymap.compare.scan import Window
    from journeymap.painpoints.look import Look
    from journeymap.painpoints.packing import Cells
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

KIND: Final = "sudden_change"
LEAST_DAYS: Final = 14
MOST_BINS: Final = 120
LEAST_HITS: Final = 10
LEAST_LIFT: Final = 1.5
_WORTH_COUNTING: Final = 0.01
_STRAY_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Change:
    """A place of a look that was scanned: its p-value, and the finding where it is worth one."""

    p_value: float
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan of the days found: the windows worth a finding, and the p-values of the other places."""

    found: tuple[_Found, ...]
    others: tuple[float, ...]


def _without_strays(days: pd.DataFrame) -> pd.DataFrame:
    """Leave out the few units of days that lie further from all others than those reach: wrong dates, mostly.

    Days are scanned in at the most :data:`MOST_BINS` bins, and one unit of 1900 would make each bin a year.
    """
    while len(days):
        n_units = days.groupby("day", sort=True)["n"].sum()
        at = n_units.index.to_numpy(dtype=np.int64)
        gaps = np.diff(at)
        if not len(gaps) or gaps.max() * 2 <= at[-1] - at[0]:
            return days
        cut = int(gaps.argmax()) + 1
        before, after = n_units.iloc[:cut].sum(), n_units.iloc[cut:].sum()
        if min(before, after) > _STRAY_SHARE * (before + after):
            return days
        days = days[days["day"] >= at[cut]] if before < after else days[days["day"] < at[cut]]
    return days


def scan_days(days: pd.DataFrame) -> Scanned:
    """Scan every place of a look for a window of days in which it was worse.

    Parameters
    ----------
    days
        Its units by day, as :func:`journeymap.painpoints.count.count_days` counts them.
    """
    days = _without_strays(days)
    first_day, last_day = (0, -1) if days.empty else (int(days["day"].min()), int(days["day"].max()))
    if last_day - first_day + 1 < LEAST_DAYS:
        return Scanned((), ())
    width = -(-(last_day - first_day + 1) // MOST_BINS)
    table = _binned(days, (days["day"].to_numpy(dtype=np.int64) - first_day) // width)
    others: list[float] = []
    found: list[_Found] = []
    for at, key in enumerate(table.keys):
        hits = table.hits[at]
        window = None if hits.sum() < LEAST_HITS else scan_windows(hits, table.expected[at], table.variance[at])
        if window is None:
            continue
        within = slice(window.first, window.last + 1)
        n_hits, n_units = int(hits[within].sum()), int(table.units[at][within].sum())
        n_outside = int(table.units[at].sum()) - n_units
        baseline = (int(hits.sum()) - n_hits) / n_outside if n_outside else None
        first, last = first_day + window.first * width, first_day + (window.last + 1) * width - 1
        this = _Found(window, int(key), first, last, n_hits, n_units, baseline)
        if window.p_value <= _WORTH_COUNTING and this.lift is not None and this.lift >= LEAST_LIFT:
            found.append(this)
        else:
            others.append(window.p_value)
    return Scanned(tuple(found), tuple(others))


def changes_of(
    store: Store,
    look: Look,
    places: pd.DataFrame,
    cells: Cells,
    scanned: Scanned,
    *,
    n_customers: int,
    mean_goal_value: float | None,
) -> list[Change]:
    """Count what the windows of a scan hold, and make findings of them.

    Parameters
    ----------
    store
        Where the units of the look are kept (see :func:`journeymap.painpoints.count.counted_units`).
    look
        What was counted.
    places
        Its places: ``place_key``, ``place``, ``touchpoint``.
    cells
        How its units are packed.
    scanned
        What :func:`scan_days` found in its days.
    n_customers
        Distinct customers of the population.
    mean_goal_value
        Mean value of a goal visit, or None.
    """
    changes = [Change(p_value, None) for p_value in scanned.others]
    if not scanned.found:
        return changes
    named, counted = places.set_index("place_key"), _inside(store, look, places, cells, scanned.found)
    for this in scanned.found:
        inside = counted[counted["place_key"] == this.key]
        place = str(named.loc[this.key, "place"]), str(named.loc[this.key, "touchpoint"])
        changes.append(Change(this.window.p_value, _finding(look, place, this, inside, n_customers, mean_goal_value)))
    return changes


@dataclass(frozen=True, slots=True)
class _Found:
    """A window of days that is worth a finding: its place, its days, and what was counted inside and outside."""

    window: Window
    key: int
    first_day: int
    last_day: int
    n_hits: int
    n_units: int
    baseline: float | None

    @property
    def rate(self) -> float:
        return self.n_hits / self.n_units

    @property
    def lift(self) -> float | None:
        return self.rate / self.baseline if self.baseline else None


def is_large_change(finding: Finding, minimum_customers: int) -> bool:
    """Say whether a change is large enough to be reported."""
    return (
        finding.n_hits >= LEAST_HITS
        and finding.customers >= minimum_customers
        and finding.lift is not None
        and finding.lift >= LEAST_LIFT
    )


@dataclass(frozen=True, slots=True)
class _Binned:
    """Counts of shape (places, bins): units, hits, those expected at the place's usual rates, and their variance."""

    keys: npt.NDArray[np.int64]
    units: Floats
    hits: Floats
    expected: Floats
    variance: Floats


def _binned(days: pd.DataFrame, bins: npt.NDArray[np.int64]) -> _Binned:
    keys, place = np.unique(days["place_key"].to_numpy(dtype=np.int64), return_inverse=True)
    strata, stratum = np.unique(days["stratum"].to_numpy(dtype=np.int64), return_inverse=True)
    counted = np.zeros((2, len(keys), len(strata), int(bins.max()) + 1))
    outcome = days["outcome"].to_numpy(dtype=np.int64)
    np.add.at(counted, (outcome, place, stratum, bins), days["n"].to_numpy(dtype=np.float64))
    hits, units = counted[1], counted.sum(axis=0)
    totals = units.sum(axis=2, keepdims=True)
    rate = np.divide(hits.sum(axis=2, keepdims=True), totals, out=np.zeros_like(totals), where=totals > 0)
    return _Binned(
        keys, units.sum(axis=1), hits.sum(axis=1), (units * rate).sum(axis=1), (units * rate * (1 - rate)).sum(axis=1)
    )


def _inside(store: Store, look: Look, places: pd.DataFrame, cells: Cells, found: Sequence[_Found]) -> pd.DataFrame:
    """Count the units inside windows, per place and customer group."""
    bases = with_base(look, places, pd.Series([this.key for this in found]))
    windows = "\nUNION ALL\n".join(
        f"SELECT {this.key} AS place_key, {base} AS unit_key, "
        f"{this.first_day} AS first_day, {this.last_day} AS last_day"
        for this, base in zip(found, bases, strict=True)
    )
    within = f"u.day >= w.first_day AND u.day <= w.last_day AND {cells.outcome}"
    steps = (
        Step("windows", windows),
        Step(
            "units_within",
            f"""
            SELECT w.place_key, {cells.group} AS customer_group, u.journey_number, 1 AS n_units, 0 AS n_hits
            FROM look_units u JOIN windows w ON w.unit_key = {cells.place} AND {within} < {IMMATURE}
            UNION ALL
            SELECT w.place_key, {cells.group} AS customer_group, u.journey_number, 0 AS n_units, 1 AS n_hits
            FROM look_units u JOIN windows w ON w.place_key = {cells.place} AND {within} = {HIT}
            """,
        ),
        Step(
            "units_inside",
            """
            SELECT u.place_key, u.customer_group, u.journey_number, j.customer_key, u.n_units, u.n_hits
            FROM units_within u JOIN coded_journeys j ON j.journey_number = u.journey_number
            """,
        ),
    )
    select = """
        SELECT place_key, customer_group,
            CAST(sum(n_units) AS BIGINT) AS n_units, CAST(sum(n_hits) AS BIGINT) AS n_hits,
            count(DISTINCT customer_key) AS unit_customers,
            count(DISTINCT CASE WHEN n_hits = 1 THEN customer_key END) AS customers,
            count(DISTINCT CASE WHEN n_hits = 1 THEN journey_number END) AS journeys
        FROM units_inside GROUP BY place_key, customer_group
        """
    return store.frame(Query(steps, select))


def _finding(
    look: Look,
    place: tuple[str, str],
    found: _Found,
    inside: pd.DataFrame,
    n_customers: int,
    mean_goal_value: float | None,
) -> Finding:
    group = inside["customer_group"].to_numpy(dtype=np.int64)
    hits, units = (np.bincount(group, inside[name], N_GROUPS)[None, :] for name in ("n_hits", "n_units"))
    low, high = clustered_interval(hits, units, [inside["unit_customers"].sum()])
    customers = int(inside["customers"].sum())
    began, ended = _date(found.first_day), _date(found.last_day)
    excess = None if found.baseline is None else max(0.0, found.rate - found.baseline) * found.n_units
    return Finding(
        kind=KIND,
        place=f"{place[0]} ({look.kind}), {began} to {ended}",
        touchpoint=place[1],
        levels=(),
        severity=severity(customers, n_customers, float(low[0])),
        n_hits=found.n_hits,
        n_units=found.n_units,
        n_immature=0,
        rate=found.rate,
        ci_low=float(low[0]),
        ci_high=float(high[0]),
        baseline=found.baseline,
        lift=found.lift,
        q_value=None,
        customers=customers,
        journeys=int(inside["journeys"].sum()),
        revenue_at_risk=found.n_hits * mean_goal_value if look.is_loss and mean_goal_value is not None else None,
        opportunity=excess * mean_goal_value
        if look.is_loss and excess is not None and mean_goal_value is not None
        else None,
        unit=look.unit,
        assumption="if the days of the window had been as the other days" if look.is_loss else "",
        compared_with="the other days of the period",
        p_value=found.window.p_value,
        began=began,
        ended=ended,
    )


def _date(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
