"""``journeymap ingest``."""

from __future__ import annotations

from typing import Annotated

import typer

from journeymap.cli.options import Format, FormatOption, RawSources, Reading, takes_options
from journeymap.cli.printing import print_object
from journeymap.cli.progress import progress
from journeymap.cli.reading import settings_for_reading
from journeymap.cli.talk import tell, tell_report


@takes_options
def ingest(
    sources: RawSources,
    into: Annotated[
        str,
        typer.Option(
            metavar="STORE",
            show_default=False,
            help="The store's file, such as shop.duckdb (a folder, for Spark); made or added to.",
        ),
    ],
    reading: Reading,
    form: FormatOption = Format.TABLE,
) -> None:
    """Read files of events into a store, once; then ask the store.

    Rows read = accepted + duplicates + filtered + rejected; rejected rows are kept in the store with the reason.
    Events that are in the store already are not added again. Customers, journeys, touchpoints and statuses are those of
    the store after it; mature journeys have one horizon between their start and the data end.

    Example: journeymap ingest events.csv --customers customers.csv --into shop.duckdb
    """
    from journeymap import api

    settings = settings_for_reading(sources, reading)
    with progress() as told:
        journeys = api.ingest(
            sources,
            into=into,
            settings=settings,
            customers=reading.customers,
            memory_limit=reading.memory_limit,
            engine=reading.engine,
            told=told,
        )
    with journeys:
        report = journeys.report
    if report is None:  # an ingest always has one
        return
    tell_report(report)
    engine = f" --engine {reading.engine}" if reading.engine else ""
    tell(f"Wrote {into}. Next: journeymap map {into}{engine} --out maps")
    print_object(report.record(), form)
