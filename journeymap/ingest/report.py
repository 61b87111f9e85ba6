"""What an ingest did, and what the store holds after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.journeys.status import MATURE_JOURNEY_SQL, STATUS_SQL
from journeymap.model.ingest_report import IngestReport
from journeymap.model.period import moment_of
from journeymap.settings import effective_horizon_us

if TYPE_CHECKING:
    from journeymap.ingest.load import Counts
    from journeymap.settings import Settings
    from journeymap.store.store import Store


def iso_time(at_us: int | None) -> str | None:
    """Write microseconds UTC as ISO 8601.

    Examples
    --------
    >>> iso_time(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    if at_us is None:
        return None
    return moment_of(at_us).isoformat().replace("+00:00", "Z")


def make_report(
    store: Store,
    counts: Counts,
    settings: Settings,
    *,
    columns: dict[str, str],
    times: str,
    touchpoints: int,
    ties: int,
    notes: tuple[str, ...],
) -> IngestReport:
    """Count what is in the store and put it beside the counts of the ingest."""
    engine = store.engine
    horizon_us = effective_horizon_us(settings.journey, journeys_from_column=settings.events.journey is not None)
    first, last, n_events, n_customers, n_journeys = engine.execute(
        "SELECT min(start_us), max(end_us), sum(steps), count(DISTINCT customer_key), count(*) FROM journeys"
    )[0]
    values = {"data_end_us": last, "horizon_us": horizon_us}
    found = engine.execute(
        f"SELECT {STATUS_SQL} AS status, count(*), count(*) FILTER (WHERE {MATURE_JOURNEY_SQL}) "
        "FROM journeys GROUP BY 1",
        values,
    )
    statuses = {str(status): int(n) for status, n, _ in found}
    return IngestReport(
        read=counts.read,
        accepted=counts.accepted,
        duplicates=counts.duplicates,
        filtered=counts.filtered,
        rejected=sum(counts.rejected.values()),
        rejected_by_reason=counts.rejected,
        events=int(n_events or 0),
        customers=int(n_customers),
        journeys=int(n_journeys),
        touchpoints=touchpoints,
        ties=ties,
        first_event=iso_time(first),
        last_event=iso_time(last),
        converted=statuses.get("converted", 0),
        ended=statuses.get("ended", 0),
        abandoned=statuses.get("abandoned", 0),
        open=statuses.get("open", 0),
        mature=sum(int(mature) for _, _, mature in found),
        columns=columns,
        times=times,
        notes=notes,
    )
