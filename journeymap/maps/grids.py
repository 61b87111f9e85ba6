"""Put a grid of maps together: the levels of a segment with the same touchpoints and transitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError
from journeymap.graph.simplify import DEFAULT_EDGES
from journeymap.maps.build import build_comparable_maps, build_plain_map
from journeymap.model.map_grid import MapGrid

if TYPE_CHECKING:
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

MOST_LEVELS: Final = 12


def build_grid(store: Store, question: Question, *, edges: int = DEFAULT_EDGES, most: int = MOST_LEVELS) -> MapGrid:
    """Build the maps of all levels with the transitions that the map of the whole shows.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it; at least one.
    edges
        About how many transitions the map of the whole shows.
    most
        How many levels to keep: those with the most journeys, in the order of the levels.

    Returns
    -------
    MapGrid
        The grid.

    Raises
    ------
    QuestionError
        When nothing splits the question.
    UnknownNameError
        When a segment or level is not known.
    """
    if not question.by:
        raise QuestionError("A grid compares the levels of a segment.", hint="Split it: --by region, or by='region'.")
    whole = build_plain_map(store, question, edges=edges)
    keep = frozenset((edge.source, edge.target) for edge in whole.edges)
    maps, n_levels = build_comparable_maps(store, question, keep=keep, most=most)
    return MapGrid(
        title=f"Customer journeys by {' and '.join(question.by)}",
        segments=question.by,
        whole=whole,
        maps=tuple(maps.values()),
        n_levels=n_levels,
        theme=store.settings.theme,
    )
