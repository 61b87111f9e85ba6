"""Options that several commands share, declared once as the fields of small frozen values."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

_WHOM: Final = "Whom it is about"
_READING: Final = "Reading raw files"


class Format(StrEnum):
    """How records are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class EndAt(StrEnum):
    """Where journeys are cut."""

    JOURNEY = "journey"
    GOAL = "goal"


class Length(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


Sources: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="STORE",
        show_default=False,
        help="A store that 'ingest' wrote; or raw files, folders or globs, which are read into memory.",
    ),
]
RawSources: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        show_default=False,
        help="Files, folders or globs of events: CSV, TSV, JSON lines or Parquet; text may be packed (.gz, .zst).",
    ),
]
FormatOption: TypeAlias = Annotated[
    Format, typer.Option("--format", help="How to print: an aligned table, JSON or CSV.")
]
Defined: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--segment",
        metavar="NAME=DEFINITION",
        show_default=False,
        help="Define a segment: 'buyer=repeat: purchases >= 2; one-time: purchases = 1'. Can be repeated.",
    ),
]
FailOver: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--fail-over",
        metavar="SHARE",
        min=0.0,
        max=1.0,
        show_default=False,
        help="Exit with 1 where a rate's lower bound exceeds this share, 0 to 1.",
    ),
]


@dataclass(frozen=True)
class Whom:
    """Whom a question is about."""

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            rich_help_panel=_WHOM,
            show_default=False,
            help="Only whole customers or journeys for which this holds: region=north, or an expression such as "
            "\"age >= 30 and region <> 'south'\". Can be repeated.",
        ),
    ] = None
    segment: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DEFINITION",
            rich_help_panel=_WHOM,
            show_default=False,
            help="Define a segment for --by and --where: 'buyer=repeat: purchases >= 2; one-time: purchases = 1', "
            "'area=country > region', 'tier=spend: 4 quantiles'. Can be repeated.",
        ),
    ] = None
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", rich_help_panel=_WHOM, show_default=False, help="Only journeys that start at or after it."
        ),
    ] = None
    until: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", rich_help_panel=_WHOM, show_default=False, help="Only journeys that start before it."
        ),
    ] = None
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            rich_help_panel=_WHOM,
            show_default=False,
            help="The data end: later events are as if they had never been there.",
        ),
    ] = None
    end_at: Annotated[
        EndAt | None,
        typer.Option(
            rich_help_panel=_WHOM, show_default=False, help="'goal' cuts journeys after each goal; 'journey' does not."
        ),
    ] = None
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the SQL of each question to stderr before it runs.")
    ] = False


@dataclass(frozen=True)
class Split:
    """The segments that split a question."""

    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SEGMENT",
            show_default=False,
            help="Split by this segment. Can be repeated, or several with commas.",
        ),
    ] = None

    @property
    def names(self) -> list[str]:
        """The segments, those with commas taken apart."""
        return [part.strip() for text in self.by or () for part in text.split(",") if part.strip()]


def _column(name: str, what: str) -> Any:  # noqa: ANN401 - typer's own declaration is typed so
    return typer.Option(
        name, metavar="COLUMN", rich_help_panel=_READING, show_default=False, help=f"The column with {what}."
    )


def _said(metavar: str, text: str) -> Any:  # noqa: ANN401 - as above
    return typer.Option(metavar=metavar, rich_help_panel=_READING, show_default=False, help=text)


