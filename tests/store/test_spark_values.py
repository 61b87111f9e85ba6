"""Spark reads and writes texts, numbers and times as DuckDB does, once they are translated."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest
from on_spark import spark

from journeymap.store.spark_dialect import to_spark

TIMES = [
    "2026-01-01", "2026-1-1", "2026/01/01 10:00:00", "2026 01 01", "2026-01-01T10:00+01:00",
    "2026-01-01 10:00:00 UTC",
    "2026-01-01T00:00:00-0330", "2026-01-01 00:00:00+02:00:30", "2026-01-01T00:00:00.1234567Z",
    "2026-01-01T10:00:00.",
    "2026-01-01T24:00", "2026-01-01T24:00:01", "2026-01-01T25:00", "2026-01-01  10:00", " 2026-01-01\t10:00:00 ",
    "2026-07-01 00:00:00 Europe/Amsterdam", "2026-02-30", "2024-02-29", "2026", "2026-01", "10:00", "T10:00", "now",
    "2026-01-01 10", "2026-01-01T10Z", "2026-01-01Z", "2026-01-01 10:00 +01", "2026-01-01 10:00+1", "20260101",
    "2025-10-26 02:30", "2025-10-26 02:00", "2025-10-26 03:00", "2026-03-29 02:30", "2025-04-06 01:45",
    "1767225600", "",
]  # fmt: skip
NUMBERS = [
    "1e5", " 1 ", "1_000", "1__0", "_1", "inf", "nan", "1d", "1f", "0x10", "1.", "+.5", ".", "1,5", "1e400", "٣",
    "-2e-3", "\t2\n", "-Infinity", "true", "",
]  # fmt: skip
FLOATS = [
    0.1, 1e16, 1234567.89, 12345678.9, 1e-5, 1e-4, 0.00012345678901234567, 5.0, 1e15, 1.5e300, 123456789012345.6, 1e22,
    -1234567890.25, 1e-300, -1e-9, 0.0, float("inf"), float("nan"), None,
]  # fmt: skip
DATES = [
    "1.3.2026", "01.03.26", " 1.3.2026 ", "001.3.2026", "31.2.2026", "1. 3.2026", "2026-03-01", "010326", "010370",
    "1 Mar 2026", "1 march 2026", "12:30 AM 01/03/2026", "1:30 pm 01/03/2026", "13:30 pm 01/03/2026",
    "2026-01-01 00:00:00.5", "2026-01-01 00:00:60", "2026-01-01T10:00:00+0230", "2026-01-01T10:00:00-05:00", "",
]  # fmt: skip
FORMATS = (
    "%d.%m.%Y", "%d.%m.%y", "%-d.%-m.%Y", "%d%m%y", "%Y%m%d", "%d %b %Y", "%d %B %Y", "%I:%M %p %d/%m/%Y",
    "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%x",
)  # fmt: skip
TEXTS = ["a", " \u00a0b\u3000 ", "\tc", "é'\"\\/\n\u2028", "NULL", "İ", ""]


def asked() -> list[tuple[list[Any], str]]:
    found = [(TIMES, "epoch_us(TRY_CAST(nullif(trim(x), '') AS TIMESTAMPTZ))")]
    found += [(NUMBERS, "TRY_CAST(x AS DOUBLE)"), (FLOATS, "CAST(CAST(x AS DOUBLE) AS VARCHAR)")]
    found += [(FLOATS, "isfinite(x)"), (FLOATS, "isinf(x)"), (FLOATS, "TRY_CAST(x AS DOUBLE)")]
    found += [(DATES, f"epoch_us(try_strptime(trim(x), '{form}'))") for form in FORMATS]
    found += [(DATES, "epoch_us(timezone('Europe/Berlin', try_strptime(x, '%d.%m.%Y')))")]
    found += [(TEXTS, "trim(x)"), (TEXTS, "lower(trim(x)) IN ('null', '')")]
    found += [(TEXTS, "CAST(json_object('it''s', x, 'n', CAST(NULL AS VARCHAR), 'k', 1.5) AS VARCHAR)")]
    return found


def answers(zone: str) -> tuple[list[Any], list[Any], list[str]]:
    """Ask DuckDB and Spark everything: both answers, and what each is of."""
    local = duckdb.connect()
    local.execute(f"SET TimeZone = '{zone}'")
    session, ours, parts, named = spark(), [], [], []
    for at, (values, sql) in enumerate(asked()):
        kind = pa.float64() if values is FLOATS else pa.string()
        table = pa.table({"i": list(range(len(values))), "x": pa.array(values, kind)})
        local.register(f"t{at}", table)
        session.createDataFrame(table).createOrReplaceTempView(f"t{at}")
        ours += [row[0] for row in local.execute(f"SELECT CAST({sql} AS VARCHAR) FROM t{at} ORDER BY i").fetchall()]
        named += [f"{sql} of {value!r}" for value in values]
        # A number is compared as one: its text is another question.
        cast = "to_json(named_struct('v', v))" if values is TEXTS else "v"
        parts.append(
            f"SELECT {at} AS q, i, CAST({cast} AS STRING) AS v FROM ({to_spark(f'SELECT i, {sql} AS v FROM t{at}')})"
        )
    before = session.conf.get("spark.sql.session.timeZone")
    session.conf.set("spark.sql.session.timeZone", zone)
    try:
        found = session.sql(" UNION ALL ".join(parts) + " ORDER BY q, i").collect()
    finally:
        session.conf.set("spark.sql.session.timeZone", before)
    return ours, [row.v for row in found], named


def plain(text: str | None) -> object:
    """Read what both engines write in ways of their own."""
    if text is None or text in {"{}", '{"v":null}'}:
        return None
    import json

    if text.startswith('{"v":'):
        text = str(json.loads(text)["v"]).replace("True", "true").replace("False", "false")
    try:
        return repr(float(text))
    except ValueError:
        return text


@pytest.mark.spark
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_both_engines_read_and_write_alike(zone: str) -> None:
    ours, theirs, named = answers(zone)
    assert len(ours) == len(theirs) > 400
    differing = {
        what: (one, other) for one, other, what in zip(ours, theirs, named, strict=True) if plain(one) != plain(other)
    }
    assert differing == {}


@pytest.mark.spark
def test_a_double_is_written_in_the_same_digits() -> None:
    local, session = duckdb.connect(), spark()
    table = pa.table({"i": list(range(len(FLOATS))), "x": pa.array(FLOATS)})
    local.register("t", table)
    session.createDataFrame(table).createOrReplaceTempView("floats")
    sql = "SELECT CAST(CAST(x AS DOUBLE) AS VARCHAR) AS v FROM {} ORDER BY i"
    ours = [row[0] for row in local.execute(sql.format("t")).fetchall()]
    assert [row.v for row in session.sql(to_spark(sql.format("floats"))).collect()] == ours


@pytest.mark.parametrize("time_format", ["%j.%Y", "%c", "%d.%m.%Y %Z"])
def test_a_format_without_a_counterpart_is_refused(time_format: str) -> None:
    with pytest.raises(ValueError, match="no counterpart of %"):
        to_spark(f"SELECT epoch_us(try_strptime(x, '{time_format}')) FROM t")
