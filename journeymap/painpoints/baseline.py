"""A file of what hurt, to hold later findings against: a check for cron and CI."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import QuestionError, SourceNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding

FORMAT: Final = "journeymap pain points 1"
_DAYS: Final = re.compile(r"(, \d{4}-\d\d-\d\d) to \d{4}-\d\d-\d\d$")


@dataclass(frozen=True, slots=True)
class Worse:
    """A finding that is worse than the baseline: new, or with a rate whose interval lies above the one it had.

    Attributes
    ----------
    finding
        What hurts now.
    was
        The rate that it had; None where it was not there.
    """

    finding: Finding
    was: float | None


def baseline_text(findings: Sequence[Finding]) -> str:
    """Write findings as a baseline file.

    Returns
    -------
    str
        JSON, one finding a line, so that two files can be compared.
    """
    lines = [
        json.dumps(
            {
                "kind": item.kind, "place": item.place, "levels": [list(pair) for pair in item.levels],
                "rate": item.rate, "ci_low": item.ci_low, "ci_high": item.ci_high, "n_units": item.n_units,
            },
            ensure_ascii=False,
        )
        for item in findings
    ]  # fmt: skip
    body = ",\n  ".join(lines)
    return f'{{"format": "{FORMAT}", "findings": [\n  {body}\n]}}\n'


def read_baseline(path: str | Path) -> str:
    """Read the text of a baseline file.

    Raises
    ------
    SourceNotFoundError
        When there is no such file.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise SourceNotFoundError(
            f"The baseline {path} cannot be read: {reason}.",
            hint=f"Write one: journeymap painpoints STORE --save-baseline {path}",
        ) from None


def expect_split(text: str, by: tuple[str, ...], *, origin: str) -> None:
    """Refuse a baseline of other segments: everything would be new.

    Parameters
    ----------
    text
        The baseline file's text.
    by
        The segments that split the findings that are to be held against it.
    origin
        What it is called in an error.

    Raises
    ------
    QuestionError
        When the text is no baseline, or none of its findings are split so.
    """
    splits = {tuple(name for name, _ in levels) for _, _, levels in _read(text, origin)}
    if splits and by not in splits:
        kept = " or ".join(sorted(f"--by {','.join(split)}" if split else "no --by" for split in splits))
        asked = f"--by {','.join(by)}" if by else "no --by"
        raise QuestionError(
            f"{origin} was kept with {kept}, and this is asked with {asked}: everything would be new.",
            hint="Ask with the same segments, or keep another baseline.",
        )


def worse_than(findings: Sequence[Finding], text: str, *, origin: str) -> list[Worse]:
    """Hold findings against a baseline.

    Parameters
    ----------
    findings
        What hurts now.
    text
        The baseline file's text.
    origin
        What it is called in an error.

    Returns
    -------
    list of Worse
        Findings that are not in the baseline, or whose interval lies wholly above the one it had there.

    Raises
    ------
    QuestionError
        When the text is no baseline.
    """
    known = _read(text, origin)
    found = []
    for item in findings:
        before = known.get((item.kind, _lasting(item.place), item.levels))
        if before is None:
            found.append(Worse(item, None))
        elif item.ci_low is not None and before["ci_high"] is not None and item.ci_low > before["ci_high"]:
            found.append(Worse(item, before["rate"]))
    return found


def _lasting(place: str) -> str:
    """Name a sudden change by its first day: one that goes on is not new every day.

    Examples
    --------
    >>> _lasting("cart (drop_off), 2026-05-04 to 2026-05-09")
    'cart (drop_off), 2026-05-04'
    """
    return _DAYS.sub(r"\1", place)


def _read(text: str, origin: str) -> dict[tuple[str, str, tuple[tuple[str, str], ...]], dict[str, Any]]:
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise KeyError("format")
        return {
            (
                str(item["kind"]),
                _lasting(str(item["place"])),
                tuple((str(name), str(level)) for name, level in item["levels"]),
            ): {name: _number(item[name]) for name in ("rate", "ci_high")}
            for item in document["findings"]
        }
    except (ValueError, LookupError, TypeError):
        raise QuestionError(
            f"{origin} is no baseline of pain points.",
            hint=f"Write one: journeymap painpoints STORE --save-baseline {origin}",
        ) from None


def _number(given: object) -> float | None:
    if given is None or isinstance(given, (int, float)):
        return given
    raise TypeError
