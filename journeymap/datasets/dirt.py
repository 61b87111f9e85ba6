"""What is wrong with the sample on purpose: rows that are there twice, and rows that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAD_TIMES = ("yesterday", "2026-02-30T09:15:00.000Z", "unknown", "2026-13-07T18:00:00.000Z")
_PLANNED = (14, 6, 4, 5)
_CLEAN_ROWS_PER_DIRTY = 100  # a tiny sample stays mostly clean


@dataclass(frozen=True, slots=True)
class Dirt:
    """How many rows of the events are dirty. All of them are rows of the first chunk.

    Parameters
    ----------
    duplicates
        Rows that are an exact copy of another.
    missing_customer
        Rows without a customer.
    bad_time
        Rows whose time is none (in Parquet files, where a time cannot be wrong, it is missing).
    missing_event
        Rows without the name of the event.
    """

    duplicates: int = 0
    missing_customer: int = 0
    bad_time: int = 0
    missing_event: int = 0

    @property
    def rejected(self) -> int:
        """How many rows cannot be used."""
        return self.missing_customer + self.bad_time + self.missing_event


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Which rows of a chunk are dirty, as numbers of the chunk's clean rows.

    Parameters
    ----------
    duplicates, missing_customer, bad_time, missing_event
        The rows of each kind; no row is of two kinds.
    """

    duplicates: NDArray[np.int64]
    missing_customer: NDArray[np.int64]
    bad_time: NDArray[np.int64]
    missing_event: NDArray[np.int64]

    @property
    def counts(self) -> Dirt:
        """How many rows there are of each kind."""
        return Dirt(self.duplicates.size, self.missing_customer.size, self.bad_time.size, self.missing_event.size)


def no_dirt() -> Spoiled:
    """Spoil nothing: every chunk but the first."""
    none = np.empty(0, dtype=np.int64)
    return Spoiled(none, none, none, none)


def spoil(harmless: NDArray[np.int64], rng: np.random.Generator) -> Spoiled:
    """Choose the dirty rows.

    Parameters
    ----------
    harmless
        The rows to choose from: those that no story needs.
    rng
        Where chance comes from.

    Returns
    -------
    Spoiled
        The rows; fewer than planned where there are few to choose from.
    """
    most = harmless.size // _CLEAN_ROWS_PER_DIRTY
    counts = [min(planned, most) for planned in _PLANNED]
    chosen = rng.choice(harmless, sum(counts), replace=False)
    duplicates, customers, times, events = np.split(chosen, np.cumsum(counts)[:-1])
    return Spoiled(duplicates, customers, np.sort(times), events)
