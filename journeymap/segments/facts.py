"""Facts: what is known of a customer at an instant, from the events before it.

A fact is SQL over tallies. A tally is counted over a block of a customer's events and adds up from block to block, so
that every journey's facts at its start come from one grouping and one running sum: no event is joined with another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from journeymap.errors import UnknownNameError, suggest
from journeymap.settings.durations import DAY_US
from journeymap.store.expressions import Function
from journeymap.store.schema import KEY_SPAN
from journeymap.store.sql import Step, comma

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from journeymap.settings.values import AsOf
    from journeymap.store.store import Store

ALIASES: Final[dict[AsOf, str]] = {"start": "fs", "first": "ff", "latest": "fl"}
"""What the facts' relation is called in a question, by the instant that they are of."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A number counted over a customer's events.

    Attributes
    ----------
    name
        Its column.
    each
        The aggregate over a block's events ``e`` and their touchpoints ``t``.
    over
        How the numbers of blocks make the number of all.
    """

    name: str
    each: str
    over: Literal["sum", "min", "max"] = "sum"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of a customer at an instant.

    Attributes
    ----------
    words
        What it is, for people.
    kind
        The SQL type.
    sql
        SQL over the facts' relation, which is called ``{f}``.
    tallies
        What it is made of.
    """

    words: str
    kind: Literal["BIGINT", "DOUBLE", "VARCHAR"]
    sql: str
    tallies: tuple[Tally, ...] = ()


def _count(name: str, when: str) -> Tally:
    return Tally(name, f"count(CASE WHEN {when} THEN 1 END)")


_DAY: Final = f"floor(e.at_us / {DAY_US})"
_EVENTS = Tally("n_events", "count(*)")
_JOURNEYS = _count("n_journeys", "e.step = 1")
_SESSIONS = _count("n_sessions", f"e.session_key = CAST(e.customer_key AS BIGINT) * {KEY_SPAN} + e.position")
_DAYS = Tally("n_days", f"count(DISTINCT {_DAY})")
_FIRST = Tally("first_us", "min(e.at_us)", "min")
_LAST = Tally("last_us", "max(e.at_us)", "max")
_GOALS = _count("n_goals", "t.is_goal")
_VALUED = _count("n_valued", "t.is_goal AND e.value IS NOT NULL")
_VALUE = Tally("goal_value", "sum(CAST(CASE WHEN t.is_goal THEN e.value END AS DECIMAL(38, 9)))")
_LAST_GOAL = Tally("last_goal_us", "max(CASE WHEN t.is_goal THEN e.at_us END)", "max")
_LAST_GOAL_AT = Tally("last_goal_position", "max(CASE WHEN t.is_goal THEN e.position END)", "max")
_GAP = "goal_gap_us"


def _days_since(tally: Tally, words: str) -> Fact:
    return Fact(words, "DOUBLE", f"({{f}}.as_of_us - {{f}}.{tally.name}) / {DAY_US}.0", (tally,))


FACTS: Final[dict[str, Fact]] = {
    "n_events": Fact("events", "BIGINT", "{f}.n_events", (_EVENTS,)),
    "visits": Fact("visits to touchpoints; the same as n_events", "BIGINT", "{f}.n_events", (_EVENTS,)),
    "journeys": Fact("journeys begun", "BIGINT", "{f}.n_journeys", (_JOURNEYS,)),
    "sessions": Fact("sessions begun", "BIGINT", "{f}.n_sessions", (_SESSIONS,)),
    "active_days": Fact("days (UTC) with an event", "BIGINT", "{f}.n_days", (_DAYS,)),
    "purchases": Fact("goal visits", "BIGINT", "{f}.n_goals", (_GOALS,)),
    "spend": Fact(
        "the sum of the goal visits' values: 0 where there was no goal visit, missing where none has a value",
        "DOUBLE",
        "CASE WHEN {f}.n_goals = 0 THEN 0 WHEN {f}.n_valued > 0 THEN CAST({f}.goal_value AS DOUBLE) END",
        (_GOALS, _VALUED, _VALUE),
    ),
    "mean_order_value": Fact(
        "spend / goal visits that have a value",
        "DOUBLE",
        "CASE WHEN {f}.n_valued > 0 THEN CAST({f}.goal_value AS DOUBLE) / {f}.n_valued END",
        (_VALUED, _VALUE),
    ),
    "days_since_last": _days_since(_LAST, "days since the last event"),
    "days_since_first": _days_since(_FIRST, "days since the first event"),
    "days_since_purchase": _days_since(_LAST_GOAL, "days since the last goal visit"),
    "purchase_gap_days": Fact(
        "days between the last goal visit and the one before",
        "DOUBLE",
        f"{{f}}.{_GAP} / {DAY_US}.0",
        (_LAST_GOAL_AT,),
    ),
    "first_touchpoint": Fact("the touchpoint of the customer's first event", "VARCHAR", 'fe."(touchpoint)"'),
    "first_channel": Fact("the channel of the customer's first event", "VARCHAR", 'fe."(channel)"'),
}
"""The facts by name. Those of the first event are the same at any instant."""


