"""The journey graph as an absorbing Markov chain, solved in closed form, with a replicate per customer group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from journeymap.errors import QuestionError
from journeymap.model.names import CONVERTED, DROPPED, ENDS

if TYPE_CHECKING:
    import numpy.typing as npt

    from journeymap.graph.counts import ChainCounts

    Floats = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

_BATCH_CELLS: Final = 4_000_000
_NEVER_LEAVES: Final = 1e-12
_N_NAMED: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Absorption:
    """An absorbing Markov chain, solved. Row 0 is the estimate; each further row leaves one customer group out.

    Attributes
    ----------
    n_journeys
        Journeys started, shape (rows,).
    from_start
        The chance of converting, shape (rows,).
    chances
        The chance of converting from each touchpoint, before it is known where the journey goes next; 0 where nobody
        visits it. Shape (rows, touchpoints), as are those below.
    visits
        Expected visits of a journey to each touchpoint.
    stays
        Expected visits to each touchpoint by a journey that has come to it, the first included: the diagonal of the
        fundamental matrix.
    drop_rates
        Of each touchpoint's visits, the share that the journey is abandoned at; NaN where nobody visits it.
    n_groups
        Customer groups that visit each touchpoint, shape (touchpoints,).
    """

    n_journeys: Floats
    from_start: Floats
    chances: Floats
    visits: Floats
    stays: Floats
    drop_rates: Floats
    n_groups: Places

    def removal_effects(self) -> Floats:
        """Give the share of conversions that is lost where a touchpoint leads to ``(dropped)`` (Anderl et al., 2016).

        It is the share of converting journeys that visit it, which the fundamental matrix gives without solving the
        chain anew: the chance of coming there at all, times the chance of converting from there.

        Returns
        -------
        array of float, shape (rows, touchpoints)
            0 to 1; NaN where nothing converts.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            lost = self.visits / self.stays * self.chances
            # Rounding must not make a share more than the whole.
            return np.clip(lost / self.from_start[:, None], 0.0, 1.0)

    def gains(self, places: Places, drop_rates: Floats) -> Floats:
        """Give by how much the chance of converting from ``(start)`` rises when touchpoints drop less, one at a time.

        The drop-off of a touchpoint becomes the given rate, and its other ways out are scaled up in proportion, by
        s = (1 - rate) / (1 - drop-off). That changes one row of the chain, so the Sherman-Morrison formula gives the
        new chances from the fundamental matrix N of the old chain. At the touchpoint itself, with the chance h of
        converting and n = N's diagonal, it comes to h' = s (h / n) / (1 - s (1 - 1 / n)); the start gains the chance of
        coming there, times h' - h.

        Parameters
        ----------
        places
            Touchpoints, shape (changes,).
        drop_rates
            Their drop-off after the change, 0 to 1, shape (changes,).

        Returns
        -------
        array of float, shape (rows, changes)
            Negative where the drop-off rises. NaN where nobody visits the touchpoint, where all drop there now, so that
            nothing is known of the ways of those who would stay, and where those who would stay could never leave.
        """
        chance, stay = self.chances[:, places], self.stays[:, places]
        now = self.drop_rates[:, places]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(now < 1, (1 - drop_rates) / (1 - now), np.nan)
            leaves = 1 - scale * (1 - 1 / stay)
            mended = np.where(leaves > _NEVER_LEAVES, scale * chance / stay / leaves, np.nan)
        # From where no goal can be reached, none can be reached by staying.
        mended = np.where((chance == 0) & (now < 1), 0.0, mended)
        gain: Floats = self.visits[:, places] / stay * (mended - chance)
        return gain


