"""How long a picture takes beyond its questions: for each style, from a finished value to a written PNG.

``python benchmarks/pictures.py STORE --segment region --step product,cart,order``; without a store it takes the sample
shop. Each style is one process, so that nothing is kept from the one before.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.api import Journeys

HERE = Path(__file__).parent
SAMPLE = str(HERE.parent / "sample_events" / "*.csv")
STYLES = ("network", "lanes", "flow", "steps", "matrix", "funnel", "difference", "timeline", "grid")


def main() -> None:
    """Measure, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", nargs="?", default=SAMPLE)
    parser.add_argument("--segment", default="region")
    parser.add_argument("--level", default="south")
    parser.add_argument("--step", default="product,cart,checkout,order")
    parser.add_argument("--keep", metavar="NAME", help="keep the table in benchmarks/results/ under this name")
    parser.add_argument("--one", choices=STYLES, help="measure one style in this process, and print JSON")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.store, chosen.one, chosen.segment, chosen.level, chosen.step.split(","))))
        return
    lines = [
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; {Path(chosen.store).name}",
        "",
        "| style | questions s | picture s (CPU s) | again s (CPU s) |",
        "|---|---|---|---|",
    ]
    for style in STYLES:
        words = [sys.executable, __file__, chosen.store, "--one", style, "--segment", chosen.segment]
        words += ["--level", chosen.level, "--step", chosen.step]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)
        first, again = (f"{wall:.2f} ({cpu:.2f})" for wall, cpu in (found["first"], found["again"]))
        lines.append(f"| {style} | {found['questions']:.2f} | {first} | {again} |")
        print(lines[-1], flush=True)
    if chosen.keep:
        path = HERE / "results" / f"{datetime.now(UTC):%Y-%m-%d}-pictures-{chosen.keep}.md"
        path.write_text("\n".join(["# Pictures", "", ABOUT, "", *lines]) + "\n", encoding="utf-8")


def measure(store: str, style: str, segment: str, level: str, steps: list[str]) -> dict[str, Any]:
    """Measure one style: its questions, the first picture of a process, and the same once more."""
    import journeymap as jm
    from journeymap.render import save

    with jm.open(store) as shop, TemporaryDirectory() as folder:
        began = time.perf_counter()
        value = VALUES[style](shop, segment, level, steps)
        found: dict[str, Any] = {"questions": time.perf_counter() - began}
        for turn in ("first", "again"):
            began, spent = time.perf_counter(), time.process_time()
            save(value, Path(folder) / "picture.png", style=style)
            found[turn] = (time.perf_counter() - began, time.process_time() - spent)
    return found


VALUES: dict[str, Callable[[Journeys, str, str, list[str]], Any]] = {
    "network": lambda shop, segment, level, steps: shop.map(),  # noqa: ARG005 - one shape for all
    "lanes": lambda shop, segment, level, steps: shop.map(),  # noqa: ARG005 - as above
    "flow": lambda shop, segment, level, steps: shop.flow_map(),  # noqa: ARG005 - as above
    "steps": lambda shop, segment, level, steps: shop.flow_map(steps=12),  # noqa: ARG005 - as above
    "matrix": lambda shop, segment, level, steps: shop.matrix_map(),  # noqa: ARG005 - as above
    "funnel": lambda shop, segment, level, steps: shop.funnel_map(steps, by=segment),  # noqa: ARG005 - as above
    "difference": lambda shop, segment, level, steps: shop.difference_map(segment, level),  # noqa: ARG005 - as above
    "timeline": lambda shop, segment, level, steps: shop.timeline(),  # noqa: ARG005 - as above
    "grid": lambda shop, segment, level, steps: shop.map_grid(segment),  # noqa: ARG005 - as above
}

ABOUT = (
    "From a finished value to a PNG of 2667 by 1500 pixels, at the default detail. *questions* is what the store is "
    "asked for it, the pain points included. *picture* is the first of a process, fonts and the import of the drawing "
    "library's parts included; *again* is the same value once more, whose layout is kept. Processor seconds are in "
    "brackets: those of a busy machine are fewer than its seconds."
)


if __name__ == "__main__":
    main()
