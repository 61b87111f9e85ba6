"""``journeymap outcomes``."""

from __future__ import annotations

from typing import Final

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell

_NOTHING: Final = "There are no such journeys."


@takes_options
def outcomes(sources: Sources, split: Split, whom: Whom, reading: Reading, form: FormatOption = Format.TABLE) -> None:
    """Count journeys by how they ended: converted, ended, abandoned or still open.

    The four counts are of mature journeys, which have one horizon between their start and the data end, and add up to
    them; the immature ones are counted beside. The conversion rate is converted / mature journeys, with a 95 % interval
    that is clustered by customer.

    Example: journeymap outcomes shop.duckdb --by region
    """
    with asked(sources, reading, whom, split.names) as journeys:
        frame = journeys.outcomes(by=split.names)
    if len(frame) and not frame["journeys"].sum():  # without a segment there is a row for nobody, too
        tell(_NOTHING)
    print_frame(frame, form, n_levels=len(split.names), nothing=_NOTHING)
