"""Polars, written by hand: lazy where it helps, texts coded, one sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from job import FUNNEL, GAP_US, run

if TYPE_CHECKING:
    from job import Clock, Job, Record


def raw(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Raw Parquet to the transitions; then further questions on the sorted frame."""
    with clock.step("transitions"):
        with clock.step("load"):
            events = _load(job)
            moves = _moves(events)
        answer = _transitions(moves)
    by_region = clock.ask("by region", lambda: _by_region(job, events, moves))
    funnel = clock.ask("funnel", lambda: _funnel(events))
    return {"transitions": answer.to_dicts(), "by region": by_region.to_dicts(), "funnel": funnel.to_dicts()}


def _load(job: Job) -> pl.DataFrame:
    """Read the columns, leave out bad rows and repeated ids, code the customers, and sort."""
    found = (
        pl.scan_parquet(job.event_files())
        .select("event_id", "customer_id", "timestamp", "event")
        .drop_nulls(["customer_id", "timestamp", "event"])
        .filter(pl.col("event_id").is_null() | pl.col("event_id").is_first_distinct())
        .select(
            pl.col("customer_id").cast(pl.Categorical),
            pl.col("event").cast(pl.Categorical),
            pl.col("timestamp").dt.timestamp("us").alias("at_us"),
        )
        .collect()
    )
    # A stable sort by two whole numbers: equal times stay in order of arrival.
    return found.with_columns(customer=pl.col("customer_id").to_physical()).sort(
        "customer", "at_us", maintain_order=True
    )


def _moves(events: pl.DataFrame) -> pl.DataFrame:
    return (
        events.lazy()
        .select(
            "customer",
            source="event",
            target=pl.col("event").shift(-1),
            gap_us=pl.col("at_us").shift(-1) - pl.col("at_us"),
            same=pl.col("customer") == pl.col("customer").shift(-1),
        )
        .filter(pl.col("same") & (pl.col("gap_us") <= GAP_US))
        .drop("same")
        .collect()
    )


def _transitions(moves: pl.DataFrame) -> pl.DataFrame:
    return moves.group_by("source", "target").agg(
        pl.len().alias("count"),
        pl.col("customer").n_unique().alias("customers"),
        (pl.col("gap_us").median() / 1e6).alias("median_seconds"),
        (pl.col("gap_us").mean() / 1e6).alias("mean_seconds"),
    )


def _by_region(job: Job, events: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    people = pl.read_parquet(job.data / "customers.parquet", columns=["customer_id", "region"])
    coded = (
        events.select("customer_id", "customer").unique("customer").with_columns(pl.col("customer_id").cast(pl.String))
    )
    regions = coded.join(people, on="customer_id", how="left").select(
        "customer", pl.col("region").fill_null("(none)").cast(pl.Categorical)
    )
    found = (
        moves.lazy()
        .join(regions.lazy(), on="customer")
        .group_by("region", "source", "target")
        .agg(pl.len().alias("count"), pl.col("customer").n_unique().alias("customers"))
        .collect()
    )
    return found.with_columns(pl.col("region").cast(pl.String))


def _funnel(events: pl.DataFrame) -> pl.DataFrame:
    visits = (
        events.lazy()
        .with_row_index("place")
        .filter(pl.col("event").is_in(FUNNEL))
        .select("customer", "place", "event")
        .collect()
    )
    before: pl.DataFrame | None = None
    reached = []
    for step in FUNNEL:
        rows = visits.filter(pl.col("event") == step)
        if before is not None:
            rows = rows.join(before, on="customer").filter(pl.col("place") > pl.col("before"))
        before = rows.group_by("customer").agg(pl.col("place").min().alias("before"))
        reached.append(before.height)
    return pl.DataFrame({"touchpoint": list(FUNNEL), "reached": reached})


if __name__ == "__main__":
    run({"raw": raw}, ("polars",))
