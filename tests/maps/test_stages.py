"""The stages of a map are the measures' numbers, and fit its touchpoints and transitions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import journeymap as jm
from journeymap.model.names import ENDS
from journeymap.settings import JourneySettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

LEVELS = ["east", "north", "south", "west", "(none)"]


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open(Path(__file__).parents[2] / "sample_events") as opened:
        yield opened


@pytest.fixture(scope="module")
def maps(shop: jm.Journeys) -> dict[str, jm.JourneyMap]:
    return shop.maps(by="region")


@pytest.fixture(scope="module")
def tables(shop: jm.Journeys) -> dict[str, pd.DataFrame]:
    return {name: getattr(shop, name)(by="region") for name in ("stages", "scores", "transitions", "outcomes")}


@pytest.mark.parametrize("level", LEVELS)
def test_facts_are_the_tables(maps: dict[str, jm.JourneyMap], tables: dict[str, pd.DataFrame], level: str) -> None:
    value = maps[level]
    rows = {row["stage"]: row for row in tables["stages"].query("region == @level").to_dict("records")}
    means = {row["stage"]: row for row in tables["scores"].query("region == @level").to_dict("records")}
    assert tuple(stage.stage for stage in value.stage_facts) == value.stages == tuple(rows)
    for stage in value.stage_facts:
        row = rows[stage.stage]
        assert (stage.visits, stage.customers, stage.journeys, stage.journey_share, stage.median_seconds) == (
            row["visits"], row["customers"], row["journeys"], row["journey_share"], row["median_seconds"],
        )  # fmt: skip
        drop = stage.drop_off
        assert (drop.numerator, drop.denominator, drop.rate, drop.ci_low, drop.ci_high) == (
            row["dropped"], row["mature_journeys"], row["drop_rate"], row["ci_low"], row["ci_high"],
        )  # fmt: skip
        assert stage.score is not None
        mean = means[stage.stage]
        assert (stage.score.value, stage.score.n, stage.score.ci_low) == (
            mean["mean_score"], mean["scores"], mean["ci_low"],
        )  # fmt: skip
        assert stage.ease is None


@pytest.mark.parametrize("level", LEVELS)
def test_stages_fit_touchpoints_and_transitions(
    maps: dict[str, jm.JourneyMap], tables: dict[str, pd.DataFrame], level: str
) -> None:
    value = maps[level]
    stage_of = {node.touchpoint: node.stage for node in value.nodes}
    moves = tables["transitions"].query("region == @level")
    ends = dict.fromkeys(ENDS, 0)
    for stage in value.stage_facts:
        assert stage.visits == sum(node.visits for node in value.nodes if node.stage == stage.stage)
        assert stage.visits == sum(visits for _, visits in stage.channels)
        assert stage.entered == sum(count for _, count in stage.moves_out)
        within = sum(
            row["count"]
            for row in moves.to_dict("records")
            if stage_of.get(row["source"]) == stage_of.get(row["target"]) == stage.stage
        )
        assert stage.entered == stage.visits - within
        for name, count in stage.moves_out:
            if name in ends:
                ends[name] += count
    assert {name: count for name, count in ends.items() if count} == {
        name: count for name, count in value.totals if name in ENDS and count
    }
    # Each abandoned journey is dropped in one stage.
    assert sum(stage.drop_off.numerator for stage in value.stage_facts) == value.summary.abandoned


def test_the_profile_is_of_the_level(maps: dict[str, jm.JourneyMap], tables: dict[str, pd.DataFrame]) -> None:
    profiles = {level: value.profile for level, value in maps.items()}
    assert sum(profile.journey_share for profile in profiles.values() if profile) == pytest.approx(1)
    assert sum(profile.customer_share or 0 for profile in profiles.values() if profile) == pytest.approx(1)
    for level, profile in profiles.items():
        assert profile is not None
        row = tables["outcomes"].query("region == @level").to_dict("records")[0]
        assert (profile.value, profile.median_seconds, profile.mean_steps) == (
            row["value"], row["median_seconds"], row["mean_steps"],
        )  # fmt: skip
        assert sum(count for _, count in profile.channels) == sum(node.visits for node in maps[level].nodes)
        assert profile.score_scale == (1, 5)


def test_the_south_is_least_satisfied_where_it_pays(maps: dict[str, jm.JourneyMap]) -> None:
    """The planted story: shipping costs scare off the south."""
    means: dict[str, Any] = {
        level: next(stage.score.value for stage in value.stage_facts if stage.stage == "purchase" and stage.score)
        for level, value in maps.items()
    }
    assert min(means, key=means.__getitem__) == "south"
    south = next(stage for stage in maps["south"].stage_facts if stage.stage == "purchase")
    assert "shipping_info" in [name for name, mean in south.touchpoint_scores if mean.customers >= 5][:1]


def test_without_scores_friction_stands_in_and_the_settings_words_are_there(log: Any) -> None:
    settings = Settings(
        stages=(("early", ("home",)), ("late", ("cart",))),
        journey=JourneySettings(goal=("cart",)),
        notes=(("cart", "too dear"),),
        kpis=(("late", "30 %"), ("nowhere", "x")),
        owners=(("home", "Marketing"),),
    )
    found = log("A 0d home\nA 1d cart\nB 0d home\nC 99d home", settings=settings).map()
    assert [stage.score for stage in found.stage_facts] == [None, None]
    assert [stage.ease.value for stage in found.stage_facts] == [0.5, 1.0]
    assert all(stage.thin for stage in found.stage_facts)
    assert (found.kpis, found.owners) == ((("late", "30 %"),), (("home", "Marketing"),))


def test_a_segment_of_journeys_has_no_share_of_customers(log: Any) -> None:
    found = log("A 0d home web\nA 60d home app\nB 0d cart web").maps(by="channel")
    assert [value.profile.customer_share for value in found.values()] == [None, None]
    assert [value.profile.journey_share for value in found.values()] == pytest.approx([1 / 3, 2 / 3])


def test_a_question_about_nobody_has_no_stages(shop: jm.Journeys) -> None:
    found = shop.where(since="2030-01-01").map()
    assert found.stage_facts == ()
    assert found.profile is not None
    assert found.profile.journey_share == 0
