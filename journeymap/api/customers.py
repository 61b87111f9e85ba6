"""Groups of customers: found, described, handed on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from journeymap.api.whom import Whom, texts
from journeymap.errors import QuestionError
from journeymap.profiles.assign import assign_kept
from journeymap.profiles.discover import discover, recognise
from journeymap.profiles.next_action import next_actions, next_actions_frame
from journeymap.profiles.profile import build_profile
from journeymap.profiles.reach import Handed, audience, write_audience
from journeymap.profiles.reach_columns import CUSTOMER, Handing
from journeymap.profiles.wanted import parse_wanted
from journeymap.segments.choose_clusters import MOST_CLUSTERS
from journeymap.segments.cluster_model import ClusterModel, read_model
from journeymap.segments.keep import check_name, keep_clusters, kept_model
from journeymap.segments.stability import N_RESAMPLES
from journeymap.store.opening import open_store, writable_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from journeymap.api.whom import By
    from journeymap.profiles.clusters import Clusters
    from journeymap.profiles.segment_profile import SegmentProfile


class Customers(Whom):
    """Groups of customers: found, described, handed on."""

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
        engine = self._store.chosen_engine
        with writable_store(self._store.path, engine=engine) as store:
            keep_clusters(store, name, model, customers, levels)
        listeners = self._store.engine.listeners
        self._store = open_store(self._store.path, engine=engine)
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
        return build_profile(self._store, self._question, self._named(segment)[0], texts(levels))

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
            levels=levels, kinds=texts(pain), places=texts(at), after=after, without=texts(without), within=within,
            last=last, not_since=texts(not_since), as_of_start=as_of_start,
        )  # fmt: skip
        handing = Handing(texts(ids) or (CUSTOMER,), hashed, texts(columns), minimum)
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
            levels=levels, kinds=texts(pain), places=texts(at), after=after, without=texts(without), within=within,
            last=last, not_since=texts(not_since), as_of_start=as_of_start,
        )  # fmt: skip
        handing = Handing(texts(ids) or (CUSTOMER,), hashed, texts(columns), minimum, safe)
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
