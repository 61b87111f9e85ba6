"""The tables of the benchmark's page."""

from __future__ import annotations

from statistics import median
from textwrap import fill
from typing import TYPE_CHECKING, Any

from ratios import added, later_of, peaks_of, processor_seconds_of, ratio, seconds_of
from sizes import told_events
from tasks import BARE, HAND, OURS, RAW, STORE, STORED, entries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Result = Mapping[str, Any]
    Place = tuple[int, str]


def paragraph(text: str) -> str:
    """Lay a text out in lines."""
    return fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table; say so where it has no row."""
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


def costs(found: Mapping[Place, Result], step: str) -> str:
    """Give the seconds of a step by contestant, and the ratio to journeymap; ``later`` is a new session."""
    rows = []
    for name in _names(found):
        cells = [_cost(result, name, step) for result in found.values()]
        rows.append([name, *cells])
    return table(["seconds", *(told_place(place) for place in found)], rows)


def _cost(result: Result, name: str, step: str) -> str:
    ours, seconds = (
        later_of(result["runs"], who) if step == "later" else seconds_of(result["runs"], who, step)
        for who in (OURS, name)
    )
    if not seconds:
        return _why_not(result, name, step)
    told = told_seconds(median(seconds.values()))
    over = ratio(seconds, ours)
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
        "over memory": f"over {bounds['memory_mb'] / 1000:.3g} GB",
        "over time": f"over {bounds['minutes']:.0f} min",
    }
    return words.get(statuses[0], statuses[0])


def processor_costs(found: Mapping[Place, Result], step: str) -> str:
    """Give the processor seconds of a step by contestant, and the ratio to journeymap."""
    return _compared(found, step, processor_seconds_of, "processor seconds", told_seconds)


def peaks(found: Mapping[Place, Result], step: str) -> str:
    """Give the peak memory of a step by contestant, and the ratio to journeymap."""
    return _compared(found, step, peaks_of, "peak MB", lambda number: f"{number:,.0f}")


def _compared(
    found: Mapping[Place, Result],
    step: str,
    taken_of: Callable[[Any, str, str], dict[int, float]],
    head: str,
    told: Callable[[float], str],
) -> str:
    rows = []
    for name in _names(found):
        cells = []
        for result in found.values():
            taken = taken_of(result["runs"], name, step)
            over = ratio(taken, taken_of(result["runs"], OURS, step))
            cell = told(median(taken.values())) if taken else _why_not(result, name, step)
            cells.append(cell if name == OURS or over is None else f"{cell} ({_times(over.median)})")
        rows.append([name, *cells])
    return table([head, *(told_place(place) for place in found)], rows)


def stores(found: Mapping[Place, Result]) -> str:
    """Hold journeymap's ingest against the store by hand."""
    rows = []
    for place, result in found.items():
        ours, theirs = (seconds_of(result["runs"], name, STORE) for name in (OURS, HAND))
        held = [peaks_of(result["runs"], name, STORE) for name in (OURS, HAND)]
        over = ratio(ours, theirs)
        disk = [run["store_mb"] for run in result["runs"] if run["contestant"] == OURS and "store_mb" in run]
        rows.append(
            [
                told_place(place), *(_told_median(taken, told_seconds) for taken in (ours, theirs)),
                "" if over is None else f"{over.median:.2f}", _processor_ratio(result, STORE),
                *(_told_median(peak, lambda number: f"{number:,.0f}") for peak in held),
                f"{disk[0]:,.0f}" if disk else "",
            ]
        )  # fmt: skip
    head = ["events", "journeymap s", "by hand s", "ratio", "ratio of processor seconds"]
    return table([*head, "journeymap MB", "by hand MB", "store's file MB"], rows)


def _processor_ratio(result: Result, step: str, case: str = "") -> str:
    """Give the ratio of processor seconds, which a busy machine disturbs less."""
    ours, theirs = (processor_seconds_of(result["runs"], name, step, case) for name in (OURS, HAND))
    over = ratio(ours, theirs)
    return "" if over is None else f"{over.median:.2f}"


def _told_median(found: Mapping[int, float], told: Any) -> str:  # noqa: ANN401 - a writer of numbers
    return str(told(median(found.values()))) if found else "no result"


def questions(found: Mapping[Place, Result]) -> str:
    """Hold the stored questions against SQL by hand."""
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
            rows.append([told_place(place), name, *told, f"{over.median:.2f}", _processor_ratio(result, name, name)])
    return table(["events", "question", "journeymap s", "by hand s", "ratio", "ratio of processor seconds"], rows)


def texts(found: Mapping[Place, Result]) -> str:
    """Hold the ingest of text files against a bare reading and the ingest from Parquet."""
    rows = []
    for place, result in found.items():
        parquet = seconds_of(result["runs"], OURS, STORE, "Parquet")
        for case in ("CSV", "JSON lines"):
            ours = seconds_of(result["runs"], OURS, STORE, case)
            bare = seconds_of(result["runs"], BARE, "read", case)
            over = ratio(ours, added(bare, parquet))
            told = [_told_median(taken, told_seconds) for taken in (ours, bare, parquet)]
            rows.append([told_place(place), case, *told, "" if over is None else f"{over.median:.2f}"])
    return table(["events", "file", "journeymap s", "bare reading s", "journeymap, Parquet s", "ratio"], rows)


def agreements(results: Sequence[Result]) -> str:
    """Say which answers agree."""
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
    return table(["contestant", "against", "what", "columns", "agrees"], sorted(told_rows))
