"""Touchpoints, transitions and drop-off of a population, each per level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arithmetic import mean_seconds, median_seconds, percentile_seconds, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Journey, Population, Row, Status, Visit

START = "(start)"
END_OF: dict[Status, str] = {
    "converted": "(converted)",
    "ended": "(ended)",
    "abandoned": "(dropped)",
    "open": "(open)",
}


def visits_at(journeys: Sequence[Journey], touchpoint: str) -> list[tuple[Journey, Visit]]:
    return [(journey, visit) for journey in journeys for visit in journey.visits if visit.touchpoint == touchpoint]


def names_of(journeys: Sequence[Journey]) -> list[str]:
    return sorted({name for journey in journeys for name in journey.path})


def touchpoints(population: Population) -> list[Row]:
    """One row a touchpoint that the level visited, by level and name."""
    rows: list[Row] = []
    for level in population.levels():
        journeys = population.of_level(level)
        for name in names_of(journeys):
            visits = visits_at(journeys, name)
            through = {journey.key for journey, _ in visits}
            left_by = [journey.status for journey in journeys if journey.last.touchpoint == name]
            rows.append(
                {
                    **population.level_columns(level),
                    "touchpoint": name,
                    "visits": len(visits),
                    "customers": len({journey.customer for journey, _ in visits}),
                    "journeys": len(through),
                    "entries": sum(journey.first.touchpoint == name for journey in journeys),
                    "converted": left_by.count("converted"),
                    "ended": left_by.count("ended"),
                    "dropped": left_by.count("abandoned"),
                    "open": left_by.count("open"),
                    "journey_share": len(through) / len(journeys),
                }
            )
    return rows


def steps_of(journey: Journey) -> list[tuple[str, str, int | None]]:
    """Source, target and gap of each transition of a journey, the start and the end included."""
    steps: list[tuple[str, str, int | None]] = [(START, journey.first.touchpoint, None)]
    for i in range(len(journey.visits) - 1):
        here, there = journey.visits[i], journey.visits[i + 1]
        steps.append((here.touchpoint, there.touchpoint, there.at_us - here.at_us))
    steps.append((journey.last.touchpoint, END_OF[journey.status], None))
    return steps


def transitions(population: Population) -> list[Row]:
    """One row a pair of source and target, by level, source and target."""
    rows: list[Row] = []
    for level in population.levels():
        all_steps = [
            (journey.customer, source, target, gap)
            for journey in population.of_level(level)
            for source, target, gap in steps_of(journey)
        ]
        for source, target in sorted({(source, target) for _, source, target, _ in all_steps}):
            these = [step for step in all_steps if step[1] == source and step[2] == target]
            out_of_source = [step for step in all_steps if step[1] == source]
            gaps = [gap for _, _, _, gap in these if gap is not None]
            rows.append(
                {
                    **population.level_columns(level),
                    "source": source,
                    "target": target,
                    "count": len(these),
                    "customers": len({customer for customer, _, _, _ in these}),
                    "probability": len(these) / len(out_of_source),
                    "median_seconds": median_seconds(gaps),
                    "mean_seconds": mean_seconds(gaps),
                    "p90_seconds": percentile_seconds(gaps, 90),
                }
            )
    return rows


def mature_and_dropped(population: Population, journeys: Sequence[Journey], touchpoint: str) -> tuple[int, int]:
    """Count the mature visits to a touchpoint, and the visits that are the last of an abandoned journey."""
    mature = 0
    dropped = 0
    for journey, visit in visits_at(journeys, touchpoint):
        if visit.at_us + population.rules.horizon <= population.data_end:
            mature += 1
        if journey.status == "abandoned" and visit == journey.last:
            dropped += 1
    return mature, dropped


def dropoff(population: Population) -> list[Row]:
    """One row a touchpoint that the level visited, by level and name."""
    everywhere = {
        name: mature_and_dropped(population, population.journeys, name) for name in names_of(population.journeys)
    }
    all_mature = sum(mature for mature, _ in everywhere.values())
    all_dropped = sum(dropped for _, dropped in everywhere.values())

    rows: list[Row] = []
    for level in population.levels():
        journeys = population.of_level(level)
        for name in names_of(journeys):
            mature, dropped = mature_and_dropped(population, journeys, name)
            drop_rate = ratio(dropped, mature)
            if population.by:
                baseline = ratio(everywhere[name][1], everywhere[name][0])
            else:
                baseline = ratio(all_dropped, all_mature)
            rows.append(
                {
                    **population.level_columns(level),
                    "touchpoint": name,
                    "mature_visits": mature,
                    "dropped": dropped,
                    "drop_rate": drop_rate,
                    "baseline": baseline,
                    "lift": ratio(drop_rate, baseline),
                }
            )
    return rows


def journey_steps(
    population: Population, n_steps: int, after: str | None = None, before: str | None = None
) -> list[Row]:
    """One row a step from the anchor, source and target, in each level."""
    rows: list[Row] = []
    for level in population.levels():
        counts: dict[tuple[int, str, str], int] = {}
        for journey in population.of_level(level):
            anchor = after or before
            if anchor is not None and anchor not in journey.path:
                continue
            places = [START, *journey.path, END_OF[journey.status]]
            zero = 0 if anchor is None else places.index(anchor)
            first, last = (zero - n_steps - 1, zero - 1) if before else (zero, zero + n_steps)
            for i in range(len(places) - 1):
                if first <= i <= last:
                    link = (i - zero, places[i], places[i + 1])
                    counts[link] = counts.get(link, 0) + 1
        for (step, source, target), journeys in sorted(counts.items()):
            rows.append(
                {
                    **population.level_columns(level),
                    "step": step,
                    "source": source,
                    "target": target,
                    "journeys": journeys,
                }
            )
    return rows
