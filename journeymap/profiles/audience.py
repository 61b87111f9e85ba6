"""An audience: the customers of levels and pain points, one row per customer and reason.

Who a customer is, is taken as of the data end unless asked otherwise: levels, and conditions. Audiences may overlap.
They are gathered into a temporary table and stay in the engine until they are written, so that many customers do not
fill the memory.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from journeymap.errors import QuestionError
from journeymap.measure.tables import touchpoint_keys
from journeymap.model.names import ALL_LEVELS
from journeymap.painpoints.look import site_of
from journeymap.profiles.audience_steps import hit_step, last_steps, member_step, wanted_values
from journeymap.profiles.cell_sql import cell_values
from journeymap.profiles.wanted import too_young, wanted_looks
from journeymap.segments.define import find_segment, known_name
from journeymap.segments.population import choose_population, expect_level, level_order
from journeymap.store.row_files import kept_rows
from journeymap.store.sql import Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from journeymap.profiles.wanted import Pain, Wanted, WantedLook
    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

TABLE = "audience_rows"
"""What the temporary table is called: ``look_key``, ``place_key``, ``customer_key``, the levels, ``last_us``,
``times``, ``value`` and ``is_back`` (the goal was reached since)."""


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who are in an audience for the same reason, and in the same levels.

    Attributes
    ----------
    key
        ``look_key``, ``place_key`` and the levels: what its rows have in common.
    levels
        (segment, level) pairs.
    pain
        What happened to them; None where only levels were asked for.
    customers
        How many there are (distinct).
    n_back
        How many of them have reached the goal since.
    """

    key: tuple[Any, ...]
    levels: tuple[tuple[str, str], ...]
    pain: Pain | None
    customers: int
    n_back: int

    @property
    def words(self) -> str:
        """What it is called in a message.

        Examples
        --------
        >>> Group((0, 0, "north"), (("region", "north"),), None, 7, 0).words
        'region is north'
        """
        parts = [] if self.pain is None else [self.pain.words]
        parts += [f"{segment} is {level}" for segment, level in self.levels]
        return ", ".join(parts) or ALL_LEVELS


@dataclass(frozen=True, slots=True)
class Gathered:
    """An audience in the engine, while it is there.

    Attributes
    ----------
    population
        Whom the question was about, split by the levels.
    question
        The question, as of the data end.
    pains
        The wanted pain points, by the keys of their look and place.
    n_young
        Attempts, visits and the like that are too young to judge, per unit.
    """

    population: Population
    question: Question
    pains: dict[tuple[int, int], Pain]
    n_young: dict[str, int]


@contextmanager
def gathered(store: Store, question: Question, wanted: Wanted) -> Iterator[Gathered]:
    """Gather an audience into the table :data:`TABLE` while the block lasts.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments whose levels are to be told apart.
    wanted
        Which of them are wanted.

    Yields
    ------
    Gathered
        What is in the table.

    Raises
    ------
    UnknownNameError
        When a segment, level, pain point, place or touchpoint is not known.
    QuestionError
        When what is asked does not go together, or nothing of it can be judged yet.
    """
    wanted = replace(wanted, levels=_by_known_names(store, question, wanted))
    names = tuple(dict.fromkeys([*question.by, *(name for name, _ in wanted.levels)]))
    asked = replace(question.split(names), levels_as_of=wanted.levels_as_of)
    _expect_levels(store, asked, wanted)
    population = choose_population(store, asked)
    later = touchpoint_keys(store, wanted.not_since, what="--not-since")
    bound = wanted_values(population, wanted, later)
    site = site_of(store, population)
    looks = wanted_looks(site, wanted)
    young = _count_young(store, population, looks, wanted, bound)
    last = last_steps(population, leaves_out=bool(later))
    if looks:
        queries = [
            population.query(
                (*found.look.steps, hit_step(population, wanted), *last),
                f"SELECT {at} AS look_key, r.* FROM reach_last r",
                **found.look.values, **bound, place_keys=list(found.places),
            )
            for at, found in enumerate(looks)
        ]  # fmt: skip
    else:
        queries = [
            population.query(
                (member_step(population, wanted), *last), "SELECT 0 AS look_key, r.* FROM reach_last r", **bound
            )
        ]  # fmt: skip
    pains = {(at, key): pain for at, found in enumerate(looks) for key, pain in found.places.items()}
    with kept_rows(store, TABLE, queries):
        yield Gathered(population, asked, pains, young)


