"""Online Retail: order lines of a gift shop, with cancellations and lines without a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import journeymap as jm


def visits(shop: jm.Journeys) -> dict[str, int]:
    table = shop.touchpoints()
    return dict(zip(table["touchpoint"], table["visits"], strict=True))


def test_lines(lines: jm.Journeys) -> None:
    report = lines.report
    assert report is not None
    assert (report.read, report.accepted, report.duplicates, report.rejected) == (541_909, 401_604, 5_225, 135_080)
    assert report.rejected_by_reason == {"no_customer": 135_080}
    assert report.customers == 4_372
    assert visits(lines) == {"purchase": 392_732, "cancel": 8_872}
    assert lines.store.engine.execute("SELECT count(*) FROM rejected") == [(135_080,)]


def test_descriptions_with_commas_and_quotes(lines: jm.Journeys) -> None:
    found = lines.store.engine.execute(
        "SELECT bool_or(contains(Description, ',')), bool_or(contains(Description, '\"')) FROM events"
    )
    assert found == [(True, True)]


def test_invoices(invoices: jm.Journeys) -> None:
    report = invoices.report
    assert report is not None
    assert (report.read, report.accepted, report.events, report.rejected) == (541_909, 406_829, 22_190, 135_080)
    assert visits(invoices) == {"purchase": 18_536, "cancel": 3_654}
    customers = invoices.touchpoints().set_index("touchpoint")["customers"]
    assert (customers["purchase"], customers["cancel"]) == (4_339, 1_589)
    again = invoices.store.engine.execute(
        "SELECT count(*) FROM (SELECT customer_key FROM events JOIN touchpoints USING (touchpoint_key) "
        "WHERE touchpoint = 'purchase' GROUP BY 1 HAVING count(*) > 1)"
    )
    assert again == [(2_845,)]


def test_values_add_up_over_what_was_taken_and_what_was_refused(invoices: jm.Journeys) -> None:
    execute = invoices.store.engine.execute
    taken = execute("SELECT sum(value) FROM events")[0][0]
    refused, n_invoices, n_cancelled = execute(
        "SELECT sum(CAST(raw->>'$.Quantity' AS DOUBLE) * CAST(raw->>'$.UnitPrice' AS DOUBLE)), "
        "count(DISTINCT raw->>'$.InvoiceNo'), "
        "count(DISTINCT raw->>'$.InvoiceNo') FILTER (starts_with(raw->>'$.InvoiceNo', 'C')) FROM rejected"
    )[0]
    assert taken + refused == pytest.approx(9_747_747.934, abs=0.01)
    assert (22_190 + n_invoices, 3_654 + n_cancelled) == (25_900, 3_836)


def test_countries(lines: jm.Journeys) -> None:
    execute = lines.store.engine.execute
    refused = execute("SELECT DISTINCT raw->>'$.Country' FROM rejected")
    taken = execute("SELECT DISTINCT Country FROM events")
    assert len({*refused, *taken}) == 38
    two = execute(
        "SELECT count(*) FROM (SELECT customer_key FROM events GROUP BY 1 HAVING count(DISTINCT Country) > 1)"
    )
    assert two == [(8,)]
    listed = lines.segments().set_index("segment")
    assert listed.loc["Country", "unit"] == "journey"
    assert listed.loc["Country", "levels"] == len(taken)
    assert 0 < listed.loc["Country", "changed"] <= 8


def test_levels_add_up(invoices: jm.Journeys) -> None:
    whole, split = invoices.outcomes(), invoices.outcomes(by="Country")
    for name in ("journeys", "mature", "converted", "abandoned", "open"):
        assert split[name].sum() == whole[name].item()
    assert split["value"].sum() == pytest.approx(whole["value"].item())


def test_what_is_read_again_is_there_already(lines: jm.Journeys) -> None:
    assert lines.store.engine.execute("SELECT count(*), count(DISTINCT arrival) FROM events") == [(401_604, 401_604)]
