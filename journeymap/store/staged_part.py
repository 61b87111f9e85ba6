"""What a reader gives, whichever engine it reads with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StagedPart:
    """Files, or a frame, that lie ready in the engine.

    Attributes
    ----------
    relation
        A select with ``row_number`` (1 is the first row of data of its file) and ``c0``, ``c1`` ...; where the part
        is of several files also ``file_at`` (from 0) and ``place`` (the row number as if they were one file).
    columns
        (name in the source, engine type) of ``c0``, ``c1`` ... in order.
    sources
        What the files are called, in order.
    n_rows
        Rows that could be parsed.
    last_row
        The largest row number, or place, that a row may have; more than the rows where lines are blank.
    broken
        Of rows that could not be parsed a select with ``row_number``, ``raw``, ``reason`` (and ``file_at``); or None.
    n_broken
        How many they are.
    """

    relation: str
    columns: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    n_rows: int
    last_row: int
    broken: str | None = None
    n_broken: int = 0
