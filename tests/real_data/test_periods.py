"""Real customers over time: months, movement and variants, against plain SQL over the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import journeymap as jm


def test_loans_by_month_of_their_start(loans: jm.Journeys) -> None:
    frame = loans.over_time(period="month").set_index("period")
    rows = loans.store.engine.execute(
        "SELECT strftime(make_timestamp(start_us), '%Y-%m'), count(*), "
        "count(*) FILTER (converted_at_us - start_us <= 30 * 86400000000) FROM journeys GROUP BY 1"
    )
    assert frame["journeys"].sum() == 13_087
    for month, journeys, in_time in rows:
        assert frame.loc[month, "journeys"] == journeys
        if frame.loc[month, "state"] == "mature":
            assert frame.loc[month, "in_time"] == in_time
    assert frame.loc["2012-02", "state"] == "maturing"


def test_the_export_ends_with_weeks_in_which_nothing_begins(loans: jm.Journeys) -> None:
    found = loans.watch()
    assert [(check.what, check.now) for check in found.alerts] == [("volume", 0)]
    (conversion,) = [check for check in found.checks if check.what == "conversion"]
    assert conversion.period == "2012-W06"


def test_buyers_who_bought_again(invoices: jm.Journeys) -> None:
    shop = invoices.define("buyer", "again: purchases >= 2; once: purchases = 1; else none")
    frame = shop.migration("buyer", period="quarter", last=1)
    ends = {"before": 1_309_478_400_000_000, "period": 1_317_427_200_000_000}  # of June and of September 2011
    rows = invoices.store.engine.execute(
        "WITH bought AS (SELECT customer_key, count(*) FILTER (touchpoint = 'purchase' AND at_us < $a) AS one, "
        "count(*) FILTER (touchpoint = 'purchase' AND at_us < $b) AS two, "
        "min(at_us) AS first_us FROM events JOIN touchpoints USING (touchpoint_key) GROUP BY customer_key) "
        "SELECT CASE WHEN first_us >= $a THEN '(absent)' WHEN one >= 2 THEN 'again' WHEN one = 1 THEN 'once' "
        "ELSE 'none' END, CASE WHEN two >= 2 THEN 'again' WHEN two = 1 THEN 'once' ELSE 'none' END, count(*) "
        "FROM bought WHERE first_us < $b GROUP BY 1, 2",
        {"a": ends["before"], "b": ends["period"]},
    )
    assert {(row.level_before, row.level): row.customers for row in frame.itertuples()} == {
        (one, two): n for one, two, n in rows
    }


def test_customers_of_two_countries_are_left_out(invoices: jm.Journeys) -> None:
    test = invoices.variants("Country", control="Germany", treatment="France")
    assert test.n_several == 8
    rows = invoices.store.engine.execute(
        "SELECT Country, count(*) FROM (SELECT customer_key, min(Country) AS Country FROM events GROUP BY customer_key "
        "HAVING count(DISTINCT Country) = 1) WHERE Country IN ('Germany', 'France') GROUP BY 1"
    )
    row = test.to_frame().iloc[0]
    assert {"Germany": row["customers_control"], "France": row["customers_treatment"]} == dict(rows)
    assert row["ci_low"] <= row["difference"] == pytest.approx(row["rate_treatment"] - row["rate_control"])
