"""The ingest: sources to checked rows to the store, once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from journeymap.errors import NothingAcceptedError, SettingsError
from journeymap.ingest.as_built import events_as_built, events_to_keep, notes_on_what_stays, settings_for_more
from journeymap.ingest.attributes import add_attributes
from journeymap.ingest.checking import REASONS, check_rows
from journeymap.ingest.columns import find_roles
from journeymap.ingest.identity import leave_out_duplicates
from journeymap.ingest.progress import CHECKING, CUSTOMERS, READING_FILES, TIES, Progress
from journeymap.ingest.properties import Properties
from journeymap.ingest.rejects import describe_rejects, hints_on_many, keep_rejects
from journeymap.ingest.report import make_report
from journeymap.ingest.sources import TABLE, find_files, is_far
from journeymap.ingest.staging import stage_files, stage_table
from journeymap.ingest.tables import fit_columns, fits_in_order, rebuild
from journeymap.ingest.taking import name_rows, read_rows, take_rows
from journeymap.ingest.ties import keep_ties
from journeymap.ingest.times import find_time_reading
from journeymap.settings import Settings, check_settings, settings_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from journeymap.ingest.columns import Roles
    from journeymap.ingest.staging import Staged
    from journeymap.model.ingest_report import IngestReport
    from journeymap.store.engine import Engine
    from journeymap.store.spark_engine import SparkEngine
    from journeymap.store.store import Store

    Told = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one ingest: read = accepted + duplicates + filtered + rejected."""

    read: int
    accepted: int
    duplicates: int
    filtered: int
    rejected: dict[str, int]


def ingest(
    store: Store,
    sources: Sequence[str | Path] | pa.Table,
    settings: Settings,
    *,
    customers: str | pa.Table | None = None,
    now_us: int | None = None,
    told: Told | None = None,
) -> IngestReport:
    """Read sources into a store that is open for writing.

    Parameters
    ----------
    store
        The store being written. Whatever happens, the file it stands for changes only when the caller ends well.
    sources
        Files, folders and globs; or an Arrow table.
    settings
        How to read them, and what a journey is. A store that has events keeps what it was built with.
    customers
        A file, or an Arrow table, with one row per customer; None: what the settings name.
    now_us
        The time of the ingest in microseconds UTC; None: now. Later events are impossible.
    told
        Is told what is being done, and the share done of the whole ingest, 0 to 1.

    Returns
    -------
    IngestReport
        Counts of this ingest, and of the store after it.

    Raises
    ------
    SourceError, ColumnError, SettingsError, ExpressionError
        When a source cannot be read as events.
    NothingAcceptedError
        When there are rows and not one could be accepted.
    StoreError
        When the store was built with other rules than the settings now have.
    """
    check_settings(settings)
    has_events = bool(store.setting("settings"))
    if has_events:
        given, settings = settings, settings_for_more(store, settings)
    now_us = now_us if now_us is not None else int(datetime.now(UTC).timestamp() * 1_000_000)
    customers = customers if customers is not None else settings.customers.file
    paths = _paths(store, sources, customers)
    progress = Progress(told, leave_out=_steps_without(paths, customers))
    staged = _stage(store, sources if paths is None else paths, settings, progress)
    if has_events:
        columns = [column.name for column in staged.columns]
        built = store.settings.events
        settings = replace(settings, events=events_as_built(built, settings.events, columns))
    roles = _roles(staged, settings)
    properties = Properties.choose(store, staged, roles, settings, has_events=has_events)
    times = find_time_reading(store.engine, staged, staged.column(roles.timestamp), settings.events)
    checked = check_rows(staged, roles, times, settings, now_us=now_us)
    rows = read_rows(store, checked, properties, told=progress.part(CHECKING))
    reasons = _count_reasons(store, staged)
    rejected = sum(reasons.values())
    if rejected == staged.n_rows:
        message, hint = describe_rejects(store, staged, reasons, roles, time_format=settings.events.time_format)
        raise NothingAcceptedError(message, hint=hint)
    settings, notes = name_rows(store, checked, rows, settings)
    is_sorted = take_rows(
        store,
        checked,
        rows,
        properties,
        in_order=fits_in_order(store, properties, has_events=has_events),
        n_rows=staged.n_rows,
        progress=progress,
    )
    taken = int(store.engine.execute("SELECT count(*) FROM arrivals")[0][0])
    if has_events:
        fit_columns(store, properties)
    duplicates = leave_out_duplicates(
        store,
        properties.row_table if has_events else None,
        others=properties.names,
        event_id=properties.event_id,
        keep=settings.events.keep_duplicates,
        progress=progress,
    )
    notes += staged.notes
    if has_events:
        notes += notes_on_what_stays(given, settings)
    notes += hints_on_many(reasons, staged.n_rows)
    counts = Counts(staged.n_rows, taken - duplicates, duplicates, staged.n_rows - rejected - taken, reasons)
    keep_rejects(store, staged, reasons)
    store.engine.drop_temporary(keep=("arrivals",))  # the raw rows would only be in the way of larger work
    touchpoints = rebuild(
        store, settings.journey, properties, has_events=has_events, is_sorted=is_sorted, progress=progress
    )
    progress.part(TIES)
    ties = keep_ties(
        store,
        before="earlier" if has_events else None,
        after="touched",
        journeys_are_named=properties.journey is not None,
    )
    if customers is not None:
        progress.part(CUSTOMERS)
        notes += add_attributes(
            store, customers, settings.customers.customer, roles.customer, encoding=settings.events.encoding
        )
    _note_ingest(store, staged, counts, sources)
    kept = replace(settings, events=events_to_keep(built, settings.events)) if has_events else settings
    store.write_setting("settings", settings_to_json(kept))
    store.write_setting("columns", properties.to_json())
    store.engine.drop_temporary()
    progress.done()
    return make_report(
        store,
        counts,
        settings,
        columns=roles.described(),
        times=times.written_as,
        touchpoints=touchpoints,
        ties=ties,
        notes=notes,
    )


