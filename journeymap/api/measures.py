"""What is counted and rated: touchpoints, transitions, funnels, paths, times, and the journey graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.api.whom import Whom, texts, window_us_of
from journeymap.graph.build import build_graph
from journeymap.graph.markov import decisive, removal_effects
from journeymap.graph.what_if import what_if
from journeymap.measure.abandonment import abandonment
from journeymap.measure.dropoff import dropoff
from journeymap.measure.funnel import funnel
from journeymap.measure.outcomes import outcomes
from journeymap.measure.paths import paths
from journeymap.measure.scores import Per, scores
from journeymap.measure.stages import stages
from journeymap.measure.steps import DEFAULT_STEPS, steps
from journeymap.measure.survival import SHARES, time_curve, times
from journeymap.measure.touchpoints import touchpoints
from journeymap.measure.transitions import transitions
from journeymap.settings import parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    import pandas as pd

    from journeymap.api.whom import By
    from journeymap.measure.funnel import Order
    from journeymap.measure.survival import Awaited


class Measures(Whom):
    """What is counted and rated: touchpoints, transitions, funnels, paths, times, and the journey graph."""

    def touchpoints(self, by: By = None) -> pd.DataFrame:
        """Count visits; see :func:`journeymap.measure.touchpoints.touchpoints`."""
        return touchpoints(self._store, self._by(by))

    def transitions(self, by: By = None) -> pd.DataFrame:
        """Count transitions; see :func:`journeymap.measure.transitions.transitions`."""
        return transitions(self._store, self._by(by))

    def dropoff(self, by: By = None) -> pd.DataFrame:
        """Measure drop-off; see :func:`journeymap.measure.dropoff.dropoff`."""
        return dropoff(self._store, self._by(by))

    def outcomes(self, by: By = None) -> pd.DataFrame:
        """Count journeys by status; see :func:`journeymap.measure.outcomes.outcomes`."""
        return outcomes(self._store, self._by(by))

    def stages(self, by: By = None) -> pd.DataFrame:
        """Measure the stages; see :func:`journeymap.measure.stages.stages`."""
        return stages(self._store, self._by(by))

    def scores(self, by: By = None, *, per: Per = "stage") -> pd.DataFrame:
        """Give the mean score of each stage or touchpoint; see :func:`journeymap.measure.scores.scores`."""
        return scores(self._store, self._by(by), per=per)

    def funnel(
        self, steps: Sequence[str], *, window: str | None = None, order: Order = "ordered", by: By = None
    ) -> pd.DataFrame:
        """Follow customers along steps; see :func:`journeymap.measure.funnel.funnel`. ``window`` is such as ``7d``."""
        return funnel(self._store, self._by(by), texts(steps), window_us=window_us_of(window), order=order)

    def paths(self, *, top: int = 20, from_: str | None = None, to: str | None = None, by: By = None) -> pd.DataFrame:
        """Give the most frequent paths; see :func:`journeymap.measure.paths.paths`."""
        return paths(self._store, self._by(by), top=top, from_=from_, to=to)

    def steps(
        self, n_steps: int = DEFAULT_STEPS, *, after: str | None = None, before: str | None = None, by: By = None
    ) -> pd.DataFrame:
        """Count journeys step by step; see :func:`journeymap.measure.steps.steps`."""
        return steps(self._store, self._by(by), n_steps=n_steps, after=after, before=before)

    def abandonment(
        self, after: str, *, without: str | Sequence[str] | None = None, within: str = "7d", by: By = None
    ) -> pd.DataFrame:
        """Count attempts; see :func:`journeymap.measure.abandonment.abandonment`. ``without`` None: the goal."""
        window_us = parse_duration(within, what="within")
        ends = texts(without) or self.settings.journey.goal or ()
        return abandonment(self._store, self._by(by), after=after, without=ends, window_us=window_us)

    def graph(self) -> nx.DiGraph[str]:
        """Build the journey graph; see :func:`journeymap.graph.build.graph_of` for its attributes."""
        return build_graph(self._store, self._question)

    def removal_effects(self, by: By = None) -> pd.DataFrame:
        """Say what each touchpoint does for the goal; see :func:`journeymap.graph.markov.removal_effects`."""
        return removal_effects(self._store, self._by(by))

    def decisive(self, by: By = None, *, top: int | None = None) -> pd.DataFrame:
        """Say where the outcome is decided; see :func:`journeymap.graph.markov.decisive`."""
        return decisive(self._store, self._by(by), top=top)

    def what_if(self, touchpoint: str, drop_rate: float | None = None, by: By = None) -> pd.DataFrame:
        """Say what less drop-off would bring; see :func:`journeymap.graph.what_if.what_if`.

        ``drop_rate`` None: that of the best level of ``by``.
        """
        return what_if(self._store, self._by(by), touchpoint, drop_rate=drop_rate)

    def times(self, event: Awaited = "convert", by: By = None, *, shares: Sequence[float] = SHARES) -> pd.DataFrame:
        """Say how long it takes to convert or return; see :func:`journeymap.measure.survival.times`."""
        return times(self._store, self._by(by), event=event, shares=shares)

    def time_curve(self, event: Awaited = "convert", by: By = None) -> pd.DataFrame:
        """Give the curve behind :meth:`times`; see :func:`journeymap.measure.survival.time_curve`."""
        return time_curve(self._store, self._by(by), event=event)
