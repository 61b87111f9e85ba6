"""When was a rate higher than at other times? A scan over all windows of days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

N_PERMUTATIONS: Final = 499
CLEAR_SCORE: Final = 4.5
"""A best window below this score is what chance gives; it is not worth a permutation test."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days in which a rate was highest above its usual height.

    Attributes
    ----------
    first, last
        The days' places in the arrays, both included.
    score
        How many standard deviations the hits inside are above what is expected.
    p_value
        The chance of so high a best window where nothing changed.
    """

    first: int
    last: int
    score: float
    p_value: float


def scan_windows(
    hits: npt.ArrayLike, expected: npt.ArrayLike, variance: npt.ArrayLike, *, seed: int = 0
) -> Window | None:
    """Find the window of days with the most hits above expectation, and how likely chance gives one like it.

    The scan statistic of Kulldorff (1997) with a normal score in place of the likelihood. Windows have one day up to
    half of all. Its distribution where nothing changed comes from permutations of the days, which keep what the hits of
    one day have in common; a Gumbel distribution fitted to them gives small p-values (Abrams, Kulldorff and Kleinman,
    2010).

    Parameters
    ----------
    hits, expected, variance
        Per day, shape (days,): the hits, those expected if nothing changed, and their variance. Hits and expected ones
        add up to the same.
    seed
        Of the permutations.

    Returns
    -------
    Window or None
        None where there are fewer than two days, or nothing varies.

    Examples
    --------
    >>> import numpy as np
    >>> hits = np.where((np.arange(60) >= 20) & (np.arange(60) < 27), 18.0, 3.0)
    >>> window = scan_windows(hits, np.full(60, hits.mean()), np.full(60, hits.mean()))
    >>> window.first, window.last, window.p_value < 0.001
    (20, 26, True)
    """
    excess = np.asarray(hits, dtype=np.float64) - np.asarray(expected, dtype=np.float64)
    spread = np.asarray(variance, dtype=np.float64)
    n_days = len(excess)
    if n_days < 2 or spread.sum() <= 0:  # noqa: PLR2004 - there is no other day to compare with
        return None
    firsts, lasts, scores = _best(excess[None, :], spread[None, :])
    first, last, score = int(firsts[0]), int(lasts[0]), float(scores[0])
    if score < CLEAR_SCORE:
        return Window(first, last, score, 1.0)
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(n_days), (N_PERMUTATIONS, 1)), axis=1)
    maxima = _best(excess[order], spread[order])[2]
    location, scale = stats.gumbel_r.fit(maxima)
    # What was seen counts among the permutations where they beat it: the fit may be poor there.
    p_value = float(stats.gumbel_r.sf(score, location, scale))
    beaten = int((maxima >= score).sum())
    return Window(first, last, score, max(p_value, beaten / (N_PERMUTATIONS + 1)))


def _best(excess: Floats, variance: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """Give the first day, the last day and the score of the best window of each row, shape (rows,)."""
    n_rows, n_days = excess.shape
    above, spread = np.zeros((n_rows, n_days + 1)), np.zeros((n_rows, n_days + 1))
    np.cumsum(excess, axis=1, out=above[:, 1:])
    np.cumsum(variance, axis=1, out=spread[:, 1:])
    best = np.full(n_rows, -np.inf)
    first, last = np.zeros(n_rows, dtype=np.int64), np.zeros(n_rows, dtype=np.int64)
    rows = np.arange(n_rows)
    for length in range(1, max(n_days // 2, 1) + 1):
        inside = spread[:, length:] - spread[:, :-length]
        # Given all hits, those inside vary less the more of all days the window holds.
        free = inside * (1 - inside / spread[:, -1:])
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = np.where(free > 0, (above[:, length:] - above[:, :-length]) / np.sqrt(free), -np.inf)
        at = scores.argmax(axis=1)
        found = scores[rows, at]
        better = found > best
        best[better], first[better], last[better] = found[better], at[better], at[better] + length - 1
    return first, last, best
