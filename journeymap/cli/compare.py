"""``journeymap compare``."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from journeymap.cli.asking import asked
from journeymap.cli.cells import percent
from journeymap.cli.maps import Page
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell, tell_note
from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_NOTHING: Final = "There is nothing to compare."


class ManyLevels(TyperCommand):
    """Lets ``--levels`` take several values: ``--levels north south``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's contexts have no public name
        """Repeat the option before each of its values, as typer reads it."""
        return super().parse_args(ctx, repeated(args, "--levels"))


def repeated(words: list[str], option: str) -> list[str]:
    """Repeat an option before each value that follows it, up to the next option.

    Examples
    --------
    >>> repeated(["shop.duckdb", "--levels", "a", "b", "--top", "3"], "--levels")
    ['shop.duckdb', '--levels', 'a', '--levels', 'b', '--top', '3']
    """
    found: list[str] = []
    within, first = False, False
    for word in words:
        if word == option or word.startswith(f"{option}="):
            within, first = True, word == option
        elif word.startswith("--"):
            within = False
        elif within:
            found += [] if first else [option]
            first = False
        found.append(word)
    return found


@dataclass(frozen=True)
class ComparedWhom(Whom):
    """Whom a comparison is about."""

    segment: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SEGMENT",
            show_default=False,
            help="The segment whose levels are compared. Can be defined here: 'buyer=yes: purchases >= 1; else no'.",
        ),
    ] = None


def split_segments(words: Sequence[str], *, is_needed: bool = True) -> tuple[str | None, list[str]]:
    """Tell the segment that is compared from the definitions.

    Parameters
    ----------
    words
        Names and ``NAME=DEFINITION``.
    is_needed
        Whether levels are compared, and not periods. Then a definition alone names the segment too.

    Raises
    ------
    QuestionError
        When several are named.

    Examples
    --------
    >>> split_segments(["buyer", "buyer=yes: purchases >= 1; else no"])
    ('buyer', ['buyer=yes: purchases >= 1; else no'])
    >>> split_segments(["both=region / device"])[0], split_segments(["both=region / device"], is_needed=False)[0]
    ('both', None)
    """
    named = [word for word in words if "=" not in word]
    definitions = [word for word in words if "=" in word]
    if len(named) > 1:
        raise QuestionError(
            f"The levels of one segment are compared, and {len(named)} are named: {', '.join(named)}.",
            hint=f"Name one; of both together they are those of --segment 'both={' / '.join(named)}'.",
        )
    if not named and len(definitions) == 1 and is_needed:
        named = [definitions[0].partition("=")[0].strip()]
    return (named[0] if named else None), definitions


