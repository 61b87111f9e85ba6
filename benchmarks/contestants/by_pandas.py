"""pandas, written by hand: sort once, compare neighbours as arrays, group by one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
from job import FUNNEL, GAP_US, records, run

if TYPE_CHECKING:
    from job import Clock, Job, Record


def raw(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Raw Parquet to the transitions; then further questions on the sorted frame."""
    with clock.step("transitions"):
        with clock.step("load"):
            events, customers, names = _load(job)
            moves = _moves(events, names)
        answer = _transitions(moves, names)
    by_region = clock.ask("by region", lambda: _by_region(job, moves, customers, names))
    funnel = clock.ask("funnel", lambda: _funnel(events, names))
    return {"transitions": records(answer), "by region": records(by_region), "funnel": records(funnel)}


def _load(job: Job) -> tuple[pd.DataFrame, pd.Index, pd.Index]:
    """Read the columns, leave out bad rows and repeated ids, code the texts, and sort."""
    columns = ["event_id", "customer_id", "timestamp", "event"]
    frame = ds.dataset(job.event_files()).to_table(columns=columns).to_pandas()
    frame = frame.dropna(subset=["customer_id", "timestamp", "event"]).drop_duplicates("event_id")
    customer, customers = pd.factorize(frame["customer_id"])
    event, names = pd.factorize(frame["event"])
    at_us = frame["timestamp"].astype("datetime64[us, UTC]").astype("int64").to_numpy()
    order = np.lexsort((at_us, customer))
    events = pd.DataFrame({"customer": customer[order], "event": event[order], "at_us": at_us[order]})
    return events, pd.Index(customers), pd.Index(names)


def _moves(events: pd.DataFrame, names: pd.Index) -> pd.DataFrame:
    """Give one row per transition, its two touchpoints as one number."""
    customer, event, at_us = (events[name].to_numpy() for name in ("customer", "event", "at_us"))
    gap_us = at_us[1:] - at_us[:-1]
    kept = (customer[1:] == customer[:-1]) & (gap_us <= GAP_US)
    return pd.DataFrame(
        {
            "customer": customer[:-1][kept],
            "move": event[:-1][kept] * len(names) + event[1:][kept],
            "gap_us": gap_us[kept],
        }
    )


def _named(frame: pd.DataFrame, names: pd.Index) -> pd.DataFrame:
    frame.insert(0, "source", names[frame["move"] // len(names)])
    frame.insert(1, "target", names[frame["move"] % len(names)])
    return frame.drop(columns="move")


def _transitions(moves: pd.DataFrame, names: pd.Index) -> pd.DataFrame:
    grouped = moves.groupby("move")["gap_us"]
    found = pd.DataFrame(
        {
            "count": grouped.size(),
            "customers": moves[["move", "customer"]].drop_duplicates().groupby("move").size(),
            "median_seconds": grouped.median() / 1e6,
            "mean_seconds": grouped.mean() / 1e6,
        }
    ).reset_index()
    return _named(found, names)


def _by_region(job: Job, moves: pd.DataFrame, customers: pd.Index, names: pd.Index) -> pd.DataFrame:
    people = pd.read_parquet(job.data / "customers.parquet", columns=["customer_id", "region"])
    region, levels = pd.factorize(people.set_index("customer_id")["region"].reindex(customers).fillna("(none)"))
    work = moves.assign(region=region[moves["customer"].to_numpy()])
    found = pd.DataFrame(
        {
            "count": work.groupby(["region", "move"]).size(),
            "customers": work[["region", "move", "customer"]].drop_duplicates().groupby(["region", "move"]).size(),
        }
    ).reset_index()
    found["region"] = np.asarray(levels)[found["region"]]
    return _named(found, names)


def _funnel(events: pd.DataFrame, names: pd.Index) -> pd.DataFrame:
    """Follow each customer's first visit to a step, in the order of the sorted rows."""
    customer, event = events["customer"].to_numpy(), events["event"].to_numpy()
    n_customers = int(customer.max()) + 1
    place = np.full(n_customers, -1)
    alive = np.ones(n_customers, dtype=bool)
    reached = []
    for step in FUNNEL:
        rows = np.flatnonzero(event == names.get_loc(step))
        rows = rows[alive[customer[rows]] & (rows > place[customer[rows]])]
        who, first = np.unique(customer[rows], return_index=True)
        alive = np.zeros(n_customers, dtype=bool)
        alive[who] = True
        place[who] = rows[first]
        reached.append(len(who))
    return pd.DataFrame({"touchpoint": list(FUNNEL), "reached": reached})


if __name__ == "__main__":
    run({"raw": raw}, ("pandas", "numpy", "pyarrow"))
