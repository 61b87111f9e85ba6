"""Rows read = accepted + duplicates + filtered + rejected: nothing is lost, and each fault has its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import journeymap as jm
from journeymap.errors import NothingAcceptedError
from journeymap.settings import EventSettings, JourneySettings, Settings, TouchpointSettings
from properties.logs import stores

if TYPE_CHECKING:
    from journeymap.api import Journeys

HEADER = "customer,timestamp,event,channel,value"


@dataclass(frozen=True)
class Line:
    """A line of a file and what must become of it: a reason code, 'filtered' or 'good'."""

    text: str
    fate: str
    identity: tuple[object, ...] = ()


def field(good: list[str], bad: list[str]) -> st.SearchStrategy[tuple[str, bool]]:
    return st.one_of(
        st.sampled_from(good).map(lambda text: (text, True)),
        st.sampled_from(good).map(lambda text: (text, True)),
        st.sampled_from(bad).map(lambda text: (text, False)),
    )


NOTHING = ["", " ", "null", "NULL", "None", "n/a", "NaN"]
CUSTOMERS = field(["A", "B", "Zoë", '"A, B"', '"say ""x"""'], NOTHING)
TIMES = field(
    ["2024-01-01", "2024-01-01T10:00:00Z", "2024-01-02 12:00:00", "2024-01-02T12:00:00+02:00", "2024-02-29"],
    ["yesterday", "2024-02-30", "2024-13-01", "1970-01-01T00:00:00Z", "1850-01-01", "2999-01-01", "12:00", ""],
)
NAMES = field(["home", "cart", "ping", "'; DROP TABLE events; --"], ["", "null"])
VALUES = field(["", "1", "2.5", "-3", "1e3", "nan"], ["ten", "1.000.000", "€3", "0x"])


@st.composite
def parsed_lines(draw: st.DrawFn) -> Line:
    """A line with as many fields as the header; the first fault decides the reason."""
    customer, has_customer = draw(CUSTOMERS)
    when, is_time = draw(TIMES)
    name, has_name = draw(NAMES)
    value, is_number = draw(VALUES)
    channel = draw(st.sampled_from(["", "web", "none"]))
    fate = (
        "no_customer" if not has_customer
        else "no_time" if not when
        else "bad_time" if not is_time
        else "no_touchpoint" if not has_name
        else "bad_value" if not is_number
        else "filtered" if name == "ping"
        else "good"
    )  # fmt: skip
    number = float(value) if is_number and value not in ("", "nan") else None
    identity = (customer, when, name, "web" if channel == "web" else "", number)
    return Line(f"{customer},{when},{name},{channel},{value}", fate, identity)


