"""Whether a frame of the engine and rows of the model say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from oracle.model import Row


def plain(value: Any) -> Any:
    """Turn a cell into plain Python: None where it is missing, texts in tuples where it is a list."""
    if isinstance(value, list):
        return tuple(value)
    if hasattr(value, "item"):
        value = value.item()
    return None if value is None or value != value else value  # noqa: PLR0124 - NaN


def rows_of(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def by_name(row: Row, by: Sequence[str], frame_columns: Sequence[str], key: Sequence[str]) -> Row:
    """Name the level columns of a model's row as the engine does: by_NAME where the measure has such a column."""
    own = list(frame_columns)[len(by) :]
    renamed = {name: f"by_{name}" for name in by if name in own}
    assert not set(renamed) & set(key), "the model's own columns must not be renamed"
    return {renamed.get(name, name): plain(value) for name, value in row.items()}


def assert_same(frame: pd.DataFrame, expected: Sequence[Row], *, by: Sequence[str], key: Sequence[str]) -> None:
    """Compare rows whatever their order, in the columns that the model has; missing equals missing."""
    found = rows_of(frame)
    wanted = [by_name(row, by, list(frame.columns), key) for row in expected]
    level_columns = list(frame.columns)[: len(by)]
    assert level_columns == [f"by_{name}" if name in frame.columns[len(by) :] else name for name in by]

    def named(rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
        names = [*level_columns, *key]
        made = {tuple(row[name] for name in names): row for row in rows}
        assert len(made) == len(rows), "a key stands twice"
        return made

    ours, theirs = named(found), named(wanted)
    assert set(ours) == set(theirs)
    for place, row in theirs.items():
        for column, value in row.items():
            if isinstance(value, float):
                assert ours[place][column] == pytest.approx(value, rel=1e-9, abs=1e-9), (place, column)
            else:
                assert ours[place][column] == value, (place, column)


def assert_interval(frame: pd.DataFrame, rate: str) -> None:
    """An interval lies within 0 and 1, holds its rate, and is missing just where the rate is."""
    for row in rows_of(frame):
        low, high = row["ci_low"], row["ci_high"]
        if row[rate] is None:
            assert low is None
            assert high is None
        else:
            assert 0 <= low <= row[rate] <= high <= 1
            assert low < high
