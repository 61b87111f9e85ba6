"""The behaviour as lookup tables, so that one step of every customer is a few array look-ups.

Everything here is an integer or rounded to a few digits: the last digit of an exponential differs between
processors, and the same arguments have to give the same bytes on each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from journeymap.datasets.behaviour import EXITS, GONE, N_TRAITS, PLACES, Trait, next_places, time_to
from journeymap.datasets.touchpoints import TOUCHPOINTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SLOTS = 4096  # a probability is a number of slots in a row of this length
QUANTILES = 1024  # a distribution is its value at so many quantiles
ALL_PLACES = (*PLACES, *EXITS)
FIRST_EXIT = len(PLACES)
PLACE_NUMBER = {place: number for number, place in enumerate(ALL_PLACES)}

# How likely an hour of the day (UTC) is to see a visit begin.
_HOURS = (3, 2, 1, 1, 1, 2, 5, 9, 11, 12, 12, 12, 13, 12, 11, 11, 12, 14, 17, 20, 20, 16, 10, 5)


@dataclass(frozen=True, slots=True)
class Tables:
    """What the walk looks up.

    Parameters
    ----------
    row_of
        The row of `targets` by place and traits (place times `N_TRAITS` plus traits).
    targets
        The next place by row and slot.
    gap_ms
        The time to a place, in milliseconds, by place and quantile.
    day_ms
        The time of the day in milliseconds by quantile.
    is_page
        Whether a place is a page.
    """

    row_of: NDArray[np.int32]
    targets: NDArray[np.uint8]
    gap_ms: NDArray[np.int64]
    day_ms: NDArray[np.int64]
    is_page: NDArray[np.bool_]


def quantiles(n: int) -> NDArray[np.float64]:
    """Give the standard normal at the middles of `n` equal shares, rounded to 4 digits.

    Parameters
    ----------
    n
        How many.

    Returns
    -------
    numpy.ndarray
        The values in rising order.

    Examples
    --------
    >>> quantiles(3).tolist()
    [-0.9674, 0.0, 0.9674]
    """
    normal = NormalDist()
    return np.array([round(normal.inv_cdf((i + 0.5) / n), 4) + 0.0 for i in range(n)])


def slots_of(shares: Sequence[float], n_slots: int) -> NDArray[np.uint8]:
    """Give each slot of a row the number of the choice that it stands for.

    Parameters
    ----------
    shares
        The weight of each choice.
    n_slots
        The length of the row.

    Returns
    -------
    numpy.ndarray
        As many slots of a choice as its share asks for, in order.

    Examples
    --------
    >>> slots_of([0.5, 0.25, 0.25], 8).tolist()
    [0, 0, 0, 0, 1, 1, 2, 2]
    """
    ends = np.cumsum(np.asarray(shares, dtype=np.float64))
    ends = np.rint(np.round(ends / ends[-1], 9) * n_slots).astype(np.int64)
    return np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0)).astype(np.uint8)


@cache
def tables() -> Tables:
    """Build the tables once."""
    row_of, targets = _rows()
    names_of_pages = {touchpoint.name for touchpoint in TOUCHPOINTS if touchpoint.page}
    return Tables(
        row_of=row_of,
        targets=targets,
        gap_ms=_gaps(),
        day_ms=_times_of_day(),
        is_page=np.array([place in names_of_pages or place == "shipping_again" for place in ALL_PLACES]),
    )


def _rows() -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    # Most traits matter at one place only, so a few dozen rows serve all combinations.
    row_of = np.zeros((len(ALL_PLACES), N_TRAITS), dtype=np.int32)
    rows: list[NDArray[np.uint8]] = []
    for number, place in enumerate(ALL_PLACES):
        if place == GONE:
            continue
        known: dict[tuple[tuple[str, float], ...], int] = {}
        for traits in range(N_TRAITS):
            following = next_places(place, Trait(traits))
            key = tuple(following.items())
            if key not in known:
                known[key] = len(rows)
                rows.append(_row(following))
            row_of[number, traits] = known[key]
    return row_of.ravel(), np.concatenate(rows)


def _row(following: Mapping[str, float]) -> NDArray[np.uint8]:
    numbers = np.array([PLACE_NUMBER[place] for place in following], dtype=np.uint8)
    return numbers[slots_of(list(following.values()), SLOTS)]


def _gaps() -> NDArray[np.int64]:
    z = quantiles(QUANTILES)
    gaps = np.zeros((len(ALL_PLACES), QUANTILES), dtype=np.int64)
    for number, place in enumerate(ALL_PLACES):
        median, sigma = time_to(place)
        gaps[number] = np.rint(median * 1000.0 * np.round(np.exp(sigma * z), 5)).astype(np.int64)
    return gaps.ravel()


def _times_of_day() -> NDArray[np.int64]:
    hours = slots_of(_HOURS, QUANTILES).astype(np.int64)
    begins = np.searchsorted(hours, np.arange(24))
    counts = np.bincount(hours, minlength=24)
    within = (np.arange(QUANTILES) - begins[hours]) * 3_600_000 // counts[hours]
    return hours * 3_600_000 + within
