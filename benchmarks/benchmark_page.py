"""Writes what the runs found: a page of tables, and a picture of cost against size."""

from __future__ import annotations

from statistics import median
from textwrap import fill
from typing import TYPE_CHECKING, Any

from benchmark_goals import goals
from cost_picture import draw_costs
from ratios import peaks_of, ratio, seconds_of
from sizes import told_events
from tasks import HAND, OURS, QUESTIONS, RAW, STORE, STORED, TEXT, entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Result = Mapping[str, Any]
    Place = tuple[int, str]

SHAPES = ("ordered", "shuffled", "long")


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
    raw, store = by_task(results, RAW), by_task(results, STORE)
    stored, text = by_task(results, QUESTIONS), by_task(results, TEXT)
    parts = [
        "# journeymap and its peers",
        _paragraph(
            "Written by `make benchmark` (`benchmarks/run.py`) from `benchmarks/results/`. Everything in one table was "
            "measured in one run, in turn, each contestant in a process of its own; read the ratios, since times depend "
            "on the machine. A number is the median of the repeats. Imports are not counted, writing and closing files "
            "are."
        ),
        _machines(results),
        "![Cost against size](images/benchmarks.png)" if with_picture else "",
        "## What was wanted",
        _table(
            ["wanted", "measured on", "measured", "each repeat", "reached"],
            [[goal.wanted, goal.where, goal.measured, goal.each, goal.reached] for goal in goals(results)],
        ),
        "## From the raw files to the transition table",
        _paragraph(
            "journeymap writes a complete store on the way, with every column, and rejected rows kept; nobody else does. "
            "The hand-written ways leave out repeated ids, cut at 30 days of silence, and count distinct customers and "
            "median gaps, as journeymap does. PM4Py (frequency and performance graph) and retentioneering (matrices of "
            "counts, of distinct paths and of median times) take whole histories and count repeated rows. In brackets "
            "is the ratio to journeymap."
        ),
        _costs(raw, "transitions"),
        "Peak memory until then, in megabytes:",
        _memory(raw, "transitions"),
        "Then a second question on what is loaded: the transitions of each region. PM4Py and retentioneering count only; "
        "their segment is brought to them outside the clock.",
        _costs(raw, "by region"),
        "And a third: a funnel of three steps. PM4Py has none.",
        _costs(raw, "funnel"),
        "## From the raw files to the store",
        _paragraph(
            "By hand: the best statements that we could write for DuckDB that make the same tables with the same "
            "columns. They sort once and look at neighbours in a stream. They know the columns beforehand and keep no "
            "rejected rows."
        ),
        _store(store),
        "## Questions on the store",
        _paragraph(
            "The same store, the same answer as a frame: names, rates and intervals included. By hand is SQL written "
            "for the one question. Seconds of a question asked again; in brackets those of the first, which reads the "
            "file."
        ),
        _questions(stored),
        "## Text files",
        _paragraph(
            "Held against DuckDB's bare reading of the same file (every column as text, counted) plus journeymap's "
            "ingest of the same rows from Parquet."
        ),
        _text(text),
        "## Do the answers agree?",
        _agreement(results),
        _notes(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _paragraph(text: str) -> str:
    return fill(text, 120, break_long_words=False, break_on_hyphens=False)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "Not run."
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def told_place(place: Place) -> str:
    """Write a size and shape.

    Examples
    --------
    >>> told_place((10_000_000, "shuffled"))
    '10M shuffled'
    """
    return f"{told_events(place[0])} {place[1]}"


def told_seconds(seconds: float) -> str:
    """Write seconds with three digits, at least.

    Examples
    --------
    >>> told_seconds(0.01234), told_seconds(3.456), told_seconds(123.4)
    ('0.012', '3.46', '123')
    """
    digits = 3 if seconds < 1 else 2 if seconds < 10 else 1 if seconds < 100 else 0
    return f"{seconds:.{digits}f}"


def _names(found: Mapping[Place, Result]) -> list[str]:
    seen = {run["contestant"] for result in found.values() for run in result["runs"]}
    return [entry.name for entry in entries(RAW) if entry.name in seen]


def _costs(found: Mapping[Place, Result], step: str) -> str:
    rows = []
    for name in _names(found):
        cells = [_cost(result, name, step) for result in found.values()]
        rows.append([name, *cells])
    return _table(["seconds", *(told_place(place) for place in found)], rows)


def _cost(result: Result, name: str, step: str) -> str:
    seconds = seconds_of(result["runs"], name, step)
    if not seconds:
        return _why_not(result, name, step)
    told = told_seconds(median(seconds.values()))
    over = ratio(seconds, seconds_of(result["runs"], OURS, step))
    return told if name == OURS or over is None else f"{told} ({_times(over.median)})"


def _times(factor: float) -> str:
    return f"{factor:.0f}x" if factor >= 20 else f"{factor:.1f}x" if factor >= 2 else f"{factor:.2f}x"


def _why_not(result: Result, name: str, step: str) -> str:
    """Say why there is no number."""
    statuses = [run["status"] for run in result["runs"] if run["contestant"] == name]
    if not statuses:
        return "not run"
    if "done" in statuses:
        return f"has no {step}"
    bounds = result["bounds"]
    words = {
        "over memory": f"over {bounds['memory_mb'] / 1000:.0f} GB",
        "over time": f"over {bounds['minutes']:.0f} min",
    }
    return words.get(statuses[0], statuses[0])


def _memory(found: Mapping[Place, Result], step: str) -> str:
    rows = []
    for name in _names(found):
        cells = []
        for result in found.values():
            peaks = peaks_of(result["runs"], name, step)
            over = ratio(peaks, peaks_of(result["runs"], OURS, step))
            told = f"{median(peaks.values()):,.0f}" if peaks else _why_not(result, name, step)
            cells.append(told if name == OURS or over is None else f"{told} ({_times(over.median)})")
        rows.append([name, *cells])
    return _table(["peak MB", *(told_place(place) for place in found)], rows)


def _store(found: Mapping[Place, Result]) -> str:
    rows = []
    for place, result in found.items():
        ours, theirs = (seconds_of(result["runs"], name, STORE) for name in (OURS, HAND))
        peaks = [peaks_of(result["runs"], name, STORE) for name in (OURS, HAND)]
        over = ratio(ours, theirs)
        disk = [run["store_mb"] for run in result["runs"] if run["contestant"] == OURS and "store_mb" in run]
        rows.append(
            [
                told_place(place), *(_told_median(taken, told_seconds) for taken in (ours, theirs)),
                "" if over is None else f"{over.median:.2f}",
                *(_told_median(peak, lambda number: f"{number:,.0f}") for peak in peaks),
                f"{disk[0]:,.0f}" if disk else "",
            ]
        )  # fmt: skip
    head = ["events", "journeymap s", "by hand s", "ratio", "journeymap MB", "by hand MB", "store's file MB"]
    return _table(head, rows)


def _told_median(found: Mapping[int, float], told: Any) -> str:  # noqa: ANN401 - a writer of numbers
    return str(told(median(found.values()))) if found else "no result"


def _questions(found: Mapping[Place, Result]) -> str:
    rows = []
    for place, result in found.items():
        for name in STORED:
            ours, theirs = (seconds_of(result["runs"], who, name, name) for who in (OURS, HAND))
            over = ratio(ours, theirs)
            if over is None:
                continue
            firsts = [
                median(
                    run["steps"][name]["first_seconds"]
                    for run in result["runs"]
                    if (run["case"], run["contestant"], run["status"]) == (name, who, "done")
                )
                for who in (OURS, HAND)
            ]
            told = [
                f"{told_seconds(median(taken.values()))} ({told_seconds(first)})"
                for taken, first in zip((ours, theirs), firsts, strict=True)
            ]
            rows.append([told_place(place), name, *told, f"{over.median:.2f}"])
    return _table(["events", "question", "journeymap s", "by hand s", "ratio"], rows)


def _text(found: Mapping[Place, Result]) -> str:
    rows = []
    for place, result in found.items():
        parquet = seconds_of(result["runs"], OURS, STORE, "Parquet")
        for case in ("CSV", "JSON lines"):
            ours = seconds_of(result["runs"], OURS, STORE, case)
            bare = seconds_of(result["runs"], "DuckDB, bare reading", "read", case)
            both = {repeat: bare[repeat] + parquet[repeat] for repeat in bare if repeat in parquet}
            over = ratio(ours, both)
            told = [_told_median(taken, told_seconds) for taken in (ours, bare, parquet)]
            rows.append([told_place(place), case, *told, "" if over is None else f"{over.median:.2f}"])
    return _table(["events", "file", "journeymap s", "bare reading s", "journeymap, Parquet s", "ratio"], rows)


def _agreement(results: Sequence[Result]) -> str:
    rows: dict[tuple[str, ...], list[str]] = {}
    for result in results:
        for one in result["agreement"]:
            against = one["against"]
            what = one["what"] if one["what"] == one["case"] or not one["case"] else f"{one['case']}: {one['what']}"
            key = (one["contestant"], against, what, ", ".join(one["columns"]) if one["what"] != STORE else "all cells")
            told = "" if one["agrees"] else f": {one['differs']}"
            place = told_place((result["events"], result["shape"]))
            rows.setdefault(key, []).append(f"{place}: no{told}" if not one["agrees"] else f"{place}")
    told_rows = []
    for key, places in rows.items():
        bad = [place for place in places if ": no" in place]
        told_rows.append([*key, "; ".join(bad) if bad else f"yes ({', '.join(sorted(places))})"])
    told = (
        "Counts exactly, medians and means to nine digits (retentioneering's medians, of whole seconds, to the second). "
        "Stores are compared in every cell of every event, journey, customer and touchpoint, whatever the keys."
    )
    head = ["contestant", "against", "what", "columns", "agrees"]
    return f"{_paragraph(told)}\n\n{_table(head, sorted(told_rows))}"


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


def _notes(results: Sequence[Result]) -> str:
    limits = sorted({result["memory_limit"] or "DuckDB's own" for result in results})
    notes = [
        "The data are the generated shop of `journeymap generate`: 26 touchpoints, 20 events a customer, a handful of "
        "dirty rows. `ordered` is as it is generated: a file per month, by time within blocks of 25,000 customers; "
        "`shuffled` has the same rows in random order; `long` has the histories of 25 customers put one behind the "
        "other, 500 events each over eight years.",
        "PM4Py and retentioneering are given the three columns that they need, already read by pyarrow into pandas, "
        "which is part of their time. They are held against journeymap's transitions of whole histories "
        "(`--journey-gap none`, repeated rows kept), which are counted in the same run.",
        f"Memory is the most that a process held (getrusage). DuckDB takes memory up to its limit where that saves "
        f"time; here: {', '.join(limits)}.",
        "A contestant that asks for more memory or time than the bounds is ended and named; it is not run again.",
        "By hand is what its writer knows of the data: the columns, their types, the goal, and that nothing else is in "
        "the files. journeymap finds that out, checks every row, and tells of what it refused.",
    ]
    return "## Notes\n\n" + "\n".join(f"- {note}" for note in notes)
