"""``journeymap periods``."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Length, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell_note
from journeymap.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.api import Journeys


class Shown(StrEnum):
    """What is shown of the periods."""

    SIZES = "sizes"
    DRIFT = "drift"
    MIGRATION = "migration"
    PAINPOINTS = "painpoints"


class AmongWhom(StrEnum):
    """Who is in a period."""

    ACTIVE = "active"
    SEEN = "seen"


PeriodOption: TypeAlias = Annotated[
    Length, typer.Option("--period", help="How long a period is (UTC); weeks begin on Monday.")
]
_LAST: Final = {Shown.MIGRATION: 1}
_PARTIAL: Final = "partial"


@takes_options
def periods(
    sources: Sources,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    period: PeriodOption = Length.WEEK,
    show: Annotated[Shown, typer.Option(help="What to show of them; see above.")] = Shown.SIZES,
    last: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default=False,
            help="Only the last N periods. Else all; of migration the last step.",
        ),
    ] = None,
    among: Annotated[
        AmongWhom | None,
        typer.Option(
            show_default=False,
            help="migration: who is in a period: with an event in it (active), or by its end (seen). Else 'seen' where "
            "levels are made of facts, such as lifecycle.",
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", show_default=False, help="painpoints: only this kind. Can be repeated."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show a segment over time: sizes, conversion, drift of the mix, who moves, pain points.

    A journey is in the calendar period that it starts in, at the level that it has at its start. A period is mature
    where every journey that starts in it has had one horizon, and partial where the data do not reach from its first
    to its last day.

    sizes: journeys of the level / all journeys of the period (share), journeys converted within one horizon of their
    start / mature journeys (in time, the rate to compare periods by), converted / mature (conversion) and abandoned /
    mature journeys. drift: how far the mix of each period is from the one before (population stability index), tested,
    and the level that moved most. migration: customers by level at the end of a period and at the end of the next one.
    painpoints: hits / mature units of what stands up in at least one period.

    Example: journeymap periods shop.duckdb --by region --period month
    """
    if among is not None and show is not Shown.MIGRATION:
        raise QuestionError("--among is about customers who move.", hint="Add --show migration, or leave it out.")
    if kind and show is not Shown.PAINPOINTS:
        raise QuestionError("--kind is about pain points.", hint="Add --show painpoints, or leave it out.")
    # Who moves is no matter of journeys: what is said of their levels does not hold there.
    with asked(sources, reading, whom, [] if show is Shown.MIGRATION else split.names) as journeys:
        frame, n_levels = _asked_for(journeys, show, split.names, period, last, among, kind or [])
    print_frame(frame, form, n_levels=n_levels, nothing="Nothing stands up in any of the periods.")
    sys.stdout.flush()
    _tell(frame, show)


def _asked_for(
    journeys: Journeys,
    show: Shown,
    by: list[str],
    period: Length,
    last: int | None,
    among: AmongWhom | None,
    kinds: list[str],
) -> tuple[pd.DataFrame, int]:
    """Give the table, and how many of its first columns are levels."""
    if show is Shown.MIGRATION:
        return journeys.migration(
            by, period=period.value, among=None if among is None else among.value, last=last or _LAST[show]
        ), 0
    if show is Shown.PAINPOINTS:
        return journeys.pains_over_time(by, period=period.value, kinds=kinds, last=last), len(by)
    if show is Shown.DRIFT:
        frame = journeys.drift(by, period=period.value)
        return frame if last is None else frame.tail(last), 0
    frame = journeys.over_time(by, period=period.value)
    kept = list(dict.fromkeys(frame["period"]))
    return frame if last is None else frame[frame["period"].isin(kept[-last:])], len(by)


def _tell(frame: pd.DataFrame, show: Shown) -> None:
    if show is Shown.MIGRATION and not frame.empty:
        tell_note("Levels are as of each period's end; who is not in one of the two is (absent) there.")
    if show is Shown.SIZES:
        partial = list(dict.fromkeys(frame.loc[frame["state"] == _PARTIAL, "period"]))
        if partial:
            tell_note(f"The data do not reach over all of: {', '.join(partial)}.")
    if show is Shown.DRIFT:
        partial = [
            f"{row['period']} against {row['before']}" for row in frame.to_dict("records") if row["state"] == _PARTIAL
        ]
        if partial:
            tell_note(f"The data do not reach over one of the two: {', '.join(partial)}.")
