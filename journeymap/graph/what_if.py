"""What it would bring if the drop-off of a touchpoint fell: the Markov chain of the journey graph, mended there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from journeymap.errors import QuestionError
from journeymap.graph.levels import counts_by_level, put_together
from journeymap.graph.worth import assumption_of, nothing_to_mend, worths_of_mending
from journeymap.measure.tables import touchpoint_keys
from journeymap.model.names import CONVERTED, DROPPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from journeymap.graph.counts import ChainCounts
    from journeymap.graph.levels import Level
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

WHAT_IF_COLUMNS: Final = (
    "touchpoint", "journeys", "converted", "visits", "dropped", "drop_rate", "mended_rate", "conversions",
    "conversions_low", "conversions_high", "revenue", "revenue_low", "revenue_high", "revenue_at_risk", "assumption",
)  # fmt: skip


def what_if(store: Store, question: Question, touchpoint: str, *, drop_rate: float | None = None) -> pd.DataFrame:
    """Say what it would bring if the drop-off of a touchpoint fell.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. Journeys are cut at the goal; mature ones count.
    touchpoint
        Where customers drop off.
    drop_rate
        What the drop-off would fall to, 0 to 1; None: to that of the best level, of those with the minimum of
        customers behind their visits. A level that is there already gains nothing.

    Returns
    -------
    DataFrame
        One row per level that has a mature journey: the levels, then ``touchpoint``, ``journeys`` (mature ones),
        ``converted`` (of them), ``visits``, ``dropped``, ``drop_rate`` (dropped / visits, 0 to 1) and what
        :class:`journeymap.graph.worth.Worth` has: ``mended_rate``, ``conversions`` (additional ones),
        ``conversions_low``, ``conversions_high``, ``revenue``, ``revenue_low``, ``revenue_high``, ``revenue_at_risk``
        (the plain count: dropped times the mean goal value) and ``assumption``.

    Raises
    ------
    QuestionError
        When the store has no goal, the rate is not between 0 and 1, or there is none and no two levels to compare.
    UnknownNameError
        When the touchpoint, a segment or a level is not known.
    """
    touchpoint_keys(store, [touchpoint], what="--at")
    levels = counts_by_level(store, question)
    as_in = ""
    if drop_rate is None:
        best = _best_rate(levels, touchpoint, question, store.settings.journey.minimum_customers)
        drop_rate, as_in = best.rate, " / ".join(best.level)
    parts = []
    for level, counts in levels.items():
        worth = worths_of_mending(counts, [touchpoint], [drop_rate])[0]
        assumption = assumption_of(touchpoint, drop_rate, counts.mean_goal_value, as_in=as_in)
        if worth.drop_rate is not None and worth.drop_rate < drop_rate:
            assumption = nothing_to_mend(touchpoint, worth.drop_rate, drop_rate)
        row: dict[str, Any] = {name: getattr(worth, name, None) for name in WHAT_IF_COLUMNS}
        row |= {
            "touchpoint": touchpoint,
            "journeys": counts.n_journeys,
            "converted": counts.leaving(CONVERTED).sum(),
            "conversions_low": worth.ci_low,
            "conversions_high": worth.ci_high,
            "assumption": assumption,
        }
        parts.append((level, pd.DataFrame([row])))
    return put_together(question, parts, WHAT_IF_COLUMNS, whole=("journeys", "converted", "visits", "dropped"))


@dataclass(frozen=True, slots=True)
class BestRate:
    """The lowest drop-off rate of a touchpoint (dropped / visits of mature journeys, 0 to 1), and whose it is."""

    rate: float
    level: Level


def best_drop_rates(levels: Mapping[Level, ChainCounts], minimum_customers: int) -> dict[str, BestRate]:
    """Give the lowest drop-off rate of each touchpoint among the levels.

    Parameters
    ----------
    levels
        What :func:`journeymap.graph.levels.counts_by_level` gives.
    minimum_customers
        Levels with fewer distinct customers at the touchpoint are not looked at.

    Returns
    -------
    dict
        Touchpoint to rate, of touchpoints that at least two such levels have. Of equal levels it is the first.
    """
    rates: dict[str, list[BestRate]] = {}
    for level, counts in levels.items():
        of_level = counts.leaving(DROPPED) / np.maximum(counts.visits, 1)
        for name, n_customers, rate in zip(counts.touchpoints, counts.customers, of_level, strict=True):
            if n_customers >= minimum_customers:
                rates.setdefault(name, []).append(BestRate(float(rate), level))
    return {name: min(found, key=lambda one: one.rate) for name, found in rates.items() if len(found) > 1}


def _best_rate(levels: Mapping[Level, ChainCounts], touchpoint: str, question: Question, minimum: int) -> BestRate:
    if not question.by:
        raise QuestionError(
            f"What would the drop-off at {touchpoint} fall to?",
            hint="Give a rate, such as 0.1 (--to 0.1); or segments, to take the best level's (--to-best --by SEGMENT).",
        )
    best = best_drop_rates(levels, minimum).get(touchpoint)
    if best is None:
        raise QuestionError(
            f"Not two levels of {' / '.join(question.by)} have {minimum} customers at {touchpoint} to compare.",
            hint="Give a rate instead, such as 0.1 (--to 0.1).",
        )
    return best
