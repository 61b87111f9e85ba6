"""What ``jm.open`` and ``jm.ingest`` return: each method is one call to a function below."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from journeymap.compare.levels import LEAST_EFFECT, compare_sides
from journeymap.compare.mix import mix_effects
from journeymap.compare.rank_segments import N_PERMUTATIONS, rank_segments
from journeymap.compare.variants import compare_variants
from journeymap.errors import QuestionError, suggest
from journeymap.graph.build import build_graph
from journeymap.graph.markov import decisive, removal_effects, what_if
from journeymap.graph.simplify import DEFAULT_EDGES
from journeymap.ingest.given import given_customers, given_sources, settings_for
from journeymap.ingest.load import ingest as ingest_sources
from journeymap.maps.build import build_maps
from journeymap.maps.difference import build_difference_map
from journeymap.maps.flow import build_flow_maps
from journeymap.maps.funnel import build_funnel_map
from journeymap.maps.grids import build_grid
from journeymap.maps.matrix import build_matrix_maps
from journeymap.maps.timelines import build_timelines
from journeymap.measure.abandonment import abandonment
from journeymap.measure.dropoff import dropoff
from journeymap.measure.examples import DEFAULT_CUSTOMERS
from journeymap.measure.funnel import funnel
from journeymap.measure.outcomes import outcomes
from journeymap.measure.paths import paths
from journeymap.measure.scores import Per, scores
from journeymap.measure.stages import stages
from journeymap.measure.steps import DEFAULT_STEPS, steps
from journeymap.measure.survival import SHARES, time_curve, times
from journeymap.measure.touchpoints import touchpoints
from journeymap.measure.transitions import transitions
from journeymap.model.names import ALL_LEVELS
from journeymap.model.shown import show_with
from journeymap.painpoints.abandonment import DEFAULT_WINDOW_US
from journeymap.painpoints.baseline import read_baseline
from journeymap.painpoints.evidence import Evidence, evidence_of
from journeymap.painpoints.examine import examine, examine_pair
from journeymap.painpoints.table import PainPoints
from journeymap.profiles.assign import assign_kept
from journeymap.profiles.discover import discover, recognise
from journeymap.profiles.migration import migration
from journeymap.profiles.next_action import next_actions, next_actions_frame
from journeymap.profiles.over_time import drift, over_time
from journeymap.profiles.pains_over_time import pains_over_time
from journeymap.profiles.profile import build_profile
from journeymap.profiles.reach import Handed, audience, write_audience
from journeymap.profiles.reach_columns import CUSTOMER, Handing
from journeymap.profiles.wanted import parse_wanted
from journeymap.profiles.watch import Watched, watch
from journeymap.segments.choose_clusters import MOST_CLUSTERS
from journeymap.segments.cluster_model import ClusterModel, read_model
from journeymap.segments.keep import check_name, keep_clusters, kept_model
from journeymap.segments.one_line import parse_definition
from journeymap.segments.overview import every_level, list_segments, notes_on, usable_segments
from journeymap.segments.question import Question, Sides, parse_time, sides_of
from journeymap.segments.stability import N_RESAMPLES
from journeymap.settings import SegmentSettings, Settings, WatchSettings, check_settings, parse_duration
from journeymap.store.store import is_store, memory_store, open_store, writable_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    import networkx as nx
    import pandas as pd

    from journeymap.compare.rank_segments import RankBy
    from journeymap.compare.segment_effects import SegmentRanking
    from journeymap.compare.variants import VariantTest
    from journeymap.measure.funnel import Order
    from journeymap.measure.survival import Awaited
    from journeymap.model.difference_map import DifferenceMap
    from journeymap.model.finding import Finding
    from journeymap.model.flow_map import FlowMap
    from journeymap.model.funnel_map import FunnelMap
    from journeymap.model.ingest_report import IngestReport
    from journeymap.model.journey_map import JourneyMap
    from journeymap.model.map_grid import MapGrid
    from journeymap.model.matrix_map import MatrixMap
    from journeymap.model.timeline import Timeline
    from journeymap.profiles.clusters import Clusters
    from journeymap.profiles.migration import Among
    from journeymap.profiles.segment_profile import SegmentProfile
    from journeymap.settings import EndAt, PeriodLength
    from journeymap.store.store import Store

    By = str | Sequence[str] | None
    When = str | date | datetime | None
    Told = Callable[[str, float], None]

_LOG = logging.getLogger("journeymap")

Value = TypeVar("Value")


def _picture(value: Any) -> tuple[bytes, dict[str, int]]:  # noqa: ANN401 - whatever can be drawn
    from journeymap.render import NOTEBOOK_SIZE, png

    return png(value), NOTEBOOK_SIZE


show_with(_picture)


class Journeys(AbstractContextManager["Journeys"]):
    """A store with a population: what to ask, and whom about.

    Every question takes ``by``, a segment or several; whom it is about is narrowed with :meth:`where`. The same
    questions at the prompt give the same numbers: both call the same functions.

    Examples
    --------
    >>> import journeymap as jm
    >>> shop = jm.open("sample_events/*.csv")
    >>> shop.where(region="north").outcomes()["customers"].item() < shop.outcomes()["customers"].item()
    True
    """

    def __init__(self, store: Store, question: Question, report: IngestReport | None = None) -> None:
        self._store = store
        self._question = question
        self.report = report

    def __repr__(self) -> str:
        whom = f" where {' and '.join(self._question.narrowed)}" if self._question.narrowed else ""
        return f"<Journeys of {self._store.name}{whom}>"

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> Settings:
        """What the store was built with."""
        return self._store.settings

    @property
    def question(self) -> Question:
        """Whom the questions are about."""
        return self._question

    @property
    def store(self) -> Store:
        """The open store, for SQL of one's own: ``shop.store.engine.execute("SELECT ...")``."""
        return self._store

    def where(
        self,
        condition: str | None = None,
        *,
        since: When = None,
        until: When = None,
        as_of: When = None,
        end_at: EndAt | None = None,
        **levels: str,
    ) -> Self:
        """Narrow the population to whole customers or whole journeys.

        Parameters
        ----------
        condition
            An expression over segments, attributes and event columns (a journey's are those of its first event), such
            as ``"age >= 30 and region <> 'south'"``.
        since, until
            Only journeys that start at or after, and before, these dates or times (UTC).
        as_of
            The data end: events after it are as if they had never been there.
        end_at
            ``goal`` cuts journeys after each goal; ``journey`` does not.
        **levels
            Segments and the level that must hold: ``region="north"``.

        Returns
        -------
        Journeys
            The same store with a narrower question; this one stays as it is.

        Raises
        ------
        QuestionError
            When a date cannot be read, or since is not before until.
        """
        old = self._question
        narrowed = replace(
            old,
            levels=(*old.levels, *((name, str(level)) for name, level in levels.items())),
            conditions=(*old.conditions, *([condition] if condition else [])),
            since_us=old.since_us if since is None else parse_time(since, what="since"),
            until_us=old.until_us if until is None else parse_time(until, what="until"),
            as_of_us=old.as_of_us if as_of is None else parse_time(as_of, what="as_of"),
            end_at=end_at or old.end_at,
        )
        if narrowed.since_us is not None and narrowed.until_us is not None and narrowed.since_us >= narrowed.until_us:
            raise QuestionError("since must be before until.", hint="Journeys are chosen by their start.")
        if narrowed.end_at not in (None, "journey", "goal"):
            raise QuestionError(f"end_at: '{narrowed.end_at}' is neither 'journey' nor 'goal'.")
        return type(self)(self._store, narrowed, self.report)

    def define(self, name: str, definition: str | SegmentSettings) -> Self:
        """Define a segment for further questions, to split by and to narrow with.

        Parameters
        ----------
        name
            What it is called; it goes before a segment or column of that name.
        definition
            What would stand in ``[segments.NAME]``; or one line, such as ``"repeat: purchases >= 2; else once"``
            (:mod:`journeymap.segments.one_line`).

        Returns
        -------
        Journeys
            The same store with one more segment; this one stays as it is.

        Raises
        ------
        QuestionError, SettingsError
            When it is no definition, or one that cannot be used.

        Examples
        --------
        >>> import journeymap as jm
        >>> shop = jm.open("sample_events/*.csv").define("buyer", "yes: purchases >= 1; else no")
        >>> int(shop.outcomes(by="buyer")["journeys"].sum()) == int(shop.outcomes()["journeys"].item())
        True
        """
        if isinstance(definition, str):
            definition = parse_definition(self._store, name, definition)
        else:
            check_settings(Settings(segments=((name, definition),)), origin="--segment")
        others = tuple(pair for pair in self._question.segments if pair[0] != name)
        narrowed = replace(self._question, segments=(*others, (name, definition)))
        return type(self)(self._store, narrowed, self.report)

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
        window_us = None if window is None else parse_duration(window, what="window")
        return funnel(self._store, self._by(by), steps, window_us=window_us, order=order)

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
        ends = _texts(without) or self.settings.journey.goal or ()
        return abandonment(self._store, self._by(by), after=after, without=ends, window_us=window_us)

    def compare(
        self,
        segment: str | None = None,
        levels: str | Sequence[str] | None = None,
        *,
        after: When = None,
        before: When = None,
        steps: Sequence[str] = (),
        window: str | None = None,
        order: Order = "ordered",
        least_effect: float = LEAST_EFFECT,
    ) -> pd.DataFrame:
        """Compare levels, a level and the rest, or two periods, at every place.

        Parameters
        ----------
        segment, levels
            A segment and its levels: one is compared with the rest, of several every two; None: each with the rest.
        after, before
            Or two periods: journeys that start at or after the one date, and those that start before the other; one
            alone stands for both.
        steps, window, order
            A funnel whose steps are compared too.
        least_effect
            The least effect size (Cohen's h) that counts as a difference.

        Returns
        -------
        DataFrame
            See :func:`journeymap.compare.levels.compare_sides`.
        """
        if segment is not None and levels is None and after is None and before is None:
            compared: list[Sides] = every_level(self._store, segment, self._question)
        else:
            compared = [sides_of(segment, _texts(levels), after=after, before=before)]
        window_us = None if window is None else parse_duration(window, what="window")
        return compare_sides(
            self._store, self._question, compared, steps=_texts(steps), window_us=window_us, order=order,
            least_effect=least_effect,
        )  # fmt: skip

    def mix_effects(
        self,
        segment: str | None = None,
        levels: str | Sequence[str] | None = None,
        *,
        within: str,
        after: When = None,
        before: When = None,
    ) -> pd.DataFrame:
        """Take a difference of conversion apart; see :func:`journeymap.compare.mix.mix_effects`.

        ``within`` is the segment that may be mixed otherwise; the rest is as for :meth:`compare`.
        """
        sides = sides_of(segment, _texts(levels), after=after, before=before)
        return mix_effects(self._store, self._question, sides, within=within)

    def difference_map(
        self,
        segment: str | None = None,
        levels: str | Sequence[str] | None = None,
        *,
        after: When = None,
        before: When = None,
        detail: int = DEFAULT_EDGES,
        least_effect: float = LEAST_EFFECT,
    ) -> DifferenceMap:
        """Build the map of a difference, for :func:`journeymap.draw`; the parameters are those of :meth:`compare`.

        ``detail`` is about how many transitions it shows; see :func:`journeymap.maps.difference.build_difference_map`.
        """
        sides = sides_of(segment, _texts(levels), after=after, before=before)
        return build_difference_map(self._store, self._question, sides, edges=detail, least_effect=least_effect)

    def pain_points(
        self,
        *,
        after: str | None = None,
        without: str | Sequence[str] | None = None,
        within: str | None = None,
        by: By = None,
        each: By = None,
        kinds: By = None,
        examined: bool = False,
    ) -> PainPoints:
        """Find pain points, worst first; see :mod:`journeymap.painpoints`.

        Reported is what stands up: corrected for everything that was looked at, and large enough to matter.

        Parameters
        ----------
        after, without, within
            Look for one abandonment: after this touchpoint none of those (None: the goal) within that time (None:
            7 days).
        by
            The segments that split it together.
        each
            Segments that split it one at a time, in one go; ``all`` for every segment with 2 to 12 levels.
        kinds
            The detectors to run; None for all.
        examined
            Give everything that was looked at; ``is_reported`` says what stands up.
        """
        question = self._by(by)
        if after is None and without is None and within is None:
            segments = tuple(usable_segments(self._store)) if each == "all" else _texts(each)
            found = examine(self._store, question, each=segments, kinds=_texts(kinds))
            shown = [finding for finding in found.findings if examined or finding.is_reported]
            return PainPoints(shown, question.by, each=segments, skipped=found.skipped, n_examined=len(found.findings))
        if each is not None or kinds is not None:
            raise QuestionError(
                "One pair of touchpoints is looked at by --by, not by --each or --kind.",
                hint="Leave out --after, --without and --within, or the others.",
            )
        window_us = DEFAULT_WINDOW_US if within is None else parse_duration(within, what="within")
        pair = examine_pair(self._store, question, after=after, without=_texts(without), window_us=window_us)
        return PainPoints(pair, question.by, n_examined=len(pair))

    def evidence(self, finding: Finding) -> Evidence:
        """Gather what stands behind a finding; see :func:`journeymap.painpoints.evidence.evidence_of`."""
        return evidence_of(self._store, self._question, finding, segments=usable_segments(self._store))

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
        """Say what less drop-off would bring; see :func:`journeymap.graph.markov.what_if`.

        ``drop_rate`` None: that of the best level of ``by``.
        """
        return what_if(self._store, self._by(by), touchpoint, drop_rate=drop_rate)

    def times(self, event: Awaited = "convert", by: By = None, *, shares: Sequence[float] = SHARES) -> pd.DataFrame:
        """Say how long it takes to convert or return; see :func:`journeymap.measure.survival.times`."""
        return times(self._store, self._by(by), event=event, shares=shares)

    def time_curve(self, event: Awaited = "convert", by: By = None) -> pd.DataFrame:
        """Give the curve behind :meth:`times`; see :func:`journeymap.measure.survival.time_curve`."""
        return time_curve(self._store, self._by(by), event=event)

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

    def discover(
        self,
        *,
        n_clusters: int | None = None,
        most: int = MOST_CLUSTERS,
        seed: int = 0,
        n_resamples: int = N_RESAMPLES,
        model: ClusterModel | str | Path | None = None,
    ) -> Clusters:
        """Find groups of customers who move alike; see :func:`journeymap.profiles.discover.discover`.

        Parameters
        ----------
        n_clusters
            How many; None: as many as the data say.
        most
            How many to try at the most.
        seed
            The same seed gives the same clusters.
        n_resamples
            How many resamples measure the stability; 0 leaves it out.
        model
            Discover nothing, and describe these customers by clusters found before: ``clusters.model``, or its file.

        Returns
        -------
        Clusters
            The clusters: ``to_frame()``, ``assign(shop)``, ``model.to_json()``.
        """
        if model is None:
            return discover(
                self._store, self._question, n_clusters=n_clusters, most=most, seed=seed, n_resamples=n_resamples
            )
        if n_clusters is not None:
            raise QuestionError("A model has its number of clusters.", hint="Leave out n_clusters, or the model.")
        known = model if isinstance(model, ClusterModel) else read_model(Path(model))
        return recognise(self._store, self._question, known)

    def keep_clusters(self, clusters: Clusters, name: str) -> None:
        """Write clusters into the store as an attribute of customers, to split any question by.

        Customers outside this population, and those who come later, are in ``(none)``; :meth:`assign_clusters` gives
        the latter their cluster.

        Parameters
        ----------
        clusters
            What :meth:`discover` found.
        name
            What the segment is called. Clusters that were kept under it are replaced.

        Raises
        ------
        QuestionError
            When the name is taken. The store is then as it was, as after every failure.
        """
        check_name(self._store, name)
        self._keep(name, clusters.model, clusters.assign(self))

    def assign_clusters(self, name: str) -> pd.DataFrame:
        """Give every customer of the store the cluster that kept clusters say now: new customers, and changed ones.

        Parameters
        ----------
        name
            What the clusters are kept as.

        Returns
        -------
        DataFrame
            One row per customer: ``customer``, ``cluster``, ``certainty``, and ``before``, the cluster until now
            (missing where there was none).

        Raises
        ------
        UnknownNameError
            When no clusters are kept under the name.
        """
        frame = assign_kept(self._store, name)
        self._keep(name, kept_model(self._store, name), frame)
        return frame

    def _keep(self, name: str, model: ClusterModel, frame: pd.DataFrame) -> None:
        customers, levels = frame["customer"].tolist(), frame["cluster"].tolist()
        if self._store.path is None:
            keep_clusters(self._store, name, model, customers, levels)
            return
        with writable_store(self._store.path) as store:
            keep_clusters(store, name, model, customers, levels)
        listeners = self._store.engine.listeners
        self._store = open_store(self._store.path)
        self._store.engine.listeners.extend(listeners)

    def profile(self, segment: str, levels: str | Sequence[str] | None = None) -> SegmentProfile:
        """Say what each level of a segment is like beside all others; see :mod:`journeymap.profiles.profile`.

        Parameters
        ----------
        segment
            The segment.
        levels
            Its levels to look at; None: all that somebody is in.

        Returns
        -------
        SegmentProfile
            The levels' profiles: ``found["south"]`` is a picture and has a ``paragraph``; ``to_frame()`` has a row per
            level, ``contrasts()`` one per level and place.

        Raises
        ------
        UnknownNameError
            When the segment or a level is not known.
        QuestionError
            When a level is named twice, or none is named and there are more than 50.
        """
        return build_profile(self._store, self._question, segment, _texts(levels))

    def rank_segments(
        self,
        *names: str,
        rank_by: RankBy = "conversion",
        n_permutations: int = N_PERMUTATIONS,
        seed: int = 0,
    ) -> SegmentRanking:
        """Rank segments by what they divide; see :func:`journeymap.compare.rank_segments.rank_segments`."""
        return rank_segments(
            self._store, self._question, names=names, rank_by=rank_by, n_permutations=n_permutations, seed=seed
        )

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
        window_us = None if window is None else parse_duration(window, what="window")
        return build_funnel_map(self._store, self._by(by), steps, window_us=window_us, order=order)

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
        return _named(build_timelines(self._store, self._by(by), customers=customers, show_ids=show_ids))

    def timeline(self, *, customers: int | Sequence[str] = DEFAULT_CUSTOMERS, show_ids: bool = False) -> Timeline:
        """Show real journeys of a few customers of the population; see :meth:`timelines`."""
        return build_timelines(self._store, self._question, customers=customers, show_ids=show_ids)[()]

    def audience(
        self,
        *,
        by: By = None,
        levels: Mapping[str, str | Sequence[str]] | None = None,
        pain: By = None,
        at: By = None,
        after: str | None = None,
        without: By = None,
        within: str | None = None,
        last: str | None = None,
        not_since: By = None,
        as_of_start: bool = False,
        ids: str | Sequence[str] = CUSTOMER,
        hashed: bool = False,
        columns: By = None,
        minimum: int | None = None,
    ) -> pd.DataFrame:
        """Give the customers of levels and pain points, with the reason and what to do next.

        Levels and the conditions of :meth:`where` are as of the data end: it is about who customers are now. With
        ``as_of_start`` they are the customers whom :meth:`pain_points` counts.

        Parameters
        ----------
        by
            The segments whose levels are audiences of their own.
        levels
            Segment to level, or levels: ``{"region": "south"}``. Several segments must all hold.
        pain, at
            Kinds of pain points, and where: touchpoints, or places as :meth:`pain_points` names them.
        after, without, within
            One abandonment: after this touchpoint none of those (None: the goal) within that time (None: 7 days).
        last
            Only what happened within this time before the data end, such as ``7d``.
        not_since
            Leave out who has visited one of these touchpoints since.
        as_of_start
            Take levels and conditions as of each journey's start, as the other questions do.
        ids
            ``customer``, or attributes such as ``email``.
        hashed
            Give ids as the SHA-256 of the trimmed, lower-cased value.
        columns
            These columns only; attributes of customers among them.
        minimum
            Audiences with fewer customers are left out. None: as the settings say.

        Returns
        -------
        DataFrame
            See :func:`journeymap.profiles.reach.audience`.

        Examples
        --------
        >>> import journeymap as jm
        >>> shop = jm.open("sample_events/*.csv")
        >>> shop.audience(levels={"lifecycle": "repeat"}, last="3d")["reason"][0]
        'lifecycle is repeat, last seen 2026-06-30'
        """
        wanted = parse_wanted(
            levels=levels, kinds=_texts(pain), places=_texts(at), after=after, without=_texts(without), within=within,
            last=last, not_since=_texts(not_since), as_of_start=as_of_start,
        )  # fmt: skip
        handing = Handing(_texts(ids) or (CUSTOMER,), hashed, _texts(columns), minimum)
        return audience(self._store, self._by(by), wanted, handing)

    def export_audience(
        self,
        path: str | Path,
        *,
        by: By = None,
        levels: Mapping[str, str | Sequence[str]] | None = None,
        pain: By = None,
        at: By = None,
        after: str | None = None,
        without: By = None,
        within: str | None = None,
        last: str | None = None,
        not_since: By = None,
        as_of_start: bool = False,
        ids: str | Sequence[str] = CUSTOMER,
        hashed: bool = False,
        columns: By = None,
        minimum: int | None = None,
        safe: bool = True,
    ) -> Handed:
        """Write an audience to a CSV or Parquet file; see :func:`journeymap.profiles.reach.write_audience`.

        ``safe`` makes texts harmless, in CSV, that a spreadsheet would run; the rest is as for :meth:`audience`.
        """
        wanted = parse_wanted(
            levels=levels, kinds=_texts(pain), places=_texts(at), after=after, without=_texts(without), within=within,
            last=last, not_since=_texts(not_since), as_of_start=as_of_start,
        )  # fmt: skip
        handing = Handing(_texts(ids) or (CUSTOMER,), hashed, _texts(columns), minimum, safe)
        return write_audience(self._store, self._by(by), wanted, handing, Path(path))

    def next_actions(self, by: By = None) -> pd.DataFrame:
        """Suggest what to do next for each level, as of the data end.

        Parameters
        ----------
        by
            The segments that split it.

        Returns
        -------
        DataFrame
            See :func:`journeymap.profiles.next_action.next_actions`, and ``next_actions_frame`` there.
        """
        question = self._by(by)
        return next_actions_frame(next_actions(self._store, question), question.by)

    def over_time(self, by: By = None, *, period: PeriodLength = "week") -> pd.DataFrame:
        """Count and rate journeys by calendar period; see :func:`journeymap.profiles.over_time.over_time`."""
        return over_time(self._store, self._by(by), length=period)

    def drift(self, by: By, *, period: PeriodLength = "week") -> pd.DataFrame:
        """Say how a mix changed from period to period; see :func:`journeymap.profiles.over_time.drift`."""
        return drift(self._store, self._by(by), length=period)

    def migration(
        self, by: By, *, period: PeriodLength = "month", among: Among | None = None, last: int | None = None
    ) -> pd.DataFrame:
        """Count how customers move between levels; see :func:`journeymap.profiles.migration.migration`."""
        return migration(self._store, self._by(by), length=period, among=among, last=last)

    def pains_over_time(
        self, by: By = None, *, period: PeriodLength = "month", kinds: By = None, last: int | None = None
    ) -> pd.DataFrame:
        """Find pain points in each period; see :func:`journeymap.profiles.pains_over_time.pains_over_time`."""
        return pains_over_time(self._store, self._by(by), length=period, kinds=_texts(kinds), last=last)

    def watch(
        self,
        by: By = None,
        *,
        against: str | Path | None = None,
        finds_pains: bool = False,
        **limits: Any,  # noqa: ANN401 - each has its own type
    ) -> Watched:
        """Hold the last period against those before it.

        Parameters
        ----------
        by
            The segments whose levels are looked at too.
        against
            The file of a baseline of pain points.
        finds_pains
            Whether to look for pain points without a baseline too.
        **limits
            What to take in place of ``[watch]`` of the settings: see :class:`journeymap.settings.WatchSettings`, such
            as ``period="month"`` or ``conversion_drop=0.2``.

        Returns
        -------
        Watched
            See :func:`journeymap.profiles.watch.watch`: ``alerts``, ``checks``, ``notes``, ``to_frame()``.

        Raises
        ------
        QuestionError, SettingsError
            When no two periods can be compared, or a limit is none.

        Examples
        --------
        >>> import pandas as pd
        >>> import journeymap as jm
        >>> days = pd.date_range("2026-01-05", "2026-01-18", freq="h")
        >>> log = {"customer": [str(at) for at in range(len(days))], "timestamp": days, "event": "visit"}
        >>> found = jm.open(pd.DataFrame(log)).watch()
        >>> found.alerts, [(check.what, check.was, check.now) for check in found.checks]
        ((), [('volume', 168.0, 145.0)])
        """
        known = [field.name for field in fields(WatchSettings)]
        for name in limits:
            if name not in known:
                raise QuestionError(f"There is no limit '{name}'. {suggest(name, known)}")
        asked = replace(self.settings.watch, **limits)
        check_settings(Settings(watch=asked), origin="The limits")
        return watch(
            self._store,
            self._by(by),
            asked,
            baseline=None if against is None else read_baseline(against),
            origin="the baseline" if against is None else str(against),
            finds_pains=finds_pains,
        )

    def variants(
        self,
        variant: str,
        *,
        control: str | None = None,
        treatment: str | None = None,
        ratio: tuple[float, float] = (1.0, 1.0),
        by: By = None,
    ) -> VariantTest:
        """Compare two variants; see :func:`journeymap.compare.variants.compare_variants`."""
        return compare_variants(self._store, self._by(by), variant, control=control, treatment=treatment, ratio=ratio)

    def segments(self) -> pd.DataFrame:
        """List the segments; see :func:`journeymap.segments.overview.list_segments`."""
        return list_segments(self._store, self._question)

    def notes(self, by: By = None) -> tuple[str, ...]:
        """Say what a reader should know of a question's segments; see :mod:`journeymap.segments.overview`."""
        return notes_on(self._store, self._by(by))

    def explain_to(self, listener: Callable[[str], None]) -> None:
        """Tell every question's SQL to a listener before it runs."""
        self._store.engine.listeners.append(listener)

    def close(self) -> None:
        """Close the store; further questions fail."""
        self._store.close()

    def _by(self, by: By) -> Question:
        return self._question.split(_texts(by))


