"""What was wanted of journeymap beside its peers, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from ratios import Ratio, added, growth, later_of, least, peaks_of, ratio, seconds_of
from sizes import told_events
from tasks import BARE, HAND, LEAN, OURS, QUESTIONS, RAW, STORE, STORED, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Result = Mapping[str, Any]

_FASTER = "store and transitions at least 2 times faster than the faster of PM4Py and retentioneering"
_LEANER = "store and transitions with at most half the memory of the leaner of them"
PEERS = ("PM4Py", "retentioneering")
FEWEST = {RAW: 10_000_000}
"""Events from which on the goals of a task hold; of the others, a million: below, starting up decides."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing wanted, in words, and what came of it."""

    wanted: str
    where: str
    measured: str
    each: str
    reached: str


def goals(results: Sequence[Result]) -> list[Goal]:
    """Hold every result against what was wanted of it."""
    found: list[Goal] = []
    for result in sorted(results, key=lambda it: (it["events"], it["shape"])):
        where = f"{told_events(result['events'])} {result['shape']}"
        if result["events"] < FEWEST.get(result["task"], 1_000_000):
            continue
        found += _OF_TASK[result["task"]](result["runs"], where, result["events"])
    order = {goal.wanted: at for at, goal in reversed(list(enumerate(found)))}
    found.sort(key=lambda goal: order[goal.wanted])
    return found + _linear(results)


def _goal(wanted: str, where: str, found: Ratio | None, bound: float, *, at_least: bool = False) -> list[Goal]:
    if found is None:
        return []
    reached = found.median >= bound if at_least else found.median <= bound
    each = ", ".join(_told(one) for one in found.each)
    return [Goal(wanted, where, _told(found.median), each, "yes" if reached else "no")]


def _told(number: float) -> str:
    return f"{number:.0f}" if number >= 20 else f"{number:.2f}"


def _of_raw(runs: Sequence[Any], where: str, _events: int) -> list[Goal]:
    peers = least([seconds_of(runs, name, "transitions") for name in PEERS])
    memory = least([peaks_of(runs, name, "transitions") for name in PEERS])
    second = least([seconds_of(runs, name, "by region") for name in PEERS])
    later = least([later_of(runs, name) for name in PEERS])
    both = [
        _goal(f"{who}{wanted}", where, found, bound, at_least=at_least)
        for who, name in (("", OURS), ("with --memory-limit 2GB: ", LEAN))
        for wanted, found, bound, at_least in (
            (_FASTER, ratio(peers, seconds_of(runs, name, "transitions")), 2.0, True),
            (_LEANER, ratio(peaks_of(runs, name, "transitions"), memory), 0.5, False),
        )
    ]
    return [
        *(goal for found in both for goal in found),
        *_goal(
            "a second question (transitions per region) later, in a new session, at least 100 times faster", where,
            ratio(later, later_of(runs, OURS)), 100.0, at_least=True,
        ),
        *_goal(
            "a second question at once, on what is loaded, at least 100 times faster", where,
            ratio(second, seconds_of(runs, OURS, "by region")), 100.0, at_least=True,
        ),
    ]  # fmt: skip


def _of_store(runs: Sequence[Any], where: str, _events: int) -> list[Goal]:
    found = ratio(seconds_of(runs, OURS, STORE), seconds_of(runs, HAND, STORE))
    return _goal("raw Parquet to the store at most 1.1 times DuckDB by hand", where, found, 1.1)


def _of_questions(runs: Sequence[Any], where: str, events: int) -> list[Goal]:
    found: list[Goal] = []
    for name in STORED:
        ours = seconds_of(runs, OURS, name, name)
        over = ratio(ours, seconds_of(runs, HAND, name, name))
        found += _goal(f"{name} at most 1.3 times SQL by hand", where, over, 1.3)
        if events == 100_000_000 and ours:
            each = ", ".join(f"{seconds:.2f} s" for seconds in ours.values())
            middle = median(ours.values())
            reached = "yes" if middle < 1.0 else "under 3 s" if middle < 3.0 else "no"
            found.append(Goal(f"{name} under 3 s, better 1 s", where, f"{middle:.2f} s", each, reached))
    return found


def _of_text(runs: Sequence[Any], where: str, _events: int) -> list[Goal]:
    parquet = seconds_of(runs, OURS, STORE, "Parquet")
    found: list[Goal] = []
    for case in ("CSV", "JSON lines"):
        bare = added(seconds_of(runs, BARE, "read", case), parquet)
        over = ratio(seconds_of(runs, OURS, STORE, case), bare)
        found += _goal(f"{case} at most 1.3 times a bare reading and the ingest from Parquet", where, over, 1.3)
    return found


_OF_TASK = {RAW: _of_raw, STORE: _of_store, QUESTIONS: _of_questions, TEXT: _of_text}


def _linear(results: Sequence[Result]) -> list[Goal]:
    """Say how the cost of the store grows from the smallest size to the largest."""
    sizes = {
        result["rows"]: (told_events(result["events"]), median(seconds.values()))
        for result in results
        if (result["task"], result["shape"]) == (STORE, "ordered")
        and result["events"] >= 1_000_000
        and (seconds := seconds_of(result["runs"], OURS, STORE))
    }
    if len(sizes) < 2:
        return []
    small, large = min(sizes), max(sizes)
    exponent = growth((small, sizes[small][1]), (large, sizes[large][1]))
    per_million = ", ".join(f"{told} {1e6 * seconds / rows:.2f}" for rows, (told, seconds) in sorted(sizes.items()))
    return [
        Goal(
            "cost of the store linear in size", f"{sizes[small][0]} to {sizes[large][0]} ordered",
            f"exponent {exponent:.2f}", f"seconds per million: {per_million}", "yes" if exponent <= 1.1 else "no",
        )
    ]  # fmt: skip
