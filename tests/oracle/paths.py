"""The most frequent paths: whole journeys, or the part of each from one touchpoint to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arithmetic import median_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Journey, Population, Row, Visit


def first_index(visits: Sequence[Visit], touchpoint: str, at_least: int) -> int | None:
    for i in range(at_least, len(visits)):
        if visits[i].touchpoint == touchpoint:
            return i
    return None


def part_of(journey: Journey, from_: str | None, to: str | None) -> list[Visit] | None:
    """Give the part of a journey that is asked for, None when it has no such part."""
    visits = journey.visits
    begin = 0
    if from_ is not None:
        found = first_index(visits, from_, 0)
        if found is None:
            return None
        begin = found
    end = len(visits) - 1
    if to is not None:
        found = first_index(visits, to, begin if from_ is None else begin + 1)
        if found is None:
            return None
        end = found
    return list(visits[begin : end + 1])


def paths(population: Population, top: int | None = 20, from_: str | None = None, to: str | None = None) -> list[Row]:
    """One row a path, in each level the most frequent first, equals by the names of the path."""
    rows: list[Row] = []
    for level in population.levels():
        groups: dict[tuple[str, ...], list[tuple[Journey, int]]] = {}
        n_journeys = 0
        for journey in population.of_level(level):
            part = part_of(journey, from_, to)
            if part is None:
                continue
            n_journeys += 1
            names = tuple(visit.touchpoint for visit in part)
            groups.setdefault(names, []).append((journey, part[-1].at_us - part[0].at_us))
        ranked = sorted(groups, key=lambda names: (-len(groups[names]), names))
        for names in ranked[:top]:
            members = groups[names]
            rows.append(
                {
                    **population.level_columns(level),
                    "path": list(names),
                    "journeys": len(members),
                    "share": len(members) / n_journeys,
                    "converted": sum(journey.status == "converted" for journey, _ in members),
                    "median_seconds": median_seconds([duration for _, duration in members]),
                }
            )
    return rows
