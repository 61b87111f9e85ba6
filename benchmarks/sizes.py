"""Sizes as people write them: 1M events, 16GB of memory."""

from __future__ import annotations

import re

EVENTS_PER_CUSTOMER = 20
"""Of the generated shop, about."""

_SCALES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)(b?)\s*", re.IGNORECASE)


def parse_events(text: str) -> int:
    """Read a number of events.

    Examples
    --------
    >>> parse_events("10M"), parse_events("250k"), parse_events("1000")
    (10000000, 250000, 1000)
    """
    found = _WRITTEN.fullmatch(text)
    if found is None or found[3]:
        raise ValueError(f"{text!r} is no number of events; write such as 10M, 250k or 1000.")
    number = float(found[1]) * _SCALES[found[2].lower()]
    if number < EVENTS_PER_CUSTOMER or number != int(number):
        raise ValueError(f"{text!r}: ask for a whole number of at least {EVENTS_PER_CUSTOMER} events.")
    return int(number)


def parse_megabytes(text: str) -> float:
    """Read an amount of memory, in megabytes of a million bytes.

    Examples
    --------
    >>> parse_megabytes("16GB"), parse_megabytes("500MB")
    (16000.0, 500.0)
    """
    found = _WRITTEN.fullmatch(text)
    if found is None or not found[3]:
        raise ValueError(f"{text!r} is no amount of memory; write such as 16GB or 500MB.")
    return float(found[1]) * _SCALES[found[2].lower()] / 1e6


def told_events(events: int) -> str:
    """Write a number of events as short as it goes.

    Examples
    --------
    >>> told_events(10_000_000), told_events(250_000), told_events(1_500)
    ('10M', '250k', '1500')
    """
    for letter, scale in (("M", 1_000_000), ("k", 1_000)):
        if events % scale == 0:
            return f"{events // scale}{letter}"
    return str(events)


def customers_of(events: int) -> int:
    """Give the customers of the generated shop who make about so many events.

    Examples
    --------
    >>> customers_of(10_000_000)
    500000
    """
    return events // EVENTS_PER_CUSTOMER
