"""Writes what the simulation found: a page of tables, and a picture."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

from evidence_picture import draw_evidence
from simulated_run import EVERY_PLANT, NOTHING, PERMUTED
from tallies import (
    FEWEST_RUNS,
    Coverage,
    Share,
    coverage_by_hits,
    coverage_by_kind,
    coverage_by_rate,
    coverage_of,
    false_findings,
    interval_table,
    recall,
    strays,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    Note = dict[str, Any]

SIZES = (1000, 3000, 10_000)
MOST_STRAYS = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all runs together say.

    Attributes
    ----------
    customers
        The size that recall is stated at.
    recall
        (plant's name, customers, times the stated effect) to the share of runs that found it.
    false
        By ``nothing`` and ``permuted``: the share of runs with a false finding, and the same by kind.
    stray
        By plant: the share of runs with a finding that is neither the plant nor a consequence.
    stray_places
        (plant's name, kind, touchpoint, levels) and the number of runs that found it.
    null, planted
        Coverage of the intervals where nothing is planted (by what they are divided by; under ``all`` all, all but the
        places where it never or always happens, and those), and at the plants' own kinds and places.
    n_unknown
        Intervals left out since their place was examined in too few runs.
    seconds
        The median seconds of drawing, opening and looking, at ``customers``.
    events
        The mean number of events at ``customers``.
    """

    customers: int
    recall: dict[tuple[str, int, float], Share]
    false: dict[str, tuple[Share, dict[str, Share]]]
    stray: dict[str, Share]
    stray_places: list[tuple[tuple[str, str, str, str], int]]
    null: dict[str, list[Coverage]]
    planted: list[Coverage]
    n_unknown: int
    seconds: tuple[float, float, float]
    events: float


def write_evidence(notes: list[Note], folder: Path, *, customers: int) -> list[Path]:
    """Write ``evidence.md`` and ``images/evidence.png`` into a folder.

    Parameters
    ----------
    notes
        What :func:`simulated_run.run` gave.
    folder
        Where to write.
    customers
        The size that recall, false findings and coverage are stated at.

    Returns
    -------
    list of Path
        The files.
    """
    found = gather(notes, customers=customers)
    page, picture = folder / "evidence.md", folder / "images" / "evidence.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(page_text(found), encoding="utf-8")
    draw_evidence(found, picture)
    return [page, picture]


def gather(notes: list[Note], *, customers: int) -> Evidence:
    """Put the notes of all runs together."""
    planted = [note for note in notes if note["name"] in EVERY_PLANT]
    usual = [note for note in planted if note["customers"] == customers and note["effect"] == 1.0]
    false = {
        name: false_findings(note for note in notes if note["name"] == name and note["customers"] == customers)
        for name in (NOTHING, PERMUTED)
    }
    null_table = interval_table(
        [note for note in notes if note["name"] == NOTHING and note["customers"] == customers], by_level=False
    )
    tables = [interval_table(_of(usual, name), by_level=True) for name in EVERY_PLANT]
    at_size = [note for note in notes if note["customers"] == customers]
    return Evidence(
        customers=customers,
        recall=recall(planted),
        false=false,
        stray={name: false_findings(_of(usual, name))[0] for name in EVERY_PLANT},
        stray_places=strays(usual)[:MOST_STRAYS],
        null=_parts(null_table),
        planted=[
            coverage_of(table[~table["certain"]], name)
            for name, table in zip(EVERY_PLANT, tables, strict=True)
            if len(table)
        ],
        n_unknown=int(null_table["truth"].isna().sum()),
        seconds=_medians(note["seconds"] for note in at_size),
        events=sum(note["events"] for note in at_size) / max(1, len(at_size)),
    )


def _of(notes: list[Note], name: str) -> list[Note]:
    return [note for note in notes if note["name"] == name]


def _parts(table: pd.DataFrame) -> dict[str, list[Coverage]]:
    if table.empty:
        return {}
    every = coverage_of(table, "all")
    never = coverage_of(table[table["certain"]], "places where it never or always happens: no interval can miss")
    table = table[~table["certain"]]
    return {
        "all": [every, coverage_of(table, "all others"), never],
        "customers": [
            coverage_of(table[table["thin"] == 0], "as many customers as the minimum (5), or more"),
            coverage_of(table[table["thin"] == 1], "fewer, and marked as thin"),
        ],
        "true rate": coverage_by_rate(table),
        "hits expected": coverage_by_hits(table),
        "kind": coverage_by_kind(table),
    }


def _medians(seconds: Iterable[list[float]]) -> tuple[float, float, float]:
    import numpy as np

    rows = list(seconds)
    drawing, opening, looking = np.median(np.array(rows), axis=0) if rows else (float("nan"),) * 3
    return float(drawing), float(opening), float(looking)


