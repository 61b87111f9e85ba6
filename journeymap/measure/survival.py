"""Times until something that has not happened to all yet: to convert, to return (Kaplan and Meier, 1958)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from journeymap.errors import QuestionError, suggest
from journeymap.measure.chain import expect_goal
from journeymap.measure.jackknife import interval_of_share
from journeymap.measure.tables import arrange
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

Awaited = Literal["convert", "return"]
"""What is waited for."""

SHARES: Final = (0.1, 0.25, 0.5, 0.75)
TIME_COLUMNS: Final = ("share", "seconds", "seconds_low", "seconds_high", "journeys", "reached", "waiting")
CURVE_COLUMNS: Final = ("seconds", "share", "ci_low", "ci_high", "at_risk", "reached")
_MOST_POINTS: Final = 400
_ROUNDING: Final = 1e-12


def times(
    store: Store, question: Question, *, event: Awaited = "convert", shares: Sequence[float] = SHARES
) -> pd.DataFrame:
    """Say after what time which share of journeys has converted, or of customers has returned.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    event
        ``convert``: from a journey's start to its first goal. ``return``: from a journey's last touchpoint to the start
        of the customer's next journey.
    shares
        The quantiles to give, each between 0 and 1.

    Returns
    -------
    DataFrame
        One row per level and share: the levels, then ``share`` (0.5: the median), ``seconds`` (the time by which that
        share of ``journeys`` has reached it; missing where it has not been seen to), ``seconds_low`` and
        ``seconds_high`` (its 95 % interval, clustered by customer; a side is missing where it is not seen),
        ``journeys`` (all, also young ones), ``reached`` (those that converted, or whose customer returned) and
        ``waiting`` (those that had not at the data end).

    Raises
    ------
    QuestionError
        When the event or a share is none, or the store has no goal to convert at.
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    Journeys that have not reached it are censored at the data end and not left out, so that recent ones do not make
    times look short. A journey that ended or was abandoned is known never to convert; it stays under observation until
    the data end all the same, so that the share which has converted by a time is of all journeys (the cumulative
    incidence with leaving as the competing event), and not of those that would be left if nobody left.
    A return is looked for among all journeys of the customer, also those that the question leaves out. With journeys
    cut by a gap it comes later than the gap by definition. The interval of a quantile is where its share lies within
    the interval of the curve (Brookmeyer and Crowley, 1982), which is that of :func:`time_curve`.
    """
    wrong = [share for share in shares if not 0 < share < 1]
    if wrong or not shares:
        raise QuestionError(
            f"A share must be between 0 and 1, not {wrong[0]:g}." if wrong else "There is no share to give times for.",
            hint="The median is 0.5.",
        )
    waits, population = _waits(store, question, event)
    parts = []
    for level, inside in _levels(waits, population):
        curve = _curve(inside, shares)
        rows = pd.DataFrame([(share, *_quantile(curve, share)) for share in shares], columns=list(TIME_COLUMNS[:4]))
        n_reached = int(inside["is_reached"].sum())
        parts.append(rows.assign(journeys=len(inside), reached=n_reached, waiting=len(inside) - n_reached, **level))
    frame = _stacked(parts, population, TIME_COLUMNS)
    return arrange(frame, population, [("share", True)], whole=("journeys", "reached", "waiting"))


def time_curve(store: Store, question: Question, *, event: Awaited = "convert") -> pd.DataFrame:
    """Give the curve behind :func:`times`: the share that has converted, or returned, by each time.

    Parameters
    ----------
    store, question, event
        As for :func:`times`.

    Returns
    -------
    DataFrame
        One row per level and time at which the curve rises, ascending (400 of them, evenly chosen, where there are
        more): the levels, then ``seconds``, ``share`` (1 less the Kaplan-Meier estimate, 0 to 1), ``ci_low`` and
        ``ci_high`` (its 95 % interval at each time: Wilson's with the size that a jackknife over customer groups stands
        for), ``at_risk`` (journeys observed for so long that had not reached it before) and ``reached`` (journeys that
        have reached it by then).

    Raises
    ------
    QuestionError
        When the event is none, or the store has no goal to convert at.
    UnknownNameError
        When a segment or level is not known.
    """
    waits, population = _waits(store, question, event)
    parts = [_curve(inside).assign(**level) for level, inside in _levels(waits, population)]
    frame = _stacked(parts, population, CURVE_COLUMNS)
    return arrange(frame, population, [("seconds", True)], whole=("at_risk", "reached"))


def _waits(store: Store, question: Question, event: Awaited) -> tuple[pd.DataFrame, Population]:
    """Give a row per journey: levels, customer_group, customer_key, wait_us, is_reached."""
    if event not in get_args(Awaited):
        raise QuestionError(f"--event: there is no '{event}'. {suggest(event, get_args(Awaited))}")
    population = choose_population(store, question)
    levels = population.level_columns()
    if event == "convert":
        expect_goal(store)
        waits = Step(
            "waits",
            f"""
            SELECT {levels}customer_key, coalesce(converted_at_us, $data_end_us) - start_us AS wait_us,
                converted_at_us IS NOT NULL AS is_reached
            FROM population
            """,
        )
        steps = [waits]
    else:
        # A journey's key rises with the place of its first event in the customer's history.
        following = Step(
            "following_journeys",
            f"""
            SELECT journey_key, lead(start_us) OVER (PARTITION BY customer_key ORDER BY journey_key) AS next_start_us
            FROM {population.journeys}
            """,
        )
        waits = Step(
            "waits",
            f"""
            SELECT {population.level_columns("p.")}p.customer_key,
                greatest(coalesce(f.next_start_us, $data_end_us) - p.end_us, 0) AS wait_us,
                f.next_start_us IS NOT NULL AS is_reached
            FROM population p JOIN following_journeys f ON f.journey_key = p.journey_key
            """,
        )
        steps = [following, waits]
    select = f"""
        SELECT {levels}customer_key, customer_key % {N_GROUPS} AS customer_group, wait_us, is_reached
        FROM waits
    """
    return store.frame(population.query(steps, select)), population


def _levels(waits: pd.DataFrame, population: Population) -> list[tuple[dict[str, str], pd.DataFrame]]:
    """Give each level's columns and rows."""
    names = population.level_names
    if not names:
        return [({}, waits)] if len(waits) else []
    return [
        (dict(zip(names, map(str, level), strict=True)), inside) for level, inside in waits.groupby(names, sort=False)
    ]


