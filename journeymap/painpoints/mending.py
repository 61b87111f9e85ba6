"""What mending a drop-off is worth: by the chain of the journey graph, as the question what if asks it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from journeymap.graph.levels import counts_by_splits
from journeymap.graph.what_if import best_drop_rates
from journeymap.graph.worth import assumed_of, worths_of_mending
from journeymap.painpoints.drop_off import KIND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.graph.counts import ChainCounts
    from journeymap.graph.what_if import BestRate
    from journeymap.model.finding import Finding
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def with_worth(store: Store, question: Question, findings: Sequence[Finding]) -> list[Finding]:
    """Work out the opportunities of the drop-offs that are reported.

    A drop-off's opportunity is what :func:`journeymap.graph.what_if.what_if` says: further conversions, or their
    revenue where goals carry a value, if the drop-off fell to that of the best level, or, where nothing is split, to
    the rate that it is compared with; its interval is by a jackknife over customer groups. Drop-offs that are not
    reported have none: the chain is gone through for what stands up alone.

    Parameters
    ----------
    store
        The open store; it has a goal.
    question
        Whom the findings are about.
    findings
        Of any kind; others stay as they are.
    """
    asked = [finding for finding in findings if finding.kind == KIND and finding.is_reported]
    worth: dict[int, Finding] = {}
    splits = list(dict.fromkeys(tuple(name for name, _ in finding.levels) for finding in asked))
    for segments, levels in zip(splits, counts_by_splits(store, question, splits) if asked else (), strict=True):
        best = best_drop_rates(levels, store.settings.journey.minimum_customers) if segments else {}
        for finding in asked:
            level = tuple(level for _, level in finding.levels)
            if tuple(name for name, _ in finding.levels) == segments and level in levels:
                worth[id(finding)] = _mended(finding, levels[level], best.get(finding.touchpoint))
    return [
        worth.get(id(finding), _without_worth(finding)) if finding.kind == KIND else finding for finding in findings
    ]


def _without_worth(finding: Finding) -> Finding:
    return replace(finding, opportunity=None, opportunity_low=None, opportunity_high=None, assumption="")


def _mended(finding: Finding, counts: ChainCounts, best: BestRate | None) -> Finding:
    rate = finding.baseline if best is None and not finding.levels else best.rate if best is not None else None
    if rate is None:
        return _without_worth(finding)
    (worth,) = worths_of_mending(counts, [finding.touchpoint], [rate])
    value = counts.mean_goal_value
    is_in_money = value is not None
    as_in = "" if best is None else " / ".join(best.level)
    return replace(
        finding,
        opportunity=worth.revenue if is_in_money else worth.conversions,
        opportunity_low=worth.revenue_low if is_in_money else worth.ci_low,
        opportunity_high=worth.revenue_high if is_in_money else worth.ci_high,
        assumption=f"if {assumed_of(finding.touchpoint, rate, value, as_in=as_in)}",
    )
