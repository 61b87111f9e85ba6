"""``journeymap paths``."""

from __future__ import annotations

from typing import Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame


@takes_options
def paths(
    sources: Sources,
    split: Split,
    whom: Whom,
    reading: Reading,
    top: Annotated[int, typer.Option(min=1, help="How many paths to give, per level.")] = 20,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="TOUCHPOINT", show_default=False, help="Start paths at its first visit."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="TOUCHPOINT", show_default=False, help="End paths at its first visit after that."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the most frequent ways through the journeys.

    The share is journeys with exactly this path / all journeys of the level (with --from or --to, of those that have
    such a path). Converted are journeys that reached a goal, anywhere. The median time is from a path's first
    touchpoint to its last.

    Example: journeymap paths shop.duckdb --from cart --to order --top 10
    """
    with asked(sources, reading, whom, split.names) as journeys:
        frame = journeys.paths(top=top, from_=from_, to=to, by=split.names)
    print_frame(frame, form, n_levels=len(split.names), nothing="There are no such paths.")
