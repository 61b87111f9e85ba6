"""Transitions by customer, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.segments import transition_counts
from journeymap.segments.transition_counts import (
    END,
    OTHER,
    TransitionCounts,
    count_transitions,
    gather_rare,
    lay_out,
)

if TYPE_CHECKING:
    import pytest
    from conftest import Logs

    from journeymap.api import Journeys

# The data end on day 60: A's first journey and B's are over, A's second and C's are not.
LOG = """
    A 0d  home
    A 1d  home
    A 2d  cart
    A 50d home
    B 0d  cart
    C 60d home
"""


def by_customer(store: Journeys) -> dict[str, dict[tuple[str, str], int]]:
    """Give each customer's transitions by names."""
    found = count_transitions(store.store, store.question)
    names = dict(store.store.engine.execute("SELECT customer_key, customer_id FROM customers"))
    dense = found.counts.toarray()
    return {
        names[key]: {pair: int(n) for pair, n in zip(found.transitions, row, strict=True) if n}
        for key, row in zip(found.keys.tolist(), dense, strict=True)
    }


def test_starts_transitions_and_the_ends_of_what_is_over(log: Logs) -> None:
    assert by_customer(log(LOG)) == {
        "A": {("(start)", "home"): 2, ("home", "home"): 1, ("home", "cart"): 1, ("cart", END): 1},
        "B": {("(start)", "cart"): 1, ("cart", END): 1},
        "C": {("(start)", "home"): 1},
    }


def test_a_silence_of_exactly_the_horizon_is_no_end_yet(log: Logs) -> None:
    assert ("home", END) not in by_customer(log("A 0d home\nB 30d home"))["A"]
    assert ("home", END) in by_customer(log("A 0d home\nB 30d+1us home"))["A"]


def test_a_conversion_is_no_end_unless_it_cuts(log: Logs) -> None:
    store = log("A 0d cart\nA 1d order\nA 2d help\nB 3d order", goal=("order",))
    assert by_customer(store)["A"] == {("(start)", "cart"): 1, ("cart", "order"): 1, ("order", "help"): 1}
    assert by_customer(store.where(end_at="goal")) == {
        "A": {("(start)", "cart"): 1, ("cart", "order"): 1, ("order", END): 1, ("(start)", "help"): 1},
        "B": {("(start)", "order"): 1, ("order", END): 1},
    }


def test_it_counts_what_the_measure_counts(log: Logs) -> None:
    store = log(LOG)
    for asked in (store, store.where(since="2024-01-02"), store.where(as_of="2024-01-03")):
        found = count_transitions(asked.store, asked.question)
        totals = dict(zip(found.transitions, found.counts.sum(axis=0).tolist(), strict=True))
        measured = asked.transitions()
        for row in measured.to_dict("records"):
            if not row["target"].startswith("("):
                assert totals.pop((row["source"], row["target"])) == row["count"]
        assert all(target == END for _, target in totals)


def test_the_population_is_narrowed(log: Logs) -> None:
    store = log(LOG, customers={"customer": ["A", "B"], "region": ["north", "south"]})
    assert list(by_customer(store.where(region="south"))) == ["B"]
    assert by_customer(store.where(since="2024-02-01"))["A"] == {("(start)", "home"): 1}
    assert by_customer(store.where(since="2025-02-01")) == {}


def test_parts_make_the_same_whole(log: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    store = log("\n".join(f"c{at} 0d t{at % 7}\nc{at} 1d t{at % 3}" for at in range(40)))
    whole = count_transitions(store.store, store.question)
    monkeypatch.setattr(transition_counts, "_PART_CUSTOMERS", 1)
    parts = count_transitions(store.store, store.question)
    assert parts.transitions == whole.transitions
    assert parts.keys.tolist() == whole.keys.tolist() == sorted(whole.keys.tolist())
    assert (parts.counts.toarray() == whole.counts.toarray()).all()
    assert parts.sources.tolist() == whole.sources.tolist()


def test_the_order_of_the_rows_changes_nothing(log: Logs) -> None:
    turned = "\n".join(reversed(LOG.strip().splitlines()))
    one, other = (count_transitions(store.store, store.question) for store in (log(LOG), log(turned)))
    assert one.transitions == other.transitions
    assert (one.counts.toarray() == other.counts.toarray()).all()


def test_columns_stand_in_the_order_of_their_names_and_sources_are_numbered(log: Logs) -> None:
    store = log("A 0d b\nA 1d a\nA 2d ü\nB 40d a")
    found = count_transitions(store.store, store.question)
    assert list(found.transitions) == sorted(found.transitions)
    assert found.transitions == (("(start)", "a"), ("(start)", "b"), ("a", "ü"), ("b", "a"), ("ü", END))
    assert found.sources.tolist() == [0, 0, 1, 2, 3]


def made(rows: list[list[int]], transitions: tuple[tuple[str, str], ...]) -> TransitionCounts:
    from scipy import sparse

    counts = sparse.csr_array(np.array(rows, dtype=np.float64))
    return TransitionCounts(np.arange(len(rows)), transitions, np.zeros(len(transitions), dtype=np.int64), counts)


def test_rare_targets_are_gathered_by_their_source() -> None:
    # Of six customers all go a > b, one goes a > c and another a > d, twice; five are needed.
    rows = [[1, 0, 0]] * 4 + [[1, 1, 0], [1, 0, 2]]
    found = gather_rare(made(rows, (("a", "b"), ("a", "c"), ("a", "d"))))
    assert found.transitions == (("a", OTHER), ("a", "b"))
    assert found.counts.toarray().tolist() == [[0, 1]] * 4 + [[1, 1], [2, 1]]


def test_what_a_layout_does_not_know_is_other_or_not_counted() -> None:
    found = lay_out(made([[1, 2, 4, 8]], (("a", "b"), ("a", "x"), ("z", "a"), ("b", "y"))), [("b", OTHER), ("a", "b")])
    assert found.counts.toarray().tolist() == [[8, 1]]


def test_nothing_has_no_transitions(log: Logs) -> None:
    store = log(LOG).where(since="2030-01-01")
    found = count_transitions(store.store, store.question)
    assert found.counts.shape == (0, 0)
    assert found.transitions == ()
