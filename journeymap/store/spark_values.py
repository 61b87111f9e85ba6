"""Texts, numbers and times that Apache Spark reads or writes otherwise than DuckDB.

Each function takes a call as DuckDB has it and gives Spark's expression for the same values, so that a raw row is
accepted, refused and read alike on both engines.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import sqlglot
from sqlglot import exp

SPACES: Final = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB trims: Unicode's space separators. Spark trims the plain blank only."""

_NUMBER: Final = (
    r"(?i)^\s*[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?(?:e[+-]?\d+)?|\.\d+(?:_\d+)*(?:e[+-]?\d+)?"
    r"|inf|infinity|nan)\s*$|^(?:true|false)$"
)
_HOUR: Final = r"(?!24)\d{1,2}|24(?=:0?0(?::0?0(?:\.0*)?)?(?:[^\d:.]|$))"
_ISO: Final = (
    rf"(?s)^\s*(\d{{4}})([-/ ])(\d{{1,2}})\2(\d{{1,2}})(?:(?:\s+|T\s*)({_HOUR}):(\d{{1,2}})(?::(\d{{1,2}})(\.\d*)?)?"
    r"(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?| [A-Za-z][\w+/-]+)?)?\s*$|^.*$"
)
_ZONED: Final = r"(?:Z|[+-]\d\d(?::?\d\d){0,2}| \S+)$"
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ZONE: Final = r"[+-]\d\d(?::?\d\d(?::?\d\d)?)?"
_PARTS: Final[dict[str, tuple[str, str]]] = {
    "Y": ("year", r"\d{1,4}+"), "y": ("year", r"\d{1,2}+"), "m": ("month", r"\d{1,2}+"), "d": ("day", r"\d{1,2}+"),
    "H": ("hour", r"\d{1,2}+"), "I": ("hour", r"\d{1,2}+"), "M": ("minute", r"\d{1,2}+"), "S": ("second", r"\d{1,2}+"),
    "f": ("fraction", r"\d{1,6}+"), "g": ("fraction", r"\d{1,3}+"), "p": ("half", "[AaPp][Mm]"), "z": ("zone", _ZONE),
    "b": ("month", "|".join(name[:3] for name in _MONTHS)), "B": ("month", "|".join(_MONTHS)),
    "a": ("", "|".join(name[:3] for name in _DAYS)), "A": ("", "|".join(_DAYS)),
}  # fmt: skip
"""What a letter of a format stands for, and how it is written; DuckDB reads names in any case."""
_SHORT: Final = {"T": "%H:%M:%S", "x": "%Y-%m-%d"}
_NAIVE_KINDS: Final = {exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ}
_FIELDS: Final = ("year", "month", "day", "hour", "minute", "second", "fraction", "half", "zone")


@cache
def _parsed(template: str) -> exp.Expr:
    return sqlglot.parse_one(template, read="spark")


def _filled(template: str, **parts: exp.Expr) -> exp.Expr:
    """Write Spark's expression with other expressions in the places of its columns of those names."""
    return _parsed(template).transform(
        lambda node: parts[node.name].copy() if isinstance(node, exp.Column) and node.name in parts else node
    )


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)


def trimmed(value: exp.Expr) -> exp.Expr:
    """``TRIM`` of every kind of blank."""
    return exp.Trim(this=value, expression=_text(SPACES), position="BOTH")


def number_of_text(value: exp.Expr) -> exp.Expr:
    """``TRY_CAST`` to a number: Spark takes ``1d`` and ``1f`` for numbers, and ``1_000`` for none."""
    return _filled(
        "CASE WHEN CAST(x AS STRING) RLIKE number "
        "THEN COALESCE(TRY_CAST(x AS DOUBLE), TRY_CAST(REPLACE(CAST(x AS STRING), '_', '') AS DOUBLE)) END",
        x=value,
        number=_text(_NUMBER),
    )


def is_finite(value: exp.Expr) -> exp.Expr:
    """``isfinite``: null for null, false for what is not a number."""
    return _filled("(ABS(x) < CAST('Infinity' AS DOUBLE))", x=value)


def is_infinite(value: exp.Expr) -> exp.Expr:
    """``isinf``."""
    return _filled("(ABS(x) = CAST('Infinity' AS DOUBLE))", x=value)


