"""Puts the profiles of a segment's levels together, from the measures, the comparisons and the pain points."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.measure.activity import goal_times
from journeymap.measure.outcomes import outcomes
from journeymap.measure.summary import by_level, summary_of, whole_of
from journeymap.model.journey_map import MapSummary
from journeymap.model.level_profile import LevelProfile
from journeymap.model.numbers import known_number
from journeymap.model.rate import Rate
from journeymap.painpoints import support_contact
from journeymap.painpoints.examine import examine
from journeymap.profiles.paragraph import write_paragraph
from journeymap.profiles.segment_profile import SegmentProfile
from journeymap.profiles.traits import compare_with_others
from journeymap.segments.population import choose_population
from journeymap.segments.question import Sides
from journeymap.segments.sides import SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.measure.summary import Whole
    from journeymap.model.finding import Finding
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

MOST_LEVELS: Final = 50
"""More levels than this are not profiled unasked."""


def build_profile(store: Store, question: Question, segment: str, levels: Sequence[str] = ()) -> SegmentProfile:
    """Say what each level of a segment is like beside all others.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; segments that split it are not looked at.
    segment
        The segment.
    levels
        Its levels to look at; none: all that somebody is in, those without a value included.

    Returns
    -------
    SegmentProfile
        A profile for each level, in the order of the levels, or as asked for.

    Raises
    ------
    UnknownNameError
        When the segment or a level is not known.
    QuestionError
        When a level is named twice, or all are asked for and there are more than :data:`MOST_LEVELS`.

    Notes
    -----
    Rates are of mature units. Each level is compared with everyone else in the question, and all comparisons are
    corrected together: fewer levels, fewer looks. Pain points are those of ``painpoints --each SEGMENT``, whichever
    levels are asked for.
    """
    if len(set(levels)) < len(levels):
        raise QuestionError(f"A level is named twice: {', '.join(levels)}.", hint="Name each once.")
    split = question.split((segment,))
    for level in levels:  # refuses a level that is not known
        choose_population(store, replace(question, by=(), sides=Sides(segment, (level,))))
    found = by_level(outcomes(store, split), 1)
    everyone = outcomes(store, question.split(()))
    chosen = list(levels) or [key[0] for key in found]
    if len(chosen) > MOST_LEVELS and not levels:
        raise QuestionError(
            f"The segment '{segment}' has {len(chosen):,} levels; all of them are profiled only up to {MOST_LEVELS}.",
            hint="Name some with --level, or cut the segment into fewer levels.",
        )
    population = choose_population(store, split)
    unit = population.by[0].unit
    whole = whole_of(store, split)
    # Sudden changes are of everyone, never of a level; but what is corrected together decides what is reported, and
    # the list shall be that of `painpoints --each`.
    examined = examine(store, question.split(()), each=(segment,)).findings
    compared = compare_with_others(store, question, population.by[0], chosen)
    own_times = by_level(goal_times(store, split), 1)
    n_customers, n_journeys = (int(everyone[name].sum()) for name in ("customers", "journeys"))
    profiles = []
    for level in chosen:
        row = found.get((level,))
        summary = _nobody(whole) if row is None else summary_of(row, whole)
        mine = ((segment, level),)
        findings = tuple(item for item in examined if item.levels == mine)
        traits = compared.traits[level]
        profile = LevelProfile(
            title="Segment profile",
            levels=mine,
            unit=unit,
            summary=summary,
            mature_customers=traits.mature_customers,
            customer_share=_share(summary.customers, n_customers) if unit == "customer" else None,
            journey_share=_share(summary.journeys, n_journeys),
            value=None if row is None else known_number(row["value"].iloc[0]),
            seconds_to_goal=_seconds(own_times.get((level,))),
            others_seconds_to_goal=_others_seconds(store, question, mine[0]),
            figures=traits.figures,
            contrasts=traits.contrasts,
            n_looked_at=compared.n_looked_at,
            findings=tuple(item for item in findings if item.is_reported),
            support=_support(findings),
            paragraph="",
            theme=store.settings.theme,
        )
        profiles.append(replace(profile, paragraph=write_paragraph(profile)))
    return SegmentProfile(segment, tuple(profiles), compared.n_looked_at, len(examined))


def _support(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    hit = [item for item in findings if item.kind == support_contact.KIND and item.n_hits > 0]
    return tuple(sorted(hit, key=lambda item: (-item.n_hits, item.place)))


def _others_seconds(store: Store, question: Question, level: tuple[str, str]) -> float | None:
    sides = Sides(level[0], (level[1],))
    frame = goal_times(store, replace(question, by=(), sides=sides, by_side=True))
    return _seconds(frame[frame[SIDE] == sides.names[1]])


def _seconds(frame: pd.DataFrame | None) -> float | None:
    return None if frame is None or frame.empty else known_number(frame["median_seconds"].iloc[0])


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _nobody(whole: Whole) -> MapSummary:
    """Give the numbers of a level that nobody of the question is in."""
    return MapSummary(
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        Rate(0, 0, None, None, None),
        whole.goals,
        "",
        whole.data_end,
        whole.horizon_days,
        thin=True,
    )
