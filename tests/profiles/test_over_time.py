"""Segments over time: by hand, and against the measures of each period alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conftest import opened
from scipy import stats

from journeymap.errors import QuestionError
from journeymap.measure.interval import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from conftest import Logs

    from journeymap.api import Journeys

# Journeys are over after three days of silence; weeks begin on day 0, 7 and 14.
LOG = """
    A 0d  cart
    A 1d  order
    B 2d  cart
    D 7d  cart
    D 9d  cart
    D 11d cart
    D 12d order
    C 8d  cart
    C 12d order
    E 15d cart
    Z 20d home
"""
PEOPLE = {"customer": ["A", "B", "C", "D", "E", "Z"], "region": ["n", "s", "n", "s", None, "n"]}


@pytest.fixture(scope="module")
def shop() -> Iterator[Journeys]:
    with opened() as log:
        yield log(LOG, customers=PEOPLE, goal=("order",), gap="3d")


def picked(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_weeks_by_hand(shop: Journeys) -> None:
    frame = shop.over_time()
    names = ("period", "first_day", "state", "customers", "journeys", "mature", "immature")
    assert picked(frame, *names) == [
        ("2024-W01", "2024-01-01", "mature", 2, 2, 2, 0),
        ("2024-W02", "2024-01-08", "mature", 2, 3, 3, 0),
        ("2024-W03", "2024-01-15", "maturing", 2, 2, 1, 1),
    ]
    # D converted five days after its start: that counts as conversion, but not within the horizon of three days.
    assert picked(frame, "in_time", "converted", "ended", "abandoned", "open") == [
        (1, 1, 0, 1, 0),
        (1, 2, 0, 1, 0),
        (0, 0, 0, 1, 0),
    ]
    assert frame["in_time_rate"].tolist() == [0.5, pytest.approx(1 / 3), 0]
    assert frame["conversion_rate"].tolist() == [0.5, pytest.approx(2 / 3), 0]
    assert frame["abandoned_rate"].tolist() == [0.5, pytest.approx(1 / 3), 1]
    assert frame["share"].tolist() == [1, 1, 1]


def test_levels_by_hand(shop: Journeys) -> None:
    frame = shop.over_time("region")
    assert picked(frame, "region", "period", "journeys") == [
        ("n", "2024-W01", 1), ("n", "2024-W02", 2), ("n", "2024-W03", 1),
        ("s", "2024-W01", 1), ("s", "2024-W02", 1), ("s", "2024-W03", 0),
        ("(none)", "2024-W01", 0), ("(none)", "2024-W02", 0), ("(none)", "2024-W03", 1),
    ]  # fmt: skip
    assert frame["share"].tolist() == pytest.approx([0.5, 2 / 3, 0.5, 0.5, 1 / 3, 0, 0, 0, 0.5])
    assert np.isnan(frame["in_time_rate"].tolist()[5])  # no mature journey, no rate
    assert (frame["share_low"] <= frame["share"]).all()
    assert (frame["share"] <= frame["share_high"]).all()
    # The second week of n: A's group has nothing, C has one journey abandoned and one converted in time.
    low, high = wilson_interval([0.5], [1])
    assert (frame["in_time_rate_low"][1], frame["in_time_rate_high"][1]) == (low[0], high[0])


@pytest.mark.parametrize("by", [None, "lifecycle"])
def test_each_period_is_what_its_journeys_alone_give(sample_shop: Journeys, by: str | None) -> None:
    frame = sample_shop.over_time(by, period="month")
    for period, first, last in (("2026-04", "2026-04-01", "2026-05-01"), ("2026-06", "2026-06-01", "2026-07-01")):
        alone = sample_shop.where(since=first, until=last).outcomes(by=by)
        there = frame[(frame["period"] == period) & (frame["journeys"] > 0)].reset_index(drop=True)
        columns = ["customers", "journeys", "mature", "immature", "converted", "ended", "abandoned", "open"]
        assert there[columns].to_numpy().tolist() == alone[columns].to_numpy().tolist()
        for name in ("conversion_rate", "ci_low", "ci_high"):
            assert there[name].to_numpy() == pytest.approx(alone[name].to_numpy(), nan_ok=True)
    whole = sample_shop.outcomes(by=by)
    assert frame["journeys"].sum() == whole["journeys"].sum()
    assert frame["converted"].sum() == whole["converted"].sum()
    assert frame.groupby("period")["share"].sum().to_numpy() == pytest.approx(1)


def test_goals_cut_pieces_stay_in_the_period_of_their_journey(log: Logs) -> None:
    shop = log("A 6d order\nA 8d cart\nZ 20d home", goal=("order",), gap="3d")
    assert shop.over_time()["journeys"].tolist() == [1, 0, 1]
    assert shop.where(end_at="goal").over_time()["journeys"].tolist() == [2, 0, 1]
    # A piece that begins late makes no old period young again.
    late = log("A 0d cart\nA 3d cart\nA 6d cart\nA 9d order\nA 12d cart\nZ 13d home", goal=("order",), gap="3d")
    pieces = late.where(end_at="goal").over_time()
    assert (pieces["immature"][0], pieces["mature"][0]) == (1, 1)
    assert pieces["state"].tolist() == late.over_time()["state"].tolist() == ["mature", "maturing"]


def test_conversion_in_time_is_counted_from_the_start(sample_shop: Journeys) -> None:
    rows = sample_shop.store.engine.execute(
        "SELECT count(*) FROM journeys WHERE converted_at_us - start_us <= 30 * 86400000000 AND start_us < $until",
        {"until": 1_777_593_600_000_000},
    )
    frame = sample_shop.over_time(period="month").set_index("period")
    assert frame.loc[["2026-03", "2026-04"], "in_time"].sum() == rows[0][0]


def test_empty_weeks_at_the_end_are_no_older_than_those_before(log: Logs) -> None:
    """The last journeys go on for three weeks: no week in which none began has its journeys behind it."""
    text = "A 0d home\nB 8d home\nB 12d home\nB 16d home\nB 20d home\nB 24d home\nB 27d home"
    shop = log(text, gap="5d")
    assert shop.over_time()["state"].tolist() == ["mature", "mature", "mature", "maturing"]
    slow = log(text, gap="20d")
    assert slow.over_time()["state"].tolist() == ["mature", "maturing", "maturing", "maturing"]


def test_drift_between_weeks_by_hand(shop: Journeys) -> None:
    frame = shop.drift("region")
    assert picked(frame, "period", "before", "state", "journeys", "journeys_before") == [
        ("2024-W02", "2024-W01", "complete", 3, 2),
        ("2024-W03", "2024-W02", "complete", 2, 3),
    ]
    # Two and one of three against one and one of two, each with half a journey more.
    now, before = (2.5 / 4, 1.5 / 4), (1.5 / 3, 1.5 / 3)
    index = sum((a - b) * np.log(a / b) for a, b in zip(now, before, strict=True))
    assert frame["drift"][0] == pytest.approx(index)
    assert frame["level"].tolist() == ["n", "(none)"]
    assert frame["difference"].tolist() == pytest.approx([2 / 3 - 1 / 2, 1 / 2])
    assert picked(frame, "share_before", "share")[1] == (0, 0.5)


def test_drift_of_strangers_is_that_of_the_textbook(log: Logs) -> None:
    """Every customer has one journey: then Pearson's test is the right one, and the jackknife must find the same."""
    rng = np.random.default_rng(7)
    lines, people = ["Z 13d home"], {"customer": ["Z"], "tier": ["a"]}
    for at in range(1200):
        week = at % 2
        tier = rng.choice(["a", "b", "c"], p=[0.5, 0.3, 0.2] if week == 0 else [0.42, 0.33, 0.25])
        lines.append(f"c{at} {7 * week}d home")
        people["customer"].append(f"c{at}")
        people["tier"].append(str(tier))
    shop = log("\n".join(lines), customers=people)
    frame = shop.drift("tier")
    table = shop.over_time("tier").pivot_table("journeys", "tier", "period").to_numpy()
    plain = stats.chi2_contingency(table, correction=False)
    assert frame["p_value"][0] == pytest.approx(plain.pvalue, rel=0.6, abs=0.01)
    assert frame["drift"][0] == pytest.approx(plain.statistic * (1 / 600 + 1 / 601), rel=0.05)


