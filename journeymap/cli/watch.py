"""``journeymap watch``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from journeymap.cli.asking import asked
from journeymap.cli.baseline import write_baseline
from journeymap.cli.cells import INTERVAL, count, percent, points
from journeymap.cli.limits import CHECK_FAILED
from journeymap.cli.options import Format, FormatOption, Length, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_records, records_of
from journeymap.cli.talk import tell, tell_note

if TYPE_CHECKING:
    from journeymap.model.watched import WatchCheck
    from journeymap.profiles.watch import Watched

_LIMITS: Final = "What is allowed"
_COLUMNS: Final = ("what", "where", "period", "before", "was", "now", "change", INTERVAL, "limit", "q value")
_SMALL_Q: Final = 0.001


def _limit(name: str, metavar: str, text: str, most: float | None = 1.0) -> Any:  # noqa: ANN401 - typer's own type
    return typer.Option(
        name, metavar=metavar, min=0.0, max=most, rich_help_panel=_LIMITS, show_default=False, help=text
    )


@takes_options
def watch(
    sources: Sources,
    *,
    split: Split,
    whom: Whom,
    reading: Reading,
    period: Annotated[
        Length | None, typer.Option(show_default=False, help="How long a period is (UTC). Else week.")
    ] = None,
    periods_before: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", show_default=False, help="Hold it against the last N before it, together. Else 4."
        ),
    ] = None,
    conversion_drop: Annotated[
        float | None, _limit("--max-conversion-drop", "SHARE", "The relative fall of conversion, 0 to 1. Else 0.1.")
    ] = None,
    conversion_drop_points: Annotated[
        float | None,
        _limit("--max-conversion-drop-points", "SHARE", "The fall of conversion itself: 0.05 is 5 points. Else none."),
    ] = None,
    share_change: Annotated[
        float | None,
        _limit("--max-share-change", "SHARE", "By how much a level's share may move: 0.05 is 5 points, the default."),
    ] = None,
    drift: Annotated[
        float | None, _limit("--max-drift", "INDEX", "The population stability index of the mix. Else 0.2.", None)
    ] = None,
    volume_drop: Annotated[
        float | None,
        _limit("--max-volume-drop", "SHARE", "The relative fall of the number of journeys, 0 to 1. Else 0.2."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_LIMITS,
            show_default=False,
            help="Pain points that are new or worse than in this baseline are alerts too.",
        ),
    ] = None,
    save_baseline: Annotated[
        str | None,
        typer.Option(metavar="FILE", show_default=False, help="Keep the last mature period as a baseline."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show all that was looked at, not only alerts.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    r"""Hold the last period against those before it; exit with 1 where something is beyond its limit. For cron.

    conversion: journeys converted within one horizon of their start / mature journeys, of the last mature period.
    volume: journeys that start in the last complete period; with the days of months allowed for. share: journeys of a
    level / all journeys of that period. drift: the population stability index of the mix of all levels.

    An alert is beyond its limit and more than chance: q at the most 0.05, corrected for all that was looked at; the
    customer is the unit of every test. One line says what, where, how much, with a 95 % interval of the change, and
    the limit. Limits that are not given come from \[watch] of the settings. Exit status: 0 no alert, 1 alerts, 2 a
    mistake, such as fewer than two complete periods.

    Example: journeymap watch shop.duckdb --by region --max-conversion-drop 0.15
    """
    given = {
        "period": None if period is None else period.value,
        "periods_before": periods_before,
        "conversion_drop": conversion_drop,
        "conversion_drop_points": conversion_drop_points,
        "share_change": share_change,
        "drift": drift,
        "volume_drop": volume_drop,
    }
    limits = {name: value for name, value in given.items() if value is not None}
    with asked(sources, reading, whom, split.names) as journeys:
        found = journeys.watch(split.names, against=against, finds_pains=save_baseline is not None, **limits)
    shown = found.checks if every else found.alerts
    if form is Format.TABLE:
        print_records(_COLUMNS, [_record(check) for check in shown], form)
    else:
        frame = found.to_frame()
        print_records(list(frame.columns), records_of(frame if every else frame[frame["is_alert"]]), form)
    sys.stdout.flush()
    _tell(found)
    if save_baseline is not None:
        write_baseline(found.examined, save_baseline, what="places and levels")
    if found.alerts:
        raise typer.Exit(CHECK_FAILED)


def _tell(found: Watched) -> None:
    alerts = len(found.alerts)
    said = "no alert" if not alerts else "1 alert" if alerts == 1 else f"{alerts:,} alerts"
    periods = dict.fromkeys(f"{check.period} against {check.before}" for check in found.checks)
    checks = "1 check" if len(found.checks) == 1 else f"{len(found.checks):,} checks"
    tell(f"{checks}, {said}: {'; '.join(sorted(periods))}.")
    for note in found.notes:
        tell_note(note)


def _record(check: WatchCheck) -> dict[str, Any]:
    """Write a check in one line, each number as its kind is read."""
    is_rate = check.what in {"conversion", "share", "pain_point"}
    number = percent if is_rate else count if check.what == "volume" else _index
    change = points if is_rate else _relative
    interval = "" if check.ci_low is None or check.ci_high is None else (
        f"{percent(check.ci_low)} to {percent(check.ci_high)}" if check.what == "pain_point"
        else f"{change(check.ci_low)} to {change(check.ci_high)}"
    )  # fmt: skip
    cells = {
        "what": check.what.replace("_", " "),
        "where": check.place if check.level == "(all)" and check.place else f"{check.level} {check.place}".strip(),
        "period": check.period,
        "before": check.before,
        "was": "" if check.was is None else number(round(check.was, 1) if check.what == "volume" else check.was),
        "now": number(check.now),
        "change": "new" if check.what == "pain_point" and check.was is None else (
            "" if check.change is None else change(check.change)
        ),
        INTERVAL: interval,
        "limit": _limit_of(check),
        "q value": "" if check.q_value is None else (
            f"< {_SMALL_Q}" if check.q_value < _SMALL_Q else f"{check.q_value:.3f}"
        ),
    }  # fmt: skip
    return {name: cells[name] for name in _COLUMNS}


def _limit_of(check: WatchCheck) -> str:
    if check.limit is None:
        return ""
    if check.what == "drift":
        return f"{check.limit:g}"
    if check.what == "share":
        return f"{check.limit * 100:g} pp"
    return f"-{check.limit * 100:g} {'%' if check.is_relative else 'pp'}"


def _relative(change: float) -> str:
    return f"{change * 100:+.1f} %"


def _index(number: float) -> str:
    return f"{number:.3f}"
