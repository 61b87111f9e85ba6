"""Crossings of the network against Graphviz dot, on a log's largest transitions.

``python benchmarks/crossings.py EVENTS --goal TOUCHPOINT``; it needs the program ``dot``, which journeymap does not.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from line_crossings import count_crossings, flattened

import journeymap as jm
from journeymap.render import Theme
from journeymap.render.fit import best_plan, place
from journeymap.render.routes import drains, routes
from journeymap.settings import JourneySettings, Settings

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap, MapEdge

HERE = Path(__file__).parent
ROOM = (916.0, 380.0)
"""What a slide leaves for the graph, in points."""
SIZES = (25, 55, 130)


def main() -> None:
    """Count, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events")
    parser.add_argument("--goal")
    parser.add_argument("--keep", action="store_true", help="keep the table in benchmarks/results/")
    chosen = parser.parse_args()
    if shutil.which("dot") is None:
        raise SystemExit("There is no program 'dot': install Graphviz.")
    settings = Settings(journey=JourneySettings(goal=(chosen.goal,) if chosen.goal else None))
    lines = [
        "| transitions | edges | journeymap | as drawn | dot | CPU ms, journeymap | CPU ms, dot |",
        "|---|---|---|---|---|---|---|",
    ]
    with jm.open(chosen.events, settings=settings) as log:
        whole = log.map(detail=10**6)
        cases = [(f"the {size} largest", only(whole, largest(whole, size))) for size in SIZES]
        cases += [(f"the map, `--detail {size}`", log.map(detail=size)) for size in SIZES]
    for name, value in cases:
        own, drawn, own_seconds = crossings_of_network(value)
        other, other_seconds = crossings_of_dot(value)
        times = f"{own_seconds * 1e3:.0f} | {other_seconds * 1e3:.0f}"
        lines.append(f"| {name} | {len(value.edges)} | {own} | {drawn} | {other} | {times} |")
    table = "\n".join(lines)
    print(table)
    if chosen.keep:
        path = HERE / "results" / f"{datetime.now(UTC):%Y-%m-%d}-crossings.md"
        path.write_text(f"# Crossings\n\n{ABOUT}\n\n{table}\n", encoding="utf-8")


def spent() -> float:
    """Give the seconds of processor time so far, of this process and of those it ran: a busy machine adds none."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def largest(whole: JourneyMap, size: int) -> tuple[MapEdge, ...]:
    """Give a map's largest transitions, starts and ends included."""
    return whole.edges[:size]


def only(whole: JourneyMap, edges: tuple[MapEdge, ...]) -> JourneyMap:
    """Give a map of these transitions and what they join."""
    names = {name for edge in edges for name in (edge.source, edge.target)}
    nodes = tuple(node for node in whole.nodes if node.touchpoint in names)
    return dataclasses.replace(whole, edges=edges, nodes=nodes, happy_path=None)


def crossings_of_network(value: JourneyMap) -> tuple[int, int, float]:
    """Count the crossings of our own picture.

    Returns
    -------
    int
        Edge by edge: edges that share a lane into an end cross another one each for themselves, as dot's do.
    int
        As drawn, where what shares a lane is one line.
    float
        The processor seconds of the layout.
    """
    began = spent()
    plan = best_plan(value, Theme.default, ROOM)
    put = place(plan, ROOM)
    seconds = spent() - began
    ways = [way for way in routes(put.ways, put.boxes, put.sides) if way.kind != "loop"]
    lines = [np.concatenate([flattened(curve) for curve in way.curves]) for way in ways]
    pieces = drains(put.ways, put.boxes, put.lanes, put.ends, plan.per_count)
    into_ends = []
    for piece in pieces:
        if piece.edge is not None:
            (x0, y0), (x1, _), lane = piece.curve[0], piece.curve[3], put.lanes[piece.end]
            into_ends.append([(x0, y0), (x1, y0), (x1, lane), (put.ends[piece.end].x, lane)])
    shared = [flattened(piece.curve) for piece in pieces if piece.before is None]
    return count_crossings([*lines, *into_ends]), count_crossings([*lines, *shared]), seconds


def crossings_of_dot(value: JourneyMap) -> tuple[int, float]:
    """Count the crossings of dot's picture of the same edges; gives also its processor seconds."""
    ends = {name for edge in value.edges for name in (edge.source, edge.target)}
    names = {name: f"n{number}" for number, name in enumerate(sorted(ends))}
    labels = [f'{key} [label="{name}"];' for name, key in names.items()]
    edges = [f"{names[edge.source]} -> {names[edge.target]};" for edge in value.edges if edge.source != edge.target]
    text = "\n".join(["digraph {", "rankdir=LR; node [shape=box];", *labels, *edges, "}"])
    began = spent()
    done = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True, check=True)
    seconds = spent() - began
    lines = []
    for row in done.stdout.splitlines():
        words = row.split()
        if words[0] == "edge":
            count = int(words[3])
            points = np.array(words[4 : 4 + 2 * count], dtype=np.float64).reshape(-1, 2) * 72.0
            curves = [points[at : at + 4] for at in range(0, count - 1, 3)]
            lines.append(np.concatenate([flattened(curve) for curve in curves]))
    return count_crossings(lines), seconds


ABOUT = (
    "BPIC 2012 (24 touchpoints, in no stage), goal `A_ACTIVATED`; `(start)` and the ends are boxes too. Crossings are "
    "counted on the curves as they are drawn (`benchmarks/line_crossings.py`), the same way for both; loops are left "
    "out. `dot` is Graphviz 2.43 with `rankdir=LR` and no limit to its page; journeymap fills a slide with letters of "
    "7 points. *as drawn* takes edges that share a lane into an end for one line. Milliseconds of processor time are "
    "of the layout alone, and for dot of the whole program."
)


if __name__ == "__main__":
    main()
