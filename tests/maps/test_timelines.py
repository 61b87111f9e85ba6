"""Timelines: the same visits as in the log, in order, with silences and statuses."""

from __future__ import annotations

from typing import Any

import pytest

from journeymap.model.timeline import TimelineVisit
from journeymap.settings import JourneySettings, Settings

LOG = """
A 0d    home
A 0d+5m cart
A 2d    cart
A 2d+1m order
A 50d   home
B 1d    home
B 99d   home
"""


def test_visits_silences_and_statuses(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    value = shop.timeline()
    assert [row.customer for row in value.rows] == ["customer 1", "customer 2"]
    first, second = value.rows[0].journeys
    assert [visit.touchpoint for visit in first.visits] == ["home", "cart", "cart", "order"]
    assert [visit.gap_seconds for visit in first.visits] == [None, 300.0, 2 * 86400 - 300.0, 60.0]
    assert [visit.begins_session for visit in first.visits] == [True, False, True, False]
    assert [visit.is_goal for visit in first.visits] == [False, False, False, True]
    assert (first.status, first.silence_seconds) == ("converted", None)
    assert (second.status, second.silence_seconds) == ("abandoned", 48 * 86400 - 60.0)
    assert isinstance(second.visits[0], TimelineVisit)
    assert [journey.status for journey in value.rows[1].journeys] == ["abandoned", "open"]
    assert (value.is_masked, value.is_sample, value.summary.customers) == (True, True, 2)


def test_ids_are_shown_when_asked_for(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    assert [row.customer for row in shop.timeline(show_ids=True).rows] == ["A", "B"]
    named = shop.timeline(customers=["B"], show_ids=True)
    assert ([row.customer for row in named.rows], named.is_sample) == (["B"], False)
    assert "A" not in repr(shop.timeline(customers=["B"]).rows)


def test_one_timeline_a_level_with_all_of_its_visits(log: Any) -> None:
    shop = log(LOG, goal=("order",), customers={"customer": ["A", "B"], "plan": ["x", "y"]})
    found = shop.timelines(by="plan")
    assert list(found) == ["x", "y"]
    assert found["y"].levels == (("plan", "y"),)
    for level, value in found.items():
        n_visits = sum(len(journey.visits) for row in value.rows for journey in row.journeys)
        assert n_visits == shop.where(plan=level).touchpoints()["visits"].sum()


def test_nobody_and_cuts_at_goals(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    assert shop.where(since="2030-01-01").timeline().rows == ()
    assert shop.where(since="2030-01-01").timelines(by="channel") == {}
    cut = shop.where(end_at="goal").timeline(customers=["A"])
    assert [len(journey.visits) for journey in cut.rows[0].journeys] == [4, 1]


def test_journeys_of_a_column_may_overlap(log: Any) -> None:
    text = "A 0d home web 1\nA 1d home web 2\nA 3d order web 1\nA 4d order web 2\n"
    settings = Settings(journey=JourneySettings(goal=("order",)))
    shop = log(text, columns=("customer", "timestamp", "event", "channel", "trip"), settings=_with_journeys(settings))
    one, two = shop.timeline().rows[0].journeys
    assert [visit.touchpoint for visit in one.visits] == ["home", "order"]
    assert two.silence_seconds is None
    assert all(gap is None or gap >= 0 for gap in (visit.gap_seconds for visit in (*one.visits, *two.visits)))


def _with_journeys(settings: Settings) -> Settings:
    import dataclasses

    return dataclasses.replace(settings, events=dataclasses.replace(settings.events, journey="trip"))


def test_the_theme_of_the_store_goes_with_it(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    assert shop.timeline().theme == shop.settings.theme
    with pytest.raises(Exception, match="no segment"):
        shop.timelines(by="nothing")
