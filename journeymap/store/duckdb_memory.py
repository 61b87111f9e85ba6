"""How much of the memory that a process may use is DuckDB's."""

from __future__ import annotations

_PROCESS_BYTES, _UNCOUNTED = 280_000_000, 1.3
"""What Python and the libraries take, and what DuckDB takes for what it counts as one byte. Measured with ingests of 10
and 100 million events: peaks of 526, 768, 2,115 and 2,568 MB where DuckDB was told 200, 400, 1,400 and 2,000 MB."""
_UNIT_BYTES = {"bytes": 1, "byte": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def duckdb_part(limit_bytes: int) -> int:
    """Give DuckDB's part of a memory limit, in bytes: what remains beside Python, and half of a small one.

    Examples
    --------
    >>> duckdb_part(2_000_000_000), duckdb_part(100_000_000)
    (1323076923, 50000000)
    """
    return max(int((limit_bytes - _PROCESS_BYTES) / _UNCOUNTED), limit_bytes // 2)


def read_bytes(told: str) -> int:
    """Read an amount of memory as DuckDB tells it, in bytes.

    Examples
    --------
    >>> read_bytes("1.5 GiB"), read_bytes("0 bytes")
    (1610612736, 0)
    """
    number, unit = told.split()
    return int(float(number) * _UNIT_BYTES[unit])
