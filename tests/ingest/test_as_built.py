"""A store that is added to: rows are read as those before them were, and what is only shown may change."""

from __future__ import annotations

from typing import Any

import pytest

from journeymap.errors import StoreError
from journeymap.settings import EventSettings, Settings, parse_settings

LOG = "uid,when,what,price,quantity\na,2026-01-01 10:00:00,home,,\na,2026-01-20 10:00:00,order,2,3\n"
OTHER = "user_id,timestamp,event\nb,2026-02-01 10:00:00,home\n"
READ = '[events]\ncustomer = "uid"\ntimestamp = "when"\ntouchpoint = "what"\n'


@pytest.mark.parametrize(
    ("settings", "log"),
    [
        ('timezone = "Europe/Berlin"', LOG),
        (
            'time_format = "%d/%m/%Y %H:%M:%S"',
            LOG.replace("2026-01-01", "02/03/2026").replace("2026-01-20", "03/03/2026"),
        ),
        ('value = "price*quantity"', LOG),
        ('value = "price"', LOG),
        ('event_id = "quantity"', LOG.replace(",,", ",,1")),
        ("keep_duplicates = true", LOG),
    ],
)
def test_the_same_file_adds_nothing_whatever_is_left_out(take: Any, settings: str, log: str) -> None:
    taken = take(log, settings=f"{READ}{settings}")
    before = taken.events, taken.values(), taken.store.settings.events
    again = take(log, into=taken)
    assert again.counts == (2, 0, 2, 0, 0)
    assert (again.events, again.values(), again.store.settings.events) == before


def test_what_another_file_has_no_column_for_is_not_forgotten(take: Any) -> None:
    taken = take(LOG, settings=f'{READ}value = "price*quantity"')
    between = take(OTHER, into=taken)
    assert between.counts == (1, 1, 0, 0, 0)
    assert between.store.settings.events.value == "price*quantity"
    assert take(LOG, into=between).counts == (2, 0, 2, 0, 0)


def test_one_name_for_all_stays_unless_a_column_is_named(take: Any) -> None:
    taken = take(LOG, settings=READ.replace('touchpoint = "what"', 'touchpoint_name = "visit"'))
    assert [name for _, _, name in take(OTHER, into=taken).events] == ["visit"] * 3
    named = take(OTHER.replace("b,", "c,"), into=taken, settings='[events]\ntouchpoint = "event"')
    assert [name for _, _, name in named.events] == ["visit"] * 3 + ["home"]
    assert take(OTHER, into=named).counts == (1, 0, 1, 0, 0)
    plain = take(LOG, settings=READ)
    take(OTHER, into=plain, settings='[events]\ntouchpoint_name = "visit"')
    assert take(LOG, into=plain).counts == (2, 0, 2, 0, 0)


def test_another_zone_is_taken_where_it_is_named(take: Any) -> None:
    taken = take(LOG, settings=f'{READ}timezone = "Europe/Berlin"')
    added = take(OTHER, into=taken, settings='[events]\ntimezone = "Asia/Tokyo"')
    assert [time for _, time, _ in added.events] == [
        "2026-01-01T09:00:00",
        "2026-01-20T09:00:00",
        "2026-02-01T01:00:00",
    ]
    assert not any("As the store was built" in note for note in added.report.notes)
    # It was said of that file alone: the first one is still known.
    assert take(LOG, into=added).counts == (2, 0, 2, 0, 0)
    assert take(OTHER, into=added, settings='[events]\ntimezone = "Asia/Tokyo"').counts == (1, 0, 1, 0, 0)


def test_a_column_that_is_named_later_is_kept_too(take: Any) -> None:
    taken = take(OTHER)
    later = OTHER.replace("event\n", "event,price\n").replace("home\n", "order,7\n")
    assert take(later, into=taken, settings='[events]\nvalue = "price*2"').counts == (1, 1, 0, 0, 0)
    again = take(later, into=taken)
    assert again.counts == (1, 0, 1, 0, 0)
    assert again.values() == [None, 14.0]


def test_what_stays_is_told_where_the_usual_may_have_been_said(take: Any) -> None:
    built = f'{READ}timezone = "Europe/Berlin"\n[journey]\ngap = "7d"\nminimum_customers = 9'
    taken = take(LOG, settings=built)
    told = take(LOG, into=taken).report.notes
    stays = "[events] timezone Europe/Berlin, [journey] gap 7d, [journey] minimum_customers 9"
    assert f"As the store was built before: {stays}." in told
    assert not any("As the store was built" in note for note in take(LOG, into=taken, settings=built).report.notes)
    with pytest.raises(StoreError, match=r"\[journey\] gap"):
        take(LOG, into=taken, settings='[journey]\ngap = "14d"')


def test_what_is_only_shown_is_replaced_where_it_is_said(take: Any) -> None:
    first = """
        [journey]
        minimum_customers = 6
        [map.notes]
        home = "1"
        [map.kpis]
        home = "1"
        [map.owners]
        home = "1"
        [watch]
        period = "week"
        conversion_drop = 0.2
    """
    second = first.replace('"1"', '"2"').replace('"week"', '"month"').replace("= 6", "= 50")
    taken = take(LOG, settings=f"{READ}{first}")
    for said, expected in (("", first), (second, second), ("", second)):
        take(LOG, into=taken, settings=said)
        kept, wanted = taken.store.settings, parse_settings(expected)
        for name in ("notes", "kpis", "owners", "watch"):
            assert getattr(kept, name) == getattr(wanted, name)
        assert kept.journey.minimum_customers == wanted.journey.minimum_customers


def test_a_new_store_is_read_as_is_said(take: Any) -> None:
    assert take(OTHER).store.settings.events == EventSettings() == Settings().events
