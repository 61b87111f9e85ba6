"""``journeymap painpoints``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.limits import fail_over, place_of
from journeymap.cli.options import FailOver, Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell_note

if TYPE_CHECKING:
    from journeymap.painpoints.table import PainPoints


@takes_options
def painpoints(
    sources: Sources,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    each: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SEGMENT", show_default=False, help="Split by this segment alone. Repeat it for several, in one go."
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", show_default=False, help="Only this kind. Can be repeated. Else all."),
    ] = None,
    examined: Annotated[
        bool, typer.Option("--all", help="Show all that was looked at, not only what stands up.")
    ] = False,
    after: Annotated[
        str | None,
        typer.Option(metavar="TOUCHPOINT", show_default=False, help="One abandonment: where attempts begin."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOUCHPOINT", show_default=False, help="What should follow. Can be repeated. Else the goal."
        ),
    ] = None,
    within: Annotated[
        str | None, typer.Option(metavar="TIME", show_default=False, help="The time allowed, such as 7d. Else 7d.")
    ] = None,
    form: FormatOption = Format.TABLE,
    limit: FailOver = None,
) -> None:
    """Rank what hurts customers, worst first.

    Every kind of pain point is looked for at every place and level. Shown is what stands up: worse than the baseline,
    corrected for everything that was looked at (q at most 0.05), and large enough to matter. Without segments also
    what is a pain in itself, such as the share of carts abandoned. Rates are hits / mature units, with a 95 % interval
    that is clustered by customer; the baseline is that of all levels together. Severity, 0 to 1, is the square root
    of the share of customers hit times the rate's lower bound.

    With --after, one abandonment is shown at every level: an attempt starts at a visit to one touchpoint and is
    abandoned when none of the others follows within the time. Revenue at risk is then the mean goal value times the
    abandoned attempts.

    Example: journeymap painpoints shop.duckdb --each region --each device
    """
    with asked(sources, reading, whom, [*split.names, *(each or [])]) as journeys:
        found = journeys.pain_points(
            after=after, without=without or None, within=within, by=split.names, each=each or None, kinds=kind or None,
            examined=examined,
        )  # fmt: skip
    print_frame(found.to_frame(), form, n_levels=len(found.level_columns), nothing="No pain points were found.")
    _tell(found, examined=examined)
    rates = [(place_of(finding.levels, finding.place), finding.ci_low) for finding in found]
    fail_over(limit, rates, what="the rate is at least")


def _tell(found: PainPoints, *, examined: bool) -> None:
    n_immature = sum(finding.n_immature for finding in found if finding.kind == "abandonment")
    if n_immature:
        tell_note(f"{n_immature:,} attempts began too late to judge and are not counted.")
    thin = [place_of(finding.levels, finding.place) for finding in found if finding.thin]
    if thin:
        tell_note(f"Too few customers to judge: {'; '.join(thin[:8])}{'; ...' if len(thin) > 8 else ''}.")  # noqa: PLR2004
    for skipped in found.skipped:
        tell_note(f"Not looked for: {skipped.kind}, since {skipped.why}.")
    if not examined and found.n_examined > len(found):
        tell_note(f"{found.n_examined:,} places and levels were looked at; --all shows them.")
