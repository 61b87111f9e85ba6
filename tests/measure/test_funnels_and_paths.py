"""Funnels and paths of logs small enough to work by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from conftest import Logs

    from journeymap.api import Journeys

DAY = 86_400.0
STEPS = ["home", "cart", "order"]


def entered(store: Journeys, **how: Any) -> list[int]:
    return store.funnel(STEPS, **how)["entered"].tolist()


def trail(names: str) -> str:
    """One visit an hour, and a last one long after, so that all is mature."""
    return "\n".join([*(f"A {hour}h {name}" for hour, name in enumerate(names.split())), "Z 400d x"])


def test_every_column(log: Logs) -> None:
    store = log(
        """
        A 0d home
        A 1d cart
        A 3d order
        B 0d home
        B 4d cart
        C 0d home
        C 4d order
        D 390d home
        D 391d cart
        E 0d cart
        Z 400d x
        """
    )
    frame = store.funnel(STEPS)
    assert list(frame.columns) == [
        "step", "touchpoint", "entered", "overall_conversion", "step_conversion", "dropped", "immature",
        "median_seconds",
    ]  # fmt: skip
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    assert rows == [
        [1, "home", 3, 1.0, 1.0, 1, 1, None],
        [2, "cart", 2, pytest.approx(2 / 3), pytest.approx(2 / 3), 1, 1, 2.5 * DAY],
        [3, "order", 1, pytest.approx(1 / 3), 0.5, 0, 0, 2 * DAY],
    ]


@pytest.mark.parametrize(
    ("names", "ordered", "strict", "any_order"),
    [
        ("home cart order", [1, 1, 1], [1, 1, 1], [1, 1, 1]),
        ("cart home x cart x order", [1, 1, 1], [1, 0, 0], [1, 1, 1]),
        ("cart home order", [1, 0, 0], [1, 0, 0], [1, 1, 1]),
        ("home cart x order", [1, 1, 1], [1, 1, 0], [1, 1, 1]),
        ("home x home cart order", [1, 1, 1], [1, 0, 0], [1, 1, 1]),  # the first attempt counts
        ("order x order home", [1, 0, 0], [1, 0, 0], [1, 1, 0]),
        ("home home home", [1, 0, 0], [1, 0, 0], [1, 0, 0]),
    ],
)
def test_orders(log: Logs, names: str, ordered: list[int], strict: list[int], any_order: list[int]) -> None:
    rest = "\n".join(f"Q {hour}h {name}" for hour, name in enumerate(STEPS))
    lines = trail(names) + "\n" + rest  # so that every step is there
    store = log(lines, customers={"customer": ["A", "Q"], "who": ["a", "q"]}).where(who="a")
    assert entered(store) == ordered
    assert entered(store, order="strict") == strict
    assert entered(store, order="any") == any_order


def test_the_end_of_the_window_belongs_to_it(log: Logs) -> None:
    store = log("A 0d home\nA 6d cart\nA 7d order\nB 0d home\nB 6d cart\nB 7d+1us order\nZ 400d x")
    assert entered(store, window="7d") == [2, 2, 1]
    assert entered(store) == [2, 2, 2]


def test_maturity_is_of_the_window_else_of_the_horizon(log: Logs) -> None:
    store = log("A 0d home\nB 3d home\nC 3d+1us home\nC 4d cart\nC 5d order\nZ 10d x", gap="30d")
    frame = store.funnel(STEPS, window="7d")
    assert frame[["entered", "immature"]].to_numpy().tolist() == [[2, 1], [0, 1], [0, 1]]
    assert store.funnel(STEPS)["immature"].tolist() == [3, 1, 1]


def test_a_journeys_cut_does_not_end_an_attempt(log: Logs) -> None:
    store = log("A 0d home\nA 50d cart\nA 90d order\nZ 400d x")
    assert entered(store) == [1, 1, 1]


def test_each_level_of_journeys_has_its_own_attempt(log: Logs) -> None:
    store = log("A 0d home web\nA 1d x app\nA 40d home app\nA 41d cart web\nB 0d order web\nZ 400d x web")
    frame = store.funnel(["home", "cart"], by="channel")
    assert frame[["channel", "touchpoint", "entered"]].to_numpy().tolist() == [
        ["app", "home", 1], ["app", "cart", 1], ["web", "home", 1], ["web", "cart", 0],
    ]  # fmt: skip


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
def test_steps_that_nobody_of_a_level_reached_are_there(log: Logs, order: str) -> None:
    store = log("A 0d home web\nA 1d cart web\nB 0d home app\nZ 400d x web\nZ 401d refund web")
    frame = store.funnel(["home", "cart", "refund"], by="channel", order=order)
    assert frame["step"].tolist() == [1, 2, 3, 1, 2, 3]
    assert frame["channel"].tolist() == ["app"] * 3 + ["web"] * 3
    came = [1, 0, 0, 1, 1, 0]
    if order == "any":
        came = [1, 0, 0, 2, 1, 0]  # Z begins with the refund, and is immature
        assert (frame["entered"] + frame["immature"]).tolist() == came
    else:
        assert frame["entered"].tolist() == came
    assert frame["median_seconds"].notna().tolist() == [False, False, False, False, True, False]


def test_questions_that_cannot_be_asked(log: Logs) -> None:
    store = log("A 0d home\nA 1d cart")
    with pytest.raises(QuestionError, match="two steps"):
        store.funnel(["home"])
    with pytest.raises(QuestionError, match="order"):
        store.funnel(["home", "cart"], order="backwards")  # type: ignore[arg-type]
    with pytest.raises(QuestionError, match="top"):
        store.paths(top=0)
    with pytest.raises(QuestionError, match="window"):
        store.funnel(["home", "cart"], window="0d")


PATHS = """
    A 0h a
    A 1h b
    A 2h c
    B 0h a
    B 2h b
    B 4h c
    C 0h b
    C 1h a
    C 2h order
    D 0h b
