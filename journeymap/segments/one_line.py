"""A segment's definition as one line, for the command line and notebooks: ``young: age < 30; old: age >= 60``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, get_args

from journeymap.errors import QuestionError
from journeymap.segments.kinds import KINDS
from journeymap.segments.operands import column_names
from journeymap.settings import SegmentRule, SegmentSettings, Settings, check_settings, parse_settings
from journeymap.settings.values import AsOf

if TYPE_CHECKING:
    from journeymap.store.store import Store

FORMS: Final = (
    "Write a column (age), bins (age: 25, 40 or age: young < 25, old), quantiles (spend: 4 quantiles), rules "
    "(repeat: purchases >= 2; one-time: purchases = 1; else none), a combination (region / device), a hierarchy "
    "(country > region > city), a kind (lifecycle), or the entries of the settings ({kind = 'rfm'}); behind it, "
    "@latest or @first where it is not as of each journey's start."
)
_TOKEN: Final = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|.", re.DOTALL)
_INSTANT: Final = re.compile(r"(?P<rest>.*\S)\s*@(?P<as_of>\w+)\s*", re.DOTALL)
_QUANTILES: Final = re.compile(r"(\d+)\s*quantiles?", re.IGNORECASE)
_NAMED_BOUND: Final = re.compile(r"(?P<label>[^<>=]+?)\s*<\s*(?P<bound>-?[\d.]+(?:e[+-]?\d+)?)", re.IGNORECASE)


def parse_definition(store: Store, name: str, text: str, *, what: str = "--segment") -> SegmentSettings:
    """Read a definition that is one line.

    Parameters
    ----------
    store
        The open store: what is a column of it is a column, whatever it looks like.
    name
        The segment's name.
    text
        The definition, in one of the forms of :data:`FORMS`.
    what
        The option that it was given for, for errors.

    Returns
    -------
    SegmentSettings
        The same as a table of the settings gives. Whether its columns are there is not looked at.

    Raises
    ------
    QuestionError
        When it has none of the forms.
    SettingsError
        When what it says cannot be used, such as bounds that do not rise.
    """
    body = text.strip()
    if not name.strip() or not body:
        raise QuestionError(f"{what}: '{name}={text}' has no {'definition' if name.strip() else 'name'}.", hint=FORMS)
    if body.startswith("{"):
        key = name.replace("\\", "\\\\").replace('"', '\\"')
        return dict(parse_settings(f'segments."{key}" = {body}', origin=what).segments)[name]
    columns = column_names(store)
    as_of: AsOf = "start"
    found = _INSTANT.fullmatch(body)
    if found is not None and body not in columns:
        given = found["as_of"]
        if given not in get_args(AsOf):
            raise QuestionError(f"{what}: '@{given}' is no instant.", hint="There are: @start, @first, @latest.")
        body, as_of = found["rest"], next(instant for instant in get_args(AsOf) if instant == given)
    definition = replace(_read(body, columns, what), as_of=as_of)
    check_settings(Settings(segments=((name, definition),)), origin=what)
    return definition


def _read(body: str, columns: list[str], what: str) -> SegmentSettings:
    if body in columns:
        return SegmentSettings(column=body)
    parts = [part for part in _split(body, ";") if part]
    first, *rest = _split(parts[0], ":", most=1) if parts else [""]
    if rest and len(parts) == 1 and (cut := _cut(first, rest[0])) is not None:
        return cut
    if rest or len(parts) > 1:
        return _rules(parts, what)
    for sign, entry in (("/", "of"), (">", "path")):
        names = _split(body, sign)
        if len(names) > 1:
            parts = [_bare(item) for item in names]
            return SegmentSettings(of=tuple(parts)) if entry == "of" else SegmentSettings(path=tuple(parts))
    kind = next((kind for kind in KINDS if kind == body), None)
    return SegmentSettings(column=_bare(body)) if kind is None else SegmentSettings(kind=kind)


def _cut(column: str, text: str) -> SegmentSettings | None:
    """Read what stands behind ``COLUMN:`` as bins or quantiles; None where it is neither."""
    name = _bare(column)
    if quantiles := _QUANTILES.fullmatch(text):
        return SegmentSettings(column=name, quantiles=int(quantiles[1]))
    items = _split(text, ",")
    try:
        return SegmentSettings(column=name, bins=tuple(float(item) for item in items))
    except ValueError:
        pass
    named = [_NAMED_BOUND.fullmatch(item) for item in items[:-1]]
    if not named or None in named or re.search(r"[<>=]", items[-1]):
        return None
    labels = [_bare(found["label"]) for found in named if found] + [_bare(items[-1])]
    try:
        bounds = tuple(float(found["bound"]) for found in named if found)
    except ValueError:
        return None
    return SegmentSettings(column=name, bins=bounds, labels=tuple(labels))


def _rules(parts: list[str], what: str) -> SegmentSettings:
    rules = []
    other = "other"
    for at, part in enumerate(parts):
        name, *condition = _split(part, ":", most=1)
        if condition:
            rules.append(SegmentRule(_bare(name), condition[0]))
        elif at == len(parts) - 1 and part.lower().startswith("else "):
            other = _bare(part[len("else ") :].strip())
        else:
            raise QuestionError(f"{what}: '{part}' is no rule: there is no level before a colon.", hint=FORMS)
    return SegmentSettings(rules=tuple(rules), other=other)


def _split(text: str, sign: str, *, most: int = -1) -> list[str]:
    """Split at a sign that stands in no quotes, at most so many times.

    Examples
    --------
    >>> _split("a: x = ';' ; b: y", ";"), _split("a: b: c", ":", most=1)
    (["a: x = ';'", 'b: y'], ['a', 'b: c'])
    """
    found = [""]
    for token in _TOKEN.findall(text):
        if token == sign and most != len(found) - 1:
            found.append("")
        else:
            found[-1] += token
    return [part.strip() for part in found]


def _bare(name: str) -> str:
    """Take the double quotes from a name."""
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return name[1:-1].replace('""', '"') if quoted else name
