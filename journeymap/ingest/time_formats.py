"""Formats that read times which are not ISO 8601: to be named in a message, never to be taken unasked.

Whether 03/04/2026 is in March or in April only the user knows.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAYS: Final = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y",
    "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y",
)  # fmt: skip
_CLOCKS: Final = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p")
FORMATS: Final = (
    *_DAYS,
    *(f"{day}{between}{clock}" for between in (" ", ", ", "T") for day in _DAYS for clock in _CLOCKS),
    "%d/%b/%Y:%H:%M:%S %z",  # web servers' logs
    "%a, %d %b %Y %H:%M:%S %z",  # mails
    "%a %b %d %H:%M:%S %Y",
)
"""The formats that are tried, as ``--time-format`` takes them."""


def formats_of(texts: Sequence[str]) -> list[str]:
    """Give the formats that read every one of some texts.

    Parameters
    ----------
    texts
        Times as a source has them.

    Returns
    -------
    list of str
        Formats of :data:`FORMATS`, in their order; none where there are no texts.

    Examples
    --------
    >>> formats_of(["12/31/2025 11:59 PM", "1/2/2026 12:05 AM"])
    ['%m/%d/%Y %I:%M %p']
    >>> formats_of(["03/04/2026"])
    ['%d/%m/%Y', '%m/%d/%Y']
    """
    return [form for form in FORMATS if texts and all(_reads(form, text.strip()) for text in texts)]


def _reads(form: str, text: str) -> bool:
    if not text.isascii():  # Python takes any blank of Unicode for the format's, and engines do not
        return False
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - it is only tried
    except ValueError:
        return False
    return True
