"""``journeymap store``: move a store between a file, for DuckDB, and a folder of Parquet tables, for Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from journeymap.cli.options import takes_options
from journeymap.cli.progress import progress
from journeymap.cli.talk import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.cli.progress import Told

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")

_Memory = Annotated[
    str | None, typer.Option(metavar="SIZE", show_default=False, help="The most memory to use, such as 2GB.")
]


@app.callback()
def store() -> None:
    """Move a store between a file, for DuckDB, and a folder of Parquet tables, for Spark.

    Example: journeymap store export shop.duckdb --to shop
    """


@app.command("export")
@takes_options
def export(
    source: Annotated[str, typer.Argument(metavar="STORE", show_default=False, help="A store in a file.")],
    to: Annotated[
        str, typer.Option(metavar="FOLDER", show_default=False, help="The folder; made, or given a new version.")
    ],
    memory_limit: _Memory = None,
) -> None:
    """Write a store in a file to a folder of Parquet tables, which Spark opens.

    The folder's name is printed. A folder that is a store already gets a new version; who reads it goes on reading
    the old one.

    Example: journeymap store export shop.duckdb --to shop
    """
    from journeymap.store.moving import export_store
    from journeymap.store.opening import open_store

    opened = open_store(source, memory_limit=memory_limit)
    try:
        with progress() as told:
            export_store(opened, to, told=_portion(told, "writing tables"))
    finally:
        opened.close()
    typer.echo(to)
    tell(f"Next: journeymap outcomes {to} --engine spark")


@app.command("import")
@takes_options
def import_(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", show_default=False, help="A store of Parquet tables.")],
    into: Annotated[
        str, typer.Option(metavar="STORE", show_default=False, help="The store's file; it is not there yet.")
    ],
    sample: Annotated[
        float | None,
        typer.Option(metavar="SHARE", show_default=False, help="Only this share of the customers, such as 0.1."),
    ] = None,
    memory_limit: _Memory = None,
) -> None:
    """Write a folder of Parquet tables, as Spark or 'store export' wrote it, to a store in a file.

    The file's name is printed.

    Example: journeymap store import shop --into shop.duckdb
    """
    from journeymap.store.moving import import_store

    with progress() as told:
        import_store(
            folder,
            into,
            sample=sample,
            memory_limit=memory_limit,
            told=_portion(told, "reading tables"),
        )
    typer.echo(into)
    tell(f"Next: journeymap outcomes {into}")


def _portion(told: Told | None, stage: str) -> Callable[[float], None] | None:
    return None if told is None else lambda share: told(stage, share)
