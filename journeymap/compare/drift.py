"""Drift: whether a mix of levels has changed, and how much, where the same customers may be in both mixes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

from journeymap.compare.differences import Counts, Differences, clustered_differences

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_ADDED: Final = 0.5
_LEAST_GROUPS: Final = 2
_LEAST_EXPECTED: Final = 5
_LEAST_HITS: Final = 10
_UPPER: Final = 0.975


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one mix is from another.

    Attributes
    ----------
    index
        The population stability index: the sum over levels of (share now - share before) times the natural logarithm of
        their ratio; 0 where the mixes are equal. Half a unit is added to each level, so that a new one is not infinite.
    by_chance
        What the index is on average where nothing has changed, for so many customers.
    p_value
        Of the hypothesis that nothing has changed; None where fewer than two customer groups have units.
    """

    index: float
    by_chance: float | None
    p_value: float | None


def mix_drift(now: npt.ArrayLike, before: npt.ArrayLike) -> Drift | None:
    """Compare two mixes whose units cluster by customer.

    Parameters
    ----------
    now, before
        Counts of units, shape (levels, customer groups). A customer may have units in both.

    Returns
    -------
    Drift or None
        None where one of them has no units.

    Notes
    -----
    The statistic is Pearson's chi-square for two mixes. Units of one customer are no independent draws, and who is in
    both mixes makes them more alike than strangers would: so it is referred not to chi-square but to the distribution
    that follows from the covariance of the differences, which a delete-a-group jackknife (Kott, 2001) gives; a group is
    left out of both mixes at once. Moments are matched up to the second (Rao and Scott, 1984), and the F distribution
    allows for the number of groups (Thomas and Rao, 1987). For the test, rare levels are taken together until five
    units are expected of each (Cochran, 1954). What the index is by chance follows from the same covariance (Yurdakul
    and Naranjo, 2020, for independent units).

    Examples
    --------
    >>> import numpy as np
    >>> same, other = np.tile([[4.0, 2.0], [1.0, 3.0]], 50), np.tile([[1.0, 2.0], [4.0, 3.0]], 50)
    >>> mix_drift(same, same).p_value
    1.0
    >>> mix_drift(other, same).p_value < 0.001
    True
    """
    mixes = [np.asarray(side, dtype=np.float64) for side in (now, before)]
    there = (mixes[0] + mixes[1]).sum(axis=1) > 0
    mixes = [side[there] for side in mixes]
    totals = [side.sum(axis=1) for side in mixes]
    sizes = [total.sum() for total in totals]
    if min(sizes) == 0:
        return None
    smooth = [(total + _ADDED) / (total + _ADDED).sum() for total in totals]
    index = float(np.sum((smooth[0] - smooth[1]) * np.log(smooth[0] / smooth[1])))
    n_levels = len(mixes[0])
    kept = _gathered(*mixes)
    filled = (kept[0] + kept[1]).sum(axis=0) > 0
    n_groups = int(filled.sum())
    left = [size - side.sum(axis=0)[filled] for size, side in zip(sizes, kept, strict=True)]
    if n_groups < _LEAST_GROUPS or min(left[0].min(), left[1].min()) == 0:
        return Drift(index, None, None)
    totals = [side.sum(axis=1) for side in kept]
    difference = totals[0] / sizes[0] - totals[1] / sizes[1]
    shares = [(total[:, None] - side[:, filled]) / rest for total, side, rest in zip(totals, kept, left, strict=True)]
    moved = shares[0] - shares[1] - difference[:, None]
    covariance = (n_groups - 1) / n_groups * moved @ moved.T
    pooled = (totals[0] + totals[1]) / sum(sizes)
    per_unit = 1 / sizes[0] + 1 / sizes[1]
    # The generalised design effects: eigenvalues of the covariance against that of independent units.
    effects = float(np.sum(np.diag(covariance) / pooled) / per_unit)
    squares = float(np.sum(covariance**2 / np.outer(pooled, pooled)) / per_unit**2)
    statistic = float(np.sum(difference**2 / pooled) / per_unit)
    by_chance = float(effects / max(len(pooled) - 1, 1) * (n_levels - 1) * per_unit)
    return Drift(index, by_chance, _p_value(statistic, effects, squares, n_groups))


def share_changes(now: Counts, before: Counts) -> Differences:
    """Compare the share of each level in two mixes.

    Parameters
    ----------
    now, before
        Units of each level / units of the mix. A customer may have units in both.

    Returns
    -------
    Differences
        As :func:`journeymap.compare.differences.clustered_differences` gives them, but with the interval and the test
        of a delete-a-group jackknife of the difference alone (Kott, 2001) where a level has ten units or more in both
        mixes: customers who are in both with the same level make the difference surer than two mixes of strangers are.

    Examples
    --------
    >>> import numpy as np
    >>> units, some = np.full((1, 100), 4.0), np.tile([[1.0, 2.0]], 50)
    >>> mix = Counts(some, units, np.array([100.0]), np.zeros(1))
    >>> float(share_changes(mix, mix).p_value[0])
    1.0
    """
    plain = clustered_differences(now, before)
    filled = (now.units > 0) | (before.units > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = (now.n_hits[:, None] - now.hits) / (now.n_units[:, None] - now.units)
        without -= (before.n_hits[:, None] - before.hits) / (before.n_units[:, None] - before.units)
    n_groups = filled.sum(axis=1)
    centred = np.where(filled, without - plain.difference[:, None], 0.0)
    error = np.sqrt((centred**2).sum(axis=1) * (n_groups - 1) / np.maximum(n_groups, 1))
    usable = (np.minimum(now.n_hits, before.n_hits) >= _LEAST_HITS) & (error > 0)
    freedom = np.maximum(n_groups - 1, 1)
    half = stats.t.ppf(_UPPER, freedom) * error
    return replace(
        plain,
        ci_low=np.where(usable, np.clip(plain.difference - half, -1, 1), plain.ci_low),
        ci_high=np.where(usable, np.clip(plain.difference + half, -1, 1), plain.ci_high),
        p_value=np.where(
            usable,
            2 * stats.t.sf(np.abs(plain.difference) / np.where(usable, error, 1.0), freedom),
            plain.p_value,
        ),
    )


def _gathered(now: Floats, before: Floats) -> list[Floats]:
    """Take rare levels together, as nothing is known of the variance of a level that one customer is in.

    Cochran's rule: at least five units are expected of each level in either mix. Two levels stay two.
    """
    units = (now + before).sum(axis=1)
    share = min(now.sum(), before.sum()) / units.sum()
    order = np.argsort(units, kind="stable")
    enough = np.cumsum(units[order]) * share >= _LEAST_EXPECTED
    n_rare = int((units * share < _LEAST_EXPECTED).sum())
    n_taken = max(n_rare, int(np.argmax(enough)) + 1) if n_rare else 0
    if n_taken < 2 or n_taken > len(units) - 1:  # noqa: PLR2004 - one is together with none
        return [now, before]
    taken = order[:n_taken]
    return [np.vstack([np.delete(side, taken, axis=0), side[taken].sum(axis=0)]) for side in (now, before)]


def _p_value(statistic: float, effects: float, squares: float, n_groups: int) -> float | None:
    if effects <= 0 or squares <= 0:  # no group differs from another
        return 1.0 if statistic == 0 else None
    freedom = effects**2 / squares
    return float(stats.f.sf(statistic / effects, freedom, freedom * (n_groups - 1)))
