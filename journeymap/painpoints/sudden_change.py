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
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from journeymap.compare.scan import scan_windows
from journeymap.measure.interval import clustered_interval
from journeymap.model.finding import Finding
from journeymap.painpoints.severity import severity
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from journeymap.compare.scan import Window
    from journeymap.painpoints.look import Look, Site

    Floats = npt.NDArray[np.float64]

KIND: Final = "sudden_change"
DAY_US: Final = 86_400_000_000
LEAST_DAYS: Final = 14
MOST_BINS: Final = 120
LEAST_HITS: Final = 10
LEAST_LIFT: Final = 1.5
_WORTH_COUNTING: Final = 0.01


@dataclass(frozen=True, slots=True)
class Change:
    """A place of a look that was scanned: its p-value, and the finding where it is worth one."""

    p_value: float
    finding: Finding | None


def scan_look(site: Site, look: Look, *, n_customers: int, mean_goal_value: float | None) -> list[Change]:
    """Scan every place of a look for a window in which it was worse.

    Parameters
    ----------
    site, look
        What was counted.
    n_customers
        Distinct customers of the population.
    mean_goal_value
        Mean value of a goal visit, or None.
    """
    days = _by_day(site, look)
    if days.empty or days["day"].max() - days["day"].min() + 1 < LEAST_DAYS:
        return []
    first_day = int(days["day"].min())
    width = -(-int(days["day"].max() - first_day + 1) // MOST_BINS)
    keys, hits, expected, variance = _binned(days, (days["day"].to_numpy() - first_day) // width)
    names = days.drop_duplicates("place_key").set_index("place_key")
    found: list[tuple[Window, int, str, str]] = []
    changes: list[Change] = []
    for at, key in enumerate(keys):
        window = None if hits[at].sum() < LEAST_HITS else scan_windows(hits[at], expected[at], variance[at])
        if window is None:
            continue
        if window.p_value > _WORTH_COUNTING:
            changes.append(Change(window.p_value, None))
        else:
            found.append((window, int(key), str(names.loc[key, "place"]), str(names.loc[key, "touchpoint"])))
    for window, key, place, touchpoint in found:
        from_us = (first_day + window.first * width) * DAY_US
        to_us = (first_day + (window.last + 1) * width) * DAY_US
        inside, outside = _around(site, look, key, from_us, to_us)
        finding = _finding(
            look, place, touchpoint, inside, outside, n_customers, mean_goal_value, (from_us, to_us, window)
        )
        changes.append(Change(window.p_value, finding))
    return changes


def is_large(finding: Finding, minimum_customers: int) -> bool:
    """Say whether a change is large enough to be reported."""
    return (
        finding.n_hits >= LEAST_HITS
        and finding.customers >= minimum_customers
        and finding.lift is not None
        and finding.lift >= LEAST_LIFT
    )


def _binned(days: pd.DataFrame, bins: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """Give the places' keys, and per place and bin the hits, those expected at the place's usual rates, their variance.

    The arrays have the shape (places, bins).
    """
    keys, place = np.unique(days["place_key"].to_numpy(dtype=np.int64), return_inverse=True)
    strata, stratum = np.unique(days["stratum"].to_numpy(dtype=np.int64), return_inverse=True)
    shape = (len(keys), len(strata), int(bins.max()) + 1)
    units, hits = np.zeros(shape), np.zeros(shape)
    np.add.at(units, (place, stratum, bins), days["n_units"].to_numpy(dtype=np.float64))
    np.add.at(hits, (place, stratum, bins), days["n_hits"].to_numpy(dtype=np.float64))
    totals = units.sum(axis=2, keepdims=True)
    rate = np.divide(hits.sum(axis=2, keepdims=True), totals, out=np.zeros_like(totals), where=totals > 0)
    return keys, hits.sum(axis=1), (units * rate).sum(axis=1), (units * rate * (1 - rate)).sum(axis=1)


def _by_day(site: Site, look: Look) -> pd.DataFrame:
    # A day begins at midnight UTC; times before 1970 would be cut the other way, and there are none.
    steps = [
        *look.steps,
        Step(
            "unit_days",
            f"""
            SELECT place_key, stratum, CAST(floor(at_us / {DAY_US}) AS BIGINT) AS day,
                count(*) AS n_units, count(*) FILTER (WHERE is_hit) AS n_hits
            FROM units WHERE is_mature
            GROUP BY place_key, stratum, CAST(floor(at_us / {DAY_US}) AS BIGINT)
            """,
        ),
    ]
    select = """
        SELECT u.place_key, p.place, p.touchpoint, u.stratum, u.day, u.n_units, u.n_hits
        FROM unit_days u JOIN places p ON p.place_key = u.place_key
        ORDER BY u.place_key, u.stratum, u.day
    """
    return site.store.frame(site.population.query(steps, select, **look.values))


def _around(site: Site, look: Look, key: int, from_us: int, to_us: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count one place inside and outside a window, per customer group."""
    steps = [
        *look.steps,
        Step(
            "unit_sides",
            """
            SELECT customer_key, journey_key, is_hit, at_us >= $window_from_us AND at_us < $window_to_us AS is_inside
            FROM units WHERE is_mature AND place_key = $window_place_key
            """,
        ),
    ]
    select = f"""
        SELECT is_inside, customer_key % {N_GROUPS} AS customer_group, count(*) AS n_units,
            count(*) FILTER (WHERE is_hit) AS n_hits,
            count(DISTINCT customer_key) AS unit_customers,
            count(DISTINCT CASE WHEN is_hit THEN customer_key END) AS customers,
            count(DISTINCT CASE WHEN is_hit THEN journey_key END) AS journeys
        FROM unit_sides GROUP BY is_inside, customer_key % {N_GROUPS}
    """
    window = {"window_from_us": from_us, "window_to_us": to_us, "window_place_key": key}
    frame = site.store.frame(site.population.query(steps, select, **look.values, **window))
    is_inside = frame["is_inside"].to_numpy(dtype=bool)
    return frame[is_inside], frame[~is_inside]


def _finding(
    look: Look,
    place: str,
    touchpoint: str,
    inside: pd.DataFrame,
    outside: pd.DataFrame,
    n_customers: int,
    mean_goal_value: float | None,
    when: tuple[int, int, Window],
) -> Finding:
    from_us, to_us, window = when
    n_units, n_hits = int(inside["n_units"].sum()), int(inside["n_hits"].sum())
    group = inside["customer_group"].to_numpy(dtype=np.int64)
    hits, units = (np.bincount(group, inside[name], N_GROUPS)[None, :] for name in ("n_hits", "n_units"))
    low, high = clustered_interval(hits, units, [inside["unit_customers"].sum()])
    rate = n_hits / n_units
    n_outside = int(outside["n_units"].sum())
    baseline = int(outside["n_hits"].sum()) / n_outside if n_outside else None
    customers = int(inside["customers"].sum())
    began, ended = _date(from_us), _date(to_us - DAY_US)
    excess = None if baseline is None else max(0.0, rate - baseline) * n_units
    return Finding(
        kind=KIND,
        place=f"{place} ({look.kind}), {began} to {ended}",
        touchpoint=touchpoint,
        levels=(),
        severity=severity(customers, n_customers, float(low[0])),
        n_hits=n_hits,
        n_units=n_units,
        n_immature=0,
        rate=rate,
        ci_low=float(low[0]),
        ci_high=float(high[0]),
        baseline=baseline,
        lift=rate / baseline if baseline else None,
        q_value=None,
        customers=customers,
        journeys=int(inside["journeys"].sum()),
        revenue_at_risk=n_hits * mean_goal_value if look.is_loss and mean_goal_value is not None else None,
        opportunity=excess * mean_goal_value
        if look.is_loss and excess is not None and mean_goal_value is not None
        else None,
        unit=look.unit,
        assumption="if the days of the window had been as the other days" if look.is_loss else "",
        compared_with="the other days of the period",
        p_value=window.p_value,
        began=began,
        ended=ended,
    )


def _date(at_us: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).date().isoformat()
