"""What ``jm.open`` and ``jm.ingest`` return: each method is one call to a function below."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from journeymap.errors import QuestionError
from journeymap.graph.build import build_graph
from journeymap.graph.simplify import DEFAULT_EDGES
from journeymap.ingest.given import given_customers, given_sources, settings_for
from journeymap.ingest.load import ingest as ingest_sources
from journeymap.maps.build import build_maps
from journeymap.maps.grids import build_grid
from journeymap.maps.timelines import build_timelines
from journeymap.measure.abandonment import abandonment
from journeymap.measure.dropoff import dropoff
from journeymap.measure.examples import DEFAULT_CUSTOMERS
from journeymap.measure.funnel import funnel
from journeymap.measure.outcomes import outcomes
from journeymap.measure.paths import paths
from journeymap.measure.touchpoints import touchpoints
from journeymap.measure.transitions import transitions
from journeymap.model.names import ALL_LEVELS
from journeymap.model.shown import show_with
from journeymap.painpoints.abandonment import DEFAULT_WINDOW_US
from journeymap.painpoints.abandonment import detect as detect_abandonment
from journeymap.painpoints.registry import find_pain_points, rank
from journeymap.painpoints.table import PainPoints
from journeymap.segments.overview import list_segments, notes_on
from journeymap.segments.question import Question, parse_time
from journeymap.settings import Settings, parse_duration
from journeymap.store.store import is_store, memory_store, open_store, writable_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    import networkx as nx
    import pandas as pd

    from journeymap.measure.funnel import Order
    from journeymap.model.ingest_report import IngestReport
    from journeymap.model.journey_map import JourneyMap
    from journeymap.model.map_grid import MapGrid
    from journeymap.model.timeline import Timeline
    from journeymap.settings import EndAt
    from journeymap.store.store import Store

    By = str | Sequence[str] | None
    When = str | date | datetime | None
    Told = Callable[[str, float], None]

_LOG = logging.getLogger("journeymap")


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
        asked = [f"{name} = {level}" for name, level in self._question.levels] + list(self._question.conditions)
        whom = f" where {' and '.join(asked)}" if asked else ""
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

    def funnel(
        self, steps: Sequence[str], *, window: str | None = None, order: Order = "ordered", by: By = None
    ) -> pd.DataFrame:
        """Follow customers along steps; see :func:`journeymap.measure.funnel.funnel`. ``window`` is such as ``7d``."""
        window_us = None if window is None else parse_duration(window, what="window")
        return funnel(self._store, self._by(by), steps, window_us=window_us, order=order)

    def paths(self, *, top: int = 20, from_: str | None = None, to: str | None = None, by: By = None) -> pd.DataFrame:
        """Give the most frequent paths; see :func:`journeymap.measure.paths.paths`."""
        return paths(self._store, self._by(by), top=top, from_=from_, to=to)

    def abandonment(
        self, after: str, *, without: str | Sequence[str] | None = None, within: str = "7d", by: By = None
    ) -> pd.DataFrame:
        """Count attempts; see :func:`journeymap.measure.abandonment.abandonment`. ``without`` None: the goal."""
        window_us = parse_duration(within, what="within")
        ends = _texts(without) or self.settings.journey.goal or ()
        return abandonment(self._store, self._by(by), after=after, without=ends, window_us=window_us)

    def pain_points(
        self,
        *,
        after: str | None = None,
        without: str | Sequence[str] | None = None,
        within: str | None = None,
        by: By = None,
    ) -> PainPoints:
        """Find pain points, worst first; see :mod:`journeymap.painpoints`.

        Parameters
        ----------
        after, without, within
            Look for one abandonment: after this touchpoint none of those (None: the goal) within that time (None:
            7 days).
        by
            The segments that split it.
        """
        question = self._by(by)
        if after is None and without is None and within is None:
            return PainPoints(find_pain_points(self._store, question))
        window_us = DEFAULT_WINDOW_US if within is None else parse_duration(within, what="within")
        found = detect_abandonment(self._store, question, after=after, without=_texts(without), window_us=window_us)
        return PainPoints(rank(found))

    def graph(self) -> nx.DiGraph[str]:
        """Build the journey graph; see :func:`journeymap.graph.build.graph_of` for its attributes."""
        return build_graph(self._store, self._question)

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

    def segments(self) -> pd.DataFrame:
        """List the segments; see :func:`journeymap.segments.overview.list_segments`."""
        return list_segments(self._store)

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


def _named(found: dict[tuple[str, ...], Any]) -> dict[Any, Any]:
    """Name levels as people do: a text for one segment, ``(all)`` where none splits."""
    return {key[0] if len(key) == 1 else key or ALL_LEVELS: value for key, value in found.items()}


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
