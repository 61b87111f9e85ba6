"""Clusters of behaviour as a value: a table, notes, and a model that gives new customers their cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from journeymap.model.shown import Tabled
from journeymap.profiles.assign import assign_customers

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.profiles.cluster_traits import Trait
    from journeymap.segments.cluster_model import ClusterModel
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_STABLE: Final = 0.75


class Asked(Protocol):
    """A store and whom it is asked about, such as :class:`journeymap.Journeys`."""

    @property
    def store(self) -> Store:
        """The open store."""
        ...

    @property
    def question(self) -> Question:
        """Whom it is about."""
        ...


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster of customers who move alike.

    Attributes
    ----------
    name
        Its number and what it has more of; the level that its customers get.
    customers, journeys
        How many.
    share
        Of the customers, 0 to 1.
    mature
        Its mature journeys: the denominator of the conversion.
    conversion_rate, ci_low, ci_high
        Converted / mature journeys with the 95 % interval; None where none is mature.
    traits
        The transitions that set it apart, the most telling first.
    path
        The journey that stands for it.
    certainty
        The mean probability of the cluster over its customers, 0 to 1.
    stability
        The mean likeness (Jaccard) to the cluster most like it in resamples, 0 to 1; None where it was not measured.
    """

    name: str
    customers: int
    journeys: int
    share: float
    mature: int
    conversion_rate: float | None
    ci_low: float | None
    ci_high: float | None
    traits: tuple[Trait, ...]
    path: tuple[str, ...]
    certainty: float
    stability: float | None


@dataclass(frozen=True, slots=True, repr=False)
class Clusters(Tabled):
    """What was discovered.

    Attributes
    ----------
    clusters
        Largest first.
    model
        What gives customers their cluster; ``model.to_json()`` keeps it.
    criteria
        (number of clusters, BIC) of each number that was tried; smaller is better. Empty for an old model.
    rand_index
        The mean adjusted Rand index with the clusters of resamples; None where it was not measured.
    n_sampled
        The customers that decided the number of clusters.
    unknown_share
        The share of transitions that the model does not know; 0 for what was just discovered.
    is_bounded
        Whether the best number is the largest that was tried, so that more might be better.
    """

    clusters: tuple[Cluster, ...]
    model: ClusterModel = field(compare=False, repr=False)
    criteria: tuple[tuple[int, float], ...] = ()
    rand_index: float | None = None
    n_sampled: int = 0
    unknown_share: float = 0.0
    is_bounded: bool = False

    def assign(self, asked: Asked) -> pd.DataFrame:
        """Give customers their clusters, new ones as well; see :func:`journeymap.profiles.assign.assign_customers`."""
        return assign_customers(asked.store, asked.question, self.model)

    def to_frame(self) -> pd.DataFrame:
        """Give one row per cluster.

        Returns
        -------
        DataFrame
            ``cluster``, ``customers``, ``share``, ``conversion_rate``, ``ci_low``, ``ci_high`` (of mature journeys),
            ``sets_apart`` (transitions with their lift: their share of the cluster's transitions over that of the
            others'), ``path`` (a list), ``certainty``, ``stability``.
        """
        import pandas as pd

        rows = [
            {
                "cluster": one.name,
                "customers": one.customers,
                "share": one.share,
                "conversion_rate": one.conversion_rate,
                "ci_low": one.ci_low,
                "ci_high": one.ci_high,
                "sets_apart": "; ".join(map(str, one.traits)),
                "path": list(one.path),
                "certainty": one.certainty,
                "stability": one.stability,
            }
            for one in self.clusters
        ]
        numbers = ["share", "conversion_rate", "ci_low", "ci_high", "certainty", "stability"]
        return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what a reader should know: how the number was chosen, what is unstable, what is not known."""
        notes = []
        if self.criteria:
            tried = ", ".join(f"{number}: {value:,.0f}" for number, value in self.criteria)
            sampled = f" (of a sample of {self.n_sampled:,} customers)" if self.is_sampled else ""
            notes.append(f"BIC by number of clusters{sampled}, smaller is better: {tried}.")
            best = min(self.criteria, key=lambda tried: tried[1])[0]
            if best != len(self.clusters):
                notes.append(f"By BIC there would be {best}: the data do not bear out {len(self.clusters)}.")
        if self.is_bounded:
            notes.append("That is the largest number that was tried: --most tries more.")
        if len(self.clusters) == 1:
            notes.append("One cluster: these customers fall into no groups that move differently enough to tell apart.")
        elif self.rand_index is not None:
            notes.append(
                f"Resamples agree with these clusters by {self.rand_index:.2f} (adjusted Rand index, 1 is all)."
            )
        shaky = [one.name for one in self.clusters if one.stability is not None and one.stability < _STABLE]
        if shaky:
            notes.append(f"Not stable (below {_STABLE}), do not build on them: {'; '.join(shaky)}.")
        if self.unknown_share > 0:
            notes.append(f"Transitions that these clusters do not know: {self.unknown_share:.1%}. They speak for none.")
        return tuple(notes)

    @property
    def is_sampled(self) -> bool:
        """Say whether a sample decided the number of clusters."""
        return self.n_sampled < sum(one.customers for one in self.clusters)
