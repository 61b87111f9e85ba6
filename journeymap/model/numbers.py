"""Numbers of arrays and frames as plain Python has them."""

from __future__ import annotations

from math import isfinite
from typing import Any


def known_number(number: Any) -> float | None:  # noqa: ANN401 - a number of an array, or a cell of a frame
    """Give a number as a float; None where it is missing, not a number, or infinite.

    Examples
    --------
    >>> known_number(2), known_number(None), known_number(float("nan"))
    (2.0, None, None)
    """
    try:
        value = float(number)
    except TypeError:  # None, and pandas' own NA
        return None
    return value if isfinite(value) else None
