"""A question as of an instant: each customer's level then, and whether silence is part of what a level is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from journeymap.segments.define import find_segment
from journeymap.segments.kinds import KINDS
from journeymap.segments.operands import column_names
from journeymap.settings import SegmentSettings

if TYPE_CHECKING:
    from journeymap.segments.question import Question
    from journeymap.segments.segment import Segment
    from journeymap.settings.values import AsOf
    from journeymap.store.store import Store


def latest_question(store: Store, question: Question) -> Question:
    """Give the same question with levels as of the data end, not of each journey's start.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. Their bounds that come from the data (quantiles) are found as
        of its data end, and written down, so that earlier instants are cut at the same ones.

    Returns
    -------
    Question
        It splits customers. What is said to be of the first journey stays so.

    Raises
    ------
    UnknownNameError, QuestionError
        When a segment is not known or cannot be used.
    """
    known = {**dict(store.settings.segments), **dict(question.segments)}
    defined = {name: replace(found, as_of=_instant(found)) for name, found in known.items()}
    for name in question.by:
        if name not in defined:
            written = find_segment(store, name, tag="named", question=question).name  # as it is written there
            # A column goes before a built-in segment of its name, as everywhere.
            is_column = written in column_names(store)
            kind = None if is_column else next((kind for kind in KINDS if kind == written), None)
            defined[name] = SegmentSettings(column=None if kind else written, kind=kind, as_of="latest")
    made = replace(question, segments=tuple(defined.items()))
    for name in _reached(question.by, defined):
        cut = find_segment(store, name, tag="cut", question=made)
        if cut.kind == "quantiles" and cut.labels:
            bounds = tuple(float(str(cut.values[f"cut_bound{at}"])) for at in range(len(cut.labels) - 1))
            frozen = replace(defined[name], column=defined[name].column or name, quantiles=None)
            defined[name] = replace(frozen, bins=bounds, labels=cut.labels)
    return replace(question, segments=tuple(defined.items()))


def depends_on_silence(segment: Segment) -> bool:
    """Say whether a segment is made of facts, so that a customer's level can change while nothing happens."""
    return bool(segment.needs.sources & {"facts_start", "facts_latest"})


def _instant(definition: SegmentSettings) -> AsOf:
    return "first" if definition.as_of == "first" else "latest"


def _reached(names: tuple[str, ...], defined: dict[str, SegmentSettings]) -> list[str]:
    """Give the defined segments that these are made of, and themselves."""
    found: list[str] = []
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in defined and name not in found:
            found.append(name)
            waiting += [*defined[name].of, *defined[name].path]
    return found
