"""``journeymap generate``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from journeymap.cli.options import takes_options
from journeymap.cli.talk import tell


class FileFormat(StrEnum):
    """As what the events are written."""

    CSV = "csv"
    PARQUET = "parquet"


@takes_options
def generate(
    out: Annotated[str, typer.Option(metavar="DIR", show_default=False, help="The folder for the files; it is made.")],
    customers: Annotated[int, typer.Option(metavar="N", help="How many customers, about 20 events each.")] = 3000,
    days: Annotated[int, typer.Option(metavar="N", help="How many days, up to 30 June 2026.")] = 120,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Another seed gives another shop with the same stories.")
    ] = 2026,
    file_format: Annotated[FileFormat, typer.Option(help="As what to write them.")] = FileFormat.CSV,
) -> None:
    """Write the events of an invented shop, of any size, in which the pain points are known.

    Events a file a month, customers one row each, the settings, the planted stories as data and a README. The same
    arguments give the same bytes. The files are printed one a line.

    Example: journeymap generate --customers 50000 --out shop
    """
    from journeymap.datasets import generate_shop

    files = generate_shop(out, customers=customers, days=days, seed=seed, file_format=file_format.value)
    for path in (*files.events, files.customers, files.settings, files.stories, files.readme):
        typer.echo(path)
    tell(
        f"{files.n_customers:,} customers, {files.n_events:,} rows of events. "
        f"Next: journeymap ingest {files.folder} --into shop.duckdb"
    )
