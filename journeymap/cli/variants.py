"""``journeymap variants``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell, tell_note
from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from journeymap.compare.variants import VariantTest


@takes_options
def variants(
    sources: Sources,
    *,
    variant: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            show_default=False,
            help="What says which variant a customer was given: a column of the events (the first event with a value), "
            "or an attribute of customers.",
        ),
    ],
    split: Split,
    whom: Whom,
    reading: Reading,
    control: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", show_default=False, help="The control. Else the one that is called so, or the first."
        ),
    ] = None,
    treatment: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="The other one, where there are more than two."),
    ] = None,
    ratio: Annotated[
        str, typer.Option(metavar="A:B", help="How customers were meant to be dealt, control to treatment.")
    ] = "50:50",
    form: FormatOption = Format.TABLE,
) -> None:
    """Compare two variants of an experiment, in the whole and in each level.

    The customer is the unit: converted is who reached a goal within one horizon of being given the variant, over all
    customers for whom that time is over (mature), whatever journeys are cut in between. Value is the goal value within
    that time / mature customers. Differences are treatment - control, with a 95 % interval; levels are corrected for
    their number (Benjamini-Hochberg). Who was given both variants is left out, and said.

    The sample ratio is checked first: where the customers given each variant are not as they were meant to be
    (p below 0.001), the difference may come from how they were dealt.

    Example: journeymap variants shop.duckdb --variant page_version --by region
    """
    with asked(sources, reading, whom, split.names) as journeys:
        test = journeys.variants(variant, control=control, treatment=treatment, ratio=_parts(ratio), by=split.names)
    print_frame(test.to_frame(), form, n_levels=len(split.names))
    sys.stdout.flush()
    _tell(test)


def _parts(ratio: str) -> tuple[float, float]:
    """Read ``50:50``.

    Examples
    --------
    >>> _parts("9:1"), _parts("50/50")
    ((9.0, 1.0), (50.0, 50.0))
    """
    try:
        control, treatment = (float(part) for part in ratio.replace("/", ":").split(":"))
    except ValueError:
        raise QuestionError(
            f"--ratio: '{ratio}' is no ratio.", hint="Write control to treatment, such as 50:50 or 9:1."
        ) from None
    return control, treatment


def _tell(test: VariantTest) -> None:
    whole = test.to_frame().iloc[0]
    given = int(whole["customers_control"]), int(whole["customers_treatment"])
    tell(
        f"'{test.treatment}' ({given[1]:,} customers) against the control '{test.control}' ({given[0]:,}). "
        f"Sample ratio: p {_p(test.ratio_p)}."
    )
    for note in test.notes:
        tell_note(note)
    if test.heterogeneity_p is not None:
        tell(f"Whether it makes the same difference in every level: p {_p(test.heterogeneity_p)} (Cochran's Q).")


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - three places are shown
