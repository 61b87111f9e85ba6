"""``journeymap segments STORE profile``: what each level of a segment is like beside all others."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from journeymap.cli.asking import asked
from journeymap.cli.cells import INTERVAL, Column, duration, percent, points
from journeymap.cli.filenames import slug
from journeymap.cli.maps import Page
from journeymap.cli.options import Format, FormatOption, Reading, Whom, takes_options
from journeymap.cli.printing import print_columns, print_records
from journeymap.cli.talk import tell, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from journeymap.model.finding import Finding
    from journeymap.model.level_profile import Contrast, Figure, LevelProfile
    from journeymap.profiles.segment_profile import SegmentProfile

WIDEST: Final = 100
"""The paragraph is wrapped to this width, or the terminal's where it is narrower."""
_N_SUPPORT: Final = 5
_WHATS: Final = {"visit": "touchpoint", "dropoff": "drop-off"}
_FIGURES: Final = {
    "goal_value": "value of a goal",
    "visits_per_customer": "visits per customer",
    "active_days_per_customer": "active days per customer",
}


@takes_options
def profile(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SEGMENT", show_default=False, help="The segment.")],
    *,
    whom: Whom,
    reading: Reading,
    level: Annotated[
        list[str] | None,
        typer.Option(metavar="LEVEL", show_default=False, help="Only this level. Can be repeated. Else all."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="How many differences to print for each level.")] = 10,
    image: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Also draw each level: a file that ends in .png, .svg or .pdf, with the level in its name where there "
            "are several; or one deck of slides, .pptx.",
        ),
    ] = None,
    page: Annotated[Page, typer.Option(help="The page that a picture fills.")] = Page.SLIDE,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say what each level of a segment is like beside all others.

    Of each level: a paragraph on its behaviour and needs, its size, value, conversion (converted / mature journeys) and
    time; the channels it uses (mature visits in it / mature visits); the channels, touchpoints (mature journeys that
    visit / mature journeys), transitions (share of the source's mature visits) and drop-offs that it has clearly more
    or less of than everyone else: significant after correction for everything that was looked at (q at the most 0.05,
    Benjamini-Hochberg), and an effect (Cohen's h) of 0.1 or more; the pain points that it has more of than all levels
    together; and what its customers turn to support after. All intervals are 95 %, clustered by customer.

    Example: journeymap segments shop.duckdb profile region --level south --image south.png
    """
    with asked([str(ctx.obj)], reading, whom, [name]) as journeys:
        found = journeys.profile(name, level)
    if image is not None:
        for path in _draw(found, Path(image), page):
            tell(f"Wrote {path}.")
    if form is not Format.TABLE:
        records = found.records()
        print_records(list(records[0]) if records else [], records, form)
        return
    if not len(found):
        tell("There are no such journeys.")
    for number, item in enumerate(found):
        if number:
            typer.echo()
        _print_level(item, top)


def _draw(found: SegmentProfile, path: Path, page: Page) -> list[Path]:
    from journeymap.render import Appearance, save_many, save_slides

    if path.suffix.lower() == ".pptx":
        return [save_slides(list(found), path)]
    names: dict[str, int] = {}
    pictures = []
    for item in found:
        stem = path.stem if len(found) == 1 else f"{path.stem}-{slug(item.level)}"
        names[stem.casefold()] = copy = names.get(stem.casefold(), 0) + 1
        name = f"{stem}-{copy}" if copy > 1 else stem
        pictures.append((item, path.with_name(f"{name}{path.suffix}")))
    return save_many(pictures, Appearance(page=page.value))


def _print_level(item: LevelProfile, top: int) -> None:
    typer.secho(visible(f"{item.segment} = {item.level}"), bold=True)
    _say(item.paragraph)
    if not item.summary.journeys:
        return
    typer.echo()
    _say(_sizes(item))
    _print_section("", _numbers(item))
    _print_section("Channels", _rates([(_channel(told), told) for told in item.channels]))
    clear = item.standing_out
    n_tested = sum(told.q_value is not None for told in item.contrasts)
    heading = f"More or less than all others: {len(clear)} of {n_tested} looked at"
    if clear:
        shown = [(_name(told), told) for told in clear[:top]]
        what = Column("what", "", [_WHATS.get(told.what, told.what) for told in clear[:top]])
        _print_section(heading, [what, *_rates(shown, with_interval=False)])
        if len(clear) > top:
            sys.stdout.flush()  # what is said of the table comes after it
            tell(f"{len(clear) - top} more differ clearly; all of them: --top {len(clear)}.")
    else:
        typer.echo()
        _say(f"{heading}." if n_tested else "Too few customers to compare with all others.")
    if item.findings:
        _print_section("Pain points that it has more of than all levels together", _pains(item.findings))
    else:
        typer.echo()
        _say("Pain points that it has more of than all levels together: none.")
    if item.support:
        _print_section("What they turn to support after", _pains(item.support[:_N_SUPPORT], is_support=True))


def _say(words: str) -> None:
    for line in _wrapped(words):
        typer.echo(visible(line))


def _print_section(heading: str, columns: list[Column]) -> None:
    if columns and columns[0].cells:
        typer.echo()
        if heading:
            typer.echo(heading)
        print_columns(columns)


def _wrapped(text: str) -> list[str]:
    from rich.console import Console

    screen = Console()
    width = min(screen.width, WIDEST) if screen.is_terminal else WIDEST
    held = text.replace(" %", "\N{NO-BREAK SPACE}%")
    lines = textwrap.wrap(held, width, break_on_hyphens=False, break_long_words=False)
    return [line.replace("\N{NO-BREAK SPACE}%", " %") for line in lines]


def _sizes(item: LevelProfile) -> str:
    from journeymap.profiles.paragraph import amount

    summary = item.summary
    share = item.customer_share
    of_customers = "" if share is None else f"{percent(share)} of all, "
    said = (
        f"{summary.customers:,} customers ({of_customers}{item.mature_customers:,} with a mature journey), "
        f"{summary.journeys:,} journeys ({percent(item.journey_share)} of all, {summary.mature:,} mature)"
    )
    return said + ("." if item.value is None else f", value {amount(item.value)}.")


def _numbers(item: LevelProfile) -> list[Column]:
    """Give the table of conversion, means and time."""
    from journeymap.profiles.paragraph import amount

    rows: list[tuple[str, ...]] = []
    told = item.conversion
    if told is not None:
        rows.append(("conversion", *_rate_cells(told)))
    for figure in item.figures:
        look = amount if figure.name == "goal_value" else _tenths
        rows.append((_FIGURES[figure.name], *_figure_cells(figure, look)))
    if item.seconds_to_goal is not None or item.others_seconds_to_goal is not None:
        here, others = (
            "" if seconds is None else duration(seconds)
            for seconds in (item.seconds_to_goal, item.others_seconds_to_goal)
        )
        rows.append(("median time to the goal", here, "", others, "", ""))
    return _columns(rows)


def _rates(rows: Sequence[tuple[str, Contrast]], *, with_interval: bool = True) -> list[Column]:
    columns = _columns([(name, *_rate_cells(told)) for name, told in rows])
    return columns if with_interval else [column for column in columns if column.name != "here_low"]


def _columns(rows: Sequence[tuple[str, ...]]) -> list[Column]:
    heads = (("name", ""), ("here", "here"), ("here_low", INTERVAL), ("others", "all others"),
             ("difference", "difference"), ("difference_low", INTERVAL))  # fmt: skip
    return [
        Column(name, heading, [visible(row[at]) for row in rows], is_number=at > 0)
        for at, (name, heading) in enumerate(heads)
    ]


def _rate_cells(told: Contrast) -> tuple[str, ...]:
    return (
        _percent(told.here.rate),
        _interval(told.here.ci_low, told.here.ci_high),
        _percent(told.others.rate),
        "" if told.difference is None else points(told.difference),
        _between(told.difference_low, told.difference_high, lambda number: points(number).removesuffix(" pp"), " pp"),
    )


def _figure_cells(figure: Figure, look: Callable[[float], str]) -> tuple[str, ...]:
    def signed(number: float) -> str:
        return f"{'+' if number > 0 else '-' if number < 0 else ''}{look(abs(number))}"

    return (
        "" if figure.here is None else look(figure.here),
        _between(figure.here_low, figure.here_high, look),
        "" if figure.others is None else look(figure.others),
        "" if figure.difference is None else signed(figure.difference),
        _between(figure.difference_low, figure.difference_high, signed),
    )


def _pains(found: Sequence[Finding], *, is_support: bool = False) -> list[Column]:
    columns = [] if is_support else [Column("kind", "", [visible(item.kind.replace("_", " ")) for item in found])]
    return [
        *columns,
        Column("place", "", [visible(item.touchpoint if is_support else item.place) for item in found]),
        Column(
            "n_hits",
            "contacts" if is_support else "hits",
            [f"{item.n_hits:,} of {item.n_units:,}" for item in found],
            is_number=True,
        ),
        Column("rate", "here", [_percent(item.rate) for item in found], is_number=True),
        Column("ci_low", INTERVAL, [_interval(item.ci_low, item.ci_high) for item in found], is_number=True),
        Column("baseline", "all levels", [_percent(item.baseline) for item in found], is_number=True),
    ]


def _name(told: Contrast) -> str:
    if told.what == "channel":
        return _channel(told)
    return f"{told.place} > {told.target}" if told.target else told.place


def _channel(told: Contrast) -> str:
    return told.place or "(none)"


def _percent(rate: float | None) -> str:
    return "" if rate is None else percent(rate)


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low * 100:.1f}–{high * 100:.1f} %"  # noqa: RUF001 - a range


def _between(low: float | None, high: float | None, look: Callable[[float], str], unit: str = "") -> str:
    return "" if low is None or high is None else f"{look(low)} to {look(high)}{unit}"


def _tenths(number: float) -> str:
    return f"{number:,.1f}"