def fact_steps(
    as_of: AsOf, tallies: Iterable[Tally], events: str, *, journeys_from_column: bool, from_end_us: str = "$data_end_us"
) -> list[Step]:
    """Write the steps that end in ``facts_start`` (by journey), ``facts_first`` or ``facts_latest`` (by customer).

    Parameters
    ----------
    as_of
        ``start``: over the customer's events before the journey's first one, in the order of events; ``first``: over
        the customer's first journey; ``latest``: over all of the customer's events.
    tallies
        What is counted.
    events
        The relation with the events.
    journeys_from_column
        Whether a column names journeys, so that those of one customer may interleave.
    from_end_us
        The data end.

    Returns
    -------
    list of Step
        The last one has the key, ``as_of_us`` and the tallies.
    """
    wanted = {tally.name: tally for tally in tallies}
    has_gap = _LAST_GOAL_AT.name in wanted
    name = f"facts_{as_of}"
    tallied = f"{name}_tallied" if has_gap else name
    listed = "".join(f", {tally.each} AS {tally.name}" for tally in wanted.values())
    source = f"{events} e"
    if any("t.is_goal" in tally.each for tally in wanted.values()):
        source += "\nJOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key"
    if as_of == "start":
        steps = _at_starts(tallied, wanted, listed, source, events, from_column=journeys_from_column)
    else:
        first = f"\nWHERE e.journey_key = CAST(e.customer_key AS BIGINT) * {KEY_SPAN} + 1" if as_of == "first" else ""
        at = "max(e.at_us)" if as_of == "first" else f"CAST({from_end_us} AS BIGINT)"
        sql = f"SELECT e.customer_key, {at} AS as_of_us{listed}\nFROM {source}{first}\nGROUP BY e.customer_key"
        steps = [Step(tallied, sql)]
    if not has_gap:
        return steps
    gaps = Step(
        f"{name}_gaps",
        f"""
        SELECT e.customer_key, e.position,
            e.at_us - (lag(e.at_us) OVER (PARTITION BY e.customer_key ORDER BY e.position)) AS {_GAP}
        FROM {events} e
        JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
        WHERE t.is_goal
        """,
    )
    joined = Step(
        name,
        f"SELECT f.*, g.{_GAP}\nFROM {tallied} f\nLEFT JOIN {gaps.name} g "
        f"ON g.customer_key = f.customer_key AND g.position = f.{_LAST_GOAL_AT.name}",
    )
    return [*steps, gaps, joined]