@dataclass(frozen=True)
class Reading:
    """How raw files are read; what is not said comes from the settings, or is recognised."""

    customer: Annotated[str | None, _column("--customer", "the customer")] = None
    timestamp: Annotated[str | None, _column("--timestamp", "the time")] = None
    touchpoint: Annotated[str | None, _column("--touchpoint", "the event's name")] = None
    channel: Annotated[str | None, _column("--channel", "the channel")] = None
    value: Annotated[str | None, _column("--value", "the value, or arithmetic such as Quantity*UnitPrice")] = None
    score: Annotated[str | None, _column("--score", "a satisfaction score")] = None
    event_id: Annotated[str | None, _column("--event-id", "an id that marks duplicates")] = None
    journey: Annotated[str | None, _column("--journey", "an id of the journey, in place of the journey gap")] = None
    touchpoint_name: Annotated[str | None, _said("NAME", "One name for all events of a log without names.")] = None
    one_event_per: Annotated[
        str | None, _said("COLUMN", "Make one event of a customer's lines with the same value here; values add up.")
    ] = None
    keep_duplicates: Annotated[
        bool,
        typer.Option("--keep-duplicates", rich_help_panel=_READING, help="Keep rows that are equal in every column."),
    ] = False
    timezone: Annotated[str | None, _said("ZONE", "Of times without an offset, such as Europe/Berlin. Else UTC.")] = (
        None
    )
    time_format: Annotated[
        str | None, _said("FORMAT", "How times are written where it is not recognised, such as '%d/%m/%Y %H:%M'.")
    ] = None
    delimiter: Annotated[str | None, _said("CHARACTER", "Between the fields of text files. Else recognised.")] = None
    encoding: Annotated[str | None, _said("NAME", "utf-8, latin-1 or utf-16. Else utf-8.")] = None
    customers: Annotated[str | None, _said("FILE", "A file with one row per customer: their attributes.")] = None
    settings: Annotated[str | None, _said("FILE", "The settings. Else journeymap.toml beside the source.")] = None
    journey_gap: Annotated[
        str | None, _said("TIME", "The silence that cuts journeys, such as 30d; 'none' does not cut. Else 30d.")
    ] = None
    horizon: Annotated[
        str | None, _said("TIME", "The silence after which a journey is over, where no gap cuts. Else 30d.")
    ] = None
    session_timeout: Annotated[str | None, _said("TIME", "The silence that cuts sessions. Else 30m.")] = None
    goal: Annotated[list[str] | None, _said("TOUCHPOINT", "What means success. Can be repeated. Else guessed.")] = None
    final: Annotated[
        list[str] | None, _said("TOUCHPOINT", "What ends a journey without success: declined. Can be repeated.")
    ] = None
    memory_limit: Annotated[str | None, _said("SIZE", "The most memory to use, such as 2GB.")] = None
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="ENGINE",
            show_default=False,
            help="Where the work is done: duckdb (else), spark, or the address of Spark Connect, sc://HOST:PORT.",
        ),
    ] = None

    def given(self) -> list[str]:
        """Give the names of the options that say how to read raw files, as they are typed."""
        return [
            "--" + item.name.replace("_", "-")
            for item in fields(self)
            if getattr(self, item.name) and item.name not in {"memory_limit", "engine"}
        ]


def takes_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take shared options as one parameter.

    A parameter that is annotated with one of the dataclasses of this module stands for its fields: each becomes an
    option of the command, and the command is given the dataclass filled in. The docstring is the help; its paragraphs
    become one line each, for the terminal to wrap.

    Parameters
    ----------
    command
        The command.

    Returns
    -------
    callable
        The same with the options in its signature, as typer reads it.

    Examples
    --------
    >>> @takes_options
    ... def greet(split: Split) -> None:
    ...     print(split.names)
    >>> greet(by=["region,device"])
    ['region', 'device']
    >>> list(inspect.signature(greet).parameters)
    ['by']
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        kind = hints[parameter.name]
        if not is_dataclass(kind):
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=kind))
            continue
        groups[parameter.name] = kind
        inner = get_type_hints(kind, include_extras=True)
        parameters += [
            inspect.Parameter(
                item.name, inspect.Parameter.KEYWORD_ONLY, default=item.default, annotation=inner[item.name]
            )
            for item in fields(kind)
        ]

    @wraps(command)
    def run(**given: object) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{item.name: given.pop(item.name) for item in fields(kind)})
        command(**given)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect looks for first
    run.__doc__ = _unwrapped(command.__doc__ or "")
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _unwrapped(text: str) -> str:
    r"""Join the lines of each paragraph.

    Examples
    --------
    >>> _unwrapped("One\n    line.\n\n    Another.")
    'One line.\n\nAnother.'
    """
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
