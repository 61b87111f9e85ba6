"""The Markov analysis of the journey graph: what touchpoints do for the goal, and where the outcome is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from journeymap.errors import expect_count
from journeymap.graph.absorbing import solve
from journeymap.graph.levels import counts_by_level, put_together
from journeymap.measure.jackknife import interval_of_amount, interval_of_share
from journeymap.model.names import CONVERTED, ENDS, START

if TYPE_CHECKING:
    from journeymap.graph.counts import ChainCounts
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

REMOVAL_COLUMNS: Final = (
    "touchpoint", "visits", "conversion_from", "conversion_from_low", "conversion_from_high", "removal_effect",
    "ci_low", "ci_high", "converted_share", "decided",
)  # fmt: skip
DECISIVE_COLUMNS: Final = (
    "source", "target", "count", "chance_before", "chance_after", "change", "change_low", "change_high", "conversions",
)  # fmt: skip


def removal_effects(store: Store, question: Question) -> pd.DataFrame:
    """Say what each touchpoint does for the goal: how many conversions go through it, and what coming to it changes.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. Journeys are cut at the goal; mature ones count.

    Returns
    -------
    DataFrame
        One row per level and touchpoint but the goals, largest removal effect first: the levels, then ``touchpoint``,
        ``visits`` (of mature journeys), ``conversion_from`` (the chance that a journey which is there converts, 0 to 1;
        ``conversion_from_low`` and ``conversion_from_high`` its 95 % interval), ``removal_effect`` (the share of
        conversions lost where the touchpoint leads to ``(dropped)``, 0 to 1, missing where nothing converts; Anderl et
        al., 2016), ``ci_low`` and ``ci_high`` (its 95 % interval, by a jackknife over customer groups),
        ``converted_share`` (what it should be near to where the chain holds: the converted journeys that come by it,
        counted, over all converted ones, 0 to 1) and ``decided`` (conversion_from less the chance just before coming
        there, averaged over the arrivals from elsewhere, -1 to 1).

    Raises
    ------
    QuestionError
        When the store has no goal.
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    All chances are those of a first-order chain: where a journey goes next depends on where it is, not on how it came
    there. Where ``removal_effect`` and ``converted_share`` are far apart, that is not so. A journey that is still open,
    though mature, has not converted.
    """
    parts = [(level, _removal_of(counts)) for level, counts in counts_by_level(store, question).items()]
    return put_together(question, parts, REMOVAL_COLUMNS, whole=("visits",))


def _removal_of(counts: ChainCounts) -> pd.DataFrame:
    chain = solve(counts)
    effects = chain.removal_effects()
    m = len(counts.touchpoints)
    n_converted = counts.leaving(CONVERTED).sum()
    totals = counts.totals
    most = float(totals.sum())
    low, high = interval_of_share(
        effects, n_groups=chain.n_groups, n_customers=np.full(m, counts.converted_customers), most=most
    )
    from_low, from_high = interval_of_share(
        chain.chances, n_groups=chain.n_groups, n_customers=counts.customers, most=most
    )
    into = (counts.targets < m) & (counts.sources != counts.targets)
    before = np.where(counts.sources < 0, chain.from_start[0], chain.chances[0, counts.sources])
    arrivals = np.bincount(counts.targets[into], totals[into], minlength=m)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_before = np.bincount(counts.targets[into], (totals * before)[into], minlength=m) / arrivals
    frame = pd.DataFrame(
        {
            "touchpoint": list(counts.touchpoints),
            "visits": counts.visits,
            "conversion_from": chain.chances[0],
            "conversion_from_low": from_low,
            "conversion_from_high": from_high,
            "removal_effect": effects[0],
            "ci_low": low,
            "ci_high": high,
            "converted_share": counts.converted_through / n_converted if n_converted else np.nan,
            "decided": chain.chances[0] - mean_before,
        }
    )
    order = ["removal_effect", "visits", "touchpoint"]
    is_goal = counts.leaving(CONVERTED) > 0  # a journey that is cut at the goal converts there and nowhere else
    return frame[~is_goal].sort_values(order, ascending=[False, False, True])


def decisive(store: Store, question: Question, *, top: int | None = None) -> pd.DataFrame:
    """Say at which transitions the chance of converting jumps or collapses most.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. Journeys are cut at the goal; mature ones count.
    top
        How many transitions to give per level; None: all.

    Returns
    -------
    DataFrame
        One row per level and transition, most decisive first: the levels, then ``source``, ``target``, ``count``,
        ``chance_before`` (of converting at the source, before it is known where the journey goes next),
        ``chance_after`` (at the target; 1 at ``(converted)``, 0 at the other ends), ``change`` (after less before, -1
        to 1; ``change_low`` and ``change_high`` its 95 % interval, by a jackknife over customer groups, missing where
        the groups say nothing of it) and ``conversions`` (count times change: conversions won, or lost where negative,
        by going this way rather than on average). The order is by the size of ``conversions``.

    Raises
    ------
    QuestionError
        When the store has no goal, or ``top`` is less than 1.
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    Over all ways out of a touchpoint the conversions add up to 0: what one way wins another loses.
    """
    if top is not None:
        expect_count(top, what="--top")
    parts = [(level, _decisive_of(counts)[:top]) for level, counts in counts_by_level(store, question).items()]
    return put_together(question, parts, DECISIVE_COLUMNS, whole=("count",))


def _decisive_of(counts: ChainCounts) -> pd.DataFrame:
    chain = solve(counts)
    rows = len(chain.from_start)
    ends = np.tile([float(end == CONVERTED) for end in ENDS], (rows, 1))
    after = np.hstack([chain.chances, ends])[:, counts.targets]
    before = np.hstack([chain.chances, chain.from_start[:, None]])[:, counts.sources]  # the start in the last place
    change = after - before
    low, high = interval_of_amount(change, (counts.counts > 0).sum(axis=0))
    totals = counts.totals
    names = np.array([*counts.touchpoints, *ENDS, START], dtype=object)
    frame = pd.DataFrame(
        {
            "source": names[counts.sources],
            "target": names[counts.targets],
            "count": totals,
            "chance_before": before[0],
            "chance_after": after[0],
            "change": change[0],
            "change_low": np.maximum(low, -1),
            "change_high": np.minimum(high, 1),
            "conversions": totals * change[0],
        }
    )
    size = frame["conversions"].abs().round(9)  # so that ties are not decided by rounding
    order = ["__size", "source", "target"]
    return frame.assign(__size=size).sort_values(order, ascending=[False, True, True]).drop(columns="__size")
