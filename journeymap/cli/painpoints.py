"""``journeymap painpoints``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.baseline import tell_worse, write_baseline
from journeymap.cli.evidence import evidence_lines
from journeymap.cli.limits import CHECK_FAILED, fail_over, place_of
from journeymap.cli.options import FailOver, Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell_note
from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from journeymap.model.finding import Finding
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
            metavar="SEGMENT", show_default=False, help="Split by this segment alone; several in one go, or 'all'."
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
    evidence: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", show_default=False, help="Show what stands behind the N-th of the list."),
    ] = None,
    save_baseline: Annotated[
        str | None, typer.Option(metavar="FILE", show_default=False, help="Keep the list as a baseline.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", show_default=False, help="Exit with 1 where something is new or worse than the baseline."
        ),
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

    --evidence N shows who was hit, where they went, whom else it hits, what is usually done, and the SQL behind it.

    Example: journeymap painpoints shop.duckdb --each region --each device
    """
    if evidence is not None and (save_baseline, against, limit) != (None, None, None):
        raise QuestionError(
            "--evidence shows one pain point; --save-baseline, --against and --fail-over are about the list.",
            hint="Ask for them without --evidence.",
        )
    segments = [part.strip() for text in each or () for part in text.split(",") if part.strip()]
    named = [] if segments == ["all"] else segments
    with asked(sources, reading, whom, split.names, each=named) as journeys:
        found = journeys.pain_points(
            after=after, without=without or None, within=within, by=split.names,
            each="all" if segments == ["all"] else segments or None, kinds=kind or None, examined=examined,
        )  # fmt: skip
        behind = None if evidence is None else journeys.evidence(_nth(found, evidence))
    if behind is not None:
        typer.echo(evidence_lines(behind), nl=False)
        return
    print_frame(found.to_frame(), form, n_levels=len(found.level_columns), nothing="No pain points were found.")
    _tell(found, examined=examined)
    if save_baseline is not None:
        write_baseline(found, save_baseline)
    rates = [(place_of(finding.levels, finding.place), finding.ci_low) for finding in found]
    worse = 0 if against is None else tell_worse(found, against, by=None if segments else found.segments)
    fail_over(limit, rates, what="the rate is at least")
    if worse:
        raise typer.Exit(CHECK_FAILED)


def _nth(found: PainPoints, number: int) -> Finding:
    if number > len(found):
        raise QuestionError(
            f"--evidence {number}: the list has {len(found)} pain points.", hint="Count them from 1, the worst first."
        )
    return found[number - 1]


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
