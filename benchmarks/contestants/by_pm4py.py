"""PM4Py: the frequency and the performance graph; then the frequency graph of each region.

It counts whole histories, and has no funnel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pm4py
import pyarrow.dataset as ds
from job import run

if TYPE_CHECKING:
    from job import Clock, Job, Record


def raw(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Raw Parquet to both graphs; then one graph per region, from the log as it is loaded."""
    with clock.step("transitions"):
        with clock.step("load"):
            columns = ["customer_id", "timestamp", "event"]
            frame = ds.dataset(job.event_files()).to_table(columns=columns).to_pandas()
            frame = frame.dropna(subset=columns)
            log = pm4py.format_dataframe(frame, case_id="customer_id", activity_key="event", timestamp_key="timestamp")
        counts, starts, ends = pm4py.discover_dfg(log)
        times, _, _ = pm4py.discover_performance_dfg(log)
    answer = [
        {
            "source": source, "target": target, "count": int(n),
            "median_seconds": float(times[source, target]["median"]),
            "mean_seconds": float(times[source, target]["mean"]),
        }
        for (source, target), n in counts.items()
    ]  # fmt: skip
    # The attribute is brought to the log outside the clock.
    people = pd.read_parquet(job.data / "customers.parquet", columns=["customer_id", "region"])
    log["region"] = log["case:concept:name"].map(people.set_index("customer_id")["region"]).fillna("(none)")
    graphs = clock.ask("by region", lambda: _by_region(log))
    by_region = [
        {"region": region, "source": source, "target": target, "count": int(n)}
        for region, graph in graphs.items()
        for (source, target), n in graph.items()
    ]
    return {
        "transitions": answer,
        "starts": [{"touchpoint": name, "count": int(n)} for name, n in starts.items()],
        "ends": [{"touchpoint": name, "count": int(n)} for name, n in ends.items()],
        "by region": by_region,
    }


def _by_region(log: pd.DataFrame) -> dict[str, dict[tuple[str, str], int]]:
    return {region: pm4py.discover_dfg(part)[0] for region, part in log.groupby("region", sort=False)}


if __name__ == "__main__":
    run({"raw": raw}, ("pm4py", "pandas", "numpy", "pyarrow"))
