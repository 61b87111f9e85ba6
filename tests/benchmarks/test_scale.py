"""Sums of Spark's event log, and what follows from them on paper."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from scale_page import FAR, Cluster, growth, page
from spark_metrics import Work, read_log, work_between


def stage(end_ms: int, **sums: int) -> dict[str, Any]:
    given = [{"Name": name.replace("_", "."), "Value": str(value)} for name, value in sums.items()]
    return {"Event": "SparkListenerStageCompleted", "Stage Info": {"Completion Time": end_ms, "Accumulables": given}}


def task(begin_ms: int, end_ms: int) -> dict[str, Any]:
    return {"Event": "SparkListenerTaskEnd", "Task Info": {"Launch Time": begin_ms, "Finish Time": end_ms}}


LOG = [
    {"Event": "SparkListenerApplicationStart"},
    stage(100, internal_metrics_input_bytesRead=10, internal_metrics_executorCpuTime=1),
    task(40, 100),
    stage(200, internal_metrics_input_bytesRead=5, internal_metrics_shuffle_write_bytesWritten=7),
    task(150, 190),
    task(150, 200),
]


def test_work_is_that_of_the_stages_which_ended_in_its_time() -> None:
    assert work_between(LOG, 0, 150) == Work(bytes_read=10, cpu_ns=1, longest_task_ms=60)
    assert work_between(LOG, 150, 200) == Work(bytes_read=5, bytes_shuffled=7, longest_task_ms=50)
    assert work_between(LOG, 0, 200) == Work(bytes_read=15, bytes_shuffled=7, cpu_ns=1, longest_task_ms=60)
    assert work_between(LOG, 300, 400) == Work()


def test_a_rolled_log_is_read_whole(tmp_path: Path) -> None:
    folder = tmp_path / "eventlog_v2_local-1"
    folder.mkdir()
    for at, part in enumerate((LOG[:2], LOG[2:]), start=1):
        (folder / f"events_{at}_local-1").write_text("\n".join(map(json.dumps, part)) + "\n", encoding="utf-8")
    (folder / "appstatus_local-1").touch()
    assert read_log(tmp_path) == LOG


def test_the_scarcest_part_says_how_long_it_takes() -> None:
    cluster = Cluster(nodes=10, cores=10, disk_gb_s=1.0, network_gb_s=1.0)
    assert cluster.seconds(1000.0, 1e9, 1e9) == (10.0, "processors")
    assert cluster.seconds(100.0, 200e9, 1e9) == (20.0, "disks")
    assert cluster.seconds(100.0, 10e9, 500e9) == (50.0, "network")


def test_the_page_says_what_was_measured_and_what_follows() -> None:
    def size(events: int, cpu_s: float, shuffled: int) -> dict[str, Any]:
        work = Work(rows_read=events, bytes_read=4 * events, bytes_shuffled=shuffled, cpu_ns=int(cpu_s * 1e9))
        done = {name: getattr(work, name) for name in Work.__slots__}
        return {
            "events": events, "raw_bytes": 20 * events, "store_bytes": 30 * events,
            "work": {"ingest": {**done, "seconds": 9.0}},
        }  # fmt: skip

    small, large = size(1_000_000, 10.0, 10**6), size(10_000_000, 90.0, 10**7)
    assert growth(small, large, "ingest", "cpu_ns") == pytest.approx(0.9)
    assert growth(small, large, "ingest", "bytes_spilled") is None
    text = page([small, large], machine="two cores", cluster=Cluster(nodes=10, cores=10))
    assert "| 10,000,000 | ingest | 9.0 | 90.0 | 10,000,000 | 10.0 | 0 | 0.0 |" in text
    assert "| ingest | 0.90 | 1.00 |" in text
    # 90 CPU seconds, rows of 300 MB and 10 MB shuffled, ten thousand times; on a hundred cores.
    assert FAR / 10_000_000 == 10_000
    assert "| ingest | 250 | 3.00 | 0.100 | 9,000 | processors |" in text
    assert "30 bytes an event here (the raw Parquet 20)" in text
    assert "{" not in text
