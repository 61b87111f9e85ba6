"""Baselines of pain points: written to a file, and held against later ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from journeymap.cli.limits import place_of
from journeymap.cli.talk import tell
from journeymap.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding


def write_baseline(findings: Sequence[Finding], path: str, *, what: str = "pain points") -> None:
    """Keep findings in a file; ``what`` they are is said.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    from journeymap.painpoints.baseline import baseline_text

    try:
        Path(path).write_text(baseline_text(findings), encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.", hint="Name a place where you may write."
        ) from None
    tell(f"The baseline of {len(findings):,} {what} is in {path}.")


def tell_worse(findings: Sequence[Finding], path: str, *, by: tuple[str, ...] | None) -> int:
    """Say what is new or worse than a baseline, and how much of it there is.

    Parameters
    ----------
    findings
        What was found.
    path
        The baseline's file.
    by
        The segments that split the question; None where each was gone through for itself.

    Raises
    ------
    SourceNotFoundError
        When there is no such file.
    QuestionError
        When it is no baseline.
    """
    from journeymap.painpoints.baseline import expect_split, read_baseline, worse_than

    text = read_baseline(path)
    if by is not None:
        expect_split(text, by, origin=path)
    found = worse_than(findings, text, origin=path)
    for item in found:
        where = f"{item.finding.kind}, {place_of(item.finding.levels, item.finding.place)}"
        if item.was is None:
            tell(f"New since the baseline: {where}.")
        else:
            tell(f"Worse than the baseline: {where}: {item.finding.rate:.1%}, was {item.was:.1%}.".replace("%", " %"))
    if not found:
        tell(f"Nothing is new or worse than in {path}.")
    return len(found)
