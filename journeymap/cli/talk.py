"""What is told to the person at the prompt: on stderr, so that stdout holds data alone."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from journeymap.model.ingest_report import IngestReport


def visible(text: str) -> str:
    r"""Write control characters as escapes: names come from files, and a terminal would obey what is in them.

    Examples
    --------
    >>> visible("cart" + chr(27) + "[31m")
    'cart\\x1b[31m'
    """
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char
        for char in text
    )


def tell(text: str = "") -> None:
    """Say something; each line of the text is one on stderr."""
    for line in text.split("\n"):
        typer.echo(visible(line), err=True)


def tell_note(text: str) -> None:
    """Say what was guessed or looks odd."""
    typer.secho("Note: ", fg=typer.colors.YELLOW, nl=False, err=True)
    tell(text)


def tell_error(message: str, hint: str = "") -> None:
    """Say what is wrong, and what to do about it."""
    typer.secho("Error: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
    tell(message)
    if hint:
        tell(hint)


def tell_report(report: IngestReport) -> None:
    """Say what was read and how: counts, columns, times, guesses."""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in report.rejected_by_reason.items())
    parts = [
        f"{report.accepted:,} accepted",
        f"{report.duplicates:,} duplicates",
        *([f"{report.filtered:,} filtered"] if report.filtered else []),
        f"{report.rejected:,} rejected" + (f" ({reasons})" if reasons else ""),
    ]
    tell(f"{report.read:,} rows read: {', '.join(parts)}.")
    columns = ", ".join(f"{role} = {column}" for role, column in report.columns.items())
    tell(f"Columns: {columns}. Times: {report.times}.")
    for note in report.notes:
        tell_note(note)