SAME = ("A", "2024-01-01", "home", "web", 1.0)
RAGGED = st.sampled_from(
    [
        Line("A,2024-01-01", "broken_line"),
        Line("A", "broken_line"),
        Line("A,2024-01-01,home,web,1,extra", "broken_line"),
        # Delimiters at the end, as spreadsheets leave them, hold nothing.
        Line("A,2024-01-01,home,web,1,,,", "good", SAME),
        Line(",,,,,", "no_customer"),
    ]
)
files = settings(max_examples=stores.max_examples // 2)  # two stores on disk each
GOOD = Line("A,2024-01-01,home,web,1", "good", SAME)
OPEN_QUOTE = st.sampled_from(
    [
        Line('A,2024-01-01,"home,web,1', "broken_line"),
        Line('"A,2024-01-01,home,web,1', "broken_line"),
        Line('A,2024-01-01,home,web,"1', "broken_line"),
    ]
)
PLAIN = st.one_of(st.just(GOOD), RAGGED, parsed_lines().filter(lambda line: '"' not in line.text))
SETTINGS = Settings(
    events=EventSettings(), touchpoints=TouchpointSettings(drop=("ping",)), journey=JourneySettings(goal=())
)


def read(folder: str, lines: list[Line], newline: str, *, last_newline: bool = True) -> Journeys:
    path = Path(folder) / "events.csv"
    text = newline.join([HEADER, *(line.text for line in lines)]) + (newline if last_newline else "")
    path.write_bytes(text.encode())
    return jm.open(path, settings=SETTINGS)


def check(lines: list[Line], newline: str, *, last_newline: bool) -> None:
    with TemporaryDirectory() as folder:
        if not any(line.fate in {"good", "filtered"} for line in lines):
            with pytest.raises(NothingAcceptedError):
                read(folder, lines, newline, last_newline=last_newline)
            return
        store = read(folder, lines, newline, last_newline=last_newline)
    report = store.report
    assert report is not None
    assert report.read == len(lines)
    assert report.read == report.accepted + report.duplicates + report.filtered + report.rejected
    assert report.filtered == sum(line.fate == "filtered" for line in lines)
    assert report.accepted == len({line.identity for line in lines if line.fate == "good"})
    expected = [(at, line.fate) for at, line in enumerate(lines, start=1) if line.fate not in {"good", "filtered"}]
    found = store.store.engine.execute(
        "SELECT row_number, reason_code, raw, source, reason FROM rejected ORDER BY row_number"
    )
    assert [(number, code) for number, code, *_ in found] == expected
    assert report.rejected == len(expected)
    assert sum(report.rejected_by_reason.values()) == report.rejected
    for number, code, raw, source, reason in found:
        assert source.endswith("events.csv")
        assert reason
        if code == "broken_line":
            assert raw == lines[number - 1].text
    assert report.events == report.accepted == store.store.engine.execute("SELECT count(*) FROM events")[0][0]
    store.close()


@stores
@given(
    st.lists(st.one_of(parsed_lines(), parsed_lines(), RAGGED), min_size=1, max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_every_row_of_a_dirty_file_is_accounted_for(lines: list[Line], newline: str, last_newline: bool) -> None:
    check(lines, newline, last_newline=last_newline)


@stores
@given(st.lists(PLAIN | PLAIN | OPEN_QUOTE, max_size=10), OPEN_QUOTE, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_quote_that_is_not_closed_costs_one_row(
    lines: list[Line], opens: Line, newline: str, last_newline: bool
) -> None:
    """It swallows the lines after it in the reader; they are read again."""
    check([*lines, opens, GOOD], newline, last_newline=last_newline)


@files
@given(st.lists(parsed_lines(), min_size=1, max_size=10))
def test_a_dirty_file_ingested_twice_changes_nothing(lines: list[Line]) -> None:
    lines = [*lines, GOOD]
    with TemporaryDirectory() as folder:
        path, into = Path(folder) / "events.csv", Path(folder) / "store.duckdb"
        path.write_text("\n".join([HEADER, *(line.text for line in lines)]) + "\n", encoding="utf-8")
        with jm.ingest(path, into=into, settings=SETTINGS) as once:
            tables = [sorted(once.store.engine.execute(f"FROM {name}"), key=repr) for name in STORED]
        with jm.ingest(path, into=into, settings=SETTINGS) as twice:
            again = [sorted(twice.store.engine.execute(f"FROM {name}"), key=repr) for name in STORED]
            report = twice.report
        assert [item.name for item in Path(folder).iterdir() if "tmp" in item.name] == []
    assert tables == again
    assert report is not None
    assert report.accepted == 0
    assert report.read == report.duplicates + report.filtered + report.rejected


STORED = ("customers", "touchpoints", "channels", "events", "journeys")


def test_a_bad_number_is_never_silently_nothing(tmp_path: Path) -> None:
    """Infinite values are no numbers that can be added up: the row is refused, as any other bad value is."""
    lines = [GOOD, Line("B,2024-01-01,home,web,inf", "bad_value"), Line("B,2024-01-01,home,web,-Infinity", "bad_value")]
    store = read(str(tmp_path), lines, "\n")
    assert store.report is not None
    assert store.report.rejected_by_reason == {"bad_value": 2}
