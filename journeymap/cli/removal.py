"""``journeymap removal``."""

from __future__ import annotations

from typing import Final

from journeymap.cli.asking import asked
from journeymap.cli.cells import percent
from journeymap.cli.limits import place_of
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame, records_of
from journeymap.cli.talk import tell_note

_FAR_APART: Final = 0.1


@takes_options
def removal(sources: Sources, split: Split, whom: Whom, reading: Reading, form: FormatOption = Format.TABLE) -> None:
    """Say what each touchpoint does for the goal.

    The journey graph of mature journeys, always cut at the goal, as an absorbing Markov chain. Conversion from: the
    chance that a journey which is there converts. Removal effect: conversions lost / conversions if the touchpoint led
    to '(dropped)'. Converted share is what it should be near to: converted journeys that come by, counted / all
    converted ones; where the two are far apart, the chain does not hold. Decided: how coming there changes the chance
    of converting, in percentage points. The 95 % intervals are clustered by customer.

    Example: journeymap removal shop.duckdb --by region
    """
    n_levels = len(split.names)
    with asked(sources, reading, whom, split.names) as journeys:
        frame = journeys.removal_effects(by=split.names)
    counted = frame["converted_share"].between(frame["ci_low"], frame["ci_high"])  # within chance
    apart = (frame["removal_effect"] - frame["converted_share"]).abs().where(~counted).fillna(0)
    if (apart > _FAR_APART).any():
        worst = records_of(frame.loc[[apart.idxmax()]])[0]
        where = place_of(list(worst.items())[:n_levels], worst["touchpoint"])
        tell_note(
            f"{where}: by the chain {percent(worst['removal_effect'])} of the conversions come by it, by the count "
            f"{percent(worst['converted_share'])}. Where journeys go next depends on how they came: read the chances "
            "with care."
        )
    print_frame(frame, form, n_levels=n_levels, nothing="There are no mature journeys.")
