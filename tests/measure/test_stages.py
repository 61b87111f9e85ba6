"""Stages, scores and friction: worked by hand, and counted a second way over logs drawn at random."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from journeymap.measure.friction import friction
from journeymap.measure.interval import clustered_mean_interval, jackknife_interval
from journeymap.measure.scores import scale_of, score_scale
from journeymap.measure.stages import channel_visits
from journeymap.segments.question import Question
from journeymap.settings import JourneySettings, Settings

if TYPE_CHECKING:
    import pandas as pd
    from conftest import Logs

    from journeymap.api import Journeys

DAY = 86_400.0
COLUMNS = ("customer", "timestamp", "event", "channel", "value", "score")
SETTINGS = Settings(
    stages=(("early", ("home", "search")), ("late", ("cart", "order", "declined", "pay*"))),
    journey=JourneySettings(goal=("order",), final=("declined",)),
)
BARE = Settings(stages=SETTINGS.stages, journey=JourneySettings(goal=("order",)))
SHOP = """
    A 0d   home     web  -    4
    A 1d   cart     web  -    2
    A 3d   cart     app
    A 4d   order    web  10   5
    A 60d  home     app
    B 2d   home     web
    B 5d   cart     app  -    1
    C 90d  cart     -
    D 10d  declined app  -    1
    E 100d home     web
"""
# With a gap of 30 days and the data end on day 100: A's first journey converted, A's second and B's were abandoned,
# C's and E's are open and immature, D's ended.


@pytest.fixture
def shop(log: Logs) -> Journeys:
    return log(SHOP, columns=COLUMNS, settings=SETTINGS)


def picked(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_stages(shop: Journeys) -> None:
    frame = shop.stages()
    assert picked(frame, "stage", "visits", "customers", "journeys") == [("early", 4, 3, 4), ("late", 6, 4, 4)]
    # Mature are A's two, B's and D's. A's second was left at home, B's at the cart.
    assert picked(frame, "mature_journeys", "mature_customers", "dropped", "drop_rate") == [
        (3, 2, 1, pytest.approx(1 / 3)),
        (3, 3, 1, pytest.approx(1 / 3)),
    ]
    assert frame["journey_share"].tolist() == pytest.approx([4 / 6, 4 / 6])
    # Early: A one day, B three, and nobody knows of the last visits. Late: A two days and one.
    assert picked(frame, "median_seconds", "timed_journeys") == [(2 * DAY, 2), (3 * DAY, 1)]
    assert (frame["ci_low"] < 1 / 3).all()
    assert (frame["ci_high"] > 1 / 3).all()


def test_channels(shop: Journeys) -> None:
    frame = channel_visits(shop.store, Question())
    assert set(picked(frame, "stage", "channel", "visits")) == {
        ("early", "web", 3), ("early", "app", 1), ("late", "app", 3), ("late", "web", 2), ("late", "", 1),
    }  # fmt: skip


def test_scores(shop: Journeys) -> None:
    frame = shop.scores()
    # Late: A gave 2 and 5, B and D gave 1.
    assert picked(frame, "stage", "scores", "customers", "mean_score") == [("late", 4, 3, 2.25), ("early", 1, 1, 4.0)]
    assert picked(shop.scores(per="touchpoint"), "touchpoint", "mean_score", "scores") == [
        ("declined", 1.0, 1), ("cart", 1.5, 2), ("home", 4.0, 1), ("order", 5.0, 1),
    ]  # fmt: skip
    assert score_scale(shop.store) == (1.0, 5.0)
    late = frame.iloc[0]
    assert 1 <= late["ci_low"] < 2.25 < late["ci_high"] <= 5


def test_without_scores_there_is_no_scale_and_no_row(log: Logs) -> None:
    store = log("A 0d home\nA 1d cart")
    assert score_scale(store.store) is None
    assert store.scores().empty


@pytest.mark.parametrize(
    ("lowest", "highest", "scale"),
    [(0, 10, (0, 10)), (1, 10, (1, 10)), (3, 7, (1, 7)), (0, 1, (0, 1)), (-20, 90, (-100, 100)), (2, 140, (2, 140))],
)
def test_the_scale_is_the_narrowest_usual_one(lowest: float, highest: float, scale: tuple[float, float]) -> None:
    assert scale_of(lowest, highest) == scale


FRICTION = """
    A 0d       pay
    A 0d+1m    pay
    A 0d+2m    pay_error
    A 0d+3m    order
    A 0d+4m    order
    B 0d       pay
    B 0d+2h    pay
    C 99d      pay
    D 100d     home
