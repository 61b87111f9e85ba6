"""One tree of errors; each is a Python builtin too, and says what to do."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap import errors
from journeymap.errors import JourneymapError, QuestionError, expect_count, suggest

TREE = {
    "SettingsError": ValueError,
    "SourceError": ValueError,
    "SourceNotFoundError": FileNotFoundError,
    "ColumnError": LookupError,
    "NothingAcceptedError": ValueError,
    "UnknownNameError": LookupError,
    "QuestionError": ValueError,
    "ExpressionError": ValueError,
    "StoreError": RuntimeError,
    "StoreVersionError": RuntimeError,
    "StoreBusyError": BlockingIOError,
    "OutputError": OSError,
    "ResourceError": MemoryError,
}
CLASSES = {
    name: value for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, JourneymapError)
}


def test_the_tree() -> None:
    assert set(CLASSES) == {*TREE, "JourneymapError"}
    for name, builtin in TREE.items():
        assert issubclass(CLASSES[name], builtin)


def test_codes_are_stable_and_differ() -> None:
    codes = [value.code for value in CLASSES.values()]
    assert len(set(codes)) == len(codes)
    assert sorted(codes) == sorted(
        ["error", "settings", "source", "not-found", "column", "nothing-accepted", "unknown-name", "question",
         "expression",         "store", "store-version", "store-busy", "output", "resource"]
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_message_and_hint(name: str) -> None:
    error = CLASSES[name]("What is wrong.", hint="Do this.")
    assert (error.message, error.hint, str(error)) == ("What is wrong.", "Do this.", "What is wrong.\nDo this.")
    assert str(CLASSES[name]("Only this.")) == "Only this."


def test_what_was_probably_meant() -> None:
    assert suggest("Regoin", ["region", "age"]) == "Did you mean 'region'?"
    assert suggest("colour", ["color", "colours"]) == "Did you mean 'colours' or 'color'?"
    assert suggest("x", []) == "There are none."
    assert suggest("zzz", ["b", "a", "b"]) == "There are: a, b."
    assert suggest("zzz", [f"name{at:02}" for at in range(14)], limit=2) == "There are: name00, name01 and 12 more."


@given(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=6))
def test_a_suggestion_is_always_a_sentence(name: str, known: list[str]) -> None:
    assert suggest(name, known)[-1] in ".?"


@pytest.mark.parametrize("number", [0, -1, 1.5, "5", None, [1]])
def test_counts_are_whole_numbers_in_their_range(number: object) -> None:
    with pytest.raises(QuestionError, match=r"--top must be a whole number from 1 on, not"):
        expect_count(number, what="--top")


def test_counts_have_both_ends() -> None:
    expect_count(np.int32(7), what="--steps", most=7)
    with pytest.raises(QuestionError, match="--steps must be a whole number from 2 to 7, not 8"):
        expect_count(8, what="--steps", least=2, most=7)
