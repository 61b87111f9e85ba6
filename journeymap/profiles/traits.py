"""What sets each level of a segment apart from all others: rates and means, tested, corrected over everything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

from journeymap.compare.correction import benjamini_hochberg
from journeymap.compare.differences import Counts, clustered_differences
from journeymap.compare.levels import LEAST_EFFECT, SIGNIFICANT
from journeymap.compare.places import Places, count_places
from journeymap.compare.profile_permutation import LEAST_HITS
from journeymap.measure.activity import activity_groups
from journeymap.measure.groups import channel_groups
from journeymap.measure.interval import CONFIDENCE, clustered_interval
from journeymap.measure.jackknife import interval_of_amount, jackknife_variance
from journeymap.model.level_profile import Contrast, Figure
from journeymap.model.names import START
from journeymap.model.numbers import known_number
from journeymap.model.rate import Rate
from journeymap.segments.question import Sides
from journeymap.segments.sides import SIDE
from journeymap.segments.sources import CHANNEL_COLUMN
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.segments.segment import Segment
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

LEAST_CHANGE: Final = 0.1
"""How far a mean must be from that of the others, as a share of it, to count as a difference."""

_FIGURES: Final = (
    ("goal_value", "value", "goal_visits", "goal_customers"),
    ("visits_per_customer", "visits", "customers", "customers"),
    ("active_days_per_customer", "active_days", "customers", "customers"),
)
"""Of each mean: its name, the columns that are divided, and the customers who stand behind it."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What was found of one level.

    Attributes
    ----------
    figures
        Its means beside those of the others.
    contrasts
        Its rates beside those of the others, clear differences first, the largest first.
    mature_customers
        Distinct customers with a mature journey.
    """

    figures: tuple[Figure, ...]
    contrasts: tuple[Contrast, ...]
    mature_customers: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The traits of several levels.

    Attributes
    ----------
    traits
        By level.
    n_looked_at
        How many comparisons were tested; the q-values are corrected for all of them.
    """

    traits: dict[str, Traits]
    n_looked_at: int


def compare_with_others(store: Store, question: Question, segment: Segment, levels: Sequence[str]) -> Compared:
    """Compare each level with all others of its segment.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; segments that split it are not looked at.
    segment
        The segment.
    levels
        The levels to compare, each with everyone else, those without a value included. All comparisons are corrected
        together (Benjamini and Hochberg, 1995).

    Returns
    -------
    Compared
        Rates as :func:`journeymap.compare.levels.compare_sides` has them, and of channels; means; tested with the
        customer as the unit.

    Raises
    ------
    UnknownNameError
        When a level is not known.

    Notes
    -----
    Not tested is what follows from the level itself: where journeys begin, for a column of the events, since the level
    is the first event's; and the channels, where that column is the channel.
    """
    minimum = store.settings.journey.minimum_customers
    found: list[tuple[list[Contrast], list[Figure], int]] = []
    p_values: list[float | None] = []
    for level in levels:
        sides = Sides(segment.name, (level,))
        asked = replace(question, by=(), sides=sides, by_side=True)
        places = count_places(store, asked, sides.names, least_hits=LEAST_HITS)
        places += _channels(channel_groups(store, asked), places, sides.names)
        contrasts, tested = _contrasts(places, minimum)
        tested = [None if _follows(item, segment) else p for item, p in zip(contrasts, tested, strict=True)]
        activity = activity_groups(store, asked)
        own = activity[activity[SIDE] == level]
        figures, also_tested = _figures(own, activity[activity[SIDE] != level], minimum)
        found.append((contrasts, figures, int(own["customers"].sum())))
        p_values += [*tested, *also_tested]
    q_values = iter(benjamini_hochberg(p_values))
    traits = {}
    for level, (contrasts, figures, n_customers) in zip(levels, found, strict=True):
        judged = [_judged(item, next(q_values)) for item in contrasts]
        means = tuple(_judged_mean(item, next(q_values)) for item in figures)
        traits[level] = Traits(means, tuple(sorted(judged, key=_order)), n_customers)
    return Compared(traits, sum(value is not None for value in p_values))


