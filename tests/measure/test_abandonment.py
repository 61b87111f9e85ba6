"""Abandonment, by attempts: the example of the design, and the limits of a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from journeymap.errors import QuestionError
from journeymap.measure.abandonment import went_instead

if TYPE_CHECKING:
    from conftest import Logs

    from journeymap.api import Journeys

EXAMPLE = """
    A 2d  cart
    A 2d  cart
    A 2d  order
    A 10d cart
    B 96d cart
    C 50d cart
    C 51d cart
    D 20d order
    D 20d cart
    Z 100d x
"""
WEEK_US = 7 * 86_400_000_000


def counts(store: Journeys, after: str = "cart", **how: Any) -> list[Any]:
    row = store.abandonment(after, **how).iloc[0]
    return row[["attempts", "abandoned", "immature"]].astype(int).tolist()


def test_the_example_of_the_design(log: Logs) -> None:
    store = log(EXAMPLE, goal=("order",))
    row = store.abandonment("cart", within="7d").iloc[0]
    assert row[["attempts", "abandoned", "immature"]].astype(int).tolist() == [4, 2, 1]
    assert row["rate"] == 0.5
    assert row[["customers", "journeys", "attempt_customers"]].astype(int).tolist() == [2, 2, 3]
    assert row[["mean_goal_value", "revenue_at_risk"]].isna().all()


def went(store: Journeys, *without: str, after: str = "cart") -> list[tuple[str, int]]:
    frame = went_instead(store.store, store.question, after=after, without=without or ("order",), window_us=WEEK_US)
    return list(frame[["touchpoint", "count"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("A 1d cart|A 8d order", [1, 0, 0]),  # the end of the window belongs to it
        ("A 1d cart|A 8d+1us order", [1, 1, 0]),
        ("A 1d cart|A 8d cart", [1, 1, 0]),  # so the second is within the first attempt
        ("A 1d cart|A 8d+1us cart", [2, 2, 0]),
        ("A 1d cart|A 2d cart|A 9d order", [1, 1, 0]),  # one attempt, from its first cart
        ("A 1d order|A 2d cart", [1, 1, 0]),  # an earlier goal does not count
        ("A 1d order|A 1d cart", [1, 0, 0]),  # one at the same instant does
        ("A 1d cart|A 2d order|A 2d cart", [1, 0, 0]),  # the cart at the goal's instant belongs to the attempt
        ("A 1d cart|A 2d order|A 3d order|A 3d cart", [2, 0, 0]),
        ("A 93d cart", [1, 1, 0]),  # the window ends with the data: mature
        ("A 93d+1us cart", [0, 0, 1]),
        ("A 95d cart|A 96d order", [0, 0, 1]),  # a success too young to judge is not counted either
        ("A 0d cart|A 5d cart|A 10d cart|A 15d cart|A 16d order", [2, 1, 0]),  # 0 to 7, then 10 to 16
    ],
)
def test_attempts(log: Logs, lines: str, expected: list[int]) -> None:
    store = log(lines.replace("|", "\n") + "\nZ 100d x\nQ 100d cart\nQ 100d order", goal=("order",))
    only = log(
        lines.replace("|", "\n") + "\nZ 100d x\nQ 100d cart\nQ 100d order",
        goal=("order",), customers={"customer": ["A"], "who": ["a"]},
    ).where(who="a")  # fmt: skip
    assert counts(only, within="7d") == expected
    assert counts(store, within="7d") == [expected[0], expected[1], expected[2] + 1]


def test_journeys_do_not_end_an_attempt_and_nor_do_goals_cut_it(log: Logs) -> None:
    store = log("A 1d cart\nA 40d cart\nA 41d order\nZ 100d x", goal=("order",))
    assert counts(store, within="50d") == [1, 0, 0]
    assert counts(store.where(end_at="goal"), within="50d") == [1, 0, 0]


def test_an_attempt_is_of_the_level_of_the_journey_it_began_in(log: Logs) -> None:
    store = log("A 1d cart web\nA 40d cart app\nB 0d order web\nZ 100d x web", goal=("order",))
    frame = store.abandonment("cart", within="50d", by="channel")
    assert frame[["channel", "attempts", "abandoned"]].to_numpy().tolist() == [["web", 1, 1]]


def test_where_they_went_instead(log: Logs) -> None:
    store = log(
        """
        A 0d  order - 10
        A 1d  order - 20
        A 2d  order
        B 1d  cart
        B 2d  wish
        B 2d  cart
        B 2d  help
        B 2d  home
        B 20d cart
        B 28d home
        C 1d  cart
        C 2d  help
        Z 100d x
        """,
        goal=("order",),
    )
    assert went(store) == [("help", 2), ("(nothing)", 1)]
    row = store.abandonment("cart", within="7d").iloc[0]
    assert row[["abandoned", "customers", "journeys"]].astype(int).tolist() == [3, 2, 2]
    assert (row["mean_goal_value"], row["revenue_at_risk"]) == (15, 45)
    assert counts(store, without="help", within="7d") == [3, 1, 0]
    assert counts(store, without=["help", "home"], within="7d") == [3, 1, 0]


def test_baseline_and_lift_are_over_all_levels(log: Logs) -> None:
    store = log(EXAMPLE, goal=("order",), customers={"customer": ["A", "C", "D"], "region": ["n", "s", "n"]})
    frame = store.abandonment("cart", within="7d", by="region")
    assert frame["region"].tolist() == ["n", "s", "(none)"]
    assert frame["rate"].tolist()[:2] == pytest.approx([1 / 3, 1])
    assert frame["baseline"].tolist() == [0.5, 0.5, 0.5]
    assert frame["lift"].tolist()[:2] == pytest.approx([2 / 3, 2])
    assert frame["immature"].tolist() == [0, 0, 1]


def test_a_program_that_fills_its_cart_every_hour_is_walked_through_in_good_time(log: Logs) -> None:
    """Attempts begin every 169th hour of 4,000, one hour after the window before is over; the last is immature."""
    hours = [f"robot {hour}h cart" for hour in range(4000)]
    store = log("\n".join([*hours, "Z 0h order"]), goal=("order",))
    assert counts(store, within="7d") == [23, 23, 1]
    assert went(store) == [("(nothing)", 23)]


def test_there_must_be_something_to_wait_for(log: Logs) -> None:
    with pytest.raises(QuestionError, match="no goal"):
        log("A 0d cart").abandonment("cart")


def test_what_was_done_in_a_journey_that_is_left_out_ends_an_attempt(log: Logs) -> None:
    """A orders three days after the cart, in a journey of its own by another device; B is too young to judge."""
    rows = "A 0d cart mobile\nA 3d order desktop\nB 31d cart mobile"
    store = log(rows, columns=("customer", "timestamp", "event", "device"), gap="2d", goal=("order",))
    assert counts(store) == [1, 0, 1]
    assert counts(store.where(device="mobile")) == [1, 0, 1]
    assert counts(store.where("device = 'mobile'", end_at="goal")) == [1, 0, 1]
    assert counts(store.where(until="2024-01-03")) == [1, 0, 0]
    assert counts(store.where(until="2024-01-03", as_of="2024-01-09")) == [1, 0, 0]
    (found,) = store.where(device="mobile").pain_points(after="cart")
    assert (found.n_hits, found.n_units, found.n_immature) == (0, 1, 1)
