"""Findings as a list, a frame and a table for notebooks."""

from __future__ import annotations

import sys
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pandas as pd

from journeymap.model.finding import Finding
from journeymap.painpoints import sudden_change
from journeymap.painpoints.examine import rank
from journeymap.painpoints.registry import DETECTORS
from journeymap.painpoints.table import COLUMNS, PainPoints

FINDING = Finding(
    kind="abandonment", place="after cart without order within 7d", touchpoint="cart", levels=(("region", "south"),),
    severity=0.5, n_hits=1200, n_units=2400, n_immature=3, rate=0.5, ci_low=0.4, ci_high=0.6, baseline=0.25, lift=2.0,
    q_value=None, customers=1100, journeys=1150, revenue_at_risk=None, opportunity=10.0,
)  # fmt: skip


def test_it_is_a_list() -> None:
    found = PainPoints([FINDING])
    assert isinstance(found, list)
    assert found[0] is FINDING
    assert [*found] == [FINDING]


def test_records_have_the_levels_and_the_columns_of_the_command_line() -> None:
    (record,) = PainPoints([FINDING], ["region"]).records()
    assert list(record) == ["region", *COLUMNS]
    assert COLUMNS == (
        "kind", "place", "severity", "rate", "ci_low", "ci_high", "baseline", "lift", "q_value", "customers",
        "journeys", "revenue_at_risk", "opportunity",
    )  # fmt: skip
    assert (record["region"], record["q_value"], record["customers"]) == ("south", None, 1100)


def test_a_frame_has_numbers_and_nan_for_what_is_missing() -> None:
    frame = PainPoints(
        [FINDING, replace(FINDING, levels=(("region", "north"),), lift=None, rate=None)], ["region"]
    ).to_frame()
    assert list(frame.columns) == ["region", *COLUMNS]
    assert frame["region"].tolist() == ["south", "north"]
    assert pd.isna(frame.loc[0, "q_value"])
    assert pd.isna(frame.loc[1, "lift"])
    assert frame["lift"].dtype == frame["q_value"].dtype == frame["revenue_at_risk"].dtype == "float64"
    assert frame["customers"].dtype == "int64"


def test_an_empty_frame_has_the_columns() -> None:
    frame = PainPoints().to_frame()
    assert (list(frame.columns), len(frame)) == (list(COLUMNS), 0)
    assert PainPoints()._repr_html_() == "<p>No pain points were found.</p>"


class Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert not attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_table_for_notebooks() -> None:
    page = Cells()
    page.feed(PainPoints([FINDING], ["region"])._repr_html_())
    assert page.texts == [
        "region", "kind", "place", "rate (95 % interval)", "lift", "customers", "severity",
        "south", "abandonment", "after cart without order within 7d", "50.0% of 2,400 (40.0% to 60.0%)",
        "2.00", "1,100", "0.50",
    ]  # fmt: skip


def test_names_are_escaped_in_the_table() -> None:
    bad = '<script>alert("x")</script>&'
    odd = replace(FINDING, place=bad, levels=((bad, bad),), rate=None, ci_low=None, ci_high=None, lift=None)
    page = Cells()
    page.feed(PainPoints([odd], [bad])._repr_html_())
    assert set(page.tags) == {"table", "thead", "tbody", "tr", "th", "td"}
    assert page.texts.count(bad) == 3


def test_ranking_is_by_severity_and_then_by_name() -> None:
    made = [
        replace(FINDING, severity=severity, place=place, levels=(("region", level),))
        for severity, place, level in [(0.2, "b", "x"), (0.9, "b", "y"), (0.2, "a", "z"), (0.2, "a", "w")]
    ]
    assert [(item.severity, item.place, item.levels[0][1]) for item in rank(made)] == [
        (0.9, "b", "y"), (0.2, "a", "w"), (0.2, "a", "z"), (0.2, "b", "x"),
    ]  # fmt: skip
    assert rank([]) == []


def test_every_detector_has_its_page() -> None:
    pages = [sys.modules[detector.look.__module__] for detector in DETECTORS.values()]
    assert {page.KIND for page in pages} == set(DETECTORS)
    for page in (*pages, sudden_change):
        text = page.__doc__ or ""
        for head in ("What it is", "Why it hurts", "How it is measured", "What can be set", "Known false alarms"):
            assert head in text, (page, head)
