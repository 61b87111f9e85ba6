"""``journeymap segments STORE export`` and ``actions``: hand customers on, and say what to do next for them."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Split, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell, tell_note
from journeymap.errors import QuestionError
from journeymap.model.period import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from journeymap.profiles.reach import Handed

STDOUT: Final = "-"
_N_NAMED: Final = 8
_PAIN: Final = "Of a pain point"
_FILE: Final = "What is written"


def _many(metavar: str, text: str, panel: str) -> object:
    return typer.Option(metavar=metavar, show_default=False, rich_help_panel=panel, help=text)


@takes_options
def export(
    ctx: typer.Context,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    file: Annotated[
        str, typer.Argument(metavar="FILE", show_default=False, help="It ends in .csv or .parquet; '-' is stdout.")
    ],
    level: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SEGMENT=LEVEL",
            show_default=False,
            help="Only customers in this level. Can be repeated: several of one segment, or of several that must all "
            "hold.",
        ),
    ] = None,
    pain: Annotated[
        list[str] | None, _many("KIND", "Only customers hit by this kind of pain point. Can be repeated.", _PAIN)
    ] = None,
    at: Annotated[
        list[str] | None,
        _many("PLACE", "Where: a touchpoint, or a place as 'painpoints' names it. Can be repeated. Else all.", _PAIN),
    ] = None,
    after: Annotated[str | None, _many("TOUCHPOINT", "One abandonment: where attempts begin.", _PAIN)] = None,
    without: Annotated[
        list[str] | None, _many("TOUCHPOINT", "What should follow. Can be repeated. Else the goal.", _PAIN)
    ] = None,
    within: Annotated[str | None, _many("TIME", "The time allowed, such as 24h. Else 7d.", _PAIN)] = None,
    last: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            show_default=False,
            help="Only what happened within this time before the data end, such as 7d.",
        ),
    ] = None,
    not_since: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOUCHPOINT",
            show_default=False,
            help="Leave out who has visited it since, such as the goal. Can be repeated.",
        ),
    ] = None,
    as_of_start: Annotated[
        bool,
        typer.Option(
            "--as-of-start",
            help="Take levels and --where as of each journey's start, as the other questions do, not of the data end.",
        ),
    ] = False,
    id_: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="COLUMN",
            show_default=False,
            rich_help_panel=_FILE,
            help="What names a customer: an attribute such as email. Can be repeated. Else 'customer', the events' id.",
        ),
    ] = None,
    hashed: Annotated[
        bool,
        typer.Option("--hash", rich_help_panel=_FILE, help="Write ids as SHA-256 of the trimmed, lower-cased value."),
    ] = False,
    columns: Annotated[
        list[str] | None,
        _many("COLUMN", "Only these columns, or attributes of customers. Can be repeated, or with commas.", _FILE),
    ] = None,
    minimum: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default=False,
            rich_help_panel=_FILE,
            help="Leave out audiences with fewer customers. Else as the settings say (5).",
        ),
    ] = None,
    raw: Annotated[
        bool,
        typer.Option("--raw", rich_help_panel=_FILE, help="CSV: leave texts that a spreadsheet would run as they are."),
    ] = False,
) -> None:
    """Write the customers of levels and pain points to a file, with the reason and what to do next.

    One row per customer and reason: customer, the levels, reason, last_at (when it last happened, UTC), times (how
    often), value (the sum of the customer's goal visits' values so far), next_action. Without a pain point, last_at is
    the last event and times the journeys. Levels and --where are as of the data end, and so is --last.

    Audiences with fewer customers than the minimum are left out. In CSV, texts that a spreadsheet would run as a
    formula begin with a single quote. The file's name is printed.

    Example: journeymap segments shop.duckdb export south.csv --after cart --within 24h --last 7d --where region=south
    """
    chosen = [part.strip() for text in columns or () for part in text.split(",") if part.strip()]
    opened = asked([str(ctx.obj)], reading, whom, split.names, as_of_end=not as_of_start)
    with _target(file) as path, opened as journeys:
        handed = journeys.export_audience(
            path, by=split.names, levels=_levels(level), pain=pain or (), at=at or (), after=after,
            without=without or (), within=within, last=last, not_since=not_since or (), as_of_start=as_of_start,
            ids=id_ or "customer", hashed=hashed, columns=chosen, minimum=minimum, safe=not raw,
        )  # fmt: skip
        if file != STDOUT:
            typer.echo(handed.path)
        _tell(handed, as_of_start=as_of_start, is_hint=not not_since, goals=journeys.settings.journey.goal or ())


@takes_options
def actions(
    ctx: typer.Context,
    *,
    whom: Whom,
    reading: Reading,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SEGMENT]...", show_default=False, help="The segment, or several that split together. Else none."
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    r"""Suggest what to do next for the customers of each level.

    The playbook's entry for the level comes first (welcome series for new, win-back offer for lapsed); else that for
    the worst pain point that hits it more than others; else that for its profile: conversion (converted / mature
    journeys) and value. Levels are as of the data end. The settings can extend and translate the playbook:
    \[playbook].

    Example: journeymap segments shop.duckdb actions lifecycle
    """
    with asked([str(ctx.obj)], reading, whom, as_of_end=True) as journeys:
        frame = journeys.next_actions(names or ())
        minimum = journeys.settings.journey.minimum_customers
    few = frame[frame["customers"] < minimum]
    thin = [" / ".join(map(str, row)) for row in few.iloc[:, : len(names or ())].to_numpy().tolist()]
    if thin and names:
        tell_note(f"Fewer than {minimum} customers stand behind: {_some(thin)}.")
    print_frame(frame, form, n_levels=len(names or ()))


@contextmanager
def _target(file: str) -> Iterator[Path]:
    """Give the file to write; for stdout one that is printed when all went well."""
    if file != STDOUT:
        yield Path(file)
        return
    with TemporaryDirectory(prefix="journeymap-") as folder:
        path = Path(folder) / "audience.csv"
        yield path
        with path.open(encoding="utf-8", newline="") as written:
            shutil.copyfileobj(written, sys.stdout)


def _levels(given: Sequence[str] | None) -> dict[str, list[str]]:
    """Read ``SEGMENT=LEVEL`` texts.

    Examples
    --------
    >>> _levels(["region=south", "region=east", "lifecycle=at risk"])
    {'region': ['south', 'east'], 'lifecycle': ['at risk']}
    """
    found: dict[str, list[str]] = {}
    for text in given or ():
        name, sign, level = text.partition("=")
        if not sign or not name.strip() or not level.strip():
            raise QuestionError(f"--level: '{text}' is no level of a segment.", hint="Write it as region=south.")
        found.setdefault(name.strip(), []).append(level.strip())
    return found


def _tell(handed: Handed, *, as_of_start: bool, is_hint: bool, goals: Sequence[str]) -> None:
    moment = moment_of(handed.data_end_us)
    end = f"as of the data end, {moment:%Y-%m-%d %H:%M} UTC"
    if as_of_start:
        tell_note(f"Levels and --where are as of each journey's start, --last {end}.")
    else:
        tell_note(f"Levels, --where and --last are {end}.")
    for unit, number in handed.n_young:
        tell_note(f"{number:,} {unit} are too young to judge and are not counted.")
    if handed.n_back and is_hint:
        names = " ".join(f"--not-since {goal}" for goal in goals) or "--not-since TOUCHPOINT"
        verb = "has" if handed.n_back == 1 else "have"
        tell_note(f"{handed.n_back:,} of them {verb} reached the goal since; {names} leaves them out.")
    if handed.without_id:
        tell_note(f"{handed.without_id:,} customers have no such id and are left out.")
    if handed.left_out:
        tell_note(f"Fewer than {handed.minimum} customers, left out: {_some(handed.left_out)}.")
    people = "1 customer" if handed.customers == 1 else f"{handed.customers:,} customers"
    spread = f" in {handed.rows:,} rows, one per reason" if handed.rows > handed.customers else ""
    tell(f"{people}{spread}.")


def _some(names: Sequence[str]) -> str:
    """Name some, and say how many more there are.

    Examples
    --------
    >>> _some(["a", "b"]), _some([str(at) for at in range(10)])
    ('a; b', '0; 1; 2; 3; 4; 5; 6; 7; and 2 more')
    """
    more = f"; and {len(names) - _N_NAMED} more" if len(names) > _N_NAMED else ""
    return "; ".join(names[:_N_NAMED]) + more
