"""How much of the memory that a process may use is DuckDB's."""

from __future__ import annotations

_PROCESS_BYTES, _UNCOUNTED = 320_000_000, 1.3
"""What Python and the libraries take, pain points' among them, and what DuckDB takes for what it counts as one
byte. Measured with ingests of 10 and 100 million events: peaks of 526, 768, 2,115 and 2,568 MB where DuckDB was told
200, 400, 1,400 and 2,000 MB."""
_DENSE_SHARE, _DENSE_BYTES = 0.5, 256
"""How much of the memory arrays of counts may take, and what one of their places takes: 174 bytes were measured."""
_UNIT_BYTES = {"bytes": 1, "byte": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def duckdb_part(limit_bytes: int) -> int:
    """Give DuckDB's part of a memory limit, in bytes: what remains beside Python, and half of a small one.

    Examples
    --------
    >>> duckdb_part(2_000_000_000), duckdb_part(100_000_000)
    (1292307692, 50000000)
    """
    return max(int((limit_bytes - _PROCESS_BYTES) / _UNCOUNTED), limit_bytes // 2)


def dense_bits_within(memory_bytes: int, n_threads: int) -> int:
    """Give the bits of the largest keys that may be counted in arrays, one for each thread.

    Examples
    --------
    >>> dense_bits_within(1_292_307_692, 2), dense_bits_within(200_000_000, 2), dense_bits_within(1_000, 2)
    (20, 17, 0)
    """
    places = int(memory_bytes * _DENSE_SHARE / (_DENSE_BYTES * n_threads))
    return max(places.bit_length() - 1, 0)


def read_bytes(told: str) -> int:
    """Read an amount of memory as DuckDB tells it, in bytes.

    Examples
    --------
    >>> read_bytes("1.5 GiB"), read_bytes("0 bytes")
    (1610612736, 0)
    """
    number, unit = told.split()
    return int(float(number) * _UNIT_BYTES[unit])
