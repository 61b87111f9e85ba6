"""What programs write where there is nothing is nothing, however padded; what only begins like it is something."""

from __future__ import annotations

import duckdb
import pytest

from journeymap.ingest.checking import text_sql
from journeymap.ingest.staging import Column

WORDS = ("", "null", "(null)", "none", "nan", "<na>", "n/a", "undefined", "\\n")


def cleaned(text: str | None) -> str | None:
    asked = f"SELECT {text_sql(Column('x', 'x', 'VARCHAR'))} FROM (SELECT CAST($text AS VARCHAR) AS x)"
    (found,) = duckdb.execute(asked, {"text": text}).fetchall()
    return None if found[0] is None else str(found[0])


@pytest.mark.parametrize("word", WORDS)
def test_a_word_for_nothing_is_nothing(word: str) -> None:
    for written in (word, word.upper(), word.title(), f" {word}", f"{word}  ", f"\u00a0{word}\u2003"):
        assert cleaned(written) is None


@pytest.mark.parametrize("first", [chr(code) for code in range(33, 127)] + ["é", "日", "\t", "🛒"])
def test_whatever_a_text_begins_with_it_is_something(first: str) -> None:
    assert cleaned(f" {first}1x ") == f"{first}1x"
    assert cleaned(first) == first


@pytest.mark.parametrize("text", ["nonesuch", "nul", "nans", "undefined!", "(null", "<na", "\\N1", "n", "no ne"])
def test_what_begins_like_nothing_is_something(text: str) -> None:
    assert cleaned(text) == text


def test_null_is_nothing() -> None:
    assert cleaned(None) is None
