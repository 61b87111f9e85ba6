"""What a segment and a condition are once they are looked up: SQL, and what it reads and binds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from journeymap.segments.sources import Needs, Unit
    from journeymap.settings.values import AsOf


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of this store.

    Attributes
    ----------
    name
        What it is called.
    unit
        Whether customers or journeys have a level.
    raw_sql
        The column as it is, over the aliases of :mod:`journeymap.segments.sources`; the level where there is no column.
    level_sql
        The level as text, never null.
    values
        What ``level_sql`` binds.
    needs
        What it reads.
    labels
        The levels in their order, where the definition gives one; empty: by name.
    note
        What was decided for the user, to be told; or "".
    kind
        ``column``, ``bins``, ``quantiles``, ``rules``, ``combination``, ``hierarchy``, ``fact`` or a built-in kind.
    as_of
        The instant that it is of, where it depends on time.
    definition
        What it is, in words.
    is_cut
        Whether a condition sees its levels, and not the column.
    n_levels
        How many levels it has at the most, ``(none)`` apart; 0: not counted.
    parts
        The segments that a combination or hierarchy is made of.
    separator
        What stands between their levels.
    """

    name: str
    unit: Unit
    raw_sql: str
    level_sql: str
    values: Mapping[str, object]
    needs: Needs
    labels: tuple[str, ...] = ()
    note: str = ""
    kind: str = "column"
    as_of: AsOf = "start"
    definition: str = ""
    is_cut: bool = False
    n_levels: int = 0
    parts: tuple[Segment, ...] = ()
    separator: str = ""

    @property
    def is_event_column(self) -> bool:
        """Whether it is what stands in a column at each journey's first event."""
        return self.needs.sources == {"starts"} and self.kind in {"column", "bins", "quantiles"}

    @property
    def is_of_first_events(self) -> bool:
        """Whether the first event of a journey, or of a customer, decides: where it begins is part of the level."""
        return bool(self.needs.sources & {"starts", "firsts"})


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked expression over segments, columns and facts.

    Attributes
    ----------
    sql
        True, false or null per customer or journey.
    needs
        What it reads.
    values
        What it binds.
    compared
        (segment, level) pairs that it compares for equality.
    """

    sql: str
    needs: Needs
    values: Mapping[str, object]
    compared: tuple[tuple[Segment, str], ...] = field(default=())
