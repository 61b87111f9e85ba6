"""The page ``docs/scale.md``: what was measured on Spark, and what follows for 100 billion events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

FAR: Final = 100_000_000_000
"""The events that the page extrapolates to."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster on paper: what its machines do in a second, together."""

    nodes: int = 50
    cores: int = 16
    disk_gb_s: float = 1.0
    network_gb_s: float = 1.25

    def seconds(self, cpu_seconds: float, read_bytes: float, shuffled_bytes: float) -> tuple[float, str]:
        """Give the seconds that the scarcest part needs, and its name.

        A byte that is shuffled is written to a disk, sent, and read: the network is the slowest of these.

        Examples
        --------
        >>> Cluster(nodes=10, cores=10).seconds(1000.0, 1e9, 1e9)
        (10.0, 'processors')
        """
        needs = {
            "processors": cpu_seconds / (self.nodes * self.cores),
            "disks": read_bytes / (self.nodes * self.disk_gb_s * 1e9),
            "network": shuffled_bytes / (self.nodes * self.network_gb_s * 1e9),
        }
        name = max(needs, key=lambda part: needs[part])
        return needs[name], name


def growth(small: dict[str, Any], large: dict[str, Any], part: str, name: str) -> float | None:
    """Say how a number of a part grew with the events: 1.0 is in proportion; None where there was nothing to grow.

    Examples
    --------
    >>> one = {"events": 10, "work": {"ingest": {"cpu_ns": 5}}}
    >>> ten = {"events": 100, "work": {"ingest": {"cpu_ns": 55}}}
    >>> growth(one, ten, "ingest", "cpu_ns")
    1.1
    """
    before, after = small["work"][part][name], large["work"][part][name]
    return None if not before else (after / before) / (large["events"] / small["events"])


def page(found: Sequence[dict[str, Any]], *, machine: str, cluster: Cluster | None = None) -> str:
    """Write the page from what each size gave, smallest first."""
    cluster = cluster or Cluster()
    largest = found[-1]
    return "\n".join([
        _HEAD.format(machine=machine), *_measured(found), _MODEL.format(
            far=f"{FAR / 1e9:.0f} billion", events=f"{largest['events']:,}", nodes=cluster.nodes, cores=cluster.cores,
            disk=cluster.disk_gb_s, network=cluster.network_gb_s,
        ), *_extrapolated(largest, cluster), _layout(largest), "",
    ])  # fmt: skip


def _measured(found: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        "| events | what | seconds | CPU s | rows read | MB shuffled | MB spilled | longest task s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size in found:
        for name, work in size["work"].items():
            lines.append(
                f"| {size['events']:,} | {name} | {work['seconds']:.1f} | {work['cpu_ns'] / 1e9:.1f} "
                f"| {work['rows_read']:,} | {work['bytes_shuffled'] / 1e6:,.1f} "
                f"| {work['bytes_spilled'] / 1e6:,.0f} | {work['longest_task_ms'] / 1000:.1f} |"
            )
    if len(found) > 1:
        small, large = found[0], found[-1]
        lines += [
            "",
            f"From {small['events']:,} to {large['events']:,} events; 1.00 is in proportion to the events:",
            "",
        ]
        lines += ["| what | CPU | bytes shuffled |", "|---|---|---|"]
        for name in large["work"]:
            parts = [growth(small, large, name, key) for key in ("cpu_ns", "bytes_shuffled")]
            lines.append(f"| {name} | " + " | ".join("-" if part is None else f"{part:.2f}" for part in parts) + " |")
    return lines


def _extrapolated(largest: dict[str, Any], cluster: Cluster) -> list[str]:
    times = FAR / largest["events"]
    lines = [
        "| what | core hours | TB read, at most | TB shuffled, at most | seconds of the scarcest part | which it is |",
        "|---|---|---|---|---|---|",
    ]
    for name, work in largest["work"].items():
        cpu = work["cpu_ns"] / 1e9 * times
        # Spark does not count the bytes that it reads from a local disk; whole rows are more than what was read.
        read = work["rows_read"] * largest["store_bytes"] / largest["events"] * times
        shuffled = work["bytes_shuffled"] * times
        seconds, scarce = cluster.seconds(cpu, read, shuffled)
        lines.append(
            f"| {name} | {cpu / 3600:,.0f} | {read / 1e12:,.2f} | {shuffled / 1e12:,.3f} | {seconds:,.0f} | {scarce} |"
        )
    return lines


def _layout(largest: dict[str, Any]) -> str:
    per_event = largest["store_bytes"] / largest["events"]
    store = per_event * FAR
    return _LAYOUT.format(
        raw=largest["raw_bytes"] / largest["events"],
        shuffled=largest["work"]["ingest"]["bytes_shuffled"] / largest["events"],
        per_event=per_event,
        store=store / 1e12,
        files=store / 256e6,
    )


_HEAD: Final = """# To 100 billion events

What the Spark engine works, reads and shuffles was measured on one machine; what a cluster would need follows from it
on paper. `python benchmarks/spark_scale.py --keep` measures again and writes this page.

## Measured

{machine}.

Sums over all tasks, from Spark's event log. The wall-clock seconds of small sizes are mostly the start of
stages; read the CPU seconds.
"""

_MODEL: Final = """
## On paper

The numbers of {events} events, times what is missing to {far}. On a cluster of {nodes} machines with {cores} cores,
{disk:g} GB/s of disk and {network:g} GB/s of network each, a question takes about what its scarcest part needs;
stragglers, the start of stages and the planner come on top. Not measured: a cluster.

Two things are given too high here. Rows are taken to be read whole, though a question reads a few columns. And what
grows less than in proportion is taken to grow with it: the questions shuffle partial sums per touchpoint, level and
customer group, of which a task never has more than there are combinations.
"""

_LAYOUT: Final = """
## How the store is laid out

* **By customer.** A journey belongs to one customer, so everything that looks along a journey needs one customer's rows
  in one task. The ingest exchanges the events by customer and sorts them within ({shuffled:.0f} bytes an event were
  shuffled, those for new customers and repeated ids included); the questions shuffle sums.
* **Size.** The store takes {per_event:.0f} bytes an event here (the raw Parquet {raw:.0f}); at 100 billion events that
  is {store:,.1f} TB, in some {files:,.0f} files of 256 MB.
* **What is incremental.** A day's append puts the customers that it touches in sequence again, with all their rows.
  The other rows are read once and written into the new version as they are. A reader goes on with the version that it
  opened.
* **What is not.** Distinct customers beyond the stored first-time flags are exact: their shuffles grow with the data.
  Medians are exact, too: of more than 20 million events, gaps are counted by size first, and only those as large as a
  median, about one in a hundred, are put in order; no task holds all gaps of a transition.
"""
