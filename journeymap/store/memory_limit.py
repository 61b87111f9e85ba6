"""What a memory limit says, and how much of it is DuckDB's."""

from __future__ import annotations

import re

from journeymap.errors import QuestionError

_PROCESS_BYTES, _UNCOUNTED = 380_000_000, 1.3
"""What Python and the libraries take, pain points' among them, and what DuckDB takes for what it counts as one
byte. Measured with ingests of 10 and 100 million events: peaks of 526, 768, 2,115 and 2,568 MB where DuckDB was told
200, 400, 1,400 and 2,000 MB."""
_DENSE_SHARE, _DENSE_BYTES = 0.5, 256
"""How much of the memory arrays of counts may take, and what one of their places takes: 174 bytes were measured."""
_UNIT_BYTES = {"B": 1, "BYTES": 1} | {
    letter + ending: base**power
    for power, letter in enumerate("KMGT", start=1)
    for ending, base in (("", 1000), ("B", 1000), ("IB", 1024))
}
_SIZE = re.compile(rf"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>{'|'.join(_UNIT_BYTES)})\s*", re.IGNORECASE)


def duckdb_part(limit_bytes: int) -> int:
    """Give DuckDB's part of a memory limit, in bytes: what remains beside Python, and half of a small one.

    Examples
    --------
    >>> duckdb_part(2_000_000_000), duckdb_part(100_000_000)
    (1246153846, 50000000)
    """
    return max(int((limit_bytes - _PROCESS_BYTES) / _UNCOUNTED), limit_bytes // 2)


def dense_bits_within(memory_bytes: int, n_threads: int) -> int:
    """Give the bits of the largest keys that may be counted in arrays, one for each thread.

    Examples
    --------
    >>> dense_bits_within(1_246_153_846, 2), dense_bits_within(200_000_000, 2), dense_bits_within(1_000, 2)
    (20, 17, 0)
    """
    places = int(memory_bytes * _DENSE_SHARE / (_DENSE_BYTES * n_threads))
    return max(places.bit_length() - 1, 0)


def limit_bytes(limit: str) -> int:
    """Read a memory limit, in bytes.

    Raises
    ------
    QuestionError
        When it is no number with a unit, or nothing at all.

    Examples
    --------
    >>> limit_bytes("2GB"), limit_bytes("1.5 GiB"), limit_bytes("500m")
    (2000000000, 1610612736, 500000000)
    """
    found = _SIZE.fullmatch(str(limit))
    size = int(float(found["number"]) * _UNIT_BYTES[found["unit"].upper()]) if found else 0
    if size == 0:
        raise QuestionError(
            f"The memory limit '{limit}' is no amount of memory.",
            hint="Write a number and a unit (KB, MB, GB, TB, or KiB, MiB ... of 1,024), such as 2GB or 500MB.",
        )
    return size
