"""How often each customer went each transition: what customers are clustered by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from journeymap.model.names import START
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.segments.markov_mixture import Counts, Integers
    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

END: Final = "(end)"
"""The node that a journey which is over ends in, whatever its status."""

OTHER: Final = "(other)"
"""The target that stands for all rare ones of a source."""

_START_KEY: Final = -1
_END_KEY: Final = -2

_PART_CUSTOMERS: Final = 250_000
_MOST_PARTS: Final = 8

LEAST_SHARE: Final = 0.005
LEAST_CUSTOMERS: Final = 5
"""Transitions of fewer customers, and of less than ``LEAST_SHARE`` of them, are one with the other rare ones."""


@dataclass(frozen=True, slots=True, eq=False)
class TransitionCounts:
    """Transitions by customer (or journey).

    Attributes
    ----------
    keys
        The key of each row's customer (or journey), ascending, shape (rows,).
    transitions
        The (source, target) of each column, by their names.
    sources
        The number of each column's source, from 0, shape (columns,).
    counts
        How often, a sparse matrix of shape (rows, columns); every column and row has a count.
    """

    keys: Integers
    transitions: tuple[tuple[str, str], ...]
    sources: Integers
    counts: Counts


def count_steps(population: Population, unit: str) -> list[Step]:
    """Write the steps that count the transitions of each unit.

    They end in ``unit_transitions`` with ``unit_key``, ``source_key``, ``target_key`` and ``count``, for the customers
    from ``$low_key`` to ``$high_key``. The start is the key -1 and the end -2. A journey is over, and has a transition
    to the end, when it has been silent for longer than the horizon at the data end, or a goal cut it: what another
    might still do is not counted as an end.

    Parameters
    ----------
    population
        Whom it is about.
    unit
        ``customer_key`` or ``journey_key``.
    """
    within = "customer_key BETWEEN $low_key AND $high_key"
    over = "$data_end_us - end_us > $horizon_us"
    if population.cut_at_goal:
        over = f"({over} OR converted_at_us IS NOT NULL)"
    return [
        Step(
            "single_transitions",
            f"""
            SELECT {unit} AS unit_key, touchpoint_key AS source_key, next_touchpoint_key AS target_key
            FROM visits WHERE next_touchpoint_key IS NOT NULL AND {within}
            UNION ALL
            SELECT {unit}, {_START_KEY}, first_touchpoint_key FROM population WHERE {within}
            UNION ALL
            SELECT {unit}, last_touchpoint_key, {_END_KEY} FROM population WHERE {over} AND {within}
            """,
        ),
        Step(
            "unit_transitions",
            """
            SELECT unit_key, source_key, target_key, CAST(count(*) AS INTEGER) AS count
            FROM single_transitions GROUP BY unit_key, source_key, target_key
            """,
        ),
    ]


def count_transitions(store: Store, question: Question) -> TransitionCounts:
    """Count each customer's transitions, the start and the end of journeys included.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; segments that split it are not looked at.

    Returns
    -------
    TransitionCounts
        One row per customer of the population.
    """
    population = choose_population(store, question.split(()))
    return tabulate(store, population, "customer_key")


def tabulate(
    store: Store, population: Population, unit: str, *, narrowed: str = "", **values: object
) -> TransitionCounts:
    """Count each unit's transitions, and lay the counts out as a matrix.

    Parameters
    ----------
    store
        The open store.
    population
        Whom it is about.
    unit
        ``customer_key`` or ``journey_key``.
    narrowed
        A condition over ``unit_transitions``; "": all.
    **values
        What it binds.
    """
    from scipy import sparse

    highest = int(store.engine.execute("SELECT coalesce(max(customer_key), 0) FROM customers")[0][0])
    store.expect_few_customers(highest, "Counting each customer's transitions")
    n_nodes = 3 + int(store.engine.execute("SELECT coalesce(max(touchpoint_key), 0) FROM touchpoints")[0][0])
    # Part by part: the rows of a question are larger than the matrix that they are laid out in.
    span = max(_PART_CUSTOMERS, -(-highest // _MOST_PARTS))
    steps, parts = count_steps(population, unit), []
    for low in range(0, highest + 1, span):
        select = f"SELECT * FROM unit_transitions{narrowed and ' WHERE ' + narrowed}"
        query = population.query(steps, select, low_key=low, high_key=low + span - 1, **values)
        parts.append(_lay_out_part(store.frame(query), n_nodes))
    codes = np.unique(np.concatenate([codes for _, codes, _ in parts]))
    names = _node_names(store)
    pairs = [(names[int(code // n_nodes) + _END_KEY], names[int(code % n_nodes) + _END_KEY]) for code in codes]
    # By name: keys depend on the order of the ingest, and must not decide anything.
    order = sorted(range(len(pairs)), key=pairs.__getitem__)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    laid = [_spread(part, rank[np.searchsorted(codes, own)], len(codes)) for _, own, part in parts]
    transitions = tuple(pairs[at] for at in order)
    keys: Integers = np.concatenate([keys for keys, _, _ in parts])
    counts = laid[0] if len(laid) == 1 else sparse.vstack(laid, format="csr")
    return TransitionCounts(keys, transitions, number_sources(transitions), counts)


def _lay_out_part(frame: pd.DataFrame, n_nodes: int) -> tuple[Integers, Integers, Counts]:
    """Give the units and the transitions of some rows, each ascending, and their counts."""
    from scipy import sparse

    keys, rows = _numbered(frame.pop("unit_key").to_numpy())
    # Codes from 0: the end, the start, then the touchpoints.
    code = (frame.pop("source_key").to_numpy(np.int64) - _END_KEY) * n_nodes
    code += frame.pop("target_key").to_numpy(np.int64) - _END_KEY
    codes, columns = _numbered(code)
    data = frame.pop("count").to_numpy(np.float64)
    shape = (len(keys), len(codes))
    return keys, codes, cast("Counts", sparse.csr_array((data, (rows, columns)), shape=shape))


def _spread(part: Counts, columns: Integers, n_columns: int) -> Counts:
    """Give a part the columns of the whole."""
    from scipy import sparse

    made: Any = sparse.csr_array((part.data, columns[part.indices], part.indptr), shape=(part.shape[0], n_columns))
    laid: Counts = made
    laid.sort_indices()  # whatever the order of the rows was, sums are added up in one order
    return laid


def _numbered(values: Integers) -> tuple[Integers, Integers]:
    """Give the distinct values, ascending, and the place of each value among them.

    Examples
    --------
    >>> _numbered(np.array([7, 3, 7]))
    (array([3, 7]), array([1, 0, 1], dtype=int32))
    """
    if not len(values) or int(values.max()) > 4 * len(values) + 1_000_000:
        distinct, places = np.unique(values, return_inverse=True)
        return distinct, places.astype(np.int32)
    # A table of all values there could be: no sorting of millions.
    there = np.zeros(int(values.max()) + 1, dtype=bool)
    there[values] = True
    table = np.cumsum(there, dtype=np.int32) - 1
    return np.flatnonzero(there), table[values]


def _node_names(store: Store) -> dict[int, str]:
    return {key: name for name, key in store.touchpoint_keys().items()} | {_START_KEY: START, _END_KEY: END}


def number_sources(transitions: Sequence[tuple[str, str]]) -> Integers:
    """Give each transition the number of its source: from 0, in the order of the names.

    Examples
    --------
    >>> number_sources([("b", "a"), ("a", "b"), ("b", "b")])
    array([1, 0, 1])
    """
    ranks = {name: rank for rank, name in enumerate(sorted({source for source, _ in transitions}))}
    return np.array([ranks[source] for source, _ in transitions], dtype=np.int64)


def gather_rare(found: TransitionCounts) -> TransitionCounts:
    """Make one of each source's rare transitions: ``(source, (other))``.

    A transition that hardly anybody goes tells no cluster from another, but would count as many free parameters as a
    frequent one.
    """
    customers = np.bincount(found.counts.indices, minlength=len(found.transitions))
    rare = (customers < LEAST_CUSTOMERS) | (customers < LEAST_SHARE * len(found.keys))
    kept = {pair for pair, is_rare in zip(found.transitions, rare, strict=True) if not is_rare}
    gathered = tuple(sorted({pair if pair in kept else (pair[0], OTHER) for pair in found.transitions}))
    return lay_out(found, gathered)


def lay_out(found: TransitionCounts, transitions: Sequence[tuple[str, str]]) -> TransitionCounts:
    """Give the counts of these transitions; others count as their source's ``(other)``, or not at all.

    Parameters
    ----------
    found
        Counts with whatever transitions occurred.
    transitions
        The columns to give, in this order.

    Returns
    -------
    TransitionCounts
        The same rows; a row may be empty then.
    """
    from scipy import sparse

    place = {pair: at for at, pair in enumerate(transitions)}
    targets = [place.get(pair, place.get((pair[0], OTHER), -1)) for pair in found.transitions]
    used = [at for at, target in enumerate(targets) if target >= 0]
    mapping = sparse.csr_array(
        (np.ones(len(used)), (used, [targets[at] for at in used])), shape=(len(targets), len(transitions))
    )
    counts = found.counts @ mapping
    counts.sort_indices()
    return TransitionCounts(found.keys, tuple(transitions), number_sources(transitions), counts)