def _named(found: dict[tuple[str, ...], Value]) -> dict[Any, Value]:
    """Call a level as people do: a text, a tuple of texts where several segments split, or ``(all)``."""
    return {(key[0] if len(key) == 1 else key) if key else ALL_LEVELS: value for key, value in found.items()}


def _texts(given: str | Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def open(  # noqa: A001 - jm.open is the name that people expect
    source: str | Path | pd.DataFrame | Any,  # noqa: ANN401 - an Arrow table has no type here
    *,
    settings: Settings | str | Path | None = None,
    customers: str | Path | pd.DataFrame | None = None,
    memory_limit: str | None = None,
    told: Told | None = None,
) -> Journeys:
    """Open a store, or read raw events into memory.

    Parameters
    ----------
    source
        A store's file; or a file, folder or glob of events, a pandas frame or an Arrow table.
    settings
        Settings, or their file, for raw events. None: ``journeymap.toml`` beside the files, or the defaults.
    customers
        A file or frame with one row per customer, for raw events.
    memory_limit
        The most memory to use, such as ``2GB``.
    told
        Is told what is being done, and the share done.

    Returns
    -------
    Journeys
        What to ask.

    Raises
    ------
    SourceNotFoundError, StoreError, SourceError
        When it is not there, or is neither a store nor events.

    Examples
    --------
    >>> import journeymap as jm
    >>> shop = jm.open("sample_events/*.csv")
    >>> shop.report.rejected
    15
    """
    if isinstance(source, (str, Path)) and is_store(Path(source)):
        if settings is not None or customers is not None:
            raise QuestionError(
                f"{source} is a store: it was built with its own settings and customers.",
                hint="Give settings and customers when ingesting.",
            )
        return Journeys(open_store(source, memory_limit=memory_limit), Question())
    if isinstance(source, (str, Path)) and str(source).endswith((".duckdb", ".db")):
        open_store(source)  # raises: it is missing, or no store
    chosen = settings_for(source, settings)
    store = memory_store(memory_limit=memory_limit)
    report = ingest_sources(store, given_sources(source), chosen, customers=given_customers(customers), told=told)
    _say(report)
    return Journeys(store, Question(), report)


def ingest(
    source: str | Path | Sequence[str | Path] | pd.DataFrame | Any,  # noqa: ANN401 - an Arrow table has no type here
    *,
    into: str | Path,
    settings: Settings | str | Path | None = None,
    customers: str | Path | pd.DataFrame | None = None,
    memory_limit: str | None = None,
    told: Told | None = None,
) -> Journeys:
    """Read events into a store; what is there already is not added again.

    Parameters
    ----------
    source
        Files, folders or globs of events, a pandas frame or an Arrow table.
    into
        The store's file; it is made where there is none.
    settings
        Settings, or their file. None: ``journeymap.toml`` beside the files, or the defaults.
    customers
        A file or frame with one row per customer.
    memory_limit
        The most memory to use, such as ``2GB``; larger work is set aside on disk.
    told
        Is told what is being done, and the share done.

    Returns
    -------
    Journeys
        The store, open for questions; ``report`` says what was read.

    Raises
    ------
    JourneymapError
        The store is then as it was.
    """
    chosen = settings_for(source, settings)
    with writable_store(into, memory_limit=memory_limit) as store:
        report = ingest_sources(store, given_sources(source), chosen, customers=given_customers(customers), told=told)
    _say(report)
    return Journeys(open_store(into, memory_limit=memory_limit), Question(), report)


def _say(report: IngestReport) -> None:
    """Say what was guessed: without further set-up, Python's logging writes warnings to stderr."""
    for note in report.notes:
        _LOG.warning(note)
