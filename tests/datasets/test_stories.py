"""Each planted story is measured by plain pandas on the files, without any of journeymap's own measures."""

from __future__ import annotations

import json
from math import sqrt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from journeymap.datasets import NO_EFFECT, STORIES, Fact, Story, generate_shop
from journeymap.datasets.behaviour import Trait, next_places

if TYPE_CHECKING:
    from pathlib import Path

WEEK = pd.Timedelta(days=7)
CASES = [pytest.param(story, fact, id=f"{story.name}-{i}") for story in STORIES for i, fact in enumerate(story.facts)]
TRAITS = {
    ("region", "south"): Trait.SOUTH,
    ("region", "east"): Trait.EAST,
    ("device", "tablet"): Trait.TABLET,
    ("channel", "app"): Trait.APP,
    ("age_band", "60 and over"): Trait.SENIOR,
    ("lifestyle", "outdoor"): Trait.OUTDOOR,
    ("", ""): Trait.FAULT,
}


def read_events(folder: Path) -> pd.DataFrame:
    """The usable rows with their customers' attributes, in each customer's order."""
    raw = pd.concat([pd.read_csv(path) for path in sorted(folder.glob("events-*.csv"))], ignore_index=True)
    raw["timestamp"] = pd.to_datetime(raw["timestamp"], format="%Y-%m-%dT%H:%M:%S.%fZ", errors="coerce", utc=True)
    events = raw.drop_duplicates().dropna(subset=["customer_id", "timestamp", "event"])
    people = pd.read_csv(folder / "customers.csv")
    people["age_band"] = people["age"].map(lambda age: "60 and over" if age >= 60 else "under 60")
    events = events.merge(people, on="customer_id", how="left", validate="many_to_one")
    return events.sort_values(["customer_id", "timestamp"], kind="stable", ignore_index=True)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("shop")
    generate_shop(folder)
    return read_events(folder)


def is_there(events: pd.DataFrame, story: Story) -> pd.Series:
    if story.segment:
        return events[story.segment] == story.level
    day = events["timestamp"].dt.date
    return (day >= story.first_day) & (day <= story.last_day)


def attempts(events: pd.DataFrame, at: str, goal: str) -> list[tuple[int, bool]]:
    """The row of each mature attempt's start, and whether it was abandoned."""
    end = events["timestamp"].max()
    found: list[tuple[int, bool]] = []
    chosen = events[events["event"].isin([at, goal])]
    for _, rows in chosen.groupby("customer_id"):
        start: tuple[int, pd.Timestamp] | None = None
        for row, name, when in zip(rows.index, rows["event"], rows["timestamp"], strict=True):
            if start and when - start[1] > WEEK:
                found.append((start[0], True))
                start = None
            if name == goal:
                if start and start[1] + WEEK <= end:
                    found.append((start[0], False))
                start = None
            elif start is None:
                start = (row, when)
        if start and start[1] + WEEK <= end:
            found.append((start[0], True))
    return found


def measure(events: pd.DataFrame, fact: Fact) -> pd.Series:
    """The values whose mean, or median, is the number of the fact; by row of the events."""
    if fact.measure == "abandonment":
        pairs = attempts(events, fact.touchpoint, fact.target)
        return pd.Series([float(lost) for _, lost in pairs], index=[row for row, _ in pairs])
    by_customer = events.groupby("customer_id")["event"]
    visits = (events["event"] == fact.touchpoint) & (by_customer.shift() != (fact.not_after or "none"))
    if fact.measure == "next":
        return (by_customer.shift(-1) == fact.target)[visits].astype(float)
    return events.loc[visits, "score" if fact.measure == "mean_score" else "page_load_ms"].dropna()


@pytest.mark.parametrize(("story", "fact"), CASES)
def test_the_files_tell_the_story(events: pd.DataFrame, story: Story, fact: Fact) -> None:
    values = measure(events, fact)
    there = is_there(events, story).loc[values.index]
    for group, number in ((values[there], fact.at_level), (values[~there], fact.elsewhere)):
        if fact.measure == "mean_score":
            assert group.mean() == pytest.approx(number, abs=4 * 1.1 / sqrt(len(group)) + 0.05)
        elif fact.measure == "median_load_ms":
            assert group.median() == pytest.approx(number, rel=0.1)
        else:
            # Visits of the walk are drawn one by one; attempts of a customer are alike, so they scatter more.
            sigmas = 4.0 if fact.measure == "next" else 6.0
            assert group.mean() == pytest.approx(number, abs=sigmas * sqrt(number * (1 - number) / len(group)))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_story_stands_out_from_chance(events: pd.DataFrame, story: Story) -> None:
    fact = story.facts[0]
    values = measure(events, fact)
    there = is_there(events, story).loc[values.index]
    spread = sqrt(values[there].var() / there.sum() + values[~there].var() / (~there).sum())
    difference = values[there].mean() - values[~there].mean()
    assert abs(difference) > 5 * spread
    assert (difference > 0) == (story.direction == "higher")


@pytest.mark.parametrize(("story", "fact"), [case for case in CASES if case.values[1].planted])  # noqa: PD011
def test_planted_numbers_are_those_the_walk_draws_with(story: Story, fact: Fact) -> None:
    target = "shipping_again" if fact.touchpoint == "checkout" else fact.target
    trait = TRAITS[story.segment, story.level]
    assert next_places(fact.touchpoint, trait)[target] == fact.at_level
    assert next_places(fact.touchpoint, Trait(0))[target] == fact.elsewhere


def test_a_lost_week_of_orders_shows(events: pd.DataFrame) -> None:
    online = events[(events["event"] == "order") & (events["channel"] != "store")]
    weekly = online.groupby((online["timestamp"] - pd.Timestamp("2026-05-11", tz="UTC")) // WEEK).size()
    assert weekly.loc[0] < 0.6 * weekly.median()


def test_stories_do_not_wreck_one_another(events: pd.DataFrame) -> None:
    """Leaving out who is in another story does not change a region's abandonment much."""
    others = events[(events["device"] != "tablet") & (events["age_band"] != "60 and over")]
    fact = STORIES[0].facts[0]
    for chosen in (events, others):
        lost = measure(chosen, fact)
        region = chosen["region"].loc[lost.index]
        rates = lost.groupby(region).mean()
        assert rates["south"] > 0.72
        assert rates.drop("south").between(0.45, 0.64).all()


def test_columns_without_effect_have_none(events: pd.DataFrame) -> None:
    lost = measure(events, STORIES[0].facts[0])
    for column in NO_EFFECT:
        groups = lost.groupby(events[column].loc[lost.index]).agg(["mean", "size"])
        common = groups[groups["size"] >= 200]["mean"]
        assert common.max() - common.min() < 0.08, column


def test_the_stories_are_written_as_data(tmp_path: Path) -> None:
    files = generate_shop(tmp_path, customers=20)
    told = json.loads(files.stories.read_text(encoding="utf-8"))
    assert [story["name"] for story in told["stories"]] == [story.name for story in STORIES]
    fault = next(story for story in told["stories"] if story["name"] == "payment_fault_may")
    assert (fault["first_day"], fault["last_day"]) == ("2026-05-11", "2026-05-17")
    assert fault["facts"][0]["at_level"] == 0.62
    readme = files.readme.read_text(encoding="utf-8")
    assert all(story.title in readme for story in STORIES)
