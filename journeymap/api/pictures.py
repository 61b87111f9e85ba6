"""The values that pictures are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from journeymap.api.whom import Whom, texts, window_us_of
from journeymap.compare.levels import LEAST_EFFECT
from journeymap.graph.simplify import DEFAULT_EDGES
from journeymap.maps.build import build_maps
from journeymap.maps.difference import build_difference_map
from journeymap.maps.flow import build_flow_maps
from journeymap.maps.funnel import build_funnel_map
from journeymap.maps.grids import build_grid
from journeymap.maps.matrix import build_matrix_maps
from journeymap.maps.timelines import build_timelines
from journeymap.measure.examples import DEFAULT_CUSTOMERS
from journeymap.measure.steps import DEFAULT_STEPS
from journeymap.model.names import ALL_LEVELS

Value = TypeVar("Value")

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.api.whom import By, When
    from journeymap.measure.funnel import Order
    from journeymap.model.difference_map import DifferenceMap
    from journeymap.model.flow_map import FlowMap
    from journeymap.model.funnel_map import FunnelMap
    from journeymap.model.journey_map import JourneyMap
    from journeymap.model.map_grid import MapGrid
    from journeymap.model.matrix_map import MatrixMap
    from journeymap.model.timeline import Timeline


class Pictures(Whom):
    """The values that pictures are drawn from."""

    def maps(self, by: By = None, *, detail: int = DEFAULT_EDGES) -> dict[Any, JourneyMap]:
        """Build the journey map of each level.

        Parameters
        ----------
        by
            The segments that split it.
        detail
            About how many transitions a map shows.

        Returns
        -------
        dict
            Level to map; the level is a text, a tuple of texts where several segments split, and ``(all)`` where none
            does.
        """
        return _named(build_maps(self._store, self._by(by), edges=detail))

    def map(self, *, detail: int = DEFAULT_EDGES) -> JourneyMap:
        """Build the one journey map of the population."""
        return build_maps(self._store, self._question, edges=detail)[()]

    def flow_maps(
        self, by: By = None, *, steps: int = DEFAULT_STEPS, after: str | None = None, before: str | None = None
    ) -> dict[Any, FlowMap]:
        """Build the flow map of each level: journeys step by step, for the pictures ``flow`` and ``steps``.

        Parameters
        ----------
        by
            The segments that split it.
        steps
            How many steps.
        after, before
            Follow, or trace back, from the first visit to this touchpoint instead of the journey's start.

        Returns
        -------
        dict
            Level to map, as :meth:`maps`.
        """
        return _named(build_flow_maps(self._store, self._by(by), n_steps=steps, after=after, before=before))

    def flow_map(self, *, steps: int = DEFAULT_STEPS, after: str | None = None, before: str | None = None) -> FlowMap:
        """Build the one flow map of the population; see :meth:`flow_maps`."""
        return build_flow_maps(self._store, self._question, n_steps=steps, after=after, before=before)[()]

    def matrix_maps(self, by: By = None) -> dict[Any, MatrixMap]:
        """Build the matrix map of each level: all its transitions, for the picture ``matrix``.

        Parameters
        ----------
        by
            The segments that split it.

        Returns
        -------
        dict
            Level to map, as :meth:`maps`.
        """
        return _named(build_matrix_maps(self._store, self._by(by)))

    def matrix_map(self) -> MatrixMap:
        """Build the one matrix map of the population."""
        return build_matrix_maps(self._store, self._question)[()]

    def funnel_map(
        self, steps: Sequence[str], *, window: str | None = None, order: Order = "ordered", by: By = None
    ) -> FunnelMap:
        """Build the funnel map, all levels in one, for the picture ``funnel``; the parameters are as of :meth:`funnel`.

        See :func:`journeymap.maps.funnel.build_funnel_map`.
        """
        return build_funnel_map(self._store, self._by(by), texts(steps), window_us=window_us_of(window), order=order)

    def map_grid(self, by: By, *, detail: int = DEFAULT_EDGES) -> MapGrid:
        """Put the maps of all levels side by side.

        Parameters
        ----------
        by
            The segments that split it.
        detail
            About how many transitions are shown, the same for every level.

        Returns
        -------
        MapGrid
            One value, to be drawn as one picture; at the most twelve levels, those with the most journeys.
        """
        return build_grid(self._store, self._by(by), edges=detail)

    def timelines(
        self, by: By = None, *, customers: int | Sequence[str] = DEFAULT_CUSTOMERS, show_ids: bool = False
    ) -> dict[Any, Timeline]:
        """Show real journeys of a few customers of each level.

        Parameters
        ----------
        by
            The segments that split it.
        customers
            How many customers per level, who stand for all; or their ids. See
            :func:`journeymap.measure.examples.examples`.
        show_ids
            Whether rows are named by the customers' ids, and not "customer 1", "customer 2", ...

        Returns
        -------
        dict
            Level to timeline, with keys as those of :meth:`maps`.
        """
        return _named(build_timelines(self._store, self._by(by), customers=_ids(customers), show_ids=show_ids))

    def timeline(self, *, customers: int | Sequence[str] = DEFAULT_CUSTOMERS, show_ids: bool = False) -> Timeline:
        """Show real journeys of a few customers of the population; see :meth:`timelines`."""
        return build_timelines(self._store, self._question, customers=_ids(customers), show_ids=show_ids)[()]

    def difference_map(
        self,
        segment: str | None = None,
        levels: str | Sequence[str] | None = None,
        *,
        after: When = None,
        before: When = None,
        steps: Sequence[str] = (),
        window: str | None = None,
        order: Order = "ordered",
        detail: int = DEFAULT_EDGES,
        least_effect: float = LEAST_EFFECT,
    ) -> DifferenceMap:
        """Build the map of a difference, for :func:`journeymap.draw`; the parameters are those of :meth:`compare`.

        ``detail`` is about how many transitions it shows; see :func:`journeymap.maps.difference.build_difference_map`.
        """
        sides = self._two_sides(segment, levels, after, before)
        return build_difference_map(
            self._store, self._question, sides, edges=detail, least_effect=least_effect, steps=texts(steps),
            window_us=window_us_of(window), order=order,
        )  # fmt: skip


def _named(found: dict[tuple[str, ...], Value]) -> dict[Any, Value]:
    """Call a level as people do: a text, a tuple of texts where several segments split, or ``(all)``."""
    return {(key[0] if len(key) == 1 else key) if key else ALL_LEVELS: value for key, value in found.items()}


def _ids(customers: int | Sequence[str]) -> int | tuple[str, ...]:
    return customers if isinstance(customers, int) else texts(customers)
