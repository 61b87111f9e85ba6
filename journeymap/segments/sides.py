"""The sides of a comparison, as a segment whose levels they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.segments.define import find_segment
from journeymap.segments.segment import Segment
from journeymap.segments.sources import Needs

if TYPE_CHECKING:
    from journeymap.segments.question import Question, Sides
    from journeymap.segments.sources import Unit
    from journeymap.store.store import Store

SIDE: Final = "(side)"
"""What the column with the side is called in measured tables."""


def side_segment(store: Store, sides: Sides, question: Question | None = None) -> tuple[Segment, Segment | None]:
    """Write the side of each customer or journey as SQL; null where it is on none.

    Parameters
    ----------
    store
        The open store.
    sides
        What is compared.
    question
        What may define further segments, and when the data end; None: only the store does.

    Returns
    -------
    side, based_on : Segment, Segment or None
        The segment whose levels are the sides, and the segment that it is made from; None for periods.

    Raises
    ------
    UnknownNameError
        When the segment is not known.
    QuestionError
        When there are not two sides.
    """
    names = sides.names
    values: dict[str, object] = {f"side{at}": name for at, name in enumerate(names)}
    if len(names) < 2 or len(set(names)) < len(names):  # noqa: PLR2004 - fewer are not compared
        raise QuestionError(
            f"{' and '.join(names)} cannot be compared." if names else "No level is named to compare.",
            hint="Name a level, to compare it with the rest, or two or more different ones.",
        )
    if not sides.segment:
        values |= {"side_after_us": sides.after_us, "side_before_us": sides.before_us}
        sql = "CASE WHEN j.start_us >= $side_after_us THEN $side0 WHEN j.start_us < $side_before_us THEN $side1 END"
        return _sided("journey", sql, values, Needs(), names), None
    segment = find_segment(store, sides.segment, tag="side", question=question)
    values |= segment.values
    if len(sides.levels) == 1:
        sql = f"CASE WHEN {segment.level_sql} = $side0 THEN $side0 ELSE $side1 END"
    else:
        cases = " ".join(f"WHEN $side{at} THEN $side{at}" for at in range(len(names)))
        sql = f"CASE {segment.level_sql} {cases} END"
    side = _sided(segment.unit, sql, values, segment.needs, names)
    return replace(side, note=segment.note, as_of=segment.as_of), segment


def _sided(unit: Unit, sql: str, values: dict[str, object], needs: Needs, names: tuple[str, ...]) -> Segment:
    words = "the sides of a comparison"
    return Segment(
        SIDE, unit, sql, sql, values, needs, names, kind="rules", definition=words, is_cut=True, n_levels=len(names)
    )
