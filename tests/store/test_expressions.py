"""Users' expressions mean what they say, and nothing else gets through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.errors import ExpressionError
from journeymap.store.expressions import known_columns, parse_arithmetic, parse_condition

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS, TEXTS = ("a", "b"), ("t", "u w")
COLUMNS = known_columns([*NUMBERS, *TEXTS])
ROWS = [
    (a, b, t, u)
    for a, b, t, u in [
        (1.0, 2.0, "x", "xy"), (0.0, -1.5, "y", "X"), (None, 3.0, None, ""), (7.0, None, "it's", None),
        (-2.0, 7.0, "xy", "x%"), (2.0, 2.0, "7", "7"),
    ]
]  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True)
class Node:
    """An expression as text, and what it is worth for a row."""

    text: str
    value: Callable[[Row], Any]


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give nothing where anything is missing, as SQL does."""
    return lambda *found: None if any(item is None for item in found) else function(*found)


def _divided(one: float, other: float) -> float | None:
    """Give nothing for a division by zero, as the engines that may come do."""
    return None if other == 0 else one / other


ARITHMETIC: dict[str, Callable[[float, float], Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": _divided,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda x, y: x == y,
    "<>": lambda x, y: x != y,
    "!=": lambda x, y: x != y,
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
}


def _binary(sign: str, function: Callable[[Any, Any], Any]) -> Callable[[tuple[Node, Node]], Node]:
    strict = _strict(function)
    return lambda pair: Node(
        f"({pair[0].text} {sign} {pair[1].text})", lambda row: strict(pair[0].value(row), pair[1].value(row))
    )


def _column(name: str) -> Node:
    return Node(f'"{name}"' if " " in name else name, lambda row: row[name])


number_leaves = st.sampled_from(NUMBERS).map(_column) | st.sampled_from([0, 1, 2, 7, 0.5]).map(
    lambda number: Node(str(number), lambda _: float(number))
)
text_leaves = st.sampled_from(TEXTS).map(_column) | st.sampled_from(["x", "it's", "", "7", "X"]).map(
    lambda text: Node("'" + text.replace("'", "''") + "'", lambda _: text)
)


def _grown_number(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pairs = st.tuples(inner, inner)
    signs = [pairs.map(_binary(sign, function)) for sign, function in ARITHMETIC.items()]
    negated = inner.map(lambda node: Node(f"- {node.text}", lambda row: _strict(lambda x: -x)(node.value(row))))
    return st.one_of(*signs, negated)


numbers = st.recursive(number_leaves, _grown_number, max_leaves=5)
# A comparison is of numbers where a number or arithmetic takes part.
sure_numbers = numbers.map(lambda node: Node(f"({node.text} + 0)", node.value))


def _any_of(found: Any, items: list[Any]) -> bool | None:
    if found is None:
        return None
    return True if found in items else None if None in items else False


def _like(text: str | None, pattern: str) -> bool | None:
    import re

    if text is None:
        return None
    return re.fullmatch(pattern.replace("%", ".*").replace("_", "."), text, re.DOTALL) is not None


def _not(found: bool | None) -> bool | None:
    return None if found is None else not found


comparisons = st.one_of(
    *[st.tuples(sure_numbers, numbers).map(_binary(sign, function)) for sign, function in COMPARISONS.items()],
    *[st.tuples(text_leaves, text_leaves).map(_binary(sign, function)) for sign, function in COMPARISONS.items()],
    st.tuples(sure_numbers, numbers, numbers, st.booleans()).map(
        lambda of: Node(
            f"{of[0].text} {'NOT ' if of[3] else ''}BETWEEN {of[1].text} AND {of[2].text}",
            lambda row: (_not if of[3] else lambda found: found)(
                _and(
                    _strict(COMPARISONS[">="])(of[0].value(row), of[1].value(row)),
                    _strict(COMPARISONS["<="])(of[0].value(row), of[2].value(row)),
                )
            ),
        )
    ),
    st.tuples(text_leaves, st.lists(text_leaves, min_size=1, max_size=3), st.booleans()).map(
        lambda of: Node(
            f"{of[0].text} {'NOT ' if of[2] else ''}IN ({', '.join(item.text for item in of[1])})",
            lambda row: (_not if of[2] else lambda found: found)(
                _any_of(of[0].value(row), [item.value(row) for item in of[1]])
            ),
        )
    ),
    st.tuples(text_leaves, st.sampled_from(["x%", "%", "_", "X", ""]), st.booleans(), st.booleans()).map(
        lambda of: Node(
            f"{of[0].text} {'NOT ' if of[2] else ''}{'ILIKE' if of[3] else 'LIKE'} '{of[1]}'",
            lambda row: (_not if of[2] else lambda found: found)(
                _like(*((of[0].value(row) or "").lower() if of[0].value(row) is not None else None, of[1].lower()))
                if of[3]
                else _like(of[0].value(row), of[1])
            ),
        )
    ),
    st.tuples(st.sampled_from([*NUMBERS, *TEXTS]).map(_column), st.booleans()).map(
        lambda of: Node(
            f"{of[0].text} IS {'NOT ' if of[1] else ''}NULL", lambda row: (of[0].value(row) is None) != of[1]
        )
    ),
    st.sampled_from([Node("TRUE", lambda _: True), Node("false", lambda _: False)]),
)


def _and(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _or(one: bool | None, other: bool | None) -> bool | None:
    return _not(_and(_not(one), _not(other)))


def _grown_truth(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(
            lambda of: Node(f"({of[0].text} AND {of[1].text})", lambda row: _and(of[0].value(row), of[1].value(row)))
        ),
        pairs.map(
            lambda of: Node(f"({of[0].text} OR {of[1].text})", lambda row: _or(of[0].value(row), of[1].value(row)))
        ),
        inner.map(lambda node: Node(f"NOT ({node.text})", lambda row: _not(node.value(row)))),
    )


conditions = st.recursive(comparisons, _grown_truth, max_leaves=6)


@pytest.fixture(scope="module")
def connection() -> Any:
    with duckdb.connect() as opened:
        opened.execute('CREATE TABLE rows (a VARCHAR, b DOUBLE, t VARCHAR, "u w" VARCHAR)')
        opened.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", ROWS)
        yield opened


def evaluated(connection: Any, expression: Any) -> list[Any]:
    found = connection.execute(f"SELECT ({expression.sql}) FROM rows ORDER BY rowid", expression.values or None)
    return [row[0] for row in found.fetchall()]


def expected(node: Node) -> list[Any]:
    return [node.value(dict(zip(("a", "b", "t", "u w"), row, strict=True))) for row in ROWS]


@given(node=conditions)
def test_a_condition_means_the_same_in_the_engine(connection: Any, node: Node) -> None:
    assert evaluated(connection, parse_condition(node.text, COLUMNS, what="--where")) == expected(node)


@given(node=numbers)
def test_arithmetic_means_the_same_in_the_engine(connection: Any, node: Node) -> None:
    found = evaluated(connection, parse_arithmetic(node.text, COLUMNS, what="--value"))
    for one, other in zip(found, expected(node), strict=True):
        assert one == pytest.approx(other) if other is not None else one is None


_WORDS = [
    *["a", "b", "t", "1", "2.5", "'x'", "=", "<", "AND", "OR", "NOT", "IN", "(", ")", ",", "+", "-", "*", "/", "LIKE"],
    *["BETWEEN", "IS", "NULL", "SELECT", "FROM", "--", "/*", ";", "CASE", "WHEN", "$a0", "?", "::", "[", "]", "{", "}"],
    *[
        "'",
        '"',
        "COLUMNS",
        "EXISTS",
        "CAST",
        "AS",
        "INTERVAL",
        "@",
        "~",
        "%",
        "||",
        ".",
        "lower",
        "TRUE",
        "ALL",
        "LIMIT",
    ],
    *["\\", "E'", "%s"],
]


@given(text=st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join) | st.text(max_size=40))
def test_junk_is_refused_or_harmless(connection: Any, text: str) -> None:
    for parse in (parse_condition, parse_arithmetic):
        try:
            expression = parse(text, COLUMNS, what="--where")
        except ExpressionError as error:
            assert error.message.startswith("--where: ")  # noqa: PT017 - most texts are refused, some are good
        else:
            assert len(evaluated(connection, expression)) == len(ROWS)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "a = 1" + ")" * 5000,
        " AND ".join(["a = 1"] * 5000),
        "-" * 3001 + "a = 1",
        "- " * 3001 + "a = 1",
        "NOT " * 5000 + "a = 1",
        "CASE WHEN a = 1 THEN " * 3000 + "1" + " END" * 3000 + " = 1",
        "[" * 5000 + "a" + "]" * 5000 + " = 1",
        "a -> " * 5000 + "1",
    ],
)
def test_what_is_too_deep_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_condition(text, COLUMNS, what="--where")


