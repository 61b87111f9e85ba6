"""Makes the events that the contestants read: a generated shop, in three shapes, as Parquet and as text.

``ordered`` is the shop as it is generated: a file per month, in order of time within blocks of 25,000 customers.
``shuffled`` has the same rows in random order. ``long`` has the same rows in order of time, with the histories of 25
customers put one behind the other: 500 events a customer, over eight years.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from sizes import customers_of, parse_events, told_events

SHAPES = ("ordered", "shuffled", "long")
TEXTS = {"CSV": "csv", "JSON lines": "jsonl"}
JOINED = 25
"""Customers whose histories make one long one."""
DAYS = 120
"""Days that the generated shop covers."""


def make_shop(data: Path, customers: int) -> Path:
    """Generate the shop of that size as Parquet, where it is not there yet."""
    from journeymap.datasets import generate_shop

    folder = data / f"{customers}-customers"
    if not (folder / "stories.json").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        generate_shop(folder, customers=customers, file_format="parquet")
    return folder


def make_shape(data: Path, events: int, shape: str) -> Path:
    """Give the folder with the events in that shape, made where it is not there yet."""
    shop = make_shop(data, customers_of(events))
    if shape == "ordered":
        return shop
    folder = data / f"{told_events(events)}-{shape}"
    settings = folder / "journeymap.toml"
    if not settings.exists():
        folder.mkdir(exist_ok=True)
        if shape == "shuffled":
            _copy(
                f"SELECT * FROM '{shop}/events*.parquet' ORDER BY hash(event_id, timestamp)", folder / "events.parquet"
            )
            shutil.copy(shop / "customers.parquet", folder)
        else:
            _copy(_long(shop), folder / "events.parquet")
            people = f"SELECT * FROM '{shop}/customers.parquet' WHERE {_number()} % {JOINED} = 0"
            _copy(people, folder / "customers.parquet")
        shutil.copy(shop / "journeymap.toml", settings)  # last: then all of it is there
    return folder


def make_text(data: Path, events: int, shape: str, kind: str) -> Path:
    """Give the events as one CSV file, or one of JSON lines, made where it is not there yet."""
    folder = make_shape(data, events, shape)
    path = data / f"{told_events(events)}-{shape}-text" / f"events.{TEXTS[kind]}"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        written = "strftime(timezone('UTC', timestamp), '%Y-%m-%dT%H:%M:%S.%gZ')"
        rows = f"SELECT * REPLACE ({written} AS timestamp) FROM '{folder}/events*.parquet'"
        unfinished = path.with_suffix(".unfinished")
        _copy(rows, unfinished, "FORMAT csv, HEADER" if kind == "CSV" else "FORMAT json")
        unfinished.rename(path)
    return path


def count_rows(folder: Path) -> int:
    """Count the rows of the events, those that will be refused included."""
    import pyarrow.parquet as pq

    return sum(pq.ParquetFile(path).metadata.num_rows for path in folder.glob("events*.parquet"))


def _number() -> str:
    return "(CAST(substr(customer_id, 2) AS INTEGER) - 1)"


def _long(shop: Path) -> str:
    first = f"'c' || lpad(CAST({_number()} // {JOINED} * {JOINED} + 1 AS VARCHAR), 7, '0')"
    earlier = f"timestamp - to_days(CAST({_number()} % {JOINED} * {DAYS} AS INTEGER))"
    return (
        f"SELECT * REPLACE ({first} AS customer_id, coalesce({earlier}, timestamp) AS timestamp) "
        f"FROM '{shop}/events*.parquet' ORDER BY timestamp, event_id"
    )


def _copy(select: str, path: Path, options: str = "FORMAT parquet, COMPRESSION zstd") -> None:
    import duckdb

    spill = {"temp_directory": str(path.parent / "spill"), "memory_limit": "6GB"}
    with duckdb.connect(config=spill) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; COPY ({select}) TO '{path}' ({options})")
    shutil.rmtree(path.parent / "spill", ignore_errors=True)


def main() -> None:
    """Make what is asked for, and print where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=parse_events)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data")
    parser.add_argument("--text", action="store_true", help="as CSV and JSON lines, too")
    chosen = parser.parse_args()
    folder = make_shape(chosen.data, chosen.events, chosen.shape)
    kinds = TEXTS if chosen.text else {}
    texts = {kind: str(make_text(chosen.data, chosen.events, chosen.shape, kind)) for kind in kinds}
    print(json.dumps({"folder": str(folder), "rows": count_rows(folder), "texts": texts}))


if __name__ == "__main__":
    main()
