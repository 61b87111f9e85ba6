"""Draws what the simulation found: recall as a grid, false findings and coverage beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from journeymap.render.fonts import font
from journeymap.render.theme import Theme

if TYPE_CHECKING:
    from pathlib import Path

    from evidence import Evidence
    from matplotlib.axes import Axes

LOOK = Theme.default
WANTED_RECALL = 0.9
MOST_FALSE = 0.08
WANTED_COVERAGE = (0.93, 0.97)
SCALE = LinearSegmentedColormap.from_list("recall", [LOOK.paper, LOOK.converted])


def draw_evidence(found: Evidence, path: Path) -> None:
    """Draw the picture.

    Parameters
    ----------
    found
        What all runs together say.
    path
        The PNG to write.
    """
    family = font(LOOK, LOOK.body).get_family()
    with mpl.rc_context({"font.family": family, "font.size": LOOK.body, "text.color": LOOK.ink}):
        figure = Figure(figsize=(11.0, 6.0), dpi=200, facecolor=LOOK.paper)
        grid = figure.add_gridspec(
            2, 2, width_ratios=(1.65, 1.0), left=0.11, right=0.975, bottom=0.1, top=0.8, wspace=0.28, hspace=0.6
        )
        figure.text(0.015, 0.95, "How well the pain points are found", fontsize=LOOK.title, weight="bold")
        figure.text(0.015, 0.915, _subtitle(found), fontsize=LOOK.heading, color=LOOK.muted)
        _draw_recall(figure.add_subplot(grid[:, 0]), found)
        _draw_false(figure.add_subplot(grid[0, 1]), found)
        _draw_coverage(figure.add_subplot(grid[1, 1]), found)
        figure.savefig(path, metadata={"Software": None})


def _subtitle(found: Evidence) -> str:
    shares = [share for (_, size, effect), share in found.recall.items() if (size, effect) == (found.customers, 1.0)]
    enough = sum(share.rate >= WANTED_RECALL for share in shares)
    return (
        f"{enough} of {len(shares)} plants are found in at least {WANTED_RECALL:.0%} of the runs with "
        f"{found.customers:,} customers and the stated effect"
    )


def _draw_recall(ax: Axes, found: Evidence) -> None:
    names = list(found.stray)
    sizes = sorted({size for _, size, effect in found.recall if effect == 1.0} | {found.customers})
    effects = (0.5, 1.0, 2.0)
    keys = [(size, 1.0) for size in sizes] + [(found.customers, effect) for effect in effects]
    gap = 0.35
    for row, name in enumerate(names):
        for column, (size, effect) in enumerate(keys):
            share = found.recall.get((name, size, effect))
            left = column + (gap if column >= len(sizes) else 0.0)
            if share is None:
                ax.text(left + 0.5, row + 0.5, "not run", ha="center", va="center", color=LOOK.muted)
                continue
            ax.add_patch(mpl.patches.Rectangle((left + 0.03, row + 0.05), 0.94, 0.9, color=SCALE(0.85 * share.rate)))
            dark = share.rate > 0.75
            is_main = (size, effect) == (found.customers, 1.0)
            ax.text(
                left + 0.5, row + 0.5, f"{100 * share.rate:.0f} %", ha="center", va="center",
                color=LOOK.paper if dark else LOOK.ink, weight="bold" if is_main else "normal",
            )  # fmt: skip
    words = {0.5: "half", 1.0: "full", 2.0: "twice"}
    labels = [f"{size:,}" for size in sizes] + [words[effect] for effect in effects]
    places = [column + 0.5 + (gap if column >= len(sizes) else 0.0) for column in range(len(keys))]
    ax.set_xticks(places, labels)
    ax.set_yticks([row + 0.5 for row in range(len(names))], names)
    ax.set_xlim(0, len(keys) + gap)
    ax.set_ylim(len(names), 0)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelcolor=LOOK.ink)
    for side in ax.spines.values():
        side.set_visible(False)
    n_sizes = len(sizes)
    ax.text(n_sizes / 2, -0.95, "customers, full effect", ha="center", color=LOOK.muted)
    ax.text(n_sizes + gap + len(effects) / 2, -0.95, f"effect, {found.customers:,} customers", ha="center",
            color=LOOK.muted)  # fmt: skip
    ax.text(-0.02, -0.95, "recall", ha="right", weight="bold", fontsize=LOOK.heading)
    main = (found.customers, 1.0)
    note = f"Runs of each plant: {_runs(found, main)} with {found.customers:,} customers and the full effect"
    note += f"; {_runs(found, *(key for key in keys if key != main))} in each other column."
    ax.text(0, len(names) + 0.45, note, color=LOOK.muted, fontsize=LOOK.smallest)


def _runs(found: Evidence, *keys: tuple[int, float]) -> str:
    counts = [share.n_runs for (_, size, effect), share in found.recall.items() if (size, effect) in keys]
    least, most = min(counts, default=0), max(counts, default=0)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _draw_false(ax: Axes, found: Evidence) -> None:
    labels = {"nothing": "nothing planted", "permuted": "labels permuted"}
    known = [(name, share) for name, (share, _) in found.false.items() if share.n_runs]
    for row, (_, share) in enumerate(known):
        low, high = share.interval
        ax.plot([100 * low, 100 * high], [row, row], color=LOOK.line, linewidth=2, solid_capstyle="butt")
        ax.plot(100 * share.rate, row, "o", color=LOOK.converted if share.rate <= MOST_FALSE else LOOK.dropped)
        text = f"{100 * share.rate:.1f} % of {share.n_runs:,} runs"
        end = (
            min(high, 0.97 * MOST_FALSE) if high > MOST_FALSE * 0.9 else high
        )  # left of the line that it is held against
        ax.text(100 * end, row - 0.16, text, ha="right", va="bottom", color=LOOK.ink)
    ax.axvline(100 * MOST_FALSE, color=LOOK.dropped, linewidth=1, linestyle=(0, (4, 2)))
    ax.text(100 * MOST_FALSE, len(known) - 0.62, " at most 8 %", color=LOOK.dropped, va="center")
    ax.set_yticks(range(len(known)), [labels[name] for name, _ in known])
    ax.set_ylim(len(known) - 0.5, -0.75)
    ax.set_xlim(0, max([12.0, *(105 * share.interval[1] for _, share in known)]))
    _finish(ax, "Runs with a false finding", "% of runs")


def _draw_coverage(ax: Axes, found: Evidence) -> None:
    rows = [row for row in found.null.get("true rate", []) if row.n_intervals]
    whole = found.null.get("all", [None, None])[1]
    ax.axhspan(100 * WANTED_COVERAGE[0], 100 * WANTED_COVERAGE[1], color=LOOK.band)
    ax.axhline(95, color=LOOK.line, linewidth=0.8)
    for column, row in enumerate(rows):
        error = 196 * row.standard_error
        inside = WANTED_COVERAGE[0] <= row.rate <= WANTED_COVERAGE[1]
        ax.errorbar(
            column, 100 * row.rate, yerr=error, fmt="o", color=LOOK.converted if inside else LOOK.dropped,
            ecolor=LOOK.line, elinewidth=2,
        )  # fmt: skip
        ax.text(column, 0.03, f"{row.n_intervals:,}", ha="center", color=LOOK.muted, fontsize=LOOK.smallest,
                transform=ax.get_xaxis_transform())  # fmt: skip
    ax.set_xticks(range(len(rows)), [row.label.replace("%", "") for row in rows], fontsize=LOOK.smallest)
    lowest = min([90.0, *(100 * row.rate - 196 * row.standard_error - 2 for row in rows)])
    ax.set_ylim(lowest, 100)
    if rows:
        ax.set_xlim(-0.6, len(rows) - 0.4)
    title = "Intervals with the true rate"
    if whole is not None and whole.n_intervals:
        title += f": {100 * whole.rate:.1f} % of {whole.n_intervals:,}"
    _finish(ax, title, "true rate, %; above it, the number of intervals")
    ax.set_ylabel("%", rotation=0, color=LOOK.muted)


def _finish(ax: Axes, title: str, under: str) -> None:
    ax.set_title(title, loc="left", fontsize=LOOK.heading, weight="bold", color=LOOK.ink, pad=12)
    ax.set_xlabel(under, color=LOOK.muted)
    ax.tick_params(length=0, labelcolor=LOOK.ink)
    for name in ("top", "right", "left"):
        ax.spines[name].set_visible(False)
    ax.spines["bottom"].set_color(LOOK.band_line)
