"""The relations that levels are read from, as steps and joins: customers, deciding events, facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from journeymap.journeys.sequences import summarise_journeys
from journeymap.segments.facts import ALIASES, fact_steps
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.segments.facts import Tally
    from journeymap.settings.values import AsOf
    from journeymap.store.store import Store

Unit = Literal["customer", "journey"]
Source = Literal["customers", "starts", "firsts", "lasts", "facts_start", "facts_first", "facts_latest"]

CHANNEL_COLUMN: Final = '"(channel)"'
"""What the channel's name is called beside the columns of the events, whatever those are called."""

EVENT_SOURCES: Final[dict[AsOf, tuple[Source, str]]] = {
    "start": ("starts", "s"),
    "first": ("firsts", "fe"),
    "latest": ("lasts", "le"),
}
"""Which event decides the level of an event column, and what it is called."""

FACT_SOURCES: Final[dict[AsOf, Source]] = {
    "start": "facts_start",
    "first": "facts_first",
    "latest": "facts_latest",
}
"""The relation with the facts of each instant."""

_OF_JOURNEYS: Final = frozenset({"starts", "facts_start"})
_JOINS: Final[tuple[tuple[Source, str], ...]] = (
    ("customers", "c"),
    ("firsts", "fe"),
    ("lasts", "le"),
    ("facts_first", ALIASES["first"]),
    ("facts_latest", ALIASES["latest"]),
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What the SQL of levels and conditions reads.

    Attributes
    ----------
    sources
        The relations.
    tallies
        (instant, tally) pairs that the facts are made of.
    """

    sources: frozenset[Source] = field(default_factory=frozenset)
    tallies: tuple[tuple[AsOf, Tally], ...] = ()

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.sources | other.sources, (*self.tallies, *other.tallies))

    @property
    def unit(self) -> Unit:
        """Whether it differs between the journeys of a customer."""
        return "journey" if self.sources & _OF_JOURNEYS else "customer"

    @property
    def of_events(self) -> bool:
        """Whether anything is read from the events."""
        return bool(self.sources - {"customers"})


def seen_steps(data_end_us: int | None, last_us: int) -> tuple[list[Step], str, str]:
    """See only what had happened at the data end: as if later events had never been there.

    Returns
    -------
    steps
        None where the data end is no earlier than the last event.
    events, journeys
        The relations to read from then on; the steps bind ``$data_end_us``.
    """
    if data_end_us is None or data_end_us >= last_us:
        return [], "events", "journeys"
    seen = Step(
        "seen_events",
        """
        SELECT * EXCLUDE (next_touchpoint_key, gap_us),
            CASE WHEN at_us + gap_us <= $data_end_us THEN next_touchpoint_key END AS next_touchpoint_key,
            CASE WHEN at_us + gap_us <= $data_end_us THEN gap_us END AS gap_us
        FROM events
        WHERE at_us <= $data_end_us
        """,
    )
    steps = [seen, Step("seen_journeys", summarise_journeys("seen_events").text())]
    return steps, "seen_events", "seen_journeys"


def source_steps(store: Store, needs: Needs, events: str) -> list[Step]:
    """Write the steps that make the relations of some needs; customers are there as they are."""
    steps: list[Step] = []
    if "starts" in needs.sources:
        steps.append(_deciding("starts", events, "e.step = 1"))
    if "firsts" in needs.sources:
        steps.append(_deciding("firsts", events, "e.position = 1"))
    if "lasts" in needs.sources:
        ends = f"SELECT customer_key, max(position) AS position FROM {events} GROUP BY customer_key"
        steps.append(Step("last_positions", ends))
        steps.append(
            _deciding(
                "lasts",
                f"last_positions l\nJOIN {events}",
                "e.position = l.position",
                on="e.customer_key = l.customer_key",
            )
        )
    for as_of in ALIASES:
        if FACT_SOURCES[as_of] in needs.sources:
            steps += fact_steps(
                as_of,
                dict.fromkeys(tally for instant, tally in needs.tallies if instant == as_of),
                events,
                journeys_from_column=store.settings.events.journey is not None,
            )
    return steps


def _deciding(name: str, events: str, where: str, *, on: str = "") -> Step:
    """Give the events that decide a level, with the names of their channel and touchpoint."""
    joined = f" ON {on}" if on else ""
    touchpoint = ""
    more = ""
    if name == "firsts":
        touchpoint = ', t.touchpoint AS "(touchpoint)"'
        more = "\nJOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key"
    return Step(
        name,
        f"SELECT e.*, h.channel AS {CHANNEL_COLUMN}{touchpoint}\nFROM {events} e{joined}{more}\n"
        f"LEFT JOIN channels h ON h.channel_key = e.channel_key\nWHERE {where}",
    )


def joined_sources(needs: Needs, journeys: str, *, unit: Unit) -> tuple[str, str]:
    """Write the FROM clause with a row per customer or per journey, and the column that is its key.

    Parameters
    ----------
    needs
        What is read.
    journeys
        The relation with the journeys.
    unit
        What a row is.
    """
    if unit == "customer":
        source, key, of = "customers c", "c.customer_key", "c"
    else:
        source, key, of = f"{journeys} j", "j.journey_key", "j"
    for name, alias in _JOINS:
        if name in needs.sources and alias != of:
            # Customers without events until the data end are no part of any population.
            join = "JOIN" if unit == "journey" else "LEFT JOIN"
            source += f"\n{join} {name} {alias} ON {alias}.customer_key = {of}.customer_key"
    for name, alias in (("starts", "s"), ("facts_start", "fs")):
        if name in needs.sources:
            source += f"\nJOIN {name} {alias} ON {alias}.journey_key = j.journey_key"
    return source, key
