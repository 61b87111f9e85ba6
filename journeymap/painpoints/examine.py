"""Runs detectors together: what they look at is counted, compared, corrected over everything, and ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.measure.abandonment import mean_goal_value
from journeymap.painpoints import abandonment, sudden_change
from journeymap.painpoints.correct import correct
from journeymap.painpoints.count import count_look
from journeymap.painpoints.judge import Ground, judge
from journeymap.painpoints.look import Skipped, site_of
from journeymap.painpoints.playbook import with_actions
from journeymap.painpoints.registry import detectors
from journeymap.segments.population import choose_population

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding
    from journeymap.painpoints.count import Split
    from journeymap.painpoints.look import Look, Site
    from journeymap.segments.population import Population
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
    population, splits = split_population(store, question, each)
    site = site_of(store, population)
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
    judged = [look for look in looks if look.kind in asked]
    scanned = looks if sudden_change.KIND in asked else []
    findings = judge_looks(site, judged, splits, scanned=scanned, in_itself=in_itself, shows_pairs=not each)
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


def split_population(store: Store, question: Question, each: Sequence[str]) -> tuple[Population, list[Split]]:
    """Give the population with every segment that splits it, and how they do: together, or each for itself."""
    if not each:
        return choose_population(store, question), [tuple(range(len(question.by)))]
    if question.by:
        raise QuestionError(
            "A question is split by segments together or by each for itself, not both.",
            hint="Give --by or --each.",
        )
    return choose_population(store, question.split(tuple(each))), [(at,) for at in range(len(each))]


def judge_looks(
    site: Site,
    looks: Sequence[Look],
    splits: Sequence[Split],
    *,
    scanned: Sequence[Look] = (),
    in_itself: bool = False,
    shows_pairs: bool = True,
) -> list[Finding]:
    """Count and judge looks, corrected over all of them, worst first.

    Parameters
    ----------
    site
        Where.
    looks
        What is compared between places and levels.
    splits
        The levels.
    scanned
        What is looked through for days on which it was worse.
    in_itself
        As for :func:`examine`.
    shows_pairs
        Report what a look always shows.
    """
    store, population = site.store, site.population
    minimum = store.settings.journey.minimum_customers
    value = mean_goal_value(store, population)
    grounds = [
        Ground(tuple(population.names[at] for at in split), _sizes(store, population, split), value, minimum)
        for split in splits
    ]
    found: list[tuple[Look, Finding]] = []
    for look in looks:
        counted = count_look(store, population, look, splits)
        for at, split in enumerate(splits):
            columns = [population.level_names[place] for place in split]
            found += [(look, finding) for finding in judge(look, counted, at, columns, grounds[at])]
    n_customers = _sizes(store, population, ())[()] if scanned else 0
    changes = [
        change
        for look in scanned
        for change in sudden_change.scan_look(site, look, n_customers=n_customers, mean_goal_value=value)
    ]
    return rank(correct(found, changes, minimum, in_itself=in_itself, shows_pairs=shows_pairs))


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
    population, splits = split_population(store, question, ())
    site = site_of(store, population)
    ends = list(without) or site.goals
    if after is not None:
        starts = [after]
    else:
        starts = abandonment.guess_starts([place.name for place in site.touchpoints], ends) if ends else []
    looks = [abandonment.look_after(site, start, ends, window_us) for start in starts]
    found = []
    for finding in judge_looks(site, looks, splits):
        after = finding.touchpoint
        found += abandonment.with_went(store, question, [finding], after=after, without=ends, window_us=window_us)
    return with_actions(found, store.settings.playbook)


def rank(findings: Sequence[Finding]) -> list[Finding]:
    """Put findings in order, worst first; equal ones by kind, place and level."""
    return sorted(findings, key=lambda item: (-item.severity, item.kind, item.place, item.levels))


def _sizes(store: Store, population: Population, split: Split) -> dict[tuple[str, ...], int]:
    names = [population.level_names[at] for at in split]
    grouped = f" GROUP BY {', '.join(names)}" if names else ""
    listed = "".join(f"{name}, " for name in names)
    rows = store.rows(
        population.query([], f"SELECT {listed}count(DISTINCT customer_key) AS customers FROM population{grouped}")
    )
    return {tuple(str(level) for level in row[:-1]): int(row[-1]) for row in rows}
