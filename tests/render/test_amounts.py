"""Numbers, shares and durations as they are shown."""

from __future__ import annotations

import pytest

from journeymap.render.amounts import count, duration, share, short


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "0"), (7, "7"), (1234, "1,234"), (99_999, "99,999"), (100_000, "100 k"), (2_500_000_000, "2.5 G")],
)
def test_count(number: int, written: str) -> None:
    assert count(number) == written


@pytest.mark.parametrize(
    ("number", "written"), [(0, "0"), (12.4, "12.4"), (999.9, "1 k"), (12_345, "12.3 k"), (999_999, "1 M")]
)
def test_short(number: float, written: str) -> None:
    assert short(number) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (0.4, "0.4 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3569, "59 min"),
        (3600, "1 h"),
        (86_000, "23.9 h"),
        (86_400, "1 d"),
        (86_400 * 400, "400 d"),
    ],
)
def test_duration(seconds: float, written: str) -> None:
    assert duration(seconds) == written


@pytest.mark.parametrize(("part", "written"), [(0.0, "0 %"), (0.9996, ">99.9 %"), (0.666, "66.6 %"), (0.1, "10 %")])
def test_share(part: float, written: str) -> None:
    assert share(part) == written
