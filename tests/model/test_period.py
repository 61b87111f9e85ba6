"""Calendar periods against the calendar of the standard library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from journeymap.model.period import periods_between

DAY_US = 86_400_000_000


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("length", "first", "last", "names"),
    [
        ("day", "2024-02-28T12:00", "2024-03-01T00:00", ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ("week", "2024-12-29T23:59", "2025-01-06T00:00", ["2024-W52", "2025-W01", "2025-W02"]),
        ("week", "2021-01-01T00:00", "2021-01-03T23:59", ["2020-W53"]),
        ("month", "2023-12-31T23:59", "2024-02-01T00:00", ["2023-12", "2024-01", "2024-02"]),
        ("quarter", "2023-11-01T00:00", "2024-04-01T00:00", ["2023-Q4", "2024-Q1", "2024-Q2"]),
    ],
)
def test_names(length: str, first: str, last: str, names: list[str]) -> None:
    assert [period.name for period in periods_between(us(first), us(last), length)] == names


@pytest.mark.parametrize("length", ["day", "week", "month", "quarter"])
def test_every_day_is_in_the_period_of_its_name(length: str) -> None:
    start = us("2019-12-25T00:00")
    periods = periods_between(start, start + 900 * DAY_US, length)
    assert all(one.end_us == two.start_us for one, two in pairwise(periods))
    for at in range(900):
        day = date(2019, 12, 25) + timedelta(days=at)
        (period,) = [item for item in periods if item.start_us <= start + at * DAY_US < item.end_us]
        expected = {
            "day": day.isoformat(),
            "week": day.strftime("%G-W%V"),
            "month": day.strftime("%Y-%m"),
            "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        }
        assert period.name == expected[length]
        assert period.first_day <= day.isoformat() <= period.last_day
