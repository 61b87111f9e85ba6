"""``journeymap check``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from journeymap.cli.cells import percent
from journeymap.cli.limits import fail_over
from journeymap.cli.options import Format, FormatOption, RawSources, Reading, takes_options
from journeymap.cli.printing import print_object, print_records
from journeymap.cli.progress import progress
from journeymap.cli.reading import settings_for_reading
from journeymap.cli.talk import tell_note

if TYPE_CHECKING:
    from journeymap.store.store import Store

_EXAMPLES: Final = 3
_REJECTED_SQL: Final = """
    SELECT reason_code, source, row_number, reason, raw FROM rejected
    QUALIFY row_number() OVER (PARTITION BY reason_code ORDER BY source, rejected.row_number) <= $n
    ORDER BY reason_code, source, rejected.row_number
"""
# journeymap's own columns are always filled, but for these.
_OWN: Final = ("channel_key", "value", "score")


@takes_options
def check(
    sources: RawSources,
    reading: Reading,
    form: FormatOption = Format.TABLE,
    limit: Annotated[
        float | None,
        typer.Option(
            "--fail-over",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            show_default=False,
            help="Exit with 1 where more than this share of the rows, 0 to 1, is rejected.",
        ),
    ] = None,
) -> None:
    """Report the quality of a source without storing anything.

    The counts are those of 'ingest': rows read = accepted + duplicates + filtered + rejected. Beside them: the column
    in each role, how the times are written, the share of accepted events without a value in each column (0 to 1), and
    the first rejected rows of each reason.

    Example: journeymap check "events/*.csv" --fail-over 0.01
    """
    from journeymap import api

    settings = settings_for_reading(sources, reading)
    with progress() as told:
        journeys = api.open(
            list(sources),
            settings=settings,
            customers=reading.customers,
            memory_limit=reading.memory_limit,
            engine=reading.engine,
            told=told,
        )
    with journeys:
        report = journeys.report
        if report is None:  # raw files always have one
            return
        record = {
            **report.record(),
            "columns": report.columns,
            "times": report.times,
            "null_shares": _null_shares(journeys.store, report.columns),
            "rejected_rows": _rejected_rows(journeys.store),
            "notes": list(report.notes),
        }
    for note in report.notes:
        tell_note(note)
    if form is Format.TABLE:
        _print_tables(record)
    else:
        print_object(record, form)
    fail_over(limit, [("rejected rows", report.rejected / report.read)], what="their share is")


def _print_tables(record: dict[str, Any]) -> None:
    """Print the object for people: shares as percent, the rejected rows as a table of their own."""
    rows = record["rejected_rows"]
    shares = {name: percent(share) for name, share in record["null_shares"].items()}
    hidden = {"rejected_rows", "notes"}
    print_object(
        {name: value for name, value in record.items() if name not in hidden} | {"null_shares": shares}, Format.TABLE
    )
    if rows:
        typer.echo("\nThe first rejected rows of each reason")
        shown = [row | {"row": json.dumps(row["row"], ensure_ascii=False)} for row in rows]
        print_records(("reason_code", "source_file", "row_number", "row"), shown, Format.TABLE)


def _null_shares(store: Store, roles: dict[str, str]) -> dict[str, float]:
    """Give the share of events that have no value, per column of the source that is kept."""
    names = [name for name, _ in store.engine.columns("events")]
    total, *filled = store.engine.execute("SELECT count(*), count(COLUMNS(*)) FROM events")[0]
    missing = {name: 1 - n / total for name, n in zip(names, filled, strict=True)}
    own = {
        roles[role]: missing[name]
        for role, name in zip(("channel", "value", "score"), _OWN, strict=True)
        if role in roles
    }
    return own | {name: missing[name] for name, _ in store.event_columns()}


def _rejected_rows(store: Store) -> list[dict[str, Any]]:
    """Give the first rejected rows of each reason."""
    rows = store.engine.execute(_REJECTED_SQL, {"n": _EXAMPLES})
    return [
        {"reason_code": code, "source_file": source, "row_number": number, "reason": reason, "row": _row(raw)}
        for code, source, number, reason, raw in rows
    ]


def _row(raw: str) -> object:
    """Give the row's values where they were kept as JSON, and its text where it could not be parsed."""
    try:
        return json.loads(raw)
    except ValueError:
        return raw
