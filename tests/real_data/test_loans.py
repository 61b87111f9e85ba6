"""BPI Challenge 2012: loan applications, one case each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import journeymap as jm
from journeymap.model.names import ENDS
from journeymap.settings import parse_settings

if TYPE_CHECKING:
    from pathlib import Path

CASES = {
    "A_SUBMITTED": 13_087,
    "A_PREACCEPTED": 7_367,
    "A_ACCEPTED": 5_113,
    "O_SENT": 5_015,
    "O_SENT_BACK": 3_254,
    "A_ACTIVATED": 2_246,
    "A_DECLINED": 7_635,
    "A_CANCELLED": 2_807,
}


def test_what_was_read(loans: jm.Journeys) -> None:
    report = loans.report
    assert report is not None
    assert (report.read, report.accepted, report.duplicates, report.filtered, report.rejected) == (
        262_200,
        262_200,
        0,
        0,
        0,
    )
    assert (report.customers, report.journeys, report.touchpoints) == (13_087, 13_087, 24)
    assert (report.converted, report.ended, report.abandoned, report.open) == (2_246, 0, 8_697, 2_144)
    assert report.mature == 11_310
    assert round(100 * report.ties / report.accepted, 1) == 9.7
    assert report.columns == {
        "customer": "case:concept:name",
        "timestamp": "time:timestamp",
        "touchpoint": "concept:name",
    }


def test_the_mature_journeys(loans: jm.Journeys) -> None:
    row = loans.outcomes().to_dict("records")[0]
    assert (row["mature"], row["converted"], row["immature"]) == (11_310, 2_001, 13_087 - 11_310)
    assert round(row["conversion_rate"], 3) == 0.177
    assert row["converted"] + row["ended"] + row["abandoned"] + row["open"] == row["mature"]


def test_directly_follows(loans: jm.Journeys) -> None:
    moves = loans.transitions()
    inner = moves[~moves["source"].str.startswith("(") & ~moves["target"].str.startswith("(")]
    assert len(inner) == 125
    top = inner.iloc[0]
    assert (top["source"], top["target"], top["count"]) == ("W_Completeren aanvraag", "W_Completeren aanvraag", 38_004)
    starts = moves[moves["source"] == "(start)"]
    assert (list(starts["target"]), list(starts["count"])) == (["A_SUBMITTED"], [13_087])
    assert moves[moves["target"].str.startswith("(")]["source"].nunique() == 11
    assert inner["count"].sum() == 262_200 - 13_087


def test_cases_that_contain_an_activity(loans: jm.Journeys) -> None:
    found = loans.touchpoints().set_index("touchpoint")
    assert {name: int(found.loc[name, "journeys"]) for name in CASES} == CASES
    assert {name: int(found.loc[name, "customers"]) for name in CASES} == CASES
    assert round(100 * found.loc["A_ACTIVATED", "journey_share"], 2) == 17.16


def test_variants_and_durations(loans: jm.Journeys) -> None:
    paths = loans.paths(top=1)
    assert paths["journeys"].tolist() == [3_429]
    every = loans.paths(top=10_000)
    assert (len(every), every["journeys"].sum()) == (4_366, 13_087)
    days = loans.store.engine.execute(
        "SELECT avg(end_us - start_us) / 86400e6, median(end_us - start_us) / 86400e6 FROM journeys"
    )[0]
    assert (round(days[0], 2), round(days[1], 2)) == (8.62, 0.81)
    assert loans.outcomes()["median_seconds"].item() == pytest.approx(days[1] * 86_400)


def test_the_three_ends(loans: jm.Journeys) -> None:
    rows = loans.store.engine.execute(
        "SELECT n, count(*) FROM (SELECT journey_key, count(DISTINCT touchpoint) FILTER (touchpoint IN "
        "('A_ACTIVATED', 'A_DECLINED', 'A_CANCELLED')) AS n FROM events JOIN touchpoints USING (touchpoint_key) "
        "GROUP BY 1) GROUP BY 1 ORDER BY 1"
    )
    assert rows == [(0, 399), (1, 13_087 - 399)]


def test_visits_are_the_transitions_in_and_out(loans: jm.Journeys) -> None:
    graph = loans.graph()
    for name, data in graph.nodes(data=True):
        if data["kind"] == "touchpoint":
            assert graph.in_degree(name, weight="count") == graph.out_degree(name, weight="count") == data["visits"]
    assert sum(data["visits"] for _, data in graph.nodes(data=True) if data["kind"] == "touchpoint") == 262_200


def test_finals_end_journeys(loans_path: Path) -> None:
    settings = parse_settings(
        '[journey]\ngap = "none"\nhorizon = "30d"\ngoal = "A_ACTIVATED"\nfinal = ["A_DECLINED", "A_CANCELLED"]'
    )
    with jm.open(loans_path, settings=settings) as shop:
        report = shop.report
        assert report is not None
        assert (report.converted, report.ended) == (2_246, 7_635 + 2_807)
        assert report.abandoned + report.open == 399


def test_the_default_gap_cuts_eleven_journeys(loans_path: Path) -> None:
    with jm.open(loans_path, settings=parse_settings('[journey]\ngoal = "A_ACTIVATED"')) as shop:
        assert shop.report is not None
        assert (shop.report.customers, shop.report.journeys) == (13_087, 13_098)


def test_every_step_has_all_applications(loans: jm.Journeys) -> None:
    frame = loans.steps(30)
    is_end = frame["target"].isin(ENDS)
    for step in range(1, 31):
        there = frame.loc[frame["step"] == step, "journeys"].sum()
        assert there + frame.loc[is_end & (frame["step"] < step), "journeys"].sum() == 13_087
    assert set(frame.loc[frame["step"] == 1, "source"]) == {"A_SUBMITTED"}
    after = loans.steps(1, after="O_SENT_BACK")
    assert after.loc[after["step"] == 0, "journeys"].sum() == 3_254