def _follows(item: Contrast, segment: Segment) -> bool:
    """Say whether a difference is part of what the level is."""
    if not segment.is_of_first_events:
        return False
    return item.place == START or (item.what == "channel" and CHANNEL_COLUMN in segment.level_sql)


def _channels(frame: pd.DataFrame, places: Places, names: Sequence[str]) -> Places:
    """Count the mature visits in each channel over all mature visits; none where no event names a channel."""
    channels = sorted({str(name) for name in frame["channel"]})
    if not any(channels):
        channels = []
    sides = []
    for at, name in enumerate(names):
        own = frame[frame[SIDE] == name]
        hits = np.zeros((len(channels), N_GROUPS))
        row = own["channel"].map({channel: number for number, channel in enumerate(channels)})
        if channels:
            np.add.at(
                hits,
                (row.to_numpy(dtype=np.int64), own["customer_group"].to_numpy(dtype=np.int64)),
                own["mature_visits"].to_numpy(dtype=np.float64),
            )
        units = np.repeat(hits.sum(axis=0)[None, :], len(channels), axis=0)
        # Who has a mature visit has a mature journey, and the other way round: a journey starts with a visit.
        customers = places.sides[at].customers[:1].sum() if places.names else 0.0
        immature = float(own["immature_visits"].sum())
        sides.append(Counts(hits, units, np.full(len(channels), customers), np.full(len(channels), immature)))
    return Places(tuple(("channel", channel, "") for channel in channels), tuple(sides))


def _contrasts(places: Places, minimum: int) -> tuple[list[Contrast], list[float | None]]:
    """Compare two sides at every place; gives also the p-values, None where too few customers stand behind a side."""
    a, b = places.sides
    found = clustered_differences(a, b)
    rates = [_rates(side) for side in (a, b)]
    enough = np.minimum(a.customers, b.customers) >= minimum
    contrasts = [
        Contrast(
            what, place, target, rates[0][at], rates[1][at],
            difference=known_number(found.difference[at]),
            difference_low=known_number(found.ci_low[at]),
            difference_high=known_number(found.ci_high[at]),
            ratio=known_number(found.ratio[at]),
            effect_size=known_number(found.effect_size[at]),
            q_value=None,
            is_clear=False,
        )
        for at, (what, place, target) in enumerate(places.names)
    ]  # fmt: skip
    return contrasts, [known_number(p) if sure else None for p, sure in zip(found.p_value, enough, strict=True)]


def _rates(side: Counts) -> list[Rate]:
    low, high = clustered_interval(side.hits, side.units, side.customers)
    rows = zip(side.n_hits, side.n_units, side.rate, low, high, strict=True)
    return [
        Rate(int(hits), int(units), known_number(rate), known_number(least), known_number(most))
        for hits, units, rate, least, most in rows
    ]


def _figures(own: pd.DataFrame, others: pd.DataFrame, minimum: int) -> tuple[list[Figure], list[float | None]]:
    """Compare the means of two sides; gives also the p-values."""
    figures: list[Figure] = []
    p_values: list[float | None] = []
    for name, sum_name, count_name, customers_name in _FIGURES:
        sides = [(_by_group(side, sum_name), _by_group(side, count_name)) for side in (own, others)]
        if not any(counts.sum() for _, counts in sides):
            continue
        either = (sides[0][1] > 0) | (sides[1][1] > 0)
        both = [_leave_out(sums, counts, either) for sums, counts in sides]
        means = [_with_interval(sums, counts) for sums, counts in sides]
        difference = both[0] - both[1]
        alone = [_leave_out(sums, counts, counts > 0) for sums, counts in sides]
        pooled = _leave_out(sides[0][0] + sides[1][0], sides[0][1] + sides[1][1], either)
        low, high, p_value = _tested(difference, alone, pooled, [counts for _, counts in sides])
        enough = all(int(side[customers_name].sum()) >= minimum for side in (own, others))
        p_values.append(known_number(p_value) if enough else None)
        figures.append(
            Figure(
                name, *means[0], *means[1], int(sides[0][1].sum()), int(sides[1][1].sum()),
                difference=known_number(difference[0]), difference_low=known_number(low),
                difference_high=known_number(high),
                q_value=None, is_clear=False,
            )
        )  # fmt: skip
    return figures, p_values


