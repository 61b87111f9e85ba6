"""Users' expressions over columns: parsed, checked against a short list of what is allowed, and bound.

No text of a user reaches the engine: the expression is parsed into a tree, every column in it must be known, every
literal becomes a bound value, and anything but comparisons, arithmetic and logic is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from journeymap.errors import ExpressionError, suggest
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

Kind = Literal["number", "text", "truth"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that expressions may call with names: ``used("chat")``.

    Attributes
    ----------
    kind
        What it gives: a number or a truth value.
    n_names
        How many names it takes.
    write
        From the names to SQL; it refuses names that are not known.
    """

    kind: Kind
    n_names: int
    write: Callable[[Sequence[str]], str]


_DEEPEST: Final = 100
_LONGEST: Final = 500
"""How deep brackets may stand in each other, and how many words and signs an expression may have besides names,
numbers, texts and commas. The parser calls itself; its compiled form ends the program where that goes too deep."""
_OPENING: Final = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSING: Final = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
_FLAT: Final = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING, TokenType.COMMA, TokenType.DOT}
)
_LOGIC: Final = (exp.And, exp.Or)
_COMPARISONS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_ARITHMETIC: Final[dict[type[exp.Expr], str]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_PARTS: Final[dict[type[exp.Expr], set[str]]] = {
    exp.Column: {"this", "table", "db", "catalog"},
    exp.Literal: {"this", "is_string"},
    exp.Between: {"this", "low", "high"},
    exp.In: {"this", "expressions"},
    exp.Like: {"this", "expression", "negate"},
    exp.ILike: {"this", "expression", "negate"},
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression.

    Attributes
    ----------
    sql
        SQL over quoted columns and ``$name`` values.
    values
        What stands for each ``$name``.
    columns
        The columns it uses.
    numeric_columns
        Those of them that it uses as numbers.
    compared
        (column, text) pairs that it compares for equality, so that a text that never occurs can be told.
    """

    sql: str
    values: dict[str, object]
    columns: tuple[str, ...]
    numeric_columns: tuple[str, ...]
    compared: tuple[tuple[str, str], ...] = ()


def parse_condition(
    text: str,
    columns: Mapping[str, str],
    *,
    what: str,
    prefix: str = "c",
    functions: Mapping[str, Function] | None = None,
    numbers: Collection[str] = (),
) -> Expression:
    """Check a condition, such as ``InvoiceNo LIKE 'C%' AND Quantity < 0``.

    Parameters
    ----------
    text
        What the user wrote.
    columns
        The SQL that stands for each known column.
    what
        The option or entry it was given for, for the error.
    prefix
        How the names of its bound values begin; must differ between expressions of one question.
    functions
        What may be called, by name.
    numbers
        The columns that are compared as numbers, also with one another.

    Returns
    -------
    Expression
        SQL that is true, false or null per row.

    Raises
    ------
    ExpressionError
        When it cannot be parsed, names an unknown column, or holds anything but comparisons, arithmetic and logic.

    Examples
    --------
    >>> parse_condition("age >= 30", {"age": '"age"'}, what="--where").sql
    'TRY_CAST("age" AS DOUBLE) >= $c0'
    """
    writer = _Writer(text, columns, what, prefix, functions or {}, numbers)
    return writer.expression("truth")


def parse_arithmetic(text: str, columns: Mapping[str, str], *, what: str, prefix: str = "a") -> Expression:
    """Check arithmetic over columns, such as ``Quantity*UnitPrice``; see :func:`parse_condition`.

    Examples
    --------
    >>> parse_arithmetic("a*b", {"a": '"a"', "b": '"b"'}, what="--value").sql
    'TRY_CAST("a" AS DOUBLE) * TRY_CAST("b" AS DOUBLE)'
    """
    writer = _Writer(text, columns, what, prefix)
    return writer.expression("number")


class _Writer:
    """Writes a checked tree back as SQL, with its columns quoted and its literals bound."""

    def __init__(
        self,
        text: str,
        columns: Mapping[str, str],
        what: str,
        prefix: str,
        functions: Mapping[str, Function] | None = None,
        numbers: Collection[str] = (),
    ) -> None:
        self.functions = functions or {}
        self.numbers = frozenset(numbers)
        self.text = text
        self.columns = columns
        self.lowered = {name.lower(): name for name in columns}
        self.what = what
        self.prefix = prefix
        self.values: dict[str, object] = {}
        self.used: dict[str, None] = {}
        self.numeric: dict[str, None] = {}

    def expression(self, kind: Kind) -> Expression:
        try:
            self._expect_shallow()
            trees = sqlglot.parse(self.text, read="duckdb")
        except RecursionError:
            raise self._refuse("it is too deep") from None
        except SqlglotError as error:
            # The parser names its own classes in some messages; they mean nothing to a user.
            first = str(error).splitlines()[0].split(" Line ")[0].split(" for <class")[0].split("<class")[0]
            raise ExpressionError(
                f"{self.what}: cannot read the expression {self.text!r}: {first}",
                hint="Write names in double quotes where they hold blanks or signs, and texts in single quotes.",
            ) from None
        if len(trees) != 1 or trees[0] is None:
            raise self._refuse("it must be one expression")
        try:
            sql = self._write(trees[0], kind)
        except RecursionError:
            raise self._refuse("it is too deep") from None
        return Expression(sql, self.values, tuple(self.used), tuple(self.numeric), tuple(self._compared(trees[0])))

    def _expect_shallow(self) -> None:
        """Refuse what would take the parser too deep, by its words alone."""
        kinds = [token.token_type for token in sqlglot.tokenize(self.text, read="duckdb")]
        depths = accumulate((kind in _OPENING) - (kind in _CLOSING) for kind in kinds)
        if max(depths, default=0) > _DEEPEST or sum(kind not in _FLAT for kind in kinds) > _LONGEST:
            raise self._refuse("it is too deep")

    def _compared(self, tree: exp.Expr) -> Iterator[tuple[str, str]]:
        for node in tree.find_all(exp.EQ, exp.In):
            texts = [node.expression] if isinstance(node, exp.EQ) else node.expressions
            if isinstance(node.this, exp.Column):
                name = self._known(node.this)
                for text in texts:
                    if name is not None and isinstance(text, exp.Literal) and text.is_string:
                        yield name, str(text.this)

    def _known(self, node: exp.Column) -> str | None:
        name = ".".join(part.name for part in node.parts)
        return name if name in self.columns else self.lowered.get(name.lower())

    def _refuse(self, why: str) -> ExpressionError:
        calls = "".join(f"{name}(...), " for name in self.functions)
        return ExpressionError(
            f"{self.what}: the expression {self.text!r} is refused: {why}.",
            hint="Allowed are names, numbers, texts in single quotes, = <> < <= > >=, + - * /, AND, OR, NOT, IN, "
            f"BETWEEN, LIKE, IS NULL, {calls}and parentheses.".replace(", and", " and"),
        )

    def _write(self, node: exp.Expr, kind: Kind) -> str:
        called = self._called(node)
        if called is not None:
            return self._call(node, called, kind)
        # A node may carry a part that changes its meaning (NOT LIKE, BETWEEN SYMMETRIC); others are refused.
        parts = {name for name, part in node.args.items() if part}
        if parts - _PARTS.get(type(node), {"this", "expression"}):
            raise self._refuse(f"{node.sql('duckdb')!r} is not allowed")
        if isinstance(node, exp.Paren):
            return f"({self._write(node.this, kind)})"
        if kind == "truth":
            return self._truth(node)
        if isinstance(node, exp.Column):
            return self._column(node, kind)
        if isinstance(node, exp.Literal):
            return self._literal(node, kind)
        if isinstance(node, exp.Neg):
            return f"(-{self._write(node.this, 'number')})"  # two signs in a row would begin a comment
        if isinstance(node, exp.Div):  # a division by zero gives nothing, in every engine
            return f"{self._write(node.this, 'number')} / nullif({self._write(node.expression, 'number')}, 0)"
        if sign := _ARITHMETIC.get(type(node)):
            return f"{self._write(node.this, 'number')} {sign} {self._write(node.expression, 'number')}"
        raise self._refuse(f"{node.sql('duckdb')!r} is not allowed")

    def _called(self, node: exp.Expr) -> Function | None:
        """Give the function that a node calls; the parser knows some names as functions of its own."""
        if not self.functions or not isinstance(node, exp.Func):
            return None
        name = str(node.this) if isinstance(node, exp.Anonymous) else node.sql_name()
        return self.functions.get(name.lower())

    def _call(self, node: exp.Expr, function: Function, kind: Kind) -> str:
        given = node.expressions if isinstance(node, exp.Anonymous) else [node.this, *node.expressions]
        names = [self._name(item) for item in given]
        if None in names or len(names) != function.n_names:
            wanted = "one name" if function.n_names == 1 else f"{function.n_names} names"
            raise self._refuse(f"{node.sql('duckdb')!r} needs {wanted} in quotes")
        if (kind == "truth") != (function.kind == "truth"):
            needed = "comparison" if kind == "truth" else "number"
            raise self._refuse(f"{node.sql('duckdb')!r} is no {needed}")
        return f"({function.write([name for name in names if name is not None])})"

    def _name(self, node: exp.Expr | None) -> str | None:
        """Give the name that a function is called with: in double quotes, in single quotes, or bare."""
        if isinstance(node, exp.Column):
            return ".".join(part.name for part in node.parts)
        return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None

    def _truth(self, node: exp.Expr) -> str:
        if isinstance(node, _LOGIC):
            word = "AND" if isinstance(node, exp.And) else "OR"
            return f"{self._write(node.this, 'truth')} {word} {self._write(node.expression, 'truth')}"
        if isinstance(node, exp.Not):
            return f"NOT ({self._write(node.this, 'truth')})"
        if isinstance(node, exp.Boolean):
            return "TRUE" if node.this else "FALSE"
        if sign := _COMPARISONS.get(type(node)):
            kind = self._kind(node.this, node.expression)
            return f"{self._write(node.this, kind)} {sign} {self._write(node.expression, kind)}"
        if isinstance(node, exp.Between):
            low, high = node.args["low"], node.args["high"]
            kind = self._kind(node.this, low, high)
            return f"{self._write(node.this, kind)} BETWEEN {self._write(low, kind)} AND {self._write(high, kind)}"
        if isinstance(node, exp.In) and node.expressions:
            kind = self._kind(node.this, *node.expressions)
            items = ", ".join(self._write(item, kind) for item in node.expressions)
            return f"{self._write(node.this, kind)} IN ({items})"
        if isinstance(node, (exp.Like, exp.ILike)):
            word = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
            word = f"NOT {word}" if node.args.get("negate") else word
            return f"{self._write(node.this, 'text')} {word} {self._write(node.expression, 'text')}"
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            return f"{self._write(node.this, 'text')} IS NULL"
        raise self._refuse(f"{node.sql('duckdb')!r} is no comparison")

    def _kind(self, *nodes: exp.Expr) -> Kind:
        """Compare as numbers where a number or arithmetic takes part, as texts otherwise."""
        for node in nodes:
            bare = node.unnest()
            number = isinstance(bare, exp.Literal) and not bare.is_string
            number |= isinstance(bare, exp.Column) and self._known(bare) in self.numbers
            if number or self._called(bare) or isinstance(bare, (exp.Neg, *_ARITHMETIC)):
                return "number"
        return "text"

    def _column(self, node: exp.Column, kind: Kind) -> str:
        known = self._known(node)
        if known is None:
            name = ".".join(part.name for part in node.parts)
            raise ExpressionError(
                f"{self.what}: the expression {self.text!r} names '{name}', which is not known. "
                + suggest(name, self.columns),
                hint="Texts stand in single quotes, names in double quotes or bare.",
            )
        self.used[known] = None
        if kind == "number":
            self.numeric[known] = None
            return f"TRY_CAST({self.columns[known]} AS DOUBLE)"
        return f"CAST({self.columns[known]} AS VARCHAR)"

    def _literal(self, node: exp.Literal, kind: Kind) -> str:
        name = f"{self.prefix}{len(self.values)}"
        if kind == "number":
            try:
                self.values[name] = float(node.this)
            except ValueError:
                raise self._refuse(f"'{node.this}' is compared with a number, but is none") from None
        else:
            self.values[name] = str(node.this)
        return f"${name}"


def known_columns(names: Sequence[str]) -> dict[str, str]:
    """Give each column its own quoted name, for expressions over a table's columns as they are."""
    return {name: identifier(name) for name in names}
