"""Abandonment: after X no Y within W.

What it is
    A customer begins something (puts a product in the cart) and does not finish it (order) within a window.
Why it hurts
    The customer wanted it enough to begin. What stopped them is often small and can be mended: a cost shown late, a
    form, a fault.
How it is measured
    By attempts (see :func:`journeymap.measure.abandonment.abandonment`): the rate is the abandoned over the mature
    attempts, its interval is clustered by customer. Each level is compared with all levels together (lift) and tested
    against the others (p-value by a jackknife over customer groups), corrected over everything that was looked at.
    Severity is the square root of reach times the interval's lower bound: reach is the share of the level's customers
    who abandoned. Revenue at risk is the mean goal value times the abandoned attempts.

Parameters
----------
    ``after`` (X), ``without`` (Y, the goal unless said), ``window_us`` (7 days unless said). Without ``after``, the
    touchpoints that look like a cart or a checkout are taken.
Known false alarms
    A cart used as a wish list. A purchase made where no events come from, such as a shop without a till feed. A window
    shorter than people take to decide.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any, Final

from journeymap.compare.tests import benjamini_hochberg, jackknife_difference
from journeymap.measure.abandonment import abandonment, abandonment_groups, went_instead
from journeymap.measure.outcomes import outcomes
from journeymap.model.catalog import plain_name
from journeymap.model.finding import Finding
from journeymap.settings import format_duration

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

DEFAULT_WINDOW_US: Final = 7 * 86_400_000_000
_BEGIN_WORDS: Final = ("cart", "basket", "checkout", "addtocart", "trial", "bag")
_N_SHOWN: Final = 5


def guess_starts(names: Sequence[str], goals: Sequence[str]) -> list[str]:
    """Give the touchpoints that look like the begin of something that should end in a goal.

    Examples
    --------
    >>> guess_starts(["product", "add_to_cart", "checkout", "order"], ["order"])
    ['add_to_cart', 'checkout']
    """
    found = []
    for name in names:
        words = plain_name(name).split("_")
        finished = {"completed", "complete", "removed", "remove", "abandoned"} & set(words)
        if name not in goals and not finished and any(word in _BEGIN_WORDS for word in words):
            found.append(name)
    return found


def detect(
    store: Store,
    question: Question,
    *,
    after: str | None = None,
    without: Sequence[str] = (),
    window_us: int = DEFAULT_WINDOW_US,
) -> list[Finding]:
    """Find abandonment.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    after
        X; None: the touchpoints that look like a cart or a checkout.
    without
        Y; empty: the goal.
    window_us
        W in microseconds.

    Returns
    -------
    list of Finding
        One per X and level that has a mature attempt, in no particular order.

    Raises
    ------
    UnknownNameError
        When a touchpoint, segment or level is not known.
    QuestionError
        When there is neither a goal nor ``without``.
    """
    rows = store.engine.execute("SELECT touchpoint, is_goal FROM touchpoints ORDER BY touchpoint")
    goals = [str(name) for name, is_goal in rows if is_goal]
    ends = list(without) or goals
    starts = [after] if after is not None else (guess_starts([str(row[0]) for row in rows], ends) if ends else [])
    found: list[tuple[Finding, float | None]] = []
    for start in starts:
        found += _of_start(store, question, start, ends, window_us)
    corrected = benjamini_hochberg([p_value for _, p_value in found])
    return [_with_q(finding, q_value) for (finding, _), q_value in zip(found, corrected, strict=True)]


def _of_start(
    store: Store, question: Question, start: str, ends: Sequence[str], window_us: int
) -> list[tuple[Finding, float | None]]:
    table = abandonment(store, question, after=start, without=ends, window_us=window_us)
    instead = went_instead(store, question, after=start, without=ends, window_us=window_us)
    levels = list(table.columns[: len(question.by)])
    groups = abandonment_groups(store, question, after=start, without=ends, window_us=window_us) if levels else None
    best = _best_rate(table, store.settings.journey.minimum_customers) if levels else None
    sizes = _customers_by_level(store, question)
    found = []
    for row in table.to_dict("records"):
        if row["attempts"] == 0:
            continue
        key = tuple(str(row[name]) for name in levels)
        finding = _finding(
            store, row, start=start, ends=ends, window_us=window_us,
            levels=tuple(zip(question.by, key, strict=True)), best=best, n_level_customers=sizes[key],
            went=_went(instead, levels, key),
        )  # fmt: skip
        found.append((finding, None if groups is None else _p_value(groups, levels, key)))
    return found


def _finding(
    store: Store,
    row: dict[Hashable, Any],
    *,
    start: str,
    ends: Sequence[str],
    window_us: int,
    levels: tuple[tuple[str, str], ...],
    best: float | None,
    n_level_customers: int,
    went: tuple[tuple[str, int], ...],
) -> Finding:
    rate, low = float(row["rate"]), float(row["ci_low"])
    mean_value = float(row["mean_goal_value"])
    reach = row["customers"] / n_level_customers if n_level_customers else 0.0
    won = None if best is None else max(0.0, rate - best) * float(row["attempts"])
    worth = won if won is None or not isfinite(mean_value) else won * mean_value
    unit = "their mean value" if isfinite(mean_value) else "one goal each"
    return Finding(
        kind="abandonment",
        place=f"after {start} without {' or '.join(ends)} within {format_duration(window_us)}",
        touchpoint=start,
        levels=levels,
        severity=min(1.0, sqrt(max(0.0, reach * low))),
        n_hits=int(row["abandoned"]),
        n_units=int(row["attempts"]),
        n_immature=int(row["immature"]),
        rate=rate,
        ci_low=low,
        ci_high=float(row["ci_high"]),
        baseline=_known(row["baseline"]) if levels else None,
        lift=_known(row["lift"]) if levels else None,
        q_value=None,
        customers=int(row["customers"]),
        journeys=int(row["journeys"]),
        revenue_at_risk=_known(row["revenue_at_risk"]),
        opportunity=worth,
        went_instead=went,
        window_seconds=window_us / 1e6,
        thin=row["attempt_customers"] < store.settings.journey.minimum_customers,
        assumption=""
        if best is None
        else f"if the rate fell to the best level's ({best:.1%}) and the attempts won were worth {unit}",
    )


def _known(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _best_rate(table: pd.DataFrame, minimum_customers: int) -> float | None:
    """Give the lowest rate among the levels that enough customers stand behind; None where there are fewer than two."""
    usable = table[(table["attempt_customers"] >= minimum_customers) & (table["attempts"] > 0)]
    return float(usable["rate"].min()) if len(usable) > 1 else None


def _customers_by_level(store: Store, question: Question) -> dict[tuple[str, ...], int]:
    table = outcomes(store, question)
    levels = list(table.columns[: len(question.by)])
    return {tuple(str(row[name]) for name in levels): int(row["customers"]) for row in table.to_dict("records")}


def _went(instead: pd.DataFrame, levels: list[str], key: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    chosen = instead
    for name, level in zip(levels, key, strict=True):
        chosen = chosen[chosen[name] == level]
    shown = chosen.head(_N_SHOWN)
    return tuple((str(row["touchpoint"]), int(row["count"])) for row in shown.to_dict("records"))


def _p_value(groups: pd.DataFrame, levels: list[str], key: tuple[str, ...]) -> float | None:
    inside = groups[levels[0]] == key[0]
    for name, level in zip(levels[1:], key[1:], strict=True):
        inside &= groups[name] == level
    sides = []
    for chosen in (groups[inside], groups[~inside]):
        counts = chosen.groupby("customer_group")[["abandoned", "attempts"]].sum().reindex(range(100), fill_value=0)
        sides += [counts["abandoned"].to_numpy(), counts["attempts"].to_numpy()]
    return jackknife_difference(*sides)


def _with_q(finding: Finding, q_value: float | None) -> Finding:
    return replace(finding, q_value=q_value)
