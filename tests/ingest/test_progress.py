"""The share done is of the whole ingest: it rises to 1, and each step has its stretch of it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.ingest.load import ingest
from journeymap.ingest.progress import CHECKING, CUSTOMERS, JOURNEYS, READING, READING_FILES, WEIGHTS, Progress
from journeymap.settings import Settings
from journeymap.store.opening import memory_store

if TYPE_CHECKING:
    from pathlib import Path

LOG = "user_id,ts,event\n" + "".join(f"C{at % 50},2026-01-{at % 28 + 1:02},home{at % 7}\n" for at in range(2000))
CUSTOMERS_FILE = "user_id,region\n" + "".join(f"C{at},north\n" for at in range(50))


class Heard(list[tuple[str, float]]):
    """What was told."""

    def __call__(self, step: str, share: float) -> None:
        self.append((step, share))

    @property
    def steps(self) -> list[str]:
        return list(dict.fromkeys(step for step, _ in self))

    @property
    def shares(self) -> list[float]:
        return [share for _, share in self]


@given(
    st.sets(st.sampled_from(list(WEIGHTS)), max_size=len(WEIGHTS) - 1),
    st.lists(st.tuples(st.sampled_from(list(WEIGHTS)), st.lists(st.floats(-1, 3), max_size=5)), max_size=6),
)
def test_whatever_an_engine_counts_the_share_only_rises(
    left_out: set[str], calls: list[tuple[str, list[float]]]
) -> None:
    heard = Heard()
    progress = Progress(heard, leave_out=tuple(left_out))
    for step, shares in calls:
        told = progress.part(step)
        for share in shares:
            told(share)
    progress.done()
    assert all(one <= two for one, two in pairwise(heard.shares))
    assert all(0 <= share <= 1 for share in heard.shares)
    assert heard[-1] == ("done", 1.0)


def test_a_step_takes_its_part_of_the_whole() -> None:
    heard = Heard()
    progress = Progress(heard, leave_out=(READING_FILES, CUSTOMERS))
    total = sum(WEIGHTS.values()) - WEIGHTS[READING_FILES] - WEIGHTS[CUSTOMERS]
    told = progress.part(CHECKING)
    told(0.5)
    told(1.0)
    progress.part(READING)
    assert heard.shares == pytest.approx([share * WEIGHTS[CHECKING] / total for share in (0, 0.5, 1, 1)])
    second_half = progress.part(JOURNEYS, 0.5, 1.0)
    second_half(1.0)
    assert heard[-1][1] < 1
    progress.done()


@pytest.mark.parametrize("kind", ["text", "Parquet", "table"])
def test_an_ingest_tells_its_steps_in_order(kind: str, tmp_path: Path) -> None:
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    path = tmp_path / "log.csv"
    path.write_text(LOG, encoding="utf-8")
    customers = tmp_path / "customers.csv"
    customers.write_text(CUSTOMERS_FILE, encoding="utf-8")
    table = pa_csv.read_csv(path)
    pq.write_table(table, tmp_path / "log.parquet")
    source: Any = {"text": [path], "Parquet": [tmp_path / "log.parquet"], "table": table}[kind]
    for given_customers in (None, str(customers)):
        heard, store = Heard(), memory_store()
        report = ingest(store, source, Settings(), customers=given_customers, told=heard)
        store.close()
        assert report.events == len({(at % 50, at % 28, at % 7) for at in range(2000)})
        expected = [step for step in WEIGHTS if kind == "text" or step != READING_FILES]
        if given_customers is None:
            expected.remove(CUSTOMERS)
        assert [step for step in heard.steps if step != "done"] == expected
        assert heard[-1] == ("done", 1.0)
        assert heard.shares == sorted(heard.shares)
        assert heard.shares[0] == 0
        assert all(share < 1 for share in heard.shares[:-1])


def test_nobody_needs_to_be_told() -> None:
    store = memory_store()
    ingest(store, pa.table({"user_id": ["A"], "ts": ["2026-01-01"], "event": ["x"]}), Settings())
    store.close()
