"""The walk: all customers of a chunk take a step at once, until the last one is gone or the time is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from journeymap.datasets.behaviour import ARRIVE, GONE, N_TRAITS, VISIT_TRAITS, Trait
from journeymap.datasets.tables import FIRST_EXIT, PLACE_NUMBER, QUANTILES, SLOTS, tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from journeymap.datasets.people import People
    from journeymap.datasets.tables import Tables

DAY_MS = 86_400_000
_GONE = PLACE_NUMBER[GONE]
_TIE_SHIFT = np.uint64(54)  # one page in 1,024 carries the very time of the page before
_SLOW = 2  # a tablet takes so many times as long from page to page


@dataclass(frozen=True, slots=True)
class Period:
    """The time the sample covers, in milliseconds since 1970, and the time of the payment fault within it.

    Parameters
    ----------
    start, end
        The first moment, and the first one after the last day.
    fault_start, fault_end
        The same of the payment fault.
    """

    start: int
    end: int
    fault_start: int
    fault_end: int


@dataclass(frozen=True, slots=True)
class Steps:
    """What the customers of a chunk did, one entry an event, by time; ties as they happened.

    Parameters
    ----------
    who
        The customer's number within the chunk.
    place
        The number of the place.
    at_ms
        When, in milliseconds since 1970.
    traits
        The traits of the customer and the visit.
    """

    who: NDArray[np.int32]
    place: NDArray[np.uint8]
    at_ms: NDArray[np.int64]
    traits: NDArray[np.uint16]


def walk(people: People, period: Period, rng: np.random.Generator) -> Steps:
    """Let the customers of a chunk walk through the shop.

    Parameters
    ----------
    people
        Who they are.
    period
        From when until when.
    rng
        Where chance comes from.

    Returns
    -------
    Steps
        All their events.
    """
    table = tables()
    n = people.size
    who = np.arange(n, dtype=np.int32)
    bits = _bits(rng, n)
    place, traits = _enter(table, people, who, np.full(n, PLACE_NUMBER[ARRIVE], dtype=np.uint8), people.traits, bits)
    at = _arrivals(table, period, rng, n)
    log: list[tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint16]]] = []
    while who.size:
        log.append((who, place, at, traits))
        who, place, at, traits = _step(table, people, period, rng, log[-1])
    return _in_order(log)


def _step(
    table: Tables,
    people: People,
    period: Period,
    rng: np.random.Generator,
    now: tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint16]],
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint16]]:
    who, place, at, traits = now
    bits = _bits(rng, who.size)
    fault = (at >= period.fault_start) & (at < period.fault_end)
    coming = _next(table, place, traits | (fault * np.uint16(Trait.FAULT)), bits)
    gap = table.gap_ms[coming.astype(np.int32) * QUANTILES + _field(bits, 12, QUANTILES)]
    page = table.is_page[coming]
    gap += _field(bits, 22, QUANTILES)
    gap[page & (bits >> _TIE_SHIFT == 0)] = 0
    gap[page & (traits & np.uint16(Trait.TABLET) != 0)] *= _SLOW

    out = np.flatnonzero(coming >= FIRST_EXIT)
    if out.size:
        gap[out] = gap[out] * people.pace[who[out]] // 100
        traits = traits.copy()
        coming[out], traits[out] = _enter(table, people, who[out], coming[out], traits[out], _bits(rng, out.size))
    later = at + gap
    # Who is away for a day or more does not come back at any hour of the night.
    long = np.flatnonzero(gap >= DAY_MS)
    if long.size:
        whole_days = later[long] // DAY_MS * DAY_MS
        later[long] = whole_days + table.day_ms[_field(bits[long], 32, QUANTILES)] + _field(bits[long], 42, 4096)
    keep = np.flatnonzero((later < period.end) & (coming != _GONE))
    return who[keep], coming[keep], later[keep], traits[keep]


def _enter(
    table: Tables,
    people: People,
    who: NDArray[np.int32],
    left_at: NDArray[np.uint8],
    traits: NDArray[np.uint16],
    bits: NDArray[np.uint64],
) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Draw where a visit begins and with which device."""
    visit = people.visit_traits[people.habit[who].astype(np.int32) * 256 + _field(bits, 12, 256)]
    # The traits of the visit before do not matter at a way out.
    place = _next(table, left_at, traits, bits)
    return place, (traits & np.uint16(~VISIT_TRAITS & (N_TRAITS - 1))) | visit


def _next(
    table: Tables, place: NDArray[np.uint8], traits: NDArray[np.uint16], bits: NDArray[np.uint64]
) -> NDArray[np.uint8]:
    row = table.row_of[place.astype(np.int32) * N_TRAITS + traits]
    coming: NDArray[np.uint8] = table.targets[row * SLOTS + _field(bits, 0, SLOTS)]
    return coming


def _arrivals(table: Tables, period: Period, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Draw when customers first come: one in four within the first tenth of the days, the others evenly."""
    bits = _bits(rng, n)
    days = (period.end - period.start) // DAY_MS
    early = np.where(_field(bits, 0, 4) == 0, max(1, days // 10), days)
    day = _field(bits, 20, 1 << 20) * early >> 20
    time = table.day_ms[_field(bits, 10, QUANTILES)] + _field(bits, 42, 4096)
    return period.start + day * DAY_MS + time


def _bits(rng: np.random.Generator, n: int) -> NDArray[np.uint64]:
    """Draw 64 bits for each; one draw serves all choices of a step."""
    return rng.integers(0, 2**64, n, dtype=np.uint64)


def _field(bits: NDArray[np.uint64], shift: int, size: int) -> NDArray[np.int64]:
    """Take a number below `size`, a power of two, out of the bits."""
    return (bits >> np.uint64(shift) & np.uint64(size - 1)).astype(np.int64)


def _in_order(
    log: list[tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint16]]],
) -> Steps:
    who, place, at, traits = (np.concatenate(parts) for parts in zip(*log, strict=True))
    order = np.argsort(at, kind="stable")
    return Steps(who=who[order], place=place[order], at_ms=at[order], traits=traits[order])
