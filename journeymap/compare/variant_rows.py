"""The numbers of a test between two variants, a row per level: sample ratio, rates, values, heterogeneity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import stats

from journeymap.compare.correction import benjamini_hochberg
from journeymap.compare.differences import Counts, clustered_differences
from journeymap.compare.stratified import stratified_difference
from journeymap.measure.jackknife import interval_of_amount, jackknife_variance

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SIGNIFICANT: Final = 0.05

COLUMNS: Final = (
    "customers_control", "customers_treatment", "ratio_p", "mature_control", "mature_treatment", "converted_control",
    "converted_treatment", "rate_control", "rate_treatment", "difference", "ci_low", "ci_high", "p_value", "q_value",
    "verdict", "value_control", "value_treatment", "value_difference", "value_difference_low", "value_difference_high",
    "value_p", "value_q",
)  # fmt: skip
_WHOLE: Final = tuple(name for name in COLUMNS if name.startswith(("customers_", "mature_", "converted_")))


def variant_rows(counts: dict[str, Floats], minimum: int, share: float) -> pd.DataFrame:
    """Give a row per level; those that are tested together are corrected together.

    Parameters
    ----------
    counts
        ``customers``, ``mature``, ``converted``, ``valued`` and ``value``, shape (levels, variants, customer groups);
        the control is the first variant.
    minimum
        A variant with fewer mature customers is thin, and not tested.
    share
        The share of customers that the treatment should have had, 0 to 1.
    """
    totals = {name: values.sum(axis=2) for name, values in counts.items()}
    control, treatment = (
        Counts(
            counts["converted"][:, at],
            counts["mature"][:, at],
            totals["mature"][:, at],
            totals["customers"][:, at] - totals["mature"][:, at],
        )
        for at in (0, 1)
    )
    found = clustered_differences(treatment, control)
    tested = totals["mature"].min(axis=1) >= minimum
    rows: dict[str, object] = {}
    for name in ("customers", "mature", "converted"):
        rows |= {f"{name}_control": totals[name][:, 0], f"{name}_treatment": totals[name][:, 1]}
    p_value = np.where(tested, found.p_value, np.nan)
    q_value = _corrected(p_value)
    rows |= {
        "ratio_p": [_ratio_p(row, share) for row in totals["customers"]],
        "rate_control": control.rate,
        "rate_treatment": treatment.rate,
        "difference": found.difference,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_value": p_value,
        "q_value": q_value,
        "verdict": np.select(
            [
                ~tested | np.isnan(p_value),
                (q_value <= SIGNIFICANT) & (found.difference > 0),
                (q_value <= SIGNIFICANT) & (found.difference < 0),
            ],
            ["thin", "higher", "lower"],
            "unclear",
        ),
        **_values(counts, tested),
    }
    return pd.DataFrame(rows).astype(dict.fromkeys(_WHOLE, "int64"))


def _values(counts: dict[str, Floats], tested: npt.NDArray[np.bool_]) -> dict[str, object]:
    """Compare value per mature customer, with the jackknife over customer groups."""
    value, mature = counts["value"], counts["mature"]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = value.sum(axis=2) / mature.sum(axis=2)
        without = (value.sum(axis=2)[:, :, None] - value) / (mature.sum(axis=2)[:, :, None] - mature)
    difference = means[:, 1] - means[:, 0]
    low, high, p_value = (np.full(len(difference), np.nan) for _ in range(3))
    for at in range(len(difference)):
        filled = mature[at].sum(axis=0) > 0
        replicates = (without[at, 1] - without[at, 0])[filled]
        n_groups = int(filled.sum())
        if not tested[at] or n_groups < 2 or not np.isfinite(replicates).all():  # noqa: PLR2004 - one has no variance
            continue
        values = np.append(difference[at], replicates)[:, None]
        bounds = interval_of_amount(values, [n_groups])
        low[at], high[at] = bounds[0][0], bounds[1][0]
        error = float(np.sqrt(jackknife_variance(values)[0]))
        if error > 0:
            p_value[at] = 2 * stats.t.sf(abs(difference[at]) / error, df=n_groups - 1)
    return {
        "value_control": means[:, 0],
        "value_treatment": means[:, 1],
        "value_difference": difference,
        "value_difference_low": low,
        "value_difference_high": high,
        "value_p": p_value,
        "value_q": _corrected(p_value),
    }


def _ratio_p(customers: Floats, share: float) -> float:
    """Test customers of control and treatment against the share that the treatment should have."""
    total = customers.sum()
    if total == 0:
        return float("nan")
    return float(stats.chisquare(customers, f_exp=[total * (1 - share), total * share]).pvalue)


def heterogeneity_test(counts: dict[str, Floats], tested: npt.NDArray[np.bool_]) -> float | None:
    """Test whether the levels' differences are one (Cochran, 1954); levels have no customer in common."""
    sides = [counts[name][:, at][:, None, :] for at in (1, 0) for name in ("converted", "mature")]
    found = stratified_difference(*sides)
    known = tested & np.isfinite(found.standard_error)
    if known.sum() < 2:  # noqa: PLR2004 - one differs from none
        return None
    difference, weight = found.difference[known], 1 / found.standard_error[known] ** 2
    mean = np.sum(weight * difference) / weight.sum()
    return float(stats.chi2.sf(np.sum(weight * (difference - mean) ** 2), df=int(known.sum()) - 1))


def _corrected(p_values: Floats) -> Floats:
    corrected = benjamini_hochberg([None if np.isnan(value) else float(value) for value in p_values])
    return np.array([np.nan if value is None else value for value in corrected])
