from __future__ import annotations

import pytest

from journeymap.errors import QuestionError
from journeymap.settings import (
    JourneySettings,
    effective_horizon_us,
    format_duration,
    parse_duration,
    parse_gap,
)
from journeymap.settings.durations import DAY_US, HOUR_US, MINUTE_US, SECOND_US


@pytest.mark.parametrize(
    ("text", "length_us"),
    [
        ("1s", SECOND_US),
        ("90 min", 90 * MINUTE_US),
        ("1.5H", 90 * MINUTE_US),
        (" 2 weeks ", 14 * DAY_US),
        ("0.000001s", 1),
    ],
)
def test_lengths_that_can_be_read(text: str, length_us: int) -> None:
    assert parse_duration(text) == length_us


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1e3s", "1 month", "none", "0s", "101 years", "40000d"])
def test_lengths_that_cannot(text: str) -> None:
    with pytest.raises(QuestionError, match="the window"):
        parse_duration(text, what="the window")


def test_none_is_a_gap_alone() -> None:
    assert parse_gap(" None ") is None
    assert parse_gap("12h") == 12 * HOUR_US


def test_written_lengths_use_the_largest_unit_that_fits() -> None:
    lengths = (7 * DAY_US, 36 * HOUR_US, 90 * SECOND_US, 1, None)
    assert [format_duration(length) for length in lengths] == ["7d", "36h", "90s", "0.000001s", "none"]


def test_the_horizon_is_the_gap_unless_journeys_are_cut_otherwise() -> None:
    cut = JourneySettings(gap_us=7 * DAY_US)
    assert effective_horizon_us(cut, journeys_from_column=False) == 7 * DAY_US
    assert effective_horizon_us(cut, journeys_from_column=True) == 30 * DAY_US
    whole = JourneySettings(gap_us=None, horizon_us=DAY_US)
    assert effective_horizon_us(whole, journeys_from_column=False) == DAY_US
