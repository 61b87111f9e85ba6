"""A segment over time: per level and calendar period how many came, how they were made up, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from journeymap.compare.correction import benjamini_hochberg
from journeymap.compare.drift import mix_drift, share_changes
from journeymap.errors import QuestionError
from journeymap.measure.interval import clustered_interval
from journeymap.measure.tables import shown_names
from journeymap.profiles.period_counts import count_periods

if TYPE_CHECKING:
    import numpy.typing as npt

    from journeymap.profiles.period_counts import PeriodCounts
    from journeymap.segments.question import Question
    from journeymap.settings import PeriodLength
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

LEVEL_BETWEEN: Final = " / "
_WHOLE: Final = ("customers", "journeys", "mature", "immature", "in_time", "converted", "ended", "abandoned", "open")


def over_time(store: Store, question: Question, *, length: PeriodLength) -> pd.DataFrame:
    """Count and rate the journeys of each level by the calendar period (UTC) that they start in.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. A level that depends on time is that at the journey's start.
    length
        ``day``, ``week`` (from Monday), ``month`` or ``quarter``.

    Returns
    -------
    DataFrame
        One row per level and period, also where there is nothing: the levels, ``period``, ``first_day`` and ``state``
        (``mature``: every journey has had one horizon; ``maturing``: some have not; ``partial``: the data do not reach
        from the period's first to its last day); ``customers`` (distinct, who begin a journey), ``journeys`` (begun),
        ``share`` (the level's journeys / all journeys of the period, 0 to 1; they add up to 1) with ``share_low`` and
        ``share_high``; ``mature`` and ``immature`` journeys; ``in_time`` (mature journeys converted within one horizon
        of their start), ``in_time_rate`` (in_time / mature) with ``in_time_rate_low`` and ``in_time_rate_high``;
        ``converted``, ``ended``, ``abandoned`` and ``open`` of the mature journeys; ``conversion_rate`` (converted /
        mature) with ``ci_low`` and ``ci_high``; ``abandoned_rate`` (abandoned / mature) with ``abandoned_rate_low`` and
        ``abandoned_rate_high``. Intervals are of 95 %, clustered by customer.

    Notes
    -----
    Compare periods by ``in_time_rate``: every mature journey has had that time. ``conversion_rate``, which is that of
    :func:`journeymap.measure.outcomes.outcomes`, counts late successes too, and older journeys have had longer for
    them; younger ones are still open rather than abandoned.

    Examples
    --------
    >>> import journeymap as jm
    >>> days = pd.to_datetime(["2026-01-01", "2026-01-09", "2026-02-03", "2026-04-02"])
    >>> shop = jm.open(pd.DataFrame({"customer": ["A", "B", "C", "A"], "timestamp": days, "event": "home"}))
    >>> found = over_time(shop.store, shop.question, length="month")
    >>> list(zip(found["period"], found["state"], found["journeys"].tolist(), strict=True))
    [('2026-01', 'mature', 2), ('2026-02', 'mature', 1), ('2026-03', 'maturing', 0), ('2026-04', 'partial', 1)]
    """
    return _table(count_periods(store, question, length))


def drift(store: Store, question: Question, *, length: PeriodLength) -> pd.DataFrame:
    """Say how the mix of levels changed from each period to the next.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments whose mix it is.
    length
        How long a period is.

    Returns
    -------
    DataFrame
        One row per period after the first: ``period``, ``before`` (the one before), ``state`` (``complete``, or
        ``partial`` where one of the two is; whether journeys are mature is nothing to a mix), ``journeys`` (begun in
        the period) and ``journeys_before``; ``drift`` (the population stability index of the levels' shares of
        journeys) and ``drift_by_chance`` (what it is on average where nothing changes); ``p_value`` (see
        :func:`journeymap.compare.drift.mix_drift`) and ``q_value`` (Benjamini and Hochberg, 1995, over all rows); the
        ``level`` whose share moved most, ``share_before``, ``share``, and the ``difference`` with its 95 % interval
        ``ci_low`` and ``ci_high``, clustered by customer (it is that of a level chosen because it moved). What is not
        known, since a period is empty, is missing.

    Raises
    ------
    QuestionError
        When no segment splits the question, or there is one period only.
    """
    if not question.by:
        raise QuestionError("A mix is of the levels of a segment.", hint="Name one, such as --by region.")
    counted = count_periods(store, question, length)
    if len(counted.periods) < 2:  # noqa: PLR2004 - one has none before
        raise QuestionError(
            f"The data make one {length} only, {counted.periods[0].name}: there is nothing before it.",
            hint="Take a shorter --period.",
        )
    frame = pd.DataFrame([_moved(counted, at) for at in range(1, len(counted.periods))])
    frame["q_value"] = benjamini_hochberg([None if pd.isna(value) else float(value) for value in frame["p_value"]])
    numbers = ["drift", "drift_by_chance", "p_value", "q_value", *_MOVE]
    columns = ["period", "before", "state", "journeys", "journeys_before", *numbers[:4], "level", *_MOVE]
    return frame[columns].astype(dict.fromkeys(numbers, "float64"))


_MOVE: Final = ("share_before", "share", "difference", "ci_low", "ci_high")


def name_of(level: tuple[str, ...]) -> str:
    """Write a level in one text.

    Examples
    --------
    >>> name_of(("south", "mobile")), name_of(())
    ('south / mobile', '(all)')
    """
    return LEVEL_BETWEEN.join(level) or "(all)"


def _moved(counted: PeriodCounts, at: int) -> dict[str, object]:
    """Compare one period's mix with that of the one before."""
    period, before = counted.periods[at], counted.periods[at - 1]
    now_shares, then_shares = counted.shares([at]), counted.shares([at - 1])
    row: dict[str, object] = {
        "period": period.name,
        "before": before.name,
        "state": "complete" if period.is_complete and before.is_complete else "partial",
        "journeys": int(now_shares.n_hits.sum()),
        "journeys_before": int(then_shares.n_hits.sum()),
    }
    found = mix_drift(now_shares.hits, then_shares.hits)
    row |= dict.fromkeys(("drift", "drift_by_chance", "p_value", "level", *_MOVE))
    if found is None:
        return row
    row |= {"drift": found.index, "drift_by_chance": found.by_chance, "p_value": found.p_value}
    moved = share_changes(now_shares, then_shares)
    most = int(np.argmax(np.abs(moved.difference).round(12)))  # of two that moved alike, the first
    return row | {
        "level": name_of(counted.levels[most]),
        "share_before": float(then_shares.rate[most]),
        "share": float(now_shares.rate[most]),
        "difference": float(moved.difference[most]),
        "ci_low": float(moved.ci_low[most]),
        "ci_high": float(moved.ci_high[most]),
    }


def _table(counted: PeriodCounts) -> pd.DataFrame:
    n_levels, n_periods = len(counted.levels), len(counted.periods)

    def by_row(values: Floats) -> Floats:
        return values.reshape(n_levels * n_periods, values.shape[-1])

    rows: dict[str, object] = {
        "period": [period.name for period in counted.periods] * n_levels,
        "first_day": [period.first_day for period in counted.periods] * n_levels,
        "state": [period.state for period in counted.periods] * n_levels,
    }
    units = {name: by_row(values) for name, values in counted.counts.items()}
    journeys = counted.journeys()
    everyone = units["all_customers"].sum(axis=1)
    rows |= {"customers": everyone, "journeys": journeys.sum(axis=2).ravel()}
    whole = by_row(np.broadcast_to(journeys.sum(axis=0), journeys.shape))
    in_period = np.tile(counted.counts["all_customers"].sum(axis=(0, 2)), n_levels)
    rows |= _rate("share", by_row(journeys), whole, in_period, of="share")
    if not counted.segments:  # of the whole, the share is no estimate
        rows |= {"share_low": rows["share"], "share_high": rows["share"]}
    rows |= {name: units[name].sum(axis=1) for name in ("mature", "immature", "in_time")}
    mature, customers = units["mature"], units["customers"].sum(axis=1)
    rows |= _rate("in_time_rate", units["in_time"], mature, customers, of="in_time_rate")
    rows |= {name: units[name].sum(axis=1) for name in ("converted", "ended", "abandoned", "open")}
    rows |= _rate("conversion_rate", units["converted"], mature, customers, of="ci")
    rows |= _rate("abandoned_rate", units["abandoned"], mature, customers, of="abandoned_rate")
    frame = pd.DataFrame(rows).astype(dict.fromkeys(_WHOLE, "int64"))
    for at, name in enumerate(shown_names(counted.segments, set(frame.columns))):
        frame.insert(at, name, np.repeat([level[at] for level in counted.levels], n_periods))
    return frame


def _rate(name: str, hits: Floats, units: Floats, customers: Floats, *, of: str) -> dict[str, object]:
    """Give a rate and its interval; missing where there are no units."""
    low, high = clustered_interval(hits, units, customers)
    total = units.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(total > 0, hits.sum(axis=1) / total, np.nan)
    return {name: rate, f"{of}_low": low, f"{of}_high": high}
