"""Random questions, for the engine and for the model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from oracle.journeys import level_of, population
from oracle.model import NONE, EndAt, Journey, Population, Scope

from properties.logs import TIMES, Log, logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.api import Journeys


@dataclass(frozen=True)
class Asked:
    """A question. `levels` are (segment, level) pairs; `unequal` is one more that must differ (and be there)."""

    by: tuple[str, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    unequal: tuple[str, str] | None = None
    since_us: int | None = None
    until_us: int | None = None
    as_of_us: int | None = None
    end_at: EndAt | None = None

    def of_model(self, log: Log) -> Population:
        return population(
            log.accepted,
            log.rules,
            Scope(
                by=self.by,
                where=self._where(log),
                since_us=self.since_us,
                until_us=self.until_us,
                as_of_us=self.as_of_us,
                end_at=self.end_at,
            ),
            log.customers,
        )

    def of_engine(self, journeys: Journeys) -> Journeys:
        condition = None
        if self.unequal is not None:
            name, level = self.unequal
            quoted = level.replace("'", "''")
            condition = f"\"{name}\" <> '{quoted}'"
        return journeys.where(
            condition,
            since=moment(self.since_us),
            until=moment(self.until_us),
            as_of=moment(self.as_of_us),
            end_at=self.end_at,
            **dict(self.levels),
        )

    def _where(self, log: Log) -> Callable[[Journey], bool]:
        def holds(journey: Journey) -> bool:
            def level(name: str) -> str:
                return level_of(name, journey.first.event, log.customers.get(journey.customer, {}), log.customers)

            unequal = self.unequal is None or level(self.unequal[0]) not in (NONE, self.unequal[1])
            return unequal and all(level(name) == wanted for name, wanted in self.levels)

        return holds


def moment(at_us: int | None) -> datetime | None:
    return None if at_us is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)


def levels_of(log: Log, name: str) -> list[str]:
    """Give the levels that the whole store has."""
    return [level for (level,) in population(log.accepted, log.rules, Scope(by=(name,)), log.customers).levels()]


@st.composite
def questions(draw: st.DrawFn, log: Log) -> Asked:
    by = draw(st.lists(st.sampled_from(log.segments), unique=True, max_size=2))
    narrowed = draw(st.lists(st.sampled_from(log.segments), unique=True, max_size=2)) if draw(st.booleans()) else []
    levels = tuple((name, draw(st.sampled_from([NONE, *levels_of(log, name)]))) for name in narrowed)
    unequal = None
    if draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(log.segments))
        there = [level for level in levels_of(log, name) if level != NONE]
        if there:
            unequal = (name, draw(st.sampled_from(there)))
    since, until = draw(st.none() | TIMES), draw(st.none() | TIMES)
    if since is not None and until is not None and since >= until:
        since = None
    return Asked(
        by=tuple(by),
        levels=levels,
        unequal=unequal,
        since_us=since,
        until_us=until,
        as_of_us=draw(st.none() | TIMES | TIMES.map(lambda at_us: at_us + 6 * 86_400_000_000)),
        end_at=draw(st.sampled_from([None, "journey", "goal"])),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Log, Asked]:
    """Draw a log and a question about it."""
    log = draw(logs())
    return log, draw(questions(log))
