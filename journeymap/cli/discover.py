"""``journeymap segments STORE discover`` and ``assign``: groups of customers who move alike."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Final

import typer

from journeymap.cli.asking import asked, opened
from journeymap.cli.options import Format, FormatOption, Reading, Whom, takes_options
from journeymap.cli.printing import print_frame, print_object
from journeymap.cli.talk import tell, tell_note
from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from journeymap.api import Journeys

_AUTO: Final = "auto"
_SHOWN_STEPS: Final = 6


@takes_options
def discover(
    ctx: typer.Context,
    *,
    whom: Whom,
    reading: Reading,
    clusters: Annotated[
        str, typer.Option(metavar="N|auto", help="How many clusters; 'auto' lets the data say, by BIC.")
    ] = _AUTO,
    most: Annotated[int, typer.Option(min=1, help="How many clusters 'auto' tries at the most.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same clusters.")] = 0,
    resamples: Annotated[
        int, typer.Option(min=0, help="How many resamples measure the stability; 0 leaves it out.")
    ] = 10,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Give customers clusters found before: a saved model."),
    ] = None,
    save: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="Write each customer's cluster into the store."),
    ] = None,
    save_model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Write the clusters to a JSON file, for other stores."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Discover groups of customers who move alike.

    Customers are clustered by their transitions, with a mixture of Markov chains. Conversion is converted / mature
    journeys. What sets a cluster apart: transitions, with their share of the cluster's transitions / their share of the
    others'. Certainty is the mean probability of the cluster over its customers. Stability, 0 to 1, is how much of the
    cluster is found again in resamples: below 0.75 do not build on it.

    With --save the clusters are a segment of the store: '--by NAME' splits any question.

    Example: journeymap segments shop.duckdb discover --save behaviour
    """
    with asked([str(ctx.obj)], reading, whom) as journeys:
        if save is not None:
            _expect_store(journeys, save)
        n_clusters = _number(clusters)
        if model is not None:
            found = journeys.discover(model=model, n_clusters=n_clusters)
        else:
            found = journeys.discover(n_clusters=n_clusters, most=most, seed=seed, n_resamples=resamples)
        frame = found.to_frame()
        if form is Format.TABLE:
            frame["path"] = [_shortened(path) for path in frame["path"]]
        for note in found.notes:
            tell_note(note)
        if save_model is not None:
            from journeymap.graph.export import write_text_whole

            write_text_whole(save_model, found.model.to_json() + "\n")
            tell(f"The clusters are in {save_model}.")
        if save is not None:
            journeys.keep_clusters(found, save)
            tell(f"Each customer's cluster is in the store now. Ask: journeymap map {ctx.obj} --by {save}")
    print_frame(frame, form)


@takes_options
def assign(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="What the clusters are saved as.")],
    reading: Reading,
    form: FormatOption = Format.TABLE,
) -> None:
    """Give all customers the cluster that saved clusters say now, after more was ingested.

    Customers who came since are in '(none)' until then. Printed are how many customers there are, how many of them
    had no cluster before, and how many changed theirs.

    Example: journeymap segments shop.duckdb assign behaviour
    """
    with opened([str(ctx.obj)], reading) as journeys:
        _expect_store(journeys, name)
        frame = journeys.assign_clusters(name)
    had = frame["before"].notna()
    print_object(
        {
            "customers": len(frame),
            "new": int((~had).sum()),
            "changed": int((frame["before"] != frame["cluster"])[had].sum()),
        },
        form,
    )


def _expect_store(journeys: Journeys, name: str) -> None:
    from journeymap.segments.keep import check_name

    if journeys.store.path is None:
        raise QuestionError(
            "These events are in memory, and clusters are saved in a store.",
            hint="Make a store first: journeymap ingest SOURCE --into shop.duckdb",
        )
    check_name(journeys.store, name)


def _number(clusters: str) -> int | None:
    """Read the number of clusters.

    Examples
    --------
    >>> _number("3"), _number("auto")
    (3, None)
    """
    if clusters.strip().lower() == _AUTO:
        return None
    if not clusters.strip().isdecimal():
        raise QuestionError(f"--clusters: '{clusters}' is neither a number nor '{_AUTO}'.")
    return int(clusters)


def _shortened(path: list[str]) -> list[str]:
    """Show the beginning of a long path; the other formats have all of it.

    Examples
    --------
    >>> _shortened(["a", "b", "c", "d", "e", "f", "g", "h"])
    ['a', 'b', 'c', 'd', 'e', 'f', '2 more']
    """
    if len(path) <= _SHOWN_STEPS + 1:
        return path
    return [*path[:_SHOWN_STEPS], f"{len(path) - _SHOWN_STEPS} more"]
