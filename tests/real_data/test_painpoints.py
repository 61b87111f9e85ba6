"""Findings on real logs, counted again from the files by SQL that a reader can run by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

import journeymap as jm
from journeymap.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from journeymap.model.finding import Finding
    from journeymap.painpoints.table import PainPoints

_LOANS = """
    WITH events AS (
        SELECT "case:concept:name" AS id, "case:AMOUNT_REQ" AS amount, "concept:name" AS name,
            CAST("time:timestamp" AS TIMESTAMPTZ) AS time, row_number() OVER () AS line
        FROM read_csv('{path}', types = {{'time:timestamp': 'VARCHAR'}})
    ),
    steps AS (
        SELECT *, lead(name) OVER journey AS next, (lead(time) OVER journey) - time AS gap,
            coalesce(time - (lag(time) OVER journey) > INTERVAL 30 MINUTE, TRUE) AS is_new
        FROM events WINDOW journey AS (PARTITION BY id ORDER BY time, line)
    ),
    visits AS (
        SELECT *, sum(CAST(is_new AS INTEGER)) OVER (PARTITION BY id ORDER BY time, line) AS session FROM steps
    )
"""


@pytest.fixture(scope="module")
def loans_by_hand(loans_path: Path) -> Iterator[Any]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield lambda select: connection.execute(_LOANS.format(path=loans_path) + select).fetchone()


@pytest.fixture(scope="module")
def pains(loans_path: Path) -> Iterator[tuple[jm.Journeys, PainPoints]]:
    text = '[journey]\ngap = "none"\nhorizon = "30d"\ngoal = "A_ACTIVATED"\nfinal = ["A_DECLINED", "A_CANCELLED"]'
    with jm.open(loans_path, settings=parse_settings(text)) as shop:
        yield shop, shop.pain_points(each=["case:AMOUNT_REQ"])


def _one(pains: PainPoints, kind: str, place: str) -> Finding:
    (found,) = [item for item in pains if item.kind == kind and item.place.startswith(place)]
    return found


def test_large_loans_are_sent_back_after_they_were_declined(pains: Any, loans_by_hand: Any) -> None:
    found = _one(pains[1], "loop", "from A_DECLINED to W_Completeren aanvraag and back")
    assert found.levels == (("case:AMOUNT_REQ", "17620 and over"),)
    by_hand = loans_by_hand("""
        SELECT count(*) FILTER (WHERE is_there AND is_back), count(*),
            count(DISTINCT CASE WHEN is_there AND is_back THEN id END)
        FROM (
            SELECT id, session, bool_or(name = 'A_DECLINED') AS is_declined,
                coalesce(bool_or(name = 'A_DECLINED' AND next = 'W_Completeren aanvraag'
                    AND gap <= INTERVAL 30 MINUTE), FALSE) AS is_there,
                coalesce(bool_or(name = 'W_Completeren aanvraag' AND next = 'A_DECLINED'
                    AND gap <= INTERVAL 30 MINUTE), FALSE) AS is_back
            FROM visits WHERE amount >= 17620 GROUP BY id, session
        ) WHERE is_declined
    """)
    assert (found.n_hits, found.n_units, found.customers) == by_hand == (333, 1590, 333)


def test_applications_waited_for_their_papers_in_early_2012(pains: Any, loans_by_hand: Any) -> None:
    found = _one(pains[1], "sudden_change", "W_Valideren aanvraag to W_Nabellen incomplete dossiers (slow_step)")
    assert (found.began, found.ended) == ("2012-01-30", "2012-03-07")
    is_inside = "time >= TIMESTAMPTZ '2012-01-30 00:00:00+00' AND time < TIMESTAMPTZ '2012-03-08 00:00:00+00'"
    by_hand = loans_by_hand(f"""
        SELECT count(*) FILTER (WHERE is_slow AND {is_inside}), count(*) FILTER (WHERE {is_inside}),
            count(*) FILTER (WHERE is_slow AND NOT ({is_inside})), count(*) FILTER (WHERE NOT ({is_inside}))
        FROM (
            SELECT time, epoch_us(gap) > quantile_cont(epoch_us(gap), 0.9) OVER () AS is_slow
            FROM visits WHERE name = 'W_Valideren aanvraag' AND next = 'W_Nabellen incomplete dossiers'
        )
    """)
    assert (found.n_hits, found.n_units) == by_hand[:2] == (323, 1951)
    assert found.baseline == by_hand[2] / by_hand[3]


def test_accepted_loans_that_are_not_activated(pains: Any, loans_by_hand: Any) -> None:
    (found,) = pains[0].pain_points(after="A_ACCEPTED", without="A_ACTIVATED", within="30d")
    by_hand = loans_by_hand("""
        SELECT count(*) FILTER (WHERE is_mature AND NOT is_activated), count(*) FILTER (WHERE is_mature),
            count(*) FILTER (WHERE NOT is_mature)
        FROM (
            SELECT a.time + INTERVAL 30 DAY <= (SELECT max(time) FROM events) AS is_mature,
                EXISTS (
                    FROM events e WHERE e.id = a.id AND e.name = 'A_ACTIVATED' AND e.time >= a.time
                        AND e.time <= a.time + INTERVAL 30 DAY
                ) AS is_activated
            FROM events a WHERE a.name = 'A_ACCEPTED'
        )
    """)
    assert (found.n_hits, found.n_units, found.n_immature) == by_hand == (2561, 4378, 735)


def test_poorer_households_shop_twice_in_half_an_hour(real_data: Path, groceries: jm.Journeys) -> None:
    found = _one(groceries.pain_points(each=["income", "age", "household_size"]), "loop", "purchase again and again")
    assert found.levels == (("income", "Under 15K"),)
    folder = real_data / "complete_journey"
    by_hand = duckdb.sql(f"""
        WITH events AS (
            SELECT DISTINCT household_id, CAST(timestamp AS TIMESTAMPTZ) AS time, event, basket_id, campaign_id, value
            FROM '{folder}/events_derived.parquet'
            WHERE household_id IN (FROM (SELECT household_id FROM '{folder}/demographics.parquet'
                WHERE income = 'Under 15K'))
        ),
        steps AS (
            SELECT *, lead(event) OVER household AS next, (lead(time) OVER household) - time AS gap,
                coalesce(time - (lag(time) OVER household) > INTERVAL 30 MINUTE, TRUE) AS is_new
            FROM events WINDOW household AS (PARTITION BY household_id ORDER BY time, basket_id)
        ),
        visits AS (
            SELECT *, sum(CAST(is_new AS INTEGER)) OVER (PARTITION BY household_id ORDER BY time, basket_id) AS session
            FROM steps
        )
        SELECT count(*) FILTER (WHERE is_again), count(*), count(DISTINCT household_id) FILTER (WHERE is_again)
        FROM (
            SELECT household_id, session,
                coalesce(bool_or(next = 'purchase' AND gap <= INTERVAL 30 MINUTE), FALSE) AS is_again
            FROM visits WHERE event = 'purchase' GROUP BY household_id, session
        )
    """).fetchall()[0]
    assert (found.n_hits, found.n_units, found.customers) == by_hand == (777, 6502, 56)
