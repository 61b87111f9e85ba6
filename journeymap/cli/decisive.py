"""``journeymap decisive``."""

from __future__ import annotations

from typing import Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame


@takes_options
def decisive(
    sources: Sources,
    split: Split,
    whom: Whom,
    reading: Reading,
    top: Annotated[int, typer.Option(metavar="N", help="How many transitions to give, per level.")] = 20,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say where the outcome is decided: at which steps the chance of converting jumps or collapses most.

    The journey graph of mature journeys, always cut at the goal, as an absorbing Markov chain. The chance before is
    that at the source, the chance after that at the target: 1 at '(converted)', 0 at the other ends. Conversions is
    count * change: those won, or lost, by going this way rather than on average; over all ways out of a touchpoint they
    add up to 0. The 95 % interval of the change (chance after - before, in percentage points) is clustered by customer;
    the rows are ordered by the size of the conversions.

    Example: journeymap decisive shop.duckdb --top 10
    """
    with asked(sources, reading, whom, split.names) as journeys:
        print_frame(
            journeys.decisive(by=split.names, top=top),
            form,
            n_levels=len(split.names),
            nothing="There are no mature journeys.",
        )
