"""The map of a difference holds the comparison's numbers and a map of both sides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import journeymap as jm
from journeymap.errors import QuestionError
from journeymap.model.names import DROPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.model.difference_map import DifferenceMap


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open(Path(__file__).parents[2] / "sample_events") as opened:
        yield opened


@pytest.fixture(scope="module")
def south(shop: jm.Journeys) -> DifferenceMap:
    return shop.difference_map("region", "south", detail=30)


def test_comparisons_are_those_of_compare(shop: jm.Journeys, south: DifferenceMap) -> None:
    frame = shop.compare("region", "south")
    rows: list[Any] = frame[frame["what"] != "profile"].to_dict("records")
    assert len(rows) == len(south.comparisons)
    for row, item in zip(rows, south.comparisons, strict=True):
        assert (row["what"], row["place"], row["target"]) == (item.what, item.place, item.target)
        for name in ("rate_a", "rate_b", "difference", "ci_low", "ci_high", "effect_size", "q_value"):
            known = getattr(item, name)
            assert row[name] != row[name] if known is None else row[name] == known
        assert item.is_clear == (row["verdict"] in ("higher", "lower"))
        assert (item.units_a, item.units_b) == (row["units_a"], row["units_b"])
    assert south.profile_p_value == frame.loc[0, "p_value"]
    assert [item.is_clear for item in south.comparisons[: len(south.clear)]] == [True] * len(south.clear)


def test_a_funnel_that_is_compared_too_is_corrected_for_in_both(shop: jm.Journeys) -> None:
    how: dict[str, Any] = {"steps": ["cart", "order"], "window": "7d"}
    drawn = shop.difference_map("region", ["north", "south"], **how)
    table = shop.compare("region", ["north", "south"], **how)
    q_values = {(row.what, row.place, row.target): row.q_value for row in table.itertuples() if row.what != "profile"}
    found = {(item.what, item.place, item.target): item.q_value for item in drawn.comparisons}
    assert found.keys() == q_values.keys()
    assert any(what == "step" for what, _, _ in found)
    assert [value or np.nan for value in found.values()] == pytest.approx(list(q_values.values()), nan_ok=True)


def test_two_levels_need_no_names(shop: jm.Journeys) -> None:
    halves = shop.define("half", "old: age >= 40; else young")
    drawn = halves.difference_map("half")
    assert {drawn.a.name, drawn.b.name} == {"old", "young"}
    assert drawn == halves.difference_map("half", [drawn.a.name, drawn.b.name])
    assert halves.mix_effects("half", within="device").equals(
        halves.mix_effects("half", [drawn.a.name, drawn.b.name], within="device")
    )
    with pytest.raises(jm.JourneymapError, match=r"'region' has \d levels, and two sides are compared"):
        shop.difference_map("region")


def test_both_sides_together_are_everyone_where_the_rest_is_one(shop: jm.Journeys, south: DifferenceMap) -> None:
    whole = shop.map(detail=30)
    assert south.both.nodes == whole.nodes
    assert south.both.summary == whole.summary
    assert south.both.totals == whole.totals
    assert set(whole.edges) <= set(south.both.edges)
    assert south.both.findings == ()


def test_what_clearly_differs_is_drawn_however_rare(south: DifferenceMap) -> None:
    drawn = {(edge.source, edge.target) for edge in south.both.edges}
    assert len(drawn) < 60
    for item in south.clear:
        if item.what == "transition":
            assert (item.place, item.target) in drawn
        if item.what == "dropoff":
            assert (item.place, DROPPED) in drawn
    assert south.both.coverage.shown_transitions == len(drawn)


def test_the_sides_are_those_of_the_outcomes(shop: jm.Journeys) -> None:
    value = shop.difference_map("region", ["north", "east"])
    for side in (value.a, value.b):
        row = shop.where(region=side.name).outcomes().iloc[0]
        assert (side.customers, side.journeys, side.mature) == (row["customers"], row["journeys"], row["mature"])
        assert (side.conversion.numerator, side.conversion.rate) == (row["converted"], row["conversion_rate"])
        assert (side.conversion.ci_low, side.conversion.ci_high) == (row["ci_low"], row["ci_high"])
    assert value.both.summary.customers == value.a.customers + value.b.customers
    assert value.title == "What differs: north against east"
    assert value.segment == "region"


def test_empty_sides(shop: jm.Journeys) -> None:
    lonely = shop.where(region="north").difference_map("region", "south")
    assert (lonely.a.customers, lonely.a.thin, lonely.clear, lonely.profile_p_value) == (0, True, (), None)
    nobody = shop.where("age > 500").difference_map("region", "south")
    assert nobody.both.nodes == ()


def test_a_picture_has_two_sides(shop: jm.Journeys) -> None:
    with pytest.raises(QuestionError, match="two sides, not of 3"):
        shop.difference_map("region", ["north", "east", "west"])