"""


def spelled(store: Journeys, **how: Any) -> list[tuple[str, int, float, int, float]]:
    frame = store.paths(**how)
    return [
        ("".join(name[0] for name in row.path), row.journeys, row.share, row.converted, row.median_seconds / 3600)
        for row in frame.itertuples()
    ]


def test_whole_journeys_with_equal_counts_by_name(log: Logs) -> None:
    store = log(PATHS, goal=("order",))
    assert spelled(store) == [("abc", 2, 0.5, 0, 3.0), ("b", 1, 0.25, 0, 0.0), ("bao", 1, 0.25, 1, 2.0)]
    assert [path for path, *_ in spelled(store, top=2)] == ["abc", "b"]


def test_parts_of_journeys(log: Logs) -> None:
    store = log(PATHS, goal=("order",))
    assert spelled(store, from_="a") == [
        ("abc", 2, pytest.approx(2 / 3), 0, 3.0),
        ("ao", 1, pytest.approx(1 / 3), 1, 1.0),
    ]
    assert spelled(store, to="a") == [("a", 2, pytest.approx(2 / 3), 0, 0.0), ("ba", 1, pytest.approx(1 / 3), 1, 1.0)]
    assert spelled(store, from_="b", to="c") == [("bc", 2, 1.0, 0, 1.5)]
    assert spelled(store, from_="c", to="a") == []


def test_from_a_touchpoint_to_itself_is_its_next_visit(log: Logs) -> None:
    store = log("A 0h x\nA 1h b\nA 2h b\nA 3h y\nA 4h b")
    assert store.paths(from_="b", to="b")["path"].tolist() == [["b", "b"]]


def test_the_top_is_of_each_level(log: Logs) -> None:
    store = log("A 0h a web\nB 0h b web\nC 0h b web\nD 0h c app")
    frame = store.paths(top=1, by="channel")
    assert frame[["channel", "path", "journeys", "share"]].to_numpy().tolist() == [
        ["app", ["c"], 1, 1.0], ["web", ["b"], 2, pytest.approx(2 / 3)],
    ]  # fmt: skip


def test_paths_of_names_with_any_sign(log: Logs) -> None:
    store = log("A 0h a|b\nA 1h ->\nB 0h a\nB 1h b->")
    assert store.paths()["path"].tolist() == [["a", "b->"], ["a|b", "->"]]