def _paths(store: Store, sources: Sequence[str | Path] | pa.Table, customers: object) -> list[Path | str] | None:
    """Give the files of the sources, and what only the engine can read as it was named; None where they are a table."""
    if not isinstance(sources, (list, tuple)):
        return None
    leave_out = (Path(customers),) if isinstance(customers, (str, Path)) else ()
    return find_files(list(sources), leave_out=leave_out, engine=store.engine)


def _steps_without(paths: list[Path | str] | None, customers: object) -> tuple[str, ...]:
    """Name the steps that are not there: Parquet and tables are read where they lie."""
    is_read_in_place = paths is None or all(str(path).lower().endswith((".parquet", ".pq")) for path in paths)
    return (*((READING_FILES,) if is_read_in_place else ()), *((CUSTOMERS,) if customers is None else ()))


def _stage(store: Store, sources: Sequence[str | Path] | pa.Table, settings: Settings, progress: Progress) -> Staged:
    first = int(store.setting("next_arrival") or 1)
    if isinstance(sources, (list, tuple)):
        staged = stage_files(
            store.engine, sources, settings.events, first_arrival=first,
            progress=progress.part(READING_FILES),
        )  # fmt: skip
    else:
        staged = stage_table(store.engine, sources, first_arrival=first)
    store.write_setting("next_arrival", str(staged.next_arrival))
    if staged.n_rows == 0:
        raise NothingAcceptedError(
            f"{', '.join(staged.sources)}: there is no row below the header.",
            hint="A file of events has at least one row.",
        )
    return staged


def _roles(staged: Staged, settings: Settings) -> Roles:
    events = settings.events
    if events.touchpoint is not None and events.touchpoint_name is not None:
        raise SettingsError(
            f"--touchpoint names a column ('{events.touchpoint}') and --touchpoint-name one name for all "
            f"('{events.touchpoint_name}').",
            hint="Give one of the two.",
        )
    needs_names = events.touchpoint_name is None and not settings.touchpoints.rules
    return find_roles([column.name for column in staged.columns], events, needs_names=needs_names)


def _count_reasons(store: Store, staged: Staged) -> dict[str, int]:
    """Count the refused rows by reason."""
    found = store.engine.execute("SELECT reason_code, count(*) FROM refused_rows GROUP BY reason_code")
    reasons = {str(code): int(n) for code, n in found}
    if staged.n_broken:
        reasons["broken_line"] = staged.n_broken
    return {code: reasons[code] for code in REASONS if code in reasons}


def _note_ingest(store: Store, staged: Staged, counts: Counts, sources: Sequence[str | Path] | pa.Table) -> None:
    values: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": json.dumps(list(staged.sources)),
        "fingerprint": _fingerprint(staged, store.engine) if isinstance(sources, (list, tuple)) else "",
        "read": counts.read,
        "accepted": counts.accepted,
        "duplicates": counts.duplicates,
        "filtered": counts.filtered,
        "rejected": sum(counts.rejected.values()),
    }
    store.engine.execute(
        "INSERT INTO ingests SELECT coalesce(max(ingest_key), 0) + 1, $at, $source, $fingerprint, $read, $accepted, "
        "$duplicates, $filtered, $rejected FROM ingests",
        values,
    )


def _fingerprint(staged: Staged, engine: Engine) -> str:
    """Name the files' state: their sizes and their first and last mebibyte, as BLAKE2.

    Of files that lie elsewhere it is their sizes and times; a table has none.
    """
    edge = 1024 * 1024
    digest = hashlib.blake2b(digest_size=16)
    for source in staged.sources:
        if is_far(source):
            from journeymap.store.spark_files import file_state

            state = "" if source.startswith(TABLE) else file_state(cast("SparkEngine", engine), source)
            digest.update(f"{source}:{state}".encode())
            continue
        path = Path(source)
        size = path.stat().st_size
        with path.open("rb") as file:
            digest.update(f"{size}:".encode())
            digest.update(file.read(edge))
            file.seek(max(0, size - edge))
            digest.update(file.read(edge))
    return digest.hexdigest()