def test_mistakes(shop: Journeys) -> None:
    with pytest.raises(QuestionError, match="levels of a segment"):
        shop.drift(None)
    with pytest.raises(QuestionError, match="one month only, 2024-01"):
        shop.drift("region", period="month")


def test_a_segment_called_like_a_column(log: Logs) -> None:
    store = log("A 0d home x\nB 40d home y", columns=("customer", "timestamp", "event", "state"), goal=())
    found = store.over_time(by="state", period="month")
    assert list(found.columns[:4]) == ["by_state", "period", "first_day", "state"]
    assert set(found["by_state"]) == {"x", "y"}


@pytest.mark.parametrize("by", [None, "channel"])
def test_nobody_in_the_question(log: Logs, at: Any, by: str | None) -> None:
    store = log("A 0d home web\nB 40d home app", goal=()).where(since=at("10d"), until=at("12d"))
    found = store.over_time(by=by, period="month")
    assert found["journeys"].sum() == 0


def test_a_period_in_which_nothing_can_be_tested_is_missing(log: Logs) -> None:
    """Weeks begin on day 0: the third has one journey, the fourth none."""
    rows = "A 4d home m\nB 5d home p\nC 12d home p\nD 12d home m\nE 27d home m"
    store = log(rows, columns=("customer", "timestamp", "event", "device"), gap="5d", goal=())
    found = store.drift("device", period="week")
    assert found["p_value"].isna().any()
    assert found["q_value"].isna().tolist() == found["p_value"].isna().tolist()
