"""Flow, matrix and funnel maps hold the measures' numbers and no others."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import pytest
from render import flow_cases

from journeymap.model.names import ENDS, START
from journeymap.model.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.api import Journeys

N_JOURNEYS = 160


@pytest.fixture(scope="module")
def walked() -> list[tuple[list[str], str]]:
    return flow_cases.shop_walks(N_JOURNEYS)


@pytest.fixture(scope="module")
def shop(walked: list[tuple[list[str], str]]) -> Iterator[Journeys]:
    """Open a log of the walks: a customer each, an event an hour, and one who comes long after them."""
    from conftest import opened

    from journeymap.settings import JourneySettings, Settings

    lines = [
        f"{number} {number}d+{hour}h {name.replace(' ', '_')} {'web' if number % 3 else 'app'}"
        for number, (path, _) in enumerate(walked)
        for hour, name in enumerate(path)
    ]
    stages = tuple(
        (stage, tuple(name.replace(" ", "_") for name, at in flow_cases.SHOP_STAGES.items() if at == stage))
        for stage in dict.fromkeys(flow_cases.SHOP_STAGES.values())
    )
    settings = Settings(journey=JourneySettings(goal=("Order_confirmed",)), stages=stages)
    with opened() as log:
        yield log("\n".join([*lines, "late 400d Search web"]), settings=settings).where(until="2024-12-01")


def plain(walked: list[tuple[list[str], str]]) -> list[tuple[list[str], str]]:
    """Give the journeys as the log has them: whoever did not convert was abandoned, the last ones too."""
    return [
        (
            [name.replace(" ", "_") for name in path],
            "(converted)" if "Order confirmed" in path else "(dropped)",
        )
        for path, _ in walked
    ]


STAGES = {name.replace(" ", "_"): stage for name, stage in flow_cases.SHOP_STAGES.items()}


@pytest.mark.parametrize("how", [{}, {"steps": 2}, {"after": "Cart"}, {"before": "Cart", "steps": 3}])
def test_a_flow_is_what_counting_by_hand_gives(
    shop: Journeys, walked: list[tuple[list[str], str]], how: dict[str, Any]
) -> None:
    found = shop.flow_map(**how)
    expected = flow_cases.flow_map(plain(walked), STAGES, goals=("Order_confirmed",), levels=(), **how)
    assert found.journeys == expected.journeys
    assert found.nodes == expected.nodes
    assert set(found.touchpoints) == set(expected.touchpoints)
    assert set(found.links) == set(expected.links)
    assert len(found.links) == len(expected.links)
    assert (found.title, found.anchor, found.direction) == (expected.title, expected.anchor, expected.direction)


def test_levels_of_a_flow_add_up(shop: Journeys) -> None:
    whole, maps = shop.flow_map(), shop.flow_maps(by="channel")
    assert list(maps) == ["app", "web"]
    assert sum(found.journeys for found in maps.values()) == whole.journeys == N_JOURNEYS
    for node in whole.nodes:
        parts = [
            part.journeys
            for found in maps.values()
            for part in found.nodes
            if (part.step, part.touchpoint) == (node.step, node.touchpoint)
        ]
        assert sum(parts) == node.journeys
    assert shop.flow_maps() == {"(all)": whole}
    assert maps["app"].levels == (("channel", "app"),)
    assert maps["app"].summary == shop.maps(by="channel")["app"].summary


def test_a_level_without_the_anchor_has_an_empty_flow(log: Any) -> None:
    shop = log("A 0d home web\nA 1d cart web\nB 0d home app")
    maps = shop.flow_maps(by="channel", after="cart")
    assert [(level, found.journeys, len(found.nodes)) for level, found in maps.items()] == [
        ("app", 0, 0),
        ("web", 1, 1),
    ]
    assert shop.where(since="2030-01-01").flow_map().nodes == ()
    assert shop.where(since="2030-01-01").flow_maps(by="channel") == {}


def test_a_matrix_is_all_transitions(shop: Journeys, walked: list[tuple[list[str], str]]) -> None:
    found = shop.matrix_map()
    expected = flow_cases.matrix_map(plain(walked), STAGES, ("Order_confirmed",))
    assert {(edge.source, edge.target, edge.count) for edge in found.edges} == {
        (edge.source, edge.target, edge.count) for edge in expected.edges
    }
    assert found.touchpoints == expected.touchpoints
    table = shop.transitions()
    assert [edge.probability for edge in found.edges] == table["probability"].tolist()
    assert [edge.customers for edge in found.edges] == table["customers"].tolist()
    assert all((edge.median_seconds is None) == (edge.source == START or edge.target in ENDS) for edge in found.edges)
    maps = shop.matrix_maps(by="channel")
    assert sum(edge.count for one in maps.values() for edge in one.edges) == sum(edge.count for edge in found.edges)


def test_nobody_gives_a_matrix_without_touchpoints(log: Any) -> None:
    nobody = log("A 0d home").where(since="2030-01-01")
    found = nobody.matrix_map()
    assert (found.touchpoints, found.edges, found.summary.journeys) == ((), (), 0)
    assert nobody.matrix_maps(by="channel") == {}


def known(number: float) -> float | None:
    return None if isnan(number) else number


STEPS = ["Cart", "Payment", "Order_confirmed"]


@pytest.mark.parametrize("how", [{}, {"window": "2h"}, {"order": "any"}])
def test_a_funnel_is_the_funnels_table(shop: Journeys, how: dict[str, Any]) -> None:
    found = shop.funnel_map(STEPS, by="channel", **how)
    table = shop.funnel(STEPS, by="channel", **how)
    assert [level.levels for level in found.funnels] == [(("channel", "app"),), (("channel", "web"),)]
    rows = iter(table.to_dict("records"))
    for level in found.funnels:
        before = None
        for step in level.steps:
            row = next(rows)
            assert (step.touchpoint, step.entered, step.immature) == (
                row["touchpoint"],
                row["entered"],
                row["immature"],
            )
            assert step.overall.rate == known(row["overall_conversion"])
            assert step.of_before.rate == known(row["step_conversion"])
            assert step.lost == (before - step.entered if before is not None else 0)
            assert step.median_seconds == known(row["median_seconds"])
            before = step.entered
    assert sum(level.customers for level in found.funnels) == N_JOURNEYS


def test_the_intervals_of_a_funnel_are_wilsons(shop: Journeys) -> None:
    from scipy.stats import binomtest

    (level,) = shop.funnel_map(STEPS).funnels
    first, second, _ = level.steps
    for rate, whole in ((second.overall, first.entered), (level.steps[2].of_before, second.entered)):
        expected = binomtest(rate.numerator, whole).proportion_ci(method="wilson")
        assert (rate.ci_low, rate.ci_high) == pytest.approx((expected.low, expected.high))


def test_levels_where_nobody_enters_are_in_the_funnel(log: Any) -> None:
    shop = log("A 0d home web\nA 1d cart web\nB 0d cart app\nC 99d home phone\nZ 100d x phone", goal=("cart",))
    found = shop.funnel_map(["home", "cart"], by="channel")
    entered = {level.levels[0][1]: [step.entered for step in level.steps] for level in found.funnels}
    assert entered == {"app": [0, 0], "phone": [0, 0], "web": [1, 1]}
    assert [level.steps[0].immature for level in found.funnels] == [0, 1, 0]
    assert found.funnels[0].steps[1].overall == Rate(0, 0, None, None, None)
    assert (found.window_seconds, found.first_at, found.data_end) == (None, "2024-01-01", "2024-04-10")
    assert [level.thin for level in found.funnels] == [True, True, True]
    nobody = shop.where(since="2030-01-01").funnel_map(["home", "cart"])
    assert [step.entered for step in nobody.funnels[0].steps] == [0, 0]
