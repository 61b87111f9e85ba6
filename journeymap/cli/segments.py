"""``journeymap segments STORE ...``: what can split a question; each thing to do with segments is a sub-command."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from journeymap.cli import discover, export, profile, rank
from journeymap.cli.asking import define, opened
from journeymap.cli.options import Defined, Format, FormatOption, Reading, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell_note

DEFAULT: Final = "list"


class StoreFirst(TyperGroup):
    """A group whose first argument is the store; without a sub-command it lists."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - a class of typer's without a name
        """Put the default sub-command behind the store where none is named."""
        if args and not args[0].startswith("-") and (len(args) == 1 or args[1] not in self.commands):
            args = [args[0], DEFAULT, *args[1:]]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=StoreFirst, no_args_is_help=True, rich_markup_mode="rich", subcommand_metavar="[COMMAND] [ARGS]..."
)


@app.callback()
@takes_options
def segments(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="STORE", show_default=False, help="A store that 'ingest' wrote; or a raw file, folder or glob."
        ),
    ],
) -> None:
    """List the segments that can split a question, and their levels.

    A segment is an attribute of customers, a column of the events (its value at a journey's start), a built-in one
    such as lifecycle, or one that the settings or --segment define. Who has no value is in the level '(none)'.

    Example: journeymap segments shop.duckdb list region
    """
    ctx.obj = source


@app.command(DEFAULT)
@takes_options
def list_segments(
    ctx: typer.Context,
    reading: Reading,
    segment: Annotated[
        str | None, typer.Argument(metavar="[SEGMENT]", show_default=False, help="List the levels of this one.")
    ] = None,
    defined: Defined = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List all segments, or the levels of one.

    Of each segment: its kind, whether customers or journeys have it, how many levels there are, how many customers or
    journeys are without, the largest level, for a segment of journeys how many customers have more than one, and what
    it is in words. Of each level: how its journeys ended, as 'journeymap outcomes' counts them.

    Example: journeymap segments shop.duckdb list region
    """
    with opened([str(ctx.obj)], reading) as everyone:
        journeys = define(everyone, defined)
        if segment is None:
            print_frame(
                journeys.segments(), form, nothing="There are no segments: give attributes with --customers FILE."
            )
        else:
            for note in journeys.notes(segment):
                tell_note(note)
            print_frame(journeys.outcomes(by=segment), form, n_levels=1)


app.command("discover")(discover.discover)
app.command("assign")(discover.assign)
app.command("rank")(rank.rank)
app.command("export")(export.export)
app.command("actions")(export.actions)
app.command("profile")(profile.profile)
