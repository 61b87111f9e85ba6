"""The values: events, the rules of counting, questions, and what they count (section 2 of the design)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NONE = "(none)"

Row = dict[str, Any]
Level = tuple[str, ...]
Status = Literal["converted", "ended", "abandoned", "open"]
EndAt = Literal["journey", "goal"]
Customers = dict[str, dict[str, str | None]]


@dataclass(frozen=True)
class Event:
    """One accepted row. The order of a list of events is the order of their arrival."""

    customer: str
    at_us: int
    touchpoint: str
    channel: str | None = None
    value: float | None = None
    journey: str | None = None
    properties: Mapping[str, str | None] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the store was built with."""

    goals: frozenset[str]
    finals: frozenset[str] = frozenset()
    gap_us: int | None = 30 * DAY
    horizon_us: int | None = None
    session_timeout_us: int = 30 * MINUTE
    journey_column: bool = False
    end_at: EndAt = "journey"

    @property
    def horizon(self) -> int:
        if self.horizon_us is not None:
            return self.horizon_us
        if self.gap_us is None or self.journey_column:
            return 30 * DAY
        return self.gap_us


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a question is about. `where` is asked of uncut journeys; `end_at` None means the rules' own."""

    by: tuple[str, ...] = ()
    where: Callable[[Journey], bool] | None = None
    since_us: int | None = None
    until_us: int | None = None
    as_of_us: int | None = None
    end_at: EndAt | None = None


@dataclass(frozen=True)
class Visit:
    """One event in its place: position (from 1) and session (from 1) among the customer's visible events."""

    event: Event
    position: int
    session: int

    @property
    def customer(self) -> str:
        return self.event.customer

    @property
    def at_us(self) -> int:
        return self.event.at_us

    @property
    def touchpoint(self) -> str:
        return self.event.touchpoint

    @property
    def value(self) -> float | None:
        return self.event.value


@dataclass(frozen=True)
class Journey:
    """Visits in order. `number` counts the customer's uncut journeys, `piece` the parts between goals."""

    customer: str
    number: int
    piece: int
    visits: tuple[Visit, ...]
    status: Status
    mature: bool
    converted_at: int | None
    value: float | None
    attributes: Mapping[str, str | None]  # of the customer
    level: Level

    @property
    def key(self) -> tuple[str, int, int]:
        return (self.customer, self.number, self.piece)

    @property
    def first(self) -> Visit:
        return self.visits[0]

    @property
    def last(self) -> Visit:
        return self.visits[-1]

    @property
    def path(self) -> list[str]:
        return [visit.touchpoint for visit in self.visits]


@dataclass(frozen=True)
class Population:
    """The journeys that a question counts, and the end of the data."""

    journeys: list[Journey]
    data_end: int
    rules: Rules
    by: tuple[str, ...]
    left_out: dict[str, list[Visit]] = field(default_factory=dict)  # by customer: visits of journeys not chosen

    def levels(self) -> list[Level]:
        """Every level in ascending order. Without `by` there is always one, the whole."""
        if not self.by:
            return [()]
        return sorted({journey.level for journey in self.journeys})

    def of_level(self, level: Level) -> list[Journey]:
        return [journey for journey in self.journeys if journey.level == level]

    def level_columns(self, level: Level) -> Row:
        return dict(zip(self.by, level, strict=True))

    def histories(self) -> dict[str, list[tuple[Journey, Visit]]]:
        """Each customer's visits in this population in the customer's order, with the journey of each."""
        histories: dict[str, list[tuple[Journey, Visit]]] = {}
        for journey in self.journeys:
            for visit in journey.visits:
                histories.setdefault(journey.customer, []).append((journey, visit))
        for history in histories.values():
            history.sort(key=lambda pair: pair[1].position)
        return histories
