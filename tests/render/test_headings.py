"""A narrowed population is named on every picture."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from conftest import opened
from render.looking import outside, overlapping, said

from journeymap.model.shown import level_name
from journeymap.render import STYLES, Theme, save
from journeymap.render.slides import notes_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.api import Journeys
    from journeymap.model.journey_map import JourneyMap

SLIDE = (960.0, 540.0)
LOG = "\n".join(
    f"{name} {day}d {event}"
    for number, name in enumerate("ABCDEFGH")
    for day, event in enumerate(("ad", "cart", "order")[: 2 + number % 2])
)
LONG = "age >= 30 and (age < 60 or age in (61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77))"
CUSTOMERS = {
    "customer": list("ABCDEFGH"),
    "region": ["South"] * 4 + ["North"] * 4,
    "plan": ["x", "y"] * 4,
    "age": [30, 31, 32, 33, 34, 35, 36, 37],
}


@cache
def mapped(shop: Journeys) -> JourneyMap:
    """Build a map once: its pain points take the time."""
    return shop.map()


VALUES = {
    "network": mapped,
    "lanes": mapped,
    "flow": lambda shop: shop.flow_map(),
    "steps": lambda shop: shop.flow_map(),
    "matrix": lambda shop: shop.matrix_map(),
    "funnel": lambda shop: shop.funnel_map(["ad", "cart"]),
    "difference": lambda shop: shop.difference_map("plan", "x"),
    "timeline": lambda shop: shop.timeline(),
    "grid": lambda shop: shop.map_grid("plan"),
    "profile": lambda shop: shop.profile("plan")["x"],
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Journeys]:
    with opened() as logs:
        yield logs(LOG, goal=("order",), customers=CUSTOMERS)


@pytest.fixture(scope="module")
def narrow(shop: Journeys) -> Journeys:
    return shop.where(LONG, region="South", since="2023-12-31", until="2024-02-01")


def test_every_style_is_looked_at() -> None:
    assert set(VALUES) == set(STYLES)


@pytest.mark.parametrize("style", VALUES)
def test_the_heading_names_levels_conditions_and_dates(narrow: Journeys, style: str) -> None:
    value = VALUES[style](narrow)
    scene = STYLES[style].draw(value, Theme.default, SLIDE)
    whole = " ".join(said(scene).split())
    for part in ("region = South", LONG, "journeys from 2023-12-31", "journeys before 2024-02-01"):
        assert part in whole
    assert "(all)" not in whole
    assert overlapping(scene) == []
    assert outside(scene) == []


def test_everyone_is_called_so(shop: Journeys) -> None:
    assert "(all)" in said(STYLES["matrix"].draw(shop.matrix_map(), Theme.default, SLIDE))


def test_a_level_that_was_asked_for_twice_is_named_once(shop: Journeys) -> None:
    (value,) = shop.where(region="South").matrix_maps(by="region").values()
    assert level_name(value) == "region = South"
    funnel = shop.where(region="South").funnel_map(["ad", "cart"], by="region")
    words = said(STYLES["funnel"].draw(funnel, Theme.default, SLIDE))
    assert words.count("region = South") == 1


def test_slides_and_files_name_it_too(shop: Journeys, tmp_path: Any) -> None:
    value = shop.where(region="South").matrix_map()
    assert title_of(value) == "region = South"
    assert title_of(shop.matrix_map()) == "Transitions from touchpoint to touchpoint"
    assert notes_of(value)[0] == "Transitions from touchpoint to touchpoint: region = South"
    assert b"region = South" in save(value, tmp_path / "map.svg").read_bytes()
