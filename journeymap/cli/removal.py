"""``journeymap removal``."""

from __future__ import annotations

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame


@takes_options
def removal(sources: Sources, split: Split, whom: Whom, reading: Reading, form: FormatOption = Format.TABLE) -> None:
    """Say what each touchpoint does for the goal.

    The journey graph of mature journeys, always cut at the goal, as an absorbing Markov chain. Conversion from: the
    chance that a journey which is there converts. Removal effect: conversions lost / conversions if the touchpoint led
    to '(dropped)'. Decided: how coming there changes the chance of converting, in percentage points. The 95 % intervals
    are clustered by customer.

    Example: journeymap removal shop.duckdb --by region
    """
    with asked(sources, reading, whom, split.names) as journeys:
        print_frame(
            journeys.removal_effects(by=split.names),
            form,
            n_levels=len(split.names),
            nothing="There are no mature journeys.",
        )
