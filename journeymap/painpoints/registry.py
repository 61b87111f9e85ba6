"""The detectors by name, and the ranking of what they find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from journeymap.painpoints import abandonment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


class Detector(Protocol):
    """Finds one kind of pain point; its further parameters have defaults."""

    def __call__(self, store: Store, question: Question) -> list[Finding]:
        """Give the findings, in any order."""
        ...


DETECTORS: Final[dict[str, Detector]] = {"abandonment": abandonment.detect}


def find_pain_points(store: Store, question: Question) -> list[Finding]:
    """Run every detector and rank what they find, worst first.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.

    Returns
    -------
    list of Finding
        By severity; equal ones by kind, place and level.
    """
    return rank([finding for detect in DETECTORS.values() for finding in detect(store, question)])


def rank(findings: Sequence[Finding]) -> list[Finding]:
    """Put findings in order, worst first."""
    return sorted(findings, key=lambda item: (-item.severity, item.kind, item.place, item.levels))