def text_of_float(value: exp.Expr) -> exp.Expr:
    """Write a floating-point number: Spark writes ``1.0E-4`` and ``1.2E7``, DuckDB ``0.0001`` and ``12000000.0``."""
    plain = _filled("RTRIM('0', CAST(CAST(CAST(x AS STRING) AS DECIMAL(38, 20)) AS STRING))", x=value)
    return _filled(
        "CASE WHEN NOT ABS(x) < CAST('Infinity' AS DOUBLE) THEN REPLACE(LOWER(CAST(x AS STRING)), 'infinity', 'inf') "
        "WHEN ABS(x) >= 1e-3 AND ABS(x) < 1e7 OR x = 0 THEN CAST(x AS STRING) "
        "WHEN ABS(x) >= 1e-4 AND ABS(x) < 1e16 THEN plain || CASE WHEN plain LIKE '%.' THEN '0' ELSE '' END "
        "ELSE LOWER(REGEXP_REPLACE(REGEXP_REPLACE(REPLACE(CAST(x AS STRING), '.0E', 'E'), one, signed), digit, two)) "
        "END",
        x=value,
        plain=plain,
        one=_text(r"E(\d)"),
        signed=_text("E+$1"),
        digit=_text(r"E([+-])(\d)$"),
        two=_text("E$10$2"),
    )


def text_of_instant(value: exp.Expr) -> exp.Expr:
    """Write a time with its zone as DuckDB does: ``2026-01-01 00:00:00+00``."""
    return _filled(
        "CAST(x AS STRING) || REGEXP_REPLACE(DATE_FORMAT(x, 'xxx'), ':00$', '')",
        x=value,
    )


def json_of(pairs: list[tuple[exp.Expr, exp.Expr]]) -> exp.Expr:
    """Write values under their names as a JSON object that keeps its nulls."""
    struct = exp.Anonymous(this="NAMED_STRUCT", expressions=[part for pair in pairs for part in pair])
    return _filled("TO_JSON(pairs, MAP('ignoreNullFields', 'false'))", pairs=struct)


def first_by(value: exp.Expr, order: exp.Expr) -> exp.Expr:
    """``arg_min`` passes over rows whose value is null; ``MIN_BY`` does not."""
    return _filled("MIN_BY(x, CASE WHEN x IS NOT NULL THEN y END)", x=value, y=order)


def instant_us(moment: exp.Expr) -> exp.Expr:
    """Write the microseconds of a time, as ``epoch_us`` gives them.

    Texts, formats and times without a zone are read as DuckDB reads them; any other time has a zone.
    """
    if isinstance(moment, exp.TryCast) and moment.to.this == exp.DataType.Type.TIMESTAMPTZ:
        return _iso_us(moment.this)
    if isinstance(moment, exp.Cast) and moment.to.this in _NAIVE_KINDS:
        return _naive_us(moment)
    name = str(moment.this).lower() if isinstance(moment, exp.Anonymous) else ""
    if name == "timezone":
        zone, inner = moment.expressions
        return _local_us(_naive(inner), zone)
    if name == "try_strptime":
        text, form = moment.expressions
        return _formatted_us(text, form.name) if "%z" in form.name else _naive_us(_naive(moment))
    return exp.Anonymous(this="UNIX_MICROS", expressions=[moment])


def _naive(moment: exp.Expr) -> exp.Expr:
    if isinstance(moment, exp.Anonymous) and str(moment.this).lower() == "try_strptime":
        text, form = moment.expressions
        return _formatted(text, form.name)
    return moment


def _naive_us(moment: exp.Expr) -> exp.Expr:
    return _filled("TIMESTAMPDIFF(MICROSECOND, TIMESTAMP_NTZ '1970-01-01 00:00:00', x)", x=moment)


def _let(name: str, value: exp.Expr, body: exp.Expr) -> exp.Expr:
    """Work out a value once and use it under a name: Spark has no other way to say so within an expression."""
    function = exp.Lambda(this=body, expressions=[exp.to_identifier(name)])
    return _filled("ELEMENT_AT(TRANSFORM(ARRAY(value), body), 1)", value=value, body=function)


def _local_us(moment: exp.Expr, zone: exp.Expr) -> exp.Expr:
    """Read a time without a zone in a zone: an hour that is there twice is the later one, as in DuckDB."""
    first = _filled("CONVERT_TIMEZONE(z, 'UTC', wall)", z=zone)
    shift = _filled(
        "TIMESTAMPDIFF(MICROSECOND, first, CONVERT_TIMEZONE(z, 'UTC', wall + INTERVAL '1' DAY)) - 86400000000", z=zone
    )
    later = _filled(
        "us + CASE WHEN shift > 0 AND "
        "CONVERT_TIMEZONE('UTC', z, TIMESTAMPADD(MICROSECOND, shift, first)) = wall THEN shift ELSE 0 END",
        us=_naive_us(exp.column("first")),
        z=zone,
    )
    return _let("wall", moment, _let("first", first, _let("shift", shift, later)))


