"""What the store keeps and says of itself: visits in their places, journeys with their facts, totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arithmetic import ratio

if TYPE_CHECKING:
    from .model import Population, Row, Status

STATUSES: tuple[Status, ...] = ("converted", "ended", "abandoned", "open")


def visits(population: Population) -> list[Row]:
    """One row a visit, by customer and position; step, next touchpoint and gap are within the journey."""
    rows: list[Row] = []
    for journey in population.journeys:
        for i, visit in enumerate(journey.visits):
            following = journey.visits[i + 1] if i + 1 < len(journey.visits) else None
            rows.append(
                {
                    "customer": journey.customer,
                    "position": visit.position,
                    "session": visit.session,
                    "journey": journey.number,
                    "piece": journey.piece,
                    "step": i + 1,
                    "at_us": visit.at_us,
                    "touchpoint": visit.touchpoint,
                    "next_touchpoint": following.touchpoint if following else None,
                    "gap_us": following.at_us - visit.at_us if following else None,
                }
            )
    rows.sort(key=lambda row: (row["customer"], row["position"]))
    return rows


def journeys(population: Population) -> list[Row]:
    """One row a journey, by customer, journey number and piece."""
    return [
        {
            **population.level_columns(journey.level),
            "customer": journey.customer,
            "journey": journey.number,
            "piece": journey.piece,
            "start_us": journey.first.at_us,
            "end_us": journey.last.at_us,
            "steps": len(journey.visits),
            "sessions": len({visit.session for visit in journey.visits}),
            "status": journey.status,
            "mature": journey.mature,
            "converted_at": journey.converted_at,
            "value": journey.value,
            "path": journey.path,
        }
        for journey in population.journeys
    ]


def statuses(population: Population) -> list[Row]:
    """One row a level: its journeys by status, all of them and the mature ones, and the conversion."""
    rows: list[Row] = []
    for level in population.levels():
        every = population.of_level(level)
        mature = [journey for journey in every if journey.mature]
        row: Row = {
            **population.level_columns(level),
            "customers": len({journey.customer for journey in every}),
            "journeys": len(every),
            "visits": sum(len(journey.visits) for journey in every),
            "mature": len(mature),
            "immature": len(every) - len(mature),
        }
        for status in STATUSES:
            row[status] = sum(journey.status == status for journey in every)
            row["mature_" + status] = sum(journey.status == status for journey in mature)
            row[status + "_share"] = ratio(row["mature_" + status], len(mature))
        row["conversion"] = row["converted_share"]
        rows.append(row)
    return rows


def summary(population: Population) -> Row:
    """Totals over the population; a tie is a visit at the same instant as the customer's visit before it."""
    histories = [[visit for _, visit in history] for history in population.histories().values()]
    every = [visit for history in histories for visit in history]
    ties = 0
    for history in histories:
        for i in range(1, len(history)):
            if history[i].at_us == history[i - 1].at_us:
                ties += 1
    return {
        "customers": len(histories),
        "journeys": len(population.journeys),
        "visits": len(every),
        "sessions": len({(visit.customer, visit.session) for visit in every}),
        "touchpoints": len({visit.touchpoint for visit in every}),
        "ties": ties,
        "first_event": min((visit.at_us for visit in every), default=None),
        "last_event": max((visit.at_us for visit in every), default=None),
        **{status: sum(j.status == status for j in population.journeys) for status in STATUSES},
        "mature": sum(j.mature for j in population.journeys),
    }