@takes_options
def compare(
    sources: Sources,
    *,
    whom: ComparedWhom,
    reading: Reading,
    levels: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LEVEL...",
            show_default=False,
            help="One level against the rest, or every two of several. Else each against the rest.",
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", show_default=False, help="Compare periods: journeys that start before this date ..."
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(metavar="DATE", show_default=False, help="... with those that start at or after this one."),
    ] = None,
    step: Annotated[
        list[str] | None,
        typer.Option(metavar="TOUCHPOINT", show_default=False, help="A step of a funnel to compare; two or more."),
    ] = None,
    window: Annotated[
        str | None, typer.Option(metavar="TIME", show_default=False, help="What the funnel may take, such as 7d.")
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(
            metavar="SEGMENT",
            show_default=False,
            help="Take the difference of conversion apart by the levels of this segment: mix and rate effects.",
        ),
    ] = None,
    least_effect: Annotated[
        float, typer.Option(min=0.0, metavar="H", help="The least effect size (Cohen's h) that counts.")
    ] = 0.1,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="How many rows to print at the most.")] = 20,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", show_default=False, help="Also draw the difference: a file that ends in .png, .svg or .pdf."
        ),
    ] = None,
    page: Annotated[Page, typer.Option(help="The page that the picture fills.")] = Page.SLIDE,
    form: FormatOption = Format.TABLE,
) -> None:
    """Compare levels, a level and the rest, or two periods, at every place.

    Clear differences come first: significant after correction for everything that was looked at (q at the most 0.05,
    Benjamini-Hochberg), and at least as large as --least-effect. Rates are converted / mature journeys and so on for
    outcomes, journeys that visit / mature journeys for visits, dropped / mature visits for drop-off, and for
    transitions the share of the source's mature visits. The difference is rate a - rate b in points, with a 95 %
    interval. The customer is the unit of every test. The first row tests all transitions together by permutation.

    Example: journeymap compare shop.duckdb --segment region --levels south --step cart --step order
    """
    if window is not None and not step:
        raise QuestionError(
            "--window is what a funnel may take, and there are no steps.", hint="Name them with --step."
        )
    segment, definitions = split_segments(whom.segment or (), is_needed=after is None and before is None)
    with asked(sources, reading, replace(whom, segment=definitions), [segment] if segment else []) as journeys:
        if within is not None:
            if out is not None or step:
                raise QuestionError(
                    "--within takes the conversion apart; it has neither a picture nor steps.",
                    hint="Leave --out and --step away, or --within.",
                )
            frame = journeys.mix_effects(segment, levels, within=within, after=after, before=before)
            print_frame(frame, form, n_levels=1, nothing=_NOTHING)
            sys.stdout.flush()  # what is said of the table comes after it
            _tell_paradox(frame, within)
            return
        asked_for: dict[str, Any] = {
            "after": after, "before": before, "steps": step or (), "window": window, "least_effect": least_effect,
        }  # fmt: skip
        if out is not None:
            from journeymap.render import save

            value = journeys.difference_map(segment, levels, **asked_for)
            tell(f"Wrote {save(value, Path(out), page=page.value)}.")
        frame = journeys.compare(segment, levels, **asked_for)
        shown, n_levels = frame.head(top), 0
        if form is Format.TABLE and len(frame[["a", "b"]].drop_duplicates()) > 1:
            # Of several pairs each row must say which it is about, however narrow the terminal.
            shown, n_levels = shown[["a", "b", *(name for name in shown.columns if name not in ("a", "b"))]], 2
        print_frame(shown, form, n_levels=n_levels, nothing=_NOTHING)
        sys.stdout.flush()
        _tell_more(frame, top)


def _tell_more(frame: pd.DataFrame, top: int) -> None:
    places = frame[frame["what"] != "profile"]
    clear = places[places["verdict"].isin(["higher", "lower"])]
    differ = "none differs" if clear.empty else "1 differs" if len(clear) == 1 else f"{len(clear):,} differ"
    hidden = len(frame) - top
    more = f" {hidden:,} rows are not shown; all of them: --top {len(frame)}." if hidden > 0 else ""
    pairs = sorted({f"{row['a']} against {row['b']}" for row in frame[["a", "b"]].to_dict("records")})
    whom = pairs[0] if len(pairs) == 1 else f"{len(pairs)} pairs"
    tell(f"{whom}: {len(places):,} places were looked at, {differ} clearly.{more}")
    n_thin = int((places["verdict"] == "thin").sum())
    if n_thin:
        tell_note(f"Too few customers to judge: {n_thin:,} places.")
    still_open = clear[(clear["what"] == "outcome") & (clear["place"] == "open")]
    for row in still_open.to_dict("records"):
        tell_note(
            f"Still open are {percent(row['rate_a'])} of the mature journeys of '{row['a']}' and "
            f"{percent(row['rate_b'])} of those of '{row['b']}': until they are over, fewer are converted, ended or "
            "abandoned, and what comes late in a journey is seen less."
        )


def _tell_paradox(frame: pd.DataFrame, within: str) -> None:
    whole = frame.iloc[-1]
    if whole["is_reversed"]:
        tell_note(
            f"Simpson's paradox: '{whole['a']}' converts {abs(whole['difference']) * 100:.1f} points "
            f"{'better' if whole['difference'] > 0 else 'worse'} than '{whole['b']}', but in no level of "
            f"'{within}' so. The mix makes the difference; look at the levels."
        )
