"""A test between two variants: whether the change helped, whom, and whether it was dealt as it was meant to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from journeymap.compare.variant_rows import COLUMNS, heterogeneity_test, variant_rows
from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.measure.tables import shown_names
from journeymap.measure.variants import variant_groups
from journeymap.model.names import ALL_LEVELS
from journeymap.model.shown import Tabled
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from journeymap.measure.variants import VariantGroups
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

MISMATCH: Final = 0.001
"""A sample ratio that is so unlikely says that something went wrong."""

CONTROLS: Final = ("control", "ctrl", "a", "off", "old", "original", "baseline", "default", "false", "0", "no")
"""What the control is called, where nobody says."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VariantTest(Tabled):
    """What a test between two variants gave.

    Attributes
    ----------
    variant
        The column that says which.
    control, treatment
        The two variants.
    ratio
        The share of customers that the treatment should have had, 0 to 1.
    ratio_p
        The p-value of the sample-ratio check over all customers (chi-square).
    n_several
        Customers who were given both, or a third one too. They are left out.
    n_without
        Customers who were given none.
    n_elsewhere
        Customers who were given theirs in a journey outside of the question. They are in no count.
    n_others
        Customers who were given another variant.
    n_immature
        Customers given one of the two less than one horizon before the data end: in the sample ratio, not in the rates.
    heterogeneity_p
        The p-value of the hypothesis that the treatment makes the same difference in every level (Cochran's Q); None
        where fewer than two levels can be tested.
    frame
        The numbers; see :func:`compare_variants`.
    """

    variant: str
    control: str
    treatment: str
    ratio: float
    ratio_p: float
    n_several: int
    n_without: int
    n_elsewhere: int
    n_others: int
    n_immature: int
    heterogeneity_p: float | None
    frame: pd.DataFrame

    @property
    def is_mismatch(self) -> bool:
        """Whether the sample ratio is not what was meant: p below 0.001. The other numbers are not to be trusted."""
        return self.ratio_p < MISMATCH

    def to_frame(self) -> pd.DataFrame:
        """Give the numbers: the whole, and each level."""
        return self.frame

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know: a sample ratio that was not meant, and who is left out."""
        whole = self.frame.iloc[0]
        given = int(whole["customers_treatment"])
        expected = self.ratio * (int(whole["customers_control"]) + given)
        mismatch = (
            f"Sample ratio mismatch: {expected:,.0f} customers should have been given '{self.treatment}', and "
            f"{given:,} were. Find out why before you believe any difference: customers were lost, or dealt wrongly."
        )
        left_out = (
            (self.n_several, "were given more than one variant and are left out"),
            (self.n_others, "were given another variant"),
            (self.n_without, "were given none"),
            (self.n_elsewhere, "were given theirs in a journey that is left out, and are left out too"),
            (self.n_immature, "were given theirs less than one horizon ago and are not yet in the rates"),
        )
        told = [f"{number:,} customer{'' if number == 1 else 's'} {words}." for number, words in left_out if number]
        return ((mismatch,) if self.is_mismatch else ()) + tuple(told)


def compare_variants(
    store: Store,
    question: Question,
    variant: str,
    *,
    control: str | None = None,
    treatment: str | None = None,
    ratio: tuple[float, float] = (1.0, 1.0),
) -> VariantTest:
    """Compare two variants in the whole, and in each level.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    variant
        A column of the events or an attribute of customers that says which variant a customer was given; see
        :func:`journeymap.measure.variants.variant_groups`.
    control, treatment
        The two variants. None: those that there are; the control is the one that is called so, else the first.
    ratio
        How customers were meant to be dealt: control to treatment.

    Returns
    -------
    VariantTest
        Its frame has one row for the whole, and one per level: the levels (``(all)`` for the whole);
        ``customers_control`` and ``customers_treatment`` (given the variant, mature or not) and ``ratio_p`` (their
        chi-square test against the ratio); ``mature_...`` (one horizon is over since they were given it);
        ``converted_...`` (of those, with a goal visit within one horizon); ``rate_...`` (converted / mature, 0 to 1);
        ``difference`` (treatment - control) with its 95 % interval ``ci_low`` and ``ci_high``; ``p_value`` (two-sided)
        and ``q_value`` (Benjamini and Hochberg, 1995, over the levels; the whole is one test); ``verdict``: ``higher``
        or ``lower`` (treatment against control, q at the most 0.05), ``unclear``, or ``thin`` (fewer mature customers
        of a variant than the minimum of the settings: not tested); ``value_...`` (goal value within one horizon /
        mature customers; missing where no goal visit has a value), their difference with its interval, ``value_p`` and
        ``value_q``.

    Raises
    ------
    UnknownNameError
        When there is no such column or variant.
    QuestionError
        When there are not two variants, or the ratio is none.

    Notes
    -----
    The customer is the unit, and each is counted once, over one horizon from when the variant was given: how many
    journeys follow may itself be an effect of it, so journeys are no units here. Rates are compared by
    :func:`journeymap.compare.differences.clustered_differences`, means by a delete-a-group jackknife (Kott, 2001). A
    sample ratio with p below 0.001 says that customers were lost or dealt wrongly (Fabijan et al., 2019): then the
    difference may come from that.

    Examples
    --------
    >>> import journeymap as jm
    >>> n = 400
    >>> log = pd.DataFrame({"customer": [str(at) for at in range(n)], "timestamp": pd.Timestamp("2026-01-01")})
    >>> log["page"], log["event"] = ["a", "b"] * (n // 2), ["home", "order", "home", "home"] * (n // 4)
    >>> late = pd.DataFrame({"customer": ["x"], "timestamp": pd.Timestamp("2026-06-01"), "event": "home"})
    >>> shop = jm.open(pd.concat([log, late]))
    >>> row = compare_variants(shop.store, shop.question, "page").to_frame().iloc[0]
    >>> float(row["rate_control"]), float(row["rate_treatment"]), row["verdict"]
    (0.0, 0.5, 'higher')
    """
    ratio = _expect_ratio(ratio)
    groups = variant_groups(store, question, variant)
    one, other = _choose(groups, variant, control, treatment)
    frame = groups.frame[groups.frame["variant"].isin((one, other))]
    named = frame[list(groups.segments)].itertuples(index=False, name=None)
    levels: list[tuple[str, ...]] = list(dict.fromkeys(named)) if groups.segments else [()]
    counts = _spread(frame, groups.segments, levels, (one, other))
    minimum = store.settings.journey.minimum_customers
    share = ratio[1] / sum(ratio)
    has_value = bool(counts["valued"].sum() > 0)
    whole = variant_rows({name: values.sum(axis=0, keepdims=True) for name, values in counts.items()}, minimum, share)
    shown = shown_names(groups.segments, set(COLUMNS))
    rows = [_named(whole, shown, [(ALL_LEVELS,) * len(groups.segments)])]
    heterogeneity = None
    if groups.segments:
        split = variant_rows(counts, minimum, share)
        heterogeneity = heterogeneity_test(counts, split["verdict"].to_numpy() != "thin")
        rows.append(_named(split, shown, levels))
    frame = pd.concat(rows, ignore_index=True)[[*shown, *COLUMNS]]
    if not has_value:
        frame[[name for name in COLUMNS if name.startswith("value_")]] = np.nan
    given = counts["customers"].sum(axis=(0, 2))
    in_all = int(groups.frame["customers"].sum())
    return VariantTest(
        variant=variant,
        control=one,
        treatment=other,
        ratio=share,
        ratio_p=float(frame["ratio_p"].iloc[0]),
        n_several=groups.n_several,
        n_without=groups.n_without,
        n_elsewhere=groups.n_elsewhere,
        n_others=in_all - groups.n_several - int(given.sum()),
        n_immature=int(given.sum() - counts["mature"].sum()),
        heterogeneity_p=heterogeneity,
        frame=frame,
    )


def _expect_ratio(ratio: Sequence[float]) -> tuple[float, float]:
    if len(ratio) != 2 or not all(0 < part < np.inf for part in ratio):  # noqa: PLR2004 - one part each
        raise QuestionError(
            f"The ratio {':'.join(f'{part:g}' for part in ratio)} is none of two variants.",
            hint="Two numbers above 0, control to treatment, such as 50:50 or 9:1.",
        )
    return float(ratio[0]), float(ratio[1])


def _choose(groups: VariantGroups, variant: str, control: str | None, treatment: str | None) -> tuple[str, str]:
    """Say which variant is the control, and which the treatment."""
    names = groups.variants
    for name in (control, treatment):
        if name is not None and name not in names:
            raise UnknownNameError(
                f"'{variant}' gives no customer the variant '{name}'. {suggest(name, names)}",
                hint="Name two of them with --control and --treatment.",
            )
    if len(names) < 2:  # noqa: PLR2004 - a test is between two
        several = f" (customers who were given more than one: {groups.n_several:,})" if groups.n_several else ""
        there = f"only gives '{names[0]}'" if names else "gives nobody a variant"
        raise QuestionError(f"'{variant}' {there}{several}: two variants are compared.", hint="Name another column.")
    if control is not None and control == treatment:
        raise QuestionError(f"'{control}' is named as control and as treatment.", hint="Name two different ones.")
    if len(names) > 2 and (control is None or treatment is None):  # noqa: PLR2004 - as above
        listed = ", ".join(names[:12]) + (" ..." if len(names) > 12 else "")  # noqa: PLR2004 - enough to see what it is
        raise QuestionError(
            f"'{variant}' gives {len(names)} variants, and two are compared: {listed}.",
            hint=f"Name them, such as --control '{names[0]}' --treatment '{names[1]}'.",
        )
    if control is None:
        rest = [name for name in names if name != treatment]
        control = next((name for known in CONTROLS for name in rest if name.lower() == known), rest[0])
    return control, treatment or next(name for name in names if name != control)


def _spread(
    frame: pd.DataFrame, segments: tuple[str, ...], levels: list[tuple[str, ...]], names: tuple[str, str]
) -> dict[str, Floats]:
    """Put counts in arrays, shape (levels, variants, customer groups)."""
    place = {level: at for at, level in enumerate(levels)}
    keys = frame[list(segments)].itertuples(index=False, name=None) if segments else [()] * len(frame)
    at = (
        np.array([place[key] for key in keys], dtype=np.int64),
        frame["variant"].map({name: number for number, name in enumerate(names)}).to_numpy(dtype=np.int64),
        frame["customer_group"].to_numpy(dtype=np.int64),
    )
    found = {}
    for name in ("customers", "mature", "converted", "valued", "value"):
        found[name] = np.zeros((len(levels), 2, N_GROUPS))
        np.add.at(found[name], at, frame[name].to_numpy(dtype=np.float64))
    return found


def _named(rows: pd.DataFrame, segments: Sequence[str], levels: list[tuple[str, ...]]) -> pd.DataFrame:
    for at, name in enumerate(segments):
        rows.insert(at, name, [level[at] for level in levels])
    return rows
