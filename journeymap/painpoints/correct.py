"""Corrects for everything that was looked at, and says what stands up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.compare.correction import benjamini_hochberg
from journeymap.painpoints.sudden_change import is_large_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding
    from journeymap.painpoints.look import Look
    from journeymap.painpoints.sudden_change import Change

MOST_Q: Final = 0.05
"""The share of false findings among those reported that is accepted."""


def correct(
    found: Sequence[tuple[Look, Finding]],
    changes: Sequence[Change],
    minimum_customers: int,
    *,
    in_itself: bool = False,
    shows_pairs: bool = True,
) -> list[Finding]:
    """Correct for everything that was looked at, and say what stands up.

    A finding is reported where it is worse than what it is compared with: q at most :data:`MOST_Q`, the rate above the
    baseline by the look's least difference and least lift (see :func:`is_large`), and at least the minimum of customers
    hit. Where nothing is split, also where the look has a floor and the rate's lower bound reaches it; ``in_itself``
    extends that to levels. With ``shows_pairs`` what a look always shows is reported however it compares.
    """
    p_values = [finding.p_value for _, finding in found] + [change.p_value for change in changes]
    corrected = iter(benjamini_hochberg(p_values))
    judged = []
    for (look, finding), q_value in zip(found, corrected, strict=False):
        stands = (
            (shows_pairs and look.is_always_shown)
            or ((in_itself or not finding.levels) and is_pain_in_itself(look, finding, minimum_customers))
            or _is_worse(look, finding, q_value, minimum_customers)
        )
        judged.append(replace(finding, q_value=q_value, is_reported=stands))
    for change, q_value in zip(changes, corrected, strict=True):
        if change.finding is not None:
            stands = q_value is not None and q_value <= MOST_Q and is_large_change(change.finding, minimum_customers)
            judged.append(replace(change.finding, q_value=q_value, is_reported=stands))
    return judged


def is_pain_in_itself(look: Look, finding: Finding, minimum_customers: int) -> bool:
    """Say whether the rate itself is a pain, with nothing to compare."""
    return (
        look.floor is not None
        and finding.ci_low is not None
        and finding.ci_low >= look.floor
        and finding.customers >= minimum_customers
    )


def _is_worse(look: Look, finding: Finding, q_value: float | None, minimum_customers: int) -> bool:
    if q_value is None or finding.baseline is None or finding.rate is None:
        return False
    return (
        q_value <= MOST_Q
        and finding.rate - finding.baseline >= look.least_difference
        and is_large(finding.rate, finding.baseline, look.least_lift)
        and finding.customers >= minimum_customers
    )


def is_large(rate: float, baseline: float, least_lift: float) -> bool:
    """Say whether a rate is large beside its baseline: so many times as high, or so many times fewer are spared.

    Of high rates only the latter can be: 70 % are not 1.2 times 60 %, but the 30 % who are spared are 1.3 times fewer
    than 40 %.

    Examples
    --------
    >>> is_large(0.12, 0.1, 1.2), is_large(0.11, 0.1, 1.2), is_large(0.7, 0.6, 1.2), is_large(0.65, 0.6, 1.2)
    (True, False, True, False)
    """
    return rate >= baseline * least_lift or (1 - rate) * least_lift <= 1 - baseline
