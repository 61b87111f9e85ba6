"""``journeymap graph``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Reading, Sources, Whom, takes_options
from journeymap.cli.talk import tell


@takes_options
def graph(
    sources: Sources,
    whom: Whom,
    reading: Reading,
    out: Annotated[
        str,
        typer.Option(
            metavar="FILE", show_default=False, help="The file; it ends in .graphml, .gexf, .dot, .mmd or .json."
        ),
    ],
    detail: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", show_default=False, help="Keep about this many transitions. Else all."),
    ] = None,
) -> None:
    """Write the journey graph as a file that other tools open.

    Its nodes are the touchpoints, '(start)' and the ends, with visits, customers, journeys and the drop rate (dropped /
    mature visits, 0 to 1); its edges the transitions, with count, customers, probability (count / everything that
    leaves the source) and times in seconds. The file is printed.

    Example: journeymap graph shop.duckdb --out shop.graphml
    """
    from journeymap.graph.export import write_graph
    from journeymap.graph.simplify import simplify

    with asked(sources, reading, whom) as journeys:
        whole = journeys.graph()
    shown = whole if detail is None else simplify(whole, edges=detail)
    path = write_graph(shown, Path(out))
    typer.echo(path)
    tell(f"{shown.number_of_nodes():,} nodes, {shown.number_of_edges():,} of {whole.number_of_edges():,} edges.")
