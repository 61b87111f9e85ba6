"""``journeymap demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from journeymap.cli.maps import draw_maps, make_folder
from journeymap.cli.options import Format, takes_options
from journeymap.cli.printing import csv_text, print_frame, records_of
from journeymap.cli.progress import progress
from journeymap.cli.talk import tell, tell_report
from journeymap.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.api import Journeys

_BY: Final = ["region"]
EACH: Final = ["region", "device", "channel", "age_band", "lifestyle"]
"""The segments of the sample that pain points are looked for in."""
_SHOWN: Final = 5


@takes_options
def demo(
    out: Annotated[str, typer.Option(metavar="DIR", help="The folder for everything; it is made.")] = "demo",
    sample: Annotated[
        str | None,
        typer.Option(metavar="DIR", show_default=False, help="A folder with the sample shop. Else one is written."),
    ] = None,
) -> None:
    """Do the main job on a sample shop: a store, a map per region, the drop-off and the pain points.

    What an earlier demo left in the folder is replaced. The drop rate is dropped / mature visits; a pain point's rate
    is hits / mature units.

    Example: journeymap demo --out demo
    """
    folder = Path(out)
    maps = folder / "maps"
    make_folder(maps)
    source = Path(sample) if sample is not None else _write_sample(folder / "sample_events")
    store = folder / "shop.duckdb"
    with _ingest(source, store) as journeys:
        if journeys.report is not None:
            tell_report(journeys.report)
        outcomes, dropoff = journeys.outcomes(by=_BY), journeys.dropoff()
        pains = journeys.pain_points(each=EACH).to_frame()
        for old in maps.glob("region-*.png"):
            old.unlink()
        pictures = draw_maps(journeys, _BY, maps)
    _write_csv(dropoff, folder / "dropoff.csv")
    _write_csv(pains, folder / "painpoints.csv")
    _show("How journeys end, by region", outcomes, n_levels=1)
    _show("Where customers drop off most", dropoff.head(_SHOWN))
    _show("What hurts most, and whom", pains.head(_SHOWN), n_levels=2)
    typer.echo(
        f"\nThe events           {source}\n"
        f"The store            {store}\n"
        f"The maps             {maps} ({len(pictures)} pictures, one per region)\n"
        f"The drop-off         {folder / 'dropoff.csv'}\n"
        f"The pain points      {folder / 'painpoints.csv'}\n\n"
        "Now with your own events, a CSV or Parquet file with a customer, a time and a name in each row:\n"
        "  journeymap ingest YOUR_EVENTS.csv --into my.duckdb\n"
        "  journeymap map my.duckdb --out my_maps"
    )


def _write_sample(folder: Path) -> Path:
    from journeymap.datasets import generate_shop

    tell(f"Writing the sample shop to {folder}")
    return generate_shop(folder).folder


def _ingest(source: Path, store: Path) -> Journeys:
    """Ingest into a new store, and put it in the place of an earlier demo's."""
    from journeymap import api
    from journeymap.store.files import is_store

    if store.exists() and not is_store(store):
        raise OutputError(f"{store} is there and is no store.", hint="Name another folder with --out.")
    fresh = store.with_name("shop.duckdb.new")
    fresh.unlink(missing_ok=True)
    try:
        with progress() as told, api.ingest(source, into=fresh, told=told) as journeys:
            report = journeys.report
        fresh.replace(store)
    finally:
        fresh.unlink(missing_ok=True)
    found = api.open(store)
    found.report = report
    return found


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    from journeymap.graph.export import write_text_whole

    write_text_whole(path, csv_text([str(name) for name in frame.columns], records_of(frame)))


def _show(title: str, frame: pd.DataFrame, *, n_levels: int = 0) -> None:
    typer.echo(f"\n{title}")
    print_frame(frame, Format.TABLE, n_levels=n_levels)