def test_what_people_write_is_not_too_deep() -> None:
    many = ", ".join(str(number) for number in range(3000))
    deep = "(" * 20 + "a = 1" + ")" * 20
    for text in (f"a IN ({many})", deep, " OR ".join(["a = 1"] * 100)):
        assert parse_condition(text, COLUMNS, what="--where").sql


def test_two_signs_are_no_comment(connection: Any) -> None:
    found = evaluated(connection, parse_condition("- -a > 1 AND b = 2", COLUMNS, what="--where"))
    assert found == [False, False, False, None, False, True]
    assert evaluated(connection, parse_arithmetic("1 - - -b", COLUMNS, what="--value"))[0] == -1.0


def test_what_an_expression_tells() -> None:
    found = parse_condition(
        "T = 'x' AND a + 1 > 2 AND \"u w\" IN ('p', 'q') AND b <> '3'", COLUMNS, what="--where", prefix="w"
    )
    assert found.columns == ("t", "a", "u w", "b")
    assert found.numeric_columns == ("a",)
    assert sorted(found.compared) == [("t", "x"), ("u w", "p"), ("u w", "q")]
    assert found.values == {"w0": "x", "w1": 1.0, "w2": 2.0, "w3": "p", "w4": "q", "w5": "3"}


def test_names_are_found_whatever_their_case_and_with_dots() -> None:
    columns = {"device.os": "s0", "Plan": "s1", "plan": "s2"}
    assert parse_condition("Device.OS = 'x' AND Plan = 'a' AND plan = 'b'", columns, what="x").columns == (
        "device.os",
        "Plan",
        "plan",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age = 1", "names 'age', which is not known. There are: a, b, t, u w."),
        ("aa = 1", "Did you mean 'a'"),
        ("a = 'x' AND", "cannot read the expression"),
        ("t = 'x", "cannot read the expression"),
        ("a = 1 AND 'x'", "is no comparison"),
        ("lower(t) = 'x'", "LOWER(t)' is not allowed"),
        ("a IN (1, 'x')", "'x' is compared with a number, but is none"),
        ("1; 2", "must be one expression"),
        ("", "must be one expression"),
    ],
)
def test_messages(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_condition(text, COLUMNS, what="--where")
    assert caught.value.message.startswith("--where: ")
    assert message in caught.value.message
    assert caught.value.hint


def called(text: str, **named: Any) -> str:
    from journeymap.store.expressions import Function

    functions = {
        "used": Function("truth", 1, lambda names: f"u_{names[0]} > 0"),
        "count": Function("number", 1, lambda names: f"n_{names[0]}"),
        "before": Function("truth", 2, " < ".join),
    }
    found = parse_condition(text, {"age": '"age"', "n": '"n"'}, what="--where", functions=functions, **named)
    return found.sql


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("used('x')", "(u_x > 0)"),
        ('USED("x")', "(u_x > 0)"),
        ("not used(x) or before('a', \"b\")", "NOT ((u_x > 0)) OR (a < b)"),
        ("count('x') > count('y')", "(n_x) > (n_y)"),
        ("count('x') / count('y') >= 0.5", "(n_x) / nullif((n_y), 0) >= $c0"),
        ("count(x) between 1 and age", '(n_x) BETWEEN $c0 AND TRY_CAST("age" AS DOUBLE)'),
        ("age > n", 'CAST("age" AS VARCHAR) > CAST("n" AS VARCHAR)'),
    ],
)
def test_functions_with_names(text: str, sql: str) -> None:
    assert called(text) == sql


def test_numbers_are_compared_as_numbers() -> None:
    assert called("age > n", numbers=["n"]) == 'TRY_CAST("age" AS DOUBLE) > TRY_CAST("n" AS DOUBLE)'
    with pytest.raises(ExpressionError, match="compared with a number"):
        called("n = 'x'", numbers=["n"])


@pytest.mark.parametrize(
    "text",
    [
        "used()", "used(1)", "used('a', 'b')", "before('a')", "used(lower('a'))", "count(*) > 1", "count('x')",
        "count(DISTINCT x) > 1", "used('x') = 1", "used('x') > 'y'", "lower(age) = 'x'", "sum(age) > 1", "count(1) > 0",
        "used(used('x'))", "count('x') OVER () > 1", "count('x') FILTER (WHERE age > 1) > 1",
    ],
)  # fmt: skip
def test_calls_that_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="refused"):
        called(text)
