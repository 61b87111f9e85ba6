"""The transitions of journeys as arrays: a row per customer group, a column per transition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from journeymap.model.names import ENDS, START
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

_OF_SOURCE = ["source_customers", "source_converting", "source_converted"]


@dataclass(frozen=True, slots=True, eq=False)
class ChainCounts:
    """The transitions of one level's journeys, cut at the goal, per customer group.

    Attributes
    ----------
    touchpoints
        Their names, in order.
    sources, targets
        Of each transition: places in ``touchpoints``; a source of -1 is ``(start)``, and targets from
        ``len(touchpoints)`` on are the ends, in the order of :data:`journeymap.model.names.ENDS`. Shape (edges,).
    counts
        How often, shape (groups, edges).
    customers
        Distinct customers who visited each touchpoint, shape (touchpoints,).
    converted_through
        Converted journeys that come by each touchpoint, shape (touchpoints,).
    converted_customers
        Distinct customers who converted.
    goals, values
        Goal visits with a value and the sum of these values, shape (groups,); see
        :func:`journeymap.measure.chain.goal_values`.
    """

    touchpoints: tuple[str, ...]
    sources: Places
    targets: Places
    counts: Floats
    customers: Floats
    converted_through: Floats
    converted_customers: float
    goals: Floats
    values: Floats

    @property
    def filled(self) -> npt.NDArray[np.bool_]:
        """Which customer groups have a journey or a goal's value: leaving out another one changes nothing."""
        return np.asarray((self.counts[:, self.sources < 0].sum(axis=1) > 0) | (self.goals > 0), dtype=bool)

    @property
    def totals(self) -> Floats:
        """How often each transition is, over all groups, shape (edges,)."""
        total: Floats = self.counts.sum(axis=0)
        return total

    @property
    def n_journeys(self) -> float:
        """Journeys started."""
        return float(self.totals[self.sources < 0].sum())

    @property
    def visits(self) -> Floats:
        """Visits of each touchpoint, shape (touchpoints,)."""
        inner = self.sources >= 0
        return self._by_source(inner)

    def leaving(self, end: str) -> Floats:
        """Give the visits of each touchpoint that a journey came to an end at, shape (touchpoints,)."""
        into = self.targets == len(self.touchpoints) + ENDS.index(end)
        return self._by_source(into & (self.sources >= 0))

    @property
    def mean_goal_value(self) -> float | None:
        """The mean value of a goal visit; None where none has a value."""
        n_goals = self.goals.sum()
        return float(self.values.sum() / n_goals) if n_goals > 0 else None

    def _by_source(self, edges: npt.NDArray[np.bool_]) -> Floats:
        counted = np.bincount(self.sources[edges], self.totals[edges], minlength=len(self.touchpoints))
        return counted.astype(np.float64)

    def place(self, touchpoint: str) -> int | None:
        """Give the place of a touchpoint; None where nobody visits it."""
        return self.touchpoints.index(touchpoint) if touchpoint in self.touchpoints else None


def counts_of(rows: pd.DataFrame, values: pd.DataFrame | None = None) -> ChainCounts:
    """Put the counts of one level in arrays.

    Parameters
    ----------
    rows
        Rows of one level of :func:`journeymap.measure.chain.count_chain`.
    values
        What :func:`journeymap.measure.chain.goal_values` gives; None where nothing is worth anything.

    Returns
    -------
    ChainCounts
        With the touchpoints in the order of their names.
    """
    names = sorted((set(rows["source"]) | set(rows["target"])) - {START, *ENDS})
    place = {name: at for at, name in enumerate([*names, *ENDS])} | {START: -1}
    edges = rows.groupby(["source", "target"], sort=True).ngroup().to_numpy(dtype=np.int64)
    n_edges = int(edges.max()) + 1 if len(edges) else 0
    sources, targets = np.zeros(n_edges, dtype=np.int64), np.zeros(n_edges, dtype=np.int64)
    sources[edges] = rows["source"].map(place)
    targets[edges] = rows["target"].map(place)
    counts = np.zeros((N_GROUPS, n_edges))
    group = rows["customer_group"].to_numpy(dtype=np.int64)
    np.add.at(counts, (group, edges), rows["count"].to_numpy(dtype=np.float64))
    # What is counted of a source stands in each of its rows; one row per group is enough.
    once = rows.drop_duplicates(["source", "customer_group"]).groupby("source")
    of_source = once[_OF_SOURCE].sum().reindex(names, fill_value=0).astype("float64")
    goals, worth = np.zeros(N_GROUPS), np.zeros(N_GROUPS)
    if values is not None:
        groups = values["customer_group"].to_numpy(dtype=np.int64)
        goals[groups], worth[groups] = values["goals"], values["value"]
    return ChainCounts(
        tuple(names),
        sources,
        targets,
        counts,
        of_source["source_customers"].to_numpy(),
        of_source["source_converted"].to_numpy(),
        float(of_source["source_converting"].sum()),
        goals,
        worth,
    )
