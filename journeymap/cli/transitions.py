"""``journeymap transitions``."""

from __future__ import annotations

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame


@takes_options
def transitions(
    sources: Sources, split: Split, whom: Whom, reading: Reading, form: FormatOption = Format.TABLE
) -> None:
    """Count the steps from touchpoint to touchpoint, with their times.

    '(start)' and the ends '(converted)', '(ended)', '(dropped)' and '(open)' are there too, so that for each touchpoint
    what comes in is what goes out. The probability is count / everything that leaves the source; the times are between
    the two touchpoints (in seconds in JSON and CSV).

    Example: journeymap transitions shop.duckdb --where region=north --format csv
    """
    with asked(sources, reading, whom, split.names) as journeys:
        print_frame(
            journeys.transitions(by=split.names),
            form,
            n_levels=len(split.names),
            nothing="There are no such transitions.",
        )
