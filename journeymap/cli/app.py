"""The program: its commands, and how every command ends.

Exit status: 0 done, 1 a check that the user asked for failed, 2 the user's mistake, 3 a bug, 130 interrupted, 141
whoever read the output has left.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from journeymap import __version__
from journeymap.cli import (
    check,
    compare,
    decisive,
    demo,
    dropoff,
    funnel,
    generate,
    graph,
    ingest,
    maps,
    outcomes,
    painpoints,
    paths,
    periods,
    removal,
    segments,
    store,
    times,
    touchpoints,
    transitions,
    variants,
    watch,
    whatif,
)
from journeymap.cli.options import takes_options
from journeymap.cli.talk import tell, tell_error
from journeymap.errors import JourneymapError

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS_MISTAKE: Final = 2
BUG: Final = 3
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
_INTERRUPTED: Final = "Interrupted; the store is as it was."


def _click_exception() -> type[Exception]:
    """Give the parent of typer's usage errors, which has no public name of its own."""
    parents = [kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"]
    return parents[0] if parents and issubclass(parents[0], Exception) else typer.BadParameter


_CLICK_ERRORS: Final = (_click_exception(), typer.Exit, typer.Abort)
"""What typer itself says well: its usage errors, and the ways out."""


class Guarded(TyperGroup):
    """The commands, with one clear message and an exit status for whatever goes wrong in them."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own class of contexts has no public name
        """Run a command; see the module for the exit statuses."""
        try:
            with _told_here():
                result = super().invoke(ctx)
            sys.stdout.flush()  # a closed pipe shows here, and not when Python shuts down
        except _CLICK_ERRORS as error:
            # Typer hands on the words of its validation, with their kind before them.
            if isinstance(said := getattr(error, "message", None), str):
                vars(error)["message"] = said.removeprefix("Value error, ")
            raise
        except JourneymapError as error:
            tell_error(error.message, error.hint)
            _leave(USERS_MISTAKE, error)
        except KeyboardInterrupt as error:
            tell(_INTERRUPTED)
            _leave(INTERRUPTED, error)
        except BrokenPipeError as error:
            _forget_stdout()
            _leave(BROKEN_PIPE, error)
        except MemoryError as error:
            tell_error(
                "The machine's memory is too small for this.", "Set --memory-limit, such as 2GB, or ask for less."
            )
            _leave(USERS_MISTAKE, error)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            tell_error(f"{where}{error.strerror or error}.", "Is it there, and may you read and write it?")
            _leave(USERS_MISTAKE, error)
        except Exception as error:  # noqa: BLE001 - the last resort: nobody below knows what it is
            if _was_interrupted(error):
                tell(_INTERRUPTED)
                _leave(INTERRUPTED, error)
            if ctx.params.get("debug"):
                traceback.print_exc()
            tell_error(
                f"This is a bug in journeymap, not a mistake of yours: {type(error).__name__}: {error}",
                "To see where, set JOURNEYMAP_DEBUG=1 and run it again; please report what it prints.",
            )
            _leave(BUG, error)
        return result


@contextmanager
def _told_here() -> Iterator[None]:
    """Keep the library's log from stderr: the commands say the same in their own place."""
    handler, log = logging.NullHandler(), logging.getLogger("journeymap")
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _was_interrupted(error: BaseException | None) -> bool:
    """Say whether Ctrl-C is behind an error: compiled modules that it hits while they load raise one of their own."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _leave(status: int, error: BaseException) -> NoReturn:
    raise typer.Exit(status) from error


def _forget_stdout() -> None:
    """Let what is still to be written go nowhere: who read it has left."""
    with suppress(OSError, ValueError):  # stdout may be no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    name="journeymap",
    cls=Guarded,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"journeymap {__version__}")
        raise typer.Exit


@app.callback()
@takes_options
def start(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="JOURNEYMAP_DEBUG", help="Show where an unexpected error comes from.")
    ] = False,
) -> None:
    """From raw customer events to a journey map per segment.

    Begin with 'journeymap demo', or with your own events:
    'journeymap ingest events.csv --into shop.duckdb', then ask the store.

    Exit status: 0 done, 1 a check that was asked for failed (--fail-over, watch), 2 a mistake in what was asked,
    3 a bug.

    Example: journeymap map shop.duckdb --by region --out maps
    """


_MAIN: Final = "The main job"
_ASK: Final = "Ask a store"
_MORE: Final = "Try it out"
for _name, _command, _panel in (
    ("ingest", ingest.ingest, _MAIN),
    ("check", check.check, _MAIN),
    ("map", maps.map_images, _MAIN),
    ("outcomes", outcomes.outcomes, _ASK),
    ("touchpoints", touchpoints.touchpoints, _ASK),
    ("transitions", transitions.transitions, _ASK),
    ("dropoff", dropoff.dropoff, _ASK),
    ("funnel", funnel.funnel, _ASK),
    ("paths", paths.paths, _ASK),
    ("painpoints", painpoints.painpoints, _ASK),
    ("removal", removal.removal, _ASK),
    ("decisive", decisive.decisive, _ASK),
    ("whatif", whatif.whatif, _ASK),
    ("times", times.times, _ASK),
    ("periods", periods.periods, _ASK),
    ("watch", watch.watch, _ASK),
    ("variants", variants.variants, _ASK),
    ("graph", graph.graph, _ASK),
    ("demo", demo.demo, _MORE),
    ("generate", generate.generate, _MORE),
):
    app.command(_name, rich_help_panel=_panel)(_command)
app.command("compare", rich_help_panel=_ASK, cls=compare.ManyLevels)(compare.compare)
app.add_typer(segments.app, name="segments", rich_help_panel=_ASK)
app.add_typer(store.app, name="store", rich_help_panel=_MORE)


def main() -> None:
    """Run the program with the arguments it was started with."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding does not have is written as an escape.
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="journeymap")