def _curve(waits: pd.DataFrame, shares: Sequence[float] = ()) -> pd.DataFrame:
    """Give the curve of one level; see :func:`time_curve`. The times at which these shares are reached are in it."""
    wait = waits["wait_us"].to_numpy(dtype=np.float64)
    reached = waits["is_reached"].to_numpy(dtype=bool)
    if not reached.any():
        return pd.DataFrame(columns=list(CURVE_COLUMNS), dtype="float64")
    still = stats.ecdf(stats.CensoredData.right_censored(wait, ~reached)).sf
    at = np.unique(wait[reached])
    if len(at) > _MOST_POINTS:
        chosen = np.linspace(0, len(at) - 1, _MOST_POINTS).round().astype(np.int64)
        exact = np.searchsorted(1 - still.evaluate(at), np.asarray(shares, dtype=np.float64) - _ROUNDING)
        at = at[np.union1d(chosen, exact[exact < len(at)])]
    group, n_groups = _renumbered(waits["customer_group"].to_numpy(dtype=np.int64))
    share = np.clip(1 - still.evaluate(at), 0, 1)
    values = np.vstack([share, _without_each(wait, reached, group, n_groups, at)])
    n_customers = float(waits["customer_key"].nunique())
    low, high = interval_of_share(
        values,
        n_groups=np.full(len(at), n_groups),
        n_customers=np.full(len(at), n_customers),
        most=float(len(wait)),
    )
    at_risk = len(wait) - np.searchsorted(np.sort(wait), at, side="left")
    so_far = np.searchsorted(np.sort(wait[reached]), at, side="right")
    columns = (at / 1e6, share, low, high, at_risk, so_far)
    return pd.DataFrame(dict(zip(CURVE_COLUMNS, columns, strict=True)))


def _renumbered(group: Places) -> tuple[Places, int]:
    """Give each customer a number from 0 for its group, and how many groups there are."""
    known, places = np.unique(group, return_inverse=True)
    return places, len(known)


def _without_each(wait: Floats, reached: npt.NDArray[np.bool_], group: Places, n_groups: int, at: Floats) -> Floats:
    """Give the share that has reached it by some times, without each group: the product-limit estimate, from counts."""
    moments, place = np.unique(wait, return_inverse=True)
    n = len(moments)
    all_events = np.bincount(place[reached], minlength=n)
    all_here = np.bincount(place, minlength=n)
    columns = np.searchsorted(moments, at, side="right") - 1
    by_group = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[by_group], np.arange(n_groups + 1))
    found = np.empty((n_groups, len(at)))
    for one in range(n_groups):
        rows = by_group[bounds[one] : bounds[one + 1]]
        events = all_events - np.bincount(place[rows][reached[rows]], minlength=n)
        here = all_here - np.bincount(place[rows], minlength=n)
        at_risk = here[::-1].cumsum()[::-1]
        still = np.cumprod(1 - events / np.maximum(at_risk, 1))
        found[one] = 1 - still[columns]
    return found


def _quantile(curve: pd.DataFrame, share: float) -> tuple[float, float, float]:
    """Give the first time by which the share has reached it, and by which it has at the two ends of the interval."""
    found = []
    for column in ("share", "ci_high", "ci_low"):
        # Rounding must not make a share of exactly a half less than that.
        there = np.flatnonzero(curve[column].to_numpy() >= share - _ROUNDING)
        found.append(float(curve["seconds"].iloc[there[0]]) if len(there) else np.nan)
    return found[0], found[1], found[2]


def _stacked(parts: Sequence[pd.DataFrame], population: Population, columns: Sequence[str]) -> pd.DataFrame:
    names = [*population.level_names, *columns]
    filled = [part[names] for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="float64" if name in columns else "str") for name in names})
    return pd.concat(filled, ignore_index=True)
