"""On which line each entry of a TOML document stands.

Parsers give values without positions. This scan finds the positions in text that a parser has already
accepted, so it need not find faults itself.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from journeymap.settings.faults import Place

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_KEY_PART: Final = re.compile(r"[A-Za-z0-9_-]+|\"(?:\\.|[^\"\\])*\"|'[^']*'")
_STRING: Final = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|\"(?:\\.|[^\"\\])*\"|'[^']*'",
    re.DOTALL,
)
_PLAIN: Final = re.compile(r"[^,\]}#\n]+")


def find_lines(text: str) -> dict[Place, int]:
    r"""Find the line of every table, entry and list item.

    Parameters
    ----------
    text
        A valid TOML document.

    Returns
    -------
    dict
        From the keys and list positions that lead to a thing to its line, counted from 1. A table has the
        line that first names it.

    Examples
    --------
    >>> find_lines("[journey]\ngoal = [\n  'order',\n]\n")
    {('journey',): 1, ('journey', 'goal'): 2, ('journey', 'goal', 0): 3}
    """
    return _Scan(text.replace("\r\n", "\n")).document()


class _Scan:
    """One pass over a document. ``at`` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Place, int] = {}
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.lengths: dict[Place, int] = {}

    def document(self) -> dict[Place, int]:
        table: Place = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self.header(brackets=2)
            elif self.text.startswith("[", self.at):
                table = self.header(brackets=1)
            else:
                self.pair(table)
            self.skip(_BLANK)
        return self.lines

    def header(self, *, brackets: int) -> Place:
        """Read ``[a.b]`` or ``[[a.b]]`` and give the place of its table."""
        begin = self.at
        self.at += brackets
        keys = self.keys()
        self.at += brackets
        place: Place = ()
        for key in keys[:-1]:
            place = self.newest((*place, key), begin)
        place = (*place, keys[-1])
        if brackets == 1:
            return self.newest(place, begin)
        self.mark(place, begin)
        self.lengths[place] = self.lengths.get(place, 0) + 1
        return self.newest(place, begin)

    def newest(self, place: Place, begin: int) -> Place:
        """Give the table at a place, which is the last one where there is an array of tables."""
        self.mark(place, begin)
        if place in self.lengths:
            place = (*place, self.lengths[place] - 1)
            self.mark(place, begin)
        return place

    def pair(self, table: Place) -> None:
        begin = self.at
        place = table
        for key in self.keys():
            place = (*place, key)
            self.mark(place, begin)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        self.value(place)

    def keys(self) -> list[str]:
        """Read a dotted key and the space around it."""
        keys = []
        while True:
            self.skip(_SPACE)
            part = self.skip(_KEY_PART)
            keys.append(str(tomllib.loads(f"key = {part}")["key"]) if part[:1] in {'"', "'"} else part)
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def value(self, place: Place) -> None:
        if self.text.startswith("[", self.at):
            self.items(place)
        elif self.text.startswith("{", self.at):
            self.inline_table(place)
        elif not self.skip(_STRING):
            self.skip(_PLAIN)

    def items(self, place: Place) -> None:
        self.at += 1
        index = 0
        while not self.closes("]"):
            self.mark((*place, index), self.at)
            self.value((*place, index))
            index += 1

    def inline_table(self, place: Place) -> None:
        self.at += 1
        while not self.closes("}"):
            self.pair(place)

    def closes(self, bracket: str) -> bool:
        """Go past blanks and a comma to the next item; past the bracket, and say so, where there is none."""
        self.skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self.skip(_BLANK)
        if self.at < len(self.text) and self.text[self.at] != bracket:
            return False
        self.at += 1
        return True

    def mark(self, place: Place, at: int) -> None:
        self.lines.setdefault(place, bisect_right(self.starts, at))

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()
