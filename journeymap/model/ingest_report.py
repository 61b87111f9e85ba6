"""What an ingest did, as one value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The record of one ingest; rows read = accepted + duplicates + filtered + rejected.

    Attributes
    ----------
    read, accepted, duplicates, filtered, rejected
        Rows of this ingest: all, taken, equal to rows that are there, dropped by the settings, set aside.
    rejected_by_reason
        Rows set aside, by reason code.
    events
        Events in the store after it; fewer than the accepted rows where ``one_event_per`` joins rows.
    customers, journeys, touchpoints
        What is in the store after it.
    ties
        Events of the store that share customer and time with another.
    first_event, last_event
        ISO 8601 UTC times of the store's first and last event; None where there are none.
    converted, ended, abandoned, open
        The store's journeys by status at the data end, mature or not.
    mature
        Journeys that have one horizon between their start and the data end.
    columns
        The source column in each role.
    times
        How the times were written.
    notes
        What was guessed or looks odd, to be told.
    """

    read: int
    accepted: int
    duplicates: int
    filtered: int
    rejected: int
    rejected_by_reason: dict[str, int]
    events: int
    customers: int
    journeys: int
    touchpoints: int
    ties: int
    first_event: str | None
    last_event: str | None
    converted: int
    ended: int
    abandoned: int
    open: int
    mature: int
    columns: dict[str, str] = field(default_factory=dict)
    times: str = ""
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Give the report as the record that the command line prints: counts only, no notes."""
        record = asdict(self)
        for name in ("columns", "times", "notes"):
            del record[name]
        return record
