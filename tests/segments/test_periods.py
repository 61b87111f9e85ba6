"""Which periods a question has, which of them the data reach over, and which a journey is in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from conftest import opened
from measure.test_spark_dialect import TRAPS

from journeymap.errors import QuestionError
from journeymap.measure.groups import journey_groups
from journeymap.segments.periods import calendar_periods
from journeymap.store.spark_dialect import to_spark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Logs

    from journeymap.api import Journeys

# The first of January 2024 is a Monday: day 31 is the first of February, day 91 of April.
LOG = """
    A 0d+1h  home
    B 31d    home
    C 31d-1us home
    D 60d    home
    E 91d    home
    F 120d   home
"""


@pytest.fixture(scope="module")
def known() -> Iterator[Journeys]:
    with opened() as log:
        yield log(LOG)


def named(shop: Any, length: str) -> list[tuple[str, bool]]:
    found = calendar_periods(shop.store, replace(shop.question, period=length))
    return [(period.name, period.is_complete) for period in found]


def test_the_first_and_the_last_day_count_whole(log: Logs) -> None:
    shop = log(LOG)  # from January 1, one o'clock, to April 30
    assert named(shop, "month") == [("2024-01", True), ("2024-02", True), ("2024-03", True), ("2024-04", True)]
    assert named(shop, "quarter") == [("2024-Q1", True), ("2024-Q2", False)]
    assert named(shop, "week")[-1] == ("2024-W18", False)
    assert named(log("A 1d home\nB 40d home"), "month") == [("2024-01", False), ("2024-02", False)]


def test_dates_are_taken_at_their_word(known: Journeys, at: Callable[[str], Any]) -> None:
    shop = known
    # The data end at midnight of the last of April: that day is missing.
    assert named(shop.where(as_of=at("120d")), "month")[-1] == ("2024-04", False)
    assert named(shop.where(as_of=at("121d-1us")), "month")[-1] == ("2024-04", True)
    assert named(shop.where(as_of=at("200d")), "month")[-1] == ("2024-07", False)
    assert named(shop.where(since=at("31d+1h"), until=at("91d")), "month") == [("2024-02", False), ("2024-03", True)]
    with pytest.raises(QuestionError, match="no events between"):
        named(shop.where(since=at("200d")), "month")


@pytest.mark.parametrize("length", ["day", "week", "month", "quarter"])
def test_each_journey_is_in_its_period_and_in_no_other(known: Journeys, length: str) -> None:
    shop = known
    asked = replace(shop.question, period=length)
    counted = journey_groups(shop.store, asked).groupby("(period)")["all_customers"].sum()
    periods = calendar_periods(shop.store, asked)
    for number, period in enumerate(periods):
        rows = shop.store.engine.execute(
            "SELECT count(*) FROM journeys WHERE start_us >= $a AND start_us < $b",
            {"a": period.start_us, "b": period.end_us},
        )
        assert rows[0][0] == counted.get(str(number), 0)
    assert counted.sum() == 6


def test_mistakes(known: Journeys, log: Logs) -> None:
    shop = known
    with pytest.raises(QuestionError, match=r"'weak' is no length of a period\. Did you mean 'week'"):
        named(shop, "weak")
    with pytest.raises(QuestionError, match="make 1,101 periods of a day; at most 1,000"):
        named(log("A 0d-1100d home\nA 0d home"), "day")


def test_it_translates_to_spark(known: Journeys) -> None:
    shop = known
    heard: list[str] = []
    shop.explain_to(heard.append)
    for length in ("week", "month"):
        journey_groups(shop.store, replace(shop.question, period=length))
    assert len(heard) == 2
    for sql in heard:
        text = to_spark(sql)
        assert not [name for name, trap in TRAPS.items() if trap.search(text)]