def page_text(found: Evidence) -> str:
    """Write the page."""
    n_runs = sum(share.n_runs for share in found.recall.values()) + sum(one.n_runs for one, _ in found.false.values())
    drawing, opening, looking = found.seconds
    times = ""
    if n_runs:
        times = f"A run took {drawing:.2f} s to draw, {opening:.2f} s to open and {looking:.2f} s to look (medians)."
    texts = {NOTHING: "nothing planted", PERMUTED: "nothing planted, customer labels permuted"}
    parts = [
        "# How well the pain points are found",
        paragraph(f"""
            Measured on {n_runs:,} simulated shops by `make simulate` (`benchmarks/simulate.py`), which wrote this page.
            Each run draws a shop of {found.customers:,} customers and about {found.events:,.0f} events in 120 days,
            opens it and asks for the pain points of each region, device and gender. Customers differ in how often they
            come, how easily they leave, how often they complain, how slow they are and how content; none of that
            depends on region, device or gender, and nothing changes over time, except for what is planted. Gender
            never matters. {times}
        """),
        "![Recall by kind, size and effect; false findings; coverage of the intervals](images/evidence.png)",
        "## Found: right kind, right place, right level",
        paragraph("""
            One plant a run. A number is the share of runs that reported it, with its 95 % interval where it is the main
            one; in brackets is the number of runs. A stray is a reported finding that is neither the plant nor a
            consequence that the plant lists beforehand.
        """),
        "\n".join(_recall_table(found)),
        paragraph("""
            Half and twice are of the difference stated (of a factor, its logarithm); a probability ends at 0.95, a mean
            score at 1.2.
        """),
        *_stray_parts(found),
        "## Nothing planted",
        "\n".join(
            [
                "| data | runs | runs with a finding | share (95 % interval) | by kind |",
                "|---|---|---|---|---|",
                *(_false_row(found, name, text) for name, text in texts.items()),
            ]
        ),
        paragraph("""
            Permuted: the attributes were dealt out anew among the customers; findings that are about no level, such as
            a sudden change, do not count there.
        """),
        "## Do the 95 % intervals hold the true rate?",
        paragraph(f"""
            Of every place that was examined, reported or not. The true rate of a place is that of all other runs
            together (where nothing is planted: of all levels together, since they do not differ). Places that fewer
            than {FEWEST_RUNS} runs examined are left out: {found.n_unknown:,} intervals. ± is 1.96 standard errors,
            clustered by run. The further tables and the picture are about places where it sometimes happens.
        """),
        *_coverage_parts(found),
    ]
    return "\n\n".join(parts) + "\n"


def paragraph(text: str) -> str:
    """Fill lines."""
    return fill(" ".join(text.split()), width=120, break_long_words=False, break_on_hyphens=False)


def _recall_table(found: Evidence) -> list[str]:
    sizes = sorted({*SIZES, found.customers})
    others = [size for size in sizes if size != found.customers]
    heads = [
        "plant", "effect", f"{found.customers:,} customers", *(f"{size:,}" for size in others), "half the effect",
        "twice", "runs with a stray",
    ]  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name, plant in EVERY_PLANT.items():
        main = found.recall.get((name, found.customers, 1.0))
        cells = [name, plant.describe(), "not run" if main is None else share_text(main, with_interval=True)]
        keys = [(name, size, 1.0) for size in others] + [(name, found.customers, effect) for effect in (0.5, 2.0)]
        cells += [share_text(found.recall[key]) if key in found.recall else "not run" for key in keys]
        cells.append(share_text(found.stray[name]))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def share_text(share: Share, *, with_interval: bool = False) -> str:
    """Write a share of runs, such as ``97 % (94 to 99 %; 200)``.

    Examples
    --------
    >>> share_text(Share(97, 100), with_interval=True)
    '97 % (92 to 99 %; 100)'
    """
    if not share.n_runs:
        return "not run"
    low, high = share.interval
    inside = f"{100 * low:.0f} to {100 * high:.0f} %; " if with_interval else ""
    return f"{100 * share.rate:.0f} % ({inside}{share.n_runs:,})"


def _stray_parts(found: Evidence) -> list[str]:
    if not found.stray_places:
        return []
    lines = ["| found beside the plant | kind | touchpoint | levels | runs |", "|---|---|---|---|---|"]
    for (name, kind, touchpoint, levels), n_runs in found.stray_places:
        lines.append(f"| {name} | {kind} | {touchpoint} | {levels or '(all)'} | {n_runs:,} |")
    return ["The most frequent strays:", "\n".join(lines)]


def _false_row(found: Evidence, name: str, text: str) -> str:
    share, by_kind = found.false[name]
    kinds = ", ".join(f"{kind} {one.n_hits:,}" for kind, one in by_kind.items()) or "none"
    if not share.n_runs:
        return f"| {text} | 0 | | not run | |"
    low, high = share.interval
    return (
        f"| {text} | {share.n_runs:,} | {share.n_hits:,} | "
        f"{100 * share.rate:.1f} % ({100 * low:.1f} to {100 * high:.1f} %) | {kinds} |"
    )


def _coverage_parts(found: Evidence) -> list[str]:
    tables = {"nothing planted" if head == "all" else f"by {head}": rows for head, rows in found.null.items()}
    tables["at the plant's own kind and place"] = found.planted
    parts = []
    for head, rows in tables.items():
        lines = [_coverage_row(row) for row in rows if row.n_intervals]
        if lines:
            parts.append("\n".join([f"| {head} | places | intervals | hold it |", "|---|---|---|---|", *lines]))
    return parts or ["Not run yet."]


def _coverage_row(row: Coverage) -> str:
    return (
        f"| {row.label} | {row.n_places:,} | {row.n_intervals:,} | "
        f"{100 * row.rate:.1f} % ± {196 * row.standard_error:.1f} |"
    )
