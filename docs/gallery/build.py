"""Draw the gallery from the sample shop: ``make gallery``.

Each entry of ``ENTRIES`` is a picture: its file, its caption, the command that draws the same, and what is asked. A new
style is a new entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import journeymap as jm
from journeymap.render import png

if TYPE_CHECKING:
    from collections.abc import Callable

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
MOST_BYTES: Final = 250_000

SOUTH: Final = "--where region=south"


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture of the gallery.

    Attributes
    ----------
    name
        Of its file, without the ending.
    style
        The style.
    title, caption
        What stands above it and below it.
    options
        Of ``journeymap map shop.duckdb --out maps``, for the same picture.
    value
        What is drawn.
    drawing
        Further named arguments of drawing, such as a theme.
    command
        The command whose options they are.
    """

    name: str
    style: str
    title: str
    caption: str
    options: str
    value: Callable[[jm.Journeys], Any]
    drawing: tuple[tuple[str, Any], ...] = ()
    command: str = "map"


ENTRIES: Final = (
    Entry(
        "network",
        "network",
        "The journey graph",
        "Touchpoints in the columns of their stages. Lines are as wide as their counts, boxes as deep in colour as "
        "their drop-off. The happy path is highlighted. The pain points are told in words and numbered on the map.",
        SOUTH,
        lambda shop: shop.where(region="south").map(),
    ),
    Entry(
        "network-satisfaction",
        "network",
        "Coloured by satisfaction",
        "The mean score of each touchpoint. `--color volume` and `--color time` show how much is where, and where it "
        "takes long.",
        f"{SOUTH} --color satisfaction",
        lambda shop: shop.where(region="south").map(),
        (("color", "satisfaction"),),
    ),
    Entry(
        "lanes",
        "lanes",
        "The map in lanes",
        "Stages as columns; touchpoints, channels, volume, experience, drop-off, times, pain points and voices.",
        f"{SOUTH} --style lanes",
        lambda shop: shop.where(region="south").map(),
    ),
    Entry(
        "flow",
        "flow",
        "Journeys step by step",
        "What follows the first visit to a touchpoint. Bands are as tall as their journeys; small ones are gathered, "
        "and the river on the bottom is of journeys that ended earlier.",
        "--style flow --after cart",
        lambda shop: shop.flow_map(after="cart"),
    ),
    Entry(
        "steps",
        "steps",
        "The step matrix",
        "The share of journeys at each touchpoint, step by step. Each column adds up to 100 %.",
        "--style steps",
        lambda shop: shop.flow_map(steps=12),
    ),
    Entry(
        "matrix",
        "matrix",
        "All transitions",
        "Sources as rows, targets as columns: the share of what leaves the source, and the count.",
        f"{SOUTH} --style matrix",
        lambda shop: shop.where(region="south").matrix_map(),
    ),
    Entry(
        "funnel",
        "funnel",
        "Funnels of all levels",
        "How far the customers of each level come along the same steps, with 95 % intervals, who was "
        "lost, and the time between.",
        "--by region --style funnel --step product,cart,checkout,order --window 7d",
        lambda shop: shop.funnel_map(["product", "cart", "checkout", "order"], window="7d", by="region"),
    ),
    Entry(
        "difference",
        "difference",
        "What differs",
        "A level against all others on one graph: in colour only where they clearly differ after correction, with the "
        "size of the difference.",
        "--segment region --levels south --out south.png",
        lambda shop: shop.difference_map("region", "south"),
        command="compare",
    ),
    Entry(
        "timeline",
        "timeline",
        "Journeys one by one",
        "Eight real customers who stand for all: a disc for each touchpoint in the colour of its stage, dots for "
        "silence, and how each journey ended. Ids are not shown unless `--show-ids` is given.",
        "--style timeline",
        lambda shop: shop.timeline(),
    ),
    Entry(
        "grid",
        "grid",
        "The levels of a segment side by side",
        "The same touchpoints at the same places, on one scale of widths and colours, so that eyes can compare.",
        "--by region --style grid",
        lambda shop: shop.map_grid("region"),
    ),
    Entry(
        "grid-many",
        "grid",
        "Many levels",
        "Where names have no room, boxes hold numbers, and a key names them. Twelve levels at the most; the picture "
        "says how many are left out.",
        "--by city --style grid",
        lambda shop: shop.map_grid("city"),
    ),
    Entry(
        "profile",
        "profile",
        "The profile of a level",
        "What a level is like beside all others: a generated paragraph, its pain points, its numbers and channels with "
        "intervals, and what it clearly has more or less of.",
        "--by region --style profile",
        lambda shop: shop.profile("region", "south")["south"],
    ),
    Entry(
        "house",
        "network",
        "In the colours of a house",
        "The journey graph with a `[theme]` of its own: colours, font and logo.",
        f"{SOUTH} --theme docs/gallery/house.toml",
        lambda shop: shop.where(region="south").map(),
        (("theme", HERE / "house.toml"),),
    ),
)


def build(folder: Path = HERE) -> list[Path]:
    """Draw every picture and write the page.

    Returns
    -------
    list of Path
        The files written.
    """
    paths = []
    with jm.open(str(ROOT / "sample_events" / "*.csv")) as shop:
        for entry in ENTRIES:
            path = folder / f"{entry.name}.png"
            path.write_bytes(png(entry.value(shop), style=entry.style, **dict(entry.drawing)))
            if path.stat().st_size > MOST_BYTES:
                raise ValueError(f"{path} has {path.stat().st_size:,} bytes; {MOST_BYTES:,} are the most.")
            paths.append(path)
    page = folder / "README.md"
    page.write_text(page_text(), encoding="utf-8")
    return [*paths, page]


def page_text() -> str:
    """Write the page that shows the pictures."""
    parts = [
        "# Gallery",
        (
            "Every style, drawn from the sample shop in `sample_events/`. `make gallery` draws them again. The\n"
            "commands write the same pictures larger, as PNG, SVG, PDF or a deck of slides (`--image`);\n"
            "`shop.duckdb` is what `journeymap ingest sample_events --into shop.duckdb` makes.\n"
            "[How to read a map](../maps.md) explains the signs."
        ),
    ]
    for entry in ENTRIES:
        parts += [
            f"## {entry.title}",
            f"![{entry.title}]({entry.name}.png)",
            entry.caption,
            f"```sh\njourneymap {entry.command} shop.duckdb {entry.options}{_out(entry)}\n```",
        ]
    return "\n\n".join(parts) + "\n"


def _out(entry: Entry) -> str:
    return " --out maps" if entry.command == "map" else ""


if __name__ == "__main__":
    for written in build():
        print(written)
