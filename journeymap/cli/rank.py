"""``journeymap segments STORE rank``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell_note


class RankBy(StrEnum):
    """What the order is by."""

    CONVERSION = "conversion"
    PATHS = "paths"


@takes_options
def rank(
    ctx: typer.Context,
    *,
    whom: Whom,
    reading: Reading,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SEGMENT]...", show_default=False, help="Only these. Else all that there are."),
    ] = None,
    rank_by: Annotated[RankBy, typer.Option(help="Order by what divides conversion, or paths.")] = RankBy.CONVERSION,
    permutations: Annotated[
        int, typer.Option(min=20, help="How often customers change their levels to see what chance does.")
    ] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same p-values.")] = 0,
    form: FormatOption = Format.TABLE,
) -> None:
    """Rank segments by how much they divide conversion and paths.

    The conversion effect is Cramér's V between level and conversion (converted / mature journeys), 0 to 1. The path
    divergence is how far apart the levels are in what follows a touchpoint, in bits per transition. Both are less what
    as many levels would do by chance. The q values are corrected for the number of segments: below 0.05 a segment
    divides more than chance. Those that do stand first.

    Example: journeymap segments shop.duckdb rank --rank-by paths
    """
    with asked([str(ctx.obj)], reading, whom) as journeys:
        found = journeys.rank_segments(*(names or ()), rank_by=rank_by.value, n_permutations=permutations, seed=seed)
    frame = found.to_frame()
    if form is Format.TABLE:
        frame = frame.drop(columns=["conversion_p", "path_p"])
    for note in found.notes:
        tell_note(note)
    print_frame(frame, form, nothing="There are no segments with two levels.")
