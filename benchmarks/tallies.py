"""The arithmetic of the simulation: recall, false findings and coverage from the notes of single runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from journeymap.measure.interval import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Note = dict[str, Any]

FEWEST_RUNS = 20
"""A place has to be examined in so many runs for its true rate to be known well enough."""

RATE_BOUNDS = (0.0, 0.01, 0.03, 0.1, 0.3, 0.7, 1.0)
HIT_BOUNDS = (0.0, 5.0, 20.0, 100.0, np.inf)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with its 95 % interval (Wilson, 1927): runs are drawn apart from each other."""

    n_hits: int
    n_runs: int

    @property
    def rate(self) -> float:
        """n_hits / n_runs; NaN where nothing was run."""
        return self.n_hits / self.n_runs if self.n_runs else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval; NaN where nothing was run."""
        if not self.n_runs:
            return float("nan"), float("nan")
        low, high = wilson_interval([self.rate], [self.n_runs])
        return float(low[0]), float(high[0])


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many intervals held the true rate.

    Attributes
    ----------
    label
        Which intervals.
    n_covered, n_intervals
        Those that did, and all.
    n_places
        The places (with their kind) that they are of.
    standard_error
        Of the share, clustered by run: the intervals of one run are not independent.
    """

    label: str
    n_covered: int
    n_intervals: int
    n_places: int
    standard_error: float

    @property
    def rate(self) -> float:
        """n_covered / n_intervals."""
        return self.n_covered / self.n_intervals if self.n_intervals else float("nan")


def recall(runs: Iterable[Note], *, hit_roles: Sequence[str] = ("hit",)) -> dict[tuple[str, int, float], Share]:
    """Count in how many runs the plant was found: right kind, right place, right level.

    Returns
    -------
    dict
        (plant's name, customers, times the stated effect) to the share of runs that found it.
    """
    hits: Counter[tuple[str, int, float]] = Counter()
    total: Counter[tuple[str, int, float]] = Counter()
    for note in runs:
        key = (note["name"], note["customers"], note["effect"])
        total[key] += 1
        hits[key] += any(found[0] in hit_roles for found in note["reported"])
    return {key: Share(hits[key], total[key]) for key in total}


def false_findings(runs: Iterable[Note]) -> tuple[Share, dict[str, Share]]:
    """Count the runs with a reported finding that is none: of all kinds together, and by kind.

    Where nothing is planted every finding is one; where something is, those that are neither the plant nor one of its
    consequences.
    """
    by_kind: Counter[str] = Counter()
    n_runs = n_any = 0
    for note in runs:
        kinds = {found[1] for found in note["reported"] if found[0] == "stray"}
        by_kind.update(kinds)
        n_runs += 1
        n_any += bool(kinds)
    return Share(n_any, n_runs), {kind: Share(n, n_runs) for kind, n in sorted(by_kind.items())}


def strays(runs: Iterable[Note]) -> list[tuple[tuple[str, str, str, str], int]]:
    """Count what was found beside the plants: (plant's name, kind, touchpoint, levels), most frequent first."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for note in runs:
        found = {
            (kind, touchpoint, levels) for what, kind, _, touchpoint, levels, *_ in note["reported"] if what == "stray"
        }
        counted.update((note["name"], *one) for one in found)
    return counted.most_common()


def interval_table(runs: Iterable[Note], *, by_level: bool) -> pd.DataFrame:
    """Put every examined interval beside the true rate of its place.

    The true rate is that of all other runs together: the hits over the units of the same kind and place, and of the
    same levels where levels differ. Its own run is left out.

    Parameters
    ----------
    runs
        Runs with the same plant; or with none.
    by_level
        Whether levels differ, as they do where something is planted.

    Returns
    -------
    DataFrame
        One row per interval: ``run``, ``key``, ``kind``, ``hits``, ``units``, ``low``, ``high``, ``thin``, ``truth``
        (missing where fewer than ``FEWEST_RUNS`` runs examined the place), ``covered``, ``certain`` (in no run was
        there a hit at the place, or in none anything else: no interval can miss).
    """
    rows = [
        (number, (note["name"], kind, place, levels if by_level else ""), kind, *counts)
        for number, note in enumerate(runs)
        for kind, place, levels, *counts in note["intervals"]
    ]
    table = pd.DataFrame(rows, columns=["run", "key", "kind", "hits", "units", "low", "high", "thin"])
    if table.empty:
        return table.assign(truth=np.nan, covered=False, certain=False)
    whole = table.groupby("key")[["hits", "units"]].transform("sum")
    own = table.groupby(["key", "run"])[["hits", "units"]].transform("sum")
    others = whole - own
    n_runs = table.groupby("key")["run"].transform("nunique")
    known = (n_runs >= FEWEST_RUNS) & (others["units"] > 0)
    table["truth"] = (others["hits"] / others["units"].where(known)).where(known)
    table["certain"] = (whole["hits"] == 0) | (whole["hits"] == whole["units"])
    # The bounds are noted to six digits.
    table["covered"] = (table["low"] - 1e-6 <= table["truth"]) & (table["truth"] <= table["high"] + 1e-6)
    return table


def coverage_of(table: pd.DataFrame, label: str) -> Coverage:
    """Count the intervals of a table that hold the true rate; those without a known one are left out."""
    known = table[table["truth"].notna()]
    covered = int(known["covered"].sum())
    by_run = known.groupby("run")["covered"].agg(["sum", "size"])
    error = float("nan")
    if len(by_run) > 1:
        apart = by_run["sum"] - covered / len(known) * by_run["size"]
        error = float(np.sqrt(len(by_run) / (len(by_run) - 1) * (apart**2).sum()) / len(known))
    return Coverage(label, covered, len(known), known["key"].nunique(), error)


def coverage_by_rate(table: pd.DataFrame) -> list[Coverage]:
    """Count coverage by the true rate."""
    return _by_bounds(table, table["truth"], RATE_BOUNDS, lambda low, high: f"{low:.0%} to {high:.0%}")


def coverage_by_hits(table: pd.DataFrame) -> list[Coverage]:
    """Count coverage by how many hits are expected: the true rate times the units."""

    def label(low: float, high: float) -> str:
        return f"{low:g} or more" if np.isinf(high) else f"{low:g} to {high:g}"

    return _by_bounds(table, table["truth"] * table["units"], HIT_BOUNDS, label)


def coverage_by_kind(table: pd.DataFrame) -> list[Coverage]:
    """Count coverage by kind of pain point."""
    return [coverage_of(part, str(kind)) for kind, part in table.groupby("kind")]


def _by_bounds(
    table: pd.DataFrame, values: pd.Series[float], bounds: Sequence[float], label: Callable[[float, float], str]
) -> list[Coverage]:
    found = []
    for low, high in pairwise(bounds):
        inside = (values >= low) & ((values < high) | (high == bounds[-1]) & (values <= high))
        if inside.any():
            found.append(coverage_of(table[inside], label(low, high)))
    return found
