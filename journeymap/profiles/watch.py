"""Watches a store: the last periods against those before them, with limits, for cron."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import pandas as pd

from journeymap.errors import QuestionError
from journeymap.model.shown import Tabled
from journeymap.model.watched import WatchCheck
from journeymap.painpoints.baseline import expect_split, worse_than
from journeymap.profiles.last_day import note_on_unfinished_day
from journeymap.profiles.over_time import name_of
from journeymap.profiles.pains_over_time import find_pains
from journeymap.profiles.period_counts import count_periods
from journeymap.profiles.watch_checks import Watcher, from_to, judge_checks

if TYPE_CHECKING:
    from journeymap.model.finding import Finding
    from journeymap.model.period import Period
    from journeymap.profiles.period_counts import PeriodCounts
    from journeymap.segments.question import Question
    from journeymap.settings import WatchSettings
    from journeymap.store.store import Store


COLUMNS: Final = tuple(field.name for field in fields(WatchCheck))


@dataclass(frozen=True, slots=True, repr=False)
class Watched(Tabled):
    """What a watch looked at.

    Attributes
    ----------
    checks
        Everything that was looked at, alerts first.
    notes
        What could not be looked at, and why.
    examined
        The pain points of the last mature period, those that do not stand up included: to be kept as a baseline, so
        that one which only just did not is not new later. Empty where it was not asked for.
    """

    checks: tuple[WatchCheck, ...]
    notes: tuple[str, ...] = ()
    examined: tuple[Finding, ...] = ()

    @property
    def alerts(self) -> tuple[WatchCheck, ...]:
        """The checks whose limit is exceeded, by more than chance."""
        return tuple(check for check in self.checks if check.is_alert)

    def to_frame(self) -> pd.DataFrame:
        """Give all checks as a pandas frame, one row each, with the attributes of ``WatchCheck`` as columns."""
        frame = pd.DataFrame(
            [{name: getattr(check, name) for name in COLUMNS} for check in self.checks], columns=list(COLUMNS)
        )
        numbers = ["was", "now", "change", "ci_low", "ci_high", "p_value", "q_value", "limit"]
        return frame.astype(dict.fromkeys(numbers, "float64"))


def watch(
    store: Store,
    question: Question,
    limits: WatchSettings,
    *,
    baseline: str | None = None,
    origin: str = "the baseline",
    finds_pains: bool = False,
) -> Watched:
    """Hold the last period against those before it.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments whose levels are looked at too.
    limits
        How long a period is, and what is allowed.
    baseline
        The text of a baseline of pain points (:mod:`journeymap.painpoints.baseline`): what is new or worse than in it
        in the last mature period is an alert.
    origin
        What the baseline is called.
    finds_pains
        Whether to look for pain points without a baseline too, for ``examined``.

    Returns
    -------
    Watched
        Conversion (journeys converted within one horizon of their start / mature journeys) of the last mature period,
        the whole and each level; the number of journeys, the share of each level and the drift of their mix in the last
        complete period. Each is held against up to ``periods_before`` periods of its kind before it, taken together.

    Raises
    ------
    QuestionError
        When no two periods can be compared, when pain points are asked for and no period is mature, or when the
        baseline is none, or one of other segments.

    Notes
    -----
    An alert is beyond its limit and no chance: q at the most 0.05 after correction over all checks (Benjamini and
    Hochberg, 1995). Rates are tested by :func:`journeymap.compare.differences.clustered_differences`, shares by
    :func:`journeymap.compare.drift.share_changes`, a mix by :func:`journeymap.compare.drift.mix_drift`, a volume by a
    delete-a-group jackknife of the logarithm of its ratio.
    Not looked at: levels with fewer customers than the minimum of the settings, and a last day that is not over
    (:mod:`journeymap.profiles.last_day`). What comes with the seasons is
    no chance either: let a period be one that is like those before it.
    """
    if baseline is not None:
        expect_split(baseline, question.by, origin=origin)
    counted = count_periods(store, question, limits.period)
    whole = count_periods(store, question.split(()), limits.period) if question.by else counted
    complete = [at for at, period in enumerate(whole.periods) if period.is_complete]
    unfinished = note_on_unfinished_day(store, question, whole.periods[complete[-1]]) if complete else ""
    if unfinished:
        del complete[-1]
    mature = [at for at in complete if whole.periods[at].is_mature]
    if len(complete) < 2:  # noqa: PLR2004 - one has nothing before it
        raise QuestionError(
            f"The data reach over {len(complete) or 'no'} whole {limits.period}{'' if len(complete) == 1 else 's'}: "
            "there are no two to compare.",
            hint=unfinished or "Take a shorter --period.",
        )
    watcher = Watcher(limits, store.settings.journey.minimum_customers)
    notes = (*((unfinished,) if unfinished else ()), *_not_compared(store, whole, mature, limits.period))
    parts = [whole, counted] if question.by else [whole]
    checks: list[WatchCheck] = []
    if len(mature) > 1 and whole.counts["in_time"].any():
        for part in parts:
            checks += watcher.conversions(part, mature)
    for part in parts:
        checks += watcher.volumes(part, complete)
    if question.by:
        checks += watcher.mix(counted, complete)
    checks = judge_checks(checks, limits)
    found: tuple[Finding, ...] = ()
    if baseline is not None or finds_pains:
        if not mature:
            raise QuestionError(
                f"Pain points are those of the last mature {limits.period}, and no whole {limits.period} is mature.",
                hint="Take a shorter --period, or wait until one horizon has passed since one.",
            )
        period = whole.periods[mature[-1]]
        found = find_pains(store, question, period)
        if baseline is not None:
            checks += _pains([item for item in found if item.is_reported], baseline, origin, period)
    return Watched(tuple(sorted(checks, key=lambda check: not check.is_alert)), notes, found)


def _not_compared(store: Store, counted: PeriodCounts, mature: list[int], length: str) -> tuple[str, ...]:
    """Say why conversion is not compared, or which periods are too young for it."""
    if not _has_goal(store):
        return ("Conversion is not compared, since the store has no goal.",)
    if len(mature) < 2:  # noqa: PLR2004 - one has nothing before it
        n_mature = f"{len(mature) or 'no'} whole {length}{'' if len(mature) == 1 else 's'}"
        why = f"{n_mature} of the data {'is' if len(mature) == 1 else 'are'} mature"
        need = "each journey that starts in one needs a horizon until the data end"
        return (f"Conversion is not compared, since {why}: {need}. Take a shorter --period, or wait.",)
    if not counted.counts["in_time"].any():
        return ("Conversion is not compared, since no journey converted within one horizon of its start.",)
    young = [period.name for period in counted.periods[mature[-1] + 1 :] if period.is_complete]
    if not young:
        return ()
    watched = counted.periods[mature[-1]].name
    return (f"Conversion is that of {watched}: journeys of {from_to(young)} are too young to judge.",)


def _has_goal(store: Store) -> bool:
    return bool(store.engine.execute("SELECT count(*) FROM touchpoints WHERE is_goal")[0][0])


def _pains(found: list[Finding], baseline: str, origin: str, period: Period) -> list[WatchCheck]:
    return [
        WatchCheck(
            what="pain_point",
            level=name_of(tuple(level for _, level in item.finding.levels)),
            place=f"{item.finding.kind}: {item.finding.place}",
            period=period.name,
            before=origin,
            was=item.was,
            now=item.finding.rate or 0.0,
            change=None if item.was is None or item.finding.rate is None else item.finding.rate - item.was,
            ci_low=item.finding.ci_low,
            ci_high=item.finding.ci_high,
            p_value=None,
            q_value=None,
            limit=None,
            is_relative=False,
            is_alert=True,
        )
        for item in worse_than(found, baseline, origin=origin)
    ]
