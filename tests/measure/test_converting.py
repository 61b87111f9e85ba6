"""Converting moves, worked by hand."""

from __future__ import annotations

from typing import Any

from journeymap.maps.happy_path import happy_path
from journeymap.measure.converting import converting_moves

# A and B convert, A twice; what follows the first order is not on the way to it. C does not convert.
LOG = """
A 0d ad
A 1d cart
A 2d cart
A 3d ad
A 4d cart
A 5d order
A 6d help
A 7d order
B 0d ad
B 1d order
C 0d ad
C 1d help
"""


def rows(frame: Any) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


def test_each_converted_journey_counts_once_for_a_transition_up_to_its_first_goal(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    assert rows(converting_moves(shop.store, shop.question)) == [
        ("(start)", "ad", 2, 2, 1.0),
        ("ad", "cart", 1, 2, 0.5),
        ("ad", "order", 1, 2, 0.5),
        ("cart", "ad", 1, 2, 0.5),
        ("cart", "cart", 1, 2, 0.5),
        ("cart", "order", 1, 2, 0.5),
    ]


def test_levels_have_their_own_and_none_where_nobody_converted(log: Any) -> None:
    plans = {"customer": ["A", "B", "C"], "plan": ["x", "y", "z"]}
    shop = log(LOG, goal=("order",), customers=plans)
    found = converting_moves(shop.store, shop.question.split(("plan",)))
    assert set(found["plan"]) == {"x", "y"}
    assert rows(found[found["plan"] == "y"]) == [
        ("y", "(start)", "ad", 1, 1, 1.0),
        ("y", "ad", "order", 1, 1, 1.0),
    ]


def test_journeys_cut_at_the_goal_are_each_counted(log: Any) -> None:
    shop = log(LOG, goal=("order",)).where(end_at="goal")
    found = {(row[0], row[1]): row[2:4] for row in rows(converting_moves(shop.store, shop.question))}
    assert found["(start)", "help"] == (1, 3)
    assert found["help", "order"] == (1, 3)


def test_the_maps_hold_the_happy_path_of_each_level_and_draw_all_of_it(log: Any) -> None:
    plans = {"customer": ["A", "B", "C"], "plan": ["x", "y", "z"]}
    shop = log(LOG, goal=("order",), customers=plans)
    maps = shop.maps(by="plan", detail=1)
    assert maps["z"].happy_path is None
    assert maps["y"].happy_path.touchpoints == ("ad", "order")
    assert maps["x"].happy_path.touchpoints == ("ad", "cart", "order")
    assert (maps["x"].happy_path.journeys, maps["x"].happy_path.converted, maps["x"].happy_path.share) == (1, 1, 1.0)
    for level in "xy":
        drawn = {(edge.source, edge.target) for edge in maps[level].edges}
        assert set(maps[level].happy_path.moves) <= drawn


def test_without_a_goal_and_without_journeys_there_is_none(log: Any) -> None:
    assert log(LOG, goal=()).map().happy_path is None
    shop = log(LOG, goal=("order",))
    found = converting_moves(shop.store, shop.where(since="2030-01-01").question)
    assert len(found) == 0
    assert happy_path(found, ["order"]) is None


def test_of_several_goals_the_first_that_is_reached_ends_the_way(log: Any) -> None:
    shop = log("A 0d ad\nA 1d signup\nA 2d order\nB 0d ad\nB 1d order", goal=("order", "signup"))
    found = shop.map().happy_path
    assert found.touchpoints == ("ad", "order")  # as wide as the way to signup, and first by its name
    assert (found.journeys, found.converted) == (1, 2)
