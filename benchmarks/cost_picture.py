"""Draws cost against size: from the raw files to the transitions, and a second question on what is loaded."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from ratios import seconds_of
from sizes import told_events
from tasks import HAND, OURS, RAW, entries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.axes import Axes

    Result = Mapping[str, Any]
    Line = list[tuple[int, float]]

PANELS = (
    ("transitions", "From the raw files to the transitions"),
    ("by region", "Then: the transitions of each region"),
)
SHOWN = [entry.name for entry in entries(RAW) if entry.job == {}]
"""journeymap in other ways (whole histories, less memory) is left out."""


def draw_costs(found: Mapping[tuple[int, str], Result], path: Path) -> bool:
    """Draw the picture of the ordered events.

    Parameters
    ----------
    found
        Results of the task ``raw`` by events and shape.
    path
        The PNG to write.

    Returns
    -------
    bool
        Whether there was anything to draw.
    """
    panels = [(title, cost_lines(found, step)) for step, title in PANELS]
    if not any(lines for _, lines in panels):
        return False
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from journeymap.render.fonts import font
    from journeymap.render.theme import Theme

    look = Theme.default
    family = font(look, look.body).get_family()
    with mpl.rc_context({"font.family": family, "font.size": look.body, "text.color": look.ink}):
        figure = Figure(figsize=(11.0, 5.4), dpi=200, facecolor=look.paper)
        grid = figure.add_gridspec(1, 2, left=0.06, right=0.875, bottom=0.11, top=0.76, wspace=0.55)
        figure.text(0.015, 0.94, "Cost against size", fontsize=look.title, weight="bold")
        figure.text(0.015, 0.895, "seconds by events, both in powers of ten; the grey line is linear",
                    fontsize=look.heading, color=look.muted)  # fmt: skip
        for at, (title, lines) in enumerate(panels):
            _draw_panel(figure.add_subplot(grid[0, at]), title, lines, look)
        figure.savefig(path, metadata={"Software": None})
    return True


def cost_lines(found: Mapping[tuple[int, str], Result], step: str) -> dict[str, Line]:
    """Give each contestant's (events, median seconds) of a step, over the ordered sizes."""
    lines: dict[str, Line] = {}
    for (events, shape), result in sorted(found.items()):
        if shape != "ordered":
            continue
        for name in SHOWN:
            seconds = seconds_of(result["runs"], name, step)
            if seconds:
                lines.setdefault(name, []).append((events, median(seconds.values())))
    return lines


def spread(places: list[float], least_gap: float) -> list[float]:
    """Move labels apart, in order, so that neighbours are at least so far from each other; the middle stays.

    Examples
    --------
    >>> spread([1.0, 1.0, 5.0], 1.0)
    [0.5, 1.5, 5.0]
    """
    groups: list[list[int]] = []
    centres: list[float] = []
    for at in sorted(range(len(places)), key=places.__getitem__):
        groups.append([at])
        centres.append(places[at])
        while len(groups) > 1:
            room = least_gap * (len(groups[-1]) + len(groups[-2])) / 2
            if centres[-1] - centres[-2] >= room:
                break
            joined = groups[-2] + groups[-1]
            centre = sum(places[one] for one in joined) / len(joined)
            groups[-2:], centres[-2:] = [joined], [centre]
    moved = list(places)
    for group, centre in zip(groups, centres, strict=True):
        for nth, at in enumerate(group):
            moved[at] = centre + (nth - (len(group) - 1) / 2) * least_gap
    return moved


def _draw_panel(ax: Axes, title: str, lines: dict[str, Line], look: Any) -> None:  # noqa: ANN401 - the package's theme
    from math import log10

    colors = _colors(look)
    if not lines:
        ax.set_axis_off()
        return
    sizes = sorted({size for line in lines.values() for size, _ in line})
    seconds = [one for line in lines.values() for _, one in line]
    low, high = min(seconds), max(seconds)
    middle = (low * high) ** 0.5
    first, last = sizes[0] / 1.3, sizes[-1] * 1.3
    centre = (first * last) ** 0.5
    ax.plot([first, last], [middle * first / centre, middle * last / centre], color=look.band_line, linewidth=1)
    order = sorted(lines, key=lambda name: lines[name][-1][1])
    for name in order:
        line = lines[name]
        width = 2.6 if name == OURS else 1.4
        ax.plot(*zip(*line, strict=True), "o-", color=colors[name], linewidth=width, markersize=4 if width < 2 else 5)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(first, last)
    ax.set_ylim(low / 2, high * 2)
    height = log10(high * 2) - log10(low / 2)
    places = spread([log10(lines[name][-1][1]) for name in order], 0.052 * height)
    for name, place in zip(order, places, strict=True):
        size, taken = lines[name][-1]
        ax.annotate(
            name, (size, taken), xytext=(1.05, (place - log10(low / 2)) / height), textcoords="axes fraction",
            color=colors[name], va="center", weight="bold" if name == OURS else "normal",
            arrowprops={"arrowstyle": "-", "color": colors[name], "linewidth": 0.6, "shrinkA": 1, "shrinkB": 4},
            annotation_clip=False,
        )  # fmt: skip
    ax.set_xticks(sizes, [told_events(size) for size in sizes])
    ax.minorticks_off()
    powers = range(round(log10(low / 2) + 0.5), round(log10(high * 2) - 0.5) + 1)
    ax.set_yticks([10.0**power for power in powers], [f"{10.0**power:g} s" for power in powers])
    ax.set_title(title, loc="left", fontsize=look.heading, weight="bold", color=look.ink, pad=12)
    ax.set_xlabel("events", color=look.muted)
    ax.tick_params(length=0, labelcolor=look.ink)
    ax.grid(axis="y", color=look.band, linewidth=0.8)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(look.band_line)


def _colors(look: Any) -> dict[str, str]:  # noqa: ANN401 - the package's theme
    return {
        OURS: look.converted, HAND: "#4d4d4d", "Polars by hand": "#2f6f9f", "pandas by hand": "#7a5ea8",
        "PM4Py": look.dropped, "retentioneering": "#b07d12",
    }  # fmt: skip
