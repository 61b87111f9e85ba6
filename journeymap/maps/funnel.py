"""Put a funnel map together: the same steps for every level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.measure.funnel import funnel
from journeymap.measure.interval import wilson_interval
from journeymap.measure.outcomes import outcomes
from journeymap.measure.summary import by_level, summary_of, whole_of
from journeymap.model.funnel_map import FunnelLevel, FunnelMap, FunnelStep
from journeymap.model.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.measure.funnel import Order
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def build_funnel_map(
    store: Store,
    question: Question,
    touchpoints: Sequence[str],
    *,
    window_us: int | None = None,
    order: Order = "ordered",
) -> FunnelMap:
    """Build the funnel map of all levels.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    touchpoints, window_us, order
        As for :func:`journeymap.measure.funnel.funnel`.

    Returns
    -------
    FunnelMap
        Every level of the question, also those in which nobody entered.

    Raises
    ------
    QuestionError
        When there are fewer than two steps, or the order is none of the three.
    UnknownNameError
        When a segment, level or touchpoint is not known.
    """
    table = funnel(store, question, touchpoints, window_us=window_us, order=order)
    n_levels = len(question.by)
    parts = by_level(table, n_levels)
    whole = whole_of(store, question)
    funnels = []
    first_dates = []
    for key, row in by_level(outcomes(store, question), n_levels).items():
        summary = summary_of(row, whole)
        part = parts.get(key)
        counted = [(0, 0, np.nan)] * len(touchpoints)
        if part is not None and len(part):
            counted = list(part[["entered", "immature", "median_seconds"]].itertuples(index=False, name=None))
        funnels.append(
            FunnelLevel(
                levels=tuple(zip(question.by, key, strict=True)),
                steps=_steps(touchpoints, counted),
                customers=summary.customers,
                thin=summary.thin,
            )
        )
        first_dates += [summary.first_at] if summary.first_at else []
    return FunnelMap(
        title=f"Funnel from {touchpoints[0]} to {touchpoints[-1]}",
        levels=(),
        by=question.by,
        touchpoints=tuple(touchpoints),
        order=order,
        window_seconds=None if window_us is None else window_us / 1e6,
        first_at=min(first_dates, default=""),
        data_end=whole.data_end,
        horizon_days=whole.horizon_days,
        funnels=tuple(funnels),
        theme=store.settings.theme,
        narrowed=whole.narrowed,
    )


def _steps(touchpoints: Sequence[str], counted: list[tuple[int, int, float]]) -> tuple[FunnelStep, ...]:
    entered = [int(row[0]) for row in counted]
    before = [entered[0], *entered[:-1]]
    overall, of_before = _rates(entered, [entered[0]] * len(entered)), _rates(entered, before)
    return tuple(
        FunnelStep(
            touchpoint=touchpoints[at],
            entered=entered[at],
            overall=overall[at],
            of_before=of_before[at],
            lost=before[at] - entered[at],
            immature=int(counted[at][1]),
            median_seconds=None if np.isnan(counted[at][2]) else float(counted[at][2]),
        )
        for at in range(len(touchpoints))
    )


def _rates(numerators: list[int], denominators: list[int]) -> list[Rate]:
    shares = [part / whole if whole else np.nan for part, whole in zip(numerators, denominators, strict=True)]
    low, high = wilson_interval(shares, denominators)
    return [
        Rate(part, whole, share, float(one), float(other)) if whole else Rate(part, whole, None, None, None)
        for part, whole, share, one, other in zip(numerators, denominators, shares, low, high, strict=True)
    ]
