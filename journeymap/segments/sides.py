"""The sides of a comparison, as a segment whose levels they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.model.names import NO_LEVEL
from journeymap.segments.define import Segment, find_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.segments.question import Sides
    from journeymap.store.store import Store

SIDE: Final = "(side)"
"""What the column with the side is called in measured tables."""


def side_segment(store: Store, sides: Sides) -> tuple[Segment, Segment | None]:
    """Write the side of each customer or journey as SQL; null where it is on none.

    Parameters
    ----------
    store
        The open store.
    sides
        What is compared.

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
        return Segment(SIDE, "journey", sql, sql, values, names), None
    segment = find_segment(store, sides.segment, tag="side")
    values |= segment.values
    if len(sides.levels) == 1:
        sql = f"CASE WHEN {segment.level_sql} = $side0 THEN $side0 ELSE $side1 END"
    else:
        cases = " ".join(f"WHEN $side{at} THEN $side{at}" for at in range(len(names)))
        sql = f"CASE {segment.level_sql} {cases} END"
    return Segment(SIDE, segment.unit, sql, sql, values, names, segment.latest, segment.note), segment


def check_sides(sides: Sides, segment: Segment, levels: Sequence[str], store_name: str) -> None:
    """Refuse a level that nobody has.

    Raises
    ------
    UnknownNameError
        Says which level was probably meant.
    """
    for level in sides.levels:
        if level not in levels and level != NO_LEVEL:
            raise UnknownNameError(
                f"The segment '{segment.name}' has no level '{level}'. {suggest(level, levels)}",
                hint=f"See its levels: journeymap segments {store_name} list {segment.name}",
            )
