"""Put matrix maps together: all transitions of each level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.measure.outcomes import outcomes
from journeymap.measure.summary import by_level, staged_touchpoints, summary_of, whole_of
from journeymap.measure.transitions import transitions
from journeymap.model.journey_map import MapEdge
from journeymap.model.matrix_map import MatrixMap
from journeymap.model.names import START

if TYPE_CHECKING:
    from journeymap.measure.summary import LevelKey
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def build_matrix_maps(store: Store, question: Question) -> dict[LevelKey, MatrixMap]:
    """Build the matrix map of each level.

    Parameters
    ----------
    store
        The open store.
    question
        Whom the maps are about, and the segments that split it.

    Returns
    -------
    dict
        A map for each level, in the order of the levels; the key is a text per segment. Without segments one map under
        ``()``.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.
    """
    table = transitions(store, question)
    n_levels = len(question.by)
    parts = by_level(table, n_levels)
    whole = whole_of(store, question)
    columns = ["source", "target", "count", "customers", "probability", "median_seconds"]
    maps = {}
    for key, row in by_level(outcomes(store, question), n_levels).items():
        part = parts.get(key, table.iloc[:0, n_levels:])
        edges = tuple(
            MapEdge(
                str(source), str(target), int(count), int(customers), float(probability),
                None if median is None or np.isnan(median) else float(median),
            )
            for source, target, count, customers, probability, median in part[columns].itertuples(
                index=False, name=None
            )
        )  # fmt: skip
        visits: dict[str, int] = {}
        for edge in edges:
            if edge.source != START:
                visits[edge.source] = visits.get(edge.source, 0) + edge.count
        maps[key] = MatrixMap(
            title="Transitions from touchpoint to touchpoint",
            levels=tuple(zip(question.by, key, strict=True)),
            summary=summary_of(row, whole),
            touchpoints=staged_touchpoints(store, whole, visits),
            edges=edges,
            theme=store.settings.theme,
        )
    return maps
