"""``journeymap painpoints``."""

from __future__ import annotations

from typing import Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.limits import fail_over, place_of
from journeymap.cli.options import FailOver, Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell_note


@takes_options
def painpoints(
    sources: Sources,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    after: Annotated[
        str | None,
        typer.Option(metavar="TOUCHPOINT", show_default=False, help="Where attempts begin. Else carts and checkouts."),
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

    Abandonment: an attempt starts at a visit to one touchpoint and is abandoned when none of the others follows
    within the time. The rate is abandoned / mature attempts, with a 95 % interval that is clustered by customer; the
    baseline is that of all levels together. Severity, 0 to 1, is the square root of the share of customers hit times
    the rate's lower bound. Revenue at risk is the mean goal value times the abandoned attempts.

    Example: journeymap painpoints shop.duckdb --by region --after cart --without order --within 7d
    """
    with asked(sources, reading, whom, split.names) as journeys:
        found = journeys.pain_points(after=after, without=without or None, within=within, by=split.names)
        n_immature = sum(finding.n_immature for finding in found)
        if not found and after is None:
            tell_note("Looked for carts and checkouts that no goal follows. Something else: --after A --without B")
    print_frame(found.to_frame(), form, n_levels=len(split.names), nothing="No pain points were found.")
    if n_immature:
        tell_note(f"{n_immature:,} attempts began too late to judge and are not counted.")
    thin = [place_of(finding.levels, finding.place) for finding in found if finding.thin]
    if thin:
        tell_note(f"Too few customers to judge: {'; '.join(thin[:8])}{'; ...' if len(thin) > 8 else ''}.")  # noqa: PLR2004
    rates = [(place_of(finding.levels, finding.place), finding.ci_low) for finding in found]
    fail_over(limit, rates, what="the rate is at least")
