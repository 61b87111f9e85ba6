"""The arithmetic of a run: medians, ratios within repeats, and the growth of cost with size."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Run = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One number over another, from runs that took turns.

    Attributes
    ----------
    median
        The median of the ratios within each repeat.
    each
        The ratio of each repeat.
    """

    median: float
    each: tuple[float, ...]


def seconds_of(runs: Iterable[Run], contestant: str, step: str, case: str = "") -> dict[int, float]:
    """Give repeat to seconds of a contestant's step, finished runs only."""
    return _of(runs, contestant, step, case, "seconds")


def processor_seconds_of(runs: Iterable[Run], contestant: str, step: str, case: str = "") -> dict[int, float]:
    """Give repeat to processor seconds of a contestant's step, all threads together."""
    return _of(runs, contestant, step, case, "cpu_seconds")


def peaks_of(runs: Iterable[Run], contestant: str, step: str, case: str = "") -> dict[int, float]:
    """Give repeat to the most megabytes that a contestant held up to the end of a step."""
    return _of(runs, contestant, step, case, "peak_mb")


def _of(runs: Iterable[Run], contestant: str, step: str, case: str, what: str) -> dict[int, float]:
    return {
        run["repeat"]: run["steps"][step][what]
        for run in runs
        if (run["case"], run["contestant"], run["status"]) == (case, contestant, "done") and step in run["steps"]
    }


def later_of(runs: Sequence[Run], contestant: str) -> dict[int, float]:
    """Give repeat to seconds of the transitions per region in a new session.

    A store is opened and asked; who has none reads the files again.
    """
    stored = seconds_of(runs, contestant, "later")
    return stored or added(seconds_of(runs, contestant, "load"), seconds_of(runs, contestant, "by region"))


def ratio(over: Mapping[int, float], under: Mapping[int, float]) -> Ratio | None:
    """Divide within each repeat that both have; None where there is none.

    Examples
    --------
    >>> ratio({0: 2.0, 1: 6.0, 2: 4.0}, {0: 1.0, 1: 2.0})
    Ratio(median=2.5, each=(2.0, 3.0))
    """
    each = tuple(over[repeat] / under[repeat] for repeat in sorted(over) if repeat in under)
    return Ratio(median(each), each) if each else None


def least(candidates: Sequence[Mapping[int, float]]) -> Mapping[int, float]:
    """Give the candidate with the least median; an empty one where none has any.

    Examples
    --------
    >>> least([{0: 3.0}, {}, {0: 2.0, 1: 2.5}])
    {0: 2.0, 1: 2.5}
    """
    known = [candidate for candidate in candidates if candidate]
    return min(known, key=lambda candidate: median(candidate.values())) if known else {}


def added(one: Mapping[int, float], other: Mapping[int, float]) -> dict[int, float]:
    """Add within each repeat that both have."""
    return {repeat: one[repeat] + other[repeat] for repeat in sorted(one) if repeat in other}


def growth(first: tuple[float, float], last: tuple[float, float]) -> float:
    """Give the exponent of cost in size between two (size, seconds): 1 is linear, 2 is quadratic.

    Examples
    --------
    >>> round(growth((1e6, 2.0), (1e8, 200.0)), 3)
    1.0
    """
    return log(last[1] / first[1]) / log(last[0] / first[0])
