"""Goals, finals and stages: guessed and told, or named; and a store keeps the rules it was built with."""

from __future__ import annotations

from typing import Any

import pytest

from journeymap.errors import SettingsError, StoreError

HEAD = "user_id,ts,event\n"
LOG = HEAD + "A,2026-01-01,home\nA,2026-01-02,cart\nA,2026-01-03,order\nB,2026-01-01,home\nB,2026-01-04,declined\n"


def catalog(taken: Any) -> list[tuple[Any, ...]]:
    return taken.sql("SELECT touchpoint, is_goal, is_final FROM touchpoints WHERE is_goal OR is_final ORDER BY 1")


@pytest.mark.parametrize(
    "name", ["purchase", "Order Completed", "orderCompleted", "transaction", "order_placed", "BUY"]
)
def test_a_goal_is_recognised_and_said(take: Any, name: str) -> None:
    taken = take(LOG.replace("order", name))
    assert catalog(taken) == [(name, True, False)]
    assert f"The goal was guessed: '{name}'. Another one: --goal TOUCHPOINT" in taken.report.notes
    assert taken.report.converted == 1
    assert taken.store.settings.journey.goal == (name,)


def test_the_surest_name_wins(take: Any) -> None:
    taken = take(LOG + "A,2026-01-05,purchase\nA,2026-01-06,booking\n")
    assert catalog(taken) == [("purchase", True, False)]


def test_no_goal_is_said(take: Any) -> None:
    taken = take(LOG.replace("order", "bread"))
    assert catalog(taken) == []
    assert any(note.startswith("No touchpoint looks like a goal") for note in taken.report.notes)


def test_a_named_goal_is_not_said(take: Any) -> None:
    taken = take(LOG, settings='[journey]\ngoal = ["cart", "order"]\nfinal = "declined"')
    assert catalog(taken) == [("cart", True, False), ("declined", False, True), ("order", True, False)]
    assert not any("goal" in note for note in taken.report.notes)
    assert (taken.report.converted, taken.report.ended) == (1, 1)


def test_an_empty_goal_says_that_there_is_none(take: Any) -> None:
    taken = take(LOG, settings="[journey]\ngoal = []")
    assert catalog(taken) == []
    assert not any("goal" in note for note in taken.report.notes)


@pytest.mark.parametrize(("entry", "option"), [("goal", "--goal"), ("final", "--final")])
def test_a_goal_that_never_happens_is_an_error(take: Any, entry: str, option: str) -> None:
    with pytest.raises(SettingsError, match=f"{option}: the touchpoint 'ordr' never happens.*Did you mean 'order'"):
        take(LOG, settings=f'[journey]\n{entry} = "ordr"')


def test_a_goal_is_a_touchpoint_and_not_an_event_name(take: Any) -> None:
    settings = '[touchpoints.rename]\norder = "sale"\n[journey]\ngoal = "{}"'
    assert catalog(take(LOG, settings=settings.format("sale"))) == [("sale", True, False)]
    with pytest.raises(SettingsError, match="'order' never happens"):
        take(LOG, settings=settings.format("order"))


def stages(taken: Any) -> dict[str, str]:
    return dict(taken.sql("SELECT touchpoint, stage FROM touchpoints ORDER BY stage_order, touchpoint"))


def test_stages_are_guessed_and_said(take: Any) -> None:
    taken = take(LOG + "A,2026-01-05,ad_click\nA,2026-01-06,support_call\n")
    assert stages(taken) == {
        "ad_click": "awareness", "home": "consideration", "cart": "purchase", "order": "purchase",
        "support_call": "service", "declined": "(no stage)",
    }  # fmt: skip
    assert any("stages" in note for note in taken.report.notes)


def test_stages_are_not_guessed_where_most_names_say_nothing(take: Any) -> None:
    taken = take(HEAD + "A,2026-01-01,W_a\nA,2026-01-02,W_b\nA,2026-01-03,W_c\nA,2026-01-04,order\n")
    assert set(stages(taken).values()) == {"(no stage)"}
    assert not any("stages" in note for note in taken.report.notes)


def test_stages_of_the_settings_are_taken_in_their_order(take: Any) -> None:
    taken = take(LOG, settings='[stages]\nlate = ["ord*"]\nearly = ["home", "c*"]')
    assert stages(taken) == {"order": "late", "cart": "early", "home": "early", "declined": "(no stage)"}
    assert not any("stages" in note for note in taken.report.notes)


def test_what_is_in_a_store_keeps_its_rules(take: Any) -> None:
    taken = take(LOG, settings='[journey]\ngoal = "cart"\ngap = "10d"')
    more = take.file(HEAD + "C,2026-01-01,cart\nC,2026-01-20,order\n", "more.csv")
    again = take(more, into=taken)
    assert catalog(again) == [("cart", True, False)]
    assert again.report.converted == 2
    assert again.report.journeys == 4
    assert take(more, into=taken, settings='[journey]\ngoal = "cart"\ngap = "10d"').report.duplicates == 2


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ('[journey]\ngoal = "order"', "[journey] goal"),
        ('[journey]\ngap = "5d"', "[journey] gap"),
        ('[journey]\nfinal = "declined"', "[journey] final"),
        ('[journey]\nsession_timeout = "5m"', "[journey] session_timeout"),
        ('[events]\njourney = "event"', "[events] journey"),
        ('[events]\none_event_per = "event"', "[events] one_event_per"),
        ('[touchpoints]\ndrop = ["home"]', "[touchpoints]"),
        ('[stages]\na = ["home"]', "[stages]"),
        ('[channels]\na = ["home"]', "[channels]"),
    ],
)
def test_settings_that_contradict_the_store_are_refused(take: Any, settings: str, named: str) -> None:
    taken = take(LOG, settings='[journey]\ngoal = "cart"\ngap = "10d"')
    with pytest.raises(StoreError) as caught:
        take(LOG, into=taken, settings=settings)
    assert f"was built with other settings: {named}" in caught.value.message
    assert "new store" in caught.value.hint


def test_segments_and_the_like_may_change(take: Any) -> None:
    taken = take(LOG, settings='[segments.who]\ncolumn = "event"')
    take(LOG, into=taken, settings='[segments.what]\ncolumn = "event"\n[map.notes]\ncart = "x"\n[theme]\nfont = "x"')
    settings = taken.store.settings
    assert [name for name, _ in settings.segments] == ["what"]
    assert settings.notes == (("cart", "x"),)
    take(LOG, into=taken)
    assert [name for name, _ in taken.store.settings.segments] == ["what"]


def test_a_guessed_goal_stays_when_later_files_have_a_surer_one(take: Any) -> None:
    taken = take(LOG)
    take(take.file(HEAD + "C,2026-01-01,purchase\n", "b.csv"), into=taken)
    assert catalog(taken) == [("order", True, False)]


def test_a_goal_may_turn_up_later(take: Any) -> None:
    taken = take(LOG.replace("order", "bread"))
    later = take(take.file(HEAD + "B,2026-01-05,order\n", "b.csv"), into=taken)
    assert catalog(later) == [("order", True, False)]
    assert later.report.converted == 1
    assert any("The goal was guessed: 'order'" in note for note in later.report.notes)
