"""Who does what: the tasks, their contestants, and which answers have to agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agreement import (
    Agreement,
    between_touchpoints,
    compare,
    ends_of,
    nonzero,
    starts_of,
    without_ties,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    Answers = Mapping[str, list[dict[str, Any]]]

OURS = "journeymap"
WHOLE = "journeymap, whole histories"
LEAN = "journeymap, --memory-limit 2GB"
HAND = "DuckDB by hand"
BARE = "DuckDB, bare reading"
RAW = "raw"
STORE = "store"
QUESTIONS = "questions"
TEXT = "text"
TASKS = (RAW, STORE, QUESTIONS, TEXT)
STORED = ("transitions", "transitions by region", "drop-off", "funnel", "paths")


@dataclass(frozen=True, slots=True)
class Entry:
    """One contestant in one case of a task.

    Attributes
    ----------
    case
        What is asked; ``""`` where the task is one.
    name
        The contestant.
    script
        What it runs, in ``contestants/``.
    environment
        The environment it runs in; None: journeymap's own.
    job
        What its job says besides.
    """

    case: str
    name: str
    script: str
    environment: str | None
    job: Mapping[str, Any] = field(default_factory=dict)


def entries(task: str) -> list[Entry]:
    """Give the contestants of a task, in the order in which they take turns."""
    if task == RAW:
        return [
            Entry("", OURS, "by_journeymap.py", None),
            Entry("", LEAN, "by_journeymap.py", None, {"memory_limit": "2GB"}),
            Entry("", WHOLE, "by_journeymap.py", None, {"cut": False}),
            Entry("", HAND, "by_duckdb.py", "duckdb"),
            Entry("", "Polars by hand", "by_polars.py", "polars"),
            Entry("", "pandas by hand", "by_pandas.py", "pandas"),
            Entry("", "PM4Py", "by_pm4py.py", "pm4py"),
            Entry("", "retentioneering", "by_retentioneering.py", "retentioneering"),
        ]
    if task == STORE:
        return [Entry("", OURS, "by_journeymap.py", None), Entry("", HAND, "by_duckdb.py", "duckdb")]
    if task == QUESTIONS:
        return [
            entry
            for name in STORED
            for entry in (
                Entry(name, OURS, "by_journeymap.py", None, {"question": name}),
                Entry(name, HAND, "by_duckdb.py", "duckdb", {"question": name}),
            )
        ]
    return [
        Entry("Parquet", OURS, "by_journeymap.py", None),
        Entry("CSV", BARE, "by_duckdb.py", "duckdb", {"source": "CSV"}),
        Entry("CSV", OURS, "by_journeymap.py", None, {"source": "CSV"}),
        Entry("JSON lines", BARE, "by_duckdb.py", "duckdb", {"source": "JSON lines"}),
        Entry("JSON lines", OURS, "by_journeymap.py", None, {"source": "JSON lines"}),
    ]


def check(task: str, answers: Mapping[tuple[str, str], Answers]) -> list[dict[str, Any]]:
    """Compare the answers of a task's contestants with journeymap's.

    Parameters
    ----------
    task
        The task.
    answers
        (case, contestant) and what it answered.

    Returns
    -------
    list of dict
        One record per comparison: case, contestant, against, what, agrees, n_records, columns, differs.
    """
    found: list[dict[str, Any]] = []
    for (case, name), given in answers.items():
        reference = _reference(task, case, name)
        if reference in answers and reference != (case, name):
            for what, agreement in _pairs(task, name, answers[reference], given):
                found.append(_record(case, name, reference, what, agreement))
    return found


def _reference(task: str, case: str, name: str) -> tuple[str, str]:
    """Give the case and contestant whose answers an answer is held against."""
    if task == RAW and name in ("PM4Py", "retentioneering"):
        return case, WHOLE
    if task == TEXT:
        return "Parquet", OURS
    return case, OURS


def _record(case: str, name: str, reference: tuple[str, str], what: str, found: Agreement) -> dict[str, Any]:
    against = f"{reference[1]}, {reference[0]}" if reference[0] != case else reference[1]
    return {
        "case": case, "contestant": name, "against": against, "what": what, "agrees": found.agrees,
        "n_records": found.n_records, "columns": list(found.columns), "differs": found.differs,
    }  # fmt: skip


def _pairs(task: str, name: str, ours: Answers, theirs: Answers) -> list[tuple[str, Agreement]]:
    if task == RAW and name == WHOLE:
        return []  # another question: it is there for the peers to be held against
    if task == RAW:
        return _raw_pairs(ours, theirs)
    if task == STORE or (task == TEXT and "store" in theirs):
        columns = list(ours["store"][0])
        # Text holds every row in one file, so that rows of the same instant may have arrived in another order.
        return [("store", compare(ours["store"], theirs["store"], columns))]
    if task == TEXT:
        return []  # a bare reading counts cells, and answers nothing that could be held against a store
    return [_stored_pair(what, ours[what], theirs[what]) for what in theirs]


def _raw_pairs(ours: Answers, theirs: Answers) -> list[tuple[str, Agreement]]:
    given = set(theirs["transitions"][0]) if theirs["transitions"] else set()
    columns = [name for name in ("count", "customers", "median_seconds", "mean_seconds") if name in given]
    rough = ["median_seconds"] if _whole_seconds(theirs["transitions"]) else []
    own, other = between_touchpoints(ours["transitions"]), between_touchpoints(theirs["transitions"])
    found = [("transitions", compare(own, other, columns, whole_seconds=rough))]
    if "starts" in theirs:
        found.append(("starts", compare(starts_of(ours["transitions"]), nonzero(theirs["starts"]), ["count"])))
        found.append(("ends", compare(ends_of(ours["transitions"]), nonzero(theirs["ends"]), ["count"])))
    own, other = between_touchpoints(ours["by region"]), between_touchpoints(theirs["by region"])
    columns = [name for name in ("count", "customers") if theirs["by region"] and name in theirs["by region"][0]]
    found.append(("by region", compare(own, other, columns)))
    if "funnel" in theirs:
        found.append(("funnel", compare(ours["funnel"], theirs["funnel"], ["reached"])))
    return found


def _whole_seconds(rows: list[dict[str, Any]]) -> bool:
    """Say whether all times are whole or half seconds: medians of whole seconds."""
    times = [row["median_seconds"] for row in rows if row.get("median_seconds") is not None]
    return bool(times) and all(float(2 * time).is_integer() for time in times)


def _stored_pair(what: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> tuple[str, Agreement]:
    names = {"source", "target", "touchpoint", "region", "step", "path"}
    columns = [name for name in (ours[0] if ours else {}) if name not in names]
    if what == "paths":
        ours, theirs = without_ties(ours), without_ties(theirs)
    return what, compare(ours, theirs, columns)
