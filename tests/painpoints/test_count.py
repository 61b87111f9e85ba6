"""What is counted from kept codes and sets of places is what each question on its own counts."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from conftest import opened

from journeymap.painpoints import loop, packing
from journeymap.painpoints.division import coded_journeys, divide
from journeymap.painpoints.examine import judge_looks
from journeymap.painpoints.look import Skipped, site_of
from journeymap.painpoints.registry import DETECTORS
from journeymap.store.sql import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    import journeymap as jm

_LEAST = {"least_transitions": 1, "least_errors": 1, "least_sessions": 1}
_PLAIN = """
    SELECT p.place, {level} AS level, count(*) FILTER (WHERE u.is_hit), count(*) FILTER (WHERE u.is_mature),
        count(*) FILTER (WHERE NOT u.is_mature), count(DISTINCT CASE WHEN u.is_hit THEN u.customer_key END),
        count(DISTINCT CASE WHEN u.is_hit THEN u.journey_key END),
        count(DISTINCT CASE WHEN u.is_hit AND j.is_mature THEN u.journey_key END)
    FROM units u JOIN places p ON p.place_key = u.place_key JOIN population j ON j.journey_key = u.journey_key
    GROUP BY p.place, {level} HAVING count(*) FILTER (WHERE u.is_mature) > 0
"""


@pytest.fixture(scope="module")
def many() -> Iterator[jm.Journeys]:
    """Seventy touchpoints, which take two sets; customers with one and with several journeys; levels that change."""
    draw = random.Random(7)  # noqa: S311 - a log, no secret
    lines = []
    for customer in range(150):
        for journey in range(draw.choice([1, 1, 2, 4])):
            channel = draw.choice(["web", "app", "call"])
            for step in range(draw.randint(1, 12)):
                event = draw.choice(["cart", "order", "search", "help", "pay_error", "return_item", "support_call"])
                if draw.random() < 0.6:
                    event = f"page{draw.randrange(64)}"
                lines.append(f"c{customer} {40 * journey}d+{step * 3}m {event} {channel} {draw.randint(1, 5)}")
    customers = {
        "customer": [f"c{at}" for at in range(150)],
        "region": [draw.choice(["north", "south"]) for _ in range(150)],
        "tier": [draw.choice(["gold", "silver", "blue"]) for _ in range(150)],
    }
    columns = ("customer", "timestamp", "event", "channel", "score")
    with opened() as log:
        yield log("\n".join(lines), columns=columns, goal=("order",), customers=customers)


@pytest.mark.parametrize("kind", sorted(DETECTORS))
def test_counts_are_those_of_a_question_on_its_own(
    many: jm.Journeys, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Levels and stages in several words, as many of them would be.
    monkeypatch.setattr(packing, "_WORD_BITS", 2)
    monkeypatch.setattr(loop, "_WORD_BITS", 2)
    store = many.store
    division = divide(store, many.question, ["region", "channel", "tier"])
    looks = DETECTORS[kind].look(site_of(store, division.whole))
    assert not isinstance(looks, Skipped), looks
    n_counted = 0
    for usual in looks:
        look = replace(usual, least_units=1, values={**usual.values, **_LEAST})
        findings = {(item.place, *item.levels[0]): item for item in judge_looks(store, division, [look])}
        for at, segment in enumerate(["region", "channel", "tier"]):
            plain = _PLAIN.format(level=division.levelled.level_names[at])
            for place, level, *counts in store.rows(division.levelled.query(look.steps, plain, **look.values)):
                item = findings.pop((place, segment, level))
                n_counted += 1
                converted = dict(item.consequences).get("conversion of journeys hit")
                got = [item.n_hits, item.n_units, item.n_immature, item.customers, item.journeys]
                assert got == counts[:5], (place, segment, level)
                assert look.is_loss or (converted is None) == (counts[5] == 0)
        assert findings == {}
    assert n_counted >= 2


def test_levels_have_codes_and_customers(many: jm.Journeys) -> None:
    store = many.store
    division = divide(store, many.question, ["region", "channel"])
    with coded_journeys(store, division) as (region, channel):
        assert region.keys == (("north",), ("south",))
        assert sum(region.customers) == 150
        assert channel.keys == (("app",), ("call",), ("web",))
        # Who came by two channels is in both.
        assert sum(channel.customers) > 150
        assert (region.is_steady, channel.is_steady) == (True, False)
        rows = store.rows(Query((), "SELECT count(*), min(journey_number), max(journey_number) FROM coded_journeys"))
        n = store.rows(Query((), "SELECT count(*) FROM journeys"))[0][0]
        assert rows == [(n, 0, n - 1)]


def test_nothing_is_kept_after_a_failure(many: jm.Journeys) -> None:
    store = many.store

    def kept() -> list[tuple[Any, ...]]:
        return store.engine.execute("SELECT table_name FROM duckdb_tables() WHERE temporary ORDER BY table_name")

    before = kept()
    with coded_journeys(store, divide(store, many.question)):
        assert len(kept()) == len(before) + 2
        with pytest.raises(duckdb.Error), store.set_aside("more", Query((), "SELECT no_such_column FROM journeys")):
            pass
        assert len(kept()) == len(before) + 2
    assert kept() == before
