"""The source's other columns: what they are called in the store, and of which type."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from journeymap.ingest.staging import cast_sql
from journeymap.store.schema import EVENT_COLUMNS

if TYPE_CHECKING:
    from journeymap.ingest.columns import Roles
    from journeymap.ingest.staging import Staged
    from journeymap.settings import Settings
    from journeymap.store.store import Store

# The store's own columns, and what the questions' steps put beside the columns of an event.
_RESERVED = frozenset(name for name, _ in EVENT_COLUMNS) | {
    "file_key", "customer", "is_new", "touchpoint", "channel", "stage", "stage_order", "dropped", "visit_number",
    "is_goal", "is_final", "whole_key", "piece_position", "piece_step", "previous_us",
    "following_us", "following_key", "place_before", "next_before", "starts_journey",
    "starts_session", "journey_position", "session_position",
    *(f"level{at}" for at in range(10)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Properties:
    """The source's other columns in the store.

    Attributes
    ----------
    columns
        (name in the store, type, SQL over the checked rows) of each.
    event_id, journey, one_event_per
        The names in the store of the columns in these roles, or None.
    """

    columns: tuple[tuple[str, str, str], ...]
    event_id: str | None
    journey: str | None
    one_event_per: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Their names in the store."""
        return tuple(name for name, _, _ in self.columns)

    @property
    def row_table(self) -> str:
        """The table that holds the accepted rows: the events, or the lines that events are made of."""
        return "lines" if self.one_event_per is not None else "events"

    def to_json(self) -> str:
        """Write the roles for the store's own settings."""
        roles = asdict(self)
        del roles["columns"]
        return json.dumps(roles)

    @classmethod
    def choose(cls, store: Store, staged: Staged, roles: Roles, settings: Settings, *, has_events: bool) -> Properties:
        """Choose the columns to keep, and fit them to those that the store has."""
        taken = {roles.customer, roles.timestamp, roles.channel, roles.score}
        if not roles.value_is_expression:
            taken.add(roles.value)
        naming = settings.touchpoints
        if not (naming.rules or naming.rename or naming.patterns):
            taken.add(roles.touchpoint)
        # A column may have two roles: where a case is a customer, journeys are named by the same column.
        taken -= {roles.event_id, roles.journey, roles.one_event_per}
        special = {roles.event_id: "event_id", roles.journey: "journey_id"}
        names: dict[str, str] = {}
        columns: list[tuple[str, str, str]] = []
        used: set[str] = set()
        stored = dict(store.event_columns()) if has_events else {}
        stored_by_lower = {name.lower(): name for name in stored}
        for column in staged.columns:
            if column.name in taken:
                continue
            name = f"source_{column.name}" if column.name.lower() in _RESERVED else column.name
            while name.lower() in used:
                name += "_2"
            name = stored_by_lower.get(name.lower(), name)
            used.add(name.lower())
            names[column.name] = name
            # An id in text form is cleaned of blanks; a number is compared as it is, which is faster.
            in_role = special.get(column.name) if column.kind in {"VARCHAR", "DOUBLE", "FLOAT"} else None
            kind = "VARCHAR" if in_role else column.kind
            if stored.get(name, kind) != kind:
                kind = "VARCHAR"
            given = f"CAST({in_role} AS {kind})" if in_role else cast_sql(column.sql, column.kind, to=kind)
            columns.append((name, kind, given))
        for name, kind in stored.items():
            if name.lower() not in used:
                columns.append((name, kind, f"CAST(NULL AS {kind})"))
        return cls(
            tuple(columns),
            names.get(roles.event_id) if roles.event_id else None,
            names.get(roles.journey) if roles.journey else None,
            names.get(roles.one_event_per) if roles.one_event_per else None,
        )
