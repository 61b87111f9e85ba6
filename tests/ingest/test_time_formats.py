"""Formats that a message names: they read what they are named for, in Python and in the engine alike."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from journeymap.ingest.time_formats import FORMATS, formats_of

LATE = datetime(2026, 1, 25, 13, 5, 7, 250_000)  # noqa: DTZ001 - as a source writes it
EARLY = datetime(2026, 11, 30, 9, 59, 8)  # noqa: DTZ001 - as a source writes it
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - to count from, in the same way


def written(moment: datetime, form: str) -> str:
    return moment.strftime(form.replace("%z", "+0000"))


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_reads_what_it_writes_as_the_engine_does(form: str) -> None:
    texts = [written(LATE, form), written(EARLY, form)]
    assert formats_of(texts) == [form]
    for text in texts:
        (found,) = duckdb.execute("SELECT epoch_us(try_strptime($1, $2))", [text, form]).fetchone() or (None,)
        plain = datetime.strptime(text, form).replace(tzinfo=None)  # noqa: DTZ007 - in UTC either way
        assert found == (plain - EPOCH).total_seconds() * 1_000_000


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], []),
        (["soon"], []),
        (["03/04/2026", "soon"], []),
        (["3/4/2026"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["3/4/2026", "13/4/2026"], ["%d/%m/%Y"]),
        ([" 1.2.26 10:00 "], ["%d.%m.%y %H:%M"]),
        (["1/2/2026 11:59\u202fPM"], []),
    ],
)
def test_every_text_must_be_read(texts: list[str], found: list[str]) -> None:
    assert formats_of(texts) == found


def test_the_engine_reads_days_and_hours_of_one_digit() -> None:
    for text, form in (("3/4/2026 1:05 AM", "%m/%d/%Y %I:%M %p"), ("3.4.26 1:05", "%d.%m.%y %H:%M")):
        assert formats_of([text])
        assert duckdb.execute("SELECT try_strptime($1, $2) IS NOT NULL", [text, form]).fetchone() == (True,)
