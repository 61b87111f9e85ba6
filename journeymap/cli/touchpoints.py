"""``journeymap touchpoints``."""

from __future__ import annotations

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame


@takes_options
def touchpoints(
    sources: Sources, split: Split, whom: Whom, reading: Reading, form: FormatOption = Format.TABLE
) -> None:
    """Count the visits of each touchpoint, and the journeys that begin and end there.

    Entries are journeys that start at the touchpoint; converted, ended, dropped and open are journeys that it is the
    last touchpoint of, mature or not. The journey share is journeys with the touchpoint / all journeys of the level.

    Example: journeymap touchpoints shop.duckdb --by channel
    """
    with asked(sources, reading, whom, split.names) as journeys:
        print_frame(
            journeys.touchpoints(by=split.names), form, n_levels=len(split.names), nothing="There are no such visits."
        )
