"""Checks that the user asks for with ``--fail-over``: what exceeds the limit is said, and the exit status is 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from journeymap.cli.talk import tell

if TYPE_CHECKING:
    from collections.abc import Iterable

CHECK_FAILED = 1


def fail_over(limit: float | None, rates: Iterable[tuple[str, float | None]], *, what: str) -> None:
    """End with 1 where a rate exceeds the limit.

    Parameters
    ----------
    limit
        The share that no rate may exceed; None: there is no check.
    rates
        (where, rate) pairs; a missing rate exceeds nothing.
    what
        What the rates are, for the message.

    Raises
    ------
    typer.Exit
        When one exceeds it.
    """
    if limit is None:
        return
    over = [(place, rate) for place, rate in rates if rate is not None and rate > limit]
    for place, rate in over:
        tell(f"Over the limit of {limit * 100:.3g} %: {place}: {what} {rate * 100:.3g} %.")
    if over:
        raise typer.Exit(CHECK_FAILED)


def place_of(levels: Iterable[tuple[str, object]], name: str) -> str:
    """Name a row of a table: its levels, then what it is about.

    Examples
    --------
    >>> place_of([("region", "north")], "cart")
    'region north: cart'
    """
    return ": ".join([*(f"{segment} {level}" for segment, level in levels), name])
