"""How Spark carries out a question where customers and touchpoints are uneven: what docs/spark.md says of it."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import events_table, opened
from on_spark import moved, spark

import journeymap as jm
from journeymap.store.spark_engine import SparkEngine
from journeymap.store.spark_rows import CachedRows
from journeymap.store.spark_session import own_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from journeymap.api import Journeys

pytestmark = pytest.mark.spark

DOCS = Path(__file__).parents[2] / "docs" / "spark.md"
LOG = "A 0d home web\nA 1d cart web\nA 2d order web 10\nB 0d cart app\nB 3d home app"
QUESTIONS: dict[str, Callable[[Journeys], Any]] = {
    "touchpoints": lambda it: it.touchpoints(),
    "transitions": lambda it: it.transitions(),
    "transitions of levels": lambda it: it.transitions("channel"),
    "dropoff": lambda it: it.dropoff(),
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Journeys]:
    with opened(here=True) as log, moved(log(LOG, goal=("order",))) as there:
        yield there


def plan_of(shop: Journeys, ask: Callable[[Journeys], Any]) -> list[str]:
    """Give the lines of a question's plan, printed as docs/spark.md says."""
    printed: list[str] = []
    shop.explain_to(printed.append)
    ask(shop)
    told = explained(shop.store.engine.spark_sql(printed[-1]))
    return [line for line in told.splitlines() if re.match(r"[ :]*[+:]- \w", line)]


def explained(rows: Any) -> str:
    with redirect_stdout(StringIO()) as said:
        rows.explain()
    return said.getvalue()


def depth(line: str) -> int:
    return len(line) - len(line.lstrip(" :+-"))


def above(plan: list[str], at: int) -> list[str]:
    """Give the steps that the rows of a step pass through, in order."""
    way = [plan[at]]
    for line in reversed(plan[:at]):
        if depth(line) < depth(way[-1]):
            way.append(line)
    return [line.lstrip(" :+-") for line in way]


@pytest.mark.parametrize(
    "name",
    ["transitions", *(pytest.param(name, marks=pytest.mark.slow) for name in QUESTIONS if name != "transitions")],
)
def test_events_are_added_up_in_parts_before_anything_is_exchanged(shop: Journeys, name: str) -> None:
    plan = plan_of(shop, QUESTIONS[name])
    scans = [at for at, line in enumerate(plan) if re.search(r"FileScan parquet \[.*\btouchpoint_key", line)]
    assert scans
    for at in scans:
        way = above(plan, at)
        first = next(step for step, line in enumerate(way) if line.startswith("Exchange"))
        assert any("Aggregate(" in line and "partial_" in line for line in way[:first]), "\n".join(plan)
    # The touchpoints are handed to every task; nothing is sorted or exchanged for them.
    assert any(line.lstrip(" :+-").startswith("BroadcastHashJoin") for line in plan)
    assert not any("SortMergeJoin" in line for line in plan)


def test_the_plan_in_the_docs_is_the_one_that_is_printed(shop: Journeys) -> None:
    (shown,) = re.findall(r"```\n(BroadcastHashJoin .*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    plan = plan_of(shop, QUESTIONS["transitions"])
    start = next(at for at, line in enumerate(plan) if "BroadcastHashJoin [target_key" in line)
    indent = depth(plan[start])
    printed = [(depth(line) - indent, bare(line)) for line in plan[start : start + len(shown.splitlines())]]
    assert [(depth(line), bare(line)) for line in shown.splitlines()] == printed


def bare(line: str) -> str:
    """Give the step alone, without what it is made of: versions of Spark write that in ways of their own."""
    return re.match(r"\w+", line.lstrip(" :+-")).group(0)  # type: ignore[union-attr]


def test_a_customer_with_half_of_all_events_is_joined_in_several_parts(tmp_path: Path) -> None:
    """With limits as small as the data: a join by customer whose one part is far larger than the others is split."""
    session = own_session(spark())
    small = {
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.autoBroadcastJoinThreshold": "-1",
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": "16k",
        "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "32k",
    }
    for name, value in small.items():
        session.conf.set(name, value)
    engine = SparkEngine(session)
    try:
        uneven = "CASE WHEN id % 2 = 0 THEN 0 ELSE id % 5000 END"
        rows = session.range(0, 40_000, 1, 8).selectExpr(f"{uneven} AS customer_key", "uuid() AS name")
        rows.write.parquet(str(tmp_path / "events"))
        session.range(0, 5000).selectExpr("id AS customer_key").write.parquet(str(tmp_path / "customers"))
        for name in ("events", "customers"):
            engine.adopt(name, session.read.parquet(str(tmp_path / name)))
        joined = engine.spark_sql("SELECT e.name, c.customer_key FROM events e JOIN customers c USING (customer_key)")
        assert len(joined.collect()) == 40_000
        assert "SortMergeJoin(skew=true)" in explained(joined)
    finally:
        engine.close()


@pytest.mark.slow
def test_an_ingest_exchanges_the_events_once_for_all_its_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[list[str]] = []
    keep = CachedRows.keep

    def keep_and_tell(rows_of: CachedRows, name: str, rows: Any, *args: Any, **named: Any) -> Any:
        steps = [bare(line) for line in explained(rows).splitlines() if re.match(r" *[+]- \w", line)]
        plans.append([step for step in steps if step != "Project"])
        return keep(rows_of, name, rows, *args, **named)

    monkeypatch.setattr(CachedRows, "keep", keep_and_tell)
    with jm.open(events_table(LOG), engine=spark()):
        pass
    (put_in_order,) = [steps for steps in plans if steps.count("Window") == 3]
    assert put_in_order == ["Window", "Sort"] * 3 + ["Exchange", "Scan"]
    (shown,) = re.findall(r"```\nInsertInto.*?\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert [bare(line) for line in shown.splitlines()] == ["Sort", *put_in_order]  # and sorted as it is written
