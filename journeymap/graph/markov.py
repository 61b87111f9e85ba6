"""The Markov analysis of the journey graph: what touchpoints do for the goal, and where the outcome is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from journeymap.errors import QuestionError
from journeymap.graph.absorbing import solve
from journeymap.graph.counts import ChainCounts, counts_of
from journeymap.graph.worth import assumption_of, worths_of_mending
from journeymap.measure.chain import count_chains, goal_values
from journeymap.measure.jackknife import interval_of_amount, interval_of_share
from journeymap.measure.tables import touchpoint_keys
from journeymap.model.names import CONVERTED, DROPPED, ENDS, START

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

    Level = tuple[str, ...]

REMOVAL_COLUMNS: Final = (
    "touchpoint", "visits", "conversion_from", "conversion_from_low", "conversion_from_high", "removal_effect",
    "ci_low", "ci_high", "converted_share", "decided",
)  # fmt: skip
DECISIVE_COLUMNS: Final = (
    "source", "target", "count", "chance_before", "chance_after", "change", "change_low", "change_high", "conversions",
)  # fmt: skip
WHAT_IF_COLUMNS: Final = (
    "touchpoint", "journeys", "converted", "visits", "dropped", "drop_rate", "mended_rate", "conversions",
    "conversions_low", "conversions_high", "revenue", "revenue_low", "revenue_high", "revenue_at_risk", "assumption",
)  # fmt: skip


def counts_by_level(store: Store, question: Question) -> dict[Level, ChainCounts]:
    """Give the chain's counts of each level that has a mature journey, in the order of the levels.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it; nothing splits it: the one level is ``()``.

    Returns
    -------
    dict
        Levels to counts. The goal values in each are those of all levels together, so that revenues add up over levels.

    Raises
    ------
    QuestionError
        When the store has no goal.
    UnknownNameError
        When a segment or level is not known.
    """
    (counts,) = counts_by_splits(store, question, (question.by,))
    return counts


def counts_by_splits(
    store: Store, question: Question, splits: Sequence[Sequence[str]]
) -> list[dict[Level, ChainCounts]]:
    """Give what :func:`counts_by_level` gives for each of several splits, cutting the journeys once.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about.
    splits
        The segments of each split.
    """
    values = goal_values(store, question)
    return [
        _by_level(rows, len(split), values)
        for rows, split in zip(count_chains(store, question, splits), splits, strict=True)
    ]


def _by_level(rows: pd.DataFrame, n_segments: int, values: pd.DataFrame) -> dict[Level, ChainCounts]:
    names = list(rows.columns[:n_segments])
    if not names:
        return {(): counts_of(rows, values)} if len(rows) else {}
    return {
        tuple(str(part) for part in level): counts_of(inside, values)
        for level, inside in rows.groupby(names, sort=False)
    }


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
    return _put_together(question, parts, REMOVAL_COLUMNS, whole=("visits",))


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
    if top is not None and top < 1:
        raise QuestionError(f"--top must be at least 1, not {top}.")
    parts = [(level, _decisive_of(counts)[:top]) for level, counts in counts_by_level(store, question).items()]
    return _put_together(question, parts, DECISIVE_COLUMNS, whole=("count",))


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
        row: dict[str, Any] = {name: getattr(worth, name, None) for name in WHAT_IF_COLUMNS}
        row |= {
            "touchpoint": touchpoint,
            "journeys": counts.n_journeys,
            "converted": counts.leaving(CONVERTED).sum(),
            "conversions_low": worth.ci_low,
            "conversions_high": worth.ci_high,
            "assumption": assumption_of(touchpoint, drop_rate, counts.mean_goal_value, as_in=as_in),
        }
        parts.append((level, pd.DataFrame([row])))
    return _put_together(question, parts, WHAT_IF_COLUMNS, whole=("journeys", "converted", "visits", "dropped"))


@dataclass(frozen=True, slots=True)
class BestRate:
    """The lowest drop-off rate of a touchpoint (dropped / visits of mature journeys, 0 to 1), and whose it is."""

    rate: float
    level: tuple[str, ...]


def best_drop_rates(levels: Mapping[Level, ChainCounts], minimum_customers: int) -> dict[str, BestRate]:
    """Give the lowest drop-off rate of each touchpoint among the levels.

    Parameters
    ----------
    levels
        What :func:`counts_by_level` gives.
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


def _put_together(
    question: Question, parts: Sequence[tuple[Level, pd.DataFrame]], columns: Sequence[str], *, whole: Sequence[str]
) -> pd.DataFrame:
    """Stack the rows of the levels, their levels first; a segment that has a column's name becomes ``by_NAME``."""
    shown = [f"by_{name}" if name in columns else name for name in question.by]
    texts = {"touchpoint", "source", "target", "assumption"}
    frames = [
        part.assign(**dict(zip(shown, level, strict=True)))[[*shown, *columns]] for level, part in parts if len(part)
    ]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*shown, *columns])
    kinds = dict.fromkeys([*shown, *(texts & set(columns))], "str" if not frames else None)
    numbers = {name: "int64" if name in whole else "float64" for name in columns if name not in texts}
    return frame.astype(numbers | {name: kind for name, kind in kinds.items() if kind})