"""


def test_friction(log: Logs) -> None:
    store = log(FRICTION, settings=BARE)
    frame = friction(store.store, Question())
    # Late: mature are A's five visits and B's two. A paid again at once; B came back after two hours, which is another
    # session; buying again is no trouble. One error; B's journey of two was abandoned.
    (row,) = frame.to_dict("records")
    assert (row["stage"], row["mature_journeys"], row["dropped"], row["mature_visits"]) == ("late", 2, 1, 7)
    assert (row["repeats"], row["errors"], row["customers"]) == (1, 1, 2)
    assert row["ease"] == pytest.approx((1 - 1 / 2) * (1 - 1 / 7) * (1 - 1 / 7))
    assert 0 <= row["ci_low"] <= row["ease"] <= row["ci_high"] <= 1


def test_without_friction_all_is_ease_and_the_interval_is_not_empty(log: Logs) -> None:
    frame = friction(log("A 0d home\nA 1d order\nB 60d home\nB 61d order\nC 200d home", settings=BARE).store,
                     Question())  # fmt: skip
    assert frame["ease"].tolist() == [1.0, 1.0]
    assert (frame["ci_low"] < 0.9).all()


def test_a_jackknife_of_equal_groups_is_students_interval_of_their_means() -> None:
    values = np.array([1.0, 2.0, 2.5, 4.0, 3.0, 5.0])
    low, high = clustered_mean_interval(values[None, :], np.ones((1, 6)), [6], bounds=(-100, 100))
    expected = stats.t.interval(0.95, 5, loc=values.mean(), scale=stats.sem(values))
    assert (low[0], high[0]) == pytest.approx(expected)
    nothing = jackknife_interval([2.0], [[np.nan, 2.0]])
    assert np.isnan(nothing).all()


def test_a_mean_interval_stays_on_the_scale_and_is_never_empty() -> None:
    low, high = clustered_mean_interval([[5.0, 5.0], [5.0, 0.0], [9.0, 1.0]], [[1, 1], [1, 0], [2, 1]], [2, 1, 3],
                                        bounds=(1, 5))  # fmt: skip
    assert ((low >= 1) & (high <= 5) & (high - low > 0.5)).all()
    assert high[:2].tolist() == [5, 5]


NAMES = ("home", "search", "cart", "pay", "order", "declined")
STAGE = {"home": "early", "search": "early", "cart": "late", "pay": "late", "order": "late", "declined": "late"}


def random_log(seed: int) -> list[tuple[str, int, str, float | None]]:
    """Give (customer, hour, touchpoint, score), no two of a customer at the same hour."""
    draw = random.Random(seed)  # noqa: S311 - cases, not secrets
    rows = []
    for number in range(130):
        hours = sorted(draw.sample(range(24 * 150), draw.randint(1, 9)))
        for hour in hours:
            score = float(draw.randint(1, 5)) if draw.random() < 0.4 else None
            rows.append((f"c{number}", hour, draw.choices(NAMES, (5, 3, 4, 3, 1, 0.3))[0], score))
    return rows


def journeys_of(rows: list[tuple[str, int, str, float | None]]) -> list[list[tuple[str, int, str, float | None]]]:
    found: list[list[tuple[str, int, str, float | None]]] = []
    for row in sorted(rows):
        last = found[-1][-1] if found else None
        if last is None or last[0] != row[0] or row[1] - last[1] > 30 * 24:
            found.append([])
        found[-1].append(row)
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_stages_counted_a_second_way(log: Logs, seed: int) -> None:
    rows = random_log(seed)
    text = "\n".join(
        f"{who} {hour}h {name} - - {'-' if score is None else score}" for who, hour, name, score in rows
    )  # fmt: skip
    people = sorted({row[0] for row in rows})
    regions = {who: "ns"[at % 2] for at, who in enumerate(people)}
    customers = {"customer": people, "region": [regions[who] for who in people]}
    store = log(text, columns=COLUMNS, settings=SETTINGS, customers=customers)
    frame = store.stages(by="region").set_index(["region", "stage"])
    means = store.scores(by="region").set_index(["region", "stage"])
    end = max(row[1] for row in rows)
    for region in "ns":
        journeys = [found for found in journeys_of(rows) if regions[found[0][0]] == region]
        for stage in ("early", "late"):
            through = [found for found in journeys if any(STAGE[row[2]] == stage for row in found)]
            visits = [row for found in through for row in found if STAGE[row[2]] == stage]
            mature = [found for found in through if found[0][1] + 720 <= end]
            dropped = [
                found for found in through
                if not {"order", "declined"} & {row[2] for row in found} and end - found[-1][1] > 720
                and STAGE[found[-1][2]] == stage
            ]  # fmt: skip
            times = []
            for found in through:
                gaps = [b[1] - a[1] for a, b in pairwise(found) if STAGE[a[2]] == stage]
                times += [sum(gaps) * 3600.0] if gaps else []
            row = frame.loc[(region, stage)]
            counts = ["visits", "customers", "journeys", "mature_journeys", "dropped", "timed_journeys"]
            assert row[counts].tolist() == [
                len(visits), len({item[0] for item in visits}), len(through), len(mature), len(dropped), len(times),
            ]  # fmt: skip
            assert row["mature_customers"] == len({found[0][0] for found in mature})
            assert row["journey_share"] == len(through) / len(journeys)
            assert row["median_seconds"] == pytest.approx(median(times))
            scored = [item[3] for item in visits if item[3] is not None]
            assert means.loc[(region, stage), "mean_score"] == pytest.approx(fmean(scored))
            assert means.loc[(region, stage), "scores"] == len(scored)


def test_the_interval_of_a_score_is_a_jackknife_over_customer_groups(log: Logs) -> None:
    rows = [row for row in random_log(3) if row[3] is not None]
    store = log("\n".join(f"{who} {hour}h {name} - - {score}" for who, hour, name, score in rows),
                columns=COLUMNS, settings=SETTINGS)  # fmt: skip
    group_of = {
        str(who): int(key) % 100
        for who, key in store.store.engine.execute("SELECT customer_id, customer_key FROM customers")
    }
    groups: defaultdict[int, list[float]] = defaultdict(list)
    for who, _, name, score in rows:
        if STAGE[name] == "late" and score is not None:
            groups[group_of[who]].append(score)
    everything = [score for found in groups.values() for score in found]
    without = [
        fmean([score for other, found in groups.items() if other != group for score in found]) for group in groups
    ]
    half = stats.t.ppf(0.975, len(groups) - 1) * np.sqrt(
        (len(groups) - 1) / len(groups) * sum((mean - fmean(everything)) ** 2 for mean in without)
    )
    row = store.scores().set_index("stage").loc["late"]
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((fmean(everything) - half, fmean(everything) + half))


def test_columns_of_the_source_may_be_called_as_ours_are(log: Logs) -> None:
    store = log(
        "A 0d home x 1\nA 1d order y 2\nB 1d home x 3", columns=("customer", "timestamp", "event", "place", "score"),
        settings=BARE, customers={"customer": ["A", "B"], "stage": ["new", "old"], "visits": [1, 2]},
    )  # fmt: skip
    frame = store.stages(by=["stage", "visits"])
    assert picked(frame, "by_stage", "by_visits", "stage", "visits") == [
        ("new", "1", "early", 1), ("new", "1", "late", 1), ("old", "2", "early", 1),
    ]  # fmt: skip
    assert picked(store.scores(by="place"), "place", "stage", "mean_score") == [
        ("x", "early", 2.0), ("x", "late", 2.0),
    ]  # fmt: skip
    assert len(friction(store.store, Question(by=("stage",)))) == 0
    found = store.maps(by=["stage", "visits"])
    assert found["new", "1"].stage_facts[0].score is not None
