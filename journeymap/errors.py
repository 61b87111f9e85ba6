"""One tree of errors. Each says what is wrong, where, what there is instead and what to do.

Every class is also a Python builtin, so that code which knows nothing of journeymap can catch it. ``code`` is
stable and meant for programs; ``hint`` is the next step for a person.
"""

from __future__ import annotations

from difflib import get_close_matches
from operator import index
from typing import TYPE_CHECKING, ClassVar, SupportsIndex

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class JourneymapError(Exception):
    """The parent of every error that journeymap raises on purpose.

    Parameters
    ----------
    message
        What is wrong, where, and what there is instead.
    hint
        What to do about it, in one sentence.

    Attributes
    ----------
    code
        A stable name of the kind of error.
    hint
        What to do about it, or an empty text.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class SettingsError(JourneymapError, ValueError):
    """The settings file, or an option that stands for one of its entries, cannot be used."""

    code = "settings"


class SourceError(JourneymapError, ValueError):
    """A source of events cannot be read as what it should be."""

    code = "source"


class SourceNotFoundError(SourceError, FileNotFoundError):
    """There is no file where a source or a store was looked for."""

    code = "not-found"


class ColumnError(SourceError, LookupError):
    """A column that is needed is missing, or more than one fits."""

    code = "column"


class NothingAcceptedError(SourceError):
    """Not one row of the source could be accepted."""

    code = "nothing-accepted"


class UnknownNameError(JourneymapError, LookupError):
    """A touchpoint, segment, level or other name that the store does not have."""

    code = "unknown-name"


class QuestionError(JourneymapError, ValueError):
    """A question that cannot be asked: an option out of its range, or two that contradict each other."""

    code = "question"


class ExpressionError(QuestionError):
    """An expression that cannot be parsed, or holds more than comparisons, arithmetic and logic."""

    code = "expression"


class StoreError(JourneymapError, RuntimeError):
    """The file is no journey store, is damaged, or does not fit what is asked of it."""

    code = "store"


class StoreVersionError(StoreError):
    """The store was written by a newer version of journeymap."""

    code = "store-version"


class StoreBusyError(StoreError, BlockingIOError):
    """Another process is writing to the store."""

    code = "store-busy"


class OutputError(JourneymapError, OSError):
    """A file or folder cannot be written."""

    code = "output"


class ResourceError(JourneymapError, MemoryError):
    """The machine's memory or disk, or the limit that was set, is too small for the work."""

    code = "resource"


def suggest(name: str, known: Iterable[str], *, limit: int = 12) -> str:
    """Say which of the known names was probably meant, or what the known names are.

    Parameters
    ----------
    name
        What was asked for.
    known
        What there is.
    limit
        How many known names to list at the most when none is close.

    Returns
    -------
    str
        A sentence for an error message.

    Examples
    --------
    >>> suggest("regoin", ["region", "age"])
    "Did you mean 'region'?"
    >>> suggest("zip", ["region", "age"])
    'There are: age, region.'
    """
    names = sorted({str(item) for item in known})
    if not names:
        return "There are none."
    lowered = {item.lower(): item for item in names}
    close = get_close_matches(str(name).lower(), list(lowered), n=3, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(f"'{lowered[item]}'" for item in close) + "?"
    shown = ", ".join(names[:limit])
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"There are: {shown}{more}."


def expect_count(number: object, *, what: str, least: int = 1, most: int | None = None) -> None:
    """Refuse what is no whole number in its range.

    Raises
    ------
    QuestionError
        When it is another.

    Examples
    --------
    >>> expect_count(0, what="--top")
    Traceback (most recent call last):
        ...
    journeymap.errors.QuestionError: --top must be a whole number from 1 on, not 0.
    """
    if not isinstance(number, SupportsIndex) or index(number) < least or (most is not None and index(number) > most):
        upwards = f"from {least} on" if most is None else f"from {least} to {most}"
        raise QuestionError(f"{what} must be a whole number {upwards}, not {number!r}.")


def suggest_path(missing: Path) -> str:
    """Say which path was probably meant, or what lies where the first part that is not there was looked for.

    Parameters
    ----------
    missing
        A path that is not there.

    Returns
    -------
    str
        One or two sentences for an error message; hidden files are not named.

    Examples
    --------
    >>> from pathlib import Path
    >>> import journeymap
    >>> suggest_path(Path(journeymap.__file__).with_name("erorrs.py"))
    "Did you mean 'errors.py'?"
    """
    first = next(part for part in (missing, *missing.parents) if part.parent.is_dir())
    looked_in = "" if first == missing else f"There is no folder {first} either. "
    beside = [item.name for item in first.parent.iterdir() if not item.name.startswith(".")]
    return looked_in + (suggest(first.name, beside, limit=8) if beside else "Its folder is empty.")
