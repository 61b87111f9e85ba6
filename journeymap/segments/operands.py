"""What a definition can name: attributes of customers, columns of the events, facts and scores."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from journeymap.segments.facts import ALIASES, FACTS
from journeymap.segments.sources import (
    CHANNEL_COLUMN,
    EVENT_SOURCES,
    FACT_SOURCES,
    Needs,
    joined_sources,
    seen_steps,
    source_steps,
)
from journeymap.settings import effective_horizon_us
from journeymap.store.sql import Query, Step, identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from journeymap.segments.question import Question
    from journeymap.settings import SegmentSettings
    from journeymap.settings.values import AsOf
    from journeymap.store.store import Store

N_SCORES: Final = 5
SCORES: Final[dict[str, tuple[str, str]]] = {
    "r_score": ("days_since_purchase", "recency of the last goal visit, from 1 (longest ago) to 5"),
    "f_score": ("purchases", "number of goal visits, from 1 (fewest) to 5"),
    "m_score": ("spend", "spend, from 1 (least) to 5"),
}
"""Scores by name: the fact that is scored, and what it is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of a question's segments can stand for.

    Attributes
    ----------
    store
        The open store.
    defined
        The definitions of the settings, and of the question over them.
    data_end_us, horizon_us
        The data end and the horizon in microseconds.
    within
        The segments that are being defined; within one, its name is that of a column.
    as_of
        The instant that names are of where nothing else is said.
    """

    store: Store
    defined: Mapping[str, SegmentSettings]
    data_end_us: int
    horizon_us: int
    within: tuple[str, ...] = ()
    as_of: AsOf = "start"

    @classmethod
    def of(cls, store: Store, question: Question | None = None) -> Scope:
        """Give the scope of a question; None: of one about everything."""
        settings = store.settings
        last_us = store.span.last_us or 0
        horizon_us = effective_horizon_us(settings.journey, journeys_from_column=settings.events.journey is not None)
        if question is None:
            return cls(store, dict(settings.segments), last_us, horizon_us)
        defined = {**dict(settings.segments), **dict(question.segments)}
        as_of = question.levels_as_of
        if as_of != "start":
            defined = {
                name: replace(found, as_of=as_of) if found.as_of == "start" else found
                for name, found in defined.items()
            }
        data_end_us = last_us if question.as_of_us is None else question.as_of_us
        return cls(store, defined, data_end_us, horizon_us, as_of=as_of)

    def inside(self, name: str) -> Scope:
        """Give the scope within a definition."""
        return replace(self, within=(*self.within, name))

    def visible(self) -> dict[str, SegmentSettings]:
        """Give the definitions that can be named here."""
        return {name: found for name, found in self.defined.items() if name not in self.within}

    def ask(
        self,
        needs: Needs,
        steps: Callable[[str], list[Step]],
        select: str,
        values: Mapping[str, object],
        *,
        told: bool = False,
    ) -> list[tuple[Any, ...]]:
        """Ask something about the customers, or the journeys, that have some needs; it is asked once.

        Parameters
        ----------
        needs
            What is read.
        steps
            From the FROM clause to the steps.
        select
            The last select.
        values
            What they bind.
        told
            Whether ``--explain`` shows it, as what a level is defined by.
        """
        made, events, journeys = seen_steps(self.data_end_us, self.store.span.last_us or 0)
        if not needs.of_events:
            made, events, journeys = [], "events", "journeys"
        relation = "starts s" if needs.sources == {"starts"} else joined_sources(needs, journeys, unit=needs.unit)[0]
        query = Query(
            (*made, *source_steps(self.store, needs, events), *steps(relation)),
            select,
            {**values, "data_end_us": self.data_end_us},
        )
        ask = self.store.rows if told else lambda asked: self.store.engine.execute(asked.text(), asked.used_values())
        rows: list[tuple[Any, ...]] = self.store.remember(query.identity(), lambda: ask(query))
        return rows


@dataclass(frozen=True, slots=True)
class Operand:
    """Something with a value per customer or per journey.

    Attributes
    ----------
    sql
        Its SQL, over the aliases of :mod:`journeymap.segments.sources`.
    kind
        Its SQL type.
    needs
        What that reads.
    values
        What it binds.
    is_fact
        Whether it is a fact or a score, and no column.
    words
        What it is, for people.
    """

    sql: str
    kind: str
    needs: Needs
    values: Mapping[str, object] = field(default_factory=dict)
    is_fact: bool = False
    words: str = ""


def customer_columns(store: Store) -> dict[str, str]:
    """Give the attributes of customers and their types."""
    return dict(store.remember("attributes", store.customer_columns))


def event_columns(store: Store) -> dict[str, str]:
    """Give the columns of the events that can split a question, and their types."""

    def ask() -> dict[str, str]:
        # An event's own id, and what named its journey, differ for each: they are no segment.
        own = set(store.column_roles.values())
        return {"channel": "VARCHAR"} | {name: kind for name, kind in store.event_columns() if name not in own}

    return dict(store.remember("event columns", ask))


def column_names(store: Store) -> list[str]:
    """Give the names of all columns: those of the events, and the attributes of customers."""
    return list(dict.fromkeys([*event_columns(store), *customer_columns(store)]))


def find_operand(scope: Scope, name: str, as_of: AsOf, *, tag: str) -> Operand | None:
    """Look up an attribute of customers, a column of the events, a fact or a score, in this order; None: no such one.

    Parameters
    ----------
    scope
        The question's.
    name
        Its name.
    as_of
        The instant that a column of the events or a fact is of.
    tag
        How the names of its bound values begin.
    """
    store = scope.store
    attributes, columns = customer_columns(store), event_columns(store)
    if name in attributes:
        words = f"the customer's {name}"
        return Operand(f"c.{identifier(name)}", attributes[name], Needs(frozenset({"customers"})), words=words)
    if name in columns:
        source, alias = EVENT_SOURCES[as_of]
        column = CHANNEL_COLUMN if name == "channel" else identifier(name)
        at = {"start": "journey's first", "first": "customer's first", "latest": "customer's latest"}[as_of]
        return Operand(
            f"{alias}.{column}", columns[name], Needs(frozenset({source})), words=f"the {name} of the {at} event"
        )
    return find_fact_or_score(scope, name, as_of, tag=tag)


def find_fact_or_score(scope: Scope, name: str, as_of: AsOf, *, tag: str) -> Operand | None:
    """Look up a fact or a score; see :func:`find_operand`."""
    if name in FACTS:
        return find_fact(name, as_of)
    return _score(scope, name, as_of, tag=tag) if name in SCORES else None


def find_fact(name: str, as_of: AsOf) -> Operand:
    """Give a fact of an instant as an operand, whatever columns there are."""
    fact = FACTS[name]
    if not fact.tallies:
        return Operand(fact.sql, fact.kind, Needs(frozenset({"firsts"})), is_fact=True, words=fact.words)
    needs = Needs(frozenset({FACT_SOURCES[as_of]}), tuple((as_of, tally) for tally in fact.tallies))
    return Operand(fact.sql.format(f=ALIASES[as_of]), fact.kind, needs, is_fact=True, words=fact.words)


def _score(scope: Scope, name: str, as_of: AsOf, *, tag: str) -> Operand:
    """Score a fact of those who bought, by the cuts of :func:`tier_cuts`."""
    fact, words = SCORES[name]
    now = _scored(fact, as_of)
    values: dict[str, object] = {}
    cases = ""
    for at, cut in reversed(list(enumerate(tier_cuts(scope, now, N_SCORES), start=2))):
        if cut is not None:
            values[f"{tag}_cut{at}"] = cut
            cases += f" WHEN {now.sql} >= ${tag}_cut{at} THEN {at}"
    sql = f"CASE WHEN {now.sql} IS NULL THEN NULL{cases} ELSE 1 END"
    return Operand(sql, "BIGINT", now.needs, values, is_fact=True, words=words)


def _scored(fact: str, as_of: AsOf) -> Operand:
    """Give the number that is scored: the more the better, null for those who have not bought."""
    found, bought = find_fact(fact, as_of), find_fact("purchases", as_of)
    sign = "-" if fact == "days_since_purchase" else ""
    sql = f"CASE WHEN {bought.sql} > 0 THEN {sign}({found.sql}) END"
    return replace(found, sql=sql, needs=found.needs | bought.needs)


def tier_cuts(scope: Scope, operand: Operand, n_tiers: int) -> tuple[float | None, ...]:
    """Cut numbers into tiers that have (about) as many customers or journeys each, equal numbers always together.

    Parameters
    ----------
    scope
        The question's.
    operand
        The number, of customers or journeys; those without one do not count.
    n_tiers
        How many tiers.

    Returns
    -------
    tuple of float or None
        The least number of the second tier, the third and so on: that with at least 1, 2 ... n-ths of them strictly
        below it; None where there is no such number.
    """
    cuts = ", ".join(f"min(CASE WHEN n_below * {n_tiers} >= n_all * {at} THEN v END)" for at in range(1, n_tiers))
    steps = [
        Step(
            "counted_values",
            "SELECT v, sum(n) OVER (ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - n AS n_below,\n"
            "    sum(n) OVER () AS n_all\n"
            "FROM (SELECT v, count(*) AS n FROM measured WHERE v IS NOT NULL GROUP BY v) d",
        )
    ]
    rows = scope.ask(
        operand.needs, lambda source: [_measured(operand, source), *steps], f"SELECT {cuts} FROM counted_values",
        operand.values,
        told=True,
    )  # fmt: skip
    return tuple(None if cut is None else float(cut) for cut in rows[0])


def pareto_cuts(scope: Scope, operand: Operand, shares: tuple[float, ...]) -> tuple[float | None, ...]:
    """Cut numbers where the customers above have these shares of the sum, equal numbers always together.

    Parameters
    ----------
    scope
        The question's.
    operand
        The number, of customers; those with none, 0 or less do not count.
    shares
        Rising shares of the sum, 0 to 1.

    Returns
    -------
    tuple of float or None
        For each share the least number of the customers of whom those with more have less than this share; None where
        nobody counts.
    """
    values = {f"share{at}": share for at, share in enumerate(shares)}
    cuts = ", ".join(f"min(CASE WHEN above < $share{at} * whole THEN v END)" for at in range(len(shares)))
    added = "CAST(v AS DECIMAL(38, 9)) * n"
    steps = [
        Step(
            "added_values",
            f"SELECT v, CAST(sum({added}) OVER (ORDER BY v DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)\n"
            f"    - {added} AS DOUBLE) AS above, CAST(sum({added}) OVER () AS DOUBLE) AS whole\n"
            "FROM (SELECT v, count(*) AS n FROM measured WHERE v > 0 GROUP BY v) d",
        )
    ]
    rows = scope.ask(
        operand.needs, lambda source: [_measured(operand, source), *steps], f"SELECT {cuts} FROM added_values",
        {**operand.values, **values},
        told=True,
    )  # fmt: skip
    return tuple(None if cut is None else float(cut) for cut in rows[0])


def _measured(operand: Operand, source: str) -> Step:
    return Step("measured", f"SELECT CAST({operand.sql} AS DOUBLE) AS v\nFROM {source}")