def find_groups(store: Store, audience: Gathered, *, present: str) -> list[Group]:
    """Give the groups of an audience in their order: pain points by kind and place, then levels in theirs.

    Parameters
    ----------
    store
        The open store.
    audience
        What was gathered.
    present
        SQL over customers ``c``, who counts; it may bind the values of :mod:`journeymap.profiles.cell_sql`.
    """
    levels = audience.population.level_columns("a.")
    keys = f"a.look_key, a.place_key, {levels}".rstrip(", ")
    query = Query(
        (),
        f"""
        SELECT {keys}, count(DISTINCT a.customer_key) AS customers,
            count(DISTINCT CASE WHEN a.is_back THEN a.customer_key END) AS n_back
        FROM {TABLE} a JOIN customers c ON c.customer_key = a.customer_key
        WHERE {present}
        GROUP BY {keys}
        """,
        cell_values(),
    )
    names = audience.population.names
    groups = []
    for look_key, place_key, *rest in store.rows(query):
        found = tuple(str(level) for level in rest[:-2])
        pain = audience.pains.get((look_key, place_key))
        pairs = tuple(zip(names, found, strict=True))
        groups.append(Group((look_key, place_key, *found), pairs, pain, int(rest[-2]), int(rest[-1])))
    orders = [level_order(segment) for segment in audience.population.by]

    def key(group: Group) -> tuple[Any, ...]:
        said = ("", "") if group.pain is None else (group.pain.kind, group.pain.place)
        ranks = (order(level) for order, (_, level) in zip(orders, group.levels, strict=True))
        return (*said, group.key[0], *ranks)

    return sorted(groups, key=key)


def _by_known_names(store: Store, question: Question, wanted: Wanted) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give the levels by the names that their segments have, one entry a segment."""
    found: dict[str, tuple[str, ...]] = {}
    for name, levels in wanted.levels:
        known = known_name(store, name, question)
        found[known] = (*found.get(known, ()), *levels)
    return tuple(found.items())


def _expect_levels(store: Store, question: Question, wanted: Wanted) -> None:
    for name, levels in wanted.levels:
        segment = find_segment(store, name, tag="wanted", question=question)
        for level in levels:
            expect_level(store, question, segment, level)


def _count_young(
    store: Store, population: Population, looks: Sequence[WantedLook], wanted: Wanted, bound: dict[str, object]
) -> dict[str, int]:
    """Count the units too young to judge; refuse where there are no others, and some."""
    since = "" if wanted.last_us is None else "AND at_us >= $from_us"
    found: dict[str, int] = {}
    n_judged, youngest = 0, None
    for item in looks:
        select = f"""
            SELECT count(*) FILTER (WHERE is_mature), count(*) FILTER (WHERE NOT is_mature)
            FROM units WHERE place_key IN (SELECT unnest($place_keys)) {since}
        """
        values = {**item.look.values, **bound, "place_keys": list(item.places)}
        n_mature, n_young = store.rows(population.query(item.look.steps, select, **values))[0]
        found[item.look.unit] = found.get(item.look.unit, 0) + int(n_young)
        n_judged += int(n_mature)
        if n_young and youngest is None:
            youngest = item.look
    if youngest is not None and not n_judged:
        raise too_young(youngest, wanted, found[youngest.unit])
    return {unit: number for unit, number in found.items() if number}


def expect_some(groups: Sequence[Group], minimum: int) -> tuple[list[Group], list[Group]]:
    """Tell the groups that are large enough from those that are not.

    Raises
    ------
    QuestionError
        When none is: a few customers are easily recognised.
    """
    kept = [group for group in groups if group.customers >= minimum]
    if kept:
        return kept, [group for group in groups if group.customers < minimum]
    if not groups:
        raise QuestionError("Nobody is in this audience.", hint="Ask for a longer time, or for less at once.")
    which = f"'{groups[0].words}'" if len(groups) == 1 else f"any of the {len(groups)} audiences"
    raise QuestionError(
        f"Fewer than {minimum} customers are in {which}: so few are easily recognised, and nothing is written.",
        hint="Ask for a longer time or for fewer conditions; --minimum N sets how few are enough.",
    )
