"""Everything that is looked at when sides are compared, as arrays: places by sides by customer groups."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from journeymap.compare.differences import Counts
from journeymap.measure.groups import funnel_groups, journey_groups, transition_groups, visit_groups
from journeymap.model.names import DROPPED, START
from journeymap.segments.sides import SIDE
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from journeymap.measure.funnel import Order
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

What = Literal["outcome", "visit", "dropoff", "transition", "step", "channel"]
Name = tuple[What, str, str]
OUTCOMES: Final = ("converted", "ended", "abandoned", "open")


@dataclass(frozen=True, slots=True)
class Places:
    """What is compared, and what each side counted there.

    Attributes
    ----------
    names
        (what, place, target) of each; the target is "" where there is none.
    sides
        The sides' counts, in the order of the sides.
    """

    names: tuple[Name, ...]
    sides: tuple[Counts, ...]

    def __add__(self, other: Places) -> Places:
        sides = tuple(
            Counts(
                np.concatenate([one.hits, two.hits]),
                np.concatenate([one.units, two.units]),
                np.concatenate([one.customers, two.customers]),
                np.concatenate([one.immature, two.immature]),
            )
            for one, two in zip(self.sides, other.sides, strict=True)
        )
        return Places(self.names + other.names, sides)


def count_places(
    store: Store,
    question: Question,
    side_names: Sequence[str],
    *,
    steps: Sequence[str] = (),
    window_us: int | None = None,
    order: Order = "ordered",
    least_hits: int = 1,
) -> Places:
    """Count everything at every place, a scan per table.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; it has sides.
    side_names
        The sides, in their order.
    steps, window_us, order
        The funnel, where one is looked at.
    least_hits
        Transitions that are rarer on all sides together are left out.

    Returns
    -------
    Places
        Outcomes (over mature journeys), visits (mature journeys that visit a touchpoint, over mature journeys),
        drop-off (over mature visits), transitions (over mature visits of the source; those into ``(dropped)`` are its
        drop-off), and steps (mature customers who came to it, over those at the step before).
    """
    count = _Counter({name: at for at, name in enumerate(side_names)})
    journeys = journey_groups(store, question)
    moves = transition_groups(store, question)
    found = count.outcomes(journeys)
    found += count.touchpoints(visit_groups(store, question), journeys, moves, least_hits)
    if steps:
        entered = funnel_groups(store, question, steps, window_us=window_us, order=order)
        found += count.steps(entered, steps)
    return found


@dataclass(frozen=True, slots=True)
class _Counter:
    """Puts measured tables in arrays; knows the order of the sides."""

    order_of: dict[str, int]

    def outcomes(self, journeys: pd.DataFrame) -> Places:
        shown = [name for name in OUTCOMES if journeys[name].sum() > 0]
        hits = self._stack([self._spread(journeys, name)[0] for name in shown])
        return self._over_journeys([("outcome", name, "") for name in shown], hits, journeys)

    def touchpoints(self, visits: pd.DataFrame, journeys: pd.DataFrame, moves: pd.DataFrame, least_hits: int) -> Places:
        """Give visits, drop-offs and transitions."""
        number = {str(name): at for at, name in enumerate(sorted(visits["touchpoint"].unique()))}
        at = np.asarray(visits["touchpoint"].map(number), dtype=np.int64)
        seen, units, young, customers = (
            self._spread(visits, name, at, len(number))
            for name in ("mature_journeys", "mature_visits", "immature_visits", "customers")
        )
        found = self._over_journeys([("visit", name, "") for name in number], seen, journeys)
        pairs = moves.groupby(["source", "target"], sort=True)
        hits = self._spread(moves, "count", np.asarray(pairs.ngroup(), dtype=np.int64), pairs.ngroups)
        ends: list[tuple[str, str]] = [(str(row[0]), str(row[1])) for row in pairs["count"].sum().index.tolist()]
        # A touchpoint that nobody dropped at has a drop-off too: 0.
        dropped = np.zeros_like(units)
        for row, (source, target) in enumerate(ends):
            if target == DROPPED:
                dropped[number[source]] = hits[row]
        frequent = hits.sum(axis=(1, 2)) >= least_hits
        starts = [row for row, (source, _) in enumerate(ends) if source == START and frequent[row]]
        inner = [row for row, pair in enumerate(ends) if pair[0] != START and pair[1] != DROPPED and frequent[row]]
        sources = [number[ends[row][0]] for row in inner]
        ever = [at for at in number.values() if units[at].sum() > 0]
        names = list(number)
        return (
            found
            + self._places(
                [("dropoff", names[at], "") for at in ever], dropped[ever], units[ever], customers[ever], young[ever]
            )
            + self._over_journeys([("transition", *ends[row]) for row in starts], hits[starts], journeys)
            + self._places(
                [("transition", *ends[row]) for row in inner],
                hits[inner],
                units[sources],
                customers[sources],
                young[sources],
            )
        )

    def steps(self, entered: pd.DataFrame, steps: Sequence[str]) -> Places:
        at = np.asarray(entered["step"], dtype=np.int64) - 1
        counts, young = (self._spread(entered, name, at, len(steps)) for name in ("entered", "immature"))
        names: list[Name] = [("step", before, after) for before, after in pairwise(steps)]
        return self._places(names, counts[1:], counts[:-1], counts[:-1], young[:-1])

    def _over_journeys(self, names: list[Name], hits: Floats, journeys: pd.DataFrame) -> Places:
        """Give places whose units are the mature journeys."""
        units, customers, young = (
            np.repeat(self._spread(journeys, name), len(names), axis=0) for name in ("mature", "customers", "immature")
        )
        return self._places(names, hits, units, customers, young)

    def _spread(
        self, frame: pd.DataFrame, column: str, at: npt.NDArray[np.int64] | None = None, n_places: int = 1
    ) -> Floats:
        """Put a column of counts in an array, shape (places, sides, groups)."""
        made = np.zeros((n_places, len(self.order_of), N_GROUPS))
        sides = frame[SIDE].map(self.order_of).to_numpy(dtype=np.int64)
        places = np.zeros(len(frame), dtype=np.int64) if at is None else at
        groups = frame["customer_group"].to_numpy(dtype=np.int64)
        np.add.at(made, (places, sides, groups), frame[column].to_numpy(dtype=np.float64))
        return made

    def _stack(self, arrays: list[Floats]) -> Floats:
        return np.stack(arrays) if arrays else np.zeros((0, len(self.order_of), N_GROUPS))

    def _places(self, names: list[Name], hits: Floats, units: Floats, customers: Floats, immature: Floats) -> Places:
        sides = (
            Counts(hits[:, at], units[:, at], customers[:, at].sum(axis=1), immature[:, at].sum(axis=1))
            for at in range(len(self.order_of))
        )
        return Places(tuple(names), tuple(sides))
