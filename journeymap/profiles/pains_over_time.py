"""Pain points by calendar period: whether what hurts is new, getting worse or gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from journeymap.errors import QuestionError, expect_count
from journeymap.measure.tables import shown_names
from journeymap.painpoints.examine import examine
from journeymap.painpoints.registry import detectors
from journeymap.painpoints.sudden_change import KIND as SUDDEN_CHANGE
from journeymap.segments.periods import calendar_periods

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding
    from journeymap.model.period import Period
    from journeymap.segments.question import Question
    from journeymap.settings import PeriodLength
    from journeymap.store.store import Store

COLUMNS: Final = (
    "kind", "place", "period", "rate", "ci_low", "ci_high", "hits", "units", "immature", "customers", "severity",
    "is_reported",
)  # fmt: skip


def pains_over_time(
    store: Store, question: Question, *, length: PeriodLength, kinds: Sequence[str] = (), last: int | None = None
) -> pd.DataFrame:
    """Look for pain points in each complete period, among the journeys that start in it.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it together.
    length
        How long a period is.
    kinds
        The detectors to run; empty: all but ``sudden_change``, which looks for days within a period itself.
    last
        Only the last so many complete periods; None: all.

    Returns
    -------
    DataFrame
        One row per place, level and period, of those that stand up in at least one of the periods; the worst first, and
        each from its first period to its last: the levels, ``kind``, ``place``, ``period``; ``rate`` (hits / units, 0
        to 1) with its 95 % interval ``ci_low`` and ``ci_high``, clustered by customer; ``hits``, ``units`` (mature
        ones) and ``immature`` units; ``customers`` (distinct, hit), ``severity``, and ``is_reported`` (whether it
        stands up in this period, corrected for everything that was looked at in it). Periods without a unit are left
        out.

    Raises
    ------
    UnknownNameError
        When a detector, segment or level is not known.
    QuestionError
        When there is no complete period.

    Examples
    --------
    >>> import journeymap as jm
    >>> days = pd.date_range("2026-01-05", "2026-01-18", freq="h")
    >>> log = {"customer": [str(at) for at in range(len(days))], "timestamp": days, "event": "search"}
    >>> shop = jm.open(pd.DataFrame(log))
    >>> found = pains_over_time(shop.store, shop.question, length="week", kinds=["failed_search"])
    >>> found[["place", "period", "rate"]].to_numpy().tolist()
    [['search without a find', '2026-W02', 1.0], ['search without a find', '2026-W03', 1.0]]
    """
    if SUDDEN_CHANGE in kinds:
        raise QuestionError(
            f"'{SUDDEN_CHANGE}' looks for days within a period itself.", hint="Leave it out, or use 'painpoints'."
        )
    if last is not None:
        expect_count(last, what="The last periods")
    periods = [period for period in calendar_periods(store, replace(question, period=length)) if period.is_complete]
    if not periods:
        raise QuestionError(f"The data reach over no whole {length}.", hint="Take a shorter --period.")
    found: list[tuple[Period, Finding]] = []
    for period in periods if last is None else periods[-last:]:
        found += [(period, finding) for finding in find_pains(store, question, period, kinds)]
    names = shown_names(question.by, set(COLUMNS))
    return _table(found, names)


def find_pains(store: Store, question: Question, period: Period, kinds: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Examine the journeys that start in a period; everything that was looked at."""
    narrowed = replace(question, since_us=period.start_us, until_us=period.end_us, period=None)
    return examine(store, narrowed, kinds=tuple(kinds) or tuple(detectors())).findings


def _table(found: Sequence[tuple[Period, Finding]], names: Sequence[str]) -> pd.DataFrame:
    worst: dict[tuple[object, ...], float] = {}
    for _, finding in found:
        if finding.is_reported:
            key = _key(finding)
            worst[key] = max(worst.get(key, 0.0), finding.severity)
    kept = sorted(
        ((period, finding) for period, finding in found if _key(finding) in worst and finding.rate is not None),
        key=lambda pair: (-worst[_key(pair[1])], _key(pair[1]), pair[0].start_us),
    )
    rows: list[list[object]] = [
        [level for _, level in finding.levels]
        + [
            finding.kind, finding.place, period.name, finding.rate, finding.ci_low, finding.ci_high, finding.n_hits,
            finding.n_units, finding.n_immature, finding.customers, finding.severity, finding.is_reported,
        ]
        for period, finding in kept
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[*names, *COLUMNS])


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.kind, finding.place, finding.levels
