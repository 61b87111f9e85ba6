"""The columns of JSON lines are those of all lines, in the order in which they come, whichever lines are looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from journeymap.store.duckdb_engine import DuckdbEngine
from journeymap.store.duckdb_reading import stage_json_lines

if TYPE_CHECKING:
    from pathlib import Path


def staged(path: Path, lines: list[str]) -> tuple[list[str], list[tuple[Any, ...]]]:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    engine = DuckdbEngine()
    part = stage_json_lines(engine, "read", path)
    rows = engine.execute(part.relation)
    engine.close()
    return [name for name, _ in part.columns], rows


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (['{"b": 1}', '{"a": 2}', '{"b": 3, "c": null}'], ["b", "a", "c"]),
        (['{"a": 1}', '{"a": {"x": 2}}'], ["a"]),  # a value and an object under one name are one column
        (['{"a": null}', '{"a": {"x": 2}}', '{"a": {"y": {"z": []}}}'], ["a.x", "a.y.z"]),
        (['{"a": "{"}', '{"b": "{{}"}'], ["a", "b"]),  # braces within texts are no objects
        (['{"a": {}}', '{"a": [{"x": 1}]}'], ["a"]),
        (["[1]", "{", '{"a": 1}'], ["a"]),
    ],
)
def test_columns_of_all_lines(tmp_path: Path, lines: list[str], names: list[str]) -> None:
    assert staged(tmp_path / "log.jsonl", lines)[0] == names


def test_rows_of_many_kinds_lie_in_order(tmp_path: Path) -> None:
    rows = [{"n": at, **({f"k{at % 7}": "x"} if at % 3 else {}), "big": 2**63 + at} for at in range(5000)]
    names, found = staged(tmp_path / "log.jsonl", [json.dumps(row) for row in rows])
    assert set(names) == {"n", "big", *(f"k{at}" for at in range(7))}
    n, big = names.index("n") + 1, names.index("big") + 1
    assert [(row[0], row[n], row[big]) for row in found] == [
        (at + 1, str(at), str(2**63 + at)) for at in range(len(rows))
    ]
