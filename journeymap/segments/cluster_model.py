"""Clusters as a model that can be kept: gives new customers their cluster, and goes to JSON and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from journeymap.errors import QuestionError, SourceNotFoundError, suggest_path
from journeymap.segments.markov_mixture import Mixture, log_joint, normalise
from journeymap.segments.transition_counts import lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from journeymap.segments.markov_mixture import Floats, Integers
    from journeymap.segments.transition_counts import TransitionCounts

_KIND: Final = "journeymap clusters"
_VERSION: Final = 1
_ADDS_UP: Final = 1e-6
_HINT: Final = "Give a file that 'journeymap segments STORE discover --save-model' wrote; its names may be edited."


@dataclass(frozen=True, slots=True, eq=False)
class ClusterModel:
    """Clusters of behaviour: a mixture of Markov chains over named transitions.

    Attributes
    ----------
    names
        The clusters, largest first: the levels that customers get.
    transitions
        The (source, target) pairs that the chains know; ``(other)`` stands for a source's rare targets.
    mixture
        Shares and probabilities; see :class:`journeymap.segments.markov_mixture.Mixture`.

    Examples
    --------
    >>> from journeymap.segments.markov_mixture import Mixture
    >>> chains = Mixture(np.log([0.75, 0.25]), np.log([[0.5, 0.125], [0.5, 0.875]]), 0.0, 0.0, 0)
    >>> model = ClusterModel(("1", "2"), (("home", "cart"), ("home", "(end)")), chains)
    >>> ClusterModel.from_json(model.to_json()).to_json() == model.to_json()
    True
    """

    names: tuple[str, ...]
    transitions: tuple[tuple[str, str], ...]
    mixture: Mixture

    def named(self, names: Sequence[str]) -> ClusterModel:
        """Give the same clusters other names."""
        return replace(self, names=tuple(names))

    def to_json(self) -> str:
        """Write it as JSON: the shares of the clusters, and each transition's probability in each of them."""
        shares = np.exp(self.mixture.log_weights).tolist()
        record = {
            "kind": _KIND,
            "version": _VERSION,
            "clusters": [{"name": name, "share": share} for name, share in zip(self.names, shares, strict=True)],
            "transitions": [
                {"source": source, "target": target, "probabilities": row}
                for (source, target), row in zip(
                    self.transitions, np.exp(self.mixture.log_probabilities).tolist(), strict=True
                )
            ],
        }
        return json.dumps(record, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str, *, what: str = "The model") -> ClusterModel:
        """Read what :meth:`to_json` wrote.

        Parameters
        ----------
        text
            The JSON.
        what
            Where it is from, for the error.

        Raises
        ------
        QuestionError
            When it is no model, or its numbers are no probabilities.
        """
        try:
            record = json.loads(text)
            kind = record["kind"], record["version"]
            names = tuple(_text(cluster["name"]) for cluster in record["clusters"])
            shares = np.array([cluster["share"] for cluster in record["clusters"]], dtype=np.float64)
            transitions = tuple((_text(row["source"]), _text(row["target"])) for row in record["transitions"])
            rows = np.array([row["probabilities"] for row in record["transitions"]], dtype=np.float64)
        except (ValueError, TypeError, KeyError) as error:
            raise QuestionError(f"{what} holds no clusters: {error}.", hint=_HINT) from None
        if kind != (_KIND, _VERSION):
            raise QuestionError(f"{what}: {kind[0]} {kind[1]} is not '{_KIND}' {_VERSION}.", hint=_HINT)
        fault = _fault(names, shares, transitions, rows)
        if fault:
            raise QuestionError(f"{what}: {fault}", hint=_HINT)
        return cls(names, transitions, Mixture(np.log(shares), np.log(rows), float("nan"), float("nan"), 0))


def read_model(path: Path) -> ClusterModel:
    """Read clusters from a file.

    Raises
    ------
    SourceNotFoundError
        When there is no such file.
    QuestionError
        When it holds no clusters.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceNotFoundError(f"There is no file {path}. {suggest_path(path)}", hint=_HINT) from None
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path} cannot be read: {error}.", hint=_HINT) from None
    return ClusterModel.from_json(text, what=str(path))


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a file holds
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is no name")
    return value


def _fault(
    names: tuple[str, ...], shares: Floats, transitions: tuple[tuple[str, str], ...], rows: Floats
) -> str | None:
    if not names or rows.shape != (len(transitions), len(names)) or not len(transitions):
        return "it needs clusters, and for each transition a probability per cluster."
    if len(set(names)) < len(names) or len(set(transitions)) < len(transitions):
        return "a cluster or a transition is in it twice."
    if not ((shares > 0) & (shares <= 1)).all() or abs(shares.sum() - 1) > _ADDS_UP:
        return "the shares of the clusters are to be above 0 and to add up to 1."
    totals: dict[str, Floats] = {}
    for (source, _), row in zip(transitions, rows, strict=True):
        totals[source] = totals.get(source, np.zeros(len(names))) + row
    off = [source for source, total in totals.items() if not (np.abs(total - 1) <= _ADDS_UP).all()]
    if off or not (rows > 0).all():
        return f"probabilities are to be above 0 and to add up to 1 from '{(off or [transitions[0][0]])[0]}'."
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """The cluster of each customer.

    Attributes
    ----------
    keys
        The customers' keys, ascending.
    clusters
        The most likely cluster of each, from 0.
    certainties
        Its probability given the customer's transitions, 0 to 1.
    unknown_share
        The share of the transitions that the model does not know; they speak for no cluster.
    """

    keys: Integers
    clusters: Integers
    certainties: Floats
    unknown_share: float


def assign_clusters(found: TransitionCounts, model: ClusterModel) -> Membership:
    """Give each customer the most likely cluster.

    Parameters
    ----------
    found
        The customers' transitions.
    model
        The clusters.

    Raises
    ------
    QuestionError
        When the model knows none of the transitions.
    """
    laid = found if found.transitions == model.transitions else lay_out(found, model.transitions)
    known, total = float(laid.counts.sum()), float(found.counts.sum())
    if total and not known:
        touchpoints = sorted({source for source, _ in model.transitions})[:5]
        raise QuestionError(
            f"The clusters know none of these customers' transitions. They know: {', '.join(touchpoints)} ...",
            hint="Assign customers of events with the same touchpoints, or discover clusters anew.",
        )
    joint = log_joint(laid.counts, model.mixture)
    clusters = joint.argmax(axis=1)
    memberships = normalise(joint)[0]
    certainties: Floats = memberships[np.arange(len(clusters)), clusters]
    return Membership(found.keys, clusters.astype(np.int64), certainties, 1 - known / total if total else 0.0)
