"""What stands behind a finding: who was hit, where they went, whom else it hits, and the question that says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.measure.abandonment import NOTHING
from journeymap.painpoints import abandonment
from journeymap.painpoints.division import divide
from journeymap.painpoints.examine import judge_looks
from journeymap.painpoints.look import Skipped, site_of
from journeymap.painpoints.registry import detectors
from journeymap.painpoints.sudden_change import KIND as SUDDEN_CHANGE
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step, as_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding
    from journeymap.painpoints.look import Look, Site
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_N_SHOWN: Final = 5
_COUNTED: Final = """
    SELECT p.place, count(*) FILTER (WHERE u.is_hit) AS n_hits, count(*) FILTER (WHERE u.is_mature) AS n_units,
        count(*) FILTER (WHERE NOT u.is_mature) AS n_immature,
        count(DISTINCT CASE WHEN u.is_hit THEN u.customer_key END) AS customers,
        count(DISTINCT CASE WHEN u.is_hit THEN u.journey_key END) AS journeys
    FROM units u
    JOIN places p ON p.place_key = u.place_key
    JOIN level_journeys l ON l.journey_key = u.journey_key
    WHERE p.place = $evidence_place AND u.at_us >= $evidence_from_us AND u.at_us < $evidence_to_us
    GROUP BY p.place
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind a finding.

    Attributes
    ----------
    finding
        The finding.
    went
        Where those customers went next within the journey: touchpoint and count, most frequent first;
        ``(nothing)`` where the journey ended. For abandonment, where they went instead within the window.
    examples
        Ids of customers who were hit, the latest first.
    hardest
        Levels of other segments that it hits hardest, of everyone in the question: findings of the same place, highest
        lift first.
    query
        The SQL that counted it.
    """

    finding: Finding
    went: tuple[tuple[str, int], ...]
    examples: tuple[str, ...]
    hardest: tuple[Finding, ...]
    query: str

    def __repr__(self) -> str:
        whom = "".join(f", {segment} = {level}" for segment, level in self.finding.levels)
        went = f"{self.went[0][0]} {self.went[0][1]:,}" if self.went else "nowhere that is known"
        return (
            f"<Evidence of {self.finding.kind} '{self.finding.place}'{whom}: {self.finding.n_hits:,} of "
            f"{self.finding.n_units:,} {self.finding.unit} hit; most went to {went}>"
        )


def evidence_of(store: Store, question: Question, finding: Finding, *, segments: Sequence[str] = ()) -> Evidence:
    """Gather what stands behind a finding.

    Parameters
    ----------
    store
        The open store.
    question
        Whom the finding was asked of, without its levels.
    finding
        What :func:`journeymap.painpoints.examine.examine` found.
    segments
        Segments whose levels are compared to say whom it hits hardest.

    Raises
    ------
    QuestionError
        When no detector looks at the place any more.
    """
    whole = question.split(())
    # What is usual is that of everyone in the question, as when the finding was made: only what is counted is its
    # level's.
    site = site_of(store, choose_population(store, whole))
    look, place = _look_of(site, finding)
    of_level = choose_population(store, replace(whole, levels=(*whole.levels, *finding.levels)))
    journeys = of_level.query((), "SELECT journey_key FROM population")
    level_journeys = as_steps(journeys, "level_journeys")
    hits = [
        *look.steps,
        *level_journeys,
        Step(
            "evidence_hits",
            """
            SELECT u.customer_key, u.journey_key, u.position, u.at_us
            FROM units u
            JOIN places p ON p.place_key = u.place_key
            JOIN level_journeys l ON l.journey_key = u.journey_key
            WHERE u.is_hit AND p.place = $evidence_place
                AND u.at_us >= $evidence_from_us AND u.at_us < $evidence_to_us
            """,
        ),
    ]
    from_us, to_us = _window(finding)
    bound = {
        **journeys.values,
        **look.values,
        "evidence_place": place,
        "evidence_from_us": from_us,
        "evidence_to_us": to_us,
    }
    went = store.rows(
        site.population.query(
            hits,
            f"""
            SELECT coalesce(t.touchpoint, '{NOTHING}') AS touchpoint, count(*) AS n
            FROM evidence_hits h
            JOIN visits v ON v.customer_key = h.customer_key AND v.position = h.position
            LEFT JOIN touchpoints t ON t.touchpoint_key = v.next_touchpoint_key
            GROUP BY coalesce(t.touchpoint, '{NOTHING}') ORDER BY n DESC, touchpoint LIMIT {_N_SHOWN}
            """,
            **bound,
        )
    )
    examples = store.rows(
        site.population.query(
            hits,
            f"""
            SELECT c.customer_id, max(h.at_us) AS last_us
            FROM evidence_hits h JOIN customers c ON c.customer_key = h.customer_key
            GROUP BY c.customer_id ORDER BY last_us DESC, c.customer_id LIMIT {_N_SHOWN}
            """,
            **bound,
        )
    )
    return Evidence(
        finding,
        finding.went_instead or tuple((str(name), int(count)) for name, count in went),
        tuple(str(row[0]) for row in examples),
        _hardest(store, whole, finding, segments, look, place),
        site.population.query([*look.steps, *level_journeys], _COUNTED, **bound).printable(),
    )


def _look_of(site: Site, finding: Finding) -> tuple[Look, str]:
    """Give the look that a finding comes from, and the place's name there."""
    if finding.kind == abandonment.KIND and finding.without and finding.window_seconds is not None:
        window_us = round(finding.window_seconds * 1_000_000)
        return abandonment.look_after(site, finding.touchpoint, finding.without, window_us), finding.place
    for kind, detector in detectors().items():
        if finding.kind not in (kind, SUDDEN_CHANGE):
            continue
        found = detector.look(site)
        for look in () if isinstance(found, Skipped) else found:
            rows = site.store.rows(site.population.query(look.steps, "SELECT place FROM places", **look.values))
            for (place,) in rows:
                if finding.place == place or (
                    finding.kind == SUDDEN_CHANGE and finding.place.startswith(f"{place} ({kind}), ")
                ):
                    return look, str(place)
    raise QuestionError(f"No detector looks at '{finding.place}'.", hint="Ask for the pain points again.")


def _window(finding: Finding) -> tuple[int, int]:
    from datetime import UTC, date, datetime, timedelta

    if not finding.began:
        return -(2**62), 2**62
    first, last = date.fromisoformat(finding.began), date.fromisoformat(finding.ended) + timedelta(days=1)
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() for day in (first, last))
    return int(begin) * 1_000_000, int(end) * 1_000_000


def _hardest(
    store: Store, question: Question, finding: Finding, segments: Sequence[str], look: Look, place: str
) -> tuple[Finding, ...]:
    others = [name for name in segments if name not in dict(finding.levels)]
    if not others:
        return ()
    division = divide(store, question, others)
    found = [item for item in judge_looks(store, division, [look]) if item.place == place and not item.thin]
    found = [item for item in found if item.lift is not None and item.lift > 1]
    return tuple(sorted(found, key=lambda item: (-(item.lift or 0.0), item.levels))[:_N_SHOWN])