def solve(counts: ChainCounts) -> Absorption:
    """Solve the absorbing chain of the counts, and once more without each customer group.

    The transient part Q of the chain has the touchpoints; its fundamental matrix is N = (I - Q)^-1 (Kemeny and Snell,
    1960), by solving linear systems for all replicates together.

    Parameters
    ----------
    counts
        The transitions of whole journeys.

    Returns
    -------
    Absorption
        A row per replicate: the estimate, then one without each customer group that is filled.

    Raises
    ------
    QuestionError
        When journeys go round for ever: no end can be reached from some touchpoint. Counts of whole journeys have
        no such.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("(start)", "cart", 4), ("cart", "order", 1), ("cart", "(dropped)", 3), ("order", "(converted)", 1)]
    >>> frame = pd.DataFrame(rows, columns=["source", "target", "count"]).assign(
    ...     customer_group=0, source_customers=1, source_converting=0, source_converted=0)
    >>> from journeymap.graph.counts import counts_of
    >>> float(solve(counts_of(frame)).from_start[0])
    0.25
    """
    m = len(counts.touchpoints)
    _expect_ways_out(counts)
    left = counts.counts.sum(axis=0) - np.vstack([np.zeros_like(counts.counts[:1]), counts.counts[counts.filled]])
    parts = [
        _solve_batch(left[at : at + step], counts, m)
        for step in [max(1, _BATCH_CELLS // max(m * m, 1))]
        for at in range(0, len(left), step)
    ]
    started, from_start, chances, visits, stays, drops = (np.concatenate(part) for part in zip(*parts, strict=True))
    by_group = np.zeros((m, len(counts.counts)), dtype=bool)
    inner = counts.sources >= 0
    np.logical_or.at(by_group, counts.sources[inner], counts.counts[:, inner].T > 0)
    return Absorption(started, from_start, chances, visits, stays, drops, by_group.sum(axis=1))


def _solve_batch(left: Floats, counts: ChainCounts, m: int) -> tuple[Floats, ...]:
    """Solve some replicates: counts of shape (replicates, edges)."""
    n = len(left)
    moves = np.zeros((n, m + 1, m + len(ENDS)))  # the start in the last row, where -1 points
    moves[:, counts.sources, counts.targets] = left
    totals = moves.sum(axis=2)
    shares = np.divide(moves, totals[:, :, None], out=np.zeros_like(moves), where=totals[:, :, None] > 0)
    transient, converting = shares[:, :m, :m], shares[:, :, m + ENDS.index(CONVERTED)]
    transient[~_can_end(moves[:, :m])] = 0.0  # who goes round for ever does not convert
    identity = np.broadcast_to(np.eye(m), (n, m, m))
    fundamental = np.linalg.solve(identity - transient, identity)
    entries = shares[:, m, :m]
    chances = np.clip(np.einsum("rij,rj->ri", fundamental, converting[:, :m]), 0.0, 1.0)
    visits = np.einsum("ri,rij->rj", entries, fundamental)
    drops = np.where(totals[:, :m] > 0, shares[:, :m, m + ENDS.index(DROPPED)], np.nan)
    from_start = np.clip(np.einsum("ri,ri->r", entries, chances) + converting[:, m], 0.0, 1.0)
    return totals[:, m], from_start, chances, visits, np.einsum("rii->ri", fundamental), drops


def _can_end(moves: Floats) -> npt.NDArray[np.bool_]:
    """Say from which touchpoints an end can be reached; from those that nobody visits, yes."""
    m = moves.shape[1]
    steps = moves[:, :, :m] > 0
    can: npt.NDArray[np.bool_] = (moves[:, :, m:] > 0).any(axis=2) | (moves.sum(axis=2) == 0)
    while True:
        further: npt.NDArray[np.bool_] = can | np.matmul(steps, can[:, :, None])[:, :, 0]
        if np.array_equal(further, can):
            return can
        can = further


def _expect_ways_out(counts: ChainCounts) -> None:
    m = len(counts.touchpoints)
    moves = np.zeros((1, m, m + len(ENDS)))
    inner = counts.sources >= 0
    moves[0, counts.sources[inner], counts.targets[inner]] = counts.counts[:, inner].sum(axis=0)
    stuck = [name for name, can in zip(counts.touchpoints, _can_end(moves)[0], strict=True) if not can]
    if stuck:
        more = f" and {len(stuck) - _N_NAMED} more" if len(stuck) > _N_NAMED else ""
        raise QuestionError(
            f"Journeys that come to {', '.join(stuck[:_N_NAMED])}{more} go round for ever: no end can be reached.",
            hint="Count whole journeys: each begins at (start) and leaves from its last touchpoint into an end.",
        )