def _iso_us(text: exp.Expr) -> exp.Expr:
    """Read ISO 8601 as DuckDB's cast does: what Spark takes besides (a year alone, a time alone) is no time."""
    plain = _filled(
        "REPLACE(REPLACE(REPLACE(REGEXP_REPLACE(x, iso, '$1-$3-$4T$5:$6:$7$8|$9'), 'T::|', 'T0:0:0'), ':|', ':0'), "
        "'|', '')",
        x=text,
        iso=_text(_ISO),
    )
    local = _local_us(_filled("TRY_CAST(REPLACE(iso, 'T24:', 'T0:') AS TIMESTAMP_NTZ)"), _filled("CURRENT_TIMEZONE()"))
    read = _filled(
        "CASE WHEN iso LIKE '%T24:%' THEN 86400000000 ELSE 0 END "
        "+ CASE WHEN CURRENT_TIMEZONE() = 'UTC' OR iso RLIKE zoned "
        "THEN UNIX_MICROS(TRY_CAST(REPLACE(iso, 'T24:', 'T0:') AS TIMESTAMP)) ELSE local END",
        zoned=_text(_ZONED),
        local=local,
    )
    return _let("iso", plain, read)


def _formatted(text: exp.Expr, time_format: str) -> exp.Expr:
    """Read a text by a format, as ``try_strptime`` does, as a time without a zone."""
    split, letters = _fields(text, time_format)

    def field(name: str, otherwise: int) -> exp.Expr:
        given = _filled("TRY_CAST(f AS INT)", f=_field(name))
        return given if name in letters else exp.Literal.number(otherwise)

    year = field("year", 1900)
    if letters.get("year") == "y":
        year = _filled("(x + CASE WHEN x < 69 THEN 2000 ELSE 1900 END)", x=year)
    month = field("month", 1)
    if letters.get("month") in {"b", "B"}:
        cases = " ".join(f"WHEN '{name[:3]}' THEN {at}" for at, name in enumerate(_MONTHS, start=1))
        month = _filled(f"CASE LOWER(LEFT(m, 3)) {cases} END", m=_field("month"))
    hour = field("hour", 0)
    if letters.get("hour") == "I":
        hour = _filled("CASE WHEN x BETWEEN 1 AND 12 THEN x % 12 END", x=hour)
        if "half" in letters:
            hour = _filled("x + CASE WHEN LOWER(p) = 'pm' THEN 12 ELSE 0 END", x=hour, p=_field("half"))
    second = field("second", 0)
    if "fraction" in letters:
        second = _filled("TRY_CAST(s || '.' || f AS DECIMAL(16, 6))", s=second, f=_field("fraction"))
    made = _filled(
        "TRY_MAKE_TIMESTAMP_NTZ(y, m, d, h, n, s)",
        y=year, m=month, d=field("day", 1), h=hour, n=field("minute", 0), s=_filled("NULLIF(s, 60)", s=second),
    )  # fmt: skip
    return _let("parts", split, made)


def _formatted_us(text: exp.Expr, time_format: str) -> exp.Expr:
    split, _ = _fields(text, time_format)
    zone = _filled("REPLACE(z, ':', '')", z=_field("zone"))
    seconds = _filled(
        "CASE WHEN LEFT(z, 1) = '-' THEN -1 ELSE 1 END * (CAST(SUBSTRING(z, 2, 2) AS INT) * 3600 "
        "+ COALESCE(TRY_CAST(SUBSTRING(z, 4, 2) AS INT), 0) * 60 + COALESCE(TRY_CAST(SUBSTRING(z, 6, 2) AS INT), 0))",
        z=exp.column("zone"),
    )
    offset = _let("parts", split, _let("zone", zone, seconds))
    return _filled("a - CAST(o AS BIGINT) * 1000000", a=_naive_us(_formatted(text, time_format)), o=offset)


def _field(name: str) -> exp.Expr:
    return _filled(f"TRY_ELEMENT_AT(parts, {_FIELDS.index(name) + 1})")


def _fields(text: exp.Expr, time_format: str) -> tuple[exp.Expr, dict[str, str]]:
    """Give the expression of a text's parts in a fixed order, and the letter of the format that each came from."""
    for letter, written in _SHORT.items():
        time_format = time_format.replace(f"%{letter}", written)
    letters: dict[str, str] = {}
    groups: dict[str, int] = {}
    pattern = ""
    for percent, letter, blank, other in re.findall(r"(%)-?(.)|(\s+)|(.)", time_format):
        if blank:
            pattern += r"\s+"
        elif not percent or letter == "%":
            pattern += re.escape(letter or other)
        elif letter not in _PARTS:
            raise ValueError(f"Spark has no counterpart of %{letter} in the format {time_format}.")
        else:
            name, written = _PARTS[letter]
            pattern += f"((?i:{written}))"
            groups[name], letters[name] = pattern.count("((?i:"), letter
    given = "|".join(f"${groups[name]}" if name in groups else "" for name in _FIELDS)
    whole = rf"(?s)^\s*{pattern}\s*$|^.*$"
    split = _filled("SPLIT(REGEXP_REPLACE(x, whole, given), bar)", x=text, whole=_text(whole), given=_text(given),
                    bar=_text(r"\|"))  # fmt: skip
    return split, letters


def text_of_float_sql(number: str) -> str:
    """Write a floating-point expression of Spark as text; see :func:`text_of_float`."""
    return text_of_float(_parsed(number)).sql(dialect="spark")
