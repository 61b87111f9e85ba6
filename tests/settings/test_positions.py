from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from journeymap.settings.positions import find_lines

if TYPE_CHECKING:
    from journeymap.settings.faults import Place

NASTY = '''\
# [not.a.table]
top = 1 # = [

[ a . "b.c" ]   # header with space and a quoted dot
x = """
[not.a.header]
y = "no key"
quote \\""" still inside ""\\"
end"""""
y.z = { p = 1, 'q r' = [1, 2,
    3], "s]" = "}" }
"k\\u0041" = \'\'\'
'' ] it's''\'\'\'
dates = [1979-05-27 07:32:00, 07:32:00] # ]
[[r]]
name = "first"
[[r]]
name = 'second # no comment'
[r.inner]
deep = [
  # a comment, with a comma
  "one", [
    "two",
  ],
]
[[r.list]]
v = true
[[r.list]]
[a]
empty = []
none = {}
strings = ["""a""", \'\'\'b\'\'\', "c", 'd']
'''


def places(value: Any, at: Place = ()) -> set[Place]:
    found = {at} if at else set()
    if isinstance(value, dict):
        for key, item in value.items():
            found |= places(item, (*at, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            found |= places(item, (*at, index))
    return found


def test_every_thing_in_a_nasty_document_has_its_line() -> None:
    lines = find_lines(NASTY)
    assert set(lines) == places(tomllib.loads(NASTY))
    rows = NASTY.split("\n")
    for place, sign in [
        (("top",), "top = 1"),
        (("a", "b.c"), "[ a . "),
        (("a", "b.c", "x"), 'x = """'),
        (("a", "b.c", "y", "z"), "y.z"),
        (("a", "b.c", "y", "z", "q r", 1), "y.z"),
        (("a", "b.c", "y", "z", "q r", 2), "    3]"),
        (("a", "b.c", "y", "z", "s]"), "    3]"),
        (("a", "b.c", "kA"), '"k'),
        (("a", "b.c", "dates", 1), "dates"),
        (("r", 1, "name"), "name = 'second"),
        (("r", 1, "inner"), "[r.inner]"),
        (("r", 1, "inner", "deep", 0), '  "one"'),
        (("r", 1, "inner", "deep", 1, 0), '    "two"'),
        (("r", 1, "list", 0, "v"), "v = true"),
        (("a", "none"), "none"),
    ]:
        assert rows[lines[place] - 1].startswith(sign), place
    assert rows[lines["r", 1] - 1] == "[[r]]"
    assert lines["r", 0] < lines["r", 1]
    assert lines["r", 1, "list", 0] < lines["r", 1, "list", 1]


def test_windows_line_ends_count_once() -> None:
    assert find_lines("[a]\r\n\r\nx = '''\r\n'''\r\ny = 2\r\n")["a", "y"] == 5


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "a = 1", "[a]", "a=[1,2]#x"])
def test_small_documents(text: str) -> None:
    assert set(find_lines(text)) == places(tomllib.loads(text))


scalars = st.one_of(st.text(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.booleans(), st.datetimes(), st.dates())
keys = st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(keys, values, max_size=5))
def test_the_scan_finds_what_the_parser_finds(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    lines = find_lines(text)
    assert set(lines) == places(tomllib.loads(text))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
