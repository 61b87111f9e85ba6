"""Writes the chunks: a file of events for each month, and one of customers, as CSV or Parquet."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from journeymap.datasets.chunk import readable_times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from journeymap.datasets.chunk import Chunk

FileFormat = Literal["csv", "parquet"]
_DISTINCT = (
    "event_id",
    "timestamp",
    "lifetime_value",
)  # a Parquet dictionary of these would be as long as the column


class TableFile:
    """A file that grows by one table after the other.

    Parameters
    ----------
    path
        Where it is; what is there is replaced.
    file_format
        As what to write it.
    """

    def __init__(self, path: Path, file_format: FileFormat) -> None:
        self.path = path
        self._format = file_format
        self._writer: pq.ParquetWriter | pa_csv.CSVWriter | None = None
        self._files = ExitStack()

    def write(self, table: pa.Table) -> None:
        """Append a table: one row group in a Parquet file."""
        if self._format == "csv":
            table = _plain(table)
        if self._writer is None:
            self._writer = self._open(table.schema)
        if self._format == "csv":
            self._writer.write_table(table)
        else:
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def close(self) -> None:
        """Write what is left and close the file."""
        self._files.close()

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter | pa_csv.CSVWriter:
        sink = self._files.enter_context(self.path.open("wb"))
        if self._format == "parquet":
            coded = [name for name in schema.names if name not in _DISTINCT]
            # Without the Arrow schema readers see plain texts instead of Arrow's dictionaries.
            writer = pq.ParquetWriter(sink, schema, use_dictionary=coded, store_schema=False)
            return self._files.enter_context(writer)
        # The header by hand: pyarrow would put it in quotes. No text of the shop holds a comma or a quote; if
        # one ever did, the writer would refuse it.
        sink.write((",".join(schema.names) + "\n").encode())
        options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
        return self._files.enter_context(pa_csv.CSVWriter(sink, schema, write_options=options))


class ShopWriter:
    """Writes chunks into the files of a shop.

    Parameters
    ----------
    folder
        Where the files are.
    months
        The months as numpy months, each with a file of its own.
    file_format
        As what to write them.
    """

    def __init__(self, folder: Path, months: Sequence[np.datetime64], file_format: FileFormat) -> None:
        self.customers = TableFile(folder / customers_name(file_format), file_format)
        self.events = [TableFile(folder / events_name(month, file_format), file_format) for month in months]
        self._starts_ms = np.array([month.astype("datetime64[ms]").astype(np.int64) for month in months])
        self._n_ids = 0

    def write(self, chunk: Chunk) -> None:
        """Write one chunk; the numbers of its events follow on those of the chunk before."""
        self.customers.write(chunk.customers)
        first = not self._n_ids  # then a month without events gets its file, too
        ids = pa.array(chunk.events["event_id"].to_numpy() + self._n_ids)
        events = chunk.events.set_column(0, "event_id", ids)
        self._n_ids += chunk.n_ids
        begins = np.searchsorted(chunk.at_ms, self._starts_ms)
        ends = np.append(begins[1:], events.num_rows)
        for file, begin, end in zip(self.events, begins, ends, strict=True):
            if first or end > begin:
                file.write(events.slice(begin, end - begin))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self.customers, *self.events):
            file.close()


def events_name(month: np.datetime64, file_format: FileFormat) -> str:
    """Give the name of a month's file.

    Parameters
    ----------
    month
        The month.
    file_format
        As what it is written.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> import numpy as np
    >>> events_name(np.datetime64("2026-03"), "csv")
    'events-2026-03.csv'
    """
    return f"events-{month}.{file_format}"


def customers_name(file_format: FileFormat) -> str:
    """Give the name of the customers' file."""
    return f"customers.{file_format}"


def _plain(table: pa.Table) -> pa.Table:
    """Turn what a CSV file cannot hold into text."""
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, readable_times(table[field.name]))
        elif pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table[field.name].cast(pa.string()))
    return table
