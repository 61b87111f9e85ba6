"""A finding: measured friction at a place, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One pain point.

    Attributes
    ----------
    kind
        The detector's name, for example ``abandonment``.
    place
        Where it hurts: a touchpoint, or ``after X without Y``.
    touchpoint
        The touchpoint of the place, as it stands on a map.
    levels
        The segments and the level that the finding is about, in the order asked for; empty for the whole.
    severity
        0 to 1, see the detector's documentation.
    n_hits, n_units, n_immature
        The rate's numerator, its denominator (mature units only) and the units too young to count.
    rate
        n_hits / n_units, 0 to 1, or None where there is no mature unit.
    ci_low, ci_high
        The 95 % interval of the rate, clustered by customer.
    baseline
        The rate that it is compared with: that of all levels together; None where nothing splits the question.
    lift
        rate / baseline, or None where there is no baseline above 0.
    q_value
        The p-value against the baseline after Benjamini-Hochberg over all findings of the question, or None
        where nothing was compared.
    customers
        Distinct customers hit.
    journeys
        Distinct journeys hit.
    revenue_at_risk
        Mean goal value times the units lost, or None where goals carry no value.
    opportunity
        What would be gained if the rate fell to the best comparable level, in units of value (or in goals
        where goals carry no value); None where nothing is comparable, and for drop-offs that are not reported.
    went_instead
        Where those customers went next: touchpoint and count, largest first.
    window_seconds
        The time allowed between the two touchpoints.
    thin
        True where fewer customers than the minimum stand behind the rate.
    unit
        What n_units counts, in the plural: attempts, visits, customers.
    assumption
        What the opportunity assumes, in words.
    opportunity_low, opportunity_high
        The 95 % interval of the opportunity, by a jackknife over customer groups; None where it was not worked out.
    compared_with
        What the baseline is, in words: "all levels together, at the same position in the journey".
    p_value
        The two-sided p-value before correction; None where nothing was compared.
    shrunken_rate
        The rate drawn towards that of the other levels by an empirical-Bayes beta-binomial; None where it was not.
    is_reported
        Whether it stands up: corrected significance and effect reach what the detector asks for.
    consequences
        What goes with it: (what, number) pairs, such as ("conversion of those hit", 0.12).
    n_excess, excess
        What is too much in the units hit, and what that is in words ("visits beyond the first"); None and "" where it
        is not counted.
    began, ended
        ISO 8601 dates between which it held, both included; "" where it is not bound to a time.
    action
        What is usually done about it, filled in with the segment and the numbers.
    without
        Of an abandonment, the touchpoints of which one should have followed.
    """

    kind: str
    place: str
    touchpoint: str
    levels: tuple[tuple[str, str], ...]
    severity: float
    n_hits: int
    n_units: int
    n_immature: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    baseline: float | None
    lift: float | None
    q_value: float | None
    customers: int
    journeys: int
    revenue_at_risk: float | None
    opportunity: float | None
    went_instead: tuple[tuple[str, int], ...] = field(default=())
    window_seconds: float | None = None
    thin: bool = False
    unit: str = "attempts"
    assumption: str = ""
    opportunity_low: float | None = None
    opportunity_high: float | None = None
    compared_with: str = ""
    p_value: float | None = None
    shrunken_rate: float | None = None
    is_reported: bool = True
    consequences: tuple[tuple[str, float], ...] = field(default=())
    n_excess: int | None = None
    excess: str = ""
    began: str = ""
    ended: str = ""
    action: str = ""
    without: tuple[str, ...] = field(default=())
