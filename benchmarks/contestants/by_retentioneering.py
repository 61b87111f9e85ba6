"""retentioneering: its matrices of counts, of distinct paths and of median times; then counts by region, and a funnel.

It counts whole histories. Its times are whole seconds.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ["RETENTIONEERING_NO_TRACK"] = "1"

import pandas as pd
import pyarrow.dataset as ds
from job import FUNNEL, run
from retentioneering.eventstream.eventstream import Eventstream

if TYPE_CHECKING:
    from job import Clock, Job, Record


def raw(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Raw Parquet to three matrices; then a matrix per region, and a funnel, from the stream as it is loaded."""
    with clock.step("transitions"):
        with clock.step("load"):
            columns = ["customer_id", "timestamp", "event"]
            frame = ds.dataset(job.event_files()).to_table(columns=columns).to_pandas()
            frame = frame.dropna(subset=columns)
            schema = {"path_cols": ["customer_id"], "event_col": "event", "timestamp_col": "timestamp"}
            stream = Eventstream(frame, schema=schema)
        counts = stream.transition_graph_data(edge_weight="count")
        paths = stream.transition_graph_data(edge_weight="unique_paths")
        medians = stream.transition_graph_data(edge_weight="time_median")
    names = [name for name in counts.index if name not in ("path_start", "path_end")]
    answer = [
        {
            "source": source, "target": target, "count": int(counts.loc[source, target]),
            "customers": int(paths.loc[source, target]),
            "median_seconds": medians.loc[source, target].total_seconds(),
        }
        for source in names for target in names if counts.loc[source, target]
    ]  # fmt: skip
    # The attribute is brought to the stream outside the clock.
    people = pd.read_parquet(job.data / "customers.parquet", columns=["customer_id", "region"])
    regions = people.set_index("customer_id")["region"].fillna("(none)")
    stream = stream.add_segment("region", func=lambda events: events["customer_id"].map(regions).fillna("(none)"))
    levels = sorted(set(regions))
    matrices = clock.ask("by region", lambda: {level: _matrix(stream, level) for level in levels})
    by_region = [
        {"region": level, "source": source, "target": target, "count": int(matrix.loc[source, target])}
        for level, matrix in matrices.items()
        for source in matrix.index for target in matrix.columns
        if source != "path_start" and target != "path_end" and matrix.loc[source, target]
    ]  # fmt: skip
    funnel = clock.ask("funnel", lambda: stream.funnel_data(list(FUNNEL)))
    return {
        "transitions": answer,
        "starts": [{"touchpoint": name, "count": int(counts.loc["path_start", name])} for name in names],
        "ends": [{"touchpoint": name, "count": int(counts.loc[name, "path_end"])} for name in names],
        "by region": by_region,
        "funnel": [{"touchpoint": row["step"], "reached": row["unique_paths"]} for row in funnel["steps"]],
    }


def _matrix(stream: Eventstream, level: str) -> pd.DataFrame:
    return stream.filter_events(keep={"region": [level]}).transition_graph_data(edge_weight="count")


if __name__ == "__main__":
    run({"raw": raw}, ("retentioneering", "duckdb", "pandas", "numpy", "pyarrow"))
