"""``journeymap times``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame


class Awaited(StrEnum):
    """What is waited for."""

    CONVERT = "convert"
    RETURN = "return"


@takes_options
def times(
    sources: Sources,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    event: Annotated[
        Awaited,
        typer.Option(
            help="'convert': from a journey's start to its goal. 'return': from its end to the customer's next journey."
        ),
    ] = Awaited.CONVERT,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say how long customers take to convert, or to return.

    Each row gives the time by which a share of the journeys had reached it: reached by then / all journeys, young ones
    included, by Kaplan and Meier; 50 % is the median. Journeys that have not reached it count as waiting until the data
    end. A time that has not been seen yet is empty. The 95 % interval is clustered by customer.

    Example: journeymap times shop.duckdb --event return --by region
    """
    with asked(sources, reading, whom, split.names) as journeys:
        print_frame(
            journeys.times(event.value, by=split.names),
            form,
            n_levels=len(split.names),
            nothing="There are no such journeys.",
        )