def _by_group(frame: pd.DataFrame, column: str) -> Floats:
    made = np.zeros(N_GROUPS)
    made[frame["customer_group"].to_numpy(dtype=np.int64)] = frame[column].fillna(0).to_numpy(dtype=np.float64)
    return made


def _leave_out(sums: Floats, counts: Floats, groups: npt.NDArray[np.bool_]) -> Floats:
    """Give the mean, then the means without each of these groups; NaN where nothing is left."""
    with np.errstate(divide="ignore", invalid="ignore"):
        without = (sums.sum() - sums[groups]) / (counts.sum() - counts[groups])
        return np.asarray([sums.sum() / counts.sum(), *np.where(counts.sum() > counts[groups], without, np.nan)])


def _with_interval(sums: Floats, counts: Floats) -> tuple[float | None, float | None, float | None]:
    filled = counts > 0
    values = _leave_out(sums, counts, filled)
    low, high = interval_of_amount(values, filled.sum())
    return known_number(values[0]), known_number(low), known_number(high)


def _tested(
    difference: Floats, sides: Sequence[Floats], pooled: Floats, counts: Sequence[Floats]
) -> tuple[float, float, float]:
    """Test a difference of means against 0, and give its 95 % interval: low, high and the two-sided p-value.

    The variance is the larger of two. One is the jackknife's, which knows of customers on both sides; Student's t then
    has the degrees of freedom of Welch (1947), for a side with few customer groups knows its part badly. Amounts are
    skewed, and a small side may by chance have none of the large ones, and so too little variance: there the other one
    holds, that of all customers together without a difference. In a simulation without differences at most 5 % of the
    p-values were below 0.05, also of amounts with a long tail and for six customers against a thousand. The interval is
    of the first, and too short for such: 86 % of those of six customers, and 95 % of those of 300, held the difference.

    Parameters
    ----------
    difference, pooled
        The difference and the mean of both sides together, then without each customer group that either has.
    sides
        The mean of each side, then without each of its own groups.
    counts
        What each mean is over, per customer group.
    """
    variance = float(jackknife_variance(difference))
    parts = [float(jackknife_variance(side)) for side in sides]
    if not np.isfinite([difference[0], variance, *parts]).all() or not sum(parts) or not variance:
        return np.nan, np.nan, 1.0 if difference[0] == 0 and variance == 0 else np.nan
    known = [max(int((count > 0).sum()) - 1, 1) for count in counts]
    freedom = sum(parts) ** 2 / sum(part**2 / number for part, number in zip(parts, known, strict=True))
    n_units = [float(count.sum()) for count in counts]
    alike = float(jackknife_variance(pooled)) * sum(n_units) * sum(1 / number for number in n_units)
    ways = ((freedom, variance**0.5), (float(len(pooled) - 2), alike**0.5))
    value = float(difference[0])
    half = float(special.stdtrit(freedom, 1 - (1 - CONFIDENCE) / 2)) * variance**0.5
    p_value = max(float(2 * special.stdtr(number, -abs(value) / error)) for number, error in ways if error > 0)
    return value - half, value + half, p_value


def _judged(item: Contrast, q_value: float | None) -> Contrast:
    is_large = item.effect_size is not None and abs(item.effect_size) >= LEAST_EFFECT
    return replace(item, q_value=q_value, is_clear=is_large and q_value is not None and q_value <= SIGNIFICANT)


def _judged_mean(item: Figure, q_value: float | None) -> Figure:
    is_large = item.difference is not None and abs(item.difference) >= LEAST_CHANGE * abs(item.others or 0.0)
    return replace(item, q_value=q_value, is_clear=is_large and q_value is not None and q_value <= SIGNIFICANT)


def _order(item: Contrast) -> tuple[bool, float, str, str, str]:
    size = abs(item.effect_size or 0.0)
    return not item.is_clear, -size, item.what, item.place, item.target
