"""SQL as named steps."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.store.sql import Query, Step, comma, identifier, text_literal

ODD = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=20)


def test_steps_read_from_top_to_bottom() -> None:
    query = Query(
        (Step("a", "\n        SELECT 1 AS x\n    "), Step("b", "SELECT x + $y AS z FROM a")),
        " SELECT z FROM b ",
        {"y": 2},
    )
    assert query.text() == (
        "WITH a AS (\n    SELECT 1 AS x\n),\nb AS (\n    SELECT x + $y AS z FROM a\n)\nSELECT z FROM b"
    )
    assert duckdb.execute(query.text(), query.used_values()).fetchall() == [(3,)]


def test_without_steps_it_is_the_select_alone() -> None:
    assert Query((), "  SELECT 1\n").text() == "SELECT 1"


def test_only_the_values_that_are_used_are_given() -> None:
    query = Query(
        (Step("a", "SELECT $by1 AS x, $by10 AS y"),), "SELECT * FROM a", {"by1": 1, "by10": 2, "by": 3, "b": 4}
    )
    assert query.used_values() == {"by1": 1, "by10": 2}
    assert query.printable().startswith("-- $by1 = 1\n-- $by10 = 2\nWITH a AS")
    assert query.printable().endswith(";")


def test_comma() -> None:
    assert comma(["a", "b"]) == "a, b, "
    assert comma([]) == ""


@given(ODD)
def test_identifiers_and_texts_come_back_as_they_were(text: str) -> None:
    found = duckdb.execute(f"SELECT {text_literal(text)} AS {identifier(text)}")
    assert found.description is not None
    assert found.description[0][0] == text
    assert found.fetchall() == [(text,)]


@pytest.mark.parametrize("text", ["'; DROP TABLE x; --", "\\", "\n", "''"])
def test_texts_cannot_break_out(text: str) -> None:
    assert duckdb.execute(f"SELECT {text_literal(text)}").fetchall() == [(text,)]
