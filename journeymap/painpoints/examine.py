"""Runs detectors together: what they look at is counted, compared, corrected over everything, and ranked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.measure.abandonment import mean_goal_value
from journeymap.painpoints import abandonment, sudden_change
from journeymap.painpoints.correct import correct
from journeymap.painpoints.count import count_days, count_look, counted_units, counts_of, read_places, shared_steps
from journeymap.painpoints.division import coded_journeys, count_customers, divide
from journeymap.painpoints.judge import Ground, judge
from journeymap.painpoints.look import Skipped, site_of
from journeymap.painpoints.mending import with_worth
from journeymap.painpoints.playbook import with_actions
from journeymap.painpoints.registry import detectors
from journeymap.painpoints.sudden_change import changes_of, scan_days

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from concurrent.futures import Future

    import pandas as pd

    from journeymap.model.finding import Finding
    from journeymap.painpoints.count import RawCounts
    from journeymap.painpoints.division import Division
    from journeymap.painpoints.look import Look
    from journeymap.painpoints.packing import Cells
    from journeymap.painpoints.sudden_change import Change
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


@dataclass(frozen=True, slots=True)
class Examined:
    """Everything that was looked at.

    Attributes
    ----------
    findings
        One per place and level that was looked at, worst first; ``is_reported`` says which stand up.
    skipped
        The detectors that could not run, and why.
    """

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]


def examine(
    store: Store,
    question: Question,
    *,
    each: Sequence[str] = (),
    kinds: Sequence[str] = (),
    in_itself: bool = False,
) -> Examined:
    """Run the detectors, correct for everything that they looked at, and rank.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it together.
    each
        Segments that split it one at a time instead.
    kinds
        The detectors to run; empty for all.
    in_itself
        Report a level's rate that is a pain in itself, though it is no worse than that of others: for its own map.

    Raises
    ------
    UnknownNameError
        When a segment, level or detector is not known.
    QuestionError
        When both ways of splitting are asked for.
    """
    known = detectors()
    names = [*known, sudden_change.KIND]
    for kind in kinds:
        if kind not in names:
            raise UnknownNameError(
                f"There is no detector '{kind}'. {suggest(kind, names)}", hint=f"There are: {', '.join(names)}."
            )
    division = divide(store, question, each)
    site = site_of(store, division.whole)
    asked = set(kinds or names)
    looks: list[Look] = []
    skipped: list[Skipped] = []
    for kind, detector in known.items():
        if kind in asked or sudden_change.KIND in asked:
            found = detector.look(site)
            if not isinstance(found, Skipped):
                looks += found
            elif kind in asked:
                skipped.append(found)
    scans = sudden_change.KIND in asked
    findings = judge_looks(store, division, looks, kinds=asked, scans=scans, in_itself=in_itself, shows_pairs=not each)
    if site.goals:
        findings = with_worth(store, question, findings)
    if not each:
        findings = _with_went(store, question, findings, site.goals)
    return Examined(tuple(with_actions(findings, store.settings.playbook)), tuple(skipped))


def _with_went(store: Store, question: Question, findings: Sequence[Finding], ends: Sequence[str]) -> list[Finding]:
    """Add where those went who abandoned, one question for each touchpoint that begins something."""
    window_us = abandonment.DEFAULT_WINDOW_US
    found = [finding for finding in findings if finding.kind != abandonment.KIND]
    for start in dict.fromkeys(finding.touchpoint for finding in findings if finding.kind == abandonment.KIND):
        these = [item for item in findings if item.kind == abandonment.KIND and item.touchpoint == start]
        found += abandonment.with_went(store, question, these, after=start, without=ends, window_us=window_us)
    return rank(found)


def judge_looks(
    store: Store,
    division: Division,
    looks: Sequence[Look],
    *,
    kinds: Collection[str] | None = None,
    scans: bool = False,
    in_itself: bool = False,
    shows_pairs: bool = True,
) -> list[Finding]:
    """Count and judge looks, corrected over all of them, worst first.

    Parameters
    ----------
    store
        The open store.
    division
        Whom it is about, and their levels.
    looks
        What is counted.
    kinds
        The kinds of looks that are compared between places and levels; None for all.
    scans
        Whether every look is gone through for days on which it was worse.
    in_itself
        As for :func:`examine`.
    shows_pairs
        Report what a look always shows.
    """
    minimum = store.settings.journey.minimum_customers
    value = mean_goal_value(store, division.whole)
    judged: list[Future[list[tuple[Look, Finding]]]] = []
    changes: list[Change] = []
    # While the store counts, the days of a look are scanned, and the look before is judged.
    with coded_journeys(store, division) as levels, ThreadPoolExecutor(max_workers=2) as others:
        grounds = [Ground(division.segments(split), levels[split], value, minimum) for split in range(len(levels))]
        n_customers = count_customers(store)
        for kind, group in groupby(looks, key=lambda look: look.kind):
            with shared_steps(store, division, list(group)) as alike:
                for look in alike:
                    places = read_places(store, division, look)
                    with counted_units(store, division, look, places) as cells:
                        scanned = others.submit(scan_days, count_days(store, look, places, cells)) if scans else None
                        if kinds is None or kind in kinds:
                            counted = count_look(store, look, cells, levels)
                            judged.append(others.submit(_judge_splits, look, places, cells, counted, grounds))
                        if scanned is not None:
                            changes += changes_of(
                                store,
                                look,
                                places,
                                cells,
                                scanned.result(),
                                n_customers=n_customers,
                                mean_goal_value=value,
                            )
    found = [pair for one in judged for pair in one.result()]
    return rank(correct(found, changes, minimum, in_itself=in_itself, shows_pairs=shows_pairs))


def _judge_splits(
    look: Look, places: pd.DataFrame, cells: Cells, raw: RawCounts, grounds: Sequence[Ground]
) -> list[tuple[Look, Finding]]:
    counted = counts_of(raw, look, places, cells)
    return [
        (look, item) for split, ground in enumerate(grounds) for item in judge(look, places, counted, split, ground)
    ]


def examine_pair(
    store: Store, question: Question, *, after: str | None, without: Sequence[str], window_us: int
) -> list[Finding]:
    """Judge one abandonment: after a touchpoint none of others within a window. Every level is reported.

    Parameters
    ----------
    after
        None: the touchpoints that look like a cart or a checkout.
    without
        What should follow; empty: the goal.
    """
    division = divide(store, question)
    site = site_of(store, division.whole)
    ends = list(without) or site.goals
    starts = (
        [after] if after is not None else abandonment.guess_starts([place.name for place in site.touchpoints], ends)
    )
    if not starts:
        raise QuestionError(
            "No touchpoint looks like a cart, a checkout or a trial.",
            hint="Name where attempts begin: --after TOUCHPOINT.",
        )
    looks = [abandonment.look_after(site, start, ends, window_us) for start in starts]
    found = []
    for finding in judge_looks(store, division, looks):
        after = finding.touchpoint
        found += abandonment.with_went(store, question, [finding], after=after, without=ends, window_us=window_us)
    return with_actions(found, store.settings.playbook)


def rank(findings: Sequence[Finding]) -> list[Finding]:
    """Put findings in order, worst first; equal ones by kind, place and level."""
    return sorted(findings, key=lambda item: (-item.severity, item.kind, item.place, item.levels))
