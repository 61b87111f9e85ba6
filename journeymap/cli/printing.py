"""Data on stdout: the same records as an aligned table, as JSON or as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from typing import TYPE_CHECKING, Any, Literal

import typer

from journeymap.cli.cells import PATH_SEPARATOR, Column, count, table_columns
from journeymap.cli.fitting import fit_columns
from journeymap.cli.options import Format
from journeymap.cli.talk import tell, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    Record = dict[str, Any]


def records_of(frame: pd.DataFrame) -> list[Record]:
    """Give a frame's rows as plain Python values: whole numbers as int, what is missing as None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): _plain(value) for name, value in row.items()} for row in plain.to_dict("records")]


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_frame(frame: pd.DataFrame, form: Format, *, n_levels: int = 0, nothing: str = "There is nothing.") -> None:
    """Print a table.

    Parameters
    ----------
    frame
        The rows.
    form
        How to print them.
    n_levels
        How many of the first columns are levels of segments.
    nothing
        What to say on stderr where there are no rows.
    """
    names, records = [str(name) for name in frame.columns], records_of(frame)
    if not records:
        tell(nothing)
    print_records(names, records, form, n_levels=n_levels)


def print_records(names: Sequence[str], records: Sequence[Record], form: Format, *, n_levels: int = 0) -> None:
    """Print records with these fields; see :func:`print_frame`."""
    if form is Format.JSON:
        typer.echo(json_lines(records))
    elif form is Format.CSV:
        typer.echo(csv_text(names, records), nl=False)
    elif records:
        print_columns(table_columns(names, records, n_levels=n_levels))


def json_lines(records: Sequence[Mapping[str, Any]]) -> str:
    """Write records as a JSON list, one record a line.

    Examples
    --------
    >>> print(json_lines([{"path": ["a", "ü"], "share": None}]))
    [
      {"path": ["a", "ü"], "share": null}
    ]
    """
    rows = [json.dumps(record, ensure_ascii=False, allow_nan=False) for record in records]
    return "[\n  " + ",\n  ".join(rows) + "\n]" if rows else "[]"


def csv_text(names: Sequence[str], records: Sequence[Mapping[str, Any]]) -> str:
    """Write records as CSV with a header: numbers in full, a missing one empty, a path joined.

    Examples
    --------
    >>> print(csv_text(["path", "share"], [{"path": ["a", "b"], "share": 0.1}, {"path": ["a"], "share": None}]), end="")
    path,share
    a > b,0.1
    a,
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_cell(record[name]) for name in names] for record in records)
    return out.getvalue()


def _csv_cell(value: object) -> object:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return PATH_SEPARATOR.join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def print_object(record: Record, form: Format) -> None:
    """Print one object: a field a line, JSON, or CSV with one row."""
    if form is Format.JSON:
        typer.echo(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2))
    elif form is Format.CSV:
        typer.echo(csv_text(list(record), [record]), nl=False)
    else:
        lines = _object_lines(record)
        wide = max(len(name) for name, _, _ in lines)
        digits = max((len(value) for _, value, is_number in lines if is_number), default=0)
        for name, value, is_number in lines:
            typer.echo(f"{name:<{wide}}  {value:>{digits if is_number else 0}}".rstrip())


def _object_lines(record: Mapping[str, Any], indent: str = "") -> list[tuple[str, str, bool]]:
    """Give (name, value, whether it is a number) of each field; those of a nested object follow it, indented."""
    lines: list[tuple[str, str, bool]] = []
    for name, value in record.items():
        # The names below a field are the data's own.
        shown = indent + visible(name) if indent else name.replace("_", " ")
        if isinstance(value, dict):
            inner = _object_lines(value, indent + "  ")
            lines += [(shown, "", False), *inner] if inner else []
        elif isinstance(value, int | float):
            lines.append((shown, count(value), True))
        else:
            lines.append((shown, visible(str(value or "")), False))
    return lines


def print_columns(columns: list[Column]) -> None:
    """Print an aligned table: on a terminal as wide as that is, else a row a line."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    screen = Console(highlight=False, markup=False, emoji=False)
    if not screen.is_terminal:
        _print_plain(columns)
        return
    fitted = fit_columns(columns, screen.width)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column, width in fitted.columns:
        side: Literal["right", "left"] = "right" if column.is_number else "left"
        table.add_column(Text(column.heading), width=width, justify=side, overflow="fold")
    for row in zip(*(column.cells for column, _ in fitted.columns), strict=True):
        table.add_row(*(Text(cell) for cell in row))
    screen.print(table)
    if fitted.left_out:
        tell(f"Too wide for this terminal, left out: {', '.join(fitted.left_out)}. All of it: --format csv")


def _print_plain(columns: list[Column]) -> None:
    """Print an aligned table for a file or a pipe: a row a line, however long."""
    from rich.cells import cell_len

    widths = [max(cell_len(text) for text in (column.heading, *column.cells)) for column in columns]
    rows = zip(*([column.heading, *column.cells] for column in columns), strict=True)
    for row in rows:
        cells = [
            " " * (width - cell_len(cell)) + cell if column.is_number else cell + " " * (width - cell_len(cell))
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
