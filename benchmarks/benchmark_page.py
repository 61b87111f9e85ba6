"""Writes what the runs found: a page of tables, and a picture of cost against size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmark_goals import goals
from benchmark_tables import agreements, costs, paragraph, peaks, processor_costs, questions, stores, table, texts
from cost_picture import draw_costs
from event_data import SHAPES
from tasks import QUESTIONS, RAW, STORE, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Result = Mapping[str, Any]
    Place = tuple[int, str]


def write_page(results: Sequence[Result], folder: Path) -> list[Path]:
    """Write ``benchmarks.md`` and ``images/benchmarks.png`` into a folder.

    Parameters
    ----------
    results
        What :meth:`run.Runner.run` gave, one per task, size and shape.
    folder
        Where to write.

    Returns
    -------
    list of Path
        The files; none where there is no result.
    """
    if not results:
        return []
    page, picture = folder / "benchmarks.md", folder / "images" / "benchmarks.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    drawn = draw_costs(by_task(results, RAW), picture)
    page.write_text(page_text(results, with_picture=drawn), encoding="utf-8")
    return [page, picture] if drawn else [page]


def by_task(results: Sequence[Result], task: str) -> dict[Place, Result]:
    """Give the results of a task by events and shape, in order."""
    found = {(result["events"], result["shape"]): result for result in results if result["task"] == task}
    return dict(sorted(found.items(), key=lambda item: (SHAPES.index(item[0][1]), item[0][0])))


def page_text(results: Sequence[Result], *, with_picture: bool = True) -> str:
    """Write the page."""
    wanted = [[goal.wanted, goal.where, goal.measured, goal.each, goal.reached] for goal in goals(results)]
    parts = [
        "# journeymap and its peers",
        paragraph(_INTRODUCTION),
        _machines(results),
        "![Cost against size](images/benchmarks.png)" if with_picture else "",
        "## What was wanted",
        table(["wanted", "measured on", "measured", "each repeat", "reached"], wanted),
        *_raw(by_task(results, RAW)),
        "## From the raw files to the store",
        paragraph(_STORE),
        stores(by_task(results, STORE)),
        "## Questions on the store",
        paragraph(_QUESTIONS),
        questions(by_task(results, QUESTIONS)),
        "## Text files",
        paragraph(_TEXT),
        texts(by_task(results, TEXT)),
        "## Do the answers agree?",
        paragraph(_AGREEMENT),
        agreements(results),
        "## Notes",
        "\n".join(paragraph(f"- {note}").replace("\n", "\n  ") for note in _NOTES),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _raw(found: Mapping[Place, Result]) -> list[str]:
    return [
        "## From the raw files to the transition table",
        paragraph(_RAW),
        costs(found, "transitions"),
        "In processor seconds, all threads together:",
        processor_costs(found, "transitions"),
        "Peak memory until then:",
        peaks(found, "transitions"),
        paragraph(_SECOND),
        costs(found, "by region"),
        paragraph(_LATER),
        costs(found, "later"),
        "And a third question: a funnel of three steps.",
        costs(found, "funnel"),
    ]


_INTRODUCTION = """Written by `make benchmark` (`benchmarks/run.py`) from `benchmarks/results/`. What stands in one
column was measured in one run, in turn, each contestant in a process of its own. Read the ratios: times depend on
the machine. A number is the median of the repeats, a ratio the median of the ratios within each repeat. Imports are
not counted."""

_RAW = """journeymap writes a complete store on the way: every column, and the rejected rows. Nobody else does. The
hand-written ways leave out repeated ids, cut at 30 days of silence, and count distinct customers and median gaps,
as journeymap does. PM4Py (frequency and performance graph) and retentioneering (matrices of counts, of distinct
paths and of median times) take whole histories and count repeated rows. In brackets is the ratio to journeymap."""

_SECOND = """Then a second question on what is loaded: the transitions of each region. PM4Py and retentioneering
count only, and their segment is brought to them outside the clock; the others count distinct customers, too, and
journeymap the ends and the times."""

_LATER = """The same question in a new session: journeymap opens its store and answers; the others have none, and read
the files again."""

_STORE = """By hand: the best statements that we could write for DuckDB that make the same tables with the same
columns. They sort once and look at neighbours in a stream. They know the columns beforehand and keep no rejected
rows."""

_QUESTIONS = """The same store, and the same answer as a frame: names, rates and intervals included. By hand is SQL
written for the one question. Seconds of a question asked again; in brackets those of the first, which reads the
file."""

_TEXT = """The ratio is to DuckDB's bare reading of the same file (every column as text, counted) plus journeymap's
ingest of the same rows from Parquet."""

_AGREEMENT = """Counts exactly, medians and means to nine digits (retentioneering's medians, of whole seconds, to
the second). Stores are compared in every cell of every event, journey, customer and touchpoint, whatever the keys.
Of the 20 paths, those that share the last place are left out."""

_NOTES = (
    """The data are the generated shop of `journeymap generate`: 26 touchpoints, about 20 events a customer, a
    handful of dirty rows. `ordered` is as it is generated: a file per month, by time within blocks of 25,000 customers.
    `shuffled` has the same rows in random order. `long` has the histories of 25 customers put one behind the other: 500
    events each, over eight years.""",
    """PM4Py and retentioneering get the three columns that they need, read by pyarrow into pandas, which is part of
    their time. They are held against journeymap's transitions of whole histories (`--journey-gap none`, repeated rows
    kept).""",
    """Memory is the most that a process held, its libraries included. DuckDB takes memory up to its limit, four
    fifths of the machine's unless it is told otherwise, where that saves time.""",
    """A contestant that asks for more memory or time than the bounds is ended, named and not run again.""",
    """By hand is what its writer knows of the data: the columns, their types, the goal, and that nothing else is in
    the files. journeymap finds that out, checks every row, and tells of what it refused.""",
)


def _machines(results: Sequence[Result]) -> str:
    lines = []
    for result in results:
        it = result["machine"]
        line = (
            f"{it['processor']}, {it['cores']} cores, {it['memory_gb']:.0f} GB of memory, {it['system']}, "
            f"Python {it['python']}, journeymap {it['journeymap']}, {result['date']}"
        )
        if line not in lines:
            lines.append(line)
    found: dict[str, set[str]] = {}
    for result in results:
        for run in result["runs"]:
            for name, version in run.get("versions", {}).items():
                found.setdefault(name, set()).add(version)
    told = ", ".join(f"{name} {' and '.join(sorted(numbers))}" for name, numbers in sorted(found.items()))
    return "\n".join([*(f"- {line}" for line in lines), f"- {told}"])
