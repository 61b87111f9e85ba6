"""``journeymap whatif``."""

from __future__ import annotations

from typing import Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.limits import place_of
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame, records_of
from journeymap.cli.talk import tell_note
from journeymap.errors import QuestionError


@takes_options
def whatif(
    sources: Sources,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    at: Annotated[
        str, typer.Option(metavar="TOUCHPOINT", show_default=False, help="Where fewer customers would drop off.")
    ],
    to: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", min=0.0, max=1.0, show_default=False, help="What the drop-off would fall to, 0 to 1."
        ),
    ] = None,
    to_best: Annotated[
        bool, typer.Option("--to-best", help="It would fall to that of the best level of the --by segments.")
    ] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say what it would bring if fewer customers dropped off at a touchpoint.

    The journey graph of mature journeys, always cut at the goal, as an absorbing Markov chain. The drop rate is dropped
    / visits; where it falls to the mended rate, the other ways out of the touchpoint are scaled up in proportion.
    Conversions are the additional ones, revenue is these times the mean goal value; their 95 % intervals are clustered
    by customer. Beside them the plain count: revenue at risk is dropped * mean goal value. What is assumed is said on
    stderr, and is a field in JSON and CSV.

    Example: journeymap whatif shop.duckdb --at delivery --to 0.1
    """
    if (to is None) != to_best:
        raise QuestionError(
            "What would the drop-off fall to?", hint="Give one of the two: --to SHARE, or --to-best with --by SEGMENT."
        )
    n_levels = len(split.names)
    with asked(sources, reading, whom, split.names) as journeys:
        frame = journeys.what_if(at, to, by=split.names)
    records = records_of(frame)
    for assumption in dict.fromkeys(record["assumption"] for record in records):
        tell_note(str(assumption))
    unknown = [place_of(list(record.items())[:n_levels], at) for record in records if record["conversions"] is None]
    if unknown:
        tell_note(f"Nothing can be said where nobody comes, or everybody drops: {'; '.join(unknown)}.")
    shown = frame.drop(columns=["assumption", "touchpoint"]) if form is Format.TABLE else frame
    print_frame(shown, form, n_levels=n_levels, nothing="There are no mature journeys.")
