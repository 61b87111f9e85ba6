"""Journeys by level, period and customer group, as arrays: what tables over time are made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from journeymap.compare.differences import Counts
from journeymap.measure.groups import journey_groups
from journeymap.segments.operands import Scope
from journeymap.segments.periods import PERIOD, calendar_periods
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from journeymap.model.period import Period
    from journeymap.segments.question import Question
    from journeymap.settings import PeriodLength
    from journeymap.store.store import Store

    Floats = npt.NDArray[np.float64]

COUNTS: Final = (
    "mature", "in_time", "converted", "ended", "abandoned", "open", "immature", "customers", "all_customers",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PeriodCounts:
    """What was counted.

    Attributes
    ----------
    periods
        In order, none left out.
    segments
        What the columns of the levels are called.
    levels
        The levels in their order; ``((),)`` where nothing splits.
    counts
        Shape (levels, periods, customer groups), by the columns of
        :func:`journeymap.measure.groups.journey_groups`.
    """

    periods: tuple[Period, ...]
    segments: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    counts: dict[str, Floats]

    def journeys(self) -> Floats:
        """Give the journeys that start in the period, mature or not, shape (levels, periods, groups)."""
        return np.asarray(self.counts["mature"] + self.counts["immature"])

    def rates(self, hits: str, periods: Sequence[int]) -> Counts:
        """Give hits / mature journeys of each level, periods taken together, to be compared."""
        at = list(periods)
        picked = {name: self.counts[name][:, at, :].sum(axis=1) for name in (hits, "mature", "customers", "immature")}
        return Counts(picked[hits], picked["mature"], self._customers("customers", at), picked["immature"].sum(axis=1))

    def shares(self, periods: Sequence[int]) -> Counts:
        """Give the journeys of each level / those of all levels, periods taken together, to be compared."""
        at = list(periods)
        hits = self.journeys()[:, at, :].sum(axis=1)
        units = np.broadcast_to(hits.sum(axis=0), hits.shape)
        everyone = self.counts["all_customers"][:, at, :].sum(axis=(0, 2)).max(initial=0.0)
        return Counts(hits, units, np.full(len(hits), everyone), np.zeros(len(hits)))

    def customers(self, periods: Sequence[int]) -> Floats:
        """Give distinct customers of each level in several periods, at the least."""
        return self._customers("all_customers", list(periods))

    def _customers(self, name: str, at: list[int]) -> Floats:
        """Give distinct customers of several periods, at the least: those of the one with the most."""
        return np.asarray(self.counts[name][:, at, :].sum(axis=2).max(axis=1, initial=0.0))


def count_periods(store: Store, question: Question, length: PeriodLength) -> PeriodCounts:
    """Count journeys by the period that they start in, and by level.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    length
        How long a period is.

    Returns
    -------
    PeriodCounts
        With the periods' maturity known: one is mature where it is complete, neither it nor one before it has an
        immature journey, and, where it is empty, one horizon has passed since.

    Raises
    ------
    QuestionError
        When there are no events, or too many periods.
    UnknownNameError
        When a segment or level is not known.
    """
    asked = replace(question, period=length)
    periods = calendar_periods(store, asked)
    frame = journey_groups(store, asked)
    segments = [str(name) for name in frame.columns[: len(question.by)]]
    keys = list(frame[segments].itertuples(index=False, name=None)) if segments else [()] * len(frame)
    levels = list(dict.fromkeys(keys))  # the table is in their order
    place = {level: at for at, level in enumerate(levels)}
    at = (
        np.array([place[key] for key in keys], dtype=np.int64),
        frame[PERIOD].astype("int64").to_numpy(),
        frame["customer_group"].to_numpy(dtype=np.int64),
    )
    counts: dict[str, Floats] = {}
    for name in COUNTS:
        counts[name] = np.zeros((len(levels), len(periods), N_GROUPS))
        np.add.at(counts[name], at, frame[name].to_numpy(dtype=np.float64))
    is_cut = (question.end_at or store.settings.journey.end_at) == "goal"
    # A piece of an old journey may begin late: whole journeys tell how old a period is.
    whole = journey_groups(store, replace(asked, by=(), end_at="journey")) if is_cut else frame
    return PeriodCounts(_aged(store, asked, periods, whole), tuple(segments), tuple(levels), counts)


def _aged(store: Store, question: Question, periods: tuple[Period, ...], journeys: pd.DataFrame) -> tuple[Period, ...]:
    """Say which periods are mature."""
    at = journeys[PERIOD].astype("int64").to_numpy()
    immature = np.bincount(at, journeys["immature"].to_numpy(dtype=np.float64), len(periods))
    begun = immature + np.bincount(at, journeys["mature"].to_numpy(dtype=np.float64), len(periods))
    young = np.cumsum(immature)  # what comes after an immature journey is no older
    scope = Scope.of(store, question)
    return tuple(
        replace(
            period,
            is_mature=period.is_complete
            and bool(young[number] == 0)
            and (bool(begun[number] > 0) or period.end_us + scope.horizon_us <= scope.data_end_us),
        )
        for number, period in enumerate(periods)
    )