def _at_starts(
    name: str, tallies: dict[str, Tally], listed: str, source: str, events: str, *, from_column: bool
) -> list[Step]:
    """Count each block of events that one journey's start opens, and add up the blocks before each."""
    steps: list[Step] = []
    block = "e.journey_key"
    if from_column:  # another journey may begin within: a block ends where the next journey begins
        steps.append(
            Step(
                "placed_blocks",
                f"""
                SELECT *, max(CASE WHEN step = 1 THEN position END) OVER (
                    PARTITION BY customer_key ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS block_position
                FROM {events}
                """,
            )
        )
        source = source.replace(f"{events} e", "placed_blocks e", 1)
        block = f"CAST(e.customer_key AS BIGINT) * {KEY_SPAN} + e.block_position"
    has_days = _DAYS.name in tallies
    days = f", min({_DAY}) AS first_day, max({_DAY}) AS last_day" if has_days else ""
    steps.append(
        Step(
            "fact_blocks",
            f"SELECT e.customer_key, {block} AS journey_key, min(e.at_us) AS as_of_us{days}{listed}\n"
            f"FROM {source}\nGROUP BY e.customer_key, {block}",
        )
    )
    blocks = "fact_blocks"
    if has_days:  # a day that two blocks share is one day
        others = comma([tally for tally in tallies if tally != _DAYS.name])
        steps.append(
            Step(
                "fact_day_blocks",
                f"""
                SELECT customer_key, journey_key, as_of_us, {others}n_days - CASE WHEN first_day =
                    (lag(last_day) OVER (PARTITION BY customer_key ORDER BY journey_key)) THEN 1 ELSE 0 END AS n_days
                FROM fact_blocks
                """,
            )
        )
        blocks = "fact_day_blocks"
    summed = ""
    for tally in tallies.values():
        running = f"{tally.over}({tally.name}) OVER earlier"
        summed += f", {f'coalesce({running}, 0)' if tally.over == 'sum' else running} AS {tally.name}"
    steps.append(
        Step(
            name,
            f"SELECT customer_key, journey_key, as_of_us{summed}\nFROM {blocks}\nWINDOW earlier AS (PARTITION BY "
            "customer_key ORDER BY journey_key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)",
        )
    )
    return steps


class Calls:
    """The functions that expressions may call with names, and what they turned out to need.

    Parameters
    ----------
    store
        The open store, whose touchpoints and channels may be named.
    as_of
        The instant that the facts are of.
    tag
        How the names of tallies and bound values begin.
    what
        The option or entry that the expression was given for, for errors.
    """

    def __init__(self, store: Store, as_of: AsOf, *, tag: str, what: str) -> None:
        self.store, self.as_of, self.tag, self.what = store, as_of, tag, what
        self.tallies: list[Tally] = []
        self.values: dict[str, object] = {}
        self.functions = {
            "used": Function("truth", 1, lambda names: f"{self._visits(names[0])} > 0"),
            "count": Function("number", 1, lambda names: self._visits(names[0])),
            "before": Function("truth", 2, self._before),
            "on_channel": Function("number", 1, lambda names: self._on_channel(names[0])),
        }

    def _visits(self, name: str) -> str:
        return self._tally(f"count(CASE WHEN {self._is_touchpoint(name)} THEN 1 END)", "sum")

    def _on_channel(self, name: str) -> str:
        keys = self._keys("channel", name)
        return self._tally(f"count(CASE WHEN e.channel_key IN ({keys}) THEN 1 END)", "sum")

    def _before(self, names: Sequence[str]) -> str:
        first, then = (
            self._tally(f"min(CASE WHEN {self._is_touchpoint(name)} THEN e.position END)", "min") for name in names
        )
        return f"coalesce({first} < {then}, FALSE)"

    def _is_touchpoint(self, name: str) -> str:
        return f"e.touchpoint_key IN ({self._keys('touchpoint', name)})"

    def _tally(self, each: str, over: Literal["sum", "min"]) -> str:
        name = f"{self.tag}_tally{len(self.tallies)}"
        self.tallies.append(Tally(name, each, over))
        return f"{ALIASES[self.as_of]}.{name}"

    def _keys(self, what: str, pattern: str) -> str:
        """Bind the keys of the touchpoints or channels that a name or pattern stands for."""
        query = f"SELECT {what}, {what}_key FROM {what}s ORDER BY {what}_key"
        rows = self.store.remember(query, lambda: self.store.engine.execute(query))
        known = {str(name): int(key) for name, key in rows}
        fits = re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
        keys = [known[pattern]] if pattern in known else [key for name, key in known.items() if fits.fullmatch(name)]
        if not keys or ("*" not in pattern and pattern not in known):
            raise UnknownNameError(
                f"{self.what}: there is no {what} '{pattern}'. {suggest(pattern, known)}",
                hint="A star stands for any text: 'email_*'.",
            )
        names = [f"{self.tag}_key{len(self.values) + at}" for at in range(len(keys))]
        self.values.update(zip(names, keys, strict=True))
        return ", ".join(f"${name}" for name in names)
