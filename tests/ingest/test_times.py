"""How times are written is found from the whole column."""

from __future__ import annotations

from typing import Any

import pytest

from journeymap.errors import NothingAcceptedError, SettingsError

HEAD = "customer_id,timestamp,event\n"


def times(take: Any, written: list[str], settings: str = "") -> Any:
    rows = "".join(f'{at},"{time}",x\n' for at, time in enumerate(written, start=1))
    return take(HEAD + rows, settings=settings)


def read(taken: Any) -> list[str]:
    return [at for _, at, _ in taken.events]


def test_iso_times_with_mixed_offsets(take: Any) -> None:
    written = {
        "2026-01-01T00:00:00+02:00": "2025-12-31T22:00:00",
        "2026-01-01 00:00:00Z": "2026-01-01",
        "2026-01-01 00:00": "2026-01-01",
        " 2026-01-01T10:20:30.5 ": "2026-01-01T10:20:30.500000",
        "2026-01-01T00:00:00.123456789Z": "2026-01-01T00:00:00.123456",
        "2026-01-01T00:00:00-0330": "2026-01-01T03:30:00",
        "2026-01-01": "2026-01-01",
        "1969-12-31T23:59:59Z": "1969-12-31T23:59:59",
    }
    taken = times(take, list(written))
    assert read(taken) == list(written.values())
    assert taken.report.times == "ISO 8601"


def test_what_is_no_time_is_set_aside(take: Any) -> None:
    bad = [
        "2026-13-01", "2026-02-30", "2026-01-01T25:00", "01/02/2026", "yesterday", "now", "epoch", "infinity",
        "1899-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2026-07-02T00:00:01Z", "2226-01-01",
    ]  # fmt: skip
    missing = ["", " ", "null", "NaN", "N/A"]
    taken = times(take, [*bad, *missing, "2026-07-02T00:00:00Z"])
    assert taken.report.rejected_by_reason == {"no_time": len(missing), "bad_time": len(bad)}
    assert read(taken) == ["2026-07-02"]


def test_naive_times_follow_the_time_zone_also_when_clocks_change(take: Any) -> None:
    written = {
        "2026-03-29 01:59": "2026-03-29T00:59:00",
        "2026-03-29 03:00": "2026-03-29T01:00:00",
        "2025-10-26 01:30": "2025-10-25T23:30:00",
        "2025-10-26 03:30": "2025-10-26T02:30:00",
        "2026-01-01T00:00:00Z": "2026-01-01",
        "2026-01-01T00:00:00-05:00": "2026-01-01T05:00:00",
    }
    assert read(times(take, list(written), '[events]\ntimezone = "Europe/Berlin"')) == list(written.values())


def test_an_hour_that_is_there_twice_or_never_is_read_as_one_time(take: Any) -> None:
    taken = times(take, ["2025-10-26 02:30", "2026-03-29 02:30"], '[events]\ntimezone = "Europe/Berlin"')
    assert read(taken)[0] in {"2025-10-26T00:30:00", "2025-10-26T01:30:00"}
    assert read(taken)[1] in {"2026-03-29T00:30:00", "2026-03-29T01:30:00"}


@pytest.mark.parametrize(
    ("unit", "factor"), [("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9)]
)
def test_epochs_are_known_from_the_whole_column_and_not_from_the_first_row(take: Any, unit: str, factor: int) -> None:
    good = 1_767_225_600 * factor
    taken = times(take, ["7", str(good), f"{good + factor}", f"{good}.0", "0", "oops", "9" * 30, ""])
    assert read(taken)[-3:] == ["2026-01-01", "2026-01-01T00:00:01", "2026-01-01"]
    assert taken.report.times == f"epoch {unit}"
    assert [code for row, code in taken.rejected if row > 4] == ["bad_time", "bad_time", "bad_time", "no_time"]


def test_parts_of_a_second_are_kept(take: Any) -> None:
    assert read(times(take, ["1767225600.25", "1767225600"])) == ["2026-01-01T00:00:00.250000", "2026-01-01"]
    assert read(times(take, ["1767225600123456"])) == ["2026-01-01T00:00:00.123456"]


def test_one_number_among_texts_is_no_epoch(take: Any) -> None:
    taken = times(take, ["1767225600", "2026-01-01", "2026-01-02"])
    assert read(taken) == ["2026-01-01", "2026-01-02"]
    assert taken.rejected == [(1, "bad_time")]


def test_days_written_as_numbers_are_days(take: Any) -> None:
    taken = times(take, ["20260301", "20260302", "20261399"])
    assert read(taken) == ["2026-03-01", "2026-03-02"]
    assert taken.rejected == [(3, "bad_time")]


def test_a_format_without_a_zone_follows_the_time_zone(take: Any) -> None:
    settings = '[events]\ntime_format = "%d.%m.%Y %H:%M"\ntimezone = "Europe/Berlin"'
    taken = times(take, ["01.03.2026 10:00", "31.02.2026 10:00", " 01.07.2026 10:00 ", "2026-01-01"], settings)
    assert read(taken) == ["2026-03-01T09:00:00", "2026-07-01T08:00:00"]
    assert taken.rejected == [(2, "bad_time"), (4, "bad_time")]
    assert taken.report.times == "in the format %d.%m.%Y %H:%M"


def test_a_format_with_a_zone_takes_the_offset(take: Any) -> None:
    settings = '[events]\ntime_format = "%d/%m/%Y %H:%M %z"\ntimezone = "Europe/Berlin"'
    taken = times(take, ["01/03/2026 10:00 +0200", "01/03/2026 10:00 -03:30"], settings)
    assert read(taken) == ["2026-03-01T08:00:00", "2026-03-01T13:30:00"]


def test_a_format_of_days_reads_numbers(take: Any) -> None:
    assert read(times(take, ["010326", "020326"], '[events]\ntime_format = "%d%m%y"')) == ["2026-03-01", "2026-03-02"]


@pytest.mark.parametrize("time_format", ["%Q", "%d.%m.%Y %", "%E"])
def test_a_format_that_is_none_is_told(take: Any, time_format: str) -> None:
    with pytest.raises(SettingsError, match="--time-format"):
        times(take, ["1.1.2026"], f'[events]\ntime_format = "{time_format}"')


def test_a_format_that_fits_nothing_is_told_with_an_example(take: Any) -> None:
    with pytest.raises(
        NothingAcceptedError, match=r"1 bad_time\. The first bad_time: timestamp = '1\.1\.2026'"
    ) as caught:
        times(take, ["1.1.2026"])
    assert "--time-format" in caught.value.hint


def test_an_unknown_time_zone_is_told(take: Any) -> None:
    with pytest.raises(SettingsError, match="'Europe/Berln' is no known time zone"):
        times(take, ["2026-01-01"], '[events]\ntimezone = "Europe/Berln"')
