"""One chunk of customers, from their draw to the tables of their events and attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from journeymap.datasets import details
from journeymap.datasets.dirt import BAD_TIMES, no_dirt, spoil
from journeymap.datasets.people import customer_table, draw_people
from journeymap.datasets.touchpoints import CHANNELS, DEVICES, TOUCHPOINTS
from journeymap.datasets.walk import walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from journeymap.datasets.dirt import Dirt, Spoiled
    from journeymap.datasets.people import People
    from journeymap.datasets.walk import Period, Steps


@dataclass(frozen=True, slots=True)
class Chunk:
    """The rows of one chunk of customers.

    Parameters
    ----------
    customers
        One row a customer.
    events
        One row an event in order of time, the number of the event counted from 1 within the chunk.
    at_ms
        The time of each row, also where the row's own is spoiled.
    n_ids
        How many different events there are.
    dirt
        How many rows are dirty.
    """

    customers: pa.Table
    events: pa.Table
    at_ms: NDArray[np.int64]
    n_ids: int
    dirt: Dirt


def draw_chunk(number: int, first_customer: int, n_customers: int, seed: int, period: Period) -> Chunk:
    """Draw a chunk of customers and all they do.

    Parameters
    ----------
    number
        The number of the chunk; the chunk depends on it and on the seed, not on other chunks.
    first_customer
        The number of the first customer.
    n_customers
        How many customers the chunk has.
    seed
        The seed of the whole sample.
    period
        The time that the sample covers.

    Returns
    -------
    Chunk
        The tables.
    """
    seeds = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(4)
    for_people, for_walk, for_details, for_dirt = (np.random.Generator(np.random.PCG64(s)) for s in seeds)
    people = draw_people(n_customers, for_people)
    steps = walk(people, period, for_walk)
    cents = details.basket_cents(steps, people, for_details)
    codes = details.touchpoint_codes(steps)
    spoiled = spoil(_harmless(codes), for_dirt) if number == 0 else no_dirt()
    ids = _customer_ids(first_customer, n_customers)
    events = _event_table(steps, codes, cents, ids, for_details)
    events, at_ms = _make_dirty(events, steps.at_ms, spoiled)
    return Chunk(
        customers=customer_table(people, ids, _spent(people, steps, cents)),
        events=events,
        at_ms=at_ms,
        n_ids=steps.who.size,
        dirt=spoiled.counts,
    )


def _customer_ids(first: int, n: int) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(np.arange(first, first + n)).cast(pa.string()), 7, "0")
    return pc.binary_join_element_wise("c", digits, "")


def _event_table(
    steps: Steps,
    codes: NDArray[np.int8],
    cents: NDArray[np.int64],
    ids: pa.Array,
    rng: np.random.Generator,
) -> pa.Table:
    channels = details.channel_codes(steps)
    devices = details.device_codes(steps, channels)
    scores = details.scores(steps, rng)
    loads = details.load_times(steps, rng)
    return pa.table(
        {
            "event_id": np.arange(1, steps.who.size + 1),
            "customer_id": pa.DictionaryArray.from_arrays(pa.array(steps.who), ids),
            "timestamp": pa.array(steps.at_ms).cast(pa.timestamp("ms", "UTC")),
            "event": _texts(codes, details.touchpoint_names()),
            "channel": _texts(channels, CHANNELS),
            "device": _texts(devices, DEVICES, missing=details.OFFLINE),
            "value": pa.array(cents / 100.0, mask=cents == details.NO_VALUE),
            "score": pa.array(scores, mask=scores == details.NO_SCORE),
            "page_load_ms": pa.array(loads, mask=loads == details.NO_LOAD),
        }
    )


def _texts(codes: NDArray[np.int8], names: tuple[str, ...], missing: int | None = None) -> pa.Array:
    mask = None if missing is None else codes == missing
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=mask), pa.array(names))


def _harmless(codes: NDArray[np.int8]) -> NDArray[np.int64]:
    """Find the rows that no story needs: pages of the consideration but the product."""
    harmless = [point.stage == "consideration" and point.name != "product" for point in TOUCHPOINTS]
    return np.flatnonzero(np.array(harmless)[codes])


def _spent(people: People, steps: Steps, cents: NDArray[np.int64]) -> NDArray[np.int64]:
    paid = np.flatnonzero(cents != details.NO_VALUE)
    # Sums of whole cents below 2**53 are exact in floats, in any order.
    return np.bincount(steps.who[paid], weights=cents[paid], minlength=people.size).astype(np.int64)


def _make_dirty(events: pa.Table, at_ms: NDArray[np.int64], spoiled: Spoiled) -> tuple[pa.Table, NDArray[np.int64]]:
    """Leave values out and put copies in; the time that cannot be read gets its text when it is written."""
    for column, rows in (
        ("customer_id", spoiled.missing_customer),
        ("timestamp", spoiled.bad_time),
        ("event", spoiled.missing_event),
    ):
        if rows.size:
            events = _without(events, column, rows)
    if not spoiled.duplicates.size:
        return events, at_ms
    rows = np.sort(np.concatenate([np.arange(events.num_rows), spoiled.duplicates]))
    return events.take(pa.array(rows)), at_ms[rows]


def _without(events: pa.Table, column: str, rows: NDArray[np.int64]) -> pa.Table:
    hit = np.zeros(events.num_rows, dtype=bool)
    hit[rows] = True
    values = events[column].combine_chunks()
    if pa.types.is_dictionary(values.type):
        codes = pc.if_else(pa.array(hit), None, values.indices)
        values = pa.DictionaryArray.from_arrays(codes, values.dictionary)
    else:
        values = pc.if_else(pa.array(hit), None, values)
    return events.set_column(events.column_names.index(column), column, values)


def readable_times(times: pa.ChunkedArray) -> pa.Array:
    """Write times as ISO 8601 in UTC with milliseconds, and a text that is no time where there is none.

    Parameters
    ----------
    times
        Times in milliseconds.

    Returns
    -------
    pyarrow.Array
        The texts.

    Examples
    --------
    >>> import pyarrow as pa
    >>> readable_times(pa.chunked_array([pa.array([0, None], pa.timestamp("ms", "UTC"))])).to_pylist()
    ['1970-01-01T00:00:00.000Z', 'yesterday']
    """
    naive = times.combine_chunks().cast(pa.timestamp("ms"))
    # A cast and a replacement: strftime takes twelve times as long.
    texts = pc.replace_substring(naive.cast(pa.string()), " ", "T")
    texts = pc.binary_join_element_wise(texts, "Z", "")
    if not times.null_count:
        return texts
    missing = np.flatnonzero(times.is_null().combine_chunks().to_numpy(zero_copy_only=False))
    lies = pa.array([BAD_TIMES[i % len(BAD_TIMES)] for i in range(missing.size)])
    return pc.replace_with_mask(texts, times.is_null().combine_chunks(), lies)
