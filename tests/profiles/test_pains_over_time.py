"""Pain points by period: those of each period alone, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from journeymap.errors import QuestionError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Logs

    from journeymap.api import Journeys

KINDS = ["abandonment", "failed_search"]


def test_each_period_is_what_its_journeys_alone_give(sample_shop: Journeys) -> None:
    by = "region"
    frame = sample_shop.pains_over_time(by, kinds=KINDS, last=2)
    months = [("2026-05", "2026-05-01", "2026-06-01"), ("2026-06", "2026-06-01", "2026-07-01")]
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for name, first, last in months:
        for item in sample_shop.where(since=first, until=last).pain_points(by=by, kinds=KINDS, examined=True):
            key = (*(level for _, level in item.levels), item.kind, item.place)
            seen.setdefault(key, {})[name] = item
    stands = {key: items for key, items in seen.items() if any(item.is_reported for item in items.values())}
    assert len(frame) == sum(len(items) for items in stands.values()) > 3
    for row in frame.to_dict("records"):
        key = (row[by], row["kind"], row["place"])
        item = stands[key][row["period"]]
        assert (row["hits"], row["units"], row["immature"]) == (item.n_hits, item.n_units, item.n_immature)
        assert (row["rate"], row["ci_low"], row["ci_high"]) == (item.rate, item.ci_low, item.ci_high)
        assert row["is_reported"] == item.is_reported
    assert list(frame.columns[:2]) == [by, "kind"]
    groups = frame.groupby([by, "kind", "place"], sort=False)
    worst = [rows.loc[rows["is_reported"], "severity"].max() for _, rows in groups]
    assert worst == sorted(worst, reverse=True)
    assert all(rows["period"].is_monotonic_increasing for _, rows in groups)


def test_dates_of_the_question_hold(sample_shop: Journeys) -> None:
    frame = sample_shop.where(since="2026-05-31", until="2026-06-30").pains_over_time(
        kinds="failed_search", period="week"
    )
    assert set(frame["period"]) == {"2026-W23", "2026-W24", "2026-W25", "2026-W26"}


def test_mistakes(log: Logs, at: Callable[[str], Any]) -> None:
    shop = log("A 0d home\nA 10d home")
    with pytest.raises(QuestionError, match="no whole month"):
        shop.pains_over_time()
    with pytest.raises(QuestionError, match="within a period itself"):
        shop.pains_over_time(kinds="sudden_change", period="week")
    with pytest.raises(UnknownNameError, match="no detector 'erorr'"):
        shop.pains_over_time(kinds="erorr", period="week")
    assert shop.pains_over_time(period="week").empty
    with pytest.raises(QuestionError, match="no events between"):
        shop.where(since=at("20d")).pains_over_time()
