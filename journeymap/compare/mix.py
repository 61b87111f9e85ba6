"""Why two sides convert differently: because they are made up otherwise, or because they act otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import special

from journeymap.errors import QuestionError
from journeymap.measure.groups import journey_groups
from journeymap.model.names import ALL_LEVELS
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    import numpy.typing as npt

    from journeymap.segments.question import Question, Sides
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

_TAIL: Final = 0.975


def mix_effects(store: Store, question: Question, sides: Sides, *, within: str) -> pd.DataFrame:
    """Take the difference of two conversion rates apart: what comes from the mix, and what from the rates.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; segments that split it are not looked at.
    sides
        The two sides.
    within
        The further segment whose levels may be mixed differently on the sides.

    Returns
    -------
    DataFrame
        One row per level of ``within``, and a last row ``(all)`` with the sums: ``level``; the sides ``a`` and ``b``;
        ``share_a`` and ``share_b`` (the level's mature journeys / all mature journeys of the side); ``rate_a`` and
        ``rate_b`` (converted / mature journeys, missing where there are none); ``difference`` (rate_a - rate_b);
        ``mix_effect`` and ``rate_effect``, each with its 95 % interval, clustered by customer (``mix_low``,
        ``mix_high``, ``rate_low``, ``rate_high``); ``hits_a`` (converted), ``units_a`` (mature), ``hits_b``,
        ``units_b``; and ``is_reversed``.

        The mix effects and rate effects of all levels add up to the whole difference. ``is_reversed`` marks Simpson's
        paradox: on the last row where every level differs the other way than the whole, or not at all; on a level's row
        where it differs the other way than the whole. Levels with fewer customers on a side than the minimum of the
        settings are not asked.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.
    QuestionError
        When there are not exactly two sides, or ``within`` is the segment that is compared.

    Notes
    -----
    The symmetric decomposition of Kitagawa (1955): a level's rate effect is the difference of its rates times the mean
    of its shares; its mix effect is the difference of its shares times the mean of its rates. So that a level that a
    has more of counts for a where it converts better than the whole, the mean of the two whole rates is taken off its
    mean rate first; that changes no sum. A level that one side lacks has a mix effect only. Intervals are those of a
    delete-a-group jackknife (Kott, 2001).

    Examples
    --------
    >>> import journeymap as jm
    >>> from journeymap.segments.question import Sides
    >>> shop = jm.open("sample_events")
    >>> found = mix_effects(shop.store, shop.question, Sides("region", ("south",)), within="device").iloc[-1]
    >>> bool(abs(found["mix_effect"] + found["rate_effect"] - found["difference"]) < 1e-12)
    True
    """
    names = sides.names
    if len(names) != 2:  # noqa: PLR2004 - a difference has two
        raise QuestionError(f"Mix and rate effects are of two sides, not {len(names)}.", hint="Name one level, or two.")
    if within == sides.segment:
        raise QuestionError(f"'{within}' is what is compared.", hint="Name another segment with --within.")
    frame = journey_groups(store, replace(question, by=(within,), sides=sides, by_side=True))
    side_column, level_column = frame.columns[0], frame.columns[1]
    levels = [str(level) for level in dict.fromkeys(frame[level_column])]
    counts = np.zeros((2, 2, len(levels), N_GROUPS))  # converted or mature, side, level, customer group
    at = (
        frame[side_column].map({name: number for number, name in enumerate(names)}).to_numpy(dtype=np.int64),
        frame[level_column].map({level: number for number, level in enumerate(levels)}).to_numpy(dtype=np.int64),
        frame["customer_group"].to_numpy(dtype=np.int64),
    )
    for number, column in enumerate(("converted", "mature")):
        np.add.at(counts[number], at, frame[column].to_numpy(dtype=np.float64))
    customers = np.zeros((2, len(levels)))
    np.add.at(customers, at[:2], frame["customers"].to_numpy(dtype=np.float64))
    enough = customers.min(axis=0) >= store.settings.journey.minimum_customers
    return _table(counts, levels, names, enough)


def _table(counts: Floats, levels: list[str], names: tuple[str, ...], enough: npt.NDArray[np.bool_]) -> pd.DataFrame:
    totals = counts.sum(axis=-1)
    mix, rate = _effects(totals)
    mix_error, rate_error = _standard_errors(counts)
    (hits_a, hits_b), (units_a, units_b) = totals
    units = {"a": np.append(units_a, units_a.sum()), "b": np.append(units_b, units_b.sum())}
    hits = {"a": np.append(hits_a, hits_a.sum()), "b": np.append(hits_b, hits_b.sum())}
    rates = {side: _divide(hits[side], units[side]) for side in "ab"}
    difference = rates["a"] - rates["b"]
    frame = pd.DataFrame(
        {
            "level": [*levels, ALL_LEVELS],
            "a": names[0],
            "b": names[1],
            **{f"share_{side}": _divide(units[side], units[side][-1]) for side in "ab"},
            **{f"rate_{side}": rates[side] for side in "ab"},
            "difference": difference,
            "mix_effect": mix,
            "mix_effect_low": mix - mix_error,
            "mix_effect_high": mix + mix_error,
            "rate_effect": rate,
            "rate_effect_low": rate - rate_error,
            "rate_effect_high": rate + rate_error,
            **{
                f"{what}_{side}": values[side].astype(np.int64)
                for side in "ab"
                for what, values in (("hits", hits), ("units", units))
            },
        }
    )
    frame["is_reversed"] = _reversed(np.where(np.append(enough, True), difference, np.nan))
    return frame


def _reversed(difference: Floats) -> npt.NDArray[np.bool_]:
    """Mark the levels that differ the other way than the whole, and the whole where none differs its way."""
    within, whole = difference[:-1], difference[-1]
    known = within[~np.isnan(within)]
    against = within * whole < 0
    # One level alone has the same rates as the whole.
    paradox = len(known) > 1 and bool((known * whole <= 0).all()) and bool(against.any())
    return np.append(against, paradox)


def _effects(totals: Floats) -> tuple[Floats, Floats]:
    """Give the mix and the rate effect of each level and of all together, from (converted or mature, side, level)."""
    hits, units = totals
    share = _divide(units, units.sum(axis=1, keepdims=True))
    rate = _divide(hits, units)
    # Where a side lacks the level there is no rate to differ by.
    rate = np.where(np.isnan(rate), rate[::-1], rate)
    rate = np.where(np.isnan(rate), 0.0, rate)
    middle = (share * rate).sum(axis=1).mean()
    mix = (share[0] - share[1]) * (rate.mean(axis=0) - middle)
    rates = (rate[0] - rate[1]) * share.mean(axis=0)
    return np.append(mix, mix.sum()), np.append(rates, rates.sum())


def _standard_errors(counts: Floats) -> tuple[Floats, Floats]:
    """Give half the width of each effect's interval; NaN with fewer than two customer groups."""
    filled = np.flatnonzero(counts[1].sum(axis=(0, 1)) > 0)
    n_groups = len(filled)
    n_rows = counts.shape[2] + 1
    if n_groups < 2:  # noqa: PLR2004 - one group has no variance
        return np.full(n_rows, np.nan), np.full(n_rows, np.nan)
    totals = counts.sum(axis=-1)
    whole = np.stack(_effects(totals))
    replicates = np.stack([np.stack(_effects(totals - counts[..., group])) for group in filled])
    variance = ((replicates - whole) ** 2).sum(axis=0) * (n_groups - 1) / n_groups
    half = np.sqrt(variance) * special.stdtrit(n_groups - 1, _TAIL)
    return half[0], half[1]


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(denominator == 0, np.nan, numerator / denominator))
