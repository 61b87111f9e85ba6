"""Commands and their output as they stand on a page of the documentation.

A block of the language ``console`` holds lines ``$ journeymap ...``, each followed by what it prints (stdout and stderr
as they come). A line ``...`` stands for any lines that were left out; a backslash at the end of a command's line
goes on in the next one. Numbers may differ in the last of many digits, as they do between machines.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK: Final = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")
LEFT_OUT: Final = "..."


@dataclass(frozen=True)
class Typed:
    """A command as words, and the lines it should print."""

    words: tuple[str, ...]
    expected: tuple[str, ...]


def commands(page: str) -> Iterator[Typed]:
    r"""Give the commands of a page in order.

    Examples
    --------
    >>> list(commands("```console\n$ journeymap paths shop.duckdb \\\n    --top 2\npath\n...\n```"))
    [Typed(words=('journeymap', 'paths', 'shop.duckdb', '--top', '2'), expected=('path', '...'))]
    """
    for block in _BLOCK.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *expected = part.replace("\\\n", " ").rstrip("\n").split("\n")
            yield Typed(tuple(shlex.split(command)), tuple(line.rstrip() for line in expected))


def first_difference(expected: tuple[str, ...], printed: list[str]) -> str | None:
    """Give the first expected line that was not printed where it should be; None where all is as it should be.

    Examples
    --------
    >>> first_difference(("a", "...", "d"), ["a", "b", "c", "d"]) is None
    True
    >>> first_difference(("a", "c"), ["a", "b", "c"])
    "expected 'c', printed 'b'"
    """
    at, may_skip = 0, False
    for line in expected:
        if line == LEFT_OUT:
            may_skip = True
            continue
        if may_skip:
            while at < len(printed) and not _same(line, printed[at]):
                at += 1
        if at >= len(printed) or not _same(line, printed[at]):
            found = repr(printed[at].rstrip()) if at < len(printed) else "nothing"
            return f"expected {line!r}, printed {found}"
        at, may_skip = at + 1, False
    return None if may_skip or at == len(printed) else f"printed {printed[at]!r}, and no line is expected"


def _same(expected: str, printed: str) -> bool:
    """Compare two lines: the text to the letter, long numbers to nine digits.

    Examples
    --------
    >>> _same("rate 0.300000000000004", "rate 0.3"), _same("rate 30 %", "rate 31 %")
    (True, False)
    """
    if _NUMBER.sub("0", expected) != _NUMBER.sub("0", printed.rstrip()):
        return False
    pairs = zip(_NUMBER.findall(expected), _NUMBER.findall(printed), strict=True)
    return all(one == other or isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-12) for one, other in pairs)
