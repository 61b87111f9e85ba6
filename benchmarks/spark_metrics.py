"""What Spark did for a piece of work: rows and bytes read, bytes shuffled and spilled, CPU seconds, from its event log.

Spark writes a line of JSON per event; the sums of a stage stand in the event of its end. A piece of work is told by the
time in which its stages ended, so pieces must follow one another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_METRICS: Final = {
    "rows_read": "internal.metrics.input.recordsRead",
    "bytes_read": "internal.metrics.input.bytesRead",
    "bytes_shuffled": "internal.metrics.shuffle.write.bytesWritten",
    "bytes_spilled": "internal.metrics.diskBytesSpilled",
    "bytes_written": "internal.metrics.output.bytesWritten",
    "cpu_ns": "internal.metrics.executorCpuTime",
    "longest_task_ms": "",
}


@dataclass(frozen=True, slots=True)
class Work:
    """What some stages did together. ``longest_task_ms`` is the most that one task took; the others are sums."""

    rows_read: int = 0
    bytes_read: int = 0
    bytes_shuffled: int = 0
    bytes_spilled: int = 0
    bytes_written: int = 0
    cpu_ns: int = 0
    longest_task_ms: int = 0

    def __add__(self, other: Work) -> Work:
        both = {item.name: getattr(self, item.name) + getattr(other, item.name) for item in fields(self)}
        both["longest_task_ms"] = max(self.longest_task_ms, other.longest_task_ms)
        return Work(**both)


def read_log(folder: Path) -> list[dict[str, object]]:
    """Read the events of every log in a folder: plain files, or the parts of rolled ones."""
    paths = sorted(path for path in folder.rglob("events*") if path.is_file())
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line]


def work_between(events: Iterable[dict[str, object]], begin_ms: float, end_ms: float) -> Work:
    """Add up the stages that ended within a time, and the longest of the tasks that did.

    Examples
    --------
    >>> stage = {"Completion Time": 5, "Accumulables": [
    ...     {"Name": "internal.metrics.input.bytesRead", "Value": 7},
    ...     {"Name": "internal.metrics.input.recordsRead", "Value": "2"}]}
    >>> task = {"Launch Time": 1, "Finish Time": 4}
    >>> log = [{"Event": "SparkListenerStageCompleted", "Stage Info": stage},
    ...        {"Event": "SparkListenerTaskEnd", "Task Info": task}]
    >>> found = work_between(log, 0, 10)
    >>> found.bytes_read, found.rows_read, found.longest_task_ms
    (7, 2, 3)
    >>> work_between(log, 6, 10) == Work()
    True
    """
    total = Work()
    for event in events:
        kind = event.get("Event")
        if kind == "SparkListenerStageCompleted":
            info = event["Stage Info"]
            assert isinstance(info, dict)
            if begin_ms <= info.get("Completion Time", 0) <= end_ms:
                total += _of_stage(info)
        elif kind == "SparkListenerTaskEnd":
            task = event["Task Info"]
            assert isinstance(task, dict)
            if begin_ms <= task["Finish Time"] <= end_ms:
                total += Work(longest_task_ms=int(task["Finish Time"]) - int(task["Launch Time"]))
    return total


def _of_stage(info: dict[str, object]) -> Work:
    given = info.get("Accumulables", [])
    assert isinstance(given, list)
    found = {str(item.get("Name")): item.get("Value", 0) for item in given}
    return Work(**{field: int(found.get(name, 0)) for field, name in _METRICS.items() if name})
