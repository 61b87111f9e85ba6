"""A map holds the measures' numbers and no others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import journeymap as jm
from journeymap.model.names import ENDS, START

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from conftest import Logs


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open(Path(__file__).parents[2] / "sample_events") as opened:
        yield opened


@pytest.fixture(scope="module")
def maps(shop: jm.Journeys) -> dict[str, jm.JourneyMap]:
    return shop.maps(by="region")


@pytest.fixture(scope="module")
def tables(shop: jm.Journeys) -> dict[str, pd.DataFrame]:
    names = ("touchpoints", "transitions", "dropoff", "outcomes")
    return {name: getattr(shop, name)(by="region") for name in names}


def test_twenty_levels_ask_the_store_no_more_often_than_two(log: Logs) -> None:
    people = range(40)
    events = "\n".join(
        f"C{at} {at}d cart web\nC{at} {at + 1}d {'order web 5' if at % 3 else 'search web'}" for at in people
    )
    given = {
        "customer": [f"C{at}" for at in people],
        "twenty": [f"p{at % 20}" for at in people],
        "two": [f"q{at % 2}" for at in people],
    }
    shop = log(events, goal=("order",), customers=given)
    asked: list[str] = []
    shop.explain_to(asked.append)
    found = {}
    for name in ("two", "twenty"):
        asked.clear()
        found[name] = len(shop.maps(by=name)), len(asked)
    assert (found["two"][0], found["twenty"][0]) == (2, 20)
    assert found["twenty"][1] == found["two"][1]


LEVELS = ["east", "north", "south", "west", "(none)"]


def of(table: pd.DataFrame, level: str) -> list[dict[str, Any]]:
    return table[table["region"] == level].to_dict("records")  # type: ignore[return-value]


def test_there_is_a_map_for_every_level_in_their_order(maps: dict[str, jm.JourneyMap]) -> None:
    assert list(maps) == LEVELS
    assert [found.levels for found in maps.values()] == [(("region", level),) for level in LEVELS]


@pytest.mark.parametrize("level", LEVELS)
def test_nodes_are_the_touchpoints(maps: dict[str, jm.JourneyMap], tables: dict[str, pd.DataFrame], level: str) -> None:
    found = {node.touchpoint: node for node in maps[level].nodes}
    rows, drops = of(tables["touchpoints"], level), of(tables["dropoff"], level)
    assert set(found) == {row["touchpoint"] for row in rows}
    for row in rows:
        node = found[row["touchpoint"]]
        assert (node.stage, node.channel, node.visits, node.customers, node.journeys, node.journey_share) == (
            row["stage"], row["channel"], row["visits"], row["customers"], row["journeys"], row["journey_share"],
        )  # fmt: skip
        assert node.is_goal == (node.touchpoint == "order")
    for row in drops:
        rate = found[row["touchpoint"]].drop_off
        assert (rate.numerator, rate.denominator) == (row["dropped"], row["mature_visits"])
        if rate.denominator:
            assert (rate.rate, rate.ci_low, rate.ci_high) == (row["drop_rate"], row["ci_low"], row["ci_high"])
        else:
            assert (rate.rate, rate.ci_low, rate.ci_high) == (None, None, None)


@pytest.mark.parametrize("level", LEVELS)
def test_edges_are_transitions(maps: dict[str, jm.JourneyMap], tables: dict[str, pd.DataFrame], level: str) -> None:
    moves = {(row["source"], row["target"]): row for row in of(tables["transitions"], level)}
    edges = maps[level].edges
    for edge in edges:
        row = moves[edge.source, edge.target]
        assert (edge.count, edge.customers, edge.probability) == (row["count"], row["customers"], row["probability"])
        if edge.source == START or edge.target in ENDS:
            assert edge.median_seconds is None
        else:
            assert edge.median_seconds == row["median_seconds"]
    assert [edge.count for edge in edges] == sorted((edge.count for edge in edges), reverse=True)
    coverage = maps[level].coverage
    assert (coverage.shown_transitions, coverage.all_transitions) == (len(edges), len(moves))
    shown, whole = sum(edge.count for edge in edges), sum(row["count"] for row in moves.values())
    assert coverage.transition_share == pytest.approx(shown / whole)
    assert (coverage.journey_share, coverage.hidden_touchpoints) == (1.0, 0)


@pytest.mark.parametrize("level", LEVELS)
def test_the_summary_is_the_outcomes(
    maps: dict[str, jm.JourneyMap], tables: dict[str, pd.DataFrame], level: str
) -> None:
    (row,) = of(tables["outcomes"], level)
    summary = maps[level].summary
    for name in ("customers", "journeys", "mature", "converted", "ended", "abandoned", "open"):
        assert getattr(summary, name) == row[name]
    assert summary.converted + summary.ended + summary.abandoned + summary.open == summary.mature
    rate = summary.conversion
    assert (rate.numerator, rate.denominator) == (row["converted"], row["mature"])
    assert (rate.rate, rate.ci_low, rate.ci_high) == (row["conversion_rate"], row["ci_low"], row["ci_high"])
    assert summary.goals == ("order",)
    assert (summary.data_end, summary.horizon_days, summary.thin) == ("2026-06-30", 30.0, False)
    assert "2026-03-03" <= summary.first_at <= "2026-03-05"


@pytest.mark.parametrize("level", LEVELS)
def test_totals_are_all_journeys_hidden_transitions_included(maps: dict[str, jm.JourneyMap], level: str) -> None:
    totals = dict(maps[level].totals)
    n_journeys = maps[level].summary.journeys
    assert totals[START] == n_journeys
    assert sum(totals[end] for end in ENDS if end in totals) == n_journeys


def test_findings_are_those_of_the_level(shop: jm.Journeys, maps: dict[str, jm.JourneyMap]) -> None:
    every = shop.pain_points(by="region", examined=True)
    reported = [item for item in every if item.is_reported]
    for level, found in maps.items():
        mine = [item for item in every if item.levels == (("region", level),)]
        # A map shows what stands up, and what is a pain in itself though it is no worse than elsewhere.
        assert {(item.kind, item.place) for item in mine if item.is_reported} <= {
            (item.kind, item.place) for item in found.findings
        }
        numbers = {(item.kind, item.place): (item.n_hits, item.n_units, item.q_value) for item in mine}
        assert all(
            numbers[item.kind, item.place] == (item.n_hits, item.n_units, item.q_value) for item in found.findings
        )
        assert [item.severity for item in found.findings] == sorted(
            (item.severity for item in found.findings), reverse=True
        )
    assert {item.kind for item in reported} >= {"abandonment", "low_score", "support_contact"}


def test_stages_and_the_order_of_nodes(maps: dict[str, jm.JourneyMap]) -> None:
    found = maps["north"]
    assert found.stages == ("awareness", "consideration", "purchase", "service", "loyalty")
    places = [(found.stages.index(node.stage), -node.visits) for node in found.nodes]
    assert places == sorted(places)


def test_levels_add_up_to_the_whole(shop: jm.Journeys, maps: dict[str, jm.JourneyMap]) -> None:
    whole = shop.map()
    assert whole.levels == ()
    assert shop.maps() == {"(all)": whole}
    for name in ("customers", "journeys", "mature", "converted", "abandoned", "open"):
        assert sum(getattr(found.summary, name) for found in maps.values()) == getattr(whole.summary, name)
    assert sum(node.visits for found in maps.values() for node in found.nodes) == sum(
        node.visits for node in whole.nodes
    )


def test_two_segments_give_a_map_for_each_pair(shop: jm.Journeys) -> None:
    maps = shop.where(since="2026-06-01").maps(by=["region", "age_band"])
    assert ("south", "under 25") in maps
    assert all(len(key) == 2 for key in maps)


def test_detail_asks_for_more_or_fewer_transitions(shop: jm.Journeys) -> None:
    few, many = shop.map(detail=10), shop.map(detail=10_000)
    assert few.nodes == many.nodes
    assert len(few.edges) < len(many.edges)
    assert many.coverage.transition_share == 1.0
    assert many.coverage.shown_transitions == many.coverage.all_transitions
    assert few.totals == many.totals


def test_nobody_gives_a_map_without_nodes(shop: jm.Journeys) -> None:
    found = shop.where(since="2030-01-01").map()
    assert (found.nodes, found.edges, found.findings, found.totals, found.stages) == ((), (), (), (), ())
    assert (found.summary.customers, found.summary.journeys, found.summary.mature) == (0, 0, 0)
    assert (found.summary.conversion.rate, found.summary.first_at) == (None, "")
    assert found.coverage.transition_share == 1.0
    assert shop.where(since="2030-01-01").maps(by="region") == {}


def test_notes_of_the_settings_stand_on_the_map_where_they_belong(log: Any) -> None:
    from journeymap.settings import JourneySettings, Settings

    settings = Settings(
        journey=JourneySettings(goal=()),
        stages=(("early", ("home",)), ("late", ("cart",))),
        notes=(("cart", "too dear"), ("early", "a stage"), ("nowhere", "not there")),
    )
    found = log("A 0d home\nA 1d cart\nB 0d cart\n", settings=settings).map()
    assert found.notes == (("cart", "too dear"), ("early", "a stage"))
    assert found.stages == ("early", "late")
    assert found.summary.thin
    assert found.summary.goals == ()
