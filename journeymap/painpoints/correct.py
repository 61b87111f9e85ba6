"""Corrects for everything that was looked at, and says what stands up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.compare.tests import benjamini_hochberg
from journeymap.painpoints.sudden_change import is_large

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
    baseline by the look's least difference and least lift, and at least the minimum of customers hit. Where nothing is
    split, also where the look has a floor and the rate's lower bound reaches it; ``in_itself`` extends that to levels.
    With ``shows_pairs`` what a look always shows is reported however it compares.
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
            stands = q_value is not None and q_value <= MOST_Q and is_large(change.finding, minimum_customers)
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
        and finding.rate >= finding.baseline * look.least_lift
        and finding.customers >= minimum_customers
    )
